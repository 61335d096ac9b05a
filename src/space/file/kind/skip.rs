//! Kind `skip`.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::{Builder, Filter, NetworkError};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// The input, changed where stride or width change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Skip {
    change: Change,
}

/// What a skip becomes where stride or width change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    /// 1x1 convolution with the stride, and batch normalisation.
    ConvBn,
    /// ReLU and factorised reduction.
    ActFactorised,
    /// An error.
    Refuse,
}

/// The changes by name.
const CHANGES: [(&str, Change); 3] =
    [("conv-bn", Change::ConvBn), ("act-factorised", Change::ActFactorised), ("error", Change::Refuse)];

impl ReadKind for Skip {
    const OTHER: &'static [&'static str] = &["change"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        let names = CHANGES.map(|(name, _)| name);
        Ok(Self { change: CHANGES[reader.fields.read("change", 0, |value| value.word(&names))?].1 })
    }
}

impl BlockKind for Skip {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let Wanted { channels, stride } = wanted;
        if stride == 1 && builder.channels(x) == channels {
            return Ok(x);
        }
        let filter = Filter { channels, kernel: 1, stride };
        match self.change {
            Change::ConvBn => builder.conv_bn(name, x, filter),
            // The factorised reduction halves the image.
            Change::ActFactorised if stride == 2 => builder.relu_factorised_reduction(name, x, channels),
            Change::ActFactorised => builder.relu_conv_bn(name, x, filter),
            Change::Refuse => Err(NetworkError::Skip(name.to_owned())),
        }
    }
}
