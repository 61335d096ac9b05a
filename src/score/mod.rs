//! Scores of networks without training ("zero-cost proxies"): predictors of accuracy from the structure, or from a
//! forward or backward pass with random weights.
//!
//! A score only ranks networks; its value has no other meaning. A score that ranks one space well may rank another one
//! in reverse, so a search uses scores as evidence, never as a filter.

mod combined;
mod expressivity;
mod jacobian;
mod measure;
mod patterns;
mod pool;
mod prior;
mod scorer;
mod structure;

/// The default number of images for scoring a network.
pub const IMAGES: usize = 8;

pub use combined::combine;
pub use measure::{MEASURES, Measure, NetworkDepth, UnknownMeasure};
pub use pool::PoolScorer;
pub use prior::{FEATURES, StructuralFeatures, scored_network_size};
pub use scorer::{ScoreError, Scorer, Scores};
pub use structure::structural;
