//! Data sets: readers, a built-in one, splits, augmentation and a loader that prefetches.
//!
//! [`Dataset::open`] finds out a folder's layout and reads it; [`Split`] holds out a part of the training images;
//! [`Loader`] delivers batches of normalised, augmented `f32` images. Everything random is keyed by (seed, epoch,
//! image), so an epoch has the same bytes on any number of threads. Of the device it knows only how much memory the processor
//! has; [`fetch`] alone knows the network.

mod augment;
mod balance;
mod batch;
mod check;
mod cifar;
mod cifar_python;
mod dataset;
mod decode;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod fingerprint;
mod images;
mod listed;
mod load;
mod loader;
mod matching;
mod normal;
mod notes;
mod picture;
mod prefetch;
pub mod procedural;
mod roles;
mod room;
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
pub use decode::{MOST_PIXELS, read_picture};
pub use error::{DataError, LoaderError};
pub use fingerprint::Fingerprint;
pub use images::{ImageShape, Images};
pub use loader::{Last, Loader, LoaderOptions, Order};
pub use matching::Matched;
pub use normal::Normal;
pub use picture::ENDINGS as PICTURE_ENDINGS;
pub use prefetch::Epoch;
pub use source::{Files, Source};
pub use split::{Split, SplitOptions};
pub use tree::{is_hidden, is_picture};
pub use warning::{Duplicates, Part, Warning, duplicates};
