//! The numbering of a cell's vertices in the published benchmark.

use super::enumerate::{permuted, renumbered, renumberings};
use super::{MAX_VERTICES, MIN_VERTICES};
use crate::graph::Graph;

/// Returns a pruned cell with its vertices numbered as when the benchmark trained it.
///
/// The benchmark enumerated the cells by the bits of their edges, then by their operations, and trained the first of
/// isomorphic ones. The numbering decides which vertices get an extra channel if the channels do not divide evenly
/// (docs/method.md section 5). A graph without the size of a cell is returned unchanged.
#[must_use]
pub fn published_numbering(cell: &Graph) -> Graph {
    let vertices = cell.nodes();
    if !(MIN_VERTICES..=MAX_VERTICES).contains(&vertices) {
        return cell.clone();
    }
    let edges: Vec<_> = cell.edges().map(|(from, to, _)| (from, to)).collect();
    let mut labels = [0; MAX_VERTICES];
    labels[..vertices].copy_from_slice(cell.node_labels());
    let all = renumberings(vertices);
    let allowed = all.iter().filter_map(|new| Some((renumbered(&edges, new)?, permuted(&labels, new), new)));
    let Some((_, labels, new)) = allowed.min_by_key(|(bits, labels, _)| (*bits, *labels)) else { return cell.clone() };
    let mut graph = Graph::empty(vertices);
    labels.iter().take(vertices).enumerate().for_each(|(node, label)| graph.label(node, *label));
    cell.edges().for_each(|(from, to, label)| graph.put(new[from], new[to], label));
    graph
}
