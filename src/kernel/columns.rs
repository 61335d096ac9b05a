//! Images as matrices of columns: the implicit matrix product of a convolution, a few rows of an image at a time.

use super::conv2d::Shape;

/// Numbers of a block of columns, so that it stays in a core's second-level cache.
const BLOCK: usize = 1 << 16;

/// A range of output rows, and the channels of one group.
#[derive(Debug, Clone, Copy)]
pub struct Block {
    /// First channel of the group.
    pub channel: usize,
    /// Channels of the group.
    pub channels: usize,
    /// First output row.
    pub from: usize,
    /// Past the last output row.
    pub to: usize,
}

impl Shape {
    /// Rows of the matrix of columns: one per channel of a group and place in the window.
    pub(super) fn depth(&self) -> usize {
        (self.channels / self.groups * self.kernel_height * self.kernel_width) as usize
    }

    /// Output rows of a block.
    pub(super) fn block_rows(&self) -> usize {
        (BLOCK / (self.depth() * self.out_width as usize).max(1)).clamp(1, self.out_height as usize)
    }

    /// Whether the image is its own matrix of columns.
    pub(super) fn direct(&self) -> bool {
        let one = self.kernel_height == 1 && self.kernel_width == 1 && self.stride == 1 && self.padding == 0;
        one && self.relu == 0
    }

    /// The outputs `from..to` of `count` that meet the input of length `len` at window place `tap`.
    fn inside(&self, tap: usize, count: usize, len: usize) -> (usize, usize, isize) {
        let (stride, start) = (self.stride as isize, (tap * self.dilation as usize) as isize - self.padding as isize);
        let from = if start >= 0 { 0 } else { (-start + stride - 1) / stride };
        let to = (len as isize - start + stride - 1).max(0) / stride;
        let from = from.min(count as isize);
        (from as usize, (to.min(count as isize)).max(from) as usize, start)
    }

    /// Calls `f` with every pair of rows that meet: where the row of columns starts, where the row of the image starts,
    /// and the range of outputs `from..to` whose input is `start + stride * output`; the rest of the row is padding.
    fn rows(&self, block: Block, mut f: impl FnMut(usize, Option<usize>, (usize, usize, isize))) {
        let (height, width) = (self.height as usize, self.width as usize);
        let (out, mut at) = (self.out_width as usize, 0);
        for channel in block.channel..block.channel + block.channels {
            for ky in 0..self.kernel_height as usize {
                for kx in 0..self.kernel_width as usize {
                    let range = self.inside(kx, out, width);
                    for oy in block.from..block.to {
                        let y = (oy * self.stride as usize + ky * self.dilation as usize)
                            .checked_sub(self.padding as usize)
                            .filter(|y| *y < height);
                        f(at, y.map(|y| (channel * height + y) * width), range);
                        at += out;
                    }
                }
            }
        }
    }

    /// Writes the block's columns of one image, through the ReLU prologue if there is one.
    pub(super) fn gather(&self, image: &[f32], block: Block, columns: &mut [f32]) {
        let (stride, out, relu) = (self.stride as usize, self.out_width as usize, self.relu != 0);
        self.rows(block, |at, row, (from, to, start)| {
            let line = &mut columns[at..at + out];
            let Some(row) = row.filter(|_| from < to) else { return line.fill(0.0) };
            line[..from].fill(0.0);
            line[to..].fill(0.0);
            let first = (row as isize + start + (from * stride) as isize) as usize;
            let line = &mut line[from..to];
            if stride == 1 {
                line.copy_from_slice(&image[first..first + to - from]);
            } else {
                line.iter_mut().zip(image[first..].iter().step_by(stride)).for_each(|(y, x)| *y = *x);
            }
            if relu {
                line.iter_mut().for_each(|x| *x = x.max(0.0));
            }
        });
    }

    /// Adds the block's columns back into one image.
    pub(super) fn scatter(&self, columns: &[f32], block: Block, image: &mut [f32]) {
        let stride = self.stride as usize;
        self.rows(block, |at, row, (from, to, start)| {
            let Some(row) = row.filter(|_| from < to) else { return };
            let first = (row as isize + start + (from * stride) as isize) as usize;
            let line = &columns[at + from..at + to];
            if stride == 1 {
                image[first..first + to - from].iter_mut().zip(line).for_each(|(x, y)| *x += y);
            } else {
                image[first..].iter_mut().step_by(stride).zip(line).for_each(|(x, y)| *x += y);
            }
        });
    }
}
