//! What a child is built for, and how wide and deep it is.

use super::error::NetworkError;
use crate::bounds::greatest;

/// The images and the classes of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// How many classes there are.
    pub classes: usize,
}

impl Task {
    /// CIFAR-10: ten classes of 32x32 pixels in three colours.
    pub const CIFAR10: Self = Self { input: [3, 32, 32], classes: 10 };
}

/// The width and depth of a child.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
}

impl Size {
    /// # Errors
    /// [`NetworkError::Size`] for a width or depth of zero or beyond reason.
    pub fn check(&self) -> Result<(), NetworkError> {
        in_range("width (channels)", self.channels, greatest("--channels"))?;
        in_range("depth (cells)", self.cells, greatest("--cells"))
    }
}

/// Whether a number lies between 1 and `max`.
pub(crate) fn in_range(what: &'static str, found: usize, max: usize) -> Result<(), NetworkError> {
    let min = 1;
    if (min..=max).contains(&found) { Ok(()) } else { Err(NetworkError::Size { what, found, min, max }) }
}
