//! Kind `pool`.

use super::steps::{padding, widened};
use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::{AvgPool, MaxPool};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// Max or average pooling; another width needs a 1x1 convolution after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Pool {
    max: bool,
    kernel: usize,
}

impl ReadKind for Pool {
    const PRODUCT: &'static [&'static str] = &["of", "kernel"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        let max = reader.fields.read("of", 0, |value| value.word(&["max", "avg"]))? == 0;
        Ok(Self { max, kernel: reader.argument("kernel", 3)? })
    }
}

impl BlockKind for Pool {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let (size, stride) = (builder.window(self.kernel), wanted.stride);
        let padding = padding(size, 1);
        let x = match self.max {
            true => builder.add(name, MaxPool { size, stride, padding }, &[x])?,
            false => builder.add(name, AvgPool { size, stride, padding, count_padding: false }, &[x])?,
        };
        widened(builder, name, x, wanted.channels)
    }
}
