//! Tests of the kernels: every kernel against its twin on a GPU, and every shader through naga without a GPU.

use crate::common;

mod batch_norm;
mod conv2d;
mod dropout;
mod elementwise;
mod files;
mod gru;
mod heads;
mod layer_norm;
mod loss;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod optimizer;
mod parity;
mod pool2d;
mod reduce;
mod segment;
mod shaders;
mod slice;
mod softmax;
mod sum;

use parity::Case;

/// The cases of all families except convolutions. Add the line of a new family here; a test fails if it is missing.
const FAMILIES: &[fn() -> Vec<Case>] = &[
    batch_norm::cases,
    dropout::cases,
    elementwise::cases,
    gru::cases,
    heads::cases,
    layer_norm::cases,
    loss::cases,
    lstm::cases,
    matmul::cases,
    message_passing::cases,
    mixture::cases,
    optimizer::cases,
    reduce::cases,
    segment::cases,
    softmax::cases,
    pool2d::cases,
    slice::cases,
    sum::cases,
];

#[test]
fn every_kernel_has_a_case() {
    let device = common::gpu();
    let tested: std::collections::HashSet<_> = FAMILIES
        .iter()
        .flat_map(|family| family())
        .chain(conv2d::cases())
        .filter(|case| case.runs_on(&device))
        .map(|case| case.name())
        .collect();
    let missing: Vec<_> =
        graphpnas::kernel::registry().iter().map(|kernel| kernel.name).filter(|name| !tested.contains(name)).collect();
    assert!(missing.is_empty(), "no parity case for {missing:?}");
}

fn compare(cases: &[Case]) {
    let device = common::gpu();
    let supported = cases.iter().filter(|case| case.runs_on(&device));
    let wrong: Vec<_> = supported.filter_map(|case| case.compare(&device).err()).collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_kernel_agrees_with_its_twin() {
    compare(&FAMILIES.iter().flat_map(|family| family()).collect::<Vec<_>>());
}

/// Separate from the others, because convolutions take as long as all other kernels together.
#[test]
fn convolutions_agree_with_their_twins() {
    compare(&conv2d::cases());
}

/// An element that neither the kernel nor its twin writes is equal on both sides, so a comparison alone does not detect
/// it.
#[test]
fn every_twin_writes_all_elements() {
    let cases = FAMILIES.iter().flat_map(|family| family()).chain(conv2d::cases());
    let wrong: Vec<_> = cases.filter_map(|case| case.nan_of_the_twin()).collect();
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

/// The comparison detects an element that is missing on one side or on both, and one that is not close enough.
#[test]
fn missing_elements_are_not_close() {
    let near = |a: f32, b: f32| parity::same(a, b, 1e-3, false);
    let infinite = f32::INFINITY;
    assert!(near(1.0, 1.001) && near(infinite, infinite) && near(-0.0, 0.0));
    for (a, b) in [(1.0, 1.003), (1.0, f32::NAN), (f32::NAN, 1.0), (f32::NAN, f32::NAN), (infinite, -infinite)] {
        assert!(!near(a, b), "{a} and {b}");
    }
    let unwritten = parity::unwritten(1)[0];
    assert!(!near(unwritten, unwritten), "an element that neither side wrote");
    assert!(parity::same(f32::NAN, f32::NAN, 0.0, true) && !parity::same(f32::NAN, 1.0, 0.0, true));
}
