//! Data sets: readers, the built-in set, splits, augmentation, the loader.

use crate::common;

mod archives;
mod augment;
mod cifar;
mod fetch;
mod image_files;
mod loader;
mod make;
mod matching;
mod parts;
mod procedural;
mod python;
mod server;
mod signals;
mod split;
mod tiny;
mod tree;
mod unexpected_files;
mod unsupported_formats;
