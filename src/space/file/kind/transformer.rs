//! Kind `transformer`: attention over the positions of an image, and a perceptron per position.

use super::{BlockKind, KindReader, ReadKind};
use crate::network::operation::{Activation, Attention, Conv2d};
use crate::network::{Builder, Filter, NetworkError};
use crate::space::file::build::{Added, Wanted};
use crate::space::file::error::Fault;

/// The largest number of channels of a head.
const MAX_HEAD: usize = 1024;

/// A transformer block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) struct Transformer {
    heads: usize,
    /// The hidden width of the perceptron, divided by the width.
    mlp: usize,
    /// Channels of a head; without it the heads divide the width.
    head_dim: Option<usize>,
}

impl ReadKind for Transformer {
    const PRODUCT: &'static [&'static str] = &["heads", "mlp", "head_dim"];

    fn read(reader: &mut KindReader<'_>) -> Result<Self, Fault> {
        Ok(Self {
            heads: reader.argument("heads", 4)?,
            mlp: reader.argument("mlp", 4)?,
            head_dim: reader.fields.read("head_dim", None, |value| value.integer(1, MAX_HEAD).map(Some))?,
        })
    }
}

impl BlockKind for Transformer {
    /// Adds x + proj(attention(norm(x))) and then x + mlp(norm(x)). Where stride or width change, the input passes a 1x1
    /// convolution with the stride and batch normalisation first, as that of a skip.
    fn add(&self, builder: &mut Builder, name: &str, x: usize, wanted: Wanted) -> Added {
        let Wanted { channels, stride } = wanted;
        let head_width = self.head_width(name, channels)?;
        let mut x = x;
        if stride > 1 || builder.channels(x) != channels {
            x = builder.conv_bn(&format!("{name}.change"), x, Filter::new(channels, 1).by(stride))?;
        }
        x = self.attention(builder, &format!("{name}.attn"), x, self.heads * head_width)?;
        perceptron(builder, &format!("{name}.mlp"), x, self.mlp.saturating_mul(channels))
    }
}

impl Transformer {
    fn head_width(self, name: &str, channels: usize) -> Result<usize, NetworkError> {
        let divided = channels.is_multiple_of(self.heads).then(|| channels / self.heads);
        let refused = || NetworkError::Heads { node: name.to_owned(), heads: self.heads, width: channels };
        self.head_dim.or(divided).ok_or_else(refused)
    }

    /// Adds x + proj(attention(norm(x))), with queries, keys and values of `width` channels.
    fn attention(self, builder: &mut Builder, name: &str, x: usize, width: usize) -> Added {
        let normed = builder.layer_norm(&format!("{name}.norm"), x)?;
        let query = builder.add(format!("{name}.query"), linear(width), &[normed])?;
        let key = builder.add(format!("{name}.key"), linear(width), &[normed])?;
        let value = builder.add(format!("{name}.value"), linear(width), &[normed])?;
        let heads = Attention { heads: self.heads };
        let attended = builder.add(format!("{name}.heads"), heads, &[query, key, value])?;
        let projected = builder.add(format!("{name}.proj"), linear(builder.channels(x)), &[attended])?;
        builder.sum(&format!("{name}.add"), &[x, projected])
    }
}

/// Adds x + fc2(gelu(fc1(norm(x)))).
fn perceptron(builder: &mut Builder, name: &str, x: usize, hidden: usize) -> Added {
    let normed = builder.layer_norm(&format!("{name}.norm"), x)?;
    let hidden = builder.add(format!("{name}.fc1"), linear(hidden), &[normed])?;
    let active = builder.add(format!("{name}.gelu"), Activation::Gelu, &[hidden])?;
    let result = builder.add(format!("{name}.fc2"), linear(builder.channels(x)), &[active])?;
    builder.sum(&format!("{name}.add"), &[x, result])
}

/// A linear layer on every position.
fn linear(filters: usize) -> Conv2d {
    Conv2d { bias: true, ..Conv2d::new(filters, 1, 1) }
}
