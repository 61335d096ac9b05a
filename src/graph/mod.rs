//! Labelled directed acyclic graphs, their text form and an isomorphism hash (docs/method.md section 1).
//!
//! This module does not depend on search spaces or devices; [`crate::space`] defines the meaning of labels.

mod dag;
mod error;
pub mod hash;
mod parts;
mod text;

pub use dag::Graph;
pub use error::GraphError;
pub use text::MAX_TEXT_NODES;
