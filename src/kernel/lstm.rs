//! The element-wise part of an LSTM cell (`shaders/lstm.wgsl`), with gates in the order i, f, g, o.

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

/// Computes the next state. Operands: gi and gh `[rows, 4 units]`, c; h' and c' `[rows, units]`.
#[must_use]
pub fn forward(rows: usize, units: usize) -> Call {
    call(&FORWARD, rows, units, 25)
}

/// Computes the gradients. Operands: gi, gh, c, the gradients of h' and c'; the gradient of the gates, which is that of
/// both gi and gh, and the gradient of c.
#[must_use]
pub fn backward(rows: usize, units: usize) -> Call {
    call(&BACKWARD, rows, units, 50)
}

fn call(kernel: &'static Kernel, rows: usize, units: usize, flops: usize) -> Call {
    let shape = Uniforms { rows: rows as u32, units: units as u32 };
    Call::new(kernel, &shape, Extent::Items(rows * units), flops * rows * units)
}

use Access::{Read, Write};

static FORWARD: Kernel = Kernel {
    name: "lstm.forward",
    shader: include_str!("../../shaders/lstm.wgsl"),
    access: &[Read, Read, Read, Write, Write],
    twin: next,
};

static BACKWARD: Kernel = Kernel {
    name: "lstm.backward",
    shader: include_str!("../../shaders/lstm.wgsl"),
    access: &[Read, Read, Read, Read, Read, Write, Write],
    twin: gradients,
};

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&FORWARD, &BACKWARD];

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// Returns the gates i, f, g, o of unit `j` from its row of gi and gh.
fn gates(gi: &[f32], gh: &[f32], j: usize) -> [f32; 4] {
    let units = gi.len() / 4;
    let sum = |gate: usize| gi[j + gate * units] + gh[j + gate * units];
    [sigmoid(sum(0)), sigmoid(sum(1)), sum(2).tanh(), sigmoid(sum(3))]
}

fn next(mut operands: Operands<'_>) {
    let units = operands.params::<Uniforms>().units as usize;
    let ([gi, gh, c], [h_next, c_next]) = (operands.reads(), operands.writes());
    let row = |(row, (h_next, c_next)): (usize, (&mut [f32], &mut [f32]))| {
        let (gi, gh, c) = (&gi[row * 4 * units..][..4 * units], &gh[row * 4 * units..][..4 * units], &c[row * units..]);
        for j in 0..units {
            let [i, f, g, o] = gates(gi, gh, j);
            c_next[j] = f * c[j] + i * g;
            h_next[j] = o * c_next[j].tanh();
        }
    };
    if h_next.len() < PARALLEL {
        h_next.chunks_mut(units).zip(c_next.chunks_mut(units)).enumerate().for_each(row);
    } else {
        h_next.par_chunks_mut(units).zip(c_next.par_chunks_mut(units)).enumerate().for_each(row);
    }
}

fn gradients(mut operands: Operands<'_>) {
    let units = operands.params::<Uniforms>().units as usize;
    let ([gi, gh, c, up_h, up_c], [d_gates, d_c]) = (operands.reads(), operands.writes());
    let row = |(row, (d_gates, d_c)): (usize, (&mut [f32], &mut [f32]))| {
        let (gi, gh) = (&gi[row * 4 * units..][..4 * units], &gh[row * 4 * units..][..4 * units]);
        let (c, up_h, up_c) = (&c[row * units..], &up_h[row * units..], &up_c[row * units..]);
        for j in 0..units {
            let [i, f, g, o] = gates(gi, gh, j);
            let squashed = (f * c[j] + i * g).tanh();
            let up = up_c[j] + up_h[j] * o * (1.0 - squashed * squashed);
            d_gates[j] = up * g * i * (1.0 - i);
            d_gates[j + units] = up * c[j] * f * (1.0 - f);
            d_gates[j + 2 * units] = up * i * (1.0 - g * g);
            d_gates[j + 3 * units] = up_h[j] * squashed * o * (1.0 - o);
            d_c[j] = up * f;
        }
    };
    if d_c.len() < PARALLEL {
        d_gates.chunks_mut(4 * units).zip(d_c.chunks_mut(units)).enumerate().for_each(row);
    } else {
        d_gates.par_chunks_mut(4 * units).zip(d_c.par_chunks_mut(units)).enumerate().for_each(row);
    }
}
