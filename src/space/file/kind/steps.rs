//! Steps that several kinds consist of.

use crate::network::operation::{Activation, Conv2d};
use crate::network::{Builder, Filter, NetworkOperation};
use crate::space::file::build::Added;

/// The order of activation, convolution and normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Activation,
    Convolution,
    Normalisation,
}

/// The orders by name.
pub(super) const ORDERS: [(&str, &[Step]); 7] = [
    ("conv-bn-act", &[Step::Convolution, Step::Normalisation, Step::Activation]),
    ("act-conv-bn", &[Step::Activation, Step::Convolution, Step::Normalisation]),
    ("bn-act-conv", &[Step::Normalisation, Step::Activation, Step::Convolution]),
    ("conv-bn", &[Step::Convolution, Step::Normalisation]),
    ("conv-act", &[Step::Convolution, Step::Activation]),
    ("act-conv", &[Step::Activation, Step::Convolution]),
    ("conv", &[Step::Convolution]),
];

/// A convolution and its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in super::super) struct Convolution {
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) order: &'static [Step],
    pub(super) act: Activation,
}

impl Convolution {
    /// Adds activation, convolution and normalisation in their order; a convolution alone has the bare name.
    pub(super) fn ordered(
        &self,
        builder: &mut Builder,
        name: &str,
        mut x: usize,
        convolution: impl Fn(&mut Builder, String, usize) -> Added,
    ) -> Added {
        for step in self.order {
            x = match step {
                Step::Activation => activated(builder, name, x, Some(self.act))?,
                Step::Convolution if self.order.len() == 1 => convolution(builder, name.to_owned(), x)?,
                Step::Convolution => convolution(builder, format!("{name}.conv"), x)?,
                Step::Normalisation => builder.batch_norm(&format!("{name}.bn"), x)?,
            };
        }
        Ok(x)
    }
}

/// Padding that preserves the image size at stride 1 for odd kernels; even kernels have none.
pub(super) fn padding(kernel: [usize; 2], dilation: usize) -> [usize; 2] {
    kernel.map(|side| if side % 2 == 1 { dilation * (side / 2) } else { 0 })
}

/// Returns a depthwise convolution.
pub(super) fn depthwise(channels: usize, kernel: [usize; 2], stride: usize, dilation: usize) -> Conv2d {
    let padding = padding(kernel, dilation);
    Conv2d { filters: channels, kernel, stride, padding, dilation, groups: channels, bias: false }
}

/// Adds an activation, if there is one.
pub(super) fn activated(builder: &mut Builder, name: &str, x: usize, act: Option<Activation>) -> Added {
    match act {
        Some(act) => builder.add(format!("{name}.{}", act.name()), act, &[x]),
        None => Ok(x),
    }
}

/// Changes the width by a 1x1 convolution with batch normalisation, if it differs.
pub(super) fn widened(builder: &mut Builder, name: &str, x: usize, channels: usize) -> Added {
    if builder.channels(x) == channels {
        Ok(x)
    } else {
        builder.conv_bn(&format!("{name}.width"), x, Filter::new(channels, 1))
    }
}
