//! What the next node of a graph may be, for generators that draw node by node.

use super::part::{Carrier, Output, Part, Wiring};
use super::tally::Tally;
use crate::graph::Graph;
use crate::space::RowMask;

impl Part {
    /// What the next node after a prefix of a graph may be.
    pub(super) fn row_mask(&self, prefix: &Graph) -> RowMask {
        let node = prefix.nodes();
        let labels = if self.limits().node_labels > 0 { self.next_labels(prefix) } else { Vec::new() };
        // The end is exempt from the bounds of in-degrees.
        let may_end = self.end_label().is_some_and(|end| labels.contains(&end));
        let chooses = self.chooses_edges() && node >= self.inputs.max(1) && node < self.max_nodes;
        let start = if chooses && self.carrier == Carrier::Edge { self.pairs(node).count() } else { 0 };
        let states = |from: usize| -> Vec<Option<u8>> {
            match (chooses, self.carrier) {
                (false, _) => vec![None],
                (true, Carrier::Node) => vec![None, Some(0)],
                (true, Carrier::Edge) => {
                    let options = &self.options[start + from];
                    let absent = self.wiring == Wiring::Free || options.contains(&0);
                    let present = options.iter().filter(|label| **label > 0).copied().map(Some);
                    absent.then_some(None).into_iter().chain(present).collect()
                }
            }
        };
        let degree = match self.in_degree {
            Some([min, max]) if chooses && !may_end => [min.min(node), max],
            _ => [0, node],
        };
        RowMask { labels, edges: (0..node).map(states).collect(), degree }
    }

    fn next_labels(&self, prefix: &Graph) -> Vec<u8> {
        let node = prefix.nodes();
        if node < self.inputs {
            return vec![0];
        }
        let options = self.options.get(node - self.inputs).cloned().unwrap_or_default();
        if let Some(end) = self.end_label() {
            let may_end = node + 1 >= self.min_nodes;
            let may_continue = node + 1 < self.max_nodes;
            let options = options.into_iter().filter(|_| may_continue);
            return options.chain(may_end.then_some(end)).collect();
        }
        if !self.may_be_shorter() {
            return options;
        }
        match prefix.node_labels().last() {
            Some(0) => vec![0],
            _ if node >= self.min_nodes => std::iter::once(0).chain(options).collect(),
            _ => options,
        }
    }

    /// Excludes what the rules forbid after a prefix of a graph: operations with which `count` cannot be satisfied any
    /// more, and more edges than `max_edges`.
    pub(super) fn restrict(&self, prefix: &Graph, prunes: bool, mask: &mut RowMask) {
        let needs_path = prunes && self.inputs > 0 && matches!(self.output, Output::Last | Output::End);
        if let Some(max) = self.max_edges {
            // Every later node needs its minimum, and an output on a path from the input an edge.
            let later = self.min_nodes.saturating_sub(prefix.nodes() + 1);
            let reserved = (later * self.in_degree.map_or(0, |[min, _]| min)).max(usize::from(later > 0 && needs_path));
            let left = max.saturating_sub(prefix.edge_count() + reserved);
            mask.degree[1] = mask.degree[1].min(left).max(mask.degree[0]);
        }
        let mut tally = Tally::new(self);
        self.labels_of(prefix).for_each(|label| tally.add(Some(label)));
        match self.carrier {
            Carrier::Node => {
                let Some(position) = prefix.nodes().checked_sub(self.inputs) else { return };
                let rest: Vec<usize> = (position + 1..self.positions(self.max_nodes)).collect();
                let end = self.end_label().or(self.may_be_shorter().then_some(0));
                let kept = |label: &u8| match Some(*label) == end {
                    true => tally.is_satisfied(),
                    false => tally.allows(Some(*label), &rest),
                };
                let labels: Vec<u8> = mask.labels.iter().copied().filter(kept).collect();
                if !labels.is_empty() {
                    mask.labels = labels;
                }
            }
            // The edges of a node are drawn together, so only operations that are used up are excluded.
            Carrier::Edge => {
                for states in &mut mask.edges {
                    let kept: Vec<_> = states.iter().copied().filter(|state| !tally.is_full(*state)).collect();
                    if !kept.is_empty() {
                        *states = kept;
                    }
                }
            }
        }
    }
}
