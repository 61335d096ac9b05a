//! The shape of images.

use std::fmt;

/// Channels, height and width of the images of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ImageShape {
    /// Channels: 3 for red, green, blue.
    pub channels: usize,
    /// Rows of pixels.
    pub height: usize,
    /// Columns of pixels.
    pub width: usize,
}

impl ImageShape {
    /// The shape of colour images.
    pub const fn rgb(height: usize, width: usize) -> Self {
        Self { channels: 3, height, width }
    }

    /// Number of values of one channel.
    pub const fn plane(self) -> usize {
        self.height * self.width
    }

    /// Number of values of one image, which is also its size in bytes.
    pub const fn len(self) -> usize {
        self.channels * self.plane()
    }

    /// Whether the shape has no values.
    pub const fn is_empty(self) -> bool {
        self.len() == 0
    }
}

impl fmt::Display for ImageShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}x{}", self.channels, self.height, self.width)
    }
}
