//! The labelled graph: a strictly lower-triangular matrix of optional edge labels, and a label per node.

use super::GraphError;

/// A labelled directed acyclic graph in topological order (docs/method.md section 1).
///
/// Every edge leads from a lower to a higher node, so the graph has no cycles. Nodes and edges have integer labels. In
/// a space without edge labels, edges have label 0; in a space with `L_e` edge labels, label 0 ("none") means that the
/// edge is absent, and edges have labels `1..L_e`.
///
/// ```
/// use graphpnas::graph::Graph;
///
/// let mut graph = Graph::empty(3);
/// graph.set_edge(0, 2, 1)?;
/// assert_eq!(graph.predecessors(2).collect::<Vec<_>>(), [0]);
/// assert!(graph.set_edge(2, 0, 1).is_err(), "edges lead from lower to higher nodes");
/// # Ok::<(), graphpnas::graph::GraphError>(())
/// ```
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
    /// Creates a graph of `nodes` nodes with label 0 and without edges. It takes about `nodes^2` bytes.
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

    /// Whether the edge is present; false unless `from < to < nodes`.
    #[must_use]
    pub fn has_edge(&self, from: usize, to: usize) -> bool {
        self.edge_label(from, to).is_some()
    }

    /// The label of an edge; `None` if the edge is absent or not `from < to < nodes`.
    #[must_use]
    pub fn edge_label(&self, from: usize, to: usize) -> Option<u8> {
        self.cell(from, to).and_then(|cell| self.cells.get(cell).copied().flatten())
    }

    /// Adds an edge, or changes the label of an existing edge (0 in a space without edge labels).
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

    /// [`Graph::set_edge`] for valid pairs; any other pair is ignored.
    pub(crate) fn put(&mut self, from: usize, to: usize, label: u8) {
        if let Some(cell) = self.cell(from, to) {
            self.cells[cell] = Some(label);
        }
    }

    /// Removes an edge and returns its label; `None` if the edge was absent.
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

    /// Sets the label of a node.
    ///
    /// # Errors
    /// [`GraphError::OutOfRange`] for an unknown node.
    pub fn set_node_label(&mut self, node: usize, label: u8) -> Result<(), GraphError> {
        self.check_node(node)?;
        self.label(node, label);
        Ok(())
    }

    /// [`Graph::set_node_label`] for existing nodes; any other node is ignored.
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

    /// The nodes with an edge from `from`, in ascending order.
    pub fn successors(&self, from: usize) -> impl Iterator<Item = usize> + '_ {
        (from.saturating_add(1)..self.nodes()).filter(move |&to| self.has_edge(from, to))
    }

    /// Row `to` of the adjacency matrix: for each `from` in `0..to`, whether the edge is present.
    ///
    /// It has `to` values (the rest of the row is zero); a row out of range is all false.
    pub fn row(&self, to: usize) -> impl Iterator<Item = bool> + '_ {
        (0..to).map(move |from| self.has_edge(from, to))
    }

    /// The subgraph of the first `nodes` nodes; the complete graph if it has no more.
    #[must_use]
    pub fn truncated(&self, nodes: usize) -> Graph {
        let nodes = nodes.min(self.nodes());
        Graph { node_labels: self.node_labels[..nodes].to_vec(), cells: self.cells[..row_start(nodes)].to_vec() }
    }

    /// The graph with an additional last node of label 0, without edges.
    #[must_use]
    pub fn with_added_node(&self) -> Graph {
        let mut longer = self.clone();
        longer.node_labels.push(0);
        longer.cells.resize(row_start(longer.node_labels.len()), None);
        longer
    }

    /// The number of differences of two graphs: nodes that only one has or whose labels differ, and edges that only one
    /// has or whose labels differ.
    #[must_use]
    pub fn edit_distance(&self, other: &Graph) -> usize {
        // Rows are stored in sequence, so the cells of the smaller graph are a prefix of the larger graph's.
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
