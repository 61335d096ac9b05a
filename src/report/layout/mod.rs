//! Layered graph drawing (Sugiyama et al. 1981): nodes in rows, arrows from row to row.
//!
//! Every node is assigned to a row (`rank`), long arrows are split into segments of one row each, the slots of every
//! row are ordered to reduce crossings (`order`), and then positioned so that arrows are as straight as possible
//! (`position`).

mod order;
mod position;
mod rank;

use crate::space::diagram::Panel;

/// Distance of rows in pixels.
const ROW: f64 = 56.0;
/// Width of a character in pixels.
const CHARACTER: f64 = 7.3;
/// Pixels between a text and the sides of its box.
const MARGIN: f64 = 9.0;
/// Width in pixels of an arrow that passes a row.
const BEND: f64 = 6.0;

/// The weight of skip connections when arrows are straightened, relative to other arrows.
const SKIP: f64 = 0.05;

/// A box's height in pixels.
pub const BOX: f64 = 24.0;

/// A box around a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Horizontal position of its centre, in pixels.
    pub x: f64,
    /// Vertical position of its centre, in pixels.
    pub y: f64,
    /// Its width in pixels.
    pub width: f64,
}

/// The layout of a panel in pixels; the upper left corner is (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// Total width.
    pub width: f64,
    /// Total height.
    pub height: f64,
    /// The boxes of the nodes.
    pub nodes: Vec<Placed>,
    /// The boxes of the operations on the arrows; `None` for an arrow without operation.
    pub operations: Vec<Option<Placed>>,
    /// The points of every arrow, from the centre of one node to the centre of the other.
    pub paths: Vec<Vec<[f64; 2]>>,
}

/// An element of a row: a node, an operation, or an arrow that passes the row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slot {
    rank: usize,
    width: f64,
    /// Whether it is a passing arrow.
    bend: bool,
}

/// Two connected slots, the second one in the row below the first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair {
    upper: usize,
    lower: usize,
    /// Weight of straightening this segment.
    weight: f64,
}

/// All slots and their connections.
#[derive(Debug, Default)]
struct Rows {
    slots: Vec<Slot>,
    pairs: Vec<Pair>,
    /// The slots of every row, from left to right.
    rows: Vec<Vec<usize>>,
}

/// Computes the layout of a panel.
#[must_use]
pub fn layout(panel: &Panel) -> Layout {
    let (mut rows, chains) = split(panel, &rank::ranks(panel));
    order::order(&mut rows);
    let x = position::positions(&rows);
    let placed = |slot: usize| {
        let Slot { rank, width, .. } = rows.slots[slot];
        Placed { x: x[slot], y: BOX / 2.0 + rank as f64 * ROW, width }
    };
    let point = |slot: &usize| [placed(*slot).x, placed(*slot).y];
    let middle = |chain: &Vec<usize>| placed(chain[chain.len() / 2]);
    let right = (0..rows.slots.len()).map(|slot| x[slot] + rows.slots[slot].width / 2.0);
    Layout {
        width: right.fold(0.0, f64::max),
        height: BOX + rows.rows.len().saturating_sub(1) as f64 * ROW,
        nodes: (0..panel.nodes.len()).map(placed).collect(),
        operations: panel
            .arrows
            .iter()
            .zip(&chains)
            .map(|(arrow, chain)| arrow.operation.as_ref().map(|_| middle(chain)))
            .collect(),
        paths: chains.iter().map(|chain| chain.iter().map(point).collect()).collect(),
    }
}

fn width(text: &str) -> f64 {
    (text.chars().count() as f64 * CHARACTER + 2.0 * MARGIN).max(BOX)
}

/// Returns the weight of straightening a segment; segments of long arrows have larger weights.
fn straightness(bends: [bool; 2]) -> f64 {
    match bends {
        [true, true] => 8.0,
        [false, false] => 1.0,
        _ => 2.0,
    }
}

/// Splits arrows into segments. Returns the slots, first those of nodes, and the chain of slots of every arrow.
fn split(panel: &Panel, ranks: &[usize]) -> (Rows, Vec<Vec<usize>>) {
    let mut rows = Rows::default();
    for (node, rank) in panel.nodes.iter().zip(ranks) {
        rows.slots.push(Slot { rank: *rank, width: width(&node.text), bend: false });
    }
    let mut chains = Vec::new();
    for arrow in &panel.arrows {
        let [from, to] = [ranks[arrow.from], ranks[arrow.to]];
        let mut chain = vec![arrow.from];
        for rank in from + 1..to {
            chain.push(rows.slots.len());
            let operation = arrow.operation.as_ref().filter(|_| rank == from + (to - from) / 2);
            let width = operation.map_or(BEND, |operation| width(&operation.text));
            rows.slots.push(Slot { rank, width, bend: operation.is_none() });
        }
        chain.push(arrow.to);
        let factor = if arrow.skips { SKIP } else { 1.0 };
        for pair in chain.windows(2) {
            let weight = factor * straightness([rows.slots[pair[0]].bend, rows.slots[pair[1]].bend]);
            rows.pairs.push(Pair { upper: pair[0], lower: pair[1], weight });
        }
        chains.push(chain);
    }
    rows.rows = vec![Vec::new(); rows.slots.iter().map(|slot| slot.rank + 1).max().unwrap_or(0)];
    for (number, slot) in rows.slots.iter().enumerate() {
        rows.rows[slot.rank].push(number);
    }
    (rows, chains)
}
