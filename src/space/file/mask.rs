//! What the next node of a graph may be, for generators that draw node by node.

use super::part::{Carrier, Output, Part};
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
                    let present = options.iter().filter(|label| **label > 0).copied().map(Some);
                    self.may_be_absent(start + from).then_some(None).into_iter().chain(present).collect()
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
    /// more, and more edges than `max_edges`. With pruning, that also excludes graphs of which only the pruned form has few
    /// enough edges; the pruned form itself is not excluded.
    pub(super) fn restrict(&self, prefix: &Graph, prunes: bool, mask: &mut RowMask) {
        mask.degree[1] = mask.degree[1].min(self.edges_left(prefix, prunes)).max(mask.degree[0]);
        if self.counts.is_empty() {
            return;
        }
        let positions: Vec<usize> = (0..self.positions(self.max_nodes)).collect();
        let mut tally = Tally::new(self, &positions);
        self.labels_of(prefix).for_each(|label| tally.add(label));
        match self.carrier {
            Carrier::Node => {
                let Some(position) = prefix.nodes().checked_sub(self.inputs) else { return };
                let closed = (position + 1).min(self.positions(self.max_nodes));
                (0..closed).for_each(|position| tally.close(position));
                let end = self.end_label().or(self.may_be_shorter().then_some(0));
                let kept = |label: &u8| match Some(*label) == end {
                    true => tally.is_satisfied(),
                    false => tally.allows(*label),
                };
                let labels: Vec<u8> = mask.labels.iter().copied().filter(kept).collect();
                if !labels.is_empty() {
                    mask.labels = labels;
                }
            }
            // The edges of a node are drawn together, so only operations that are used up are excluded.
            Carrier::Edge => {
                for states in &mut mask.edges {
                    let kept: Vec<_> = states
                        .iter()
                        .copied()
                        .filter(|state| !state.is_some_and(|label| tally.is_full(label)))
                        .collect();
                    if !kept.is_empty() {
                        *states = kept;
                    }
                }
            }
        }
    }

    /// The largest number of edges into the next node that leaves the later nodes those they need.
    fn edges_left(&self, prefix: &Graph, prunes: bool) -> usize {
        let least = self.least_in_degree();
        // Nodes that are pruned need edges, too, but `max_edges` does not count them; and the edges that must be present
        // are not the same number at every node.
        let Some(max) = self.max_edges.filter(|_| !(prunes && least > 0 || self.has_required_edges())) else {
            return usize::MAX;
        };
        let later = self.min_nodes.saturating_sub(prefix.nodes() + 1);
        let has_end = self.output == Output::End;
        let needs_path = prunes && self.inputs > 0 && matches!(self.output, Output::Last | Output::End);
        let inner = later.saturating_sub(usize::from(has_end)) * least;
        let last = usize::from(needs_path && later > 0 && (has_end || least == 0));
        max.saturating_sub(prefix.edge_count() + inner + last)
    }
}

#[cfg(test)]
mod tests {
    use crate::graph::Graph;
    use crate::space::{FileSpace, Space};
    use std::collections::BTreeSet;

    /// A space whose only part has one operation and these keys.
    fn space(keys: &str) -> FileSpace {
        let text = format!(
            "format = 1\nname = \"small\"\n{}[op]\na = {{ kind = \"conv\" }}\n[part.p]\nedges = \"free\"\nops = [\"a\"]\n{}\n[[layer]]\n\
             part = \"p\"\n[[layer]]\nop = {{ kind = \"head\" }}\n",
            if keys.contains("graph") { "same = \"graph\"\n" } else { "" },
            keys.replace("graph", "")
        );
        let space = FileSpace::parse(&text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
        FileSpace { repairs: true, ..space }
    }

    /// Whether every node of a graph is one that the masks allow.
    fn admits(space: &FileSpace, graph: &Graph) -> bool {
        (0..graph.nodes()).all(|node| {
            let mask = space.row_mask(0, &graph.truncated(node)).unwrap();
            let edges = graph.predecessors(node).count();
            let label = mask.labels.is_empty() || mask.labels.contains(&graph.node_label(node));
            label && (mask.degree[0]..=mask.degree[1]).contains(&edges)
        })
    }

    /// Every valid graph of the rules, or one with the same key, is within the masks.
    #[test]
    fn restricted_masks_admit_every_architecture() {
        for keys in [
            "inputs = 1\nnodes = 5\nmax_edges = 3",
            "inputs = 1\nnodes = 5\nmax_edges = 3\nin_degree = [1, 2]",
            "inputs = 2\nnodes = 5\noutput = \"end\"\nin_degree = [2, 3]\nmax_edges = 6\ngraph",
            "nodes = 5\noutput = \"leaves\"\nmax_edges = 4",
            "nodes = 5\noutput = \"inner\"\nmax_edges = 4\nin_degree = [0, 2]\ngraph",
            "inputs = 1\nnodes = [3, 5]\noutput = \"end\"\nmax_edges = 4",
        ] {
            let space = space(keys);
            let nodes = space.limits().max_nodes;
            let pairs: Vec<_> = (1..nodes).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
            let label = |node: usize| match (space.limits().node_labels, node) {
                (0, _) => 0,
                _ if node + 1 == nodes && space.limits().output_label.is_some() => space.limits().output_label.unwrap(),
                _ => u8::from(space.limits().input_label.is_some() && node > keys.matches("inputs = 2").count()),
            };
            let (mut all, mut admitted) = (BTreeSet::new(), BTreeSet::new());
            for edges in 0_u32..1 << pairs.len() {
                let mut graph = Graph::empty(nodes);
                (0..nodes).for_each(|node| graph.label(node, label(node)));
                let present = pairs.iter().enumerate().filter(|(place, _)| edges >> place & 1 == 1);
                present.for_each(|(_, (from, to))| graph.put(*from, *to, 0));
                if space.validate(&graph).is_ok() {
                    let key = space.canonical(&graph).unwrap();
                    if admits(&space, &graph) {
                        admitted.insert(key.clone());
                    }
                    all.insert(key);
                }
            }
            assert!(all.len() > 2, "{keys}");
            assert_eq!(all.difference(&admitted).count(), 0, "{keys}: {} of {}", admitted.len(), all.len());
        }
    }
}
