//! The messages of TensorBoard's event files that scalars need, with the field numbers of its `event.proto` and
//! `summary.proto`.

use prost::{Message, Oneof};

/// One record of an event file.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// When it happened, in seconds since 1970 (UTC).
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Where on the horizontal axis it stands.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// What happened.
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

/// The kinds of events that are written.
#[derive(Clone, PartialEq, Oneof)]
pub enum What {
    /// The first record of a file: the version of its format.
    #[prost(string, tag = "3")]
    FileVersion(String),
    /// Scalars.
    #[prost(message, tag = "5")]
    Summary(Summary),
}

/// Scalars of one step.
#[derive(Clone, PartialEq, Message)]
pub struct Summary {
    /// The scalars.
    #[prost(message, repeated, tag = "1")]
    pub value: Vec<Value>,
}

/// One scalar.
#[derive(Clone, PartialEq, Message)]
pub struct Value {
    /// The curve it belongs to.
    #[prost(string, tag = "1")]
    pub tag: String,
    /// The number; present even where it is zero.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    /// What the curve shows; readers take it from the first scalar of the curve.
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<Metadata>,
}

/// What TensorBoard shows beside a curve.
#[derive(Clone, PartialEq, Message)]
pub struct Metadata {
    /// What is measured, and its unit.
    #[prost(string, tag = "3")]
    pub summary_description: String,
}
