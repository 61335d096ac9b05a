//! Which row every node stands in.

use super::Panel;

/// The row of every node: below all that it reads, two rows below where an operation stands between. What reads nothing
/// stands just above its first reader.
pub(super) fn ranks(part: &Panel) -> Vec<usize> {
    let length = |place: usize| if part.arrows[place].operation.is_some() { 2 } else { 1 };
    let mut ranks = vec![0; part.nodes.len()];
    for node in 0..part.nodes.len() {
        let read = part.arrows.iter().enumerate().filter(|(_, arrow)| arrow.to == node);
        ranks[node] = read.map(|(place, arrow)| ranks[arrow.from] + length(place)).max().unwrap_or(0);
    }
    for node in (1..part.nodes.len()).rev() {
        if part.arrows.iter().all(|arrow| arrow.to != node) {
            let readers = part.arrows.iter().enumerate().filter(|(_, arrow)| arrow.from == node);
            ranks[node] = readers.map(|(place, arrow)| ranks[arrow.to] - length(place)).min().unwrap_or(0);
        }
    }
    ranks
}
