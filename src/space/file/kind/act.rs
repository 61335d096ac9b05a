//! Kind `act`.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::Activation;
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// An activation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Act(Activation);

impl ReadKind for Act {
    const OTHER: &'static [&'static str] = &["act"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        reader.act_or_relu().map(Self)
    }
}

impl BlockKind for Act {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, _wanted: Wanted) -> Added {
        builder.add(name, self.0, &[x])
    }

    fn keeps_shape(&self) -> bool {
        true
    }
}
