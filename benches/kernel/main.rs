//! Kernel benchmarks, one module per family: `cargo bench --bench kernel [-- FILTER]`.
//!
//! Each runs on the `cpu` device and on a GPU if there is one or `GRAPHPNAS_TEST_DEVICE` names one.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "numbers of tests, which are small"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

mod batch_norm;
mod common;
mod conv2d;
mod dropout;
mod elementwise;
mod gru;
mod heads;
mod layer_norm;
mod loss;
mod lstm;
mod matmul;
mod message_passing;
mod mixture;
mod optimizer;
mod pool2d;
mod reduce;
mod segment;
mod slice;
mod softmax;
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
        dropout::bench(criterion, &device);
        layer_norm::bench(criterion, &device);
        loss::bench(criterion, &device);
        optimizer::bench(criterion, &device);
        pool2d::bench(criterion, &device);
        reduce::bench(criterion, &device);
        segment::bench(criterion, &device);
        slice::bench(criterion, &device);
        softmax::bench(criterion, &device);
        sum::bench(criterion, &device);
    }
}

criterion_group!(benches, all);
criterion_main!(benches);
