//! Kind `dwconv`.

use super::steps::{Convolution, depthwise, widened};
use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// A depthwise convolution with activation and normalisation; another width needs a 1x1 convolution after it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Depthwise(Convolution);

impl ReadKind for Depthwise {
    const PRODUCT: &'static [&'static str] = &["kernel", "dilation"];
    const OTHER: &'static [&'static str] = &["order", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        reader.convolution().map(Self)
    }
}

impl BlockKind for Depthwise {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let Convolution { kernel, dilation, .. } = self.0;
        let operation = depthwise(builder.channels(x), builder.window(kernel), wanted.stride, dilation);
        let x = self.0.ordered(builder, name, x, |builder, name, x| builder.add(name, operation, &[x]))?;
        widened(builder, name, x, wanted.channels)
    }
}
