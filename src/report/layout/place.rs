//! Where the slots of ordered rows stand: as near as they can to the middle of what they are joined to.
//!
//! A row's places are those that miss the wanted ones by the least squares without two slots overlapping: an isotonic
//! regression, which pooling adjacent violators solves.

use super::Rows;
use super::order::neighbours;

/// Pixels between two boxes of a row.
const GAP: f64 = 14.0;
/// Passes down and up over the rows.
const PASSES: usize = 40;

/// The middle of every slot; the leftmost slot begins at 0.
pub(super) fn place(rows: &Rows) -> Vec<f64> {
    let (above, below) = neighbours(rows);
    let mut x = vec![0.0; rows.slots.len()];
    for row in &rows.rows {
        let offsets = offsets(rows, row);
        row.iter().zip(&offsets).for_each(|(slot, offset)| x[*slot] = *offset);
    }
    for pass in 0..PASSES {
        let last = pass + 2 > PASSES;
        let step = |row: usize, x: &mut Vec<f64>| {
            let joined = |slot: usize| match (last, pass % 2) {
                (true, _) => above[slot].iter().chain(&below[slot]),
                (_, 0) => above[slot].iter().chain(&[]),
                _ => below[slot].iter().chain(&[]),
            };
            settle(rows, row, joined, x);
        };
        match pass % 2 {
            0 => (0..rows.rows.len()).for_each(|row| step(row, &mut x)),
            _ => (0..rows.rows.len()).rev().for_each(|row| step(row, &mut x)),
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

/// How much an arrow wants to be straight: the more, the longer it runs.
fn weight(rows: &Rows, a: usize, b: usize) -> f64 {
    match (rows.slots[a].bend, rows.slots[b].bend) {
        (true, true) => 8.0,
        (false, false) => 1.0,
        _ => 2.0,
    }
}

/// Moves the slots of a row to the means of what they are joined to, as far as there is room.
fn settle<'a, I: Iterator<Item = &'a usize>>(rows: &Rows, row: usize, joined: impl Fn(usize) -> I, x: &mut [f64]) {
    let slots = &rows.rows[row];
    let offsets = offsets(rows, slots);
    let mut blocks: Vec<Block> = Vec::new();
    for (slot, offset) in slots.iter().zip(&offsets) {
        let weights = joined(*slot).map(|other| (weight(rows, *slot, *other), x[*other]));
        let (sum, total) = weights.fold((0.0, 0.0), |(sum, total), (weight, x)| (sum + weight * x, total + weight));
        // What is joined to nothing stays where it is.
        let (wanted, weight) = if total > 0.0 { (sum / total, total) } else { (x[*slot], 1e-3) };
        let mut block = Block { sum: weight * (wanted - offset), weight, len: 1 };
        while let Some(before) = blocks.pop_if(|before| before.mean() > block.mean()) {
            block = before.with(block);
        }
        blocks.push(block);
    }
    let means = blocks.iter().flat_map(|block| std::iter::repeat_n(block.mean(), block.len));
    for ((slot, offset), mean) in slots.iter().zip(&offsets).zip(means) {
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
