//! The script of a graph: the fixed sequence of decisions that draws it, and the steps of the LSTM that make them.
//!
//! Node by node: its label if nodes carry labels, then for every earlier node whether there is an edge, or which. The
//! script of a smaller graph is the beginning of that of the largest.

use super::LstmConfig;
use crate::convert::to_u8;
use crate::generator::DimensionsError;
use crate::graph::Graph;
use crate::space::Limits;
use std::ops::Range;

/// The sizes of an LSTM controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dimensions {
    /// What the space's graphs look like.
    pub limits: Limits,
    /// Units of the LSTM.
    pub hidden: usize,
    /// Whether edges are decided by attention over earlier nodes, as in ENAS.
    pub attention: bool,
}

/// More units than any controller has; a bound for files from elsewhere.
const MAX_HIDDEN: usize = 1024;

impl Dimensions {
    /// The dimensions of a configuration, for graphs of a space.
    #[must_use]
    pub fn new(limits: Limits, config: &LstmConfig) -> Self {
        Self { limits, hidden: config.hidden, attention: config.attention }
    }

    /// Checks that there is something to decide and room to decide it.
    ///
    /// # Errors
    /// [`DimensionsError`] names the configuration key and what it should be.
    pub fn check(&self) -> Result<(), DimensionsError> {
        if self.limits.max_nodes < 2 {
            let nodes = self.limits.max_nodes;
            return Err(DimensionsError(format!("the LSTM draws graphs of at least 2 nodes, not {nodes}")));
        }
        if !(1..=MAX_HIDDEN).contains(&self.hidden) {
            return Err(DimensionsError(format!("lstm.hidden must be from 1 to {MAX_HIDDEN}, not {}", self.hidden)));
        }
        Ok(())
    }

    /// Choices for an edge, none among them.
    #[must_use]
    pub fn edge_choices(&self) -> usize {
        self.limits.edge_labels.max(2)
    }
}

/// One decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// The node whose label or incoming edge it is.
    pub node: usize,
    /// Where the edge comes from; `None` for a label.
    pub from: Option<usize>,
    /// The embedding of its first choice; those of the others follow.
    pub token: usize,
}

/// One step of the LSTM. It reads what the step before decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The decisions it makes: one, or with attention a whole row of edges.
    pub decides: Range<usize>,
    /// The node whose anchor its state is; only with attention.
    pub anchor: Option<usize>,
}

/// The decisions of the largest graph of a space, in order, and the steps that make them.
#[derive(Debug, Clone)]
pub struct Script {
    shape: Dimensions,
    decisions: Vec<Decision>,
    steps: Vec<Step>,
    /// For every node and the end, how many decisions come before.
    starts: Vec<usize>,
    tokens: usize,
}

impl Script {
    /// The script for these sizes.
    #[must_use]
    pub fn new(shape: Dimensions) -> Self {
        // Token 0 is what the first step reads.
        let mut script = Self { shape, decisions: Vec::new(), steps: Vec::new(), starts: vec![0], tokens: 1 };
        for node in 0..shape.limits.max_nodes {
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

    /// A step for the decisions that no step makes yet.
    fn step(&mut self, anchor: Option<usize>) {
        let first = self.steps.last().map_or(0, |step| step.decides.end);
        self.steps.push(Step { decides: first..self.decisions.len(), anchor });
    }

    /// The sizes it is for.
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

    /// The choices that draw a graph; nodes beyond those of the script are left out.
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

    /// The graph that finished choices draw.
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

    /// Whether these choices are a whole graph: all decisions, or all up to those of the node with the output label.
    #[must_use]
    pub fn ended(&self, choices: &[usize]) -> bool {
        let (done, limits) = (choices.len(), self.shape.limits);
        let Some(Decision { node, .. }) = done.checked_sub(1).map(|last| self.decisions[last]) else { return false };
        let output = limits.node_labels > 0
            && limits.output_label.is_some_and(|label| choices[self.starts[node]] == usize::from(label));
        done == self.decisions.len() || (output && done == self.starts[node + 1])
    }
}
