//! RandWire: three stages, each an unlabelled graph (docs/method.md sections 1 and 5).

pub mod network;

use crate::convert::to_u8;
use rand::Rng;

use super::diagram::{Arrow, Panel, Vertex, VertexKind};
use super::nasbench101::is_hash;
use super::neighbours::single_changes;
use super::text::Cursor;
use super::topology::Topology;
use super::{ArchError, ArchText, BuildError, Explorer, InvalidGraph, Limits, Recognition, Space, check};
use crate::graph::{Graph, hash};
use crate::network::{Builder, Network, Size, Task};
use network::Regime;

/// The name of the space with stages of 32 nodes.
pub const NAME: &str = "randwire";

/// The number of stages.
pub const STAGES: usize = 3;

/// The largest number of nodes of a stage, which is also that of the published small regime.
pub const MAX_NODES: usize = 32;

/// The numbers of directed acyclic graphs of 1 to 32 nodes up to isomorphism (Robinson 1977; OEIS A003087), rounded to
/// `f64`.
const STAGE_COUNTS: [f64; MAX_NODES] = [
    1.0,
    2.0,
    6.0,
    31.0,
    302.0,
    5_984.0,
    243_668.0,
    20_286_025.0,
    3_424_938_010.0,
    1_165_948_612_902.0,
    797_561_675_349_580.0,
    1.0940268762698926e18,
    3.005847365735456e21,
    1.6530851611091132e25,
    1.819081177077635e29,
    4.004495398476192e33,
    1.76332675845335e38,
    1.553030109414083e43,
    2.7357361929511193e48,
    9.63846333738876e53,
    6.791665850491235e59,
    9.57144342229803e65,
    2.697801209357757e72,
    1.5208037721648685e79,
    1.7146157076687953e86,
    3.866256051948421e93,
    1.743590641146143e101,
    1.5726370269646704e109,
    2.8368899496693555e117,
    1.0234968053506597e126,
    7.385170013790379e134,
    1.0657724842456067e144,
];

/// The RandWire space: three graphs of `nodes` nodes each. All graphs are valid, including those without edges.
///
/// An architecture is one graph of `3 * nodes` nodes, stage after stage, without edges between stages; it has three
/// parts, which a generator draws one by one. The text of a stage lists, from node 1 on, the predecessors of each node
/// as a bit set in hexadecimal digits, bit `j` for node `j`; stages are separated by `|`. With three nodes per stage,
/// `1,3|0,1|1,0` has the edges 0-1, 0-2, 1-2 in the first, 0-2 in the second and 0-1 in the third.
///
/// Stages have 32 nodes by default ([`RandWire::with_nodes`]). Their 2^496 texts are 1.07e144 = 2^478.4 graphs up to
/// isomorphism, which makes 2^1435.3 architectures of three stages.
///
/// An explorer draws every stage independently; [`Explorer::Uniform`] is uniform over the texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RandWire {
    nodes: usize,
}

impl Default for RandWire {
    fn default() -> RandWire {
        RandWire { nodes: MAX_NODES }
    }
}

impl RandWire {
    /// Returns the space with this number of nodes per stage; `None` unless it is 1 to [`MAX_NODES`].
    #[must_use]
    pub fn with_nodes(nodes: usize) -> Option<RandWire> {
        (1..=MAX_NODES).contains(&nodes).then_some(RandWire { nodes })
    }

    fn read_stage(&self, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
        let mut stage = Graph::empty(self.nodes);
        for to in 1..self.nodes {
            if to > 1 {
                cursor.expect(",")?;
            }
            let predecessors = cursor.bits(to)?;
            (0..to).filter(|from| predecessors >> from & 1 == 1).for_each(|from| stage.put(from, to, 0));
        }
        Ok(stage)
    }
}

fn write_stage(stage: &Graph) -> String {
    let bits = |to| stage.predecessors(to).fold(0u32, |bits, from| bits | 1 << from);
    (1..stage.nodes()).map(|to| format!("{:x}", bits(to))).collect::<Vec<_>>().join(",")
}

impl Space for RandWire {
    fn name(&self) -> &str {
        NAME
    }

    fn limits(&self) -> Limits {
        Limits {
            max_nodes: self.nodes,
            min_nodes: self.nodes,
            node_labels: 0,
            edge_labels: 0,
            in_degree: self.nodes - 1,
            input_label: None,
            output_label: None,
        }
    }

    fn parts(&self) -> usize {
        STAGES
    }

    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        let free = !text.is_bracketed() && text.cursor.peek() != Some('|');
        let damaged = text.rest().contains(',') && text.rest().contains('|');
        Recognition::new(free && text.has_number_before(',') && !is_hash(text.word), free && damaged)
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let mut cursor = Cursor::open(arch)?;
        let mut stages = Vec::with_capacity(STAGES);
        for stage in 0..STAGES {
            if stage > 0 {
                cursor.expect("|")?;
            }
            stages.push(self.read_stage(&mut cursor)?);
        }
        cursor.close()?;
        Ok(Graph::disjoint_union(&stages))
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        Ok(graph.split(STAGES).iter().map(write_stage).collect::<Vec<_>>().join("|"))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        check::node_count(graph, STAGES * self.nodes)?;
        check::no_node_labels(graph)?;
        check::no_edge_labels(graph)?;
        check::no_cross_edges(graph, self.nodes)
    }

    /// Returns the isomorphism hashes of the three stages: the numbering of a stage's nodes affects only the order of
    /// sums. Very rarely, different stages have equal hashes and are considered the same.
    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        self.validate(graph)?;
        let key = |stage: &Graph| hash::hex(&hash::isomorphism_hash(stage, i32::from));
        Ok(graph.split(STAGES).iter().map(key).collect::<Vec<_>>().join("-"))
    }

    /// Infinite from 28 nodes per stage on, where the number exceeds the largest `f64`.
    fn size(&self) -> f64 {
        STAGE_COUNTS[self.nodes - 1].powi(i32::from(to_u8(STAGES)))
    }

    fn log2_size(&self) -> f64 {
        STAGE_COUNTS[self.nodes - 1].log2() * f64::from(to_u8(STAGES))
    }

    /// Every change inside a stage is valid, so no check is needed.
    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        single_changes(graph, self.limits(), STAGES)
    }

    /// Returns the task of TinyImageNet.
    fn published_task(&self) -> Task {
        Task { input: [3, 64, 64], classes: 200 }
    }

    fn published_size(&self) -> Size {
        Size { channels: Regime::SMALL.channels, cells: STAGES }
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
        check::node_count(graph, STAGES * (graph.nodes() / STAGES))?;
        let [first, second, third] = &graph.split(STAGES)[..] else {
            return Err(InvalidGraph::NodeCount { found: graph.nodes(), min: STAGES, max: STAGES * MAX_NODES }.into());
        };
        let stages = [first.clone(), second.clone(), third.clone()];
        network::build_network(builder, &stages, task, network::regime(task, size))
    }

    /// Nodes without predecessors read the input; the output is the mean of the nodes without successors.
    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        self.validate(graph)?;
        let stages = graph.split(STAGES);
        Ok(stages.iter().enumerate().map(|(part, stage)| panel(&self.part_name(part), stage)).collect())
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let stages: [Graph; STAGES] = std::array::from_fn(|_| draw_stage(explorer, self.nodes, rng));
        Graph::disjoint_union(&stages)
    }
}

fn panel(name: &str, stage: &Graph) -> Panel {
    let last = stage.nodes() + 1;
    // Every node is a 3x3 separable convolution (docs/method.md section 5).
    let inner = (0..stage.nodes())
        .map(|node| Vertex { window: Some(3), ..Vertex::new(node.to_string(), VertexKind::Separable) });
    let [input, mean] = ["input", "mean"].map(|text| Vertex::new(text, VertexKind::End));
    let sources = (0..stage.nodes()).filter(|node| stage.predecessors(*node).next().is_none());
    let sinks = (0..stage.nodes()).filter(|node| stage.successors(*node).next().is_none());
    let mut arrows: Vec<_> = sources.map(|node| Arrow::plain(0, node + 1)).collect();
    arrows.extend(stage.edges().map(|(from, to, _)| Arrow::plain(from + 1, to + 1)));
    arrows.extend(sinks.map(|node| Arrow::plain(node + 1, last)));
    Panel {
        caption: format!("{name}: {} nodes, {} edges", stage.nodes(), stage.edge_count()),
        nodes: [input].into_iter().chain(inner).chain([mean]).collect(),
        arrows,
    }
}

fn draw_stage(explorer: &Explorer, nodes: usize, rng: &mut dyn Rng) -> Graph {
    let topology = Topology::new(explorer, nodes, rng);
    let mut stage = Graph::empty(nodes);
    for to in 1..nodes {
        for from in 0..to {
            if topology.has_edge(from, to, rng) {
                stage.put(from, to, 0);
            }
        }
    }
    stage
}
