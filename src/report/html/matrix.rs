//! The adjacency matrix of a dense graph, for which boxes and arrows would be illegible.

use crate::report::svg::escaped;
use crate::space::diagram::{Panel, VertexKind};
use std::fmt::Write;

/// Graphs of more nodes than this, without inputs and outputs, are dense.
const NODES: usize = 16;
/// Size of a cell, and margins, in pixels.
const CELL: usize = 9;
const LEFT: usize = 24;
const TOP: usize = 30;
/// Every `NAME_STEP`-th node has its name beside the matrix.
const NAME_STEP: usize = 4;

/// Whether a panel is shown as a matrix because of its many nodes.
pub(super) fn is_dense(panel: &Panel) -> bool {
    inner(panel).len() > NODES
}

/// Returns the indices of the nodes other than inputs and outputs.
fn inner(panel: &Panel) -> Vec<usize> {
    panel.nodes.iter().enumerate().filter(|(_, node)| node.kind != VertexKind::End).map(|(index, _)| index).collect()
}

/// Draws the matrix: the cell in row i and column j is filled if there is an arrow from node i to node j.
pub(super) fn matrix(panel: &Panel) -> String {
    let nodes = inner(panel);
    let index = |node: usize| nodes.iter().position(|other| *other == node);
    let (width, height) = (LEFT + CELL * nodes.len() + 2, TOP + CELL * nodes.len() + 2);
    let mut text = format!(
        "<svg role=\"img\" aria-label=\"{}\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\" \
         class=\"heat matrix\">\n",
        escaped(&format!("{}: adjacency matrix", panel.caption))
    );
    let corner = |row: usize, column: usize| [LEFT + CELL * column, TOP + CELL * row];
    let _ = writeln!(text, "<text class=\"column\" x=\"{}\" y=\"11\">to node</text>", LEFT + CELL * nodes.len() / 2);
    for (number, node) in nodes.iter().enumerate().filter(|(number, _)| number % NAME_STEP == 0) {
        let name = panel.nodes.get(*node).map_or_else(String::new, |node| escaped(&node.text));
        let [x, y] = corner(number, number);
        let (middle, low) = (x as f64 + CELL as f64 / 2.0, y + CELL);
        let _ = writeln!(text, "<text class=\"column\" x=\"{middle:.1}\" y=\"{}\">{name}</text>", TOP - 5);
        let _ = writeln!(text, "<text class=\"row\" x=\"{}\" y=\"{low}\">{name}</text>", LEFT - 5);
    }
    let square = |[x, y]: [usize; 2]| format!("M{x} {y}h{0}v{0}h-{0}z", CELL - 1);
    let below = |row: usize| (row + 1..nodes.len()).map(move |column| (row, column));
    let blank: String = (0..nodes.len()).flat_map(below).map(|(row, column)| square(corner(row, column))).collect();
    let ends = panel.arrows.iter().filter_map(|arrow| Some((index(arrow.from)?, index(arrow.to)?)));
    let filled: String = ends.map(|(row, column)| square(corner(row, column))).collect();
    let _ = writeln!(text, "<path class=\"blank\" d=\"{blank}\"/>\n<path class=\"cell\" d=\"{filled}\"/>");
    text + "</svg>\n"
}
