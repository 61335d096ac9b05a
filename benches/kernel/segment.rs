//! Gathering and summing rows by index: 16,384 edges of 1,024 nodes, 64 elements each.

use super::common;
use criterion::Criterion;
use graphpnas::device::Device;
use graphpnas::kernel::segment::{gather, segment_sum, table};

pub fn bench(criterion: &mut Criterion, device: &Device) {
    let (count, segments, width) = (16_384, 1_024, 64);
    let indices: Vec<_> = (0..count as u32).map(|i| i * 7919 % segments as u32).collect();
    let table: Vec<_> = table(&indices, segments).into_iter().map(f32::from_bits).collect();
    let (few, many) = (vec![0.5; segments * width], vec![0.5; count * width]);
    let operands = [few.clone(), table.clone(), many.clone()];
    common::bench_with(criterion, device, "16384x64", gather(count, segments, width), &operands);
    common::bench_with(criterion, device, "16384x64", segment_sum(count, segments, width), &[many, table, few]);
}
