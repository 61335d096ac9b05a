//! Convolutions of images, NCHW with OIHW weights (`shaders/conv2d.wgsl`).
//!
//! NCHW because the twin's matrix product then reads a 1x1 convolution's images as they are, because rows of an image
//! are copied whole into columns, and because the golden tensors are.

use super::call::{Access, Call, Extent, Kernel};
use super::columns::Block;
use super::gemm::{Strides, product};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Output pixels of an invocation.
const PIXELS: usize = 8;
/// Output channels of an invocation.
const CHANNELS: usize = 4;

/// The sizes of a convolution.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conv2d {
    /// Images.
    pub batch: usize,
    /// Input channels, a multiple of `groups`.
    pub channels: usize,
    /// Rows of the input.
    pub height: usize,
    /// Columns of the input.
    pub width: usize,
    /// Output channels, a multiple of `groups`.
    pub filters: usize,
    /// Rows and columns of the window.
    pub kernel: [usize; 2],
    /// Pixels from one window to the next, both ways.
    pub stride: usize,
    /// Zeros around the image, on every side.
    pub padding: usize,
    /// Pixels from one place of the window to the next.
    pub dilation: usize,
    /// Groups of channels that do not meet.
    pub groups: usize,
    /// Whether a number per filter is added.
    pub bias: bool,
    /// Whether the input is read through max(x, 0).
    pub relu: bool,
}

/// The parameters as the shaders read them.
#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
pub(super) struct Shape {
    pub batch: u32,
    pub channels: u32,
    pub height: u32,
    pub width: u32,
    pub filters: u32,
    pub out_height: u32,
    pub out_width: u32,
    pub kernel_height: u32,
    pub kernel_width: u32,
    pub stride: u32,
    pub padding: u32,
    pub dilation: u32,
    pub groups: u32,
    pub bias: u32,
    pub relu: u32,
    /// Runs of images that are summed each for itself.
    pub parts: u32,
}

impl Conv2d {
    /// One group, stride and dilation 1, no padding, no bias, no ReLU.
    #[must_use]
    pub fn new([batch, channels, height, width]: [usize; 4], filters: usize, kernel: [usize; 2]) -> Self {
        let (bias, relu) = (false, false);
        Self {
            batch,
            channels,
            height,
            width,
            filters,
            kernel,
            stride: 1,
            padding: 0,
            dilation: 1,
            groups: 1,
            bias,
            relu,
        }
    }

    /// Rows and columns of the result, or `None` where the sizes do not fit together.
    #[must_use]
    pub fn out(&self) -> Option<[usize; 2]> {
        let whole = self.batch * self.channels * self.filters * self.kernel[0] * self.kernel[1] > 0;
        let sound = whole && self.stride * self.dilation * self.groups > 0;
        if !sound || !self.channels.is_multiple_of(self.groups) || !self.filters.is_multiple_of(self.groups) {
            return None;
        }
        let side = |len: usize, kernel: usize| {
            (len + 2 * self.padding).checked_sub(self.dilation * (kernel - 1) + 1).map(|rest| rest / self.stride + 1)
        };
        Some([side(self.height, self.kernel[0])?, side(self.width, self.kernel[1])?])
    }

    /// Numbers of the weights.
    #[must_use]
    pub fn weights(&self) -> usize {
        self.filters * (self.channels / self.groups.max(1)) * self.kernel[0] * self.kernel[1]
    }

    /// Runs of images whose weight gradients are summed apart: enough for many invocations, few for large weights.
    #[must_use]
    pub fn parts(&self) -> usize {
        ((1 << 20) / self.weights().max(1)).clamp(2, 16).min(self.batch)
    }

    /// Operands: x, weights, bias (any tensor where there is none), y.
    #[must_use]
    pub fn forward(&self) -> Call {
        let [height, width] = self.out().unwrap_or_default();
        self.call(&FORWARD, self.tiles(self.filters, height, width))
    }

    /// Operands: gradient of y, weights, x (read for the ReLU only), gradient of x.
    #[must_use]
    pub fn grad_input(&self) -> Call {
        self.call(&GRAD_INPUT, self.tiles(self.channels, self.height, self.width))
    }

    /// Operands: x, gradient of y, gradients of the weights, [`Conv2d::parts`] of them.
    #[must_use]
    pub fn grad_weight(&self) -> Call {
        let tiles = self.groups * (self.filters / self.groups).div_ceil(CHANNELS);
        let items = self.parts() * tiles * self.weights() / self.filters;
        self.call(&GRAD_WEIGHT, items)
    }

    /// Operands: gradient of y, gradients of the bias, `batch` of them.
    #[must_use]
    pub fn grad_bias(&self) -> Call {
        let [height, width] = self.out().unwrap_or_default();
        let items = self.batch * self.filters;
        Call::new(&GRAD_BIAS, &self.shape(), Extent::Items(items), items * height * width)
    }

    /// Invocations that each compute a tile of one image.
    fn tiles(&self, channels: usize, height: usize, width: usize) -> usize {
        let tiles = self.groups * (channels / self.groups).div_ceil(CHANNELS);
        self.batch * tiles * height * width.div_ceil(PIXELS)
    }

    fn call(&self, kernel: &'static Kernel, items: usize) -> Call {
        Call::new(kernel, &self.shape(), Extent::Items(items), self.flops())
    }

    /// Operations of one pass.
    pub(super) fn flops(&self) -> usize {
        let [height, width] = self.out().unwrap_or_default();
        2 * self.batch * height * width * self.weights()
    }

    pub(super) fn shape(&self) -> Shape {
        let [out_height, out_width] = self.out().unwrap_or_default().map(|side| side as u32);
        let [kernel_height, kernel_width] = self.kernel.map(|side| side as u32);
        Shape {
            batch: self.batch as u32,
            channels: self.channels as u32,
            height: self.height as u32,
            width: self.width as u32,
            filters: self.filters as u32,
            out_height,
            out_width,
            kernel_height,
            kernel_width,
            stride: self.stride as u32,
            padding: self.padding as u32,
            dilation: self.dilation as u32,
            groups: self.groups as u32,
            bias: self.bias.into(),
            relu: self.relu.into(),
            parts: self.parts() as u32,
        }
    }
}

/// Sums `parts` runs of `len` numbers in order. Operands: the runs, their sum.
#[must_use]
pub fn sum_parts(parts: usize, len: usize) -> Call {
    let shape = Shape { parts: parts as u32, filters: len as u32, ..Shape::zeroed() };
    Call::new(&SUM_PARTS, &shape, Extent::Items(len), parts * len)
}

macro_rules! kernels {
    ($($name:ident $entry:literal $access:ident $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("conv2d.", $entry),
            shader: include_str!("../../shaders/conv2d.wgsl"),
            access: $access,
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

const ONE: &[Access] = &[Access::Read, Access::Write];
const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];
const THREE: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

kernels! {
    FORWARD "forward" THREE forward;
    GRAD_INPUT "grad_input" THREE grad_input;
    GRAD_WEIGHT "grad_weight" TWO grad_weight;
    GRAD_BIAS "grad_bias" ONE grad_bias;
    SUM_PARTS "sum_parts" ONE sum_parts_twin;
}

impl Shape {
    fn image(&self) -> usize {
        (self.channels * self.height * self.width) as usize
    }

    fn pixels(&self) -> usize {
        (self.out_height * self.out_width) as usize
    }

    /// Calls `f` with every block of an image: its group and its rows.
    fn blocks(&self, mut f: impl FnMut(usize, Block)) {
        let (rows, channels) = (self.block_rows(), (self.channels / self.groups) as usize);
        for group in 0..self.groups as usize {
            for from in (0..self.out_height as usize).step_by(rows) {
                let to = (from + rows).min(self.out_height as usize);
                f(group, Block { channel: group * channels, channels, from, to });
            }
        }
    }

    /// Room for the columns of a block.
    fn room(&self) -> Vec<f32> {
        let numbers = self.depth() * self.block_rows() * self.out_width as usize;
        vec![0.0; if self.direct() { 0 } else { numbers }]
    }

    /// A block's columns: a part of the image itself, or gathered into `room`.
    fn columns<'a>(&self, image: &'a [f32], block: Block, room: &'a mut [f32]) -> (&'a [f32], Strides) {
        let width = self.out_width as usize;
        if self.direct() {
            let first = block.channel * self.pixels() + block.from * width;
            return (&image[first..], Strides::rows(self.pixels()));
        }
        self.gather(image, block, room);
        (room, Strides::rows((block.to - block.from) * width))
    }
}

fn forward(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([x, w, bias], [y]) = (operands.reads(), operands.writes());
    let (pixels, depth, filters) = (shape.pixels(), shape.depth(), (shape.filters / shape.groups) as usize);
    let images = y.par_chunks_mut(pixels * shape.filters as usize).zip(x.par_chunks(shape.image()));
    images.for_each_init(
        || shape.room(),
        |room, (y, x)| {
            shape.blocks(|group, block| {
                let columns = shape.columns(x, block, room);
                let first = block.from * shape.out_width as usize;
                let size = [filters, depth, block.to * shape.out_width as usize - first];
                let c = (&mut y[group * filters * pixels + first..], Strides::rows(pixels));
                product(size, c, (&w[group * filters * depth..], Strides::rows(depth)), columns, false);
            });
            if shape.bias != 0 {
                y.chunks_mut(pixels).zip(bias).for_each(|(y, b)| y.iter_mut().for_each(|y| *y += b));
            }
        },
    );
}

fn grad_input(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([g, w, x], [dx]) = (operands.reads(), operands.writes());
    let (pixels, depth, filters) = (shape.pixels(), shape.depth(), (shape.filters / shape.groups) as usize);
    let image = shape.image();
    let images = dx.par_chunks_mut(image).zip(g.par_chunks(pixels * shape.filters as usize)).enumerate();
    images.for_each_init(
        || shape.room(),
        |room, (index, (dx, g))| {
            dx.fill(0.0);
            shape.blocks(|group, block| {
                let first = block.from * shape.out_width as usize;
                let count = block.to * shape.out_width as usize - first;
                let g = (&g[group * filters * pixels + first..], Strides::rows(pixels));
                let w = (&w[group * filters * depth..], Strides::rows(depth).transposed());
                if shape.direct() {
                    let c = (&mut dx[block.channel * pixels + first..], Strides::rows(pixels));
                    product([depth, filters, count], c, w, g, false);
                } else {
                    product([depth, filters, count], (room, Strides::rows(count)), w, g, false);
                    shape.scatter(room, block, dx);
                }
            });
            if shape.relu != 0 {
                let x = &x[index * image..(index + 1) * image];
                dx.iter_mut().zip(x).for_each(|(dx, x)| *dx = if *x > 0.0 { *dx } else { 0.0 });
            }
        },
    );
}

/// The images of a part, as in the shader.
pub(super) fn images_of(part: usize, shape: &Shape) -> std::ops::Range<usize> {
    let (batch, parts) = (shape.batch as usize, shape.parts as usize);
    part * batch / parts..(part + 1) * batch / parts
}

/// Every part is summed by one thread in order, so that the number of threads does not show.
fn grad_weight(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([x, g], [dw]) = (operands.reads(), operands.writes());
    let (pixels, depth, filters) = (shape.pixels(), shape.depth(), (shape.filters / shape.groups) as usize);
    let (image, result) = (shape.image(), pixels * shape.filters as usize);
    let parts = dw.par_chunks_mut(depth * shape.filters as usize).enumerate();
    parts.for_each_init(
        || shape.room(),
        |room, (part, dw)| {
            dw.fill(0.0);
            for n in images_of(part, &shape) {
                let (x, g) = (&x[n * image..(n + 1) * image], &g[n * result..(n + 1) * result]);
                shape.blocks(|group, block| {
                    let (columns, strides) = shape.columns(x, block, room);
                    let first = block.from * shape.out_width as usize;
                    let size = [filters, block.to * shape.out_width as usize - first, depth];
                    let g = (&g[group * filters * pixels + first..], Strides::rows(pixels));
                    let c = (&mut dw[group * filters * depth..], Strides::rows(depth));
                    product(size, c, g, (columns, strides.transposed()), true);
                });
            }
        },
    );
}

fn grad_bias(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([g], [db]) = (operands.reads(), operands.writes());
    db.iter_mut().zip(g.chunks(shape.pixels())).for_each(|(db, g)| *db = g.iter().sum());
}

fn sum_parts_twin(mut operands: Operands<'_>) {
    let ([parts], [sum]) = (operands.reads(), operands.writes());
    sum.fill(0.0);
    parts.chunks(sum.len()).for_each(|part| sum.iter_mut().zip(part).for_each(|(sum, part)| *sum += part));
}
