//! All distinct cells of the space.
//!
//! Cells that differ only in the numbering of their vertices share a hash, so one numbering of each is enough: of
//! the edge sets that renumbering the inner vertices turns into each other only the one with the lowest bits is
//! kept, and of the operations only the lowest under the renumberings that leave the edge set as it is.

use std::collections::HashSet;

use super::{INPUT, MAX_EDGES, MAX_VERTICES, MIN_VERTICES, OPERATIONS, OUTPUT, cell_hash};
use crate::graph::Graph;

/// New numbers of the vertices; only the first `vertices` entries count.
pub(super) type Renumbering = [usize; MAX_VERTICES];

/// One cell of every hash of the space, pruned, with its hash: 423,624 in all, fewer vertices first.
///
/// The order is always the same. The whole takes some seconds, and keeps the hashes seen (about 10 MB).
pub fn enumerate() -> impl Iterator<Item = ([u8; 16], Graph)> {
    let mut seen = HashSet::new();
    (MIN_VERTICES..=MAX_VERTICES).flat_map(cells).filter_map(move |cell| {
        let hash = cell_hash(&cell);
        seen.insert(hash).then_some((hash, cell))
    })
}

/// All cells with this many vertices, up to isomorphism.
fn cells(vertices: usize) -> impl Iterator<Item = Graph> {
    let renumberings = renumberings(vertices);
    let pairs = vertices * (vertices - 1) / 2;
    (0..1u32 << pairs)
        .filter_map(move |bits| Wiring::lowest(bits, vertices, &renumberings))
        .flat_map(Wiring::into_cells)
}

/// The bit of an edge.
fn bit(from: usize, to: usize) -> u32 {
    1 << (to * to.saturating_sub(1) / 2 + from)
}

/// A set of edges that keeps every vertex on a path from input to output.
pub(super) struct Wiring {
    vertices: usize,
    edges: Vec<(usize, usize)>,
    /// The renumberings that leave the edges as they are.
    symmetries: Vec<Renumbering>,
}

impl Wiring {
    /// The edges of `bits`, unless they are too many, pruning would change them or a renumbering has lower bits.
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

    /// A cell for every choice of operations, up to the wiring's symmetries.
    pub(super) fn into_cells(self) -> impl Iterator<Item = Graph> {
        let inner = self.vertices - 2;
        let mut choices = 1;
        (0..inner).for_each(|_| choices *= OPERATIONS.len());
        (0..choices).filter_map(move |choice| self.cell(choice))
    }

    fn cell(&self, choice: usize) -> Option<Graph> {
        let labels = labels(choice, self.vertices);
        if self.symmetries.iter().any(|s| moved(&labels, s) < labels) {
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

/// The bits of the edges under new numbers; `None` where one of them would lead backwards.
pub(super) fn renumbered(edges: &[(usize, usize)], renumbering: &Renumbering) -> Option<u32> {
    edges.iter().try_fold(0, |bits, &(from, to)| {
        let (from, to) = (renumbering[from], renumbering[to]);
        (from < to).then(|| bits | bit(from, to))
    })
}

/// The node labels of a choice of operations, which is read as a number in base three.
fn labels(mut choice: usize, vertices: usize) -> [u8; MAX_VERTICES] {
    let mut labels = [INPUT; MAX_VERTICES];
    for label in &mut labels[1..vertices - 1] {
        *label = [1, 2, 3][choice % OPERATIONS.len()];
        choice /= OPERATIONS.len();
    }
    labels[vertices - 1] = OUTPUT;
    labels
}

pub(super) fn moved(labels: &[u8; MAX_VERTICES], renumbering: &Renumbering) -> [u8; MAX_VERTICES] {
    let mut moved = *labels;
    for (node, &label) in labels.iter().enumerate() {
        moved[renumbering[node]] = label;
    }
    moved
}

/// All renumberings of the inner vertices, the one that changes nothing included.
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
