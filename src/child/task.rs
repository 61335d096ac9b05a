//! What a child is built for, and how wide and deep it is.

use super::error::ChildError;

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

    /// Channels, height and width of an image as they are written, such as `3x32x32`.
    #[must_use]
    pub fn read_input(text: &str) -> Option<[usize; 3]> {
        let axes: Option<Vec<usize>> = text.split('x').map(|axis| axis.parse().ok()).collect();
        axes?.try_into().ok()
    }
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
    /// [`ChildError::Size`] for a width or depth of zero or beyond reason.
    pub(super) fn check(&self) -> Result<(), ChildError> {
        in_range("width (channels)", self.channels, 1 << 14)?;
        in_range("depth (cells)", self.cells, 1 << 10)
    }
}

/// Whether a number lies between 1 and `max`.
pub(super) fn in_range(what: &'static str, found: usize, max: usize) -> Result<(), ChildError> {
    let min = 1;
    if (min..=max).contains(&found) { Ok(()) } else { Err(ChildError::Size { what, found, min, max }) }
}
