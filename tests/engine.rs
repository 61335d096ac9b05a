//! The engine: devices, kernels, tape, layers, children and their training, images.
//!
//! There are only three test programs, because each is linked with the whole library. To run a part of one:
//! `cargo test --test engine kernel::`.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "numbers of tests, which are small"
)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // helpers outside the test functions too

mod common;

mod child;
mod data;
mod device;
mod kernel;
mod layers;
mod reference;
mod tape;
mod train;
