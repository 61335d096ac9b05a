//! Memory layout of a block of images in which a convolution is a sum of shifted products.
//!
//! Every channel of a block is one long row: the padded images one after the other, row by row. Each kernel element
//! then corresponds to a fixed shift: y[f][t] = sum over k of w[f, k] x[k][t + shift(k)] for all pixels of the block,
//! read from the row itself without an im2col matrix. Adjacent rows and images share their padding, so that few
//! positions have no result. A stride s splits an image into s x s phases; each phase is a row of its own, in which
//! adjacent elements are s pixels apart.

use super::Uniforms;

/// Minimum positions per block; longer blocks save little.
const BLOCK: usize = 1 << 10;
/// Maximum elements of a vector register: up to this many are read past the last position.
pub const REACH: usize = 16;

/// The input of a kernel element.
#[derive(Debug, Clone, Copy)]
pub struct Tap {
    /// Index of the phase.
    pub phase: usize,
    /// Positions from a result to its input.
    pub shift: usize,
}

/// The layout of a block of images.
#[derive(Debug)]
pub struct Layout {
    /// Distance of two image rows, in positions.
    pub pitch: usize,
    /// Distance of two images, in positions.
    pub image: usize,
    /// Images per block.
    pub images: usize,
    /// Length of a channel's row, including space for shifts before or after the positions and for vectors.
    pub length: usize,
    /// The largest shift.
    pub margin: usize,
    /// The used phases, as row and column.
    pub phases: Vec<[usize; 2]>,
    /// The kernel elements in order.
    pub taps: Vec<Tap>,
}

/// A segment of an image row: contiguous in the block's row, `stride` apart in the image.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    /// Its first position in the block, relative to the image's first.
    pub at: usize,
    /// Its first pixel in the image.
    pub pixel: usize,
    /// Number of elements.
    pub count: usize,
}

impl Layout {
    pub fn new(shape: &Uniforms) -> Self {
        let [stride, dilation] = [shape.stride, shape.dilation].map(|size| size as usize);
        let side = |len: u32, padding: u32, out: u32| ((len + padding) as usize).div_ceil(stride).max(out as usize);
        let pitch = side(shape.width, shape.padding_width, shape.out_width);
        let image = pitch * side(shape.height, shape.padding_height, shape.out_height);
        let mut phases = Vec::new();
        let mut taps = Vec::new();
        for ky in (0..shape.kernel_height as usize).map(|ky| ky * dilation) {
            for kx in (0..shape.kernel_width as usize).map(|kx| kx * dilation) {
                let position = [ky % stride, kx % stride];
                let phase = phases.iter().position(|phase| *phase == position).unwrap_or(phases.len());
                if phase == phases.len() {
                    phases.push(position);
                }
                taps.push(Tap { phase, shift: ky / stride * pitch + kx / stride });
            }
        }
        let images = (BLOCK / image).clamp(1, (shape.batch as usize).div_ceil(16));
        let margin = taps.iter().map(|tap| tap.shift).max().unwrap_or(0);
        // An odd number of cache lines, so that channels do not map to the same cache sets.
        let length = ((margin + images * image + REACH).div_ceil(REACH) | 1) * REACH;
        Self { pitch, image, images, length, margin, phases, taps }
    }

    /// Iterates over the segments of a phase's rows that are inside an image.
    pub fn runs(&self, shape: &Uniforms, phase: usize) -> impl Iterator<Item = Run> + use<> {
        let [stride, pad_rows, pad_columns] =
            [shape.stride, shape.padding_height, shape.padding_width].map(|size| size as usize);
        let [phase_row, phase_column] = self.phases[phase];
        let first = |phase: usize, padding: usize| padding.saturating_sub(phase).div_ceil(stride);
        let (first_row, column) = (first(phase_row, pad_rows), first(phase_column, pad_columns));
        let pixel = column * stride + phase_column - pad_columns;
        let (height, width, pitch) = (shape.height as usize, shape.width as usize, self.pitch);
        let count = width.saturating_sub(pixel).div_ceil(stride);
        let rows = (first_row..).map(move |row| (row, row * stride + phase_row - pad_rows));
        let rows = rows.take_while(move |(_, y)| *y < height && count > 0);
        rows.map(move |(row, y)| Run { at: row * pitch + column, pixel: y * width + pixel, count })
    }

    /// Copies images to rows, with the ReLU if there is one. Padding is not written.
    #[inline(always)]
    pub fn pack(&self, shape: &Uniforms, images: &[f32], rows: &mut [f32]) {
        let (stride, relu) = (shape.stride as usize, shape.relu != 0);
        for (n, image) in images.chunks(shape.image()).enumerate() {
            let planes = image.chunks((shape.height * shape.width) as usize);
            for (plane, rows) in planes.zip(rows.chunks_mut(self.length * self.phases.len())) {
                for (phase, row) in rows.chunks_mut(self.length).enumerate() {
                    for run in self.runs(shape, phase) {
                        let to = &mut row[n * self.image + run.at..][..run.count];
                        let from = &plane[run.pixel..];
                        match (stride, relu) {
                            (1, false) => to.copy_from_slice(&from[..run.count]),
                            (1, true) => to.iter_mut().zip(from).for_each(|(to, from)| *to = from.max(0.0)),
                            (_, relu) => {
                                let from = from.iter().step_by(stride);
                                to.iter_mut().zip(from).for_each(|(to, x)| *to = if relu { x.max(0.0) } else { *x });
                            }
                        }
                    }
                }
            }
        }
    }

    /// Copies rows of input pixels to images, the inverse of [`Layout::pack`], for one phase and the channels of a
    /// group from `channel` on.
    #[inline(always)]
    pub fn unpack(&self, shape: &Uniforms, phase: usize, channel: usize, rows: &[f32], images: &mut [f32]) {
        let (stride, plane) = (shape.stride as usize, (shape.height * shape.width) as usize);
        for (n, image) in images.chunks_mut(shape.image()).enumerate() {
            for (plane, row) in image[channel * plane..].chunks_mut(plane).zip(rows.chunks(self.length)) {
                for run in self.runs(shape, phase) {
                    let from = &row[n * self.image + run.at..][..run.count];
                    if stride == 1 {
                        plane[run.pixel..][..run.count].copy_from_slice(from);
                    } else {
                        let to = plane[run.pixel..].iter_mut().step_by(stride);
                        to.zip(from).for_each(|(to, from)| *to = *from);
                    }
                }
            }
        }
    }

    /// Copies results to rows from position `start` on. Positions without a result are not written.
    #[inline(always)]
    pub fn pack_results(&self, shape: &Uniforms, results: &[f32], start: usize, rows: &mut [f32]) {
        let (pixels, width) = (shape.pixels(), shape.out_width as usize);
        for (n, result) in results.chunks(pixels * shape.filters as usize).enumerate() {
            for (plane, row) in result.chunks(pixels).zip(rows.chunks_mut(self.length)) {
                let row = &mut row[start + n * self.image..];
                for (from, to) in plane.chunks(width).zip(row.chunks_mut(self.pitch)) {
                    to[..width].copy_from_slice(from);
                }
            }
        }
    }

    /// Copies rows of a group's filters to results, from filter `first` on.
    #[inline(always)]
    pub fn unpack_results(&self, shape: &Uniforms, first: usize, rows: &[f32], results: &mut [f32]) {
        let (pixels, width) = (shape.pixels(), shape.out_width as usize);
        for (n, result) in results.chunks_mut(pixels * shape.filters as usize).enumerate() {
            for (plane, row) in result[first * pixels..].chunks_mut(pixels).zip(rows.chunks(self.length)) {
                let row = &row[n * self.image..];
                for (to, from) in plane.chunks_mut(width).zip(row.chunks(self.pitch)) {
                    to.copy_from_slice(&from[..width]);
                }
            }
        }
    }
}
