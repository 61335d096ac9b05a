//! Row-wise kernels (`shaders/include/lanes.wgsl`): the number of invocations per row, and rows of twins.

use super::call::{Call, Extent, Kernel};
use bytemuck::NoUninit;
use rayon::prelude::*;

/// Minimum elements for multithreading: below, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 14;

/// Creates a call over `rows` rows of `columns` elements: on GPUs with several invocations per row if it is long,
/// otherwise one.
pub fn by_row<P: NoUninit>(kernel: &'static Kernel, params: &P, [rows, columns]: [usize; 2], flops: usize) -> Call {
    let call = |lanes: usize| Call::new(kernel, params, Extent::Items(rows * lanes), flops).with("LANES", lanes as u32);
    // Each lane has at min_len four elements; a workgroup has 64 invocations.
    let lanes = (columns / 4).clamp(1, 64);
    call(1 << lanes.ilog2()).for_software(call(1))
}

/// Calls `f` with the index and the slice of every row, on several threads if there is enough work.
pub fn each_row(rows: &mut [f32], width: usize, work: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    if width == 0 {
        return;
    }
    if work < PARALLEL {
        rows.chunks_mut(width).enumerate().for_each(|(index, row)| f(index, row));
    } else {
        let min_len = (PARALLEL / 4).div_ceil((work * width).div_ceil(rows.len().max(1)).max(1));
        rows.par_chunks_mut(width).enumerate().with_min_len(min_len).for_each(|(index, row)| f(index, row));
    }
}

/// Returns the sum of f(x), computed as eight partial sums that fit one vector register.
#[inline(always)]
pub fn sum_of(x: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let (chunks, rest) = x.as_chunks::<8>();
    let mut sums = [0.0_f32; 8];
    for chunk in chunks {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += f(*x);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|x| f(*x)).sum::<f32>()
}

/// Returns the maximum, or negative infinity for an empty slice.
#[inline(always)]
pub fn largest(x: &[f32]) -> f32 {
    x.iter().fold(f32::NEG_INFINITY, |maximum, x| maximum.max(*x))
}
