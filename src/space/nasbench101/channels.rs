//! The widths of a cell's vertices (docs/method.md section 5).

use crate::graph::Graph;

/// Returns the channels of every vertex of a pruned cell.
///
/// The vertices that feed the output divide its channels among them; the first ones get one more if there is a
/// remainder. Any other vertex has the maximum of its successors' channels.
#[must_use]
pub fn vertex_channels(cell: &Graph, input: usize, output: usize) -> Vec<usize> {
    let last = cell.nodes().saturating_sub(1);
    let mut channels = vec![output; cell.nodes()];
    if let Some(first) = channels.first_mut() {
        *first = input;
    }
    let feeding: Vec<usize> = cell.predecessors(last).filter(|from| *from > 0).collect();
    for (index, vertex) in feeding.iter().enumerate() {
        channels[*vertex] = output / feeding.len() + usize::from(index < output % feeding.len());
    }
    for vertex in (1..last).rev().filter(|vertex| !feeding.contains(vertex)) {
        channels[vertex] = cell.successors(vertex).map(|after| channels[after]).max().unwrap_or(0);
    }
    channels
}
