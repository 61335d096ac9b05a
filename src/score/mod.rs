//! Scores of networks without training: what a forward pass, or one with gradients, of random weights tells about how
//! accurate a network will be ("zero-cost proxies").
//!
//! A score orders networks; its value means nothing else. A score that orders one space well may order another the wrong way
//! round, so a search takes scores as evidence, never as a filter.

mod combined;
mod expressivity;
mod jacobian;
mod measure;
mod patterns;
mod pool;
mod prior;
mod scorer;
mod structure;

/// Images that networks are scored on, unless others are asked for.
pub const IMAGES: usize = 8;

pub use combined::combine;
pub use measure::{Depth, MEASURES, Measure, UnknownMeasure};
pub use pool::PoolScorer;
pub use prior::{FEATURES, Structure, scored_size};
pub use scorer::{ScoreError, Scorer, Scores};
pub use structure::structural;
