//! Learning a distribution of good neural architectures: labelled graphs and the spaces they live in.
#![warn(missing_docs)]

pub mod graph;
pub mod space;
