//! Where the slots of ordered rows stand: as near as they can to the middle of what they are joined to.
//!
//! A row's places are those that miss the wanted ones by the least squares without two slots overlapping: an isotonic
//! regression, which pooling adjacent violators solves.

use super::{Pair, Rows};

/// Pixels between two boxes of a row.
const GAP: f64 = 14.0;
/// Passes down and up over the rows in which rows follow the one before, and those in which they follow both sides.
const ROUGH: usize = 16;
const FINE: usize = 60;

/// The weights and slots of what a slot is joined to.
type Joined = Vec<Vec<(f64, usize)>>;

/// The middle of every slot; the leftmost slot begins at 0.
pub(super) fn place(rows: &Rows) -> Vec<f64> {
    let (mut above, mut below) = (vec![Vec::new(); rows.slots.len()], vec![Vec::new(); rows.slots.len()]);
    for Pair { upper, lower, weight } in &rows.pairs {
        above[*lower].push((*weight, *upper));
        below[*upper].push((*weight, *lower));
    }
    let both: Joined = above.iter().zip(&below).map(|(above, below)| [above.as_slice(), below].concat()).collect();
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

/// The places of a row's slots side by side, from 0.
fn offsets(rows: &Rows, row: &[usize]) -> Vec<f64> {
    let mut offsets = vec![0.0; row.len()];
    for place in 1..row.len() {
        let [left, right] = [rows.slots[row[place - 1]], rows.slots[row[place]]];
        let gap = if left.bend && right.bend { GAP / 2.0 } else { GAP };
        offsets[place] = offsets[place - 1] + (left.width + right.width) / 2.0 + gap;
    }
    offsets
}

/// Moves the slots of a row to the means of what they are joined to, as far as there is room.
fn settle(rows: &Rows, row: &[usize], joined: &Joined, x: &mut [f64]) {
    let offsets = offsets(rows, row);
    let mut blocks: Vec<Block> = Vec::new();
    for (slot, offset) in row.iter().zip(&offsets) {
        let add = |(sum, total): (f64, f64), (weight, other): &(f64, usize)| (sum + weight * x[*other], total + weight);
        let (sum, total) = joined[*slot].iter().fold((0.0, 0.0), add);
        // What is joined to nothing stays where it is.
        let (wanted, weight) = if total > 0.0 { (sum / total, total) } else { (x[*slot], 1e-3) };
        let mut block = Block { sum: weight * (wanted - offset), weight, len: 1 };
        while let Some(before) = blocks.pop_if(|before| before.mean() > block.mean()) {
            block = before.with(block);
        }
        blocks.push(block);
    }
    let means = blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean(), block.len));
    for ((slot, offset), mean) in row.iter().zip(&offsets).zip(means) {
        x[*slot] = mean + offset;
    }
}

/// Slots that touch and move together.
struct Block {
    sum: f64,
    weight: f64,
    len: usize,
}

impl Block {
    fn mean(&self) -> f64 {
        self.sum / self.weight
    }

    fn with(self, next: Self) -> Self {
        Self { sum: self.sum + next.sum, weight: self.weight + next.weight, len: self.len + next.len }
    }
}
