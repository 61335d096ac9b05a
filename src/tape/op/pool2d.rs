//! 2-D pooling and its gradients.

use crate::kernel::pool2d::Pooling;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// The function of a pooling window.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PoolKind {
    /// The maximum. The gradient goes to the first of several maxima, as in PyTorch.
    Max,
    /// The mean.
    Average,
}

/// Settings of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pool {
    /// The function.
    pub kind: PoolKind,
    /// Rows and columns of the window.
    pub size: [usize; 2],
    /// Stride in pixels, for both axes.
    pub stride: usize,
    /// Padding in pixels, at most half of `size`: rows above and below, and columns left and right.
    pub padding: [usize; 2],
    /// Whether an average includes the padding as zeros.
    pub count_padding: bool,
}

impl Tape {
    /// Pools images x `[N, C, H, W]` over windows.
    ///
    /// # Errors
    /// Another number of axes, an empty x, padding of more than half a window, or a window larger than the padded
    /// image.
    pub fn pool2d(&mut self, x: Tensor, pool: Pool) -> Result<Tensor, ShapeError> {
        let mismatch = |shape: &[usize]| ShapeError::new("pool2d", format!("{shape:?} with {pool:?}"));
        let &[n, c, height, width] = self.shape(x) else { return Err(mismatch(self.shape(x))) };
        let Pool { kind, size, stride, padding, count_padding } = pool;
        let sizes = Pooling { planes: n * c, height, width, kernel: size, stride, padding, count_padding };
        let Some([rows, columns]) = sizes.out() else { return Err(mismatch(self.shape(x))) };
        Ok(match kind {
            PoolKind::Max => self.max_pool(x, sizes, &[n, c, rows, columns]),
            PoolKind::Average => self.average_pool(x, sizes, &[n, c, rows, columns]),
        })
    }

    /// Computes the mean `[N, C]` of every channel of images x `[N, C, H, W]`.
    ///
    /// # Errors
    /// Another number of axes, or an empty x.
    pub fn global_average_pool(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let mismatch = |shape: &[usize]| {
            ShapeError::new("global_average_pool", format!("{shape:?} is not [batch, channels, height, width]"))
        };
        let &[n, c, height, width] = self.shape(x) else { return Err(mismatch(self.shape(x))) };
        let (kernel, count_padding) = ([height, width], true);
        let sizes = Pooling { planes: n * c, height, width, kernel, stride: 1, padding: [0; 2], count_padding };
        if sizes.out().is_none() {
            return Err(mismatch(self.shape(x)));
        }
        Ok(self.average_pool(x, sizes, &[n, c]))
    }

    fn max_pool(&mut self, x: Tensor, sizes: Pooling, shape: &[usize]) -> Tensor {
        let y = self.produce(sizes.max(), &[x], shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            let x_shape = tape.shape(x).to_vec();
            Ok(vec![grads[0].map(|grad| tape.produce(sizes.max_grad(), &[x, y, grad], &x_shape))])
        });
        y
    }

    fn average_pool(&mut self, x: Tensor, sizes: Pooling, shape: &[usize]) -> Tensor {
        let y = self.produce(sizes.average(), &[x], shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            let x_shape = tape.shape(x).to_vec();
            Ok(vec![grads[0].map(|grad| tape.produce(sizes.average_grad(), &[grad], &x_shape))])
        });
        y
    }
}
