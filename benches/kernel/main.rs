//! Kernel benchmarks, one module a family: `cargo bench --bench kernel [-- FILTER]`.
//!
//! Each runs on the `cpu` device and, where `GRAPHPNAS_TEST_DEVICE` names one or an adapter is there, on a GPU.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod batch_norm;
mod common;
mod conv2d;
mod dropout;
mod elementwise;
mod gru;
mod heads;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod pool2d;
mod slice;
mod sum;

use criterion::{Criterion, criterion_group, criterion_main};

fn all(criterion: &mut Criterion) {
    for device in common::devices() {
        conv2d::bench(criterion, &device);
        elementwise::bench(criterion, &device);
        message_passing::bench(criterion, &device);
        heads::bench(criterion, &device);
        mixture::bench(criterion, &device);
        gru::bench(criterion, &device);
        lstm::bench(criterion, &device);
        matmul::bench(criterion, &device);
        batch_norm::bench(criterion, &device);
        pool2d::bench(criterion, &device);
        slice::bench(criterion, &device);
        sum::bench(criterion, &device);
        dropout::bench(criterion, &device);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
