//! The data floor: readers, the rendered set, splits, augmentation, the loader.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod archives;
mod augment;
mod cifar;
#[path = "../common/mod.rs"]
mod common;
mod fetch;
mod loader;
mod make;
mod procedural;
mod server;
mod split;
mod tiny;
mod tree;
