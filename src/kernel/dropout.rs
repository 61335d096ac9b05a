//! Dropout by a hash of seed, operation and element (`shaders/dropout.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::{Operands, integers};
use super::small::vectorized;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Elements per chunk of a thread.
const CHUNK: usize = 1 << 14;

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    len: u32,
    inner: u32,
    salt: u32,
    threshold: u32,
    scale: f32,
}

/// Zeroes each group of `inner` consecutive elements of `len` with probability `rate` in [0, 1), and scales the others
/// by 1 / (1 - rate). Equal seeds and salts give equal masks. Operands: x, the seed `[1]` (an integer), y.
#[must_use]
pub fn mask(len: usize, inner: usize, rate: f32, salt: u32) -> Call {
    // Exact in 64 bits; the cast saturates.
    let threshold = (f64::from(rate) * 4_294_967_296.0) as u32;
    let shape = Uniforms { len: len as u32, inner: inner as u32, salt, threshold, scale: 1.0 / (1.0 - rate) };
    Call::new(&MASK, &shape, Extent::Items(len), len)
}

static MASK: Kernel = Kernel {
    name: "dropout.mask",
    shader: include_str!("../../shaders/dropout.wgsl"),
    access: &[Access::Read, Access::Read, Access::Write],
    twin: mask_twin,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&MASK];

#[inline(always)]
fn pcg(x: u32) -> u32 {
    let state = x.wrapping_mul(747_796_405).wrapping_add(2_891_336_453);
    let word = ((state >> ((state >> 28) + 4)) ^ state).wrapping_mul(277_803_737);
    (word >> 22) ^ word
}

/// Returns the factor of a group of elements.
#[inline(always)]
fn factor(shape: &Uniforms, key: u32, decision: u32) -> f32 {
    if pcg(key ^ pcg(decision)) >= shape.threshold { shape.scale } else { 0.0 }
}

fn mask_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, seed], [y]) = (operands.reads(), operands.writes());
    let key = pcg(integers(seed)[0] ^ pcg(shape.salt));
    y.par_chunks_mut(CHUNK).zip(x.par_chunks(CHUNK)).enumerate().for_each(|(chunk, (y, x))| {
        let first = (chunk * CHUNK) as u32;
        vectorized(
            #[inline(always)]
            || {
                if shape.inner == 1 {
                    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                        *y = factor(&shape, key, first.wrapping_add(i as u32)) * x;
                    }
                } else {
                    for (i, (y, x)) in y.iter_mut().zip(x).enumerate() {
                        *y = factor(&shape, key, first.wrapping_add(i as u32) / shape.inner) * x;
                    }
                }
            },
        );
    });
}
