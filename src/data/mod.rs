//! Data sets: readers, a built-in data set, splits, augmentation and a prefetching loader.
//!
//! [`Dataset::open`] detects the layout of a folder and reads it; [`Split`] holds out a fraction of the training
//! images; [`Loader`] delivers batches of normalised, augmented `f32` images. All random numbers are keyed by (seed,
//! epoch, image), so an epoch has the same bytes on any number of threads. The only dependency on the device module is
//! the check of free main memory; only [`fetch`] opens network connections.

mod assemble;
mod augment;
mod balance;
mod batch;
mod check;
mod cifar;
mod cifar_python;
mod dataset;
mod decode;
mod decode_memory;
mod digest;
mod duplicates;
mod entry;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod fingerprint;
mod image_file;
mod images;
mod listed;
mod load;
mod loader;
mod matching;
mod message;
mod normal;
mod notes;
mod npy;
mod open;
mod options;
mod part;
mod prefetch;
pub mod procedural;
mod roles;
mod shape;
mod signal_files;
mod signal_reader;
mod signals;
mod source;
mod split;
mod streams;
mod tiny;
mod tree;
mod warning;

pub use augment::{Augment, Crop, Padding};
pub use batch::Batch;
pub use check::{Check, check};
pub use dataset::{Dataset, OpenOptions};
pub use decode::{MAX_SIDE, read_image};
pub use duplicates::duplicates;
pub use entry::{has_array_extension, has_image_extension, is_hidden};
pub use error::{DataError, LoaderError};
pub use fingerprint::Fingerprint;
pub use image_file::EXTENSIONS as IMAGE_EXTENSIONS;
pub use images::Images;
pub use loader::Loader;
pub use matching::Matched;
pub use normal::Normalization;
pub use options::{LastBatch, LoaderOptions, Order};
pub use part::Part;
pub use prefetch::Epoch;
pub use shape::ImageShape;
pub use signal_files::{LAYOUT as SIGNALS, is_label_file};
pub use signal_reader::SignalReader;
pub use signals::Signals;
pub use source::{Files, Source, Values};
pub use split::{Split, SplitOptions};
pub use warning::{Duplicates, Warning};
