//! Kernels that work row by row (`shaders/include/lanes.wgsl`): how many invocations share a row, and rows of twins.

use super::call::{Call, Extent, Kernel};
use bytemuck::NoUninit;
use rayon::prelude::*;

/// Below so many numbers a second thread costs more than it brings.
const PARALLEL: usize = 1 << 14;

/// A call over `rows` rows of `columns` numbers: on GPUs several invocations a row, where it is long, else one.
pub fn by_row<P: NoUninit>(kernel: &'static Kernel, params: &P, [rows, columns]: [usize; 2], flops: usize) -> Call {
    let call = |lanes: usize| Call::new(kernel, params, Extent::Items(rows * lanes), flops).with("LANES", lanes as u32);
    // Each lane has at least four numbers; a workgroup has 64 invocations.
    let lanes = (columns / 4).clamp(1, 64);
    call(1 << lanes.ilog2()).for_software(call(1))
}

/// Calls `f` with the index of every row and the row, on several threads where there is enough to do.
pub fn each_row(rows: &mut [f32], width: usize, work: usize, f: impl Fn(usize, &mut [f32]) + Sync) {
    if width == 0 {
        return;
    }
    if work < PARALLEL {
        rows.chunks_mut(width).enumerate().for_each(|(row, numbers)| f(row, numbers));
    } else {
        let least = (PARALLEL / 4).div_ceil((work * width).div_ceil(rows.len().max(1)).max(1));
        rows.par_chunks_mut(width).enumerate().with_min_len(least).for_each(|(row, numbers)| f(row, numbers));
    }
}

/// The sum of f(x), in eight sums that the compiler keeps in one vector register.
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

/// The largest number, or negative infinity for none.
#[inline(always)]
pub fn largest(x: &[f32]) -> f32 {
    x.iter().fold(f32::NEG_INFINITY, |most, x| most.max(*x))
}
