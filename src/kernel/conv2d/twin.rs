//! The twins: blocks of images as rows ([`Layout`]), sums of them in tiles ([`Sums`], [`Products`]), a block a task.

use super::Shape;
use super::layout::{Layout, Tap};
use super::tile::{Panels, Products, Sums};
use crate::kernel::operands::Operands;
use crate::kernel::small::vectorized;
use pulp::Arch;
use rayon::prelude::*;
use std::ops::Range;

impl Shape {
    /// Filters, channels and window places of a group.
    fn group(&self) -> [usize; 3] {
        [self.filters / self.groups, self.channels / self.groups, self.kernel_height * self.kernel_width]
            .map(|count| count as usize)
    }

    /// Numbers of an image.
    pub(super) fn image(&self) -> usize {
        (self.channels * self.height * self.width) as usize
    }

    /// Numbers of a filter's result.
    pub(super) fn pixels(&self) -> usize {
        (self.out_height * self.out_width) as usize
    }

    /// Numbers of an image's result.
    fn result(&self) -> usize {
        self.pixels() * self.filters as usize
    }

    /// The images of a part, as in the shader.
    fn images_of(&self, part: usize) -> Range<usize> {
        let (batch, parts) = (self.batch as usize, self.parts as usize);
        part * batch / parts..(part + 1) * batch / parts
    }
}

/// Where the row of every channel and window place of a group starts.
fn offsets(layout: &Layout, channels: usize) -> Vec<usize> {
    let row = |channel, tap: &Tap| (channel * layout.phases.len() + tap.phase) * layout.length + tap.shift;
    (0..channels).flat_map(|channel| layout.taps.iter().map(move |tap| row(channel, tap))).collect()
}

pub fn forward(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([x, w, bias], [y]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, window] = shape.group();
    let depth = channels * window;
    let groups = w.chunks(filters * depth).map(|w| Panels::new(filters, depth, |f, k| w[f * depth + k]));
    let (groups, offsets) = (groups.collect::<Vec<_>>(), offsets(&layout, channels));
    let rows_of_group = channels * layout.phases.len() * layout.length;
    let room = || (vec![0.0; rows_of_group * groups.len()], vec![0.0; filters * layout.length]);
    let blocks = y.par_chunks_mut(layout.images * shape.result()).zip(x.par_chunks(layout.images * shape.image()));
    blocks.for_each_init(room, |(rows, sums), (y, x)| {
        vectorized(|| layout.pack(&shape, x, rows));
        let count = y.len() / shape.result() * layout.image;
        for (group, (panels, x)) in groups.iter().zip(rows.chunks(rows_of_group)).enumerate() {
            let first = group * filters;
            let start = if shape.bias != 0 { &bias[first..first + filters] } else { &[] };
            let (offsets, length) = (&offsets[..], layout.length);
            Arch::new().dispatch(Sums { panels, x, offsets, start, y: sums, length, count });
            layout.unpack_results(&shape, first, sums, y);
        }
    });
}

/// What the gradients of a phase of the input are sums of.
struct Phase {
    /// The weights, a row for every channel, for every group.
    groups: Vec<Panels>,
    /// Where the row of every filter and window place of the phase starts.
    offsets: Vec<usize>,
}

impl Phase {
    fn new(shape: &Shape, layout: &Layout, phase: usize, w: &[f32]) -> Self {
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
    let shape: Shape = operands.params();
    let ([g, w, x], [dx]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, _] = shape.group();
    let phases: Vec<_> = (0..layout.phases.len()).map(|phase| Phase::new(&shape, &layout, phase, w)).collect();
    let whole = phases.len() == (shape.stride * shape.stride) as usize;
    let room = || (vec![0.0; shape.filters as usize * layout.length], vec![0.0; channels * layout.length]);
    let (images, results) = (layout.images * shape.image(), layout.images * shape.result());
    let blocks = dx.par_chunks_mut(images).zip(x.par_chunks(images)).zip(g.par_chunks(results));
    blocks.for_each_init(room, |(rows, sums), ((dx, x), g)| {
        if !whole {
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

/// Every part is summed by one thread in order, so that the number of threads does not show.
pub fn grad_weight(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([x, g], [dw]) = (operands.reads(), operands.writes());
    let layout = Layout::new(&shape);
    let [filters, channels, window] = shape.group();
    let offsets = offsets(&layout, channels);
    let (rows_of_group, length) = (channels * layout.phases.len() * layout.length, layout.length);
    let groups = shape.groups as usize;
    let room = || (vec![0.0; rows_of_group * groups], vec![0.0; shape.filters as usize * length]);
    let parts = dw.par_chunks_mut(shape.filters as usize * channels * window).enumerate();
    parts.for_each_init(room, |(rows, results), (part, dw)| {
        dw.fill(0.0);
        let Range { start, end } = shape.images_of(part);
        for from in (start..end).step_by(layout.images) {
            let images = layout.images.min(end - from);
            if images < layout.images {
                // What an earlier block left behind must not be summed.
                rows.fill(0.0);
                results.fill(0.0);
            }
            let of = |numbers: usize| from * numbers..(from + images) * numbers;
            vectorized(|| layout.pack(&shape, &x[of(shape.image())], rows));
            layout.pack_results(&shape, &g[of(shape.result())], 0, results);
            let blocks = rows.chunks(rows_of_group).zip(results.chunks(filters * length));
            for ((x, g), w) in blocks.zip(dw.chunks_mut(filters * channels * window)) {
                let (offsets, count) = (&offsets[..], images * layout.image);
                Arch::new().dispatch(Products { w, g, length, x, offsets, count });
            }
        }
    });
}

/// Lanes of a sum that vectors can take.
const LANES: usize = 16;

pub fn grad_bias(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
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
