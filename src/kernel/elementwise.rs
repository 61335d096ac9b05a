//! Element-wise arithmetic (`shaders/elementwise.wgsl`), with broadcasting of the second operand.

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Minimum elements for multithreading: below, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 15;

/// Unary functions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unary {
    /// max(x, 0)
    Relu,
    /// 1 / (1 + e^-x)
    Sigmoid,
    /// max(0, min(x, 6))
    Relu6,
    /// x / (1 + e^-x)
    Silu,
    /// x max(0, min(x + 3, 6)) / 6
    HardSwish,
    /// x times the standard normal distribution function of x
    Gelu,
    /// Hyperbolic tangent
    Tanh,
    /// e^x
    Exp,
    /// Natural logarithm
    Log,
    /// scale * x + shift
    Affine {
        /// Factor.
        scale: f32,
        /// Summand.
        shift: f32,
    },
}

/// Binary functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// a + b
    Add,
    /// a - b
    Sub,
    /// a * b
    Mul,
    /// a / b
    Div,
    /// Gradient of the ReLU from its result a and the gradient b of the result
    ReluGrad,
    /// Gradient of the sigmoid from its result a and the gradient b of the result
    SigmoidGrad,
    /// Gradient of the hyperbolic tangent from its result a and the gradient b of the result
    TanhGrad,
    /// Gradient of [`Unary::Relu6`] from its argument a and the gradient b of the result
    Relu6Grad,
    /// Gradient of [`Unary::Silu`] from its argument a and the gradient b of the result
    SiluGrad,
    /// Gradient of [`Unary::HardSwish`] from its argument a and the gradient b of the result
    HardSwishGrad,
    /// Gradient of [`Unary::Gelu`] from its argument a and the gradient b of the result
    GeluGrad,
}

/// Broadcasting of the second operand: element i is combined with `b[(i / inner) % period]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Broadcast {
    /// Consecutive elements that share one value.
    pub inner: usize,
    /// Number of values.
    pub period: usize,
}

impl Broadcast {
    /// No broadcasting: both operands have `len` elements.
    #[must_use]
    pub fn same(len: usize) -> Self {
        Self { inner: 1, period: len }
    }
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    len: u32,
    inner: u32,
    period: u32,
    scale: f32,
    shift: f32,
}

/// Applies `f` to `len` elements. Operands: x, y.
#[must_use]
pub fn unary(f: Unary, len: usize) -> Call {
    let (kernel, scale, shift) = match f {
        Unary::Relu => (&RELU, 1.0, 0.0),
        Unary::Sigmoid => (&SIGMOID, 1.0, 0.0),
        Unary::Relu6 => (&RELU6, 1.0, 0.0),
        Unary::Silu => (&SILU, 1.0, 0.0),
        Unary::HardSwish => (&HARD_SWISH, 1.0, 0.0),
        Unary::Gelu => (&GELU, 1.0, 0.0),
        Unary::Tanh => (&TANH, 1.0, 0.0),
        Unary::Exp => (&EXP, 1.0, 0.0),
        Unary::Log => (&LOG, 1.0, 0.0),
        Unary::Affine { scale, shift } => (&AFFINE, scale, shift),
    };
    let shape = Uniforms { len: len as u32, inner: 1, period: len as u32, scale, shift };
    Call::new(kernel, &shape, Extent::Items(len), len).in_large_groups()
}

/// Applies `f` to `len` elements and a broadcast second operand. Operands: a, b, y.
#[must_use]
pub fn binary(f: Binary, len: usize, spread: Broadcast) -> Call {
    let kernel = match f {
        Binary::Add => &ADD,
        Binary::Sub => &SUB,
        Binary::Mul => &MUL,
        Binary::Div => &DIV,
        Binary::ReluGrad => &RELU_GRAD,
        Binary::SigmoidGrad => &SIGMOID_GRAD,
        Binary::TanhGrad => &TANH_GRAD,
        Binary::Relu6Grad => &RELU6_GRAD,
        Binary::SiluGrad => &SILU_GRAD,
        Binary::HardSwishGrad => &HARD_SWISH_GRAD,
        Binary::GeluGrad => &GELU_GRAD,
    };
    let (inner, period) = (spread.inner as u32, spread.period as u32);
    let shape = Uniforms { len: len as u32, inner, period, scale: 1.0, shift: 0.0 };
    Call::new(kernel, &shape, Extent::Items(len), len).in_large_groups()
}

macro_rules! kernels {
    ($($name:ident $entry:literal $access:ident $twin:expr;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("elementwise.", $entry),
            shader: include_str!("../../shaders/elementwise.wgsl"),
            access: $access,
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

const ONE: &[Access] = &[Access::Read, Access::Write];
const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];

kernels! {
    RELU "relu" ONE |o| map(o, |x, _| x.max(0.0));
    SIGMOID "sigmoid" ONE |o| map(o, |x, _| 1.0 / (1.0 + (-x).exp()));
    RELU6 "relu6" ONE |o| map(o, |x, _| x.clamp(0.0, 6.0));
    SILU "silu" ONE |o| map(o, |x, _| x * sigmoid(x));
    HARD_SWISH "hard_swish" ONE |o| map(o, |x, _| x * (x + 3.0).clamp(0.0, 6.0) / 6.0);
    GELU "gelu" ONE |o| map(o, |x, _| x * normal(x));
    TANH "tanh_" ONE |o| map(o, |x, _| x.tanh());
    EXP "exp_" ONE |o| map(o, |x, _| x.exp());
    LOG "log_" ONE |o| map(o, |x, _| x.ln());
    AFFINE "affine" ONE |o| map(o, |x, shape| shape.scale * x + shape.shift);
    ADD "add" TWO |o| zip(o, |a, b| a + b);
    SUB "sub" TWO |o| zip(o, |a, b| a - b);
    MUL "mul" TWO |o| zip(o, |a, b| a * b);
    DIV "div" TWO |o| zip(o, |a, b| a / b);
    RELU_GRAD "relu_grad" TWO |o| zip(o, |y, g| if y > 0.0 { g } else { 0.0 });
    SIGMOID_GRAD "sigmoid_grad" TWO |o| zip(o, |y, g| g * y * (1.0 - y));
    TANH_GRAD "tanh_grad" TWO |o| zip(o, |y, g| g * (1.0 - y * y));
    RELU6_GRAD "relu6_grad" TWO |o| zip(o, |x, g| if x > 0.0 && x < 6.0 { g } else { 0.0 });
    SILU_GRAD "silu_grad" TWO |o| zip(o, |x, g| {
        let s = sigmoid(x);
        g * s * (1.0 + x * (1.0 - s))
    });
    HARD_SWISH_GRAD "hard_swish_grad" TWO |o| zip(o, |x, g| g * hard_swish_slope(x));
    GELU_GRAD "gelu_grad" TWO |o| zip(o, |x, g| g * (normal(x) + x * (-0.5 * x * x).exp() * DENSITY));
}

/// 1 / sqrt(2 pi)
const DENSITY: f32 = 0.398_942_3;

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The slope of x max(0, min(x + 3, 6)) / 6, as in PyTorch at -3 and 3.
fn hard_swish_slope(x: f32) -> f32 {
    match x {
        x if x < -3.0 => 0.0,
        x if x <= 3.0 => x / 3.0 + 0.5,
        _ => 1.0,
    }
}

/// The standard normal distribution function, by the rational approximation 7.1.26 of Abramowitz and Stegun of the error
/// function; its absolute error is below 1e-7.
fn normal(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let sum = t * (0.254_829_6 + t * (-0.284_496_7 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * sum * (-z * z).exp();
    if x < 0.0 { tail } else { 1.0 - tail }
}

fn map(mut operands: Operands<'_>, f: impl Fn(f32, &Uniforms) -> f32 + Sync) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let each = |(y, x): (&mut f32, &f32)| *y = f(*x, &shape);
    if y.len() < PARALLEL {
        y.iter_mut().zip(x).for_each(each);
    } else {
        y.par_iter_mut().with_min_len(PARALLEL / 4).zip(x).for_each(each);
    }
}

fn zip(mut operands: Operands<'_>, f: impl Fn(f32, f32) -> f32 + Sync) {
    let shape: Uniforms = operands.params();
    let ([a, b], [y]) = (operands.reads(), operands.writes());
    let (inner, period) = (shape.inner as usize, shape.period as usize);
    // Runs of `inner` elements share one b. With `inner` 1, a run is a complete period.
    let run = if inner == 1 { period } else { inner };
    let each = |(index, (y, a)): (usize, (&mut [f32], &[f32]))| {
        if inner == 1 {
            y.iter_mut().zip(a).zip(b).for_each(|((y, a), b)| *y = f(*a, *b));
        } else {
            let b = b[index % period];
            y.iter_mut().zip(a).for_each(|(y, a)| *y = f(*a, b));
        }
    };
    if y.len() < PARALLEL {
        y.chunks_mut(run).zip(a.chunks(run)).enumerate().for_each(each);
    } else if run == y.len() {
        let pieces = y.par_chunks_mut(PARALLEL / 4).zip(a.par_chunks(PARALLEL / 4)).zip(b.par_chunks(PARALLEL / 4));
        pieces.for_each(|((y, a), b)| y.iter_mut().zip(a).zip(b).for_each(|((y, a), b)| *y = f(*a, *b)));
    } else {
        let min_len = (PARALLEL / 4).div_ceil(run);
        y.par_chunks_mut(run).with_min_len(min_len).zip(a.par_chunks(run)).enumerate().for_each(each);
    }
}
