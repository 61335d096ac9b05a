//! Exported networks in other programs: the ONNX checker, ONNX Runtime and, if installed, PyTorch.
//!
//! `GRAPHPNAS_PYTHON` names a Python with onnx and onnxruntime (scripts/install-python-tools.sh installs one). Without
//! it these tests are skipped with a note, or fail if `CI` is `true`.

use crate::common;

mod commands;
mod drawings;
mod feeding;
mod networks;

use graphpnas::child::{Mode, Weights};
use graphpnas::device::Device;
use graphpnas::network::Network;
use graphpnas::report::onnx::onnx;
use graphpnas::report::{About, Tensors, fold, torch};
use graphpnas::tape::{Plan, Slot, Store, StoreBuilder, Tape};
use graphpnas::train::Interface;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::process::Command;

const BATCH: usize = 3;

/// A network with random running statistics, biases and so on instead of their initial values.
struct Trained {
    network: Network,
    weights: Weights,
    store: Store,
}

impl Trained {
    fn new(network: Network, rng: &mut ChaCha8Rng) -> Self {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &network, 5).unwrap();
        let mut store = builder.build(&Device::Cpu).unwrap();
        for (number, node) in network.nodes.iter().enumerate() {
            for (slot, weight) in weights.of(number).iter().zip(network.weights(node)) {
                let range = match (node.operation.name(), weight.suffix) {
                    (_, "running_var") | ("batch_norm", "weight") => 0.5..1.5,
                    (_, "running_mean" | "bias") | ("linear" | "weighted_sum", _) => -0.5..0.5,
                    _ => continue,
                };
                let values: Vec<f32> = (0..slot.len()).map(|_| rng.random_range(range.clone())).collect();
                store.write(slot, &values).unwrap();
            }
        }
        Self { network, weights, store }
    }

    /// Returns the logits of the program's own forward pass.
    fn logits(&mut self, images: &[f32]) -> Vec<f32> {
        let mut tape = Tape::new();
        let x = tape.input(&[&[BATCH], self.network.input.as_slice()].concat());
        let logits = self.network.record(&mut tape, &self.weights, x, Mode::Inference).unwrap();
        let mut plan = Plan::new(&tape, &[logits], &self.store, &Device::Cpu).unwrap();
        plan.write(x, images).unwrap();
        plan.run(&mut self.store).unwrap();
        plan.read(logits).unwrap()
    }

    fn tensors(&self) -> Tensors {
        Tensors::read(&self.network, &self.weights, &self.store).unwrap()
    }
}

/// Returns the logits of a network with the given tensors.
fn logits_of(network: &Network, tensors: &Tensors, images: &[f32]) -> Vec<f32> {
    let mut builder = StoreBuilder::default();
    let weights = Weights::zeros(&mut builder, network);
    let mut store = builder.build(&Device::Cpu).unwrap();
    let slots: Vec<Slot> = store.slots().to_vec();
    slots.iter().for_each(|slot| store.write(slot, &tensors.get(slot.name()).unwrap().values).unwrap());
    Trained { network: network.clone(), weights, store }.logits(images)
}

fn assert_close(what: &str, actual: &[f32], expected: &[f32]) {
    assert_eq!(actual.len(), expected.len(), "{what}");
    let scale = expected.iter().fold(1.0_f32, |most, x| most.max(x.abs()));
    for (actual, expected) in actual.iter().zip(expected) {
        assert!((actual - expected).abs() <= 1e-4 * scale, "{what}: {actual} instead of {expected}");
    }
}

#[test]
fn folded_networks_compute_the_same_logits() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for (name, network) in networks::all() {
        let mut trained = Trained::new(network, &mut rng);
        let images = images(&trained.network, &mut rng);
        let (folded, tensors) = fold(&trained.network, &trained.tensors()).unwrap();
        assert!(folded.nodes.len() < trained.network.nodes.len(), "{name}");
        assert_close(name, &logits_of(&folded, &tensors, &images), &trained.logits(&images));
    }
}

#[test]
fn weights_of_another_network_are_refused() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let trained = Trained::new(networks::all().remove(0).1, &mut rng);
    let mut tensors = trained.tensors();
    tensors.insert("stem.0.weight", &[1], vec![0.0]);
    let interface = Interface::untrained(trained.network.input);
    let about = About { space: "", space_digest: None, arch: "", interface: &interface };
    let message = onnx(&trained.network, &tensors, &about).unwrap_err().to_string();
    assert_eq!(message, "the weight stem.0.weight has shape [1], but the network needs [4, 3, 3, 3]");
    let message = fold(&trained.network, &Tensors::default()).unwrap_err().to_string();
    assert_eq!(message, "the weights lack stem.0.weight; export the network to which they belong");
}

fn images(network: &Network, rng: &mut ChaCha8Rng) -> Vec<f32> {
    let len = BATCH * network.input.iter().product::<usize>();
    (0..len).map(|_| rng.random_range(-1.0..1.0)).collect()
}

/// Writes a network in every format.
fn write(folder: &Path, name: &str, network: &Network, tensors: &Tensors) {
    let file = |extension: &str| folder.join(format!("{name}.{extension}"));
    let interface = Interface::untrained(network.input);
    let about = About { space: "space", space_digest: None, arch: name, interface: &interface };
    std::fs::write(file("onnx"), onnx(network, tensors, &about).unwrap()).unwrap();
    std::fs::write(file("py"), torch(network, &about, "weights.safetensors")).unwrap();
    std::fs::write(file("safetensors"), tensors.safetensors(about.metadata()).unwrap()).unwrap();
}

#[test]
fn other_programs_compute_the_same_logits() {
    let Some(python) = common::python("exported networks were not run in ONNX Runtime") else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    let mut cases = Vec::new();
    for (name, network) in networks::all() {
        let mut trained = Trained::new(network, &mut rng);
        let images = images(&trained.network, &mut rng);
        let logits = trained.logits(&images);
        let tensors = trained.tensors();
        let (folded, folded_tensors) = fold(&trained.network, &tensors).unwrap();
        let folded_name = format!("{name}_folded");
        write(folder.path(), name, &trained.network, &tensors);
        write(folder.path(), &folded_name, &folded, &folded_tensors);
        let shape = trained.network.input;
        for name in [name, &folded_name] {
            cases.push(serde_json::json!({ "name": name, "shape": shape, "images": images, "logits": logits }));
        }
    }
    std::fs::write(folder.path().join("cases.json"), serde_json::to_string(&cases).unwrap()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/export/check.py");
    let output = common::output(Command::new(&python).arg("-B").arg(script).arg(folder.path()));
    let message = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    common::print_uncaptured(message.lines().last().unwrap_or_default());
}
