//! The order of slots within rows: barycentre sweeps down and up; the order with the fewest crossings is used.

use super::{Pair, Rows};

/// Number of sweeps, alternately down and up.
const SWEEPS: usize = 24;

/// Orders the slots of all rows.
pub(super) fn order(rows: &mut Rows) {
    let (above, below) = neighbours(rows);
    let mut best = (crossings(rows, &below), rows.rows.clone());
    for sweep in 0..SWEEPS {
        let count = rows.rows.len();
        if sweep % 2 == 0 {
            (1..count).for_each(|row| by_barycentre(rows, row, row - 1, &above));
        } else {
            (0..count.saturating_sub(1)).rev().for_each(|row| by_barycentre(rows, row, row + 1, &below));
        }
        let found = crossings(rows, &below);
        if found < best.0 {
            best = (found, rows.rows.clone());
        }
    }
    rows.rows = best.1;
}

/// Returns for every slot its neighbours in the row above and in the row below.
fn neighbours(rows: &Rows) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut above = vec![Vec::new(); rows.slots.len()];
    let mut below = above.clone();
    for Pair { upper, lower, .. } in &rows.pairs {
        above[*lower].push(*upper);
        below[*upper].push(*lower);
    }
    (above, below)
}

/// Returns the index of every slot in its row.
fn positions(rows: &Rows) -> Vec<usize> {
    let mut positions = vec![0; rows.slots.len()];
    for row in &rows.rows {
        row.iter().enumerate().for_each(|(position, slot)| positions[*slot] = position);
    }
    positions
}

/// Orders a row by the mean position of the neighbours of its slots in another row. Slots without neighbours keep their
/// position.
fn by_barycentre(rows: &mut Rows, row: usize, other: usize, adjacent: &[Vec<usize>]) {
    let positions = positions(rows);
    let scale = rows.rows[other].len() as f64 / rows.rows[row].len().max(1) as f64;
    let mean = |slot: usize| match adjacent[slot].as_slice() {
        [] => positions[slot] as f64 * scale,
        some => some.iter().map(|other| positions[*other] as f64).sum::<f64>() / some.len() as f64,
    };
    rows.rows[row].sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
}

/// Counts the crossings of all segments.
fn crossings(rows: &Rows, below: &[Vec<usize>]) -> usize {
    let positions = positions(rows);
    let mut count = 0;
    for row in &rows.rows {
        let ends: Vec<Vec<usize>> =
            row.iter().map(|slot| below[*slot].iter().map(|lower| positions[*lower]).collect()).collect();
        for (position, right) in ends.iter().enumerate() {
            let left = ends[..position].iter().flatten();
            count += left.map(|left| right.iter().filter(|right| *right < left).count()).sum::<usize>();
        }
    }
    count
}
