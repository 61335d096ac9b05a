//! Gathering and summing rows against their twins, and the twins against loops.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::segment::{gather, segment_sum, table, table_len};
use rand::RngExt;
use rand::rngs::StdRng;

/// (indices, segments, width): one, more segments than rows, one large segment, wide rows.
const SIZES: &[[usize; 3]] = &[[1, 1, 1], [5, 20, 3], [100, 1, 7], [300, 40, 5], [17, 9, 130], [1000, 300, 1]];

/// Returns random indices, some of them outside.
fn indices(rng: &mut StdRng, count: usize, segments: usize) -> Vec<u32> {
    (0..count).map(|_| rng.random_range(0..segments as u32 + 2)).collect()
}

fn as_floats(table: &[u32]) -> Vec<f32> {
    table.iter().map(|number| f32::from_bits(*number)).collect()
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(25);
    let mut cases = Vec::new();
    for [count, segments, width] in SIZES.iter().copied() {
        let table = as_floats(&table(&indices(&mut rng, count, segments), segments));
        let (few, many) = (uniform(&mut rng, segments * width), uniform(&mut rng, count * width));
        cases.push(Case::new(gather(count, segments, width), vec![few, table.clone(), unwritten(count * width)]));
        let operands = vec![many, table, unwritten(segments * width)];
        cases.push(Case::new(segment_sum(count, segments, width), operands));
    }
    cases
}

#[test]
fn a_table_lists_positions_by_segment() {
    let indices = [2, 0, 2, 9, 1];
    let expected = [&indices[..], &[1, 4, 0, 2, 3], &[0, 1, 2, 4, 4]].concat();
    assert_eq!(table(&indices, 4), expected);
    assert_eq!(table_len(5, 4), expected.len());
    assert_eq!(table(&[], 2), [0, 0, 0]);
}

#[test]
fn the_twins_agree_with_loops() {
    let mut rng = rng(26);
    for [count, segments, width] in SIZES.iter().copied() {
        let indices = indices(&mut rng, count, segments);
        let numbers = as_floats(&table(&indices, segments));
        let (few, many) = (uniform(&mut rng, segments * width), uniform(&mut rng, count * width));
        let mut sums = vec![0.0; segments * width];
        let mut gathered = vec![0.0; count * width];
        for (i, index) in indices.iter().map(|index| *index as usize).enumerate().filter(|(_, s)| *s < segments) {
            for c in 0..width {
                sums[index * width + c] += many[i * width + c];
                gathered[i * width + c] = few[index * width + c];
            }
        }
        let run = |call, x, len| Case::new(call, vec![x, numbers.clone(), unwritten(len)]).run(&Device::Cpu).remove(0);
        assert_eq!(run(segment_sum(count, segments, width), many, segments * width), sums);
        assert_eq!(run(gather(count, segments, width), few, count * width), gathered);
    }
}
