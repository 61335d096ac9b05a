//! Horizontal positions of the slots of ordered rows, as close as possible to the mean of their neighbours.
//!
//! The positions of a row minimise the squared distance to the desired positions such that no slots overlap. This is an
//! isotonic regression, which the pool-adjacent-violators algorithm solves.

use super::{Pair, Rows};

/// Minimum distance of two boxes of a row, in pixels.
const GAP: f64 = 14.0;
/// Number of passes in which rows follow only the previous row, and of those in which they follow both adjacent rows.
const ROUGH: usize = 16;
const FINE: usize = 60;

/// For every slot its neighbours, as weight and slot.
type Neighbours = Vec<Vec<(f64, usize)>>;

/// Returns the centre of every slot; the left edge of the leftmost slot is at 0.
pub(super) fn positions(rows: &Rows) -> Vec<f64> {
    let (mut above, mut below) = (vec![Vec::new(); rows.slots.len()], vec![Vec::new(); rows.slots.len()]);
    for Pair { upper, lower, weight } in &rows.pairs {
        above[*lower].push((*weight, *upper));
        below[*upper].push((*weight, *lower));
    }
    let both: Neighbours = above.iter().zip(&below).map(|(above, below)| [above.as_slice(), below].concat()).collect();
    let mut x = vec![0.0; rows.slots.len()];
    for row in &rows.rows {
        row.iter().zip(offsets(rows, row)).for_each(|(slot, offset)| x[*slot] = offset);
    }
    for pass in 0..ROUGH + FINE {
        let fine = pass >= ROUGH;
        match pass % 2 {
            0 => rows.rows.iter().for_each(|row| settle(rows, row, if fine { &both } else { &above }, &mut x)),
            _ => rows.rows.iter().rev().for_each(|row| settle(rows, row, if fine { &both } else { &below }, &mut x)),
        }
    }
    let left = (0..x.len()).map(|slot| x[slot] - rows.slots[slot].width / 2.0).fold(f64::INFINITY, f64::min);
    x.iter().map(|x| x - left).collect()
}

/// Returns the smallest possible positions of the slots of a row, from 0.
fn offsets(rows: &Rows, row: &[usize]) -> Vec<f64> {
    let mut offsets = vec![0.0; row.len()];
    for position in 1..row.len() {
        let [left, right] = [rows.slots[row[position - 1]], rows.slots[row[position]]];
        let gap = if left.bend && right.bend { GAP / 2.0 } else { GAP };
        offsets[position] = offsets[position - 1] + (left.width + right.width) / 2.0 + gap;
    }
    offsets
}

/// Moves the slots of a row as close as possible to the means of their neighbours, without overlaps.
fn settle(rows: &Rows, row: &[usize], neighbours: &Neighbours, x: &mut [f64]) {
    let offsets = offsets(rows, row);
    let mut blocks: Vec<Block> = Vec::new();
    for (slot, offset) in row.iter().zip(&offsets) {
        let add = |(sum, total): (f64, f64), (weight, other): &(f64, usize)| (sum + weight * x[*other], total + weight);
        let (sum, total) = neighbours[*slot].iter().fold((0.0, 0.0), add);
        // Slots without neighbours stay where they are.
        let (desired, weight) = if total > 0.0 { (sum / total, total) } else { (x[*slot], 1e-3) };
        let mut block = Block { sum: weight * (desired - offset), weight, len: 1 };
        while let Some(before) = blocks.pop_if(|before| before.mean() > block.mean()) {
            block = before.merged(block);
        }
        blocks.push(block);
    }
    let means = blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean(), block.len));
    for ((slot, offset), mean) in row.iter().zip(&offsets).zip(means) {
        x[*slot] = mean + offset;
    }
}

/// Adjacent slots that move together.
struct Block {
    sum: f64,
    weight: f64,
    len: usize,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    fn merged(self, next: Self) -> Self {
        Self { sum: self.sum + next.sum, weight: self.weight + next.weight, len: self.len + next.len }
    }
}
