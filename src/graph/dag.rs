//! The labelled graph: a strictly lower-triangular matrix of optional edge labels, and a label a node.

use super::GraphError;

/// A labelled directed acyclic graph in topological order (docs/method.md section 1).
///
/// Every edge leads from a lower to a higher node, so no cycle can be expressed. Nodes and edges carry a small
/// number as their label. In a space without edge labels a present edge carries label 0; in a space with `L_e`
/// edge labels, label 0 ("none") is the absence of the edge and present edges carry `1..L_e`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Graph {
    node_labels: Vec<u8>,
    /// Row `to` of the lower triangle starts at `to * (to - 1) / 2` and has `to` entries.
    cells: Vec<Option<u8>>,
}

/// Number of entries of the lower triangle above row `row`.
fn row_start(row: usize) -> usize {
    row * row.saturating_sub(1) / 2
}

impl Graph {
    /// A graph of `nodes` nodes, all with label 0, and no edge. Takes about `nodes^2` bytes.
    #[must_use]
    pub fn empty(nodes: usize) -> Graph {
        Graph { node_labels: vec![0; nodes], cells: vec![None; row_start(nodes)] }
    }

    /// The number of nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.node_labels.len()
    }

    fn cell(&self, from: usize, to: usize) -> Option<usize> {
        (from < to && to < self.nodes()).then(|| row_start(to) + from)
    }

    /// Whether the edge is present; false for any pair that is not `from < to < nodes`.
    #[must_use]
    pub fn has_edge(&self, from: usize, to: usize) -> bool {
        self.edge_label(from, to).is_some()
    }

    /// The label of an edge; `None` where there is no edge or the pair is not `from < to < nodes`.
    #[must_use]
    pub fn edge_label(&self, from: usize, to: usize) -> Option<u8> {
        self.cell(from, to).and_then(|cell| self.cells.get(cell).copied().flatten())
    }

    /// Adds the edge, or gives the present edge a new label (0 in a space without edge labels).
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`] for an unknown node, [`GraphError::NotForward`] unless `from < to`.
    pub fn set_edge(&mut self, from: usize, to: usize, label: u8) -> Result<(), GraphError> {
        self.check_node(from)?;
        self.check_node(to)?;
        if from >= to {
            return Err(GraphError::NotForward { from, to });
        }
        self.put(from, to, label);
        Ok(())
    }

    /// [`Graph::set_edge`] for pairs already known to be in order; any other pair is left out.
    pub(crate) fn put(&mut self, from: usize, to: usize, label: u8) {
        if let Some(cell) = self.cell(from, to) {
            self.cells[cell] = Some(label);
        }
    }

    /// Removes an edge and returns its label; `None` where there was no such edge.
    pub fn remove_edge(&mut self, from: usize, to: usize) -> Option<u8> {
        let cell = self.cell(from, to)?;
        self.cells[cell].take()
    }

    /// The label of a node; 0 for a node that does not exist.
    #[must_use]
    pub fn node_label(&self, node: usize) -> u8 {
        self.node_labels.get(node).copied().unwrap_or(0)
    }

    /// The labels of all nodes, in order.
    #[must_use]
    pub fn node_labels(&self) -> &[u8] {
        &self.node_labels
    }

    /// Gives a node a label.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`] for an unknown node.
    pub fn set_node_label(&mut self, node: usize, label: u8) -> Result<(), GraphError> {
        self.check_node(node)?;
        self.label(node, label);
        Ok(())
    }

    /// [`Graph::set_node_label`] for nodes already known to exist; any other is left out.
    pub(crate) fn label(&mut self, node: usize, label: u8) {
        if let Some(slot) = self.node_labels.get_mut(node) {
            *slot = label;
        }
    }

    /// All edges as `(from, to, label)`, ordered by `(to, from)`.
    pub fn edges(&self) -> impl Iterator<Item = (usize, usize, u8)> + '_ {
        (1..self.nodes())
            .flat_map(move |to| (0..to).filter_map(move |from| Some((from, to, self.edge_label(from, to)?))))
    }

    /// The number of edges.
    #[must_use]
    pub fn edge_count(&self) -> usize {
        self.cells.iter().flatten().count()
    }

    /// The nodes with an edge into `to`, in ascending order.
    pub fn predecessors(&self, to: usize) -> impl Iterator<Item = usize> + '_ {
        (0..to).filter(move |&from| self.has_edge(from, to))
    }

    /// The nodes that an edge from `from` leads to, in ascending order.
    pub fn successors(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        (from.saturating_add(1)..self.nodes()).filter(move |&to| self.has_edge(from, to))
    }

    /// Row `to` of the adjacency matrix: for each `from` in `0..to`, in order, whether the edge is present.
    ///
    /// It has `to` values (the rest of the row is zero); a row that does not exist reads as all false.
    pub fn row(&self, to: usize) -> impl Iterator<Item = bool> + '_ {
        (0..to).map(move |from| self.has_edge(from, to))
    }

    /// The subgraph of the first `nodes` nodes; the whole graph where it has no more than that.
    #[must_use]
    pub fn truncated(&self, nodes: usize) -> Graph {
        let nodes = nodes.min(self.nodes());
        Graph { node_labels: self.node_labels[..nodes].to_vec(), cells: self.cells[..row_start(nodes)].to_vec() }
    }

    /// The graph with one more node, of label 0 and without edges.
    #[must_use]
    pub fn grown(&self) -> Graph {
        let mut longer = self.clone();
        longer.node_labels.push(0);
        longer.cells.resize(row_start(longer.node_labels.len()), None);
        longer
    }

    /// In how many places two graphs differ: nodes that only one has or that carry different labels, and pairs of nodes
    /// joined in only one or by edges of different labels.
    #[must_use]
    pub fn differences(&self, other: &Graph) -> usize {
        // Rows follow each other, so the smaller graph's pairs are the first ones of the larger.
        let (small, large) = if self.nodes() <= other.nodes() { (self, other) } else { (other, self) };
        let labels = small.node_labels.iter().zip(&large.node_labels).filter(|(a, b)| a != b).count();
        let cells = small.cells.iter().zip(&large.cells).filter(|(a, b)| a != b).count();
        let beyond = large.cells[small.cells.len()..].iter().flatten().count();
        labels + large.nodes() - small.nodes() + cells + beyond
    }

    fn check_node(&self, node: usize) -> Result<(), GraphError> {
        let nodes = self.nodes();
        if node < nodes { Ok(()) } else { Err(GraphError::OutOfRange { node, nodes }) }
    }
}
