//! The tape: gradients against finite differences, plans against arithmetic done by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod batch_norm;
mod conv2d;
mod difference;
mod dropout;
mod elementwise;
mod generator;
mod gru;
mod lstm;
mod matmul;
mod plan;
mod pool2d;
mod slice;
mod sum;
