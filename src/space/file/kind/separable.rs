//! Kind `sepconv`.

use super::steps::Convolution;
use super::{BlockKind, KindReader, ReadKind};
use crate::network::{Builder, Filter};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// Depthwise and pointwise convolution, repeated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Separable {
    convolution: Convolution,
    times: usize,
}

impl ReadKind for Separable {
    const PRODUCT: &'static [&'static str] = &["kernel", "dilation", "times"];
    const OTHER: &'static [&'static str] = &["order", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self { convolution: reader.convolution()?, times: reader.fields.integer("times", 1, 8)? })
    }
}

impl BlockKind for Separable {
    /// The first repetition has the stride, the last the width.
    fn add(&self, builder: &mut Builder, name: &str, mut x: usize, wanted: Wanted) -> Added {
        let Convolution { kernel, dilation, .. } = self.convolution;
        for index in 0..self.times {
            let name = if self.times > 1 { format!("{name}.{index}") } else { name.to_owned() };
            let channels = if index + 1 == self.times { wanted.channels } else { builder.channels(x) };
            let filter = Filter { channels, kernel, stride: if index == 0 { wanted.stride } else { 1 } };
            x = self
                .convolution
                .ordered(builder, &name, x, |builder, _, x| builder.depthwise_pointwise(&name, x, filter, dilation))?;
        }
        Ok(x)
    }
}
