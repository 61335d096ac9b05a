//! The protobuf messages of TensorBoard's event files for scalars, with the field numbers of its `event.proto` and
//! `summary.proto`.

use prost::{Message, Oneof};

/// One record of an event file.
#[derive(Clone, PartialEq, Message)]
pub struct Event {
    /// Time of the event, in seconds since 1970 (UTC).
    #[prost(double, tag = "1")]
    pub wall_time: f64,
    /// Its position on the horizontal axis.
    #[prost(int64, tag = "2")]
    pub step: i64,
    /// The content.
    #[prost(oneof = "What", tags = "3, 5")]
    pub what: Option<What>,
}

/// The contents of events that are written.
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
    /// The value; written even if it is zero.
    #[prost(float, optional, tag = "2")]
    pub simple_value: Option<f32>,
    /// The description of the curve; readers take it from the first scalar of the curve.
    #[prost(message, optional, tag = "9")]
    pub metadata: Option<Metadata>,
}

/// The description that TensorBoard shows beside a curve.
#[derive(Clone, PartialEq, Message)]
pub struct Metadata {
    /// What is measured, and its unit.
    #[prost(string, tag = "3")]
    pub summary_description: String,
}
