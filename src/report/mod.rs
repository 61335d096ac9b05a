//! Exports and reports: networks as ONNX, PyTorch source and safetensors; architectures as drawings and JSON; searches
//! as charts and as an HTML page.
//!
//! Network exporters read a [`crate::network::Network`]. Drawings are made from a [`Diagram`] of a graph in its space.
#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "pixel positions in drawings, and axes of networks, which are at most 2^20 in a built network"
)]
#![cfg_attr(not(feature = "runs"), allow(dead_code, reason = "inline drawings are used only by the report of a run"))]

mod about;
mod description;
mod diagram;
mod dot;
mod error;
mod fold;
#[cfg(feature = "runs")]
pub mod html;
pub mod layout;
pub mod onnx;
mod plot;
mod python;
mod svg;
mod tensors;
mod terminal;
mod torch;

pub use about::About;
pub use description::{Description, NetworkCost};
pub use diagram::Diagram;
pub use dot::dot;
pub use error::ReportError;
pub use fold::fold;
pub use plot::{Line, Mark, Note, Plot, plot};
pub use svg::svg;
pub use tensors::{Array, Tensors};
pub use terminal::terminal;
pub use torch::torch;
