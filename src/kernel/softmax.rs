//! Softmax, log-softmax and log-sum-exp over rows (`shaders/softmax.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::lanes::{by_row, each_row, largest, sum_of};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    rows: u32,
    columns: u32,
}

fn call(kernel: &'static Kernel, rows: usize, columns: usize) -> Call {
    let shape = Uniforms { rows: rows as u32, columns: columns as u32 };
    by_row(kernel, &shape, [rows, columns], 5 * rows * columns)
}

/// Computes the softmax of every row. Operands: x, y, both `[rows, columns]`.
#[must_use]
pub fn softmax(rows: usize, columns: usize) -> Call {
    call(&SOFTMAX, rows, columns)
}

/// Computes the log-softmax of every row. Operands: x, y, both `[rows, columns]`.
#[must_use]
pub fn log_softmax(rows: usize, columns: usize) -> Call {
    call(&LOG_SOFTMAX, rows, columns)
}

/// Computes log sum e^x of every row. Operands: x `[rows, columns]`, y `[rows]`.
#[must_use]
pub fn logsumexp(rows: usize, columns: usize) -> Call {
    call(&LOGSUMEXP, rows, columns)
}

/// Computes the gradient of [`softmax`]. Operands: y, the gradient of y, the gradient of x.
#[must_use]
pub fn softmax_grad(rows: usize, columns: usize) -> Call {
    call(&SOFTMAX_GRAD, rows, columns)
}

/// Computes the gradient of [`log_softmax`]. Operands: y, the gradient of y, the gradient of x.
#[must_use]
pub fn log_softmax_grad(rows: usize, columns: usize) -> Call {
    call(&LOG_SOFTMAX_GRAD, rows, columns)
}

/// Computes the gradient of [`logsumexp`]. Operands: x, y, the gradient of y, the gradient of x.
#[must_use]
pub fn logsumexp_grad(rows: usize, columns: usize) -> Call {
    let shape = Uniforms { rows: rows as u32, columns: columns as u32 };
    Call::new(&LOGSUMEXP_GRAD, &shape, Extent::Items(rows * columns), 3 * rows * columns)
}

const ONE: &[Access] = &[Access::Read, Access::Write];
const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];
const THREE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

const fn kernel(name: &'static str, access: &'static [Access], twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/softmax.wgsl"), access, twin }
}

static SOFTMAX: Kernel = kernel("softmax.softmax", ONE, softmax_twin);
static LOG_SOFTMAX: Kernel = kernel("softmax.log_softmax", ONE, log_softmax_twin);
static LOGSUMEXP: Kernel = kernel("softmax.logsumexp", ONE, logsumexp_twin);
static SOFTMAX_GRAD: Kernel =
    kernel("softmax.softmax_grad", TWO, |o| backward(o, |y, g| y * g, |y, g, sum| y * (g - sum)));
static LOG_SOFTMAX_GRAD: Kernel =
    kernel("softmax.log_softmax_grad", TWO, |o| backward(o, |_, g| g, |y, g, sum| g - y.exp() * sum));
static LOGSUMEXP_GRAD: Kernel = kernel("softmax.logsumexp_grad", THREE, logsumexp_grad_twin);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] =
    &[&SOFTMAX, &LOG_SOFTMAX, &LOGSUMEXP, &SOFTMAX_GRAD, &LOG_SOFTMAX_GRAD, &LOGSUMEXP_GRAD];

/// Returns log sum e^x of a row.
pub(super) fn logsumexp_of(x: &[f32]) -> f32 {
    let maximum = largest(x);
    maximum + sum_of(x, |x| (x - maximum).exp()).ln()
}

/// The exponential function takes most of the time, so it is computed once per element and then divided by the sum.
fn softmax_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(y, columns, 16 * x.len(), |row, y| {
        let x = &x[row * columns..][..columns];
        let maximum = largest(x);
        y.iter_mut().zip(x).for_each(|(y, x)| *y = (x - maximum).exp());
        let factor = 1.0 / sum_of(y, |y| y);
        y.iter_mut().for_each(|y| *y *= factor);
    });
}

fn log_softmax_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(y, columns, 16 * x.len(), |row, y| {
        let x = &x[row * columns..][..columns];
        let z = logsumexp_of(x);
        y.iter_mut().zip(x).for_each(|(y, x)| *y = x - z);
    });
}

/// Computes dx = f(y, g, sum of term(y, g) over the row).
fn backward(
    mut operands: Operands<'_>,
    term: impl Fn(f32, f32) -> f32 + Sync,
    f: impl Fn(f32, f32, f32) -> f32 + Sync,
) {
    let shape: Uniforms = operands.params();
    let ([y, g], [dx]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(dx, columns, 4 * y.len(), |row, dx| {
        let (y, g) = (&y[row * columns..][..columns], &g[row * columns..][..columns]);
        let sum: f32 = y.iter().zip(g).map(|(y, g)| term(*y, *g)).sum();
        dx.iter_mut().zip(y).zip(g).for_each(|((dx, y), g)| *dx = f(*y, *g, sum));
    });
}

fn logsumexp_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(y, 1, 16 * x.len(), |row, y| y[0] = logsumexp_of(&x[row * columns..][..columns]));
}

fn logsumexp_grad_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, y, g], [dx]) = (operands.reads(), operands.writes());
    let columns = shape.columns as usize;
    each_row(dx, columns, 16 * x.len(), |row, dx| {
        let x = &x[row * columns..][..columns];
        dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = g[row] * (x - y[row]).exp());
    });
}
