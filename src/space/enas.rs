//! ENAS macro: networks of twelve layers with an operation each and skip connections (METHOD sections 1 and 5).

use rand::{Rng, RngExt};

use super::text::Cursor;
use super::topology::Topology;
use super::{ArchError, Explorer, InvalidGraph, Limits, Space, check};
use crate::graph::Graph;

/// The name of the space.
pub const NAME: &str = "enas";

/// The number of layers of every network.
pub const LAYERS: usize = 12;

/// The operations; the place of one is its node label.
pub const OPERATIONS: [&str; 6] = ["conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3"];

/// What a text may call an operation: its name, or its number as in the published texts.
const WORDS: [&str; 12] = [
    "conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3", //
    "0", "1", "2", "3", "4", "5",
];

/// The ENAS macro space: 6^12 * 2^66 = 1.6e29 networks, all of them valid and different.
///
/// Node `l` is layer `l`, its label the operation. Layer `l` always takes what the layer before it gives, so that
/// this needs no edge. Output 0 is the stem's and output `j` that of layer `j - 1`; the edge `j-l` says that output
/// `j` is added to what layer `l` computes. Output `l` is the layer's own input, hence `j < l`: layer 0 has no choice,
/// layer 11 has eleven, 66 in all.
///
/// Its text gives each layer's operation and then its skip bits, output 0 first: `conv3 | sepconv5 1 | conv3 0 1`
/// and so on. The published texts, `0 3 1 0 0 1`, are read as well. [`Explorer::Uniform`] is uniform over the space;
/// the others draw the skips as the edges of a graph of twelve nodes, and operations uniformly.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Enas;

impl Space for Enas {
    fn name(&self) -> &'static str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: LAYERS,
            min_nodes: LAYERS,
            node_labels: OPERATIONS.len(),
            edge_labels: 0,
            input_label: None,
            output_label: None,
        }
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let mut graph = Graph::empty(LAYERS);
        let mut cursor = Cursor::new(arch);
        for layer in 0..LAYERS {
            if layer > 0 && !cursor.skip(" | ") && !cursor.skip(" ") {
                cursor.expect(" | ")?;
            }
            let place = cursor.word(&WORDS, ' ')? % OPERATIONS.len();
            graph.label(layer, [0, 1, 2, 3, 4, 5][place]);
            for output in 0..layer {
                cursor.expect(" ")?;
                if cursor.word(&["0", "1"], ' ')? == 1 {
                    graph.put(output, layer, 0);
                }
            }
        }
        cursor.end()?;
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
        check::bare_edges(graph)
    }

    /// The architecture text itself: the chain of layers orders the nodes, so no two networks are isomorphic.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.decode(graph)
    }

    fn size(&self) -> f64 {
        6f64.powi(12) * 66f64.exp2()
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
