//! Spaces defined by a file (docs/guide/spaces.md).

mod block;
mod build;
mod canonical;
mod definition;
mod drawing;
mod error;
mod graphs;
mod network;
mod part;
mod text;
mod tree;
mod width;

pub use error::Fault;

use super::diagram::Panel;
use super::{
    ArchError, ArchText, BuildError, Explorer, ExplorerError, InvalidGraph, Limits, PartDescription, Recognition,
    RowMask, Space, SpaceError, explorer,
};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::shown::Show;
use definition::{Choice, Definition, Same};
use md5::{Digest, Md5};
use network::LayerError;
use part::{Carrier, Part, Wiring};
use rand::Rng;
use rand::RngExt;
use std::path::Path;
use text::Architecture;

/// A space defined by a file.
#[derive(Debug)]
pub struct FileSpace {
    text: String,
    /// The name of a definition in the program.
    built_in: Option<&'static str>,
    /// A valid architecture, for the rare case that many draws give none.
    witness: Graph,
    definition: Definition,
}

impl FileSpace {
    /// Reads a definition.
    ///
    /// # Errors
    /// The first fault, with its line and key.
    ///
    /// # Examples
    /// ```
    /// use graphpnas::space::{FileSpace, Space};
    ///
    /// let space = FileSpace::parse(r#"
    ///     format = 1
    ///     name = "mine"
    ///     [op]
    ///     c3 = { kind = "conv" }
    ///     c5 = { kind = "conv", kernel = 5 }
    ///     [part.body]
    ///     nodes = [3, 6]
    ///     ops = ["c3", "c5"]
    ///     [[layer]]
    ///     part = "body"
    ///     channels = 16
    ///     [[layer]]
    ///     op = { kind = "head" }
    /// "#)?;
    /// assert_eq!(space.size(), 8.0 + 16.0 + 32.0 + 64.0);
    /// let graph = space.encode("n:c3,c5,c3")?;
    /// assert_eq!(space.decode(&graph)?, "n:c3,c5,c3");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let definition = Definition::read(text)?;
        let space = Self { text: text.to_owned(), built_in: None, witness: Graph::empty(0), definition };
        let witness = space.first_valid_draw()?;
        Ok(Self { witness, ..space })
    }

    /// Reads a file.
    ///
    /// # Errors
    /// The file cannot be read, or its first fault.
    pub fn read(path: &Path) -> Result<Self, SpaceError> {
        let unreadable = |why: String| SpaceError::Read { path: path.into(), why };
        let details = std::fs::metadata(path).map_err(|error| unreadable(error.to_string()))?;
        if !details.is_file() {
            return Err(unreadable("it is not a regular file".to_owned()));
        }
        if details.len() > tree::MAX_BYTES as u64 {
            return Err(unreadable(format!("it has {} bytes; at most {} are allowed", details.len(), tree::MAX_BYTES)));
        }
        let text = std::fs::read_to_string(path).map_err(|error| unreadable(error.to_string()))?;
        Self::parse(&text).map_err(|fault| SpaceError::Invalid { place: path.shown().to_string(), fault })
    }

    /// Reads a definition in the program.
    pub(super) fn built_in(name: &'static str, text: &str) -> Result<Self, Fault> {
        Ok(Self { built_in: Some(name), ..Self::parse(text)? })
    }

    /// Returns the definition, the content of the file.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the names of the choices that have no effect, because nothing uses them.
    #[must_use]
    pub fn unused_choices(&self) -> Vec<&str> {
        self.definition.unused_choices()
    }

    /// Returns the digest of the definition: 12 hexadecimal digits of its MD5 sum.
    #[must_use]
    pub fn digest(&self) -> String {
        let digest = Md5::digest(self.text.as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Draws until an architecture is valid.
    fn first_valid_draw(&self) -> Result<Graph, Fault> {
        const DRAWS: usize = 2_000;
        use rand::SeedableRng;
        let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(1);
        let mut draws = (0..DRAWS).map(|_| self.draw(&Explorer::Uniform, &mut rng));
        draws.find(|graph| self.validate(graph).is_ok()).ok_or_else(|| Fault {
            line: 1,
            key: String::new(),
            what: format!(
                "none of {DRAWS} random architectures satisfies the rules of the parts; relax in_degree, max_edges or count"
            ),
        })
    }

    fn draw(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let options = self.definition.choices.iter().map(|choice| rng.random_range(0..choice.options.len())).collect();
        let parts = self.definition.parts.iter().map(|part| part.draw(explorer, rng)).collect();
        self.joined(&Architecture { options, parts })
    }

    /// The number of architectures: exact, or an upper bound where isomorphic or pruned graphs are the same.
    fn count(&self) -> graphs::Size {
        let definition = &self.definition;
        let options = || definition.choices.iter().map(|choice| choice.options.len() as f64);
        let mut count = graphs::Size { log2: options().map(f64::log2).sum(), number: options().product(), exact: true };
        for part in &definition.parts {
            let size = part.size();
            count.log2 += size.log2;
            count.number *= size.number;
            count.exact &= size.exact && (definition.same == Same::Text || part.has_fixed_numbering());
        }
        count
    }

    fn prunes(&self) -> bool {
        self.definition.same == Same::Pruned
    }

    /// The graph of an architecture: a node for every choice, labelled with the option's place, then the parts.
    fn joined(&self, architecture: &Architecture) -> Graph {
        let mut graphs = Vec::new();
        if !self.definition.choices.is_empty() {
            let mut choices = Graph::empty(architecture.options.len());
            let labels = architecture.options.iter().enumerate();
            labels.for_each(|(node, option)| choices.label(node, crate::convert::to_u8(*option)));
            graphs.push(choices);
        }
        graphs.extend(architecture.parts.iter().cloned());
        Graph::disjoint_union(&graphs)
    }

    /// The choices and parts of a graph; their rules may be violated.
    fn architecture(&self, graph: &Graph) -> Result<Architecture, InvalidGraph> {
        let choices = self.definition.choices.len();
        let rule = |what: String| Err(InvalidGraph::Rule(what));
        let mut options = Vec::new();
        for (node, choice) in self.definition.choices.iter().enumerate() {
            let option = usize::from(graph.node_label(node));
            if option >= choice.options.len() || node >= graph.nodes() {
                return rule(format!("node {node}, the choice {}, has no option {option}", choice.name));
            }
            options.push(option);
        }
        let mut parts = Vec::new();
        let mut first = choices;
        for part in &self.definition.parts {
            let end = part.end_label();
            let most = part.max_nodes.min(graph.nodes().saturating_sub(first));
            let nodes = match end {
                // The end label marks the last node of a part of variable size.
                Some(end) => {
                    (first..first + most).position(|node| graph.node_label(node) == end).map_or(most, |at| at + 1)
                }
                None => most,
            };
            parts.push(graph.range(first, nodes));
            first += nodes;
        }
        if first != graph.nodes() {
            return rule(format!("{} nodes; the parts have {first}", graph.nodes()));
        }
        let bounds: Vec<usize> = std::iter::once(choices)
            .chain(parts.iter().scan(choices, |end, part| {
                *end += part.nodes();
                Some(*end)
            }))
            .collect();
        let block = |node: usize| bounds.partition_point(|bound| *bound <= node);
        if let Some((from, to, _)) = graph.edges().find(|(from, to, _)| *from < choices || block(*from) != block(*to)) {
            return Err(InvalidGraph::CrossEdge { from, to });
        }
        Ok(Architecture { options, parts })
    }

    fn valid(&self, graph: &Graph) -> Result<Architecture, InvalidGraph> {
        let architecture = self.architecture(graph)?;
        for (part, graph) in self.definition.parts.iter().zip(&architecture.parts) {
            let place = |what: String| match self.definition.parts.len() {
                1 => InvalidGraph::Rule(what),
                _ => InvalidGraph::Rule(format!("part {}: {what}", part.name)),
            };
            part.check(graph, self.prunes()).map_err(place)?;
        }
        Ok(architecture)
    }

    /// The part of a generator's part number: choices come first, if there are any.
    fn part_at(&self, number: usize) -> Option<&Part> {
        let choices = usize::from(!self.definition.choices.is_empty());
        self.definition.parts.get(number.checked_sub(choices)?)
    }

    fn choice_limits(&self) -> Limits {
        let nodes = self.definition.choices.len();
        let labels = self.definition.choices.iter().map(|choice| choice.options.len()).max().unwrap_or(0);
        Limits {
            max_nodes: nodes,
            min_nodes: nodes,
            node_labels: labels,
            edge_labels: 0,
            input_label: None,
            output_label: None,
        }
    }

    fn all_limits(&self) -> impl Iterator<Item = Limits> {
        (0..self.parts()).map(|part| self.part_limits(part))
    }

    fn built(&self, error: LayerError) -> BuildError {
        match error {
            LayerError::Network(0, error) => error.into(),
            LayerError::Network(line, source) => BuildError::Layer { line, source },
            LayerError::Fault(fault) => InvalidGraph::Rule(format!("the space {}: {fault}", self.name())).into(),
        }
    }
}

impl Space for FileSpace {
    fn name(&self) -> &str {
        &self.definition.name
    }

    fn reference(&self) -> &str {
        self.built_in.unwrap_or(&self.text)
    }

    fn digest(&self) -> Option<String> {
        Some(self.digest())
    }

    fn definition(&self) -> Option<&str> {
        Some(&self.text)
    }

    /// The largest limits of all parts; [`Space::part_limits`] has those of each.
    fn limits(&self) -> Limits {
        let largest = |of: fn(Limits) -> usize| self.all_limits().map(of).max().unwrap_or(0);
        let first = self.part_limits(0);
        let one = self.parts_are_alike();
        Limits {
            max_nodes: largest(|limits| limits.max_nodes),
            min_nodes: self.all_limits().map(|limits| limits.min_nodes).min().unwrap_or(0),
            node_labels: largest(|limits| limits.node_labels),
            edge_labels: largest(|limits| limits.edge_labels),
            input_label: first.input_label.filter(|_| one),
            output_label: first.output_label.filter(|_| one),
        }
    }

    fn parts(&self) -> usize {
        usize::from(!self.definition.choices.is_empty()) + self.definition.parts.len()
    }

    fn part_limits(&self, part: usize) -> Limits {
        self.part_at(part).map_or_else(|| self.choice_limits(), Part::limits)
    }

    fn parts_are_alike(&self) -> bool {
        let parts = &self.definition.parts;
        let same = |part: &Part| Part { name: parts[0].name.clone(), ..part.clone() } == parts[0];
        self.definition.choices.is_empty() && parts.iter().all(same)
    }

    fn describe_part(&self, part: usize) -> PartDescription {
        let name = self.part_name(part);
        let Some(part) = self.part_at(part) else {
            let choices = &self.definition.choices;
            let texts =
                |choice: &Choice| (0..choice.options.len()).map(|option| choice.text(option)).collect::<Vec<_>>();
            let operations =
                choices.iter().map(|choice| format!("{} = {}", choice.name, texts(choice).join(" or "))).collect();
            return PartDescription { name, min_nodes: choices.len(), max_nodes: choices.len(), operations };
        };
        let operations = part.zero.iter().chain(&part.ops).cloned().collect();
        PartDescription { name, min_nodes: part.min_nodes, max_nodes: part.max_nodes, operations }
    }

    fn part_name(&self, part: usize) -> String {
        self.part_at(part).map_or_else(|| "choices".to_owned(), |part| part.name.clone())
    }

    fn split(&self, graph: &Graph) -> Vec<Graph> {
        let Ok(architecture) = self.architecture(graph) else { return graph.split(self.parts()) };
        let choices = graph.range(0, architecture.options.len());
        let has_choices = !self.definition.choices.is_empty();
        has_choices.then_some(choices).into_iter().chain(architecture.parts).collect()
    }

    fn row_mask(&self, part: usize, prefix: &Graph) -> Option<RowMask> {
        let node = prefix.nodes();
        match self.part_at(part) {
            Some(part) => Some(part.row_mask(prefix)),
            None => {
                let options = self.definition.choices.get(node).map_or(1, |choice| choice.options.len());
                let labels = (0..crate::convert::to_u8(options)).collect();
                Some(RowMask { labels, edges: vec![vec![None]; node], degree: [0, 0] })
            }
        }
    }

    fn has_edges(&self, part: usize) -> bool {
        self.part_at(part).is_some_and(Part::chooses_edges)
    }

    fn node_name(&self, part: usize, node: usize) -> String {
        let choice = if self.part_at(part).is_none() { self.definition.choices.get(node) } else { None };
        choice.map_or_else(|| node.to_string(), |choice| choice.name.clone())
    }

    fn node_label(&self, part: usize, label: u8) -> Option<&str> {
        let part = self.part_at(part)?;
        match part.op_of(label) {
            Some(index) => Some(part.ops[index].as_str()),
            None if Some(label) == part.end_label() => Some("output"),
            None => Some(if part.inputs > 0 { "input" } else { "absent" }),
        }
    }

    fn edge_label(&self, part: usize, label: u8) -> Option<&str> {
        let part = self.part_at(part)?;
        match label {
            0 => part.zero.as_deref().or(Some("none")),
            _ => part.op_of(label).map(|index| part.ops[index].as_str()),
        }
    }

    fn recognises(&self, _: &ArchText<'_>) -> Recognition {
        Recognition::No
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let architecture = text::read(&self.definition, arch)?;
        let graph = self.joined(&architecture);
        self.validate(&graph).map_err(|error| {
            ArchError::at(arch, 0, "a valid architecture".to_owned(), format!("an invalid one ({error})"))
        })?;
        Ok(graph)
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        Ok(text::write(&self.definition, &self.valid(graph)?))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        self.valid(graph).map(|_| ())
    }

    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        let architecture = self.valid(graph)?;
        if self.definition.same == Same::Text {
            return Ok(text::write(&self.definition, &architecture));
        }
        let key = |(part, graph): (&Part, &Graph)| match part.has_fixed_numbering() {
            true => text::write_part(part, graph),
            false => canonical::key(part, graph, self.prunes()),
        };
        let options = architecture.options.iter().map(ToString::to_string);
        let parts = self.definition.parts.iter().zip(&architecture.parts).map(key);
        Ok(options.chain(parts).collect::<Vec<_>>().join("|"))
    }

    fn size(&self) -> f64 {
        self.count().number
    }

    fn log2_size(&self) -> f64 {
        self.count().log2
    }

    fn size_is_bound(&self) -> bool {
        !self.count().exact
    }

    fn check_explorer(&self, explorer: &Explorer) -> Result<(), ExplorerError> {
        let unfit =
            |reason: String| Err(ExplorerError::Unfit { explorer: *explorer, space: self.name().to_owned(), reason });
        for part in &self.definition.parts {
            let chooses = part.chooses_edges();
            if *explorer != Explorer::Uniform && !chooses {
                return unfit(format!("the part {} has no edges to choose; use uniform", part.name));
            }
            if let Err(reason) = explorer.fits(part.limits()) {
                return unfit(reason);
            }
            if part.in_degree.is_some() && *explorer != Explorer::Uniform {
                return unfit(format!("the in-degrees of the part {} are fixed; use uniform", part.name));
            }
        }
        Ok(())
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let explorer = if self.check_explorer(explorer).is_ok() { *explorer } else { Explorer::Uniform };
        let drawn = explorer::first_valid(|| self.draw(&explorer, rng), |graph| self.validate(graph).is_ok());
        drawn.unwrap_or_else(|| self.witness.clone())
    }

    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        let Ok(architecture) = self.architecture(graph) else { return Vec::new() };
        let mut changed = Vec::new();
        for (index, choice) in self.definition.choices.iter().enumerate() {
            for option in (0..choice.options.len()).filter(|option| *option != architecture.options[index]) {
                let mut other = architecture.clone();
                other.options[index] = option;
                changed.push(self.joined(&other));
            }
        }
        for (index, part) in self.definition.parts.iter().enumerate() {
            for graph in part.changed(&architecture.parts[index]) {
                let mut other = architecture.clone();
                other.parts[index] = graph;
                changed.push(self.joined(&other));
            }
        }
        changed.retain(|graph| self.validate(graph).is_ok());
        changed
    }

    fn published_size(&self) -> Size {
        self.definition.size()
    }

    fn graph_determines_depth(&self) -> bool {
        !self.definition.has_cells()
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError> {
        let architecture = self.valid(graph)?;
        network::build(builder, &self.definition, Some(&architecture), task, size, drop_path)
            .map_err(|error| self.built(error))
    }

    /// Whether every position has the same shape whatever was chosen before it.
    fn shares_weights(&self) -> bool {
        let keeps_width = |part: &Part| {
            !part.may_be_shorter()
                && !matches!(part.join, part::Join::Concat | part::Join::Concat1x1)
                && part.output_join != part::Join::Concat
                && matches!(part.output, part::Output::Last)
                && (part.carrier == Carrier::Edge || matches!(part.wiring, Wiring::Chain | Wiring::Skips))
        };
        let changes_shape = self.definition.changes_shape();
        self.definition.choices.is_empty() && !changes_shape && self.definition.parts.iter().all(keeps_width)
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        if !self.shares_weights() {
            return Err(BuildError::NoSharedWeights(self.name().to_owned()));
        }
        network::build(Builder::new(task.input)?.sharing(), &self.definition, None, task, size, 0.0)
            .map_err(|error| self.built(error))
    }

    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        Ok(drawing::panels(&self.definition, &self.valid(graph)?))
    }
}
