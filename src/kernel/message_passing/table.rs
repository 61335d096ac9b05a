//! The shape of a batch of subgraphs: who is where, and who feeds whom.
//!
//! One row of whole numbers, in sections whose places depend on the capacities only:
//!
//! | section | numbers |
//! | --- | --- |
//! | counts: subgraphs, nodes, edges, graphs | 4 |
//! | first node of each subgraph, and the end | subgraphs + 1 |
//! | first edge into each node, and the end | nodes + 1 |
//! | position of each node in its graph | nodes |
//! | bit set of each node's predecessors | nodes |
//! | subgraph of each node | nodes |
//! | source, target, class, reverse of each edge | 4 x edges |
//!
//! The last node of a subgraph is its new node. Edges are sorted by target; the reverse of u -> v is v -> u.

use super::Dims;
use crate::kernel::operands::whole;

/// Capacities of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Subgraphs.
    pub subgraphs: usize,
    /// Nodes of all subgraphs.
    pub nodes: usize,
    /// Directed edges of all subgraphs.
    pub edges: usize,
}

impl TableSizes {
    /// Room for every subgraph of `graphs` graphs with up to `nodes` nodes.
    #[must_use]
    pub fn of_graphs(graphs: usize, nodes: usize) -> Self {
        Self {
            subgraphs: graphs * nodes,
            nodes: graphs * nodes * (nodes + 1) / 2,
            edges: (graphs * (nodes - 1) * nodes * (nodes + 1) / 3).max(1),
        }
    }

    /// Room for `subgraphs` subgraphs with up to `nodes` nodes each.
    #[must_use]
    pub fn of_subgraphs(subgraphs: usize, nodes: usize) -> Self {
        Self { subgraphs, nodes: subgraphs * nodes, edges: (subgraphs * nodes * (nodes - 1)).max(1) }
    }

    /// Numbers of a table.
    #[must_use]
    pub fn len(&self) -> usize {
        4 + (self.subgraphs + 1) + (self.nodes + 1) + 3 * self.nodes + 4 * self.edges
    }

    /// Whether it has no room at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subgraphs == 0
    }
}

impl Dims {
    /// The capacities of the batch.
    #[must_use]
    pub fn sizes(&self) -> TableSizes {
        TableSizes { subgraphs: self.subgraphs as usize, nodes: self.nodes as usize, edges: self.edges as usize }
    }
}

/// A table's sections.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// First node of each subgraph, and the end.
    pub first_node: &'a [u32],
    /// First edge into each node, and the end.
    pub first_edge: &'a [u32],
    /// Position of each node in its graph.
    pub position: &'a [u32],
    /// Bit set of each node's predecessors.
    pub inputs: &'a [u32],
    /// Subgraph of each node.
    pub subgraph: &'a [u32],
    /// Source of each edge.
    pub source: &'a [u32],
    /// Target of each edge.
    pub target: &'a [u32],
    /// Class of each edge ([`Dims::classes`]).
    pub class: &'a [u32],
    /// The edge the other way.
    pub reverse: &'a [u32],
}

impl<'a> Table<'a> {
    /// The sections of a table with these capacities, cut to what is used.
    #[must_use]
    pub fn new(numbers: &'a [f32], sizes: TableSizes) -> Self {
        let numbers = whole(numbers);
        let [subgraphs, nodes, edges] = [0, 1, 2].map(|at| numbers[at] as usize);
        let mut at = 4;
        let mut section = |used: usize, capacity: usize| {
            let section = &numbers[at..at + used];
            at += capacity;
            section
        };
        Self {
            first_node: section(subgraphs + 1, sizes.subgraphs + 1),
            first_edge: section(nodes + 1, sizes.nodes + 1),
            position: section(nodes, sizes.nodes),
            inputs: section(nodes, sizes.nodes),
            subgraph: section(nodes, sizes.nodes),
            source: section(edges, sizes.edges),
            target: section(edges, sizes.edges),
            class: section(edges, sizes.edges),
            reverse: section(edges, sizes.edges),
        }
    }

    /// Subgraphs in use.
    #[must_use]
    pub fn subgraphs(&self) -> usize {
        self.first_node.len() - 1
    }

    /// Nodes in use.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.position.len()
    }

    /// Edges in use.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.source.len()
    }

    /// The new node of a node's subgraph.
    #[must_use]
    pub fn newest(&self, node: usize) -> usize {
        self.first_node[self.subgraph[node] as usize + 1] as usize - 1
    }

    /// The nodes of a subgraph.
    #[must_use]
    pub fn members(&self, subgraph: usize) -> std::ops::Range<usize> {
        self.first_node[subgraph] as usize..self.first_node[subgraph + 1] as usize
    }
}

/// Fills a table subgraph by subgraph.
#[derive(Debug, Clone)]
pub struct TableBuilder {
    labels: usize,
    first_node: Vec<u32>,
    first_edge: Vec<u32>,
    position: Vec<u32>,
    inputs: Vec<u32>,
    subgraph: Vec<u32>,
    /// Source, target, class and reverse of every edge.
    edges: [Vec<u32>; 4],
}

impl TableBuilder {
    /// An empty table for graphs with so many edge labels (0: none).
    #[must_use]
    pub fn new(edge_labels: usize) -> Self {
        Self {
            labels: edge_labels.max(1),
            first_node: vec![0],
            first_edge: vec![0],
            position: Vec::new(),
            inputs: Vec::new(),
            subgraph: Vec::new(),
            edges: Default::default(),
        }
    }

    /// Nodes so far.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.position.len()
    }

    /// Adds the subgraph of the nodes whose predecessors are given as bit sets, and one new node after them.
    ///
    /// `label` tells the label of the edge from the first node to the second, by position.
    pub fn push(&mut self, predecessors: &[u32], label: impl Fn(usize, usize) -> u32) {
        let (base, newest) = (self.nodes() as u32, predecessors.len());
        let first = self.edges[0].len() as u32;
        let number = self.first_node.len() as u32 - 1;
        // The number of the edge from the first index to the second, by position.
        let mut known = vec![[0_u32; 33]; newest + 1];
        for target in 0..=newest {
            for (source, known) in known.iter_mut().enumerate().filter(|(source, _)| *source != target) {
                let Some(class) = self.class(predecessors, source, target, &label) else { continue };
                known[target] = self.edges[0].len() as u32;
                for (column, value) in self.edges.iter_mut().zip([base + source as u32, base + target as u32, class]) {
                    column.push(value);
                }
            }
            self.first_edge.push(self.edges[0].len() as u32);
            self.position.push(target as u32);
            self.inputs.push(predecessors.get(target).copied().unwrap_or(0));
            self.subgraph.push(number);
        }
        for edge in first as usize..self.edges[0].len() {
            let [source, target] = [0, 1].map(|end| (self.edges[end][edge] - base) as usize);
            self.edges[3].push(known[target][source]);
        }
        self.first_node.push(self.nodes() as u32);
    }

    /// The class of the edge between two positions, or `None` where there is none.
    fn class(
        &self,
        predecessors: &[u32],
        source: usize,
        target: usize,
        label: &impl Fn(usize, usize) -> u32,
    ) -> Option<u32> {
        let newest = predecessors.len();
        if source == newest {
            return Some(self.labels as u32);
        }
        if target == newest {
            return Some(self.labels as u32 + 1);
        }
        let (low, high) = (source.min(target), source.max(target));
        let label = || if self.labels > 1 { label(low, high) } else { 0 };
        (predecessors[high] >> low & 1 == 1).then(label)
    }

    /// The table in the sections of these capacities, or `None` where it does not fit.
    #[must_use]
    pub fn finish(&self, sizes: TableSizes) -> Option<Vec<u32>> {
        let (subgraphs, nodes, edges) = (self.first_node.len() - 1, self.nodes(), self.edges[0].len());
        if subgraphs > sizes.subgraphs || nodes > sizes.nodes || edges > sizes.edges {
            return None;
        }
        let mut table = Vec::with_capacity(sizes.len());
        table.extend([subgraphs as u32, nodes as u32, edges as u32, 0]);
        let mut section = |numbers: &[u32], capacity: usize| {
            table.extend_from_slice(numbers);
            table.resize(table.len() + capacity - numbers.len(), 0);
        };
        section(&self.first_node, sizes.subgraphs + 1);
        section(&self.first_edge, sizes.nodes + 1);
        for numbers in [&self.position, &self.inputs, &self.subgraph] {
            section(numbers, sizes.nodes);
        }
        self.edges.iter().for_each(|numbers| section(numbers, sizes.edges));
        Some(table)
    }
}
