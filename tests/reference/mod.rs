//! Results compared with those of PyTorch, on the CPU and on a GPU.
//!
//! Every case is read from the folder that GRAPHPNAS_GOLDEN names, by default `tests/golden`.

use crate::common;

mod child;
mod classes;
mod dense;
mod file;
mod generator;
mod image;
mod ops;
mod optimizers;
mod tokens;
