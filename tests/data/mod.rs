//! Data sets: readers, the rendered set, splits, augmentation, the loader.

mod archives;
mod augment;
mod cifar;
use crate::common;
mod fetch;
mod foreign;
mod loader;
mod make;
mod matching;
mod odd;
mod parts;
mod pictures;
mod procedural;
mod python;
mod server;
mod split;
mod tiny;
mod tree;
