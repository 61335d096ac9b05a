//! Kind `position`.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::Builder;
use crate::network::operation::PositionEmbedding;
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// A learned position embedding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Position;

impl ReadKind for Position {
    fn read(_reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl BlockKind for Position {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, _wanted: Wanted) -> Added {
        builder.add(name, PositionEmbedding, &[x])
    }

    fn keeps_shape(&self) -> bool {
        true
    }
}
