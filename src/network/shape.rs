//! Shapes of the outputs of nodes.

use std::fmt;

/// The largest length of an axis, a kernel, a stride or a padding.
pub(super) const MAX_AXIS: usize = 1 << 20;

/// The shape of a node's output for one image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Channels, height and width.
    Image([usize; 3]),
    /// The number of elements.
    Vector(usize),
}

impl Shape {
    /// Returns the number of elements.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Image(axes) => axes.iter().product(),
            Self::Vector(len) => *len,
        }
    }

    /// Returns whether the shape has no elements.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the channels of an image or the length of a vector.
    #[must_use]
    pub fn channels(&self) -> usize {
        let (Self::Image([channels, ..]) | Self::Vector(channels)) = self;
        *channels
    }

    /// Returns the axes of one image or vector.
    #[must_use]
    pub fn axes(&self) -> Vec<usize> {
        match self {
            Self::Image(axes) => axes.to_vec(),
            Self::Vector(len) => vec![*len],
        }
    }

    /// Returns the axes of a batch: `[batch, channels, height, width]` or `[batch, length]`.
    #[must_use]
    pub fn batched(&self, batch: usize) -> Vec<usize> {
        [vec![batch], self.axes()].concat()
    }

    pub(super) fn is_valid(&self) -> bool {
        match self {
            Self::Image(axes) => axes.iter().all(|axis| (1..=MAX_AXIS).contains(axis)),
            Self::Vector(len) => (1..=MAX_AXIS).contains(len),
        }
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Image([channels, height, width]) => write!(f, "{channels}x{height}x{width}"),
            Self::Vector(len) => write!(f, "{len}"),
        }
    }
}
