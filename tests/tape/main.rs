//! The tape: gradients against finite differences, plans against arithmetic done by hand.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod conv2d;
mod difference;
mod elementwise;
mod generator;
mod gru;
mod loss;
mod lstm;
mod matmul;
mod optimizer;
mod plan;
mod reduce;
mod segment;
mod softmax;
