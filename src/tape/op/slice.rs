//! Concatenation, its inverse, and images moved by whole pixels.

use crate::kernel::slice::Slice;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// The sizes before, on and after the axis of channels.
fn around(shape: &[usize]) -> Option<[usize; 3]> {
    let &[outer, channels, ref inner @ ..] = shape else { return None };
    Some([outer, channels, inner.iter().product()])
}

impl Tape {
    /// Tensors [N, C_i, ..] side by side along axis 1: [N, sum of C_i, ..].
    ///
    /// # Errors
    /// No tensor, a single axis, or tensors that differ in another axis.
    pub fn concat(&mut self, parts: &[Tensor]) -> Result<Tensor, ShapeError> {
        const NAME: &str = "concat";
        let Some(first) = parts.first() else { return Err(ShapeError::new(NAME, "of no tensor")) };
        let mut shape = self.shape(*first).to_vec();
        let mut channels = Vec::with_capacity(parts.len());
        for part in parts {
            let other = self.shape(*part);
            let fits = other.len() == shape.len() && other.len() > 1 && other[0] == shape[0];
            if !fits || other[2..] != shape[2..] {
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

    /// The `len` channels of x [N, C, ..] from `from` on.
    ///
    /// # Errors
    /// A single axis, no channel, or more than there are.
    pub fn narrow(&mut self, x: Tensor, from: usize, len: usize) -> Result<Tensor, ShapeError> {
        let mut shape = self.shape(x).to_vec();
        let fits = |[_, channels, _]: &[usize; 3]| len > 0 && from + len <= *channels;
        let Some([outer, channels, inner]) = around(&shape).filter(fits) else {
            return Err(ShapeError::new("narrow", format!("{shape:?} to {len} channels from {from}")));
        };
        shape[1] = len;
        let y = self.produce(along(outer, [channels, len], inner, from as i32).cut(), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            let call = along(outer, [len, channels], inner, -(from as i32)).cut();
            let of_x = tape.shape(x).to_vec();
            Ok(vec![grads[0].map(|grad| tape.produce(call, &[grad], &of_x))])
        });
        Ok(y)
    }

    /// x [N, parts * C, ..] cut along axis 1 into so many tensors [N, C, ..].
    ///
    /// The gradient is put together once; that of single [`Tape::narrow`]s would be a sum of as many whole tensors.
    ///
    /// # Errors
    /// A single axis, no part, or parts that are not equal.
    pub fn split(&mut self, x: Tensor, parts: usize) -> Result<Vec<Tensor>, ShapeError> {
        let mut shape = self.shape(x).to_vec();
        let fits = |[_, channels, _]: &[usize; 3]| parts > 0 && *channels > 0 && channels.is_multiple_of(parts);
        let Some([outer, channels, inner]) = around(&shape).filter(fits) else {
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

    /// Images [N, C, H, W] moved up by `rows` and left by `columns`; zeros follow, the shape stays.
    ///
    /// The second half of a factorised reduction is a convolution of stride 2 on images moved by one (docs/method.md section 5).
    ///
    /// # Errors
    /// Another number of axes.
    pub fn shift(&mut self, x: Tensor, rows: usize, columns: usize) -> Result<Tensor, ShapeError> {
        let shape = self.shape(x).to_vec();
        let [n, c, height, width] = shape[..] else {
            return Err(ShapeError::new("shift", format!("{shape:?} are no images")));
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

/// A slice between so many channels of x and of y.
fn along(outer: usize, [x, y]: [usize; 2], inner: usize, row: i32) -> Slice {
    let (columns, outer) = (inner as u32, outer as u32);
    Slice { outer, x_rows: x as u32, x_columns: columns, y_rows: y as u32, y_columns: columns, row, column: 0 }
}
