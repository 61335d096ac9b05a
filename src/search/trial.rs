//! One evaluation as an observer sees it, before and after.

use crate::child::Cost;
use crate::evaluate::Evaluation;
use crate::graph::Graph;
use crate::train::Trainer;

/// What proposed a graph.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProposalSource {
    /// The fixed explorer.
    Explorer,
    /// The generator.
    Generator,
    /// A good architecture, of which it is a neighbour.
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

/// An architecture that is evaluated.
#[derive(Debug, Clone, Copy)]
pub struct Trial<'a> {
    /// Its number, from 1, of all that were evaluated, those without a reward included.
    pub number: usize,
    /// The round, from 0.
    pub round: u64,
    /// What proposed it.
    pub source: ProposalSource,
    /// The graph.
    pub graph: &'a Graph,
    /// Its text in the space.
    pub arch: &'a str,
    /// The key that all graphs of the architecture have.
    pub key: &'a str,
    /// Natural logarithm of the probability with which the generator drew it, where it knows that.
    pub log_probability: Option<f64>,
    /// The seed of its training, if it is trained.
    pub seed: Option<u64>,
}

/// What came of an evaluation.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// A reward.
    Done(Evaluation),
    /// No reward, and why.
    Failed(String),
}

/// An evaluation that is over.
#[derive(Debug, Clone, Copy)]
pub struct Ended<'a> {
    /// What came of it.
    pub answer: &'a Answer,
    /// Its number among those with a reward, from 1.
    pub evaluation: Option<usize>,
    /// What the network costs, where that is known.
    pub cost: Option<Cost>,
    /// Seconds that the network takes for an image on the device, where that was measured.
    pub latency: Option<f64>,
    /// How long it took, in seconds.
    pub seconds: f64,
    /// The network that was trained for it, where one was.
    pub network: Option<&'a Trainer>,
    /// The state of the evaluator ([`crate::evaluate::Evaluator::history_state`]).
    pub memory: Option<&'a str>,
}
