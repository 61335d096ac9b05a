//! Combines the graphs of several stages or cells into one graph, and splits it again.

use super::Graph;

impl Graph {
    /// The disjoint union: the nodes of each graph follow those of the previous one.
    #[must_use]
    pub fn disjoint_union(graphs: &[Graph]) -> Graph {
        let mut combined = Graph::empty(graphs.iter().map(Graph::nodes).sum());
        let mut first = 0;
        for graph in graphs {
            for (node, &label) in graph.node_labels().iter().enumerate() {
                combined.label(first + node, label);
            }
            for (from, to, label) in graph.edges() {
                combined.put(first + from, first + to, label);
            }
            first += graph.nodes();
        }
        combined
    }

    /// Splits the graph into `parts` graphs with the same number of nodes. Edges between parts are dropped, and so are
    /// the last nodes if their number is not a multiple of `parts`.
    #[must_use]
    pub fn split(&self, parts: usize) -> Vec<Graph> {
        let size = self.nodes().checked_div(parts).unwrap_or(0);
        (0..parts).map(|part| self.range(part * size, size)).collect()
    }

    /// The subgraph of the `size` nodes from `first` on.
    pub(crate) fn range(&self, first: usize, size: usize) -> Graph {
        let mut part = Graph::empty(size);
        for to in 0..size {
            part.label(to, self.node_label(first + to));
            for from in 0..to {
                if let Some(label) = self.edge_label(first + from, first + to) {
                    part.put(from, to, label);
                }
            }
        }
        part
    }
}
