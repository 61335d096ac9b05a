//! The JSON description of an architecture and the cost of its network.

use super::error::ReportError;
use crate::graph::Graph;
use crate::network::{Network, Size};
use crate::space::Space;
use crate::train::Interface;
use serde::Serialize;

/// The properties of an architecture that need no training.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Description {
    /// The id of the run, in the file of a run's best architecture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// Name of the space.
    pub space: String,
    /// Digest of the definition of a space from a file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub space_digest: Option<String>,
    /// The architecture's text.
    pub arch: String,
    /// The index of a NAS-Bench-201 cell in the benchmark; `nasbench201:INDEX` also names the cell.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<usize>,
    /// The canonical key, the same for all graphs of the architecture.
    pub canonical: String,
    /// Its graph.
    pub graph: Graph,
    /// Channels, height and width of an image.
    pub input: [usize; 3],
    /// Number of classes, the length of the output.
    pub classes: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network if it has no stages.
    pub cells: usize,
    /// Input and output of its network.
    pub interface: Interface,
    /// The cost of its network.
    pub cost: NetworkCost,
}

impl Description {
    /// Describes the network of a graph; the cost is that of training steps on `batch` images.
    ///
    /// # Errors
    /// The graph is not in the space, or the batch size is 0.
    pub fn new(
        space: &dyn Space,
        graph: &Graph,
        network: &Network,
        size: Size,
        interface: Interface,
        batch: usize,
    ) -> Result<Self, ReportError> {
        Ok(Self {
            run: None,
            space: space.name().to_owned(),
            space_digest: space.digest(),
            arch: space.decode(graph)?,
            index: space.index(graph),
            canonical: space.canonical(graph)?,
            graph: graph.clone(),
            input: network.input,
            classes: network.classes,
            channels: size.channels,
            cells: size.cells,
            interface,
            cost: NetworkCost::of(network, batch)?,
        })
    }
}

/// The cost of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct NetworkCost {
    /// Number of trainable parameters.
    pub parameters: u64,
    /// Number of multiply-adds for one image.
    pub multiply_adds: u64,
    /// Bytes of all activations for one image.
    pub activation_bytes: u64,
    /// Batch size of the training step below.
    pub batch: usize,
    /// Peak memory of a training step in bytes, without weights.
    pub training_peak_bytes: u64,
    /// Kernel launches of a training step, without loss and optimizer.
    pub training_launches: usize,
}

impl NetworkCost {
    /// Computes the cost of a network and of a training step with this batch size, without running it.
    ///
    /// # Errors
    /// The batch size is 0.
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
