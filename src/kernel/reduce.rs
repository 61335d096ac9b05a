//! Sums and maxima of rows, sums of columns, and their gradients (`shaders/reduce.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::elementwise::Broadcast;
use super::lanes::{by_row, each_row, largest, sum_of};
use super::operands::Operands;
use super::small::vectorized;
use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    len: u32,
    columns: u32,
    run: u32,
    scale: f32,
}

impl Uniforms {
    fn rows(len: usize, columns: usize, scale: f32) -> Self {
        Self { len: len as u32, columns: columns as u32, run: 1, scale }
    }
}

/// Computes `scale` times the sum of every `columns` consecutive elements of `len`; the last group may be shorter.
/// Operands: the elements, ceil(len / columns) sums.
#[must_use]
pub fn row_sums(len: usize, columns: usize, scale: f32) -> Call {
    by_row(&ROW_SUMS, &Uniforms::rows(len, columns, scale), [len.div_ceil(columns), columns], len)
}

/// Computes the maximum of every row. Operands: x `[rows, columns]`, maxima `[rows]`.
#[must_use]
pub fn row_maxima(rows: usize, columns: usize) -> Call {
    by_row(&ROW_MAXIMA, &Uniforms::rows(rows * columns, columns, 1.0), [rows, columns], rows * columns)
}

/// Computes the gradient of [`row_maxima`]: a row's gradient goes to its first maximum. Operands: x, the maxima, the
/// gradient of the maxima, the gradient of x.
#[must_use]
pub fn maxima_grad(rows: usize, columns: usize) -> Call {
    let len = rows * columns;
    Call::new(&MAXIMA_GRAD, &Uniforms::rows(len, columns, 1.0), Extent::Items(rows), len)
}

/// Computes the sums of the columns of a `rows` x `columns` matrix, one for each `run` rows. Operands: the matrix, the
/// sums `[ceil(rows / run), columns]`.
#[must_use]
pub fn column_sums(rows: usize, columns: usize, run: usize) -> Call {
    let shape = Uniforms { run: run as u32, ..Uniforms::rows(rows * columns, columns, 1.0) };
    Call::new(&COLUMN_SUMS, &shape, Extent::Items(rows.div_ceil(run) * columns), rows * columns)
}

/// Broadcasts `scale` times the input to `len` elements: the gradient of sums. Operands: the input, the result.
#[must_use]
pub fn spread(len: usize, over: Broadcast, scale: f32) -> Call {
    let shape = Uniforms { run: over.inner as u32, ..Uniforms::rows(len, over.period, scale) };
    Call::new(&SPREAD, &shape, Extent::Items(len), len)
}

const ONE: &[Access] = &[Access::Read, Access::Write];
const THREE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

const fn kernel(name: &'static str, access: &'static [Access], twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/reduce.wgsl"), access, twin }
}

static ROW_SUMS: Kernel = kernel("reduce.row_sums", ONE, sum_rows);
static ROW_MAXIMA: Kernel = kernel("reduce.row_maxima", ONE, maximum_of_rows);
static MAXIMA_GRAD: Kernel = kernel("reduce.maxima_grad", THREE, maxima_grad_twin);
static COLUMN_SUMS: Kernel = kernel("reduce.column_sums", ONE, sum_columns);
static SPREAD: Kernel = kernel("reduce.spread", ONE, spread_twin);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&ROW_SUMS, &ROW_MAXIMA, &MAXIMA_GRAD, &COLUMN_SUMS, &SPREAD];

/// Returns a row; the last may be shorter.
fn row_of(x: &[f32], row: usize, columns: usize) -> &[f32] {
    &x[row * columns..x.len().min((row + 1) * columns)]
}

fn sum_rows(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    each_row(y, 1, x.len(), |row, y| {
        let x = row_of(x, row, shape.columns as usize);
        let sum = vectorized(
            #[inline(always)]
            || sum_of(x, |x| x),
        );
        y[0] = shape.scale * sum;
    });
}

fn maximum_of_rows(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    each_row(y, 1, x.len(), |row, y| y[0] = largest(row_of(x, row, shape.columns as usize)));
}

fn maxima_grad_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, y, g], [dx]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(dx, columns, x.len(), |row, dx| {
        dx.fill(0.0);
        if let Some(at) = row_of(x, row, columns).iter().position(|x| *x == y[row]) {
            dx[at] = g[row];
        }
    });
}

fn sum_columns(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [sums]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(sums, columns, x.len(), |run, sums| {
        sums.fill(0.0);
        for row in row_of(x, run, shape.run as usize * columns).chunks(columns) {
            sums.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
        }
    });
}

fn spread_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let (run, period) = (shape.run as usize, shape.columns as usize);
    // With runs of one element, a row is a complete period.
    let width = if run == 1 { period } else { run };
    let len = y.len();
    each_row(y, width, len, |row, y| {
        if run == 1 {
            y.iter_mut().zip(x).for_each(|(y, x)| *y = shape.scale * x);
        } else {
            y.fill(shape.scale * x[row % period]);
        }
    });
}
