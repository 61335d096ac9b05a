//! Batch normalisation (`shaders/batch_norm.wgsl`). It is memory-bound, so x is read as rarely as possible.

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use super::small::{sums, vectorized};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Elements per part: fits the cache of a core.
const PART: usize = 4096;

/// The sizes and settings of a normalisation of `[batch, channels, pixels]`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Norm {
    /// Batch size.
    pub batch: usize,
    /// Channels, each normalised separately.
    pub channels: usize,
    /// Elements per channel and image.
    pub pixels: usize,
    /// Added to the variance.
    pub epsilon: f32,
    /// Momentum of the running statistics: the weight of the batch's statistics.
    pub momentum: f32,
    /// Whether there are a weight and a bias per channel.
    pub affine: bool,
    /// Whether a ReLU follows.
    pub relu: bool,
    /// Whether to use the statistics of the batch, so that gradients flow through them.
    pub training: bool,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    batch: u32,
    channels: u32,
    pixels: u32,
    parts: u32,
    epsilon: f32,
    momentum: f32,
    affine: u32,
    relu: u32,
    training: u32,
}

impl Norm {
    /// Returns the number of parts of the batch whose statistics are computed separately.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.batch.div_ceil((PART / self.pixels.max(1)).max(1))
    }

    /// Returns the number of elements of x.
    #[must_use]
    pub fn len(&self) -> usize {
        self.batch * self.channels * self.pixels
    }

    /// Whether x is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Computes partial statistics. Operands: x; mean and sum of squared differences [parts, channels, 2].
    #[must_use]
    pub fn statistics(&self) -> Call {
        self.reduction(&STATISTICS, 4 * self.len())
    }

    /// Combines partial statistics. Operands: the result of [`Norm::statistics`], running mean and variance (updated),
    /// means and 1/std [2, channels].
    #[must_use]
    pub fn finish(&self) -> Call {
        self.call(&FINISH, Extent::Items(self.channels), 12 * self.channels * self.parts())
    }

    /// Converts running statistics. Operands: running mean and variance, means and 1/std [2, channels].
    #[must_use]
    pub fn inference(&self) -> Call {
        self.call(&INFERENCE, Extent::Items(self.channels), 3 * self.channels)
    }

    /// Normalises x. Operands: x, means and 1/std, weight, bias (any tensors if not affine), y.
    #[must_use]
    pub fn normalise(&self) -> Call {
        self.specialised(&NORMALISE, Extent::Items(self.len()), 3 * self.len())
    }

    /// Computes partial gradients of bias and weight. Operands: x, means and 1/std, weight, bias, gradient of y, sums
    /// [parts, channels, 2].
    #[must_use]
    pub fn reduce(&self) -> Call {
        self.reduction(&REDUCE, 8 * self.len())
    }

    /// Sums partial gradients. Operands: the result of [`Norm::reduce`], gradients of bias and weight.
    #[must_use]
    pub fn collect(&self) -> Call {
        self.call(&COLLECT, Extent::Items(self.channels), 2 * self.channels * self.parts())
    }

    /// Computes the gradient of x. Operands: x, means and 1/std, weight, bias, gradients of y, bias and weight,
    /// gradient of x.
    #[must_use]
    pub fn backward(&self) -> Call {
        self.specialised(&BACKWARD, Extent::Items(self.len()), 10 * self.len())
    }

    /// Creates a call with one workgroup per part and channel.
    fn reduction(&self, kernel: &'static Kernel, flops: usize) -> Call {
        self.specialised(kernel, Extent::Groups([self.channels as u32, self.parts() as u32, 1]), flops)
    }

    /// Creates a call over all elements, compiled for the number of pixels. On software adapters compiling takes longer
    /// than it saves.
    fn specialised(&self, kernel: &'static Kernel, extent: Extent, flops: usize) -> Call {
        let call = self.call(kernel, extent, flops);
        call.clone().with("PIXELS", self.pixels as u32).for_software(call).in_large_groups()
    }

    fn call(&self, kernel: &'static Kernel, extent: Extent, flops: usize) -> Call {
        let shape = Uniforms {
            batch: self.batch as u32,
            channels: self.channels as u32,
            pixels: self.pixels as u32,
            parts: self.parts() as u32,
            epsilon: self.epsilon,
            momentum: self.momentum,
            affine: self.affine.into(),
            relu: self.relu.into(),
            training: self.training.into(),
        };
        Call::new(kernel, &shape, extent, flops)
    }
}

macro_rules! kernels {
    ($($name:ident $entry:literal [$($access:ident)*] $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("batch_norm.", $entry),
            shader: include_str!("../../shaders/batch_norm.wgsl"),
            access: &[$(Access::$access),*],
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

kernels! {
    STATISTICS "statistics" [Read Write] statistics;
    FINISH "finish" [Read Update Update Write] finish;
    INFERENCE "inference" [Read Read Write] inference;
    NORMALISE "normalise" [Read Read Read Read Write] normalise;
    REDUCE "reduce" [Read Read Read Read Read Write] reduce;
    COLLECT "collect" [Read Write Write] collect;
    BACKWARD "backward" [Read Read Read Read Read Read Read Write] backward;
}

/// The normalisation of a channel.
#[derive(Clone, Copy)]
struct Channel {
    mean: f32,
    rstd: f32,
    scale: f32,
    bias: f32,
    /// Lower bound of the result: zero with a ReLU, otherwise negative infinity.
    min: f32,
}

impl Channel {
    #[inline(always)]
    fn value(&self, x: f32) -> f32 {
        (x - self.mean) * self.scale + self.bias
    }

    /// Returns the gradient before the ReLU.
    #[inline(always)]
    fn relu_grad(&self, x: f32, g: f32) -> f32 {
        if self.value(x) > self.min { g } else { 0.0 }
    }

    #[inline(always)]
    fn normal(&self, x: f32) -> f32 {
        (x - self.mean) * self.rstd
    }
}

impl Uniforms {
    fn images(&self, part: usize) -> std::ops::Range<usize> {
        let (batch, parts) = (self.batch as usize, self.parts as usize);
        part * batch / parts..(part + 1) * batch / parts
    }

    /// Iterates over the images of a part: the elements of one channel.
    fn planes<'a>(&self, x: &'a [f32], part: usize, channel: usize) -> impl Iterator<Item = &'a [f32]> + Clone {
        let (channels, pixels) = (self.channels as usize, self.pixels as usize);
        self.images(part).map(move |image| &x[(image * channels + channel) * pixels..][..pixels])
    }

    fn count(&self, part: usize) -> f32 {
        (self.images(part).len() * self.pixels as usize) as f32
    }

    fn channel(&self, c: usize, stats: &[f32], w: &[f32], b: &[f32]) -> Channel {
        let (mean, rstd) = (stats[c], stats[self.channels as usize + c]);
        let (w, bias) = if self.affine != 0 { (w[c], b[c]) } else { (1.0, 0.0) };
        let min = if self.relu != 0 { 0.0 } else { f32::NEG_INFINITY };
        Channel { mean, rstd, scale: rstd * w, bias, min }
    }

    /// Returns the minimum planes per thread.
    fn min_planes(&self) -> usize {
        PART.div_ceil(self.pixels as usize)
    }
}

/// Returns the sum of `f` over the elements of planes.
fn total<'a>(planes: impl Iterator<Item = &'a [f32]>, f: impl Fn(f32) -> f32 + Copy) -> f32 {
    let mut total = 0.0;
    for plane in planes {
        total += vectorized(
            #[inline(always)]
            || {
                sums(
                    plane,
                    plane,
                    #[inline(always)]
                    |x, _| [f(x)],
                )[0]
            },
        );
    }
    total
}

fn statistics(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [parts]) = (operands.reads(), operands.writes());
    let channels = shape.channels as usize;
    parts.par_chunks_mut(2).enumerate().for_each(|(at, part)| {
        let planes = shape.planes(x, at / channels, at % channels);
        let mean = total(
            planes.clone(),
            #[inline(always)]
            |x| x,
        ) / shape.count(at / channels);
        let squares = total(
            planes,
            #[inline(always)]
            |x| (x - mean) * (x - mean),
        );
        part.copy_from_slice(&[mean, squares]);
    });
}

fn finish(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([parts], [running_mean, running_var, stats]) = (operands.reads(), operands.writes());
    let channels = shape.channels as usize;
    for c in 0..channels {
        let (mut n, mut mean, mut squares) = (0.0, 0.0, 0.0);
        for part in 0..shape.parts as usize {
            let (at, more) = (2 * (part * channels + c), shape.count(part));
            let d = parts[at] - mean;
            squares += parts[at + 1] + d * d * (n * more / (n + more));
            n += more;
            mean += d * (more / n);
        }
        stats[c] = mean;
        stats[channels + c] = 1.0 / (squares / n + shape.epsilon).sqrt();
        running_mean[c] += shape.momentum * (mean - running_mean[c]);
        running_var[c] += shape.momentum * (squares / (n - 1.0_f32).max(1.0) - running_var[c]);
    }
}

fn inference(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([mean, var], [stats]) = (operands.reads(), operands.writes());
    let (means, rstds) = stats.split_at_mut(mean.len());
    means.copy_from_slice(mean);
    rstds.iter_mut().zip(var).for_each(|(rstd, var)| *rstd = 1.0 / (var + shape.epsilon).sqrt());
}

fn normalise(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, stats, w, b], [y]) = (operands.reads(), operands.writes());
    let (channels, pixels) = (shape.channels as usize, shape.pixels as usize);
    let planes = y.par_chunks_mut(pixels).zip(x.par_chunks(pixels)).enumerate();
    planes.with_min_len(shape.min_planes()).for_each(|(at, (y, x))| {
        let c = shape.channel(at % channels, stats, w, b);
        vectorized(
            #[inline(always)]
            || y.iter_mut().zip(x).for_each(|(y, x)| *y = c.value(*x).max(c.min)),
        );
    });
}

fn reduce(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, stats, w, b, g], [parts]) = (operands.reads(), operands.writes());
    let channels = shape.channels as usize;
    parts.par_chunks_mut(2).enumerate().for_each(|(at, part)| {
        let (index, channel) = (at / channels, at % channels);
        let c = shape.channel(channel, stats, w, b);
        part.fill(0.0);
        for (x, g) in shape.planes(x, index, channel).zip(shape.planes(g, index, channel)) {
            let both = vectorized(
                #[inline(always)]
                || {
                    sums(
                        x,
                        g,
                        #[inline(always)]
                        |x, g| {
                            let h = c.relu_grad(x, g);
                            [h, h * c.normal(x)]
                        },
                    )
                },
            );
            part.iter_mut().zip(both).for_each(|(part, sum)| *part += sum);
        }
    });
}

fn collect(mut operands: Operands<'_>) {
    let ([parts], [db, dw]) = (operands.reads(), operands.writes());
    db.fill(0.0);
    dw.fill(0.0);
    for part in parts.chunks(2 * db.len()) {
        for ((part, db), dw) in part.chunks(2).zip(db.iter_mut()).zip(dw.iter_mut()) {
            *db += part[0];
            *dw += part[1];
        }
    }
}

fn backward(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, stats, w, b, g, db, dw], [dx]) = (operands.reads(), operands.writes());
    let (channels, pixels) = (shape.channels as usize, shape.pixels as usize);
    let factor = if shape.training != 0 { 1.0 / (shape.batch * shape.pixels) as f32 } else { 0.0 };
    let planes = dx.par_chunks_mut(pixels).zip(x.par_chunks(pixels)).zip(g.par_chunks(pixels)).enumerate();
    planes.with_min_len(shape.min_planes()).for_each(|(at, ((dx, x), g))| {
        let c = shape.channel(at % channels, stats, w, b);
        let (db, dw) = (factor * db[at % channels], factor * dw[at % channels]);
        vectorized(
            #[inline(always)]
            || {
                for ((dx, x), g) in dx.iter_mut().zip(x).zip(g) {
                    *dx = c.scale * (c.relu_grad(*x, *g) - (db + c.normal(*x) * dw));
                }
            },
        );
    });
}
