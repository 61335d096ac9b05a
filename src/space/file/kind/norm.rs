//! Kind `norm`.

use super::steps::activated;
use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::Activation;
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// Batch or layer normalisation, and an activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Norm {
    /// Layer normalisation; otherwise batch normalisation.
    layer: bool,
    act: Option<Activation>,
}

impl ReadKind for Norm {
    const OTHER: &'static [&'static str] = &["of", "act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        let layer = reader.fields.read("of", 0, |value| value.word(&["batch", "layer"]))? == 1;
        Ok(Self { layer, act: reader.act()? })
    }
}

impl BlockKind for Norm {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, _wanted: Wanted) -> Added {
        let x = if self.layer { builder.layer_norm(name, x)? } else { builder.batch_norm(name, x)? };
        activated(builder, name, x, self.act)
    }

    fn keeps_shape(&self) -> bool {
        true
    }
}
