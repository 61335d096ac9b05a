//! The element-wise part of a GRU cell (`shaders/gru.wgsl`), with gates in the order r, z, n.

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Minimum units for multithreading: below, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 12;

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    rows: u32,
    units: u32,
}

/// Computes the next state. Operands: gi and gh `[rows, 3 units]`, h and h' `[rows, units]`.
#[must_use]
pub fn forward(rows: usize, units: usize) -> Call {
    call(&FORWARD, rows, units, 20)
}

/// Computes the gradients of gi, gh and h. Operands: gi, gh, h, the gradient of h'; the gradients of gi, gh and h.
#[must_use]
pub fn backward(rows: usize, units: usize) -> Call {
    call(&BACKWARD, rows, units, 35)
}

fn call(kernel: &'static Kernel, rows: usize, units: usize, flops: usize) -> Call {
    let shape = Uniforms { rows: rows as u32, units: units as u32 };
    Call::new(kernel, &shape, Extent::Items(rows * units), flops * rows * units)
}

use Access::{Read, Write};

static FORWARD: Kernel = Kernel {
    name: "gru.forward",
    shader: include_str!("../../shaders/gru.wgsl"),
    access: &[Read, Read, Read, Write],
    twin: next,
};

static BACKWARD: Kernel = Kernel {
    name: "gru.backward",
    shader: include_str!("../../shaders/gru.wgsl"),
    access: &[Read, Read, Read, Read, Write, Write, Write],
    twin: gradients,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&FORWARD, &BACKWARD];

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Returns the gates r, z, n of unit `j` from its row of gi and gh.
fn gates(gi: &[f32], gh: &[f32], j: usize) -> [f32; 3] {
    let units = gi.len() / 3;
    let r = sigmoid(gi[j] + gh[j]);
    let z = sigmoid(gi[j + units] + gh[j + units]);
    [r, z, (gi[j + 2 * units] + r * gh[j + 2 * units]).tanh()]
}

fn next(mut operands: Operands<'_>) {
    let units = operands.params::<Uniforms>().units as usize;
    let ([gi, gh, h], [y]) = (operands.reads(), operands.writes());
    let row = |(row, y): (usize, &mut [f32])| {
        let (gi, gh, h) = (&gi[row * 3 * units..][..3 * units], &gh[row * 3 * units..][..3 * units], &h[row * units..]);
        for (j, y) in y.iter_mut().enumerate() {
            let [_, z, n] = gates(gi, gh, j);
            *y = (1.0 - z) * n + z * h[j];
        }
    };
    if y.len() < PARALLEL {
        y.chunks_mut(units).enumerate().for_each(row);
    } else {
        y.par_chunks_mut(units).enumerate().for_each(row);
    }
}

/// The index of a row and its gradients of gi, gh and h.
type Written<'a> = (usize, ((&'a mut [f32], &'a mut [f32]), &'a mut [f32]));

fn gradients(mut operands: Operands<'_>) {
    let units = operands.params::<Uniforms>().units as usize;
    let ([gi, gh, h, up], [d_gi, d_gh, d_h]) = (operands.reads(), operands.writes());
    let row = |(row, ((d_gi, d_gh), d_h)): Written<'_>| {
        let (gi, gh) = (&gi[row * 3 * units..][..3 * units], &gh[row * 3 * units..][..3 * units]);
        let (h, up) = (&h[row * units..], &up[row * units..]);
        for j in 0..units {
            let [r, z, n] = gates(gi, gh, j);
            let to_n = up[j] * (1.0 - z) * (1.0 - n * n);
            let to_z = up[j] * (h[j] - n) * z * (1.0 - z);
            let to_r = to_n * gh[j + 2 * units] * r * (1.0 - r);
            (d_gi[j], d_gi[j + units], d_gi[j + 2 * units]) = (to_r, to_z, to_n);
            (d_gh[j], d_gh[j + units], d_gh[j + 2 * units]) = (to_r, to_z, to_n * r);
            d_h[j] = up[j] * z;
        }
    };
    if d_h.len() < PARALLEL {
        let rows = d_gi.chunks_mut(3 * units).zip(d_gh.chunks_mut(3 * units)).zip(d_h.chunks_mut(units));
        rows.enumerate().for_each(row);
    } else {
        let rows = d_gi.par_chunks_mut(3 * units).zip(d_gh.par_chunks_mut(3 * units)).zip(d_h.par_chunks_mut(units));
        rows.enumerate().for_each(row);
    }
}
