//! ENAS macro: networks of twelve layers with one operation each and skip connections (docs/method.md sections 1 and
//! 5). The space is `presets/spaces/enas.toml`; its shared model of constant width is code.

pub mod constant_width;

/// The name of the space.
pub const NAME: &str = "enas";

/// The number of layers of every network.
pub const LAYERS: usize = 12;

/// The operations, indexed by node label.
pub const OPERATIONS: [&str; 6] = ["conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3"];
