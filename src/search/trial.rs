//! Trials, as reported to observers.

use crate::child::Cost;
use crate::evaluate::Evaluation;
use crate::graph::Graph;
use crate::train::Trainer;

/// The source of a proposed graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalSource {
    /// The random policy.
    Explorer,
    /// The generator.
    Generator,
    /// The neighbourhood of a good architecture.
    Neighbour,
}

impl ProposalSource {
    /// Its name in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Explorer => "explorer",
            Self::Generator => "generator",
            Self::Neighbour => "neighbour",
        }
    }
}

/// The evaluation of an architecture.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// Its number among all trials, from 1, including failed ones.
    pub number: usize,
    /// The round, from 0.
    pub round: u64,
    /// The source of the graph.
    pub source: ProposalSource,
    /// The graph.
    pub graph: &'a Graph,
    /// Its text in the space.
    pub arch: &'a str,
    /// Canonical key, equal for all graphs of the same architecture.
    pub key: &'a str,
    /// Natural logarithm of the generator's probability of the graph, if known.
    pub log_probability: Option<f64>,
    /// Seed of its training, if it is trained.
    pub seed: Option<u64>,
}

/// The result of a trial.
#[derive(Debug, Clone, PartialEq)]
pub enum TrialResult {
    /// The evaluation succeeded.
    Done(Evaluation),
    /// The evaluation failed for this reason.
    Failed(String),
}

/// The end of a trial.
#[derive(Debug, Clone, Copy)]
pub struct TrialEnd<'a> {
    /// The result.
    pub result: &'a TrialResult,
    /// Its number among the successful trials, from 1.
    pub evaluation: Option<usize>,
    /// Cost of the network, if known.
    pub cost: Option<Cost>,
    /// Latency in seconds of the network for a single image, if measured.
    pub latency: Option<f64>,
    /// Duration of the evaluation in seconds.
    pub seconds: f64,
    /// The trained network, if any.
    pub network: Option<&'a Trainer>,
    /// The evaluator's history state after the trial ([`crate::evaluate::Evaluator::history_state`]).
    pub history_state: Option<&'a str>,
}
