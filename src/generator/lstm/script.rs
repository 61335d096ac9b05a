//! The script of a graph: the fixed sequence of decisions that generates it, and the LSTM steps that make them.
//!
//! For every node, the script decides its label (if nodes have labels), then for every earlier node whether there is an
//! edge, and its label. The script of a smaller graph is a prefix of the script of the largest graph.

use super::LstmConfig;
use crate::convert::to_u8;
use crate::generator::DimensionsError;
use crate::graph::Graph;
use crate::space::Limits;
use std::ops::Range;

/// The sizes of an LSTM controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// Limits of the space's graphs.
    pub limits: Limits,
    /// Units of the LSTM.
    pub hidden: usize,
    /// Whether edges are decided by attention over earlier nodes, as in ENAS.
    pub attention: bool,
}

/// Maximum number of units; also limits the sizes read from files.
const MAX_HIDDEN: usize = 1024;

impl Dimensions {
    /// Returns the dimensions of a configuration for graphs with these limits.
    #[must_use]
    pub fn new(limits: Limits, config: &LstmConfig) -> Self {
        Self { limits, hidden: config.hidden, attention: config.attention }
    }

    /// Checks the number of nodes and units.
    ///
    /// # Errors
    /// [`DimensionsError`] names the configuration key and its range.
    pub fn check(&self) -> Result<(), DimensionsError> {
        if self.limits.max_nodes == 0 {
            let nodes = self.limits.max_nodes;
            return Err(DimensionsError(format!("the LSTM supports graphs of at least 1 node, not {nodes}")));
        }
        if !(1..=MAX_HIDDEN).contains(&self.hidden) {
            return Err(DimensionsError(format!("lstm.hidden must be from 1 to {MAX_HIDDEN}, not {}", self.hidden)));
        }
        Ok(())
    }

    /// Number of choices for an edge, including no edge.
    #[must_use]
    pub fn edge_choices(&self) -> usize {
        self.limits.edge_labels.max(2)
    }
}

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The node whose label or incoming edge is decided.
    pub node: usize,
    /// The source of the edge; `None` for a label.
    pub from: Option<usize>,
    /// Index of the embedding of its first choice; the embeddings of the other choices follow.
    pub token: usize,
}

/// One LSTM step. Its input is the previous step's decisions.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The decisions that it makes: one, or with attention a complete row of edges.
    pub decides: Range<usize>,
    /// The node whose anchor is the state of this step; only with attention.
    pub anchor: Option<usize>,
}

/// The decisions of the largest graph of a space, in order, and the steps that make them.
#[derive(Debug, Clone)]
pub struct Script {
    shape: Dimensions,
    decisions: Vec<Decision>,
    steps: Vec<Step>,
    /// Number of decisions before every node, and in total.
    starts: Vec<usize>,
    tokens: usize,
}

impl Script {
    /// Creates the script for these sizes.
    #[must_use]
    pub fn new(shape: Dimensions) -> Self {
        // Token 0 is the input of the first step.
        let mut script = Self { shape, decisions: Vec::new(), steps: Vec::new(), starts: vec![0], tokens: 1 };
        // At least two nodes, so that the layer of edges exists; the second one of a single node is never decided.
        for node in 0..shape.limits.max_nodes.max(2) {
            if shape.limits.node_labels > 0 {
                script.decide(node, None, shape.limits.node_labels);
                script.step(None);
            }
            for from in 0..node {
                script.decide(node, Some(from), shape.edge_choices());
                if !shape.attention {
                    script.step(None);
                }
            }
            if shape.attention {
                script.step(Some(node));
            }
            script.starts.push(script.decisions.len());
        }
        script
    }

    fn decide(&mut self, node: usize, from: Option<usize>, choices: usize) {
        self.decisions.push(Decision { node, from, token: self.tokens });
        self.tokens += choices;
    }

    /// Adds a step that makes all decisions not yet assigned to a step.
    fn step(&mut self, anchor: Option<usize>) {
        let first = self.steps.last().map_or(0, |step| step.decides.end);
        self.steps.push(Step { decides: first..self.decisions.len(), anchor });
    }

    /// The sizes.
    #[must_use]
    pub fn shape(&self) -> &Dimensions {
        &self.shape
    }

    /// All decisions.
    #[must_use]
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// All steps.
    #[must_use]
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Number of embeddings.
    #[must_use]
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    /// Returns the choices that generate a graph; nodes beyond the maximum are ignored.
    #[must_use]
    pub fn choices(&self, graph: &Graph) -> Vec<usize> {
        let nodes = graph.nodes().min(self.shape.limits.max_nodes);
        let choice = |decision: &Decision| match decision.from {
            None => usize::from(graph.node_label(decision.node)),
            Some(from) => match graph.edge_label(from, decision.node) {
                Some(label) if self.shape.limits.edge_labels > 0 => usize::from(label),
                edge => usize::from(edge.is_some()),
            },
        };
        self.decisions[..self.starts[nodes]].iter().map(choice).collect()
    }

    /// Returns the graph that completed choices generate.
    #[must_use]
    pub fn graph(&self, choices: &[usize]) -> Graph {
        let nodes = self.starts.partition_point(|start| *start <= choices.len()) - 1;
        let mut graph = Graph::empty(nodes);
        for (decision, choice) in self.decisions.iter().zip(choices) {
            match decision.from {
                None => graph.label(decision.node, to_u8(*choice)),
                Some(from) if *choice > 0 => {
                    let label = if self.shape.limits.edge_labels > 0 { to_u8(*choice) } else { 0 };
                    graph.put(from, decision.node, label);
                }
                Some(_) => {}
            }
        }
        graph
    }

    /// Returns the first `nodes` nodes of the graph that choices generate.
    #[must_use]
    pub fn prefix(&self, choices: &[usize], nodes: usize) -> Graph {
        self.graph(&choices[..self.starts[nodes].min(choices.len())])
    }

    /// Whether the choices are a complete graph: all decisions, or all up to the node with the output label.
    #[must_use]
    pub fn ended(&self, choices: &[usize]) -> bool {
        let (done, limits) = (choices.len(), self.shape.limits);
        if done == self.starts[limits.max_nodes] {
            return true;
        }
        let Some(Decision { node, .. }) = done.checked_sub(1).map(|last| self.decisions[last]) else { return false };
        let output = limits.node_labels > 0
            && limits.output_label.is_some_and(|label| choices[self.starts[node]] == usize::from(label));
        output && done == self.starts[node + 1]
    }
}
