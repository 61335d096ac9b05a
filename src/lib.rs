//! Neural architecture search with a learned distribution over good networks (GraphPNAS), on any GPU or on the CPU.
//!
//! The top-level modules form layers (ARCHITECTURE.md); each imports only from layers below its own.
#![warn(missing_docs)]

pub mod bounds;
pub mod child;
#[cfg(feature = "cli")]
pub mod cli;
pub mod convert;
pub mod data;
pub mod device;
pub mod disk;
pub mod evaluate;
pub mod experiment;
pub mod formats;
pub mod generator;
pub mod graph;
pub mod kernel;
pub mod network;
pub mod nn;
pub mod onnx;
pub mod parallel;
pub mod pickle;
pub mod report;
#[cfg(feature = "runs")]
pub mod run;
pub mod score;
pub mod search;
pub mod shown;
pub mod space;
pub mod statistics;
pub mod tape;
pub mod train;

pub use experiment::Search;

/// Compiles and runs the code of the library guide.
#[cfg(doctest)]
#[doc = include_str!("../docs/guide/library.md")]
struct LibraryGuide;
