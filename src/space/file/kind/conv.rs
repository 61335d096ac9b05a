//! Kind `conv`.

use super::steps::{Convolution, padding};
use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::Conv2d;
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;
use crate::space::file::tree::Value;

/// A convolution with activation and normalisation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Conv {
    convolution: Convolution,
    groups: usize,
    bias: bool,
}

impl ReadKind for Conv {
    const PRODUCT: &'static [&'static str] = &["kernel", "dilation", "groups"];
    const OTHER: &'static [&'static str] = &["bias", "order", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            convolution: reader.convolution()?,
            groups: reader.fields.integer("groups", 1, 1 << 16)?,
            bias: reader.fields.read("bias", false, Value::boolean)?,
        })
    }
}

impl BlockKind for Conv {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let Convolution { kernel, dilation, .. } = self.convolution;
        let kernel = builder.window(kernel);
        let operation = Conv2d {
            filters: wanted.channels,
            kernel,
            stride: wanted.stride,
            padding: padding(kernel, dilation),
            dilation,
            groups: self.groups,
            bias: self.bias,
        };
        self.convolution.ordered(builder, name, x, |builder, name, x| builder.add(name, operation, &[x]))
    }
}
