//! 2-D convolutions and their gradients.

use crate::kernel::conv2d::Conv2d;
use crate::kernel::reduce::column_sums;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// Settings of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ConvSettings {
    /// Stride in pixels, for both axes.
    pub stride: usize,
    /// Zero padding in pixels: rows above and below, and columns left and right.
    pub padding: [usize; 2],
    /// Dilation: distance of two kernel elements, in pixels.
    pub dilation: usize,
    /// Number of groups.
    pub groups: usize,
    /// Whether a ReLU is applied to the input.
    pub relu: bool,
}

impl Default for ConvSettings {
    /// Stride and dilation 1, no padding, one group, no ReLU.
    fn default() -> Self {
        Self { stride: 1, padding: [0; 2], dilation: 1, groups: 1, relu: false }
    }
}

impl Tape {
    /// Convolves images x `[N, C, H, W]` with weights `[F, C / groups, KH, KW]` and adds a bias `[F]` if there is one.
    ///
    /// # Errors
    /// Incompatible or empty shapes, or a kernel larger than the padded image.
    pub fn conv2d(
        &mut self,
        x: Tensor,
        weight: Tensor,
        bias: Option<Tensor>,
        window: ConvSettings,
    ) -> Result<Tensor, ShapeError> {
        let (size, shape) = self.convolution(x, weight, bias, window)?;
        let y = self.produce(size.forward(), &[x, weight, bias.unwrap_or(weight)], &shape);
        let read: Vec<_> = [x, weight].into_iter().chain(bias).collect();
        self.differentiable(&read, &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None; 2 + usize::from(bias.is_some())]) };
            let (x_shape, weight_shape) = (tape.shape(x).to_vec(), tape.shape(weight).to_vec());
            let to_x = tape.produce(size.grad_input(), &[grad, weight, x], &x_shape);
            let parts = tape.produce(size.grad_weight(), &[x, grad], &[size.parts(), size.weights()]);
            let mut gradients = vec![Some(to_x), Some(tape.sum_runs(parts, &weight_shape))];
            if bias.is_some() {
                let parts = tape.produce(size.grad_bias(), &[grad], &[size.batch, size.filters]);
                gradients.push(Some(tape.sum_runs(parts, &[size.filters])));
            }
            Ok(gradients)
        });
        Ok(y)
    }

    /// Returns the parameters of a convolution and the shape of its result.
    fn convolution(
        &self,
        x: Tensor,
        weight: Tensor,
        bias: Option<Tensor>,
        window: ConvSettings,
    ) -> Result<(Conv2d, [usize; 4]), ShapeError> {
        let (x_shape, weight_shape) = (self.shape(x), self.shape(weight));
        let bias_shape = bias.map(|bias| self.shape(bias));
        let mismatch = || {
            ShapeError::new("conv2d", format!("{x_shape:?} with {weight_shape:?}, bias {bias_shape:?} and {window:?}"))
        };
        let (&[n, c, h, w], &[filters, depth, kh, kw]) = (x_shape, weight_shape) else { return Err(mismatch()) };
        let ConvSettings { stride, padding, dilation, groups, relu } = window;
        let plain = Conv2d::new([n, c, h, w], filters, [kh, kw]);
        let size = Conv2d { stride, padding, dilation, groups, bias: bias.is_some(), relu, ..plain };
        let [height, width] = size.out().ok_or_else(mismatch)?;
        if depth * groups != c || bias_shape.is_some_and(|shape| *shape != [filters]) || h * w == 0 {
            return Err(mismatch());
        }
        Ok((size, [n, filters, height, width]))
    }

    /// Sums over the first axis, in order.
    fn sum_runs(&mut self, parts: Tensor, shape: &[usize]) -> Tensor {
        let count = self.shape(parts)[0];
        let len = self.len(parts) / count;
        self.produce(column_sums(count, len, count), &[parts], shape)
    }
}
