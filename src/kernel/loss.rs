//! Cross-entropy with label smoothing, and top-k hits (`shaders/loss.wgsl`).

use super::call::{Access, Call, Kernel};
use super::lanes::{by_row, each_row, sum_of};
use super::operands::{Operands, integers};
use super::softmax::logsumexp_of;
use bytemuck::{Pod, Zeroable};
use std::cmp::Ordering;

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    rows: u32,
    classes: u32,
    smoothing: f32,
    k: u32,
}

impl Uniforms {
    fn new(rows: usize, classes: usize, smoothing: f32, k: usize) -> Self {
        Self { rows: rows as u32, classes: classes as u32, smoothing, k: k.min(classes + 1) as u32 }
    }

    /// Returns the logits of a row and its label if it is a valid class.
    fn row<'a>(&self, row: usize, x: &'a [f32], labels: &[f32]) -> (&'a [f32], Option<usize>) {
        let classes = self.classes as usize;
        let label = integers(labels)[row] as usize;
        (&x[row * classes..][..classes], Some(label).filter(|label| *label < classes))
    }

    /// Returns the target probability of every class besides the label.
    fn smoothed(&self) -> f32 {
        self.smoothing / self.classes as f32
    }
}

/// Computes the cross-entropy with targets (1 - smoothing) one-hot + smoothing / classes. Operands: logits
/// `[rows, classes]`, labels (integers), losses. Labels that are not a class have a loss of zero.
#[must_use]
pub fn cross_entropy(rows: usize, classes: usize, smoothing: f32) -> Call {
    by_row(&CROSS_ENTROPY, &Uniforms::new(rows, classes, smoothing, 0), [rows, classes], 6 * rows * classes)
}

/// Computes the gradient of [`cross_entropy`]. Operands: logits, labels, the gradient of the losses, the gradient of
/// the logits.
#[must_use]
pub fn cross_entropy_grad(rows: usize, classes: usize, smoothing: f32) -> Call {
    by_row(&CROSS_ENTROPY_GRAD, &Uniforms::new(rows, classes, smoothing, 0), [rows, classes], 10 * rows * classes)
}

/// Computes 1 if fewer than `k` logits of a row are above that of its label, otherwise 0; of equal logits that of the
/// first class is above the others. Operands: logits, labels,
/// hits.
#[must_use]
pub fn hits(rows: usize, classes: usize, k: usize) -> Call {
    by_row(&HITS, &Uniforms::new(rows, classes, 0.0, k), [rows, classes], rows * classes)
}

const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];
const THREE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

const fn kernel(name: &'static str, access: &'static [Access], twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/loss.wgsl"), access, twin }
}

static CROSS_ENTROPY: Kernel = kernel("loss.cross_entropy", TWO, cross_entropy_twin);
static CROSS_ENTROPY_GRAD: Kernel = kernel("loss.cross_entropy_grad", THREE, cross_entropy_grad_twin);
static HITS: Kernel = kernel("loss.hits", TWO, hits_twin);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&CROSS_ENTROPY, &CROSS_ENTROPY_GRAD, &HITS];

fn cross_entropy_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, labels], [y]) = (operands.reads(), operands.writes());
    each_row(y, 1, 16 * x.len(), |row, y| {
        let (x, label) = shape.row(row, x, labels);
        y[0] = label.map_or(0.0, |label| {
            logsumexp_of(x) - (1.0 - shape.smoothing) * x[label] - shape.smoothed() * sum_of(x, |x| x)
        });
    });
}

fn cross_entropy_grad_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, labels, g], [dx]) = (operands.reads(), operands.writes());
    each_row(dx, shape.classes as usize, 16 * x.len(), |row, dx| {
        let (x, Some(label)) = shape.row(row, x, labels) else { return dx.fill(0.0) };
        let z = logsumexp_of(x);
        dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = g[row] * ((x - z).exp() - shape.smoothed()));
        dx[label] -= g[row] * (1.0 - shape.smoothing);
    });
}

fn hits_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, labels], [y]) = (operands.reads(), operands.writes());
    each_row(y, 1, x.len(), |row, y| {
        let (x, label) = shape.row(row, x, labels);
        // NaN counts as above, and so does an equal logit of an earlier class: constant logits predict the first class.
        let is_above = |(class, x): (usize, &f32), label: usize, own: f32| match x.partial_cmp(&own) {
            None | Some(Ordering::Greater) => true,
            Some(Ordering::Equal) => class < label,
            Some(Ordering::Less) => false,
        };
        let above = |label: usize| x.iter().enumerate().filter(|logit| is_above(*logit, label, x[label])).count();
        let hit = label.is_some_and(|label| above(label) < shape.k as usize);
        y[0] = f32::from(u8::from(hit));
    });
}
