//! Kind `factorised`.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::{Builder, NetworkError};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// A factorised reduction, which halves the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Factorised;

impl ReadKind for Factorised {
    fn read(_reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl BlockKind for Factorised {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        match wanted.stride {
            2 => builder.factorised_reduction(name, x, wanted.channels),
            stride => Err(NetworkError::Halves { node: name.to_owned(), stride }),
        }
    }
}
