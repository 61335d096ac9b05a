//! The structure of a batch of subgraphs: nodes, edges and predecessors.
//!
//! A table is an array of integers, in sections whose offsets depend only on the capacities:
//!
//! | section | length |
//! | --- | --- |
//! | counts: subgraphs, nodes, edges, graphs | 4 |
//! | first node of each subgraph, and the end | subgraphs + 1 |
//! | first edge into each node, and the end | nodes + 1 |
//! | position of each node in its graph | nodes |
//! | bit set of each node's predecessors: low words, then high words | 2 x nodes |
//! | subgraph of each node | nodes |
//! | source, target, class, reverse of each edge | 4 x edges |
//!
//! The last node of a subgraph is its new node. Edges are sorted by target; the reverse of u -> v is v -> u.

use super::Dims;
use crate::kernel::operands::integers;

/// The most nodes of a graph: a bit set of predecessors has two words of 32 bits.
pub const MAX_NODES: usize = 64;

/// Returns the words of a bit set, the low one first.
#[must_use]
pub fn words(set: u64) -> [u32; 2] {
    [set as u32, (set >> 32) as u32]
}

/// Returns the bit set of two words.
#[must_use]
pub fn joined(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// Capacities of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableSizes {
    /// Maximum subgraphs.
    pub subgraphs: usize,
    /// Maximum nodes of all subgraphs.
    pub nodes: usize,
    /// Maximum directed edges of all subgraphs.
    pub edges: usize,
}

impl TableSizes {
    /// Capacity for all subgraphs of `graphs` graphs with up to `nodes` nodes.
    #[must_use]
    pub fn of_graphs(graphs: usize, nodes: usize) -> Self {
        Self::of_sparse_graphs(graphs, nodes, nodes)
    }

    /// As [`TableSizes::of_graphs`], for graphs with at most `in_degree` edges into every node but the last one.
    #[must_use]
    pub fn of_sparse_graphs(graphs: usize, nodes: usize, in_degree: usize) -> Self {
        // The new node after `earlier` ones has an edge to and from each; an edge between those is in both directions.
        let pairs = |earlier: usize| earlier + (0..earlier).map(|node| node.min(in_degree)).sum::<usize>();
        Self {
            subgraphs: graphs * nodes,
            nodes: graphs * nodes * (nodes + 1) / 2,
            edges: (graphs * (0..nodes).map(|earlier| 2 * pairs(earlier)).sum::<usize>()).max(1),
        }
    }

    /// Capacity for `subgraphs` subgraphs with up to `nodes` nodes each.
    #[must_use]
    pub fn of_subgraphs(subgraphs: usize, nodes: usize) -> Self {
        Self { subgraphs, nodes: subgraphs * nodes, edges: (subgraphs * nodes * (nodes - 1)).max(1) }
    }

    /// Returns the number of integers of a table.
    #[must_use]
    pub fn len(&self) -> usize {
        4 + (self.subgraphs + 1) + (self.nodes + 1) + 4 * self.nodes + 4 * self.edges
    }

    /// Whether the capacity is zero.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.subgraphs == 0
    }
}

impl Dims {
    /// Returns the capacities of the batch.
    #[must_use]
    pub fn sizes(&self) -> TableSizes {
        TableSizes { subgraphs: self.subgraphs as usize, nodes: self.nodes as usize, edges: self.edges as usize }
    }
}

/// The sections of a table.
#[derive(Debug, Clone, Copy)]
pub struct Table<'a> {
    /// First node of each subgraph, and the end.
    pub first_node: &'a [u32],
    /// First edge into each node, and the end.
    pub first_edge: &'a [u32],
    /// Position of each node in its graph.
    pub position: &'a [u32],
    /// Bit set of each node's predecessors: the low and the high words.
    inputs: [&'a [u32]; 2],
    /// Subgraph of each node.
    pub subgraph: &'a [u32],
    /// Source of each edge.
    pub source: &'a [u32],
    /// Target of each edge.
    pub target: &'a [u32],
    /// Class of each edge ([`Dims::classes`]).
    pub class: &'a [u32],
    /// The reverse of each edge.
    pub reverse: &'a [u32],
}

impl<'a> Table<'a> {
    /// Returns the used part of the sections of a table with these capacities.
    #[must_use]
    pub fn new(data: &'a [f32], sizes: TableSizes) -> Self {
        let data = integers(data);
        let [subgraphs, nodes, edges] = [0, 1, 2].map(|at| data[at] as usize);
        let mut at = 4;
        let mut section = |used: usize, capacity: usize| {
            let section = &data[at..at + used];
            at += capacity;
            section
        };
        Self {
            first_node: section(subgraphs + 1, sizes.subgraphs + 1),
            first_edge: section(nodes + 1, sizes.nodes + 1),
            position: section(nodes, sizes.nodes),
            inputs: [section(nodes, sizes.nodes), section(nodes, sizes.nodes)],
            subgraph: section(nodes, sizes.nodes),
            source: section(edges, sizes.edges),
            target: section(edges, sizes.edges),
            class: section(edges, sizes.edges),
            reverse: section(edges, sizes.edges),
        }
    }

    /// Returns the used subgraphs.
    #[must_use]
    pub fn subgraphs(&self) -> usize {
        self.first_node.len() - 1
    }

    /// Returns the used nodes.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.position.len()
    }

    /// Returns the used edges.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.source.len()
    }

    /// Iterates over the positions of a node's predecessors, in ascending order.
    #[inline(always)]
    pub fn inputs(&self, node: usize) -> impl Iterator<Item = usize> + use<> {
        let mut set = joined(self.inputs[0][node], self.inputs[1][node]);
        std::iter::from_fn(move || {
            let position = set.trailing_zeros() as usize;
            // Removes the lowest bit; an empty set ends the iteration.
            let found = (set != 0).then_some(position);
            set &= set.wrapping_sub(1);
            found
        })
    }

    /// Returns the new node of a node's subgraph.
    #[must_use]
    pub fn newest(&self, node: usize) -> usize {
        self.first_node[self.subgraph[node] as usize + 1] as usize - 1
    }

    /// Returns the nodes of a subgraph.
    #[must_use]
    pub fn members(&self, subgraph: usize) -> std::ops::Range<usize> {
        self.first_node[subgraph] as usize..self.first_node[subgraph + 1] as usize
    }
}

/// Builds a table, subgraph by subgraph.
#[derive(Debug, Clone)]
pub struct TableBuilder {
    labels: usize,
    first_node: Vec<u32>,
    first_edge: Vec<u32>,
    position: Vec<u32>,
    inputs: [Vec<u32>; 2],
    subgraph: Vec<u32>,
    /// Source, target, class and reverse of every edge.
    edges: [Vec<u32>; 4],
}

impl TableBuilder {
    /// Creates an empty table for graphs with this many edge labels (0: none).
    #[must_use]
    pub fn new(edge_labels: usize) -> Self {
        Self {
            labels: edge_labels.max(1),
            first_node: vec![0],
            first_edge: vec![0],
            position: Vec::new(),
            inputs: Default::default(),
            subgraph: Vec::new(),
            edges: Default::default(),
        }
    }

    /// Returns the nodes added so far.
    #[must_use]
    pub fn nodes(&self) -> usize {
        self.position.len()
    }

    /// Adds a subgraph: the nodes whose predecessors are given as bit sets, and one new node after them.
    ///
    /// `label` returns the label of the edge between two positions. A subgraph has at most [`MAX_NODES`] nodes.
    pub fn push(&mut self, predecessors: &[u64], label: impl Fn(usize, usize) -> u32) {
        let (base, newest) = (self.nodes() as u32, predecessors.len());
        let first = self.edges[0].len() as u32;
        let subgraph = self.first_node.len() as u32 - 1;
        // Index of the edge from one position (first index) to another (second index).
        let mut edge_index = vec![vec![0_u32; newest + 1]; newest + 1];
        for target in 0..=newest {
            for (source, edge_index) in edge_index.iter_mut().enumerate().filter(|(source, _)| *source != target) {
                let Some(class) = self.class(predecessors, source, target, &label) else { continue };
                edge_index[target] = self.edges[0].len() as u32;
                for (column, value) in self.edges.iter_mut().zip([base + source as u32, base + target as u32, class]) {
                    column.push(value);
                }
            }
            self.first_edge.push(self.edges[0].len() as u32);
            self.position.push(target as u32);
            let set = words(predecessors.get(target).copied().unwrap_or(0));
            self.inputs.iter_mut().zip(set).for_each(|(inputs, word)| inputs.push(word));
            self.subgraph.push(subgraph);
        }
        for edge in first as usize..self.edges[0].len() {
            let [source, target] = [0, 1].map(|end| (self.edges[end][edge] - base) as usize);
            self.edges[3].push(edge_index[target][source]);
        }
        self.first_node.push(self.nodes() as u32);
    }

    /// Returns the class of the edge between two positions, or `None` if there is no edge.
    fn class(
        &self,
        predecessors: &[u64],
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

    /// Returns the table with these capacities, or `None` if it does not fit.
    #[must_use]
    pub fn finish(&self, sizes: TableSizes) -> Option<Vec<u32>> {
        let (subgraphs, nodes, edges) = (self.first_node.len() - 1, self.nodes(), self.edges[0].len());
        if subgraphs > sizes.subgraphs || nodes > sizes.nodes || edges > sizes.edges {
            return None;
        }
        let mut table = Vec::with_capacity(sizes.len());
        table.extend([subgraphs as u32, nodes as u32, edges as u32, 0]);
        let mut section = |values: &[u32], capacity: usize| {
            table.extend_from_slice(values);
            table.resize(table.len() + capacity - values.len(), 0);
        };
        section(&self.first_node, sizes.subgraphs + 1);
        section(&self.first_edge, sizes.nodes + 1);
        let [low, high] = &self.inputs;
        for values in [&self.position, low, high, &self.subgraph] {
            section(values, sizes.nodes);
        }
        self.edges.iter().for_each(|values| section(values, sizes.edges));
        Some(table)
    }
}
