//! The task of a network, and its width and depth.

use super::error::NetworkError;
use crate::bounds::max_of;

/// The image shape and the number of classes of a data set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Task {
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// The number of classes.
    pub classes: usize,
}

impl Task {
    /// CIFAR-10: ten classes, images of 32x32 pixels with three channels.
    pub const CIFAR10: Self = Self { input: [3, 32, 32], classes: 10 };
}

/// The width and depth of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network if it has no stages.
    pub cells: usize,
}

impl Size {
    /// Checks the ranges of width and depth.
    ///
    /// # Errors
    /// [`NetworkError::Size`] for a width or depth that is zero or too large.
    pub fn check(&self) -> Result<(), NetworkError> {
        in_range("width (channels)", self.channels, max_of("--channels"))?;
        in_range("depth (cells)", self.cells, max_of("--cells"))
    }
}

/// Checks that a value is from 1 to `max`.
fn in_range(what: &'static str, found: usize, max: usize) -> Result<(), NetworkError> {
    let min = 1;
    if (min..=max).contains(&found) { Ok(()) } else { Err(NetworkError::Size { what, found, min, max }) }
}
