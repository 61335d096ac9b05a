//! Gathering of rows by index, and sums of the rows with the same index: each is the gradient of the other.

use crate::kernel::segment::{gather, segment_sum, table_len};
use crate::tape::error::ShapeError;
use crate::tape::record::{Tape, Tensor};

impl Tape {
    /// Gathers rows of x by index: `[rows, ..]` becomes `[count, ..]`.
    ///
    /// The table is an input of integers, created by [`crate::kernel::segment::table`] from `count` indices into `rows`
    /// segments. Indices outside give zeros.
    ///
    /// # Errors
    /// A scalar or an empty tensor, or a table of another size.
    pub fn gather(&mut self, x: Tensor, table: Tensor) -> Result<Tensor, ShapeError> {
        let (shape, rows) = self.row_shape("gather", x)?;
        let twice = self.len(table).saturating_sub(rows + 1);
        self.expect_len("gather", "a table", table, table_len(twice / 2, rows))?;
        self.by_table(x, table, [rows, twice / 2], &shape, true)
    }

    /// Sums the rows of x with the same index: `[count, ..]` becomes `[segments, ..]`.
    ///
    /// The table is an input of integers, created by [`crate::kernel::segment::table`] from `count` indices. A segment
    /// without rows is zero.
    ///
    /// # Errors
    /// A scalar or an empty tensor, or a table of another size.
    pub fn segment_sum(&mut self, x: Tensor, table: Tensor) -> Result<Tensor, ShapeError> {
        let (shape, count) = self.row_shape("segment_sum", x)?;
        let segments = self.len(table).saturating_sub(2 * count + 1);
        self.expect_len("segment_sum", "a table", table, table_len(count, segments))?;
        self.by_table(x, table, [count, segments], &shape, false)
    }

    /// Returns the shape of a row, and the number of rows.
    fn row_shape(&self, operation: &'static str, x: Tensor) -> Result<(Vec<usize>, usize), ShapeError> {
        self.rows_of(operation, x)?;
        let shape = self.shape(x);
        Ok((shape[1..].to_vec(), shape[0]))
    }

    /// Converts `from` rows of shape `row` to `to` rows, by gathering or by summing.
    fn by_table(
        &mut self,
        x: Tensor,
        table: Tensor,
        [from, to]: [usize; 2],
        row: &[usize],
        gathers: bool,
    ) -> Result<Tensor, ShapeError> {
        if to == 0 {
            let name = if gathers { "gather" } else { "segment_sum" };
            return Err(ShapeError::new(name, format!("a table of shape {:?} selects no rows", self.shape(table))));
        }
        let width = row.iter().product();
        let call = if gathers { gather(to, from, width) } else { segment_sum(from, to, width) };
        let y = self.produce(call, &[x, table], &[&[to], row].concat());
        let row = row.to_vec();
        self.differentiable(&[x], &[y], move |tape, grads| {
            Ok(vec![grads[0].map(|grad| tape.by_table(grad, table, [to, from], &row, !gathers)).transpose()?])
        });
        Ok(y)
    }
}
