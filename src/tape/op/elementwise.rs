//! Element-wise operations and their gradients.

use crate::kernel::elementwise::{Binary, Broadcast, Unary, binary, unary};
use crate::kernel::reduce::row_sums;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes max(x, 0).
    pub fn relu(&mut self, x: Tensor) -> Tensor {
        self.unary_by_result(Unary::Relu, Binary::ReluGrad, x)
    }

    /// Computes 1 / (1 + e^-x).
    pub fn sigmoid(&mut self, x: Tensor) -> Tensor {
        self.unary_by_result(Unary::Sigmoid, Binary::SigmoidGrad, x)
    }

    /// Computes max(0, min(x, 6)).
    pub fn relu6(&mut self, x: Tensor) -> Tensor {
        self.unary_by_argument(Unary::Relu6, Binary::Relu6Grad, x)
    }

    /// Computes x / (1 + e^-x).
    pub fn silu(&mut self, x: Tensor) -> Tensor {
        self.unary_by_argument(Unary::Silu, Binary::SiluGrad, x)
    }

    /// Computes x max(0, min(x + 3, 6)) / 6.
    pub fn hard_swish(&mut self, x: Tensor) -> Tensor {
        self.unary_by_argument(Unary::HardSwish, Binary::HardSwishGrad, x)
    }

    /// Computes x times the standard normal distribution function of x.
    pub fn gelu(&mut self, x: Tensor) -> Tensor {
        self.unary_by_argument(Unary::Gelu, Binary::GeluGrad, x)
    }

    /// Computes the hyperbolic tangent.
    pub fn tanh(&mut self, x: Tensor) -> Tensor {
        self.unary_by_result(Unary::Tanh, Binary::TanhGrad, x)
    }

    /// Computes e^x.
    pub fn exp(&mut self, x: Tensor) -> Tensor {
        let y = self.unary(Unary::Exp, x);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.mul(grad, y)).transpose()?])
        });
        y
    }

    /// Computes the natural logarithm.
    pub fn log(&mut self, x: Tensor) -> Tensor {
        let y = self.unary(Unary::Log, x);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.div(grad, x)).transpose()?])
        });
        y
    }

    /// Computes scale * x + shift.
    pub fn affine(&mut self, x: Tensor, scale: f32, shift: f32) -> Tensor {
        let y = self.unary(Unary::Affine { scale, shift }, x);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.affine(grad, scale, 0.0))])
        });
        y
    }

    /// Computes a + b for tensors of the same shape.
    ///
    /// # Errors
    /// Different shapes.
    pub fn add(&mut self, a: Tensor, b: Tensor) -> Result<Tensor, ShapeError> {
        let y = self.binary("add", Binary::Add, a, b)?;
        self.differentiable(&[a, b], &[y], |_, grads| Ok(vec![grads[0], grads[0]]));
        Ok(y)
    }

    /// Computes a - b for tensors of the same shape.
    ///
    /// # Errors
    /// Different shapes.
    pub fn sub(&mut self, a: Tensor, b: Tensor) -> Result<Tensor, ShapeError> {
        let y = self.binary("sub", Binary::Sub, a, b)?;
        self.differentiable(&[a, b], &[y], |tape, grads| {
            Ok(vec![grads[0], grads[0].map(|grad| tape.affine(grad, -1.0, 0.0))])
        });
        Ok(y)
    }

    /// Computes a * b for tensors of the same shape.
    ///
    /// # Errors
    /// Different shapes.
    pub fn mul(&mut self, a: Tensor, b: Tensor) -> Result<Tensor, ShapeError> {
        let y = self.binary("mul", Binary::Mul, a, b)?;
        self.differentiable(&[a, b], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None, None]) };
            Ok(vec![Some(tape.mul(grad, b)?), Some(tape.mul(grad, a)?)])
        });
        Ok(y)
    }

    /// Computes a / b for tensors of the same shape.
    ///
    /// # Errors
    /// Different shapes.
    pub fn div(&mut self, a: Tensor, b: Tensor) -> Result<Tensor, ShapeError> {
        let y = self.binary("div", Binary::Div, a, b)?;
        self.differentiable(&[a, b], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None, None]) };
            let to_a = tape.div(grad, b)?;
            // d(a/b)/db = -(a/b)/b
            let quotient = tape.mul(to_a, y)?;
            Ok(vec![Some(to_a), Some(tape.affine(quotient, -1.0, 0.0))])
        });
        Ok(y)
    }

    /// Multiplies every channel of images `[batch, channels, height, width]` by a factor of its own, `[batch, channels]`.
    ///
    /// # Errors
    /// Other shapes.
    pub fn scale_channels(&mut self, x: Tensor, factors: Tensor) -> Result<Tensor, ShapeError> {
        let shape = self.shape(x).to_vec();
        let pixels: usize = shape.iter().skip(2).product();
        if shape.len() != 4 || shape[..2] != *self.shape(factors) || pixels == 0 {
            let what = format!("{shape:?} and {:?} do not fit", self.shape(factors));
            return Err(ShapeError::new("scale_channels", what));
        }
        let len = self.len(x);
        let scaled = move |tape: &mut Tape, x: Tensor| {
            let over = Broadcast { inner: pixels, period: len / pixels };
            tape.produce(binary(Binary::Mul, len, over), &[x, factors], &shape)
        };
        let y = scaled(self, x);
        self.differentiable(&[x, factors], &[y], move |tape, grads| {
            let Some(grad) = grads[0] else { return Ok(vec![None, None]) };
            let products = tape.mul(grad, x)?;
            let lead = tape.shape(factors).to_vec();
            let to_factors = tape.produce(row_sums(len, pixels, 1.0), &[products], &lead);
            Ok(vec![Some(scaled(tape, grad)), Some(to_factors)])
        });
        Ok(y)
    }

    /// Adds a tensor `[..]` to every element of the first axis of x `[N, ..]`, such as a position embedding to images.
    ///
    /// # Errors
    /// Other shapes, or an empty tensor.
    pub fn add_to_each(&mut self, x: Tensor, shared: Tensor) -> Result<Tensor, ShapeError> {
        let (shape, shared_shape) = (self.shape(x).to_vec(), self.shape(shared).to_vec());
        let len = self.len(x);
        if shape.get(1..) != Some(&shared_shape) || len == 0 {
            return Err(ShapeError::new("add_to_each", format!("{shape:?} and {shared_shape:?} do not fit")));
        }
        let over = Broadcast { inner: 1, period: len / shape[0] };
        let y = self.produce(binary(Binary::Add, len, over), &[x, shared], &shape);
        self.differentiable(&[x, shared], &[y], move |tape, grads| {
            Ok(vec![grads[0], grads[0].map(|grad| tape.column_sums(grad, shape[0], &shared_shape))])
        });
        Ok(y)
    }

    /// Records a function without a gradient rule.
    pub(super) fn unary(&mut self, f: Unary, x: Tensor) -> Tensor {
        let shape = self.shape(x).to_vec();
        self.produce(unary(f, self.len(x)), &[x], &shape)
    }

    /// Records a function whose derivative can be computed from its result.
    fn unary_by_result(&mut self, f: Unary, gradient: Binary, x: Tensor) -> Tensor {
        let y = self.unary(f, x);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.binary("gradient", gradient, y, grad)).transpose()?])
        });
        y
    }

    /// Records a function whose derivative is computed from its argument.
    fn unary_by_argument(&mut self, f: Unary, gradient: Binary, x: Tensor) -> Tensor {
        let y = self.unary(f, x);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.binary("gradient", gradient, x, grad)).transpose()?])
        });
        y
    }

    fn binary(&mut self, name: &'static str, f: Binary, a: Tensor, b: Tensor) -> Result<Tensor, ShapeError> {
        let shape = self.shape(a).to_vec();
        if shape != self.shape(b) {
            return Err(ShapeError::new(name, format!("{shape:?} and {:?} differ", self.shape(b))));
        }
        let len = self.len(a);
        Ok(self.produce(binary(f, len, Broadcast::same(len)), &[a, b], &shape))
    }
}
