//! Layer normalisation over the channels of every position of an image (`shaders/layer_norm.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use super::small::vectorized;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Elements per part of a channel: fits the cache of a core.
const PART: usize = 4096;

/// Partial sums of a row, as many as fit a vector register.
const LANES: usize = 8;

/// The sizes and settings of a normalisation of `[batch, channels, positions]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerNorm {
    /// Batch size.
    pub batch: usize,
    /// Channels, over which every position is normalised.
    pub channels: usize,
    /// Positions of an image.
    pub positions: usize,
    /// Added to the variance.
    pub epsilon: f32,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    batch: u32,
    channels: u32,
    positions: u32,
    parts: u32,
    epsilon: f32,
}

impl LayerNorm {
    /// Returns the number of elements of x.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch * self.channels * self.positions
    }

    /// Whether x is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of parts of the batch whose sums are computed separately.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.batch.div_ceil((PART / self.positions.max(1)).max(1))
    }

    /// Normalises x. Operands: x, weight, bias, y, means and 1/std [batch, 2, positions].
    #[must_use]
    pub fn forward(&self) -> Call {
        self.by_position(&FORWARD, 8 * self.len())
    }

    /// Computes the gradient of x. Operands: x, means and 1/std, weight, gradient of y, gradient of x.
    #[must_use]
    pub fn backward(&self) -> Call {
        self.by_position(&BACKWARD, 12 * self.len())
    }

    /// Computes partial gradients of bias and weight. Operands: x, means and 1/std, gradient of y, sums for the bias and
    /// for the weight, [parts, channels] each.
    #[must_use]
    pub fn reduce(&self) -> Call {
        let extent = Extent::Groups([self.channels as u32, self.parts() as u32, 1]);
        let call = self.call(&REDUCE, extent, 5 * self.len());
        // On software adapters compiling takes longer than it saves.
        call.clone().with("POSITIONS", self.positions as u32).for_software(call).in_large_groups()
    }

    /// Creates a call with several invocations per position if there are many channels; one on software adapters.
    fn by_position(&self, kernel: &'static Kernel, flops: usize) -> Call {
        let call = |lanes: usize| {
            let extent = Extent::Items(self.batch * self.positions * lanes);
            self.call(kernel, extent, flops).with("LANES", lanes as u32)
        };
        let lanes = (self.channels / 4).clamp(1, 8);
        call(1 << lanes.ilog2()).for_software(call(1)).in_large_groups()
    }

    fn call(&self, kernel: &'static Kernel, extent: Extent, flops: usize) -> Call {
        let shape = Uniforms {
            batch: self.batch as u32,
            channels: self.channels as u32,
            positions: self.positions as u32,
            parts: self.parts() as u32,
            epsilon: self.epsilon,
        };
        Call::new(kernel, &shape, extent, flops)
    }
}

macro_rules! kernels {
    ($($name:ident $entry:literal [$($access:ident)*] $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("layer_norm.", $entry),
            shader: include_str!("../../shaders/layer_norm.wgsl"),
            access: &[$(Access::$access),*],
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

kernels! {
    FORWARD "forward" [Read Read Read Write Write] forward;
    BACKWARD "backward" [Read Read Read Read Write] backward;
    REDUCE "reduce" [Read Read Read Write Write] reduce;
}

impl Uniforms {
    /// Elements of an image.
    fn image(&self) -> usize {
        (self.channels * self.positions) as usize
    }

    fn images(&self, part: usize) -> std::ops::Range<usize> {
        let (batch, parts) = (self.batch as usize, self.parts as usize);
        part * batch / parts..(part + 1) * batch / parts
    }

    /// Returns the minimum images per thread.
    fn min_images(&self) -> usize {
        PART.div_ceil(self.image())
    }
}

fn forward(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, w, b], [y, stats]) = (operands.reads(), operands.writes());
    let positions = shape.positions as usize;
    let images = y.par_chunks_mut(shape.image()).zip(x.par_chunks(shape.image()));
    let images = images.zip(stats.par_chunks_mut(2 * positions));
    images.with_min_len(shape.min_images()).for_each(|((y, x), stats)| {
        let (means, rstds) = stats.split_at_mut(positions);
        vectorized(
            #[inline(always)]
            || {
                statistics(&shape, x, means, rstds);
                let rows = y.chunks_exact_mut(positions).zip(x.chunks_exact(positions));
                for ((y, x), (w, b)) in rows.zip(w.iter().zip(b)) {
                    let normed = x.iter().zip(&*means).zip(&*rstds);
                    y.iter_mut().zip(normed).for_each(|(y, ((x, mean), rstd))| *y = (x - mean) * rstd * w + b);
                }
            },
        );
    });
}

/// Computes mean and 1/std of every position of an image.
#[inline(always)]
fn statistics(shape: &Uniforms, x: &[f32], means: &mut [f32], rstds: &mut [f32]) {
    let (positions, share) = (shape.positions as usize, 1.0 / shape.channels as f32);
    means.fill(0.0);
    for row in x.chunks_exact(positions) {
        means.iter_mut().zip(row).for_each(|(sum, x)| *sum += x);
    }
    means.iter_mut().for_each(|mean| *mean *= share);
    rstds.fill(0.0);
    for row in x.chunks_exact(positions) {
        let differences = row.iter().zip(&*means).map(|(x, mean)| x - mean);
        rstds.iter_mut().zip(differences).for_each(|(sum, d)| *sum += d * d);
    }
    rstds.iter_mut().for_each(|squares| *squares = 1.0 / (*squares * share + shape.epsilon).sqrt());
}

fn backward(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, stats, w, g], [dx]) = (operands.reads(), operands.writes());
    let (positions, image) = (shape.positions as usize, shape.image());
    let images = dx.par_chunks_mut(image).zip(x.par_chunks(image)).zip(g.par_chunks(image));
    let images = images.zip(stats.par_chunks(2 * positions));
    images.with_min_len(shape.min_images()).for_each(|(((dx, x), g), stats)| {
        // The means over the channels of h and of h xhat.
        let mut sums = vec![0.0; 2 * positions];
        vectorized(
            #[inline(always)]
            || image_gradient(&shape, [x, stats, w, g], &mut sums, dx),
        );
    });
}

#[inline(always)]
fn image_gradient(shape: &Uniforms, [x, stats, w, g]: [&[f32]; 4], sums: &mut [f32], dx: &mut [f32]) {
    let (positions, share) = (shape.positions as usize, 1.0 / shape.channels as f32);
    let (means, rstds) = stats.split_at(positions);
    let (first, second) = sums.split_at_mut(positions);
    let rows = || x.chunks_exact(positions).zip(g.chunks_exact(positions)).zip(w);
    for ((x, g), w) in rows() {
        for p in 0..positions {
            let h = g[p] * w;
            first[p] += h;
            second[p] += h * (x[p] - means[p]) * rstds[p];
        }
    }
    first.iter_mut().chain(second.iter_mut()).for_each(|sum| *sum *= share);
    for (dx, ((x, g), w)) in dx.chunks_exact_mut(positions).zip(rows()) {
        for p in 0..positions {
            dx[p] = rstds[p] * (g[p] * w - first[p] - (x[p] - means[p]) * rstds[p] * second[p]);
        }
    }
}

fn reduce(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, stats, g], [to_b, to_w]) = (operands.reads(), operands.writes());
    let (channels, positions) = (shape.channels as usize, shape.positions as usize);
    to_b.par_iter_mut().zip(to_w).enumerate().for_each(|(at, (to_b, to_w))| {
        let (part, channel) = (at / channels, at % channels);
        let mut sums = [[0.0; LANES]; 2];
        for image in shape.images(part) {
            let row = (image * channels + channel) * positions;
            let (means, rstds) = stats[2 * image * positions..][..2 * positions].split_at(positions);
            vectorized(
                #[inline(always)]
                || add_row(&mut sums, [&x[row..][..positions], &g[row..][..positions], means, rstds]),
            );
        }
        (*to_b, *to_w) = (sums[0].iter().sum(), sums[1].iter().sum());
    });
}

/// Adds the sums of g and of g xhat over the positions of a channel.
#[inline(always)]
fn add_row(sums: &mut [[f32; LANES]; 2], [x, g, means, rstds]: [&[f32]; 4]) {
    let mut add = |lane: usize, p: usize| {
        sums[0][lane] += g[p];
        sums[1][lane] += g[p] * (x[p] - means[p]) * rstds[p];
    };
    let whole = x.len() - x.len() % LANES;
    for first in (0..whole).step_by(LANES) {
        (0..LANES).for_each(|lane| add(lane, first + lane));
    }
    (whole..x.len()).for_each(|p| add(p - whole, p));
}
