//! Layered drawings (Sugiyama et al. 1981): nodes in rows, arrows from row to row.
//!
//! Every node gets a row (`rank`), long arrows are cut into pieces of one row each, the pieces and nodes of a row are
//! ordered so that few arrows cross (`order`), and then moved so that arrows run straight (`place`).

mod order;
mod place;
mod rank;

use crate::space::diagram::Panel;

/// Pixels from one row to the next.
const ROW: f64 = 56.0;
/// Pixels that a character is wide.
const CHARACTER: f64 = 7.3;
/// Pixels between a text and the sides of its box.
const MARGIN: f64 = 9.0;
/// Pixels that an arrow which passes a row takes there.
const BEND: f64 = 6.0;

/// How little skip connections matter where other arrows want to be straight.
const SKIP: f64 = 0.05;

/// A box's height in pixels.
pub const BOX: f64 = 24.0;

/// A box around a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Placed {
    /// Its middle.
    pub x: f64,
    /// Its middle.
    pub y: f64,
    /// Its width.
    pub width: f64,
}

/// Where everything of a part lies; the upper left corner is (0, 0).
#[derive(Debug, Clone, PartialEq)]
pub struct Layout {
    /// The width of all.
    pub width: f64,
    /// The height of all.
    pub height: f64,
    /// Every node's box.
    pub nodes: Vec<Placed>,
    /// The box of every arrow's operation, where it has one.
    pub operations: Vec<Option<Placed>>,
    /// The points that every arrow runs through, from the middle of one node to that of the other.
    pub paths: Vec<Vec<[f64; 2]>>,
}

/// What stands in a row: a node, an operation, or an arrow that passes.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Slot {
    rank: usize,
    width: f64,
    /// Whether an arrow merely passes.
    bend: bool,
}

/// Two joined slots, the second one in the row below the first.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Pair {
    upper: usize,
    lower: usize,
    /// How much it wants to be straight.
    weight: f64,
}

/// All slots, and which of them are joined.
#[derive(Debug, Default)]
struct Rows {
    slots: Vec<Slot>,
    pairs: Vec<Pair>,
    /// The slots of every row, from left to right.
    rows: Vec<Vec<usize>>,
}

/// Lays a part out.
#[must_use]
pub fn layout(part: &Panel) -> Layout {
    let (mut rows, chains) = cut(part, &rank::ranks(part));
    order::order(&mut rows);
    let x = place::place(&rows);
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
        nodes: (0..part.nodes.len()).map(placed).collect(),
        operations: part
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

/// How much a piece of an arrow wants to be straight: the more, the longer the arrow runs.
fn straightness(bends: [bool; 2]) -> f64 {
    match bends {
        [true, true] => 8.0,
        [false, false] => 1.0,
        _ => 2.0,
    }
}

/// The slots of nodes and then of the pieces of arrows, and the slots that every arrow runs through.
fn cut(part: &Panel, ranks: &[usize]) -> (Rows, Vec<Vec<usize>>) {
    let mut rows = Rows::default();
    for (node, rank) in part.nodes.iter().zip(ranks) {
        rows.slots.push(Slot { rank: *rank, width: width(&node.text), bend: false });
    }
    let mut chains = Vec::new();
    for arrow in &part.arrows {
        let [from, to] = [ranks[arrow.from], ranks[arrow.to]];
        let mut chain = vec![arrow.from];
        for rank in from + 1..to {
            chain.push(rows.slots.len());
            let operation = arrow.operation.as_ref().filter(|_| rank == from + (to - from) / 2);
            let width = operation.map_or(BEND, |operation| width(&operation.text));
            rows.slots.push(Slot { rank, width, bend: operation.is_none() });
        }
        chain.push(arrow.to);
        let share = if arrow.skips { SKIP } else { 1.0 };
        for pair in chain.windows(2) {
            let weight = share * straightness([rows.slots[pair[0]].bend, rows.slots[pair[1]].bend]);
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
