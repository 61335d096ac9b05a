//! Kind `mbconv`.

use super::steps::{activated, depthwise};
use super::{BlockKind, KindReader, ReadKind};
use crate::convert::{to_integer, to_usize};
use crate::network::operation::{Activation, GlobalAveragePool, Linear, ScaleChannels};
use crate::network::{Builder, Filter};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// An inverted residual block (MobileNetV2, V3): 1x1 expansion, depthwise convolution, squeeze-and-excitation, 1x1
/// projection, and the input if the shapes agree.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct MbConv {
    kernel: usize,
    expand: usize,
    /// The ratio of the squeezed width to the block's input, if it has squeeze-and-excitation.
    se: Option<f32>,
    act: Activation,
}

impl ReadKind for MbConv {
    const PRODUCT: &'static [&'static str] = &["kernel", "expand", "se"];
    const OTHER: &'static [&'static str] = &["act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            kernel: reader.odd_kernel()?,
            expand: reader.argument("expand", 6)?,
            se: reader.fields.read("se", None, |value| value.rate().map(|ratio| (ratio > 0.0).then_some(ratio)))?,
            act: reader.act_or_relu()?,
        })
    }
}

impl BlockKind for MbConv {
    fn add(&self, builder: &mut Builder, name: &str, input: usize, wanted: Wanted) -> Added {
        let Self { kernel, expand, se, act } = *self;
        let wide = builder.channels(input).saturating_mul(expand);
        let mut x = input;
        if expand > 1 {
            let name = format!("{name}.expand");
            x = builder.conv_bn(&name, x, Filter::new(wide, 1))?;
            x = activated(builder, &name, x, Some(act))?;
        }
        let depthwise_name = format!("{name}.depthwise");
        let operation = depthwise(wide, builder.window(kernel), wanted.stride, 1);
        x = builder.add(format!("{depthwise_name}.conv"), operation, &[x])?;
        x = builder.batch_norm(&format!("{depthwise_name}.bn"), x)?;
        x = activated(builder, &depthwise_name, x, Some(act))?;
        if let Some(ratio) = se {
            let squeezed = (builder.channels(input) as f32 * ratio).ceil().max(1.0);
            x = excited(builder, &format!("{name}.se"), x, to_usize(to_integer(f64::from(squeezed))), act)?;
        }
        x = builder.conv_bn(&format!("{name}.project"), x, Filter::new(wanted.channels, 1))?;
        match builder.shape(x) == builder.shape(input) {
            true => builder.sum(&format!("{name}.add"), &[input, x]),
            false => Ok(x),
        }
    }
}

/// Squeeze-and-excitation: every channel is multiplied by a factor from the means of all channels.
fn excited(builder: &mut Builder, name: &str, x: usize, squeezed: usize, act: Activation) -> Added {
    let channels = builder.channels(x);
    let means = builder.add(format!("{name}.pool"), GlobalAveragePool, &[x])?;
    let reduced = builder.add(format!("{name}.reduce"), Linear { outputs: squeezed, hidden: true }, &[means])?;
    let reduced = activated(builder, &format!("{name}.reduce"), reduced, Some(act))?;
    let expanded = builder.add(format!("{name}.expand"), Linear { outputs: channels, hidden: false }, &[reduced])?;
    let factors = builder.add(format!("{name}.sigmoid"), Activation::Sigmoid, &[expanded])?;
    builder.add(format!("{name}.scale"), ScaleChannels, &[x, factors])
}
