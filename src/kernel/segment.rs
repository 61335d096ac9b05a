//! Gathering of rows by index, and sums of the rows with the same index (`shaders/segment.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::lanes::each_row;
use super::operands::{Operands, integers};
use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    count: u32,
    segments: u32,
    width: u32,
}

impl Uniforms {
    fn new(count: usize, segments: usize, width: usize) -> Self {
        Self { count: count as u32, segments: segments as u32, width: width as u32 }
    }
}

/// Returns the number of integers of a table of `count` indices into `segments` rows.
#[must_use]
pub fn table_len(count: usize, segments: usize) -> usize {
    2 * count + segments + 1
}

/// Returns the table of these indices: the indices, their positions sorted by index, the start of each segment's
/// positions, and the end.
///
/// Indices outside the segments are padding: they gather zeros, and their rows are not summed.
#[must_use]
pub fn table(indices: &[u32], segments: usize) -> Vec<u32> {
    let inside = |position: &u32| (indices[*position as usize] as usize) < segments;
    let mut positions: Vec<u32> = (0..indices.len() as u32).collect();
    // A stable sort, so that rows are summed in order; indices outside the segments come last.
    positions.sort_by_key(|position| indices[*position as usize]);
    let mut starts = vec![0; segments + 1];
    positions
        .iter()
        .filter(|position| inside(position))
        .for_each(|position| starts[indices[*position as usize] as usize + 1] += 1);
    for segment in 0..segments {
        starts[segment + 1] += starts[segment];
    }
    [indices, &positions, &starts].concat()
}

/// Computes y\[i\] = x\[index\[i\]\] for rows of `width` elements. Operands: x `[segments, width]`, a [`table`], y
/// `[count, width]`.
#[must_use]
pub fn gather(count: usize, segments: usize, width: usize) -> Call {
    Call::new(&GATHER, &Uniforms::new(count, segments, width), Extent::Items(count * width), 0)
}

/// Computes y\[s\] = sum of all x\[i\] with index\[i\] = s. Operands: x `[count, width]`, a [`table`], y
/// `[segments, width]`.
#[must_use]
pub fn segment_sum(count: usize, segments: usize, width: usize) -> Call {
    let shape = Uniforms::new(count, segments, width);
    Call::new(&SEGMENT_SUM, &shape, Extent::Items(segments * width), count * width)
}

const TWO: &[Access] = &[Access::Read, Access::Read, Access::Write];

const fn kernel(name: &'static str, twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/segment.wgsl"), access: TWO, twin }
}

static GATHER: Kernel = kernel("segment.gather", gather_twin);
static SEGMENT_SUM: Kernel = kernel("segment.segment_sum", segment_sum_twin);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&GATHER, &SEGMENT_SUM];

fn gather_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, table], [y]) = (operands.reads(), operands.writes());
    let (table, width, work) = (integers(table), shape.width as usize, y.len());
    each_row(y, width, work, |i, y| match x.chunks(width).nth(table[i] as usize) {
        Some(row) => y.copy_from_slice(row),
        None => y.fill(0.0),
    });
}

fn segment_sum_twin(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([x, table], [y]) = (operands.reads(), operands.writes());
    let (count, width) = (shape.count as usize, shape.width as usize);
    let (positions, starts) = integers(table)[count..].split_at(count);
    each_row(y, width, x.len(), |segment, y| {
        y.fill(0.0);
        let end = (starts[segment + 1] as usize).min(count);
        let positions = positions.get(starts[segment] as usize..end).unwrap_or_default();
        for row in positions.iter().filter_map(|position| x.chunks(width).nth(*position as usize)) {
            y.iter_mut().zip(row).for_each(|(y, x)| *y += x);
        }
    });
}
