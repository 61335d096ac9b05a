//! Pruning: removes vertices that are on no path from input to output (docs/method.md section 5).

use crate::graph::Graph;

/// Returns the graph without the vertices that are on no path from the first to the last one. Labels do not change.
///
/// `None` if there is no such path, or the graph has fewer than two vertices.
#[must_use]
pub fn prune(graph: &Graph) -> Option<Graph> {
    let last = graph.nodes().checked_sub(1).filter(|&last| last > 0)?;
    let mut from_input = vec![false; graph.nodes()];
    from_input[0] = true;
    for node in 1..=last {
        from_input[node] = graph.predecessors(node).any(|before| from_input[before]);
    }
    let mut to_output = vec![false; graph.nodes()];
    to_output[last] = true;
    for node in (0..last).rev() {
        to_output[node] = graph.successors(node).any(|after| to_output[after]);
    }
    let kept: Vec<usize> = (0..=last).filter(|&node| from_input[node] && to_output[node]).collect();
    from_input[last].then(|| graph.subgraph(&kept))
}
