//! The order of a row's slots: barycentres swept down and up, of which the order with the fewest crossings stays.

use super::{Pair, Rows};

/// Sweeps down and up.
const SWEEPS: usize = 24;

/// Orders the rows.
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

/// What every slot is joined to in the row above and in the row below.
fn neighbours(rows: &Rows) -> (Vec<Vec<usize>>, Vec<Vec<usize>>) {
    let mut above = vec![Vec::new(); rows.slots.len()];
    let mut below = above.clone();
    for Pair { upper, lower, .. } in &rows.pairs {
        above[*lower].push(*upper);
        below[*upper].push(*lower);
    }
    (above, below)
}

/// The place of every slot in its row.
fn places(rows: &Rows) -> Vec<usize> {
    let mut places = vec![0; rows.slots.len()];
    for row in &rows.rows {
        row.iter().enumerate().for_each(|(place, slot)| places[*slot] = place);
    }
    places
}

/// Orders a row by the mean place of what its slots are joined to in another row; slots joined to nothing keep theirs.
fn by_barycentre(rows: &mut Rows, row: usize, other: usize, joined: &[Vec<usize>]) {
    let places = places(rows);
    let scale = rows.rows[other].len() as f64 / rows.rows[row].len().max(1) as f64;
    let mean = |slot: usize| match joined[slot].as_slice() {
        [] => places[slot] as f64 * scale,
        some => some.iter().map(|other| places[*other] as f64).sum::<f64>() / some.len() as f64,
    };
    rows.rows[row].sort_by(|a, b| mean(*a).total_cmp(&mean(*b)));
}

/// How many pairs cross.
fn crossings(rows: &Rows, below: &[Vec<usize>]) -> usize {
    let places = places(rows);
    let mut count = 0;
    for row in &rows.rows {
        let ends: Vec<Vec<usize>> =
            row.iter().map(|slot| below[*slot].iter().map(|lower| places[*lower]).collect()).collect();
        for (place, right) in ends.iter().enumerate() {
            let left = ends[..place].iter().flatten();
            count += left.map(|left| right.iter().filter(|right| *right < left).count()).sum::<usize>();
        }
    }
    count
}
