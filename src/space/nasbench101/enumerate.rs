//! All distinct cells of the space.
//!
//! Cells that differ only in the numbering of their vertices share a hash, so one numbering of each is enough: of edge
//! sets that are equal up to a renumbering of the inner vertices only the one with the lowest bits is used, and of the
//! operations only the lowest under the renumberings that do not change the edge set.

use std::collections::HashSet;

use super::{INPUT, MAX_EDGES, MAX_VERTICES, MIN_VERTICES, OPERATIONS, OUTPUT, cell_hash};
use crate::graph::Graph;

/// New numbers of the vertices; only the first `vertices` entries are used.
pub(super) type Renumbering = [usize; MAX_VERTICES];

/// Returns one pruned cell for every hash of the space, with its hash: 423,624 in all, fewer vertices first.
///
/// The order is deterministic. A complete iteration takes some seconds and stores the hashes seen (about 10 MB).
pub fn enumerate() -> impl Iterator<Item = ([u8; 16], Graph)> {
    let mut seen = HashSet::new();
    (MIN_VERTICES..=MAX_VERTICES).flat_map(cells).filter_map(move |cell| {
        let hash = cell_hash(&cell);
        seen.insert(hash).then_some((hash, cell))
    })
}

/// Returns all cells with this number of vertices, up to isomorphism.
fn cells(vertices: usize) -> impl Iterator<Item = Graph> {
    let renumberings = renumberings(vertices);
    let pairs = vertices * (vertices - 1) / 2;
    (0..1u32 << pairs)
        .filter_map(move |bits| Wiring::lowest(bits, vertices, &renumberings))
        .flat_map(Wiring::into_cells)
}

/// Returns the bit of an edge in an edge set.
fn bit(from: usize, to: usize) -> u32 {
    1 << (to * to.saturating_sub(1) / 2 + from)
}

/// A set of edges in which every vertex is on a path from input to output.
pub(super) struct Wiring {
    vertices: usize,
    edges: Vec<(usize, usize)>,
    /// The renumberings that do not change the edge set.
    symmetries: Vec<Renumbering>,
}

impl Wiring {
    /// Returns the edges of `bits`; `None` if they are too many, pruning would change them, or a renumbering has lower
    /// bits.
    pub(super) fn lowest(bits: u32, vertices: usize, renumberings: &[Renumbering]) -> Option<Wiring> {
        if bits.count_ones() as usize > MAX_EDGES {
            return None;
        }
        let edges: Vec<(usize, usize)> = (0..vertices)
            .flat_map(|to| (0..to).map(move |from| (from, to)))
            .filter(|&(from, to)| bits & bit(from, to) != 0)
            .collect();
        let leaves = |node: usize| edges.iter().any(|&(from, _)| from == node);
        let enters = |node: usize| edges.iter().any(|&(_, to)| to == node);
        if !(1..vertices).all(|node| leaves(node - 1) && enters(node)) {
            return None;
        }
        let mut symmetries = Vec::new();
        for renumbering in renumberings {
            match renumbered(&edges, renumbering) {
                Some(other) if other < bits => return None,
                Some(other) if other == bits => symmetries.push(*renumbering),
                _ => {}
            }
        }
        Some(Wiring { vertices, edges, symmetries })
    }

    /// Returns a cell for every choice of operations, up to the symmetries of the edge set.
    pub(super) fn into_cells(self) -> impl Iterator<Item = Graph> {
        let inner = self.vertices - 2;
        let mut choices = 1;
        (0..inner).for_each(|_| choices *= OPERATIONS.len());
        (0..choices).filter_map(move |choice| self.cell(choice))
    }

    fn cell(&self, choice: usize) -> Option<Graph> {
        let labels = labels(choice, self.vertices);
        if self.symmetries.iter().any(|s| permuted(&labels, s) < labels) {
            return None;
        }
        let mut graph = Graph::empty(self.vertices);
        for (node, &label) in labels.iter().take(self.vertices).enumerate() {
            graph.label(node, label);
        }
        for &(from, to) in &self.edges {
            graph.put(from, to, 0);
        }
        Some(graph)
    }
}

/// Returns the bits of the renumbered edges; `None` if one of them would lead backwards.
pub(super) fn renumbered(edges: &[(usize, usize)], renumbering: &Renumbering) -> Option<u32> {
    edges.iter().try_fold(0, |bits, &(from, to)| {
        let (from, to) = (renumbering[from], renumbering[to]);
        (from < to).then(|| bits | bit(from, to))
    })
}

/// Returns the node labels of a choice of operations, whose digits in base three are the operations.
fn labels(mut choice: usize, vertices: usize) -> [u8; MAX_VERTICES] {
    let mut labels = [INPUT; MAX_VERTICES];
    for label in &mut labels[1..vertices - 1] {
        *label = [1, 2, 3][choice % OPERATIONS.len()];
        choice /= OPERATIONS.len();
    }
    labels[vertices - 1] = OUTPUT;
    labels
}

pub(super) fn permuted(labels: &[u8; MAX_VERTICES], renumbering: &Renumbering) -> [u8; MAX_VERTICES] {
    let mut permuted = *labels;
    for (node, &label) in labels.iter().enumerate() {
        permuted[renumbering[node]] = label;
    }
    permuted
}

/// Returns all renumberings of the inner vertices, including the identity.
pub(super) fn renumberings(vertices: usize) -> Vec<Renumbering> {
    let mut found = vec![std::array::from_fn(|node| node)];
    for node in 1..vertices - 1 {
        let swaps = |r: Renumbering| {
            (node..vertices - 1).map(move |other| {
                let mut swapped = r;
                swapped.swap(node, other);
                swapped
            })
        };
        found = found.into_iter().flat_map(swaps).collect();
    }
    found
}
