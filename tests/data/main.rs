//! The data floor: readers, the rendered set, splits, augmentation, the loader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod augment;
mod cifar;
#[path = "../common/mod.rs"]
mod common;
mod loader;
mod make;
mod procedural;
mod split;
mod tiny;
mod tree;
