//! Windows of convolutions and pooling.

use super::Shape;
use crate::network::shape::MAX_AXIS;
use crate::onnx::{AttributeProto, ints};

/// The positions of the input that a position of the result reads, along the longer side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The number of positions from the first to the last.
    pub size: usize,
    /// The distance between the windows of neighbouring positions.
    pub stride: usize,
}

impl Window {
    /// A single position.
    pub const POINT: Self = Self { size: 1, stride: 1 };
}

/// The geometry of a convolution or pooling, rows before columns.
#[derive(Clone, Copy)]
pub(super) struct Geometry {
    pub(super) size: [usize; 2],
    pub(super) stride: usize,
    pub(super) padding: [usize; 2],
    pub(super) dilation: usize,
}

impl Geometry {
    /// Returns the shape of the result for an image of `axes`.
    pub(super) fn result(self, [_, height, width]: [usize; 3], channels: usize) -> Option<Shape> {
        let Self { size, stride, padding, dilation } = self;
        let within = |x: &usize| (1..=MAX_AXIS).contains(x);
        let valid = size.iter().chain(&[stride, dilation]).all(within) && padding.iter().all(|x| *x <= MAX_AXIS);
        valid.then_some(())?;
        let side = |len: usize, axis: usize| {
            let reach = dilation * (size[axis] - 1) + 1;
            (len + 2 * padding[axis]).checked_sub(reach).map(|rest| rest / stride + 1)
        };
        Some(Shape::Image([channels, side(height, 0)?, side(width, 1)?]))
    }

    /// Returns the window along the longer side.
    pub(super) fn window(self) -> Window {
        let [rows, columns] = self.size;
        Window { size: self.dilation * rows.max(columns).saturating_sub(1) + 1, stride: self.stride }
    }

    /// Returns the attributes that ONNX's convolution and pooling have in common.
    pub(super) fn onnx(self) -> Vec<AttributeProto> {
        let [rows, columns] = self.padding;
        let pads = [rows, columns, rows, columns];
        vec![ints("kernel_shape", &self.size), ints("strides", &[self.stride; 2]), ints("pads", &pads)]
    }
}

/// Returns rows and columns as a Python number if they are equal, else as a tuple.
pub(super) fn python_sides([rows, columns]: [usize; 2]) -> String {
    if rows == columns { rows.to_string() } else { format!("({rows}, {columns})") }
}
