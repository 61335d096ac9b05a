//! Spaces defined by a file (docs/guide/spaces.md).

mod block;
mod build;
mod canonical;
mod changes;
mod count;
mod definition;
pub(super) mod dialect;
mod drawing;
mod draws;
mod error;
mod free;
mod graphs;
mod instance;
mod kind;
mod mask;
mod nasbench101;
mod network;
mod op_reader;
mod part;
mod read_part;
mod repair;
mod skips;
mod space;
mod tally;
mod text;
mod tree;
mod width;

pub use error::Fault;

use super::built_in::BuiltIn;
use super::{BuildError, InvalidGraph, Limits, Space, SpaceError};
use crate::graph::Graph;
use crate::shown::Show;
use definition::{Definition, Same};
use dialect::Dialect;
use md5::{Digest, Md5};
use network::LayerError;
use part::{Output, Part};
use std::path::Path;
use text::Architecture;

/// A space defined by a file.
#[derive(Debug, Clone)]
pub struct FileSpace {
    text: String,
    /// The entry of a definition in the program.
    built_in: Option<&'static BuiltIn>,
    /// The number of architectures.
    size: count::Size,
    /// The smallest number of cells with which the network is complete; scores of networks ask for it.
    min_cells: usize,
    /// A valid architecture, for the rare case that many draws give none.
    witness: Graph,
    /// Whether drawn graphs are repaired, because random ones hardly ever satisfy the rules.
    repairs: bool,
    /// Whether architectures with nodes on no path from the input to the output are invalid.
    rejects_dangling: bool,
    definition: Definition,
}

/// A change of an architecture.
#[derive(Clone)]
enum Change {
    /// Another option of a choice.
    Option(usize, usize),
    /// Another graph of a part.
    Part(usize, Graph),
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
        let space = Self {
            text: text.to_owned(),
            built_in: None,
            witness: Graph::empty(0),
            size: count_of(&definition),
            min_cells: definition.min_cells(),
            repairs: false,
            rejects_dangling: false,
            definition,
        };
        space.with_draws()
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
    pub(super) fn built_in(entry: &'static BuiltIn) -> Result<Self, Fault> {
        Ok(Self { built_in: Some(entry), ..Self::parse(entry.definition)? })
    }

    /// Returns the space in which architectures with nodes on no path from the input to the output are invalid, for
    /// explorers and generators (docs/method.md section 3), instead of being pruned. Names, texts and keys do not change;
    /// texts with such nodes are pruned when parsed.
    #[must_use]
    pub fn rejecting_dangling(self) -> Self {
        let witness = self.pruned(&self.witness);
        Self { witness, rejects_dangling: true, ..self }
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

    /// Returns whether networks can be built, because no operation is of the kind `external`.
    #[must_use]
    pub fn has_networks(&self) -> bool {
        !self.definition.is_external()
    }

    /// Returns the digest of the definition: 12 hexadecimal digits of its MD5 sum.
    #[must_use]
    pub fn digest(&self) -> String {
        let digest = Md5::digest(self.text.as_bytes());
        digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect()
    }

    /// Returns an architecture without nodes on no path from the input to the output; an invalid one is unchanged.
    fn pruned(&self, graph: &Graph) -> Graph {
        let Ok(mut architecture) = self.architecture(graph) else { return graph.clone() };
        let parts = self.definition.parts.iter().zip(&architecture.parts);
        architecture.parts = parts.map(|(part, graph)| part.pruned(graph)).collect();
        self.joined(&architecture)
    }

    /// Whether the output of a part has the same nodes in all architectures.
    fn has_fixed_outputs(&self, part: &Part) -> bool {
        let all_have_edges = part.in_degree.is_some_and(|[min, _]| min > 0);
        match part.output {
            Output::Last => true,
            Output::Inner => !self.prunes() || all_have_edges,
            Output::End | Output::Leaves => false,
        }
    }

    /// The text form, if this is the published space of the form.
    fn published_form(&self) -> Option<&'static Dialect> {
        let is_published = |dialect: &&Dialect| self.built_in.is_some_and(|built_in| built_in.name == dialect.space);
        self.definition.dialect.filter(is_published)
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

    /// All changes of one choice or part that give a valid architecture.
    fn changes(&self, architecture: &Architecture) -> Vec<Change> {
        let valid = |part: &Part, graph: &Graph| self.check_part(part, graph).is_ok();
        let parts = || self.definition.parts.iter().zip(&architecture.parts).enumerate();
        let invalid: Vec<usize> = parts().filter(|(_, (part, graph))| !valid(part, graph)).map(|(at, _)| at).collect();
        let mut changes = Vec::new();
        if invalid.is_empty() {
            for (index, choice) in self.definition.choices.iter().enumerate() {
                let others = (0..choice.options.len()).filter(|option| *option != architecture.options[index]);
                changes.extend(others.map(|option| Change::Option(index, option)));
            }
        }
        // A change keeps the number of nodes of its part and the other parts, so only the part is checked.
        for (index, (part, graph)) in parts().filter(|(index, _)| invalid.iter().all(|other| other == index)) {
            let valid = part.changed(graph).into_iter().filter(|graph| valid(part, graph));
            changes.extend(valid.map(|graph| Change::Part(index, graph)));
        }
        changes
    }

    /// Returns the graph of a changed architecture.
    fn changed(&self, architecture: &Architecture, change: Change) -> Graph {
        let mut other = architecture.clone();
        match change {
            Change::Option(index, option) => other.options[index] = option,
            Change::Part(index, graph) => other.parts[index] = graph,
        }
        self.joined(&other)
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
            self.check_part(part, graph)?;
        }
        Ok(architecture)
    }

    fn check_part(&self, part: &Part, graph: &Graph) -> Result<(), InvalidGraph> {
        let place = |what: String| match self.definition.parts.len() {
            1 => InvalidGraph::Rule(what),
            _ => InvalidGraph::Rule(format!("part {}: {what}", part.name)),
        };
        part.check(graph, self.prunes()).map_err(place)?;
        match part.live(graph).iter().filter(|live| !**live).count() {
            count if self.rejects_dangling && count > 0 => Err(InvalidGraph::Dangling { count }),
            _ => Ok(()),
        }
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
            in_degree: 0,
            input_label: None,
            output_label: None,
        }
    }

    fn draws_with_masks(&self) -> bool {
        !self.built_in.is_some_and(|built_in| built_in.without_masks)
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

/// The number of architectures: exact, or an upper bound where isomorphic or pruned graphs are the same.
fn count_of(definition: &Definition) -> count::Size {
    let options = || definition.choices.iter().map(|choice| choice.options.len() as f64);
    let mut count = count::Size { log2: options().map(f64::log2).sum(), number: options().product(), exact: true };
    for part in &definition.parts {
        let distinct = if definition.same == Same::Text { None } else { part.distinct() };
        let size = distinct.unwrap_or_else(|| part.size());
        count.log2 += size.log2;
        count.number *= size.number;
        count.exact &=
            size.exact && (definition.same == Same::Text || part.has_fixed_numbering() || distinct.is_some());
    }
    count
}
