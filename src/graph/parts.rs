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
        self.subgraph(&(first..first + size).collect::<Vec<_>>())
    }

    /// Returns the graph of some nodes, in ascending order, and of the edges between them.
    pub(crate) fn subgraph(&self, nodes: &[usize]) -> Graph {
        let mut graph = Graph::empty(nodes.len());
        for (to, &old_to) in nodes.iter().enumerate() {
            graph.label(to, self.node_label(old_to));
            for (from, &old_from) in nodes[..to].iter().enumerate() {
                if let Some(label) = self.edge_label(old_from, old_to) {
                    graph.put(from, to, label);
                }
            }
        }
        graph
    }
}
