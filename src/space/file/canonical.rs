//! Keys of architectures that are equal for isomorphic graphs.

use super::part::{Output, Part};
use crate::graph::Graph;

/// The largest number of numberings that are compared; beyond it, isomorphic graphs with many interchangeable nodes may
/// have different keys.
const MAX_NUMBERINGS: usize = 5_000;

/// A graph whose nodes have colours: equal colours for nodes that cannot be told apart yet.
struct Coloured {
    nodes: usize,
    /// Label + 1 of every edge, 0 for none, `[from][to]`.
    edges: Vec<Vec<u16>>,
    labels: Vec<u8>,
}

/// Returns a text that is equal for isomorphic graphs of a part: the same labels and edges under another numbering of
/// the nodes other than inputs and, if it is the output, the last node. With `prunes`, only nodes on a path from input to
/// output count.
pub(super) fn key(part: &Part, graph: &Graph, prunes: bool) -> String {
    let live = if prunes { part.live(graph) } else { vec![true; graph.nodes()] };
    let kept: Vec<usize> = (0..graph.nodes()).filter(|node| live[*node] || *node < part.inputs).collect();
    let edge = |from: usize, to: usize| match live[from] && live[to] {
        true => graph.edge_label(from, to).map_or(0, |label| u16::from(label) + 1),
        false => 0,
    };
    let coloured = Coloured {
        nodes: kept.len(),
        edges: kept.iter().map(|from| kept.iter().map(|to| edge(*from, *to)).collect()).collect(),
        labels: kept.iter().map(|node| graph.node_label(*node)).collect(),
    };
    let role = |node: usize| match () {
        () if node < part.inputs => node,
        () if node + 1 == graph.nodes() && matches!(part.output, Output::Last | Output::End) => part.inputs,
        () => part.inputs + 1,
    };
    let first: Vec<_> = kept.iter().map(|node| (role(*node), graph.node_label(*node))).collect();
    let mut best: Option<String> = None;
    let mut left = MAX_NUMBERINGS;
    coloured.search(ranks(&first), &mut best, &mut left);
    best.unwrap_or_default()
}

/// Returns the rank of every value among the distinct values.
fn ranks<T: Ord + Clone>(values: &[T]) -> Vec<usize> {
    let mut sorted = values.to_vec();
    sorted.sort();
    sorted.dedup();
    values.iter().map(|value| sorted.partition_point(|other| other < value)).collect()
}

impl Coloured {
    /// Distinguishes nodes by the colours of their neighbours until nothing changes.
    fn refined(&self, mut colours: Vec<usize>) -> Vec<usize> {
        loop {
            let signature = |node: usize| {
                let near = |label: &dyn Fn(usize) -> u16| {
                    let mut near: Vec<_> = (0..self.nodes)
                        .filter_map(|other| Some((label(other), colours[other])).filter(|(label, _)| *label > 0))
                        .collect();
                    near.sort_unstable();
                    near
                };
                (colours[node], near(&|other| self.edges[other][node]), near(&|other| self.edges[node][other]))
            };
            let next = ranks(&(0..self.nodes).map(signature).collect::<Vec<_>>());
            if next == colours {
                return colours;
            }
            colours = next;
        }
    }

    /// Finds the smallest text over all numberings that the colours allow.
    fn search(&self, colours: Vec<usize>, best: &mut Option<String>, left: &mut usize) {
        let colours = self.refined(colours);
        let mut sizes = vec![0; self.nodes];
        colours.iter().for_each(|colour| sizes[*colour] += 1);
        let Some(shared) = sizes.iter().position(|size| *size > 1) else {
            *left = left.saturating_sub(1);
            let text = self.text(&colours);
            if best.as_ref().is_none_or(|best| text < *best) {
                *best = Some(text);
            }
            return;
        };
        for node in (0..self.nodes).filter(|node| colours[*node] == shared) {
            if *left == 0 {
                return;
            }
            let keyed: Vec<_> = (0..self.nodes).map(|other| (colours[other], other != node)).collect();
            self.search(ranks(&keyed), best, left);
        }
    }

    /// The labels and edges under a numbering.
    fn text(&self, numbers: &[usize]) -> String {
        let mut order = vec![0; self.nodes];
        numbers.iter().enumerate().for_each(|(node, number)| order[*number] = node);
        let labels = order.iter().map(|node| self.labels[*node].to_string()).collect::<Vec<_>>().join(",");
        let edges = order.iter().enumerate().flat_map(|(from, a)| {
            order.iter().enumerate().filter_map(move |(to, b)| {
                let label = self.edges[*a][*b];
                (label > 0).then(|| format!("{from}-{to}={}", label - 1))
            })
        });
        format!("{labels};{}", edges.collect::<Vec<_>>().join(","))
    }
}
