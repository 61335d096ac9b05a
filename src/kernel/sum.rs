//! Sums of several tensors, optionally weighted by sigmoids (`shaders/sum.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use super::small::{sums, vectorized};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Maximum number of tensors per launch.
pub const MAX_TENSORS: usize = 8;

/// Elements per chunk of a thread.
const CHUNK: usize = 1 << 13;

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    len: u32,
    count: u32,
    first: u32,
    parts: u32,
    weighted: u32,
    carry: u32,
    scale: f32,
}

/// One launch of a sum over tensors of `len` elements.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sum {
    /// Elements of each tensor.
    pub len: usize,
    /// Number of tensors of this launch, at most [`MAX_TENSORS`].
    pub count: usize,
    /// Index of the first tensor's logit.
    pub first: usize,
    /// Whether the tensors are weighted.
    pub weighted: bool,
    /// Whether the first tensor is the partial sum of earlier launches, which has no logit.
    pub carry: bool,
    /// Factor of the sum.
    pub scale: f32,
}

impl Sum {
    /// Returns the number of parts whose products are summed separately.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.len.div_ceil(CHUNK).min(256)
    }

    /// Computes the sum. Operands: [`MAX_TENSORS`] tensors (any past `count`), logits (any tensor if not weighted), y.
    #[must_use]
    pub fn forward(&self) -> Call {
        self.call(&FORWARD, Extent::Items(self.len), 2 * self.count * self.len)
    }

    /// Computes the gradient of one tensor. Operands: gradient of y, logits, gradient of the tensor whose logit is
    /// `first`.
    #[must_use]
    pub fn scaled(&self) -> Call {
        self.call(&SCALED, Extent::Items(self.len), self.len)
    }

    /// Computes the products of tensors and the gradient of y. Operands: [`MAX_TENSORS`] tensors (any past `count`),
    /// gradient of y, products [all tensors, parts], of which the rows from `first` on are written.
    #[must_use]
    pub fn dots(&self) -> Call {
        self.call(&DOTS, Extent::Groups([self.parts() as u32, self.count as u32, 1]), 2 * self.count * self.len)
    }

    /// Computes the gradients of the logits. Operands: the result of [`Sum::dots`] for all `count` tensors, logits,
    /// their gradients.
    #[must_use]
    pub fn logits(&self) -> Call {
        self.call(&LOGITS, Extent::Items(self.count), self.count * self.parts())
    }

    fn call(&self, kernel: &'static Kernel, extent: Extent, flops: usize) -> Call {
        let shape = Uniforms {
            len: self.len as u32,
            count: self.count as u32,
            first: self.first as u32,
            parts: self.parts() as u32,
            weighted: self.weighted.into(),
            carry: self.carry.into(),
            scale: self.scale,
        };
        Call::new(kernel, &shape, extent, flops)
    }
}

macro_rules! kernels {
    ($($name:ident $entry:literal $access:ident $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("sum.", $entry),
            shader: include_str!("../../shaders/sum.wgsl"),
            access: $access,
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];
const ALL: &[Access] = &inputs_and(Access::Write);
const ROWS: &[Access] = &inputs_and(Access::Update);

/// Access to the tensors, another read operand, and the result.
const fn inputs_and(result: Access) -> [Access; MAX_TENSORS + 2] {
    let mut access = [Access::Read; MAX_TENSORS + 2];
    access[MAX_TENSORS + 1] = result;
    access
}

kernels! {
    FORWARD "forward" ALL forward;
    SCALED "scaled" TWO scaled;
    DOTS "dots" ROWS dots;
    LOGITS "logits" TWO logits;
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn forward(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let (reads, [y]) = (operands.reads::<{ MAX_TENSORS + 1 }>(), operands.writes());
    let (tensors, logits) = (&reads[..shape.count as usize], reads[MAX_TENSORS]);
    let factor = |which: usize| match which.checked_sub(shape.carry as usize) {
        Some(logit) if shape.weighted != 0 => shape.scale * sigmoid(logits[shape.first as usize + logit]),
        _ => shape.scale,
    };
    let factors: Vec<_> = (0..tensors.len()).map(factor).collect();
    // A chunk of the result stays in the cache while the tensors are added to it, two at a time.
    y.par_chunks_mut(CHUNK).enumerate().for_each(|(chunk, y)| {
        let range = chunk * CHUNK..chunk * CHUNK + y.len();
        vectorized(
            #[inline(always)]
            || {
                y.fill(0.0);
                for (tensors, factors) in tensors.chunks(2).zip(factors.chunks(2)) {
                    let a = &tensors[0][range.clone()];
                    match tensors.get(1).zip(factors.get(1)) {
                        None => y.iter_mut().zip(a).for_each(|(y, a)| *y += factors[0] * a),
                        Some((b, more)) => {
                            let pairs = y.iter_mut().zip(a).zip(&b[range.clone()]);
                            pairs.for_each(|((y, a), b)| *y += factors[0] * a + more * b);
                        }
                    }
                }
            },
        );
    });
}

fn scaled(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([g, logits], [dx]) = (operands.reads(), operands.writes());
    let factor = sigmoid(logits[shape.first as usize]);
    dx.par_chunks_mut(CHUNK).zip(g.par_chunks(CHUNK)).for_each(|(dx, g)| {
        dx.iter_mut().zip(g).for_each(|(dx, g)| *dx = factor * g);
    });
}

fn dots(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let (reads, [dots]) = (operands.reads::<{ MAX_TENSORS + 1 }>(), operands.writes());
    let (parts, len) = (shape.parts as usize, shape.len as usize);
    let (size, first) = (len.div_ceil(parts), shape.first as usize * parts);
    dots[first..first + shape.count as usize * parts].par_iter_mut().enumerate().for_each(|(at, dot)| {
        let from = (at % parts * size).min(len);
        let range = from..(from + size).min(len);
        let (x, g) = (&reads[at / parts][range.clone()], &reads[MAX_TENSORS][range]);
        *dot = vectorized(
            #[inline(always)]
            || {
                sums(
                    x,
                    g,
                    #[inline(always)]
                    |x, g| [x * g],
                )[0]
            },
        );
    });
}

fn logits(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([dots, logits], [dlogits]) = (operands.reads(), operands.writes());
    let rows = dots.chunks(shape.parts as usize).zip(logits);
    dlogits.iter_mut().zip(rows).for_each(|(d, (dots, logit))| {
        let s = sigmoid(*logit);
        *d = s * (1.0 - s) * dots.iter().sum::<f32>();
    });
}
