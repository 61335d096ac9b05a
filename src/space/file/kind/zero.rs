//! Kinds `zero` and `external`, which have no nodes.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::{Builder, NetworkError};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// An absent edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Zero;

/// An operation of another program, without a network here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct External;

impl ReadKind for Zero {
    fn read(_reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl BlockKind for Zero {
    /// Edges of this kind are absent, so it is never a block.
    fn add(&self, _builder: &mut Builder, name: &str, _x: usize, _wanted: Wanted) -> Added {
        Err(NetworkError::NoNetwork(name.to_owned()))
    }
}

impl ReadKind for External {
    fn read(_reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl BlockKind for External {
    fn add(&self, _builder: &mut Builder, name: &str, _x: usize, _wanted: Wanted) -> Added {
        Err(NetworkError::External(name.to_owned()))
    }
}
