//! Kinds `seq` and `sum`, which consist of other operations.

use super::steps::activated;
use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::Activation;
use crate::space::file::block::{Block, NamedBlocks};
use crate::space::file::build::{Added, Wanted, add_block};
use crate::space::file::error::Fault;

/// Blocks in a row, with the names of their weights.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Seq(NamedBlocks);

/// The sum of blocks that read the same input, and an activation.
#[derive(Debug, Clone, PartialEq)]
pub(in super::super) struct Sum {
    terms: NamedBlocks,
    act: Option<Activation>,
}

impl ReadKind for Seq {
    const OTHER: &'static [&'static str] = &["of"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        reader.blocks().map(Self)
    }
}

impl BlockKind for Seq {
    /// The stride goes to the first block that can have one, the width to all that can have one.
    fn add(&self, builder: &mut Builder, name: &str, mut x: usize, wanted: Wanted) -> Added {
        let mut stride = wanted.stride;
        for (part, block) in &self.0 {
            let own = match block.kind.keeps_shape() {
                true => Wanted { channels: builder.channels(x), stride: 1 },
                false => Wanted { channels: wanted.channels, stride: std::mem::replace(&mut stride, 1) },
            };
            x = add_block(builder, &format!("{name}.{part}"), x, block, own)?;
        }
        Ok(x)
    }

    fn inner(&self) -> &[(String, Block)] {
        &self.0
    }
}

impl ReadKind for Sum {
    const OTHER: &'static [&'static str] = &["of", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self { terms: reader.blocks()?, act: reader.act()? })
    }
}

impl BlockKind for Sum {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let mut results = Vec::new();
        for (part, block) in &self.terms {
            results.push(add_block(builder, &format!("{name}.{part}"), x, block, wanted)?);
        }
        let x = builder.sum(&format!("{name}.add"), &results)?;
        activated(builder, name, x, self.act)
    }

    fn inner(&self) -> &[(String, Block)] {
        &self.terms
    }
}
