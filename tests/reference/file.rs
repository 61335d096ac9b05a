//! A case: a JSON file, and a safetensors file with its tensors.

use graphpnas::device::Device;
use safetensors::SafeTensors;
use std::collections::HashMap;
use std::path::PathBuf;

/// A tensor: its shape, outermost axis first, and its values.
#[derive(Debug, Clone)]
pub struct Array {
    pub shape: Vec<usize>,
    pub numbers: Vec<f32>,
}

/// The attributes of a case and its tensors by name.
pub struct Case {
    pub name: String,
    pub attributes: serde_json::Value,
    pub tensors: HashMap<String, Array>,
}

impl Case {
    /// Reads the case of this name.
    pub fn read(name: &str) -> Self {
        let path = folder().join(name);
        let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
        let bytes = std::fs::read(path.with_extension("safetensors")).unwrap();
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let array = |view: safetensors::tensor::TensorView<'_>| Array {
            shape: view.shape().to_vec(),
            numbers: view.data().chunks_exact(4).map(|bytes| f32::from_le_bytes(bytes.try_into().unwrap())).collect(),
        };
        Self {
            name: name.to_owned(),
            attributes: serde_json::from_str(&text).unwrap(),
            tensors: tensors.tensors().into_iter().map(|(name, view)| (name, array(view))).collect(),
        }
    }

    /// Reads all cases whose names start with `prefix`; at least one must exist.
    #[allow(dead_code)]
    pub fn all(prefix: &str) -> Vec<Self> {
        let entries = std::fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path());
        let mut names: Vec<_> = entries
            .filter(|path| path.extension().is_some_and(|found| found == "json"))
            .map(|path| path.file_stem().unwrap().to_string_lossy().into_owned())
            .filter(|name| name.starts_with(prefix))
            .collect();
        names.sort();
        assert!(!names.is_empty(), "no case {prefix}*.json in {}", folder().display());
        names.iter().map(|name| Self::read(name)).collect()
    }

    pub fn tensor(&self, name: &str) -> &Array {
        self.tensors.get(name).unwrap_or_else(|| panic!("{} has no tensor {name}", self.name))
    }
}

fn folder() -> PathBuf {
    std::env::var_os("GRAPHPNAS_GOLDEN")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/golden"), PathBuf::from)
}

/// The CPU and a GPU.
pub fn devices() -> Vec<Device> {
    vec![Device::Cpu, super::common::gpu()]
}

/// The largest absolute value; NaN if a value is NaN.
pub fn largest(numbers: &[f32]) -> f32 {
    numbers.iter().fold(0.0, |most, x| {
        if x.is_nan() {
            *x
        } else if x.abs() > most {
            x.abs()
        } else {
            most
        }
    })
}

/// Whether two values differ by at most `bound`; false if one of them is not finite.
pub fn close(actual: f32, expected: f32, bound: f32) -> bool {
    bound.is_finite() && (actual - expected).abs() <= bound
}

/// Requires |actual - expected| <= bound * (|expected| + largest |expected|) for every value.
pub fn assert_close(what: &str, actual: &[f32], expected: &[f32], bound: f32) {
    assert_eq!(actual.len(), expected.len(), "{what}: the number of values");
    let scale = largest(expected);
    for (index, (a, b)) in actual.iter().zip(expected).enumerate() {
        let error = bound * (b.abs() + scale).max(1e-6);
        assert!(close(*a, *b, error), "{what}[{index}]: {a} for {b} (largest {scale})");
    }
}
