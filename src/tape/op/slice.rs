//! Concatenation, splitting, and shifts of images by complete pixels.

use crate::kernel::slice::Slice;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// Returns the sizes before, of and after the channel axis.
fn around(shape: &[usize]) -> Option<[usize; 3]> {
    let &[outer, channels, ref inner @ ..] = shape else { return None };
    Some([outer, channels, inner.iter().product()])
}

impl Tape {
    /// Concatenates tensors `[N, C_i, ..]` along axis 1: `[N, sum of C_i, ..]`.
    ///
    /// # Errors
    /// No tensor, a single axis, or tensors that differ in another axis.
    pub fn concat(&mut self, parts: &[Tensor]) -> Result<Tensor, ShapeError> {
        const NAME: &str = "concat";
        let Some(first) = parts.first() else { return Err(ShapeError::new(NAME, "there are no tensors")) };
        let mut shape = self.shape(*first).to_vec();
        let mut channels = Vec::with_capacity(parts.len());
        for part in parts {
            let other = self.shape(*part);
            let is_valid = other.len() == shape.len() && other.len() > 1 && other[0] == shape[0];
            if !is_valid || other[2..] != shape[2..] {
                return Err(ShapeError::new(NAME, format!("{shape:?} and {other:?} differ in more than axis 1")));
            }
            channels.push(other[1]);
        }
        shape[1] = channels.iter().sum();
        let y = self.output(&shape);
        let [outer, total, inner] = around(&shape).unwrap_or_default();
        let mut from = 0;
        for (part, channels) in parts.iter().zip(&channels) {
            self.step(along(outer, [*channels, total], inner, from as i32).paste(), &[*part, y]);
            from += channels;
        }
        self.differentiable(parts, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; channels.len()]) };
            let starts = channels.iter().scan(0, |end, channels| {
                *end += channels;
                Some((*end - channels, *channels))
            });
            starts.map(|(from, len)| tape.narrow(grad, from, len).map(Some)).collect()
        });
        Ok(y)
    }

    /// Returns `len` channels of x `[N, C, ..]` from `from` on.
    ///
    /// # Errors
    /// A single axis, a `len` of zero, or channels outside x.
    pub fn narrow(&mut self, x: Tensor, from: usize, len: usize) -> Result<Tensor, ShapeError> {
        let mut shape = self.shape(x).to_vec();
        let is_valid = |[_, channels, _]: &[usize; 3]| len > 0 && from + len <= *channels;
        let Some([outer, channels, inner]) = around(&shape).filter(is_valid) else {
            return Err(ShapeError::new("narrow", format!("{shape:?} to {len} channels from {from}")));
        };
        shape[1] = len;
        let y = self.produce(along(outer, [channels, len], inner, from as i32).cut(), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            let call = along(outer, [len, channels], inner, -(from as i32)).cut();
            let x_shape = tape.shape(x).to_vec();
            Ok(vec![grads[0].map(|grad| tape.produce(call, &[grad], &x_shape))])
        });
        Ok(y)
    }

    /// Splits x `[N, parts * C, ..]` along axis 1 into `parts` tensors `[N, C, ..]`.
    ///
    /// The gradient is assembled once; with separate [`Tape::narrow`] calls it would be a sum of as many complete
    /// tensors.
    ///
    /// # Errors
    /// A single axis, no parts, or channels that are not divisible by `parts`.
    pub fn split(&mut self, x: Tensor, parts: usize) -> Result<Vec<Tensor>, ShapeError> {
        let mut shape = self.shape(x).to_vec();
        let is_valid = |[_, channels, _]: &[usize; 3]| parts > 0 && *channels > 0 && channels.is_multiple_of(parts);
        let Some([outer, channels, inner]) = around(&shape).filter(is_valid) else {
            return Err(ShapeError::new("split", format!("{shape:?} into {parts} equal parts")));
        };
        let len = channels / parts;
        shape[1] = len;
        let cut = |part: usize| along(outer, [channels, len], inner, (part * len) as i32).cut();
        let pieces: Vec<_> = (0..parts).map(|part| self.produce(cut(part), &[x], &shape)).collect();
        self.differentiable(&[x], &pieces, move |tape, grads| {
            let zeros = tape.zeros(&shape);
            let grads: Vec<_> = grads.iter().map(|grad| grad.unwrap_or(zeros)).collect();
            Ok(vec![Some(tape.concat(&grads)?)])
        });
        Ok(pieces)
    }

    /// Shifts images `[N, C, H, W]` up by `rows` and left by `columns`, filling with zeros. The shape does not change.
    ///
    /// The second half of a factorised reduction is a convolution of stride 2 on images shifted by one (docs/method.md
    /// section 5).
    ///
    /// # Errors
    /// Another number of axes.
    pub fn shift(&mut self, x: Tensor, rows: usize, columns: usize) -> Result<Tensor, ShapeError> {
        let shape = self.shape(x).to_vec();
        let [n, c, height, width] = shape[..] else {
            return Err(ShapeError::new("shift", format!("{shape:?} is not [batch, channels, height, width]")));
        };
        let (outer, high, wide) = ((n * c) as u32, height as u32, width as u32);
        let (row, column) = (rows.min(height) as i32, columns.min(width) as i32);
        let slice = Slice { outer, x_rows: high, x_columns: wide, y_rows: high, y_columns: wide, row, column };
        let y = self.produce(slice.cut(), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            let back = Slice { row: -row, column: -column, ..slice };
            Ok(vec![grads[0].map(|grad| tape.produce(back.cut(), &[grad], &shape))])
        });
        Ok(y)
    }
}

/// Returns a slice between tensors of `x` and `y` channels.
fn along(outer: usize, [x, y]: [usize; 2], inner: usize, row: i32) -> Slice {
    let (columns, outer) = (inner as u32, outer as u32);
    Slice { outer, x_rows: x as u32, x_columns: columns, y_rows: y as u32, y_columns: columns, row, column: 0 }
}
