//! Softmax, log-softmax and log-sum-exp over the last axis.

use crate::kernel::softmax;
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Computes the softmax along the last axis.
    ///
    /// # Errors
    /// A scalar or an empty tensor.
    pub fn softmax(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("softmax", x)?;
        let (shape, rows) = (self.shape(x).to_vec(), lead.iter().product());
        let y = self.produce(softmax::softmax(rows, columns), &[x], &shape);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(softmax::softmax_grad(rows, columns), &[y, grad], &shape))])
        });
        Ok(y)
    }

    /// Computes the log-softmax along the last axis.
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

    /// Computes log sum e^x along the last axis: `[.., n]` becomes `[..]`.
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
