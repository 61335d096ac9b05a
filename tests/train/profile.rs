//! Profiles of networks: launches, operations, bytes and memory footprint.

use super::{model, parts, quick};
use graphpnas::device::Device;
use graphpnas::kernel::optimizer::AdamSettings;
use graphpnas::nn::OptimizerSettings;
use graphpnas::train::{Footprint, Profile, Recipe, latency, profile_inference, profile_step};

/// Launches, operations and bytes of all kernels together.
fn sums(profile: &Profile) -> [u64; 3] {
    let kernels = profile.kernels.as_ref().unwrap();
    assert!(kernels.is_sorted_by(|a, b| a.seconds >= b.seconds), "descending by time: {kernels:?}");
    let sum = |of: fn(&graphpnas::train::KernelTime) -> u64| kernels.iter().map(of).sum();
    [sum(|kernel| kernel.launches as u64), sum(|kernel| kernel.flops), sum(|kernel| kernel.bytes)]
}

#[test]
fn a_profile_has_every_launch() {
    let recipe = quick(1);
    let network = model(&parts(&recipe, 1)).network(0.0).unwrap();
    for device in [Device::Cpu, crate::common::gpu()] {
        let alone = latency(&network, &device, 3).unwrap();
        let inference = profile_inference(&network, 16, &device, 3).unwrap();
        let step = profile_step(&network, &recipe, &device, 3).unwrap();
        assert!(alone > 0.0 && inference.seconds > 0.0 && step.seconds > 0.0);
        let [launches, flops, bytes] = sums(&inference);
        let [more, harder, wider] = sums(&step);
        assert!(launches > 10 && more > 2 * launches && harder > 2 * flops && wider > 2 * bytes);
        // Two operations per multiply-add; convolutions and classifier account for most of the operations.
        assert!(flops >= 16 * 2 * network.cost().multiply_adds);
    }
}

#[test]
fn a_training_stores_weights_and_optimizer_state() {
    let recipe = quick(1);
    let network = model(&parts(&recipe, 1)).network(0.0).unwrap();
    let store = |recipe: &Recipe| Footprint::store(&network, recipe).unwrap();
    let (plain, weights) = (store(&recipe), 4 * network.cost().parameters);
    // The weights and their momentum; running statistics are additional.
    assert!(plain >= 2 * weights, "{plain} bytes, {weights} of them weights");
    // Adam stores two values per weight.
    let adam = Recipe { optimizer: OptimizerSettings::Adam(AdamSettings::default()), ..recipe.clone() };
    // Every tensor starts at a multiple of 256 bytes.
    let tensors: usize = network.nodes.iter().map(|node| network.weights(node).len()).sum();
    let padding = 256 * tensors as u64;
    let of_adam = store(&adam);
    assert!((plain + weights..=plain + weights + padding).contains(&of_adam), "{of_adam}, {plain}, {weights}");
    // Running means include the running statistics.
    let averaged = Recipe { average: Some(0.9), ..recipe };
    let of_averaged = store(&averaged);
    let expected = 2 * plain - weights;
    assert!((expected - padding..=expected + padding).contains(&of_averaged), "{of_averaged}, {plain}, {weights}");
}

#[test]
fn an_empty_batch_is_an_error() {
    let recipe = quick(1);
    let network = model(&parts(&recipe, 1)).network(0.0).unwrap();
    assert!(profile_inference(&network, 0, &Device::Cpu, 1).is_err());
}
