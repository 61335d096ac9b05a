//! Graphs side by side: an architecture of several stages or cells as one graph, and back.

use super::Graph;

impl Graph {
    /// The disjoint union: the nodes of each graph follow those of the one before it, and no edge joins two of them.
    #[must_use]
    pub fn side_by_side(graphs: &[Graph]) -> Graph {
        let mut whole = Graph::empty(graphs.iter().map(Graph::nodes).sum());
        let mut first = 0;
        for graph in graphs {
            for (node, &label) in graph.node_labels().iter().enumerate() {
                whole.label(first + node, label);
            }
            for (from, to, label) in graph.edges() {
                whole.put(first + from, first + to, label);
            }
            first += graph.nodes();
        }
        whole
    }

    /// The graph cut into `parts` graphs of equally many nodes: edges between two parts are left out, and so are the
    /// last nodes where their number is no multiple of `parts`.
    #[must_use]
    pub fn split(&self, parts: usize) -> Vec<Graph> {
        let size = self.nodes().checked_div(parts).unwrap_or(0);
        (0..parts).map(|part| self.window(part * size, size)).collect()
    }

    /// The subgraph of `size` nodes from `first` on.
    fn window(&self, first: usize, size: usize) -> Graph {
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
