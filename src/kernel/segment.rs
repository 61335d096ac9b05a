//! Rows by index and sums of the rows that share one (`shaders/segment.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::lanes::each_row;
use super::operands::{Operands, whole};
use bytemuck::{Pod, Zeroable};

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Shape {
    count: u32,
    segments: u32,
    width: u32,
}

impl Shape {
    fn new(count: usize, segments: usize, width: usize) -> Self {
        Self { count: count as u32, segments: segments as u32, width: width as u32 }
    }
}

/// Whole numbers of a table of `count` indices into `segments` rows.
#[must_use]
pub fn table_len(count: usize, segments: usize) -> usize {
    2 * count + segments + 1
}

/// The table of these indices: the indices, their places sorted by index, where each segment's places start, the end.
///
/// An index that is no segment's belongs nowhere: it gathers zeros, and no sum counts its row. It fills up a table that
/// is larger than its batch.
#[must_use]
pub fn table(indices: &[u32], segments: usize) -> Vec<u32> {
    let inside = |place: &u32| (indices[*place as usize] as usize) < segments;
    let mut places: Vec<u32> = (0..indices.len() as u32).collect();
    // Stable, so that sums are taken in the order of the rows; those outside come last.
    places.sort_by_key(|place| indices[*place as usize]);
    let mut starts = vec![0; segments + 1];
    places.iter().filter(|place| inside(place)).for_each(|place| starts[indices[*place as usize] as usize + 1] += 1);
    for segment in 0..segments {
        starts[segment + 1] += starts[segment];
    }
    [indices, &places, &starts].concat()
}

/// y\[i\] = x\[index\[i\]\] for rows of `width` numbers. Operands: x of segments rows, a [`table`], y of count rows.
#[must_use]
pub fn gather(count: usize, segments: usize, width: usize) -> Call {
    Call::new(&GATHER, &Shape::new(count, segments, width), Extent::Items(count * width), 0)
}

/// y\[s\] = sum of all x\[i\] with index\[i\] = s. Operands: x of count rows, a [`table`], y of segments rows.
#[must_use]
pub fn segment_sum(count: usize, segments: usize, width: usize) -> Call {
    let shape = Shape::new(count, segments, width);
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
    let shape: Shape = operands.params();
    let ([x, table], [y]) = (operands.reads(), operands.writes());
    let (table, width, work) = (whole(table), shape.width as usize, y.len());
    each_row(y, width, work, |i, y| match x.chunks(width).nth(table[i] as usize) {
        Some(row) => y.copy_from_slice(row),
        None => y.fill(0.0),
    });
}

fn segment_sum_twin(mut operands: Operands<'_>) {
    let shape: Shape = operands.params();
    let ([x, table], [y]) = (operands.reads(), operands.writes());
    let (count, width) = (shape.count as usize, shape.width as usize);
    let (places, starts) = whole(table)[count..].split_at(count);
    each_row(y, width, x.len(), |segment, y| {
        y.fill(0.0);
        let end = (starts[segment + 1] as usize).min(count);
        let places = places.get(starts[segment] as usize..end).unwrap_or_default();
        for row in places.iter().filter_map(|place| x.chunks(width).nth(*place as usize)) {
            y.iter_mut().zip(row).for_each(|(y, x)| *y += x);
        }
    });
}
