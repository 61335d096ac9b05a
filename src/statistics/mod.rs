//! Rank correlations with standard errors, the rank-sum test, and normal quantiles.

mod correlation;
mod normal;
mod rank;

pub use correlation::{Agreement, Correlation};
pub use normal::normal_quantile;
pub use rank::{mean_ranks, rank_test};
