//! The twins: each task converts a block of images to rows ([`Layout`]) and sums them in tiles ([`Sums`],
//! [`Products`]).

use super::Uniforms;
use super::layout::{Layout, Tap};
use super::tile::{Panels, Products, Sums};
use crate::kernel::operands::Operands;
use crate::kernel::small::vectorized;
use pulp::Arch;
use rayon::prelude::*;
use std::ops::Range;

impl Uniforms {
    /// Returns the filters, channels and kernel elements of a group.
    fn group(&self) -> [usize; 3] {
        [self.filters / self.groups, self.channels / self.groups, self.kernel_height * self.kernel_width]
            .map(|count| count as usize)
    }

    /// Returns the elements of an image.
    pub(super) fn image(&self) -> usize {
        (self.channels * self.height * self.width) as usize
    }

    /// Returns the elements of a filter's result.
    pub(super) fn pixels(&self) -> usize {
        (self.out_height * self.out_width) as usize
    }

    /// Returns the elements of an image's result.
    fn result(&self) -> usize {
        self.pixels() * self.filters as usize
    }

    /// Returns the images of a part, as in the shader.
    fn part_images(&self, part: usize) -> Range<usize> {
        let (batch, parts) = (self.batch as usize, self.parts as usize);
        part * batch / parts..(part + 1) * batch / parts
    }
}

/// Returns the start of the row of every channel and kernel element of a group.
fn offsets(layout: &Layout, channels: usize) -> Vec<usize> {
    let row = |channel, tap: &Tap| (channel * layout.phases.len() + tap.phase) * layout.length + tap.shift;
    (0..channels).flat_map(|channel| layout.taps.iter().map(move |tap| row(channel, tap))).collect()
}

pub fn forward(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, w, bias], [y]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, window] = shape.group();
    let depth = channels * window;
    let groups = w.chunks(filters * depth).map(|w| Panels::new(filters, depth, |f, k| w[f * depth + k]));
    let (groups, offsets) = (groups.collect::<Vec<_>>(), offsets(&layout, channels));
    let group_rows = channels * layout.phases.len() * layout.length;
    let buffers = || (vec![0.0; group_rows * groups.len()], vec![0.0; filters * layout.length]);
    let blocks = y.par_chunks_mut(layout.images * shape.result()).zip(x.par_chunks(layout.images * shape.image()));
    blocks.for_each_init(buffers, |(rows, sums), (y, x)| {
        vectorized(|| layout.pack(&shape, x, rows));
        let count = y.len() / shape.result() * layout.image;
        for (group, (panels, x)) in groups.iter().zip(rows.chunks(group_rows)).enumerate() {
            let first = group * filters;
            let start = if shape.bias != 0 { &bias[first..first + filters] } else { &[] };
            let (offsets, length) = (&offsets[..], layout.length);
            Arch::new().dispatch(Sums { panels, x, offsets, start, y: sums, length, count });
            layout.unpack_results(&shape, first, sums, y);
        }
    });
}

/// The terms of the input gradients of a phase.
struct Phase {
    /// The weights of every group, with a row per channel.
    groups: Vec<Panels>,
    /// Start of the row of every filter and kernel element of the phase.
    offsets: Vec<usize>,
}

impl Phase {
    fn new(shape: &Uniforms, layout: &Layout, phase: usize, w: &[f32]) -> Self {
        let [filters, channels, window] = shape.group();
        let taps: Vec<_> = (0..window).filter(|tap| layout.taps[*tap].phase == phase).collect();
        let row = |filter, tap: &usize| filter * layout.length + layout.margin - layout.taps[*tap].shift;
        let offsets = (0..filters).flat_map(|filter| taps.iter().map(move |tap| row(filter, tap))).collect();
        let panels = |w: &[f32]| {
            Panels::new(channels, filters * taps.len(), |channel, k| {
                w[(k / taps.len() * channels + channel) * window + taps[k % taps.len()]]
            })
        };
        Self { groups: w.chunks(filters * channels * window).map(panels).collect(), offsets }
    }
}

pub fn grad_input(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([g, w, x], [dx]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, _] = shape.group();
    let phases: Vec<_> = (0..layout.phases.len()).map(|phase| Phase::new(&shape, &layout, phase, w)).collect();
    let all_phases = phases.len() == (shape.stride * shape.stride) as usize;
    let buffers = || (vec![0.0; shape.filters as usize * layout.length], vec![0.0; channels * layout.length]);
    let (images, results) = (layout.images * shape.image(), layout.images * shape.result());
    let blocks = dx.par_chunks_mut(images).zip(x.par_chunks(images)).zip(g.par_chunks(results));
    blocks.for_each_init(buffers, |(rows, sums), ((dx, x), g)| {
        if !all_phases {
            dx.fill(0.0);
        }
        layout.pack_results(&shape, g, layout.margin, rows);
        let (length, count) = (layout.length, g.len() / shape.result() * layout.image);
        for (index, phase) in phases.iter().enumerate() {
            for (group, panels) in phase.groups.iter().enumerate() {
                let (x, offsets) = (&rows[group * filters * length..], &phase.offsets[..]);
                Arch::new().dispatch(Sums { panels, x, offsets, start: &[], y: sums, length, count });
                vectorized(|| layout.unpack(&shape, index, group * channels, sums, dx));
            }
        }
        if shape.relu != 0 {
            let mask = |(dx, x): (&mut f32, &f32)| *dx = if *x > 0.0 { *dx } else { 0.0 };
            vectorized(|| dx.iter_mut().zip(x).for_each(mask));
        }
    });
}

/// Every part is summed by one thread in order, so that the result does not depend on the number of threads.
pub fn grad_weight(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, g], [dw]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, window] = shape.group();
    let offsets = offsets(&layout, channels);
    let (group_rows, length) = (channels * layout.phases.len() * layout.length, layout.length);
    let groups = shape.groups as usize;
    let buffers = || (vec![0.0; group_rows * groups], vec![0.0; shape.filters as usize * length]);
    let parts = dw.par_chunks_mut(shape.filters as usize * channels * window).enumerate();
    parts.for_each_init(buffers, |(rows, results), (part, dw)| {
        dw.fill(0.0);
        let Range { start, end } = shape.part_images(part);
        for from in (start..end).step_by(layout.images) {
            let images = layout.images.min(end - from);
            if images < layout.images {
                // The content of an earlier block must not be summed.
                rows.fill(0.0);
                results.fill(0.0);
            }
            let range = |len: usize| from * len..(from + images) * len;
            vectorized(|| layout.pack(&shape, &x[range(shape.image())], rows));
            layout.pack_results(&shape, &g[range(shape.result())], 0, results);
            let blocks = rows.chunks(group_rows).zip(results.chunks(filters * length));
            for ((x, g), w) in blocks.zip(dw.chunks_mut(filters * channels * window)) {
                let (offsets, count) = (&offsets[..], images * layout.image);
                Arch::new().dispatch(Products { w, g, length, x, offsets, count });
            }
        }
    });
}

/// Lanes of a vectorised sum.
const LANES: usize = 16;

pub fn grad_bias(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([g], [db]) = (operands.reads(), operands.writes());
    db.par_iter_mut().zip(g.par_chunks(shape.pixels())).with_min_len(LANES).for_each(|(db, g)| {
        *db = vectorized(|| {
            let (vectors, rest) = g.as_chunks::<LANES>();
            let mut sums = [0.0; LANES];
            vectors.iter().for_each(|x| sums.iter_mut().zip(x).for_each(|(sum, x)| *sum += x));
            sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
        });
    });
}
