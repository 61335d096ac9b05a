//! Every kernel against its twin on a GPU, and every shader through naga without one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod batch_norm;
mod conv2d;
mod dropout;
mod elementwise;
mod files;
mod gru;
mod heads;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod parity;
mod pool2d;
mod shaders;
mod slice;
mod sum;

use parity::Case;

/// The cases of every family; a new family adds its line here, and the registry test fails until it does.
fn cases() -> Vec<Case> {
    let families: &[fn() -> Vec<Case>] = &[
        batch_norm::cases,
        conv2d::cases,
        dropout::cases,
        elementwise::cases,
        gru::cases,
        heads::cases,
        lstm::cases,
        matmul::cases,
        message_passing::cases,
        mixture::cases,
        pool2d::cases,
        slice::cases,
        sum::cases,
    ];
    families.iter().flat_map(|family| family()).collect()
}

#[test]
fn every_kernel_has_a_case() {
    let tested: std::collections::HashSet<_> = cases().iter().map(Case::name).collect();
    let missing: Vec<_> =
        graphpnas::kernel::registry().iter().map(|kernel| kernel.name).filter(|name| !tested.contains(name)).collect();
    assert!(missing.is_empty(), "no parity case for {missing:?}");
}

#[test]
fn every_kernel_does_what_its_twin_does() {
    let device = common::gpu();
    let wrong: Vec<_> = cases().iter().filter_map(|case| case.compare(&device).err()).collect();
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
