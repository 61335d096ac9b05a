//! 2-D pooling (`shaders/pool2d.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use super::small::{sums, vectorized};
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Minimum elements per thread: with fewer, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 14;

/// The parameters of a pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pooling {
    /// Images times channels.
    pub planes: usize,
    /// Rows of a plane.
    pub height: usize,
    /// Columns of a plane.
    pub width: usize,
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Stride in pixels, for both axes.
    pub stride: usize,
    /// Padding in pixels, at most half the window size: rows above and below, and columns left and right.
    pub padding: [usize; 2],
    /// Whether the padding counts in an average.
    pub count_padding: bool,
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    planes: u32,
    height: u32,
    width: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride: u32,
    padding_height: u32,
    padding_width: u32,
    count_padding: u32,
}

impl Pooling {
    /// Returns the rows and columns of the result, or `None` for invalid sizes.
    #[must_use]
    pub fn out(&self) -> Option<[usize; 2]> {
        let nonzero = self.planes * self.height * self.width * self.stride > 0;
        let fits = |axis: usize| self.kernel[axis] > 0 && 2 * self.padding[axis] <= self.kernel[axis];
        if !nonzero || !fits(0) || !fits(1) {
            return None;
        }
        let side = |len: usize, axis: usize| {
            (len + 2 * self.padding[axis]).checked_sub(self.kernel[axis]).map(|rest| rest / self.stride + 1)
        };
        Some([side(self.height, 0)?, side(self.width, 1)?])
    }

    /// Computes the maxima. Operands: x, y.
    #[must_use]
    pub fn max(&self) -> Call {
        self.call(&MAX, self.outputs())
    }

    /// Computes the gradient of [`Pooling::max`]. Operands: x, y, gradient of y, gradient of x.
    #[must_use]
    pub fn max_grad(&self) -> Call {
        self.call(&MAX_GRAD, self.inputs())
    }

    /// Computes the averages. Operands: x, y.
    #[must_use]
    pub fn average(&self) -> Call {
        self.call(&AVERAGE, self.outputs())
    }

    /// Computes the gradient of [`Pooling::average`]. Operands: gradient of y, gradient of x.
    #[must_use]
    pub fn average_grad(&self) -> Call {
        self.call(&AVERAGE_GRAD, self.inputs())
    }

    fn inputs(&self) -> usize {
        self.planes * self.height * self.width
    }

    fn outputs(&self) -> usize {
        let [height, width] = self.out().unwrap_or_default();
        self.planes * height * width
    }

    fn call(&self, kernel: &'static Kernel, items: usize) -> Call {
        let [out_height, out_width] = self.out().unwrap_or_default().map(|side| side as u32);
        let shape = Uniforms {
            planes: self.planes as u32,
            height: self.height as u32,
            width: self.width as u32,
            out_height,
            out_width,
            kernel_height: self.kernel[0] as u32,
            kernel_width: self.kernel[1] as u32,
            stride: self.stride as u32,
            padding_height: self.padding[0] as u32,
            padding_width: self.padding[1] as u32,
            count_padding: self.count_padding.into(),
        };
        Call::new(kernel, &shape, Extent::Items(items), self.outputs() * self.kernel[0] * self.kernel[1])
    }
}

macro_rules! kernels {
    ($($name:ident $entry:literal [$($access:ident)*] $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("pool2d.", $entry),
            shader: include_str!("../../shaders/pool2d.wgsl"),
            access: &[$(Access::$access),*],
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

kernels! {
    MAX "maximum" [Read Write] max;
    MAX_GRAD "max_grad" [Read Read Read Write] max_grad;
    AVERAGE "average" [Read Write] average;
    AVERAGE_GRAD "average_grad" [Read Write] average_grad;
}

/// One window position for a row of outputs: the outputs for which it is inside the image.
struct Tap {
    /// Index of the first output in its plane.
    output: usize,
    /// Index of the first output's pixel; the next output's is `stride` further.
    input: usize,
    /// Number of outputs.
    count: usize,
}

impl Uniforms {
    fn pixels(&self) -> usize {
        (self.height * self.width) as usize
    }

    fn outputs(&self) -> usize {
        (self.out_height * self.out_width) as usize
    }

    /// Returns the minimum planes per thread.
    fn min_planes(&self) -> usize {
        PARALLEL.div_ceil(self.pixels())
    }

    /// Returns the range of window rows inside the image.
    fn rows_inside(&self, output: usize) -> (usize, usize) {
        self.inside(output, [self.kernel_height, self.padding_height, self.height])
    }

    /// Returns the range of window columns inside the image.
    fn columns_inside(&self, output: usize) -> (usize, usize) {
        self.inside(output, [self.kernel_width, self.padding_width, self.width])
    }

    /// Returns the range of window positions inside the image, on an axis of `len` pixels.
    fn inside(&self, output: usize, axis: [u32; 3]) -> (usize, usize) {
        let [kernel, padding, len] = axis.map(|size| size as usize);
        let start = output * self.stride as usize;
        (padding.saturating_sub(start), kernel.min(len + padding - start))
    }

    /// Calls `f` for every window position of every row of outputs, ordered by row, then position.
    #[inline(always)]
    fn taps(&self, mut f: impl FnMut(Tap)) {
        let (width, stride) = (self.width as usize, self.stride as usize);
        let (above, left) = (self.padding_height as usize, self.padding_width as usize);
        let out = self.out_width as usize;
        for oy in 0..self.out_height as usize {
            let (top, bottom) = self.rows_inside(oy);
            for ky in top..bottom {
                let row = (oy * stride + ky - above) * width;
                for kx in 0..self.kernel_width as usize {
                    let from = left.saturating_sub(kx).div_ceil(stride);
                    let to = (width + left).saturating_sub(kx).div_ceil(stride).min(out);
                    if from < to {
                        let input = row + from * stride + kx - left;
                        f(Tap { output: oy * out + from, input, count: to - from });
                    }
                }
            }
        }
    }

    /// Returns the number of pixels in the average of every output of a plane.
    fn counts(&self) -> Vec<f32> {
        let side = |kernel: u32, (from, to): (usize, usize)| match self.count_padding {
            0 => to - from,
            _ => kernel as usize,
        };
        let columns = (0..self.out_width as usize).map(|at| side(self.kernel_width, self.columns_inside(at)));
        let columns: Vec<_> = columns.collect();
        let rows = (0..self.out_height as usize).map(|at| side(self.kernel_height, self.rows_inside(at)));
        rows.flat_map(|rows| columns.iter().map(move |columns| (rows * columns) as f32)).collect()
    }

    /// Whether the window covers the complete plane.
    fn global(&self) -> bool {
        let padding = [self.padding_height, self.padding_width];
        (self.kernel_height, self.kernel_width, padding) == (self.height, self.width, [0; 2])
    }
}

/// Returns the outputs of a tap, and the span of its inputs.
#[inline(always)]
fn ends<'a>(tap: &Tap, stride: usize, y: &'a [f32], x: &'a mut [f32]) -> (&'a [f32], &'a mut [f32]) {
    let span = (tap.count - 1) * stride + 1;
    (&y[tap.output..tap.output + tap.count], &mut x[tap.input..tap.input + span])
}

/// Combines every output with the inputs of its window, in the order of the window positions.
#[inline(always)]
fn fold(shape: &Uniforms, x: &[f32], y: &mut [f32], f: impl Fn(f32, f32) -> f32) {
    let stride = shape.stride as usize;
    shape.taps(
        #[inline(always)]
        |tap| {
            let (y, x) = (&mut y[tap.output..tap.output + tap.count], &x[tap.input..]);
            if stride == 1 {
                for (y, x) in y.iter_mut().zip(&x[..tap.count]) {
                    *y = f(*y, *x);
                }
            } else {
                for (y, x) in y.iter_mut().zip(x.iter().step_by(stride)) {
                    *y = f(*y, *x);
                }
            }
        },
    );
}

fn max(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let planes = y.par_chunks_mut(shape.outputs()).zip(x.par_chunks(shape.pixels()));
    planes.with_min_len(shape.min_planes()).for_each(|(y, x)| {
        vectorized(
            #[inline(always)]
            || {
                y.fill(f32::NEG_INFINITY);
                // A plain comparison is one vector instruction; f32::max also handles NaN.
                fold(
                    &shape,
                    x,
                    y,
                    #[inline(always)]
                    |y, x| if x > y { x } else { y },
                );
            },
        );
    });
}

/// The gradient of a window goes to the first position that holds the maximum. `left` holds the gradients not yet
/// assigned.
fn max_grad(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, y, g], [dx]) = (operands.reads(), operands.writes());
    let (pixels, outputs, stride) = (shape.pixels(), shape.outputs(), shape.stride as usize);
    let planes = dx.par_chunks_mut(pixels).zip(x.par_chunks(pixels));
    let planes = planes.zip(y.par_chunks(outputs).zip(g.par_chunks(outputs)));
    planes.with_min_len(shape.min_planes()).for_each_init(Vec::new, |left, ((dx, x), (y, g))| {
        left.clear();
        left.extend_from_slice(g);
        dx.fill(0.0);
        vectorized(
            #[inline(always)]
            || {
                shape.taps(
                    #[inline(always)]
                    |tap| {
                        let (y, dx) = ends(&tap, stride, y, dx);
                        let x = &x[tap.input..tap.input + dx.len()];
                        let left = &mut left[tap.output..tap.output + tap.count];
                        if stride == 1 {
                            for (((dx, x), y), left) in dx.iter_mut().zip(x).zip(y).zip(left) {
                                assign(dx, *x, *y, left);
                            }
                        } else {
                            for (((dx, x), y), left) in dx.iter_mut().zip(x).step_by(stride).zip(y).zip(left) {
                                assign(dx, *x, *y, left);
                            }
                        }
                    },
                );
            },
        );
    });
}

#[inline(always)]
fn assign(dx: &mut f32, x: f32, y: f32, left: &mut f32) {
    let assigned = if x == y { *left } else { 0.0 };
    *dx += assigned;
    *left -= assigned;
}

fn average(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let counts = shape.counts();
    let planes = y.par_chunks_mut(shape.outputs()).zip(x.par_chunks(shape.pixels()));
    planes.with_min_len(shape.min_planes()).for_each(|(y, x)| {
        vectorized(
            #[inline(always)]
            || {
                if shape.global() {
                    y[0] = sums(
                        x,
                        x,
                        #[inline(always)]
                        |x, _| [x],
                    )[0] / x.len() as f32;
                    return;
                }
                y.fill(0.0);
                fold(
                    &shape,
                    x,
                    y,
                    #[inline(always)]
                    |y, x| y + x,
                );
                y.iter_mut().zip(&counts).for_each(|(y, count)| *y /= count);
            },
        );
    });
}

fn average_grad(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([g], [dx]) = (operands.reads(), operands.writes());
    let (pixels, outputs, stride) = (shape.pixels(), shape.outputs(), shape.stride as usize);
    let counts = shape.counts();
    let planes = dx.par_chunks_mut(pixels).zip(g.par_chunks(outputs)).with_min_len(shape.min_planes());
    planes.for_each_init(Vec::new, |scaled, (dx, g)| {
        if shape.global() {
            return dx.fill(g[0] / pixels as f32);
        }
        scaled.clear();
        scaled.extend(g.iter().zip(&counts).map(|(g, count)| g / count));
        dx.fill(0.0);
        vectorized(
            #[inline(always)]
            || {
                shape.taps(
                    #[inline(always)]
                    |tap| {
                        let (scaled, dx) = ends(&tap, stride, scaled, dx);
                        if stride == 1 {
                            for (dx, g) in dx.iter_mut().zip(scaled) {
                                *dx += g;
                            }
                        } else {
                            for (dx, g) in dx.iter_mut().step_by(stride).zip(scaled) {
                                *dx += g;
                            }
                        }
                    },
                );
            },
        );
    });
}
