//! The parts of a space file: graphs whose nodes or edges carry operations.

use super::tree::Value;
use crate::convert::to_u8;
use crate::space::Limits;

/// The largest number of nodes of a part.
pub(super) const MAX_NODES: usize = 64;

/// What carries the operations.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Carrier {
    Node,
    Edge,
}

/// Which edges a part has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wiring {
    /// Every node reads the one before.
    Chain,
    /// A chain whose edges are skip connections.
    Skips,
    /// Any edges.
    Free,
    /// An edge between every pair of nodes.
    All,
}

/// How several inputs of a node become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    Sum,
    Mean,
    WeightedSum,
    Concat,
    /// The sum, then batch normalisation.
    SumBn,
    /// The concatenation, then ReLU, 1x1 convolution and batch normalisation.
    Concat1x1,
}

/// Which nodes are the output of a part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Output {
    /// The last node.
    Last,
    /// A node without operation.
    End,
    /// All nodes that no other node reads.
    Leaves,
    /// All nodes but the inputs.
    Inner,
}

/// Bounds of the number of nodes or edges with some of the labels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Count {
    pub(super) names: Vec<String>,
    pub(super) labels: Vec<u8>,
    pub(super) min: usize,
    pub(super) max: usize,
}

/// Where stored outputs of a part with skips are halved.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Halving {
    /// Fractions of the depth.
    pub(super) at: Vec<(usize, usize)>,
    pub(super) op: Value,
    pub(super) channels: Option<Value>,
}

/// A part: a set of graphs.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) carrier: Carrier,
    pub(super) wiring: Wiring,
    /// The numbers of nodes, with inputs and end.
    pub(super) min_nodes: usize,
    pub(super) max_nodes: usize,
    /// Nodes that only hand in.
    pub(super) inputs: usize,
    /// The names of the operations without `zero`, in the order of their labels.
    pub(super) ops: Vec<String>,
    /// The positions of the names in the file.
    pub(super) op_places: Vec<Value>,
    /// The name of the operation `zero`: an edge may be absent although the part has all edges.
    pub(super) zero: Option<String>,
    /// The options of every position that carries an operation, in the file's order; 0 stands for an absent edge.
    pub(super) options: Vec<Vec<u8>>,
    pub(super) join: Join,
    pub(super) output: Output,
    pub(super) output_join: Join,
    pub(super) drop_path: bool,
    pub(super) in_degree: Option<[usize; 2]>,
    pub(super) max_edges: Option<usize>,
    pub(super) counts: Vec<Count>,
    pub(super) prepare: Option<Value>,
    /// The strides of a chain's nodes; empty if all are 1.
    pub(super) stride: Vec<usize>,
    /// The widths of a chain's nodes; empty if they do not change.
    pub(super) channels: Vec<Value>,
    pub(super) halving: Option<Halving>,
    /// Whether draws and networks are those of NAS-Bench-101.
    pub(super) nasbench101: bool,
}

impl Part {
    /// Whether two parts have the same keys, apart from their names and places in the file.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        let equal = |own: &[Value], other: &[Value]| {
            own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.tree_equals(other))
        };
        let optional = |own: &Option<Value>, other: &Option<Value>| equal(own.as_slice(), other.as_slice());
        let halving = match (&self.halving, &other.halving) {
            (None, None) => true,
            (Some(own), Some(other)) => {
                own.at == other.at && own.op.tree_equals(&other.op) && optional(&own.channels, &other.channels)
            }
            _ => false,
        };
        let plain = |part: &Self| Self {
            name: String::new(),
            op_places: Vec::new(),
            prepare: None,
            channels: Vec::new(),
            halving: None,
            ..part.clone()
        };
        halving
            && equal(&self.op_places, &other.op_places)
            && optional(&self.prepare, &other.prepare)
            && equal(&self.channels, &other.channels)
            && plain(self) == plain(other)
    }

    /// The number of positions that carry an operation in a graph of `nodes` nodes.
    pub(super) fn positions(&self, nodes: usize) -> usize {
        match self.carrier {
            Carrier::Node => nodes - self.inputs - usize::from(self.output == Output::End),
            Carrier::Edge => self.pairs(nodes).count(),
        }
    }

    /// The pairs of nodes between which an edge is possible, in the order 0-1, 0-2, 1-2, ...
    pub(super) fn pairs(&self, nodes: usize) -> impl Iterator<Item = (usize, usize)> + use<> {
        let first = match self.wiring {
            Wiring::Chain => nodes,
            _ => self.inputs.max(1),
        };
        (first..nodes).flat_map(|to| (0..to).map(move |from| (from, to)))
    }

    /// The smallest number of edges into a node; the end is exempt.
    pub(super) fn least_in_degree(&self) -> usize {
        self.in_degree.map_or(0, |[min, _]| min)
    }

    /// Whether some edges cannot be absent.
    pub(super) fn has_required_edges(&self) -> bool {
        self.carrier == Carrier::Edge && (0..self.options.len()).any(|position| !self.may_be_absent(position))
    }

    /// Whether the edge at a position may be absent.
    pub(super) fn may_be_absent(&self, position: usize) -> bool {
        self.wiring == Wiring::Free || self.options[position].contains(&0)
    }

    /// Whether a graph's edges are chosen; otherwise it has none, because the wiring determines them.
    pub(super) fn chooses_edges(&self) -> bool {
        self.carrier == Carrier::Edge || matches!(self.wiring, Wiring::Skips | Wiring::Free)
    }

    /// Whether no two graphs are isomorphic, because the wiring orders the nodes.
    pub(super) fn has_fixed_numbering(&self) -> bool {
        matches!(self.wiring, Wiring::Chain | Wiring::Skips) || !self.chooses_edges()
    }

    /// Whether chain nodes at the end may be absent.
    pub(super) fn may_be_shorter(&self) -> bool {
        self.wiring == Wiring::Chain && self.min_nodes < self.max_nodes
    }

    /// The label of the first operation: 1 if label 0 stands for an input or an absent node, else 0.
    pub(super) fn first_label(&self) -> u8 {
        match self.carrier {
            Carrier::Node => u8::from(self.inputs > 0 || self.may_be_shorter()),
            Carrier::Edge => 1,
        }
    }

    /// The label of the end.
    pub(super) fn end_label(&self) -> Option<u8> {
        (self.output == Output::End).then(|| to_u8(self.ops.len()) + self.first_label())
    }

    /// The place of the operation of a node or edge label.
    pub(super) fn op_of(&self, label: u8) -> Option<usize> {
        let index = usize::from(label.checked_sub(self.first_label())?);
        (index < self.ops.len()).then_some(index)
    }

    /// The name of the operation of a label; empty for a label without operation.
    pub(super) fn op_name(&self, label: u8) -> &str {
        self.op_of(label).map_or("", |index| self.ops[index].as_str())
    }

    /// The sizes of the part's graphs.
    pub(super) fn limits(&self) -> Limits {
        let labels = self.ops.len() + usize::from(self.first_label()) + usize::from(self.output == Output::End);
        let node_labels = match self.carrier {
            Carrier::Node if labels > 1 => labels,
            _ => 0,
        };
        // A chain whose end may be absent is padded to its longest form.
        let min_nodes = if self.wiring == Wiring::Chain { self.max_nodes } else { self.min_nodes };
        let in_degree = match self.in_degree {
            _ if !self.chooses_edges() => 0,
            Some([_, max]) => max.min(self.max_nodes - 1),
            None => self.max_nodes - 1,
        };
        Limits {
            max_nodes: self.max_nodes,
            min_nodes,
            node_labels,
            edge_labels: if self.carrier == Carrier::Edge { self.ops.len() + 1 } else { 0 },
            in_degree,
            input_label: (self.carrier == Carrier::Node && self.inputs > 0).then_some(0),
            output_label: self.end_label(),
        }
    }
}
