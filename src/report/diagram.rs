//! What a drawing of an architecture shows: nodes and arrows with the space's names on them.

use crate::graph::Graph;
use crate::space::{InvalidGraph, Space, darts, enas, nasbench101, nasbench201, randwire};

/// What something does; drawings give each kind a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// A place where results meet.
    Node,
    /// An input or output.
    End,
    /// A convolution over a window.
    Convolution,
    /// A convolution of single pixels.
    Pointwise,
    /// A depthwise-separable convolution.
    Separable,
    /// A dilated convolution.
    Dilated,
    /// The mean of a window.
    AveragePool,
    /// The largest number of a window.
    MaxPool,
    /// Nothing: the result goes on as it is.
    Skip,
}

/// A node, or the operation on an arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertex {
    /// What is written on it.
    pub text: String,
    /// What it does.
    pub kind: Kind,
    /// Height and width of its window in pixels, where its name says it: 3 for `sep_conv_3x3`.
    pub window: Option<u32>,
}

impl Vertex {
    fn new(text: impl Into<String>, kind: Kind) -> Self {
        Self { text: text.into(), kind, window: None }
    }

    /// An operation by its name in the space.
    fn operation(names: &[&str], label: usize) -> Self {
        let text = names.get(label).copied().unwrap_or("unknown");
        let known = [
            ("sep", Kind::Separable),
            ("dil", Kind::Dilated),
            ("conv1x1", Kind::Pointwise),
            ("conv_1x1", Kind::Pointwise),
            ("conv", Kind::Convolution),
            ("avg", Kind::AveragePool),
            ("max", Kind::MaxPool),
            ("skip", Kind::Skip),
        ];
        let kind = known.iter().find(|(part, _)| text.contains(part)).map_or(Kind::Node, |(_, kind)| *kind);
        Self { text: text.to_owned(), kind, window: text.chars().find_map(|c| c.to_digit(10)) }
    }
}

/// A result on its way from one node to a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// The node it leaves.
    pub from: usize,
    /// The node it enters, a later one.
    pub to: usize,
    /// What is done to it on the way.
    pub operation: Option<Vertex>,
    /// Whether it is a skip connection, which is drawn dashed.
    pub skips: bool,
}

/// A graph of its own: a cell, a stage, a whole network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// What it is.
    pub caption: String,
    /// Its nodes in topological order.
    pub nodes: Vec<Vertex>,
    /// Its arrows.
    pub arrows: Vec<Arrow>,
}

/// A drawing's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The space's name.
    pub space: String,
    /// The architecture's text.
    pub arch: String,
    /// Graphs side by side.
    pub parts: Vec<Part>,
}

impl Diagram {
    /// The drawing of an architecture. What the space prunes away is left out, inputs and outputs are added.
    ///
    /// # Errors
    /// A graph that is not of the space.
    pub fn new(space: &dyn Space, graph: &Graph) -> Result<Self, InvalidGraph> {
        let arch = space.decode(graph)?;
        let parts = match space.name() {
            nasbench201::NAME => vec![on_edges("cell", "node", graph, &nasbench201::OPERATIONS)],
            nasbench101::NAME => vec![on_nodes(&nasbench101::prune(graph).ok_or(InvalidGraph::Disconnected)?)],
            enas::NAME => vec![layers(graph)],
            darts::NAME => {
                let cells = graph.split(space.parts());
                cells.iter().enumerate().map(|(part, cell)| darts_cell(&part_name(space, part), cell)).collect()
            }
            randwire::NAME => {
                let stages = graph.split(space.parts());
                stages.iter().enumerate().map(|(part, graph)| stage(&part_name(space, part), graph)).collect()
            }
            other => vec![on_edges(other, "node", graph, &[])],
        };
        Ok(Self { space: space.name().to_owned(), arch, parts })
    }
}

/// What a part of the space's architectures is called, where they have several.
pub(super) fn part_name(space: &dyn Space, part: usize) -> String {
    match (space.name(), part) {
        (darts::NAME, 0) => "normal cell".to_owned(),
        (darts::NAME, _) => "reduction cell".to_owned(),
        _ => format!("stage {}", part + 1),
    }
}

fn plain((from, to): (usize, usize)) -> Arrow {
    Arrow { from, to, operation: None, skips: false }
}

fn labelled((from, to, label): (usize, usize, u8), names: &[&str]) -> Arrow {
    Arrow { from, to, operation: Some(Vertex::operation(names, usize::from(label))), skips: false }
}

/// A graph with an operation on every edge; its first node is the input and its last one the output.
fn on_edges(caption: &str, name: &str, graph: &Graph, operations: &[&str]) -> Part {
    let last = graph.nodes().saturating_sub(1);
    let node = |number| match number {
        0 => Vertex::new("input", Kind::End),
        _ if number == last => Vertex::new("output", Kind::End),
        _ => Vertex::new(format!("{name} {number}"), Kind::Node),
    };
    let arrows = graph.edges().map(|edge| labelled(edge, operations)).collect();
    Part { caption: caption.to_owned(), nodes: (0..=last).map(node).collect(), arrows }
}

/// A NAS-Bench-101 cell.
fn on_nodes(cell: &Graph) -> Part {
    let node = |label: &u8| match *label {
        nasbench101::INPUT => Vertex::new("input", Kind::End),
        nasbench101::OUTPUT => Vertex::new("output", Kind::End),
        label => Vertex::operation(&nasbench101::OPERATIONS, usize::from(label) - 1),
    };
    let nodes = cell.node_labels().iter().map(node).collect();
    Part { caption: "cell".to_owned(), nodes, arrows: cell.edges().map(|(from, to, _)| plain((from, to))).collect() }
}

/// The stem and the layers of an ENAS network: edge `j-l` skips from output `j`, of which the stem's is the first.
fn layers(graph: &Graph) -> Part {
    let layer = |label: &u8| Vertex::operation(&enas::OPERATIONS, usize::from(*label));
    let nodes: Vec<_> =
        [Vertex::new("stem", Kind::End)].into_iter().chain(graph.node_labels().iter().map(layer)).collect();
    let chain = (1..nodes.len()).map(|layer| plain((layer - 1, layer)));
    let skips = graph.edges().map(|(from, layer, _)| Arrow { skips: true, ..plain((from, layer + 1)) });
    let arrows = chain.chain(skips).collect();
    Part { caption: format!("{} layers", graph.nodes()), nodes, arrows }
}

/// A DARTS cell, whose output has the results of all nodes but the two inputs.
fn darts_cell(caption: &str, cell: &Graph) -> Part {
    let last = cell.nodes();
    let node = |number| match number {
        0 => Vertex::new("cell k-2", Kind::End),
        1 => Vertex::new("cell k-1", Kind::End),
        _ if number == last => Vertex::new("cell k", Kind::End),
        _ => Vertex::new(format!("node {number}"), Kind::Node),
    };
    let operations = cell.edges().map(|edge| labelled(edge, &darts::OPERATIONS));
    let arrows = operations.chain((darts::INPUTS..last).map(|node| plain((node, last)))).collect();
    Part { caption: caption.to_owned(), nodes: (0..=last).map(node).collect(), arrows }
}

/// A RandWire stage: what reads no node reads the input, and the output is the mean of what no node reads.
fn stage(name: &str, graph: &Graph) -> Part {
    let last = graph.nodes() + 1;
    // Every node is a separable convolution of 3 x 3 pixels (docs/method.md section 5).
    let inner =
        (0..graph.nodes()).map(|node| Vertex { window: Some(3), ..Vertex::new(node.to_string(), Kind::Separable) });
    let ends = ["input", "mean"].map(|text| Vertex::new(text, Kind::End));
    let [input, mean] = ends;
    let first = (0..graph.nodes()).filter(|node| graph.predecessors(*node).next().is_none());
    let ending = (0..graph.nodes()).filter(|node| graph.successors(*node).next().is_none());
    let mut edges: Vec<_> = first.map(|node| (0, node + 1)).collect();
    edges.extend(graph.edges().map(|(from, to, _)| (from + 1, to + 1)));
    edges.extend(ending.map(|node| (node + 1, last)));
    Part {
        caption: format!("{name}: {} nodes, {} edges", graph.nodes(), graph.edge_count()),
        nodes: [input].into_iter().chain(inner).chain([mean]).collect(),
        arrows: edges.into_iter().map(plain).collect(),
    }
}
