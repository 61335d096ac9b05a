//! Kind `resblock`.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::operation::{AvgPool, Conv2d};
use crate::network::{Builder, Filter};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// The residual block of NAS-Bench-201: two convolutions and a shortcut, with average pooling if it halves the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct ResBlock;

impl ReadKind for ResBlock {
    fn read(_reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self)
    }
}

impl BlockKind for ResBlock {
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let Wanted { channels, stride } = wanted;
        let a = builder.relu_conv_bn(&format!("{name}.a"), x, Filter { channels, kernel: 3, stride })?;
        let b = builder.relu_conv_bn(&format!("{name}.b"), a, Filter::new(channels, 3))?;
        let mut shortcut = x;
        if stride > 1 {
            let means = AvgPool { size: builder.window(stride), stride, padding: [0; 2], count_padding: true };
            shortcut = builder.add(format!("{name}.pool"), means, &[x])?;
        }
        if stride > 1 || builder.channels(shortcut) != channels {
            shortcut = builder.add(format!("{name}.down"), Conv2d::new(channels, 1, 1), &[shortcut])?;
        }
        builder.sum(&format!("{name}.add"), &[b, shortcut])
    }
}
