//! Labelled directed acyclic graphs, their text form and an isomorphism hash (docs/method.md section 1).
//!
//! This module knows no search space and no device: what a label means is the business of [`crate::space`].

mod dag;
mod error;
pub mod hash;
mod parts;
mod text;

pub use dag::Graph;
pub use error::GraphError;
pub use text::MAX_TEXT_NODES;
