//! The graphs of a part: validity, draws, changes and their number.

use super::part::{Carrier, Output, Part, Wiring};
use crate::graph::Graph;
use crate::space::Explorer;
use crate::space::topology::Topology;
use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, RngExt};

impl Part {
    /// Checks a graph; the error is the violated rule.
    pub(super) fn check(&self, graph: &Graph, prunes: bool) -> Result<(), String> {
        let nodes = graph.nodes();
        let (min, max) = (self.limits().min_nodes, self.max_nodes);
        if !(min..=max).contains(&nodes) {
            return Err(format!("it has {nodes} nodes; {min} to {max} are allowed"));
        }
        self.check_labels(graph)?;
        self.check_edges(graph)?;
        for count in &self.counts {
            let found = self.labels_of(graph).filter(|label| count.labels.contains(label)).count();
            if !(count.min..=count.max).contains(&found) {
                let names = count.names.join(" or ");
                return Err(format!("{found} operations are {names}; {} to {} are allowed", count.min, count.max));
            }
        }
        let live = if prunes { self.live(graph) } else { vec![true; nodes] };
        if prunes && !self.is_connected(graph, &live) {
            return Err("no path leads from the input to the output".to_owned());
        }
        let edges = self.counted_edges(graph, prunes);
        match self.max_edges {
            Some(max) if edges > max => Err(format!("it has {edges} edges; at most {max} are allowed")),
            _ => Ok(()),
        }
    }

    fn check_labels(&self, graph: &Graph) -> Result<(), String> {
        if self.carrier == Carrier::Edge {
            return match graph.node_labels().iter().position(|label| *label != 0) {
                None => Ok(()),
                Some(node) => Err(format!("node {node} has a label, but the edges carry the operations")),
            };
        }
        let last = graph.nodes() - 1;
        let present = self.present(graph);
        for (node, &label) in graph.node_labels().iter().enumerate() {
            let fits = match self.end_label() {
                _ if node < self.inputs => label == 0,
                Some(end) if node == last => label == end,
                _ if node >= present => label == 0,
                _ => self.options[node - self.inputs].contains(&label),
            };
            if !fits {
                return Err(format!("label {label} is not allowed at node {node}"));
            }
        }
        match present >= self.min_nodes {
            true => Ok(()),
            false => Err(format!("{present} nodes are present; at least {} are required", self.min_nodes)),
        }
    }

    /// The number of nodes before the absent ones at the end of a chain.
    pub(super) fn present(&self, graph: &Graph) -> usize {
        match self.may_be_shorter() {
            true => graph.node_labels().iter().position(|label| *label == 0).unwrap_or(graph.nodes()),
            false => graph.nodes(),
        }
    }

    fn check_edges(&self, graph: &Graph) -> Result<(), String> {
        let nodes = graph.nodes();
        let possible = |from: usize, to: usize| self.chooses_edges() && to >= self.inputs.max(1) && from < to;
        if let Some((from, to, _)) = graph.edges().find(|(from, to, _)| !possible(*from, *to)) {
            return Err(format!("edge {from}-{to} is not allowed"));
        }
        match self.carrier {
            Carrier::Node => {
                if let Some((from, to, label)) = graph.edges().find(|(_, _, label)| *label != 0) {
                    return Err(format!("edge {from}-{to} has label {label}, but the nodes carry the operations"));
                }
            }
            Carrier::Edge => {
                for (position, (from, to)) in self.pairs(nodes).enumerate() {
                    let label = graph.edge_label(from, to);
                    let absent_is_allowed = self.may_be_absent(position);
                    let fits =
                        label.map_or(absent_is_allowed, |label| label != 0 && self.options[position].contains(&label));
                    if !fits {
                        return Err(match label {
                            None => format!("edge {from}-{to} is missing"),
                            Some(label) => format!("label {label} is not allowed at edge {from}-{to}"),
                        });
                    }
                }
            }
        }
        let Some([min, max]) = self.in_degree else { return Ok(()) };
        for node in self.inputs.max(1)..nodes - usize::from(self.output == Output::End) {
            let found = graph.predecessors(node).count();
            if !(min..=max).contains(&found) {
                return Err(format!("{found} edges lead into node {node}; {min} to {max} are allowed"));
            }
        }
        Ok(())
    }

    /// The labels of all operations of a graph.
    pub(super) fn labels_of(&self, graph: &Graph) -> impl Iterator<Item = u8> {
        let labels: Vec<u8> = match self.carrier {
            Carrier::Node => graph.node_labels().to_vec(),
            Carrier::Edge => graph.edges().map(|(_, _, label)| label).collect(),
        };
        labels.into_iter()
    }

    /// Which nodes are on a path from the input to the output. A node that may read the part's input is fed.
    pub(super) fn live(&self, graph: &Graph) -> Vec<bool> {
        let nodes = graph.nodes();
        if matches!(self.wiring, Wiring::Chain | Wiring::Skips) || !self.chooses_edges() {
            return vec![true; nodes];
        }
        let fed = self.fed(graph);
        let mut used = vec![false; nodes];
        for node in (0..nodes).rev() {
            let is_output = match self.output {
                Output::Last | Output::End => node + 1 == nodes,
                Output::Leaves => node >= self.inputs && graph.successors(node).next().is_none(),
                Output::Inner => node >= self.inputs,
            };
            used[node] = is_output || graph.successors(node).any(|to| used[to]);
        }
        fed.iter().zip(used).map(|(fed, used)| *fed && used).collect()
    }

    /// Which nodes are on a path from an input.
    pub(super) fn fed(&self, graph: &Graph) -> Vec<bool> {
        let mut fed = vec![false; graph.nodes()];
        for node in 0..graph.nodes() {
            let reads_input = self.inputs == 0 && graph.predecessors(node).next().is_none();
            fed[node] = node < self.inputs || reads_input || graph.predecessors(node).any(|from| fed[from]);
        }
        fed
    }

    /// The number of edges to which `max_edges` applies: with pruning, those of live nodes.
    pub(super) fn counted_edges(&self, graph: &Graph, prunes: bool) -> usize {
        if !prunes {
            return graph.edge_count();
        }
        let live = self.live(graph);
        graph.edges().filter(|(from, to, _)| live[*from] && live[*to]).count()
    }

    /// Returns the graph of the nodes on a path from the input to the output.
    pub(super) fn pruned(&self, graph: &Graph) -> Graph {
        let live = self.live(graph);
        graph.subgraph(&(0..graph.nodes()).filter(|node| live[*node]).collect::<Vec<_>>())
    }

    /// Replaces a random number of nodes by one number, so that in repeated draws sizes with few valid graphs are not
    /// rarer than others.
    pub(super) fn with_size(explorer: &Explorer, rng: &mut dyn Rng) -> Explorer {
        match *explorer {
            Explorer::SizedErdosRenyi { from, to, p } => {
                let nodes = rng.random_range(from..=to);
                Explorer::SizedErdosRenyi { from: nodes, to: nodes, p }
            }
            other => other,
        }
    }

    fn is_connected(&self, graph: &Graph, live: &[bool]) -> bool {
        let inner = || (self.inputs..graph.nodes()).any(|node| live[node]);
        match self.output {
            Output::Last | Output::End => live.last().copied().unwrap_or(false),
            _ => inner(),
        }
    }

    /// Draws a graph that may violate the rules about counts and edges. The explorer has one size ([`Part::with_size`]).
    pub(super) fn draw(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        if self.nasbench101 {
            return self.draw_cell(explorer, rng);
        }
        let nodes = match *explorer {
            _ if self.output != Output::End => self.max_nodes,
            Explorer::SizedErdosRenyi { from, .. } => from,
            _ => rng.random_range(self.min_nodes..=self.max_nodes),
        };
        let present = match self.may_be_shorter() {
            true => rng.random_range(self.min_nodes..=self.max_nodes),
            false => nodes,
        };
        let topology = Topology::new(explorer, nodes, rng);
        let mut graph = Graph::empty(nodes);
        let mut position = 0;
        for node in 0..nodes {
            if self.carrier == Carrier::Node && self.limits().node_labels > 0 {
                graph.label(node, self.draw_label(node, nodes, present, rng));
            }
            if !self.chooses_edges() || node < self.inputs.max(1) {
                continue;
            }
            let start = position;
            position += node;
            if let Some(sources) = self.draw_sources(node, nodes, rng) {
                for from in sources {
                    let label = match self.carrier {
                        Carrier::Node => Some(0),
                        Carrier::Edge => draw_present(&self.options[start + from], rng),
                    };
                    label.into_iter().for_each(|label| graph.put(from, node, label));
                }
                continue;
            }
            for from in 0..node {
                let options = self.options.get(start + from).filter(|_| self.carrier == Carrier::Edge);
                let label = match options {
                    Some(options) if self.wiring == Wiring::All && *explorer == Explorer::Uniform => {
                        options.choose(rng).copied().filter(|label| *label > 0)
                    }
                    _ if !topology.has_edge(from, node, rng) => {
                        let required =
                            self.wiring == Wiring::All && options.is_some_and(|options| !options.contains(&0));
                        options.filter(|_| required).and_then(|options| options.choose(rng).copied())
                    }
                    None => Some(0),
                    Some(options) => draw_present(options, rng),
                };
                if let Some(label) = label {
                    graph.put(from, node, label);
                }
            }
        }
        graph
    }

    fn draw_label(&self, node: usize, nodes: usize, present: usize, rng: &mut dyn Rng) -> u8 {
        match self.end_label() {
            _ if node < self.inputs || node >= present => 0,
            Some(end) if node + 1 == nodes => end,
            _ => self.options[node - self.inputs].choose(rng).copied().unwrap_or(0),
        }
    }

    /// Draws the sources of a node's edges if the in-degree is bounded; they are uniform.
    fn draw_sources(&self, node: usize, nodes: usize, rng: &mut dyn Rng) -> Option<Vec<usize>> {
        let [min, max] = self.in_degree?;
        if self.output == Output::End && node + 1 == nodes {
            return None;
        }
        if (min, max) == (2, 2) && node > 1 {
            let first = rng.random_range(0..node);
            return Some(vec![first, (first + rng.random_range(1..node)) % node]);
        }
        let max = max.min(node);
        let count = rng.random_range(min.min(max)..=max);
        let mut sources: Vec<usize> = (0..node).collect();
        sources.shuffle(rng);
        sources.truncate(count);
        Some(sources)
    }
}

/// Draws the label of a present edge.
fn draw_present(options: &[u8], rng: &mut dyn Rng) -> Option<u8> {
    let present: Vec<u8> = options.iter().copied().filter(|label| *label > 0).collect();
    present.choose(rng).copied()
}
