//! Convolutions of images and their gradients.

use crate::kernel::conv2d::Conv2d;
use crate::kernel::reduce::column_sums;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// How a convolution's window moves, and what happens to its input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Stride, in pixels.
    pub stride: usize,
    /// Zeros on every side.
    pub padding: usize,
    /// Pixels from one place of the window to the next.
    pub dilation: usize,
    /// Groups of a grouped convolution.
    pub groups: usize,
    /// Whether the input is read through max(x, 0).
    pub relu: bool,
}

impl Default for Window {
    /// Stride and dilation 1, no padding, one group, no ReLU.
    fn default() -> Self {
        Self { stride: 1, padding: 0, dilation: 1, groups: 1, relu: false }
    }
}

impl Tape {
    /// The convolution of images x [N, C, H, W] with weights [F, C / groups, KH, KW], and a bias `[F]` if there is one.
    ///
    /// # Errors
    /// Shapes that do not go together, an empty one, or a window larger than the padded image.
    pub fn conv2d(
        &mut self,
        x: Tensor,
        weight: Tensor,
        bias: Option<Tensor>,
        window: Window,
    ) -> Result<Tensor, ShapeError> {
        let (size, shape) = self.convolution(x, weight, bias, window)?;
        let y = self.produce(size.forward(), &[x, weight, bias.unwrap_or(weight)], &shape);
        let read: Vec<_> = [x, weight].into_iter().chain(bias).collect();
        self.differentiable(&read, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 2 + usize::from(bias.is_some())]) };
            let (of_x, of_weight) = (tape.shape(x).to_vec(), tape.shape(weight).to_vec());
            let to_x = tape.produce(size.grad_input(), &[grad, weight, x], &of_x);
            let parts = tape.produce(size.grad_weight(), &[x, grad], &[size.parts(), size.weights()]);
            let mut gradients = vec![Some(to_x), Some(tape.sum_runs(parts, &of_weight))];
            if bias.is_some() {
                let parts = tape.produce(size.grad_bias(), &[grad], &[size.batch, size.filters]);
                gradients.push(Some(tape.sum_runs(parts, &[size.filters])));
            }
            Ok(gradients)
        });
        Ok(y)
    }

    /// The sizes of a convolution and the shape of its result.
    fn convolution(
        &self,
        x: Tensor,
        weight: Tensor,
        bias: Option<Tensor>,
        window: Window,
    ) -> Result<(Conv2d, [usize; 4]), ShapeError> {
        let (of_x, of_weight) = (self.shape(x), self.shape(weight));
        let of_bias = bias.map(|bias| self.shape(bias));
        let refuse =
            || ShapeError::new("conv2d", format!("{of_x:?} with {of_weight:?}, bias {of_bias:?} and {window:?}"));
        let (&[n, c, h, w], &[filters, depth, kh, kw]) = (of_x, of_weight) else { return Err(refuse()) };
        let Window { stride, padding, dilation, groups, relu } = window;
        let of = Conv2d::new([n, c, h, w], filters, [kh, kw]);
        let size = Conv2d { stride, padding, dilation, groups, bias: bias.is_some(), relu, ..of };
        let [height, width] = size.out().ok_or_else(refuse)?;
        if depth * groups != c || of_bias.is_some_and(|shape| *shape != [filters]) || h * w == 0 {
            return Err(refuse());
        }
        Ok((size, [n, filters, height, width]))
    }

    /// The sum over the first axis, in order.
    fn sum_runs(&mut self, parts: Tensor, shape: &[usize]) -> Tensor {
        let count = self.shape(parts)[0];
        let len = self.len(parts) / count;
        self.produce(column_sums(count, len, count), &[parts], shape)
    }
}
