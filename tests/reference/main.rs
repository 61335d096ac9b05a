//! Our numbers against those of PyTorch, on the processor and on a GPU.
//!
//! Every case is read from the folder that GRAPHPNAS_GOLDEN names, by default `tests/golden`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;

mod child;
mod classes;
mod dense;
mod file;
mod generator;
mod image;
mod ops;
mod optimizers;
