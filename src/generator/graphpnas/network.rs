//! The generator's network on a device: weights in a store, and an inference plan for rows.

use super::dimensions::Dimensions;
use super::weights::GeneratorWeights;
use crate::convert::to_f32;
use crate::device::Device;
use crate::generator::GeneratorError;
use crate::kernel::message_passing::TableSizes;
use crate::kernel::optimizer::AdamSettings;
use crate::nn::Checkpoint;
use crate::tape::{Plan, ShapeError, Slot, Store, StoreBuilder, Tape, TapeError, Tensor};

/// Adam with its standard constants (docs/method.md section 3).
pub(super) const ADAM: AdamSettings = AdamSettings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 };

/// The weights on a device and their layout.
#[derive(Debug)]
pub struct GraphNetwork {
    pub(super) shape: Dimensions,
    pub(super) device: Device,
    pub(super) store: Store,
    pub(super) layout: Layout,
    /// Optimizer steps since the weights were set.
    steps: i32,
}

/// The slots of the weights in the store.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) shape: Dimensions,
    pub(super) propagation: Slot,
    pub(super) heads: Slot,
    /// Adam moments of both.
    pub(super) moments: [[Slot; 2]; 2],
}

impl Layout {
    pub(super) fn new(shape: Dimensions, builder: &mut StoreBuilder) -> Self {
        let propagation = builder.zeros("propagation", &[shape.propagation_len()]);
        let heads = builder.zeros("heads", &[shape.heads_len()]);
        let mut moments = |slot: &Slot| {
            ["first", "second"].map(|moment| builder.zeros(format!("{}.{moment}_moment", slot.name()), slot.shape()))
        };
        let moments = [moments(&propagation), moments(&heads)];
        Self { shape, propagation, heads, moments }
    }
}

impl GraphNetwork {
    /// Creates a network with zero weights on the device.
    ///
    /// # Errors
    /// The device has too little memory.
    pub fn new(shape: Dimensions, device: &Device) -> Result<Self, TapeError> {
        let mut builder = StoreBuilder::default();
        let layout = Layout::new(shape, &mut builder);
        let store = builder.build(device)?;
        Ok(Self { shape, device: device.clone(), store, layout, steps: 0 })
    }

    /// Its sizes.
    #[must_use]
    pub fn shape(&self) -> &Dimensions {
        &self.shape
    }

    /// Sets the weights and resets the optimizer state.
    ///
    /// # Errors
    /// The weights have another shape, or the device fails.
    pub fn reset(&mut self, weights: &GeneratorWeights) -> Result<(), TapeError> {
        self.store.write(&self.layout.propagation, &weights.propagation)?;
        self.store.write(&self.layout.heads, &weights.heads)?;
        for slot in self.layout.moments.iter().flatten() {
            self.store.write(slot, &vec![0.0; slot.len()])?;
        }
        self.steps = 0;
        Ok(())
    }

    /// Counts an optimizer step; returns its step size and bias correction.
    pub(super) fn next_step(&mut self, learning_rate: f64) -> [f32; 2] {
        self.steps = self.steps.saturating_add(1);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(self.steps);
        [learning_rate / correction(ADAM.beta1), correction(ADAM.beta2).sqrt()].map(to_f32)
    }

    /// Reads the weights.
    ///
    /// # Errors
    /// The device fails.
    pub fn weights(&self) -> Result<GeneratorWeights, TapeError> {
        let propagation = self.store.read(&self.layout.propagation)?;
        Ok(GeneratorWeights { propagation, heads: self.store.read(&self.layout.heads)? })
    }

    /// Returns the weights and the optimizer state.
    ///
    /// # Errors
    /// The device fails.
    pub fn state(&self) -> Result<Checkpoint, GeneratorError> {
        Ok(Checkpoint::of_state(&self.steps, Some(&self.store))?)
    }

    /// Restores the state of a network of the same shape.
    ///
    /// # Errors
    /// The state has another shape, or the device fails.
    pub fn restore(&mut self, state: &Checkpoint) -> Result<(), GeneratorError> {
        let steps = state.state()?;
        state.fill(&mut self.store, false)?;
        self.steps = steps;
        Ok(())
    }
}

/// A plan that computes the logits of rows.
#[derive(Debug)]
pub struct InferencePlan {
    plan: Plan,
    sizes: TableSizes,
    table: Tensor,
    logits: Tensor,
}

impl InferencePlan {
    /// Creates a plan for up to `subgraphs` rows per run.
    ///
    /// # Errors
    /// The device has too little memory.
    pub fn new(network: &GraphNetwork, subgraphs: usize) -> Result<Self, TapeError> {
        let sizes = TableSizes::of_subgraphs(subgraphs, network.shape.limits.max_nodes);
        let mut tape = Tape::new();
        let (table, logits) = forward(&mut tape, &network.layout, sizes)?;
        let plan = Plan::new(&tape, &[logits], &network.store, &network.device)?;
        Ok(Self { plan, sizes, table, logits })
    }

    /// The capacities that tables must have.
    #[must_use]
    pub fn sizes(&self) -> TableSizes {
        self.sizes
    }

    /// Computes the logits of every node of the table, row after row.
    ///
    /// # Errors
    /// The table has other capacities, or the device fails.
    pub fn run(&mut self, network: &mut GraphNetwork, table: &[u32]) -> Result<Vec<f32>, TapeError> {
        self.plan.write_integers(self.table, table)?;
        self.plan.run(&mut network.store)?;
        self.plan.read(self.logits)
    }
}

/// Records the computation of the logits of a table's nodes; returns the table input and the logits.
pub(super) fn forward(tape: &mut Tape, layout: &Layout, sizes: TableSizes) -> Result<(Tensor, Tensor), ShapeError> {
    let shape = &layout.shape;
    let table = tape.input(&[sizes.len()]);
    let (propagation, heads) = (tape.stored(&layout.propagation), tape.stored(&layout.heads));
    let states = tape.message_passing(&shape.dims(sizes), propagation, table)?;
    let logits = tape.heads(&shape.head_dims(sizes), heads, table, states)?;
    Ok((table, logits))
}
