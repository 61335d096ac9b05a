//! The generator's network on a device: weights in a store, an inference plan for rows and a training plan.

use super::batch::Batch;
use super::dimensions::Dimensions;
use super::weights::GeneratorWeights;
use crate::convert::to_f32;
use crate::device::Device;
use crate::generator::GeneratorError;
use crate::graph::Graph;
use crate::kernel::message_passing::TableSizes;
use crate::kernel::mixture::target_len;
use crate::kernel::optimizer::AdamSettings;
use crate::nn::Checkpoint;
use crate::tape::{Plan, ShapeError, Slot, Store, StoreBuilder, Tape, TapeError, Tensor, Update};

/// Adam with its standard constants (docs/method.md section 3).
const ADAM: AdamSettings = AdamSettings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 };

/// The weights on a device and their layout.
#[derive(Debug)]
pub struct GraphNetwork {
    shape: Dimensions,
    device: Device,
    store: Store,
    layout: Layout,
    /// Optimizer steps since the weights were set.
    steps: i32,
}

/// The slots of the weights in the store.
#[derive(Debug)]
struct Layout {
    shape: Dimensions,
    propagation: Slot,
    heads: Slot,
    /// Adam moments of both.
    moments: [[Slot; 2]; 2],
}

impl Layout {
    fn new(shape: Dimensions, builder: &mut StoreBuilder) -> Self {
        let propagation = builder.zeros("propagation", &[shape.propagation_len()]);
        let heads = builder.zeros("heads", &[shape.heads_len()]);
        let mut moments = |slot: &Slot| {
            ["first", "second"].map(|moment| builder.zeros(format!("{}.{moment}_moment", slot.name()), slot.shape()))
        };
        let moments = [moments(&propagation), moments(&heads)];
        Self { shape, propagation, heads, moments }
    }
}

/// Returns the device memory in bytes of a generator and its training plan for batches of `graphs` graphs, without
/// allocating.
///
/// # Errors
/// Incompatible shapes, which [`Dimensions::check`] rules out.
pub fn footprint(shape: Dimensions, graphs: usize) -> Result<u64, ShapeError> {
    let mut builder = StoreBuilder::default();
    let layout = Layout::new(shape, &mut builder);
    let update = record_update(&layout, graphs)?;
    let weights = (builder.len() as u64).saturating_mul(4);
    Ok(weights.saturating_add(update.tape.cost(&update.outputs()).peak))
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

/// A plan that takes optimizer steps on batches of graphs.
#[derive(Debug)]
pub struct GraphPolicyTrainer {
    plan: Plan,
    sizes: TableSizes,
    capacity: usize,
    inputs: Inputs,
    losses: Tensor,
    gradients: [Tensor; 2],
    logits: Tensor,
    rows: Tensor,
}

#[derive(Debug, Clone, Copy)]
struct Inputs {
    table: Tensor,
    targets: Tensor,
    graphs: Tensor,
    advantages: Tensor,
    /// Step size and bias correction of Adam.
    now: Tensor,
}

impl GraphPolicyTrainer {
    /// Creates a plan for batches of up to `graphs` graphs.
    ///
    /// # Errors
    /// The device has too little memory.
    pub fn new(network: &GraphNetwork, graphs: usize) -> Result<Self, TapeError> {
        let update = record_update(&network.layout, graphs)?;
        let plan = Plan::new(&update.tape, &update.outputs(), &network.store, &network.device)?;
        let UpdateTape { sizes, inputs, losses, gradients, logits, rows, .. } = update;
        Ok(Self { plan, sizes, capacity: graphs, inputs, losses, gradients, logits, rows })
    }

    /// Takes an optimizer step on graphs with their advantages (reward minus baseline).
    ///
    /// # Errors
    /// The graphs exceed the plan's capacity, or the device fails.
    pub fn step(
        &mut self,
        network: &mut GraphNetwork,
        graphs: &[(&Graph, f32)],
        learning_rate: f64,
    ) -> Result<(), TapeError> {
        let labels = network.shape.limits.edge_labels;
        let batch = Batch::new(labels, self.capacity, self.sizes, graphs).ok_or(TapeError::Length {
            what: "a training batch".to_owned(),
            expected: self.capacity,
            given: graphs.len(),
        })?;
        self.plan.write_integers(self.inputs.table, &batch.table)?;
        self.plan.write_integers(self.inputs.targets, &batch.targets)?;
        self.plan.write_integers(self.inputs.graphs, &batch.graphs)?;
        self.plan.write(self.inputs.advantages, &batch.advantages)?;
        network.steps = network.steps.saturating_add(1);
        let correction = |beta: f32| 1.0 - f64::from(beta).powi(network.steps);
        let now = [learning_rate / correction(ADAM.beta1), correction(ADAM.beta2).sqrt()];
        self.plan.write(self.inputs.now, &now.map(to_f32))?;
        self.plan.run(&mut network.store)
    }

    /// Reads the batch loss of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn loss(&self) -> Result<f32, TapeError> {
        Ok(self.plan.read(self.losses)?.chunks_exact(2).map(|graph| graph[0]).sum())
    }

    /// Reads the gradients of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn gradients(&self) -> Result<GeneratorWeights, TapeError> {
        let [propagation, heads] = self.gradients;
        Ok(GeneratorWeights { propagation: self.plan.read(propagation)?, heads: self.plan.read(heads)? })
    }

    /// Reads the logits of every node and the log-likelihoods of every row (4 values each) of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn outputs(&self) -> Result<(Vec<f32>, Vec<f32>), TapeError> {
        Ok((self.plan.read(self.logits)?, self.plan.read(self.rows)?))
    }
}

/// The recorded tape of an optimizer step.
struct UpdateTape {
    tape: Tape,
    sizes: TableSizes,
    inputs: Inputs,
    losses: Tensor,
    gradients: [Tensor; 2],
    logits: Tensor,
    rows: Tensor,
}

impl UpdateTape {
    /// The tensors that can be read after a step.
    fn outputs(&self) -> [Tensor; 5] {
        [self.losses, self.logits, self.rows, self.gradients[0], self.gradients[1]]
    }
}

/// Records an optimizer step on `graphs` graphs.
fn record_update(layout: &Layout, graphs: usize) -> Result<UpdateTape, ShapeError> {
    let shape = layout.shape;
    let sizes = TableSizes::of_graphs(graphs, shape.limits.max_nodes);
    let mut tape = Tape::new();
    let (table, logits) = forward(&mut tape, layout, sizes)?;
    let dims = shape.head_dims(sizes);
    let targets = tape.input(&[target_len(sizes)]);
    let starts = tape.input(&[graphs + 2]);
    let advantages = tape.input(&[graphs]);
    let rows = tape.row_likelihood(&dims, logits, table, targets)?;
    let losses = tape.policy_loss(&dims, rows, starts, advantages)?;
    // The batch loss is the sum of the first column; the second column is informational.
    let ones: Vec<_> = (0..graphs).flat_map(|_| [1.0, 0.0]).collect();
    let seed = tape.constant(&ones, &[graphs, 2])?;
    let gradients = tape.backward_from(&[(losses, seed)])?;
    let slots = [&layout.propagation, &layout.heads];
    let parameters = slots.map(|slot| tape.stored(slot));
    let gradients = parameters.map(|parameter| gradients.of(parameter).unwrap_or(parameter));
    let (now, scale) = (tape.input(&[2]), tape.constant(&[1.0], &[1])?);
    for ((weights, gradient), moments) in parameters.into_iter().zip(gradients).zip(&layout.moments) {
        let moments = moments.each_ref().map(|slot| tape.stored(slot));
        tape.adam(ADAM, Update { weights, gradient, now, scale }, moments)?;
    }
    let inputs = Inputs { table, targets, graphs: starts, advantages, now };
    Ok(UpdateTape { tape, sizes, inputs, losses, gradients, logits, rows })
}

/// Records the computation of the logits of a table's nodes; returns the table input and the logits.
fn forward(tape: &mut Tape, layout: &Layout, sizes: TableSizes) -> Result<(Tensor, Tensor), ShapeError> {
    let shape = &layout.shape;
    let table = tape.input(&[sizes.len()]);
    let (propagation, heads) = (tape.stored(&layout.propagation), tape.stored(&layout.heads));
    let states = tape.message_passing(&shape.dims(sizes), propagation, table)?;
    let logits = tape.heads(&shape.head_dims(sizes), heads, table, states)?;
    Ok((table, logits))
}
