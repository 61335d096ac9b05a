//! Softmax, its logarithm and log-sum-exp over the last axis.

use crate::kernel::softmax;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// e^x over its sum along the last axis.
    ///
    /// # Errors
    /// No axis, or a tensor without numbers.
    pub fn softmax(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("softmax", x)?;
        let (shape, rows) = (self.shape(x).to_vec(), lead.iter().product());
        let y = self.produce(softmax::softmax(rows, columns), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(softmax::softmax_grad(rows, columns), &[y, grad], &shape))])
        });
        Ok(y)
    }

    /// The logarithm of the softmax along the last axis.
    ///
    /// # Errors
    /// As [`Tape::softmax`].
    pub fn log_softmax(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("log_softmax", x)?;
        let (shape, rows) = (self.shape(x).to_vec(), lead.iter().product());
        let y = self.produce(softmax::log_softmax(rows, columns), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(softmax::log_softmax_grad(rows, columns), &[y, grad], &shape))])
        });
        Ok(y)
    }

    /// log sum e^x along the last axis: `[.., n]` becomes `[..]`.
    ///
    /// # Errors
    /// As [`Tape::softmax`].
    pub fn logsumexp(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("logsumexp", x)?;
        let (shape, rows) = (self.shape(x).to_vec(), lead.iter().product());
        let y = self.produce(softmax::logsumexp(rows, columns), &[x], &lead);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(softmax::logsumexp_grad(rows, columns), &[x, y, grad], &shape))])
        });
        Ok(y)
    }
}
