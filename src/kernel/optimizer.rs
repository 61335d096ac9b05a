//! Optimizer updates in place, clipping by the global norm, moving averages of weights (`shaders/optimizer.wgsl`).
//!
//! The operands of an update are weights, gradient, the step's two values (the second is used only by Adam), the factor
//! of the gradient, and the optimizer's state.

use super::call::Access::{self, Read, Update, Write};
use super::call::{Call, Extent, Kernel};
use super::lanes::{by_row, each_row, sum_of};
use super::operands::Operands;
use super::small::vectorized;
use bytemuck::{Pod, Zeroable};
use serde::{Deserialize, Serialize};

/// Minimum elements per thread.
const PIECE: usize = 1 << 14;

/// Elements of a gradient per sum of squares.
const RUN: usize = 4096;

/// Settings of stochastic gradient descent, as in PyTorch without dampening. Defaults are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SgdSettings {
    /// Momentum factor.
    pub momentum: f32,
    /// Whether to use Nesterov momentum.
    pub nesterov: bool,
    /// L2 weight decay.
    pub decay: f32,
}

/// Settings of Adam. Defaults are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct AdamSettings {
    /// Decay of the moving average of the gradient.
    pub beta1: f32,
    /// Decay of the moving average of the squared gradient.
    pub beta2: f32,
    /// Epsilon, added to the denominator.
    pub epsilon: f32,
    /// L2 weight decay.
    pub decay: f32,
}

impl Default for AdamSettings {
    fn default() -> Self {
        Self { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 }
    }
}

/// Settings of RMSprop. Defaults are PyTorch's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RmsPropSettings {
    /// Decay of the moving average of the squared gradient.
    pub smoothing: f32,
    /// Momentum factor.
    pub momentum: f32,
    /// Epsilon, added to the denominator.
    pub epsilon: f32,
    /// L2 weight decay.
    pub decay: f32,
    /// Whether to use TensorFlow's variant (NAS-Bench-101, docs/method.md section 5): epsilon inside the root, the
    /// learning rate inside the momentum, and averages of squares that start at one.
    pub tensorflow: bool,
}

impl Default for RmsPropSettings {
    fn default() -> Self {
        Self { smoothing: 0.99, momentum: 0.0, epsilon: 1e-8, decay: 0.0, tensorflow: false }
    }
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    len: u32,
    decay: f32,
    momentum: f32,
    variant: u32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Norm {
    len: u32,
    run: u32,
    offset: u32,
    max_norm: f32,
}

/// An SGD step on `len` elements. State: the momentum.
#[must_use]
pub fn sgd(settings: SgdSettings, len: usize) -> Call {
    let SgdSettings { momentum, nesterov, decay } = settings;
    let variant = u32::from(nesterov);
    let settings = Uniforms { len: len as u32, decay, momentum, variant, ..Uniforms::zeroed() };
    Call::new(&SGD, &settings, Extent::Items(len), 8 * len)
}

/// An Adam step on `len` elements. State: first and second moment. The step's values are learning rate / (1 - beta1^t)
/// and sqrt(1 - beta2^t).
#[must_use]
pub fn adam(settings: AdamSettings, len: usize) -> Call {
    let AdamSettings { beta1, beta2, epsilon, decay } = settings;
    let settings = Uniforms { len: len as u32, beta1, beta2, epsilon, decay, ..Uniforms::zeroed() };
    Call::new(&ADAM, &settings, Extent::Items(len), 14 * len)
}

/// An RMSprop step on `len` elements. State: the momentum and the mean square.
#[must_use]
pub fn rmsprop(settings: RmsPropSettings, len: usize) -> Call {
    let RmsPropSettings { smoothing: beta2, momentum, epsilon, decay, tensorflow } = settings;
    let variant = u32::from(tensorflow);
    let settings = Uniforms { len: len as u32, decay, momentum, variant, beta2, epsilon, ..Uniforms::zeroed() };
    Call::new(&RMSPROP, &settings, Extent::Items(len), 14 * len)
}

/// Updates moving averages of `len` elements: means = decay means + (1 - decay) weights. Operands: means, weights.
#[must_use]
pub fn ema(decay: f32, len: usize) -> Call {
    Call::new(&EMA, &Uniforms { len: len as u32, decay, ..Uniforms::zeroed() }, Extent::Items(len), 3 * len)
}

/// Returns the number of sums that [`squares`] computes for `len` elements.
#[must_use]
pub fn parts(len: usize) -> usize {
    len.div_ceil(RUN)
}

/// Computes sums of squares of `len` elements. Operands: the elements, the sums of all gradients, which are written
/// from `offset` on.
#[must_use]
pub fn squares(len: usize, offset: usize) -> Call {
    let norm = Norm { len: len as u32, run: RUN as u32, offset: offset as u32, max_norm: 0.0 };
    by_row(&SQUARES, &norm, [parts(len), len.min(RUN)], 2 * len)
}

/// Computes the factor that clips the gradients to the norm `max_norm`. Operands: all sums of squares, the factor.
#[must_use]
pub fn clip(parts: usize, max_norm: f32) -> Call {
    by_row(&CLIP, &Norm { len: parts as u32, run: 0, offset: 0, max_norm }, [1, parts], parts)
}

const fn kernel(name: &'static str, access: &'static [Access], twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/optimizer.wgsl"), access, twin }
}

static SGD: Kernel = kernel("optimizer.sgd", &[Update, Read, Read, Read, Update], sgd_twin);
static ADAM: Kernel = kernel("optimizer.adam", &[Update, Read, Read, Read, Update, Update], adam_twin);
static RMSPROP: Kernel = kernel("optimizer.rmsprop", &[Update, Read, Read, Read, Update, Update], rmsprop_twin);
static EMA: Kernel = kernel("optimizer.ema", &[Update, Read], ema_twin);
static SQUARES: Kernel = kernel("optimizer.squares", &[Read, Update], squares_twin);
static CLIP: Kernel = kernel("optimizer.clip", &[Read, Write], clip_twin);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&SGD, &ADAM, &RMSPROP, &EMA, &SQUARES, &CLIP];

/// Calls `f` on corresponding pieces of all slices, on several threads if they are long.
fn in_pieces<const N: usize>(
    written: [&mut [f32]; N],
    read: &[f32],
    f: impl Fn([&mut [f32]; N], &[f32]) + Copy + Send + Sync,
) {
    if read.len() <= PIECE {
        return vectorized(
            #[inline(always)]
            || f(written, read),
        );
    }
    let middle = read.len() / 2;
    let mut halves = written.map(|slice| slice.split_at_mut(middle));
    let starts = halves.each_mut().map(|(start, _)| std::mem::take(start));
    let ends = halves.map(|(_, end)| end);
    rayon::join(|| in_pieces(starts, &read[..middle], f), || in_pieces(ends, &read[middle..], f));
}

fn sgd_twin(mut operands: Operands<'_>) {
    let Uniforms { decay, momentum, variant, .. } = operands.params();
    let [g, step, scale] = operands.reads();
    let (rate, scale, nesterov) = (step[0], scale[0], variant != 0);
    in_pieces(
        operands.writes(),
        g,
        #[inline(always)]
        move |[w, m]: [&mut [f32]; 2], g: &[f32]| {
            for ((w, g), m) in w.iter_mut().zip(g).zip(m) {
                let slope = scale * g + decay * *w;
                *m = momentum * *m + slope;
                *w -= rate * if nesterov { slope + momentum * *m } else { *m };
            }
        },
    );
}

fn adam_twin(mut operands: Operands<'_>) {
    let Uniforms { beta1, beta2, epsilon, decay, .. } = operands.params();
    let [g, step, scale] = operands.reads();
    let (rate, root, scale) = (step[0], step[1], scale[0]);
    in_pieces(
        operands.writes(),
        g,
        #[inline(always)]
        move |[w, m, v]: [&mut [f32]; 3], g: &[f32]| {
            for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
                let slope = scale * g + decay * *w;
                *m += (1.0 - beta1) * (slope - *m);
                *v = beta2 * *v + (1.0 - beta2) * slope * slope;
                *w -= rate * *m / (v.sqrt() / root + epsilon);
            }
        },
    );
}

fn rmsprop_twin(mut operands: Operands<'_>) {
    let Uniforms { beta2, epsilon, decay, momentum, variant, .. } = operands.params();
    let [g, step, scale] = operands.reads();
    let (rate, scale, tensorflow) = (step[0], scale[0], variant != 0);
    in_pieces(
        operands.writes(),
        g,
        #[inline(always)]
        move |[w, m, v]: [&mut [f32]; 3], g: &[f32]| {
            for (((w, g), m), v) in w.iter_mut().zip(g).zip(m).zip(v) {
                let slope = scale * g + decay * *w;
                *v = beta2 * *v + (1.0 - beta2) * slope * slope;
                if tensorflow {
                    *m = momentum * *m + rate * slope / (*v + epsilon).sqrt();
                    *w -= *m;
                } else {
                    *m = momentum * *m + slope / (v.sqrt() + epsilon);
                    *w -= rate * *m;
                }
            }
        },
    );
}

fn ema_twin(mut operands: Operands<'_>) {
    let Uniforms { decay, .. } = operands.params();
    let [weights] = operands.reads();
    in_pieces(
        operands.writes(),
        weights,
        #[inline(always)]
        move |[means]: [&mut [f32]; 1], weights: &[f32]| {
            means.iter_mut().zip(weights).for_each(|(mean, weight)| *mean += (1.0 - decay) * (weight - *mean));
        },
    );
}

fn squares_twin(mut operands: Operands<'_>) {
    let norm: Norm = operands.params();
    let ([x], [sums]) = (operands.reads(), operands.writes());
    let sums = &mut sums[norm.offset as usize..][..parts(x.len())];
    each_row(sums, 1, x.len(), |run, sum| {
        let run = &x[run * RUN..x.len().min((run + 1) * RUN)];
        sum[0] = vectorized(
            #[inline(always)]
            || sum_of(run, |x| x * x),
        );
    });
}

fn clip_twin(mut operands: Operands<'_>) {
    let norm: Norm = operands.params();
    let ([sums], [scale]) = (operands.reads(), operands.writes());
    scale[0] = (norm.max_norm / (sum_of(sums, |x| x).sqrt() + 1e-6)).min(1.0);
}
