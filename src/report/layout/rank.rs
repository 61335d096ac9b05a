//! The row of every node.

use super::Panel;

/// Returns the row of every node: one row below all its inputs, or two if there is an operation in between. Nodes
/// without inputs are placed just above their first consumer.
pub(super) fn ranks(panel: &Panel) -> Vec<usize> {
    let length = |index: usize| if panel.arrows[index].operation.is_some() { 2 } else { 1 };
    let mut ranks = vec![0; panel.nodes.len()];
    for node in 0..panel.nodes.len() {
        let incoming = panel.arrows.iter().enumerate().filter(|(_, arrow)| arrow.to == node);
        ranks[node] = incoming.map(|(index, arrow)| ranks[arrow.from] + length(index)).max().unwrap_or(0);
    }
    for node in (1..panel.nodes.len()).rev() {
        if panel.arrows.iter().all(|arrow| arrow.to != node) {
            let outgoing = panel.arrows.iter().enumerate().filter(|(_, arrow)| arrow.from == node);
            ranks[node] = outgoing.map(|(index, arrow)| ranks[arrow.to] - length(index)).min().unwrap_or(0);
        }
    }
    ranks
}
