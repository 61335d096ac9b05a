//! Sums, means and maxima, and their gradients.

use crate::kernel::elementwise::Broadcast;
use crate::kernel::reduce::{column_sums, maxima_grad, row_maxima, row_sums, spread};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

/// Above this number of elements a sum takes two launches, the first for sums of parts.
const LONG: usize = 1024;

impl Tape {
    /// Computes the sum of every row: `[.., n]` becomes `[..]`.
    ///
    /// # Errors
    /// A scalar or an empty tensor.
    pub fn sum_rows(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("sum_rows", x)?;
        Ok(self.scaled_rows(x, columns, &lead, 1.0))
    }

    /// Computes the mean of every row: `[.., n]` becomes `[..]`.
    ///
    /// # Errors
    /// As [`Tape::sum_rows`].
    pub fn mean_rows(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("mean_rows", x)?;
        Ok(self.scaled_rows(x, columns, &lead, (columns as f32).recip()))
    }

    /// Computes the maximum of every row: `[.., n]` becomes `[..]`. The gradient goes to the first of several maxima.
    ///
    /// # Errors
    /// As [`Tape::sum_rows`].
    pub fn max_rows(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        let (columns, lead) = self.rows_of("max_rows", x)?;
        let (shape, rows) = (self.shape(x).to_vec(), lead.iter().product());
        let y = self.produce(row_maxima(rows, columns), &[x], &lead);
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(maxima_grad(rows, columns), &[x, y, grad], &shape))])
        });
        Ok(y)
    }

    /// Computes the sum over the first axis: `[n, ..]` becomes `[..]`.
    ///
    /// # Errors
    /// As [`Tape::sum_rows`].
    pub fn sum_columns(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        self.rows_of("sum_columns", x)?;
        let (shape, len) = (self.shape(x).to_vec(), self.len(x));
        let y = self.column_sums(x, shape[0], &shape[1..]);
        let over = Broadcast { inner: 1, period: len / shape[0] };
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(spread(len, over, 1.0), &[grad], &shape))])
        });
        Ok(y)
    }

    /// Computes the sum of all elements, of shape `[]`.
    ///
    /// # Errors
    /// An empty tensor.
    pub fn sum(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        self.total("sum", x, 1.0)
    }

    /// Computes the mean of all elements, of shape `[]`.
    ///
    /// # Errors
    /// An empty tensor.
    pub fn mean(&mut self, x: Tensor) -> Result<Tensor, ShapeError> {
        self.total("mean", x, (self.len(x) as f32).recip())
    }

    /// Returns the length of the last axis, and the other axes. Rejects scalars and empty tensors.
    pub(super) fn rows_of(&self, operation: &'static str, x: Tensor) -> Result<(usize, Vec<usize>), ShapeError> {
        match self.shape(x).split_last() {
            Some((columns, lead)) if self.len(x) > 0 => Ok((*columns, lead.to_vec())),
            _ => Err(ShapeError::new(operation, format!("{:?} has no rows", self.shape(x)))),
        }
    }

    /// Records a sum over the first axis of `[rows, shape..]`, in a fixed order and without a gradient rule.
    pub(super) fn column_sums(&mut self, x: Tensor, rows: usize, shape: &[usize]) -> Tensor {
        let columns: usize = shape.iter().product();
        if rows <= LONG {
            return self.produce(column_sums(rows, columns, rows), &[x], shape);
        }
        let run = rows.isqrt();
        let runs = rows.div_ceil(run);
        let part = self.produce(column_sums(rows, columns, run), &[x], &[runs, columns]);
        self.produce(column_sums(runs, columns, runs), &[part], shape)
    }

    fn scaled_rows(&mut self, x: Tensor, columns: usize, lead: &[usize], scale: f32) -> Tensor {
        let (shape, len) = (self.shape(x).to_vec(), self.len(x));
        let y = self.produce(row_sums(len, columns, scale), &[x], lead);
        let over = Broadcast { inner: columns, period: len / columns };
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.produce(spread(len, over, scale), &[grad], &shape))])
        });
        y
    }

    fn total(&mut self, operation: &'static str, x: Tensor, scale: f32) -> Result<Tensor, ShapeError> {
        let (shape, len) = (self.shape(x).to_vec(), self.len(x));
        if len == 0 {
            return Err(ShapeError::new(operation, format!("{shape:?} is empty")));
        }
        let y = if len <= LONG {
            self.produce(row_sums(len, len, scale), &[x], &[])
        } else {
            let run = len.isqrt();
            let part = self.produce(row_sums(len, run, 1.0), &[x], &[len.div_ceil(run)]);
            self.produce(row_sums(len.div_ceil(run), len.div_ceil(run), scale), &[part], &[])
        };
        self.differentiable(&[x], &[y], move |tape, grads| {
            let over = Broadcast { inner: 1, period: 1 };
            Ok(vec![grads[0].map(|grad| tape.produce(spread(len, over, scale), &[grad], &shape))])
        });
        Ok(y)
    }
}
