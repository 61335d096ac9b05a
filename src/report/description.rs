//! An architecture and what its network costs, as JSON has it.

use super::error::ReportError;
use crate::graph::Graph;
use crate::network::Network;
use crate::train::Interface;
use serde::Serialize;

/// Everything that is known of an architecture without training it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The run of a search that it was kept for, in the file of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Name of the space.
    pub space: String,
    /// The architecture's text.
    pub arch: String,
    /// Its place in the benchmark's own order, of a cell of NAS-Bench-201: `nasbench201:INDEX` names it too.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The key under which the space counts it once.
    pub canonical: String,
    /// Its graph.
    pub graph: Graph,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Numbers of the output.
    pub classes: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// What goes into its network and what comes out.
    pub interface: Interface,
    /// What its network costs.
    pub cost: Expense,
}

/// The cost of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Expense {
    /// Numbers that are learnt.
    pub parameters: u64,
    /// Multiply-adds for one image.
    pub multiply_adds: u64,
    /// Bytes of all results for one image.
    pub activation_bytes: u64,
    /// Images of a training step.
    pub batch: usize,
    /// Bytes of a training step's plan at its peak, weights not counted.
    pub training_peak_bytes: u64,
    /// Kernel launches of a training step, the loss and the optimizer not counted.
    pub training_launches: usize,
}

impl Expense {
    /// The cost of a network and of training it with batches of this size; nothing runs.
    ///
    /// # Errors
    /// An empty batch.
    pub fn of(network: &Network, batch: usize) -> Result<Self, ReportError> {
        let (cost, plan) = (network.cost(), network.plan_cost(batch)?);
        Ok(Self {
            parameters: cost.parameters,
            multiply_adds: cost.multiply_adds,
            activation_bytes: cost.activation_bytes,
            batch,
            training_peak_bytes: plan.peak,
            training_launches: plan.launches,
        })
    }
}
