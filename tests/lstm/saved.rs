//! Saved controllers: a loaded controller draws the same samples, and `sample` distinguishes it from GraphPNAS.

use super::common::{self, MIXED};
use super::{network, rng};
use graphpnas::device::Device;
use graphpnas::generator::lstm::{self, Controller, Dimensions, read};
use graphpnas::generator::{SamplingPolicy, SavedFile};
use graphpnas::space;
use std::path::Path;
use std::process::{Command, Output};

fn save(path: &Path, attention: bool) -> Controller {
    let space = space::open("nasbench201").unwrap();
    let network = network(Dimensions { limits: space.limits(), hidden: 8, attention }, &Device::Cpu);
    lstm::checkpoint(&network, space.name()).unwrap().write(path).unwrap();
    Controller::new(&network).unwrap()
}

fn sample(path: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    common::output(command.args(["sample", "--device", "cpu", "--json"]).args(more).arg(path))
}

#[test]
fn a_loaded_controller_draws_the_same_samples() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    for attention in [false, true] {
        let saved = save(&path, attention);
        let network = read(&SavedFile::open(&path).unwrap()).unwrap();
        let again = Controller::new(&network).unwrap();
        assert_eq!(saved.draw(9, MIXED, &mut rng(1)), again.draw(9, MIXED, &mut rng(1)));
        for more in [&["--count", "5", "--temperature", "0.5"][..], &["--beam", "5"]] {
            let output = sample(&path, more);
            let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
            let samples = answer["samples"].as_array().unwrap();
            assert_eq!((&answer["space"], samples.len()), (&"nasbench201".into(), 5));
            let temperature = if more.len() == 4 { 0.5 } else { 1.0 };
            for sample in samples {
                let graph = space::open("nasbench201").unwrap().encode(sample["arch"].as_str().unwrap()).unwrap();
                let exact = saved.log_probability(&graph, SamplingPolicy::at(temperature));
                assert!((sample["log_probability"].as_f64().unwrap() - exact).abs() < 1e-9);
            }
        }
    }
}

#[test]
fn invalid_files_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    save(&path, true);
    // Replaces a word of the header by one of the same length.
    let with = |mut bytes: Vec<u8>, from: &str, to: &str| {
        let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
        bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        bytes
    };
    // Without the checksum, which the replacement would invalidate.
    let whole = with(std::fs::read(&path).unwrap(), "crc32c", "no sum");
    let changed = |from: &str, to: &str| {
        std::fs::write(&path, with(whole.clone(), from, to)).unwrap();
        let output = sample(&path, &[]);
        assert_eq!(output.status.code(), Some(1));
        String::from_utf8(output.stderr).unwrap()
    };
    let cases = [
        ("\"generator\":\"lstm\"", "\"generator\":\"lstn\"", "unknown generator 'lstn'"),
        ("\"generator\":\"lstm\"", "\"generatos\":\"lstm\"", "it lacks the value 'mixtures'"),
        ("\"attention\":\"true\"", "\"attention\":\"tree\"", "its value 'attention' is 'tree'"),
        ("\"hidden\":\"8\"", "\"hidden\":\"9\"", "shape [5, 8] instead of [5, 9] of 'edge.weight'"),
        ("\"hidden\":\"8\"", "\"hidden\":\"0\"", "lstm.hidden must be from 1 to 1024, not 0"),
        ("nasbench201", "nasbench202", "nasbench202"),
    ];
    for (from, to, expected) in cases {
        let message = changed(from, to);
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("generator.safetensors"), "{message}");
    }
}
