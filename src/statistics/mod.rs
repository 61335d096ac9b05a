//! Statistics of measured numbers: rank correlations with their errors, and a rank test.

mod correlation;
mod normal;
mod rank;

pub use correlation::{Agreement, Correlation};
pub use normal::normal_quantile;
pub use rank::{mean_ranks, rank_test};
