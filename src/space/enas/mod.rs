//! ENAS macro: networks of twelve layers with one operation each and skip connections (docs/method.md sections 1 and
//! 5).

pub mod constant_width;
mod network;

use rand::{Rng, RngExt};

use super::diagram::{Arrow, Panel, Vertex, VertexKind};
use super::literal::Value;
use super::nasbench101::is_hash;
use super::text::Cursor;
use super::topology::Topology;
use super::{
    ArchError, ArchText, BuildError, ConstantWidth, Explorer, InvalidGraph, Limits, Recognition, Space, check,
};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};

pub use network::{SIZE, network};

/// The name of the space.
pub const NAME: &str = "enas";

/// The number of layers of every network.
pub const LAYERS: usize = 12;

/// The operations, indexed by node label.
pub const OPERATIONS: [&str; 6] = ["conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3"];

/// The names of operations in texts, then their numbers in the published texts.
const WORDS: [&str; 12] = [
    "conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3", //
    "0", "1", "2", "3", "4", "5",
];

/// The node labels of [`OPERATIONS`].
const LABELS: [u8; 6] = [0, 1, 2, 3, 4, 5];

/// The number of integers in a published text: the operation and the skip bits of each layer.
const NUMBERS: usize = LAYERS * (LAYERS + 1) / 2;

/// The ENAS macro space: 6^12 * 2^66 = 1.6e29 networks, all of them valid and different.
///
/// Node `l` is layer `l`, its label the operation. Layer `l` always reads the output of the previous layer, which needs
/// no edge. Output 0 is that of the stem and output `j` that of layer `j - 1`; the edge `j-l` adds output `j` to the
/// result of layer `l`. Output `l` is the layer's own input, hence `j < l`: layer 0 has no skips, layer 11 has eleven,
/// 66 in all.
///
/// Its text lists each layer's operation and then its skip bits, output 0 first: `conv3 | sepconv5 1 | conv3 0 1`
/// and so on. The published texts, `0 3 1 0 0 1`, can be parsed as well, also as one list of numbers or one list per
/// layer. [`Explorer::Uniform`] is uniform over the space; the others draw the skips as the edges of a graph of twelve
/// nodes, and operations uniformly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enas;

impl Space for Enas {
    fn name(&self) -> &str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: LAYERS,
            min_nodes: LAYERS,
            node_labels: OPERATIONS.len(),
            edge_labels: 0,
            in_degree: LAYERS - 1,
            input_label: None,
            output_label: None,
        }
    }

    fn node_label(&self, _: usize, label: u8) -> Option<&str> {
        OPERATIONS.get(usize::from(label)).copied()
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        let several = |value: &Value<'_>| value.list().is_some_and(|list| list.len() > 1);
        let more_follow = text.after_value.trim_start().starts_with(['[', '(']);
        let lists = text.value.as_ref().is_some_and(|value| has_form(value) && (more_follow || several(value)));
        let number = || text.word.parse().is_ok_and(|number: usize| number < OPERATIONS.len());
        let operation = OPERATIONS.contains(&text.word) || number();
        // Texts of other spaces start with a number and a hyphen or a comma, or are a hash.
        let elsewhere = text.has_number_before('-') || text.has_number_before(',') || is_hash(text.word);
        Recognition::new(lists || operation && !elsewhere, false)
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let mut cursor = Cursor::open(arch)?;
        if matches!(cursor.peek(), Some('[' | '(')) {
            return read_lists(&mut cursor);
        }
        let mut graph = Graph::empty(LAYERS);
        for layer in 0..LAYERS {
            let apart = cursor.space();
            if layer > 0 && !cursor.skip("|") && !apart {
                cursor.expect("|")?;
            }
            let operation = cursor.word(&WORDS)? % OPERATIONS.len();
            graph.label(layer, LABELS[operation]);
            for output in 0..layer {
                let apart = cursor.space();
                if !apart {
                    cursor.expect(" ")?;
                }
                if cursor.word(&["0", "1"])? == 1 {
                    graph.put(output, layer, 0);
                }
            }
        }
        cursor.close()?;
        Ok(graph)
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        let layer = |layer: usize| {
            let label = usize::from(graph.node_label(layer));
            let mut text = OPERATIONS.get(label).copied().unwrap_or_default().to_owned();
            text.extend(graph.row(layer).map(|skip| if skip { " 1" } else { " 0" }));
            text
        };
        Ok((0..LAYERS).map(layer).collect::<Vec<_>>().join(" | "))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        check::node_count(graph, LAYERS)?;
        check::node_labels(graph, 0..6, "0 to 5, an operation")?;
        check::no_edge_labels(graph)
    }

    /// Returns the architecture text: the chain of layers orders the nodes, so no two networks are isomorphic.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.decode(graph)
    }

    fn size(&self) -> f64 {
        6f64.powi(12) * 66f64.exp2()
    }

    fn published_size(&self) -> Size {
        SIZE
    }

    fn graph_determines_depth(&self) -> bool {
        true
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        _: f32,
    ) -> Result<Network, BuildError> {
        network::build_network(builder, graph, task, Size { cells: graph.nodes(), ..size })
    }

    fn shares_weights(&self) -> bool {
        true
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        Ok(network::shared_network(task, Size { cells: LAYERS, ..size })?)
    }

    fn constant_width(&self) -> Option<ConstantWidth> {
        Some(ConstantWidth { shared_network: constant_width::shared_network, child: constant_width::child })
    }

    /// Draws the stem and the layers; edge `j-l` is a skip from output `j`, where output 0 is that of the stem.
    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        self.validate(graph)?;
        let layers = graph.node_labels().iter().map(|label| Vertex::operation(self.node_label(0, *label)));
        let nodes: Vec<_> = [Vertex::new("stem", VertexKind::End)].into_iter().chain(layers).collect();
        let chain = (1..nodes.len()).map(|layer| Arrow::plain(layer - 1, layer));
        let skips = graph.edges().map(|(from, layer, _)| Arrow { skips: true, ..Arrow::plain(from, layer + 1) });
        let arrows = chain.chain(skips).collect();
        Ok(vec![Panel { caption: format!("{} layers", graph.nodes()), nodes, arrows }])
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let topology = Topology::new(explorer, LAYERS, rng);
        let mut graph = Graph::empty(LAYERS);
        for layer in 0..LAYERS {
            graph.label(layer, rng.random_range(0..6));
            for output in 0..layer {
                if topology.has_edge(output, layer, rng) {
                    graph.put(output, layer, 0);
                }
            }
        }
        graph
    }
}

/// Parses the integers of a network: one list, or one list per layer, nested in another list or in sequence.
fn read_lists(cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let start = cursor.position();
    let mut values = Vec::new();
    while matches!(cursor.peek(), Some('[' | '(')) && values.len() <= LAYERS {
        values.push(cursor.value()?);
        cursor.skip(",");
        cursor.space();
    }
    cursor.close()?;
    let layers = match values.as_slice() {
        [one] if one.list().is_some_and(|inner| !inner.iter().all(Value::is_number)) => one.list().unwrap_or(&[]),
        _ => &values,
    };
    let mut numbers = Vec::with_capacity(NUMBERS);
    for (layer, value) in layers.iter().enumerate() {
        let inner = value.list().ok_or_else(|| cursor.expected_at(value.at, "a list of numbers"))?;
        if layers.len() > 1 && inner.len() != layer + 1 {
            let expected = format!("an operation and {layer} skips for layer {layer}");
            return Err(cursor.wrong_count(value.at, expected, inner.len()));
        }
        numbers.extend(inner);
    }
    if numbers.len() != NUMBERS {
        let expected = format!("{NUMBERS} numbers, an operation and the skips of each of {LAYERS} layers");
        return Err(cursor.wrong_count(start, expected, numbers.len()));
    }
    let mut graph = Graph::empty(LAYERS);
    let mut numbers = numbers.into_iter();
    for layer in 0..LAYERS {
        for (index, value) in (&mut numbers).take(layer + 1).enumerate() {
            let below = if index == 0 { OPERATIONS.len() } else { 2 };
            let number = value.integer().filter(|number| *number < below);
            match (index, number.ok_or_else(|| cursor.expected_at(value.at, &format!("a number below {below}")))?) {
                (0, operation) => graph.label(layer, LABELS[operation]),
                (_, 1) => graph.put(index - 1, layer, 0),
                _ => {}
            }
        }
    }
    Ok(graph)
}

/// Returns whether a value has the form of a network: one list of all integers, one list per layer, or the first
/// layer's list.
pub(super) fn has_form(value: &Value<'_>) -> bool {
    let Some(values) = value.list() else { return false };
    let numbers = values.iter().all(Value::is_number);
    let layer = |(value, layer): (&Value<'_>, usize)| value.list().is_some_and(|numbers| numbers.len() == layer);
    numbers && matches!(values.len(), 1 | NUMBERS) || values.len() == LAYERS && values.iter().zip(1..).all(layer)
}
