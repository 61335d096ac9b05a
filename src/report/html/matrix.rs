//! A dense graph as its adjacency matrix, where boxes and arrows would be a tangle.

use crate::report::svg::escaped;
use crate::space::diagram::{Kind, Panel};
use std::fmt::Write;

/// Graphs of more nodes than this, its ends not counted, are dense.
const NODES: usize = 16;
/// Pixels of a cell, and around the cells.
const CELL: usize = 9;
const LEFT: usize = 24;
const TOP: usize = 30;
/// Every so many nodes have their number.
const NAMED: usize = 4;

/// Whether a part has so many nodes that it is shown as a matrix.
pub(super) fn is_dense(part: &Panel) -> bool {
    inner(part).len() > NODES
}

/// The nodes that are no ends, by their places in the part.
fn inner(part: &Panel) -> Vec<usize> {
    part.nodes.iter().enumerate().filter(|(_, node)| node.kind != Kind::End).map(|(place, _)| place).collect()
}

/// The matrix: row i and column j are filled where an arrow runs from node i to node j.
pub(super) fn matrix(part: &Panel) -> String {
    let nodes = inner(part);
    let place = |node: usize| nodes.iter().position(|other| *other == node);
    let (width, height) = (LEFT + CELL * nodes.len() + 2, TOP + CELL * nodes.len() + 2);
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         class=\"heat matrix\">\n",
        escaped(&format!("{}: adjacency matrix", part.caption))
    );
    let corner = |row: usize, column: usize| [LEFT + CELL * column, TOP + CELL * row];
    let _ = writeln!(text, "<text class=\"column\" x=\"{}\" y=\"11\">to node</text>", LEFT + CELL * nodes.len() / 2);
    for (number, node) in nodes.iter().enumerate().filter(|(number, _)| number % NAMED == 0) {
        let name = part.nodes.get(*node).map_or_else(String::new, |node| escaped(&node.text));
        let [x, y] = corner(number, number);
        let (middle, low) = (x as f64 + CELL as f64 / 2.0, y + CELL);
        let _ = writeln!(text, "<text class=\"column\" x=\"{middle:.1}\" y=\"{}\">{name}</text>", TOP - 5);
        let _ = writeln!(text, "<text class=\"row\" x=\"{}\" y=\"{low}\">{name}</text>", LEFT - 5);
    }
    let square = |[x, y]: [usize; 2]| format!("M{x} {y}h{0}v{0}h-{0}z", CELL - 1);
    let below = |row: usize| (row + 1..nodes.len()).map(move |column| (row, column));
    let blank: String = (0..nodes.len()).flat_map(below).map(|(row, column)| square(corner(row, column))).collect();
    let ends = part.arrows.iter().filter_map(|arrow| Some((place(arrow.from)?, place(arrow.to)?)));
    let filled: String = ends.map(|(row, column)| square(corner(row, column))).collect();
    let _ = writeln!(text, "<path class=\"blank\" d=\"{blank}\"/>\n<path class=\"cell\" d=\"{filled}\"/>");
    text + "</svg>\n"
}
