//! Optimizer steps of the generator's network: a plan for the gradients of graphs and an update of the weights.

use super::batch::Batch;
use super::dimensions::Dimensions;
use super::network::{ADAM, GraphNetwork, Layout, forward};
use super::weights::GeneratorWeights;
use crate::graph::Graph;
use crate::kernel::message_passing::TableSizes;
use crate::kernel::mixture::target_len;
use crate::tape::{Plan, ShapeError, StoreBuilder, Tape, TapeError, Tensor, Update};

/// Graphs of up to this many nodes are trained on as complete batches.
const NODES_OF_COMPLETE_BATCHES: usize = 32;

/// Directed edges of the subgraphs in a run of the training plan for larger graphs. The plan saves about 20 kB per edge
/// with the published sizes; a graph of 64 nodes with all edges has 87,360.
const MAX_EDGES: usize = 100_000;

/// Returns how many graphs of a batch a run of the training plan takes. Larger graphs need too much memory for a
/// complete batch.
fn graphs_per_run(shape: &Dimensions, batch: usize) -> usize {
    let one = TableSizes::of_sparse_graphs(1, shape.limits.max_nodes, shape.limits.in_degree);
    match shape.limits.max_nodes {
        ..=NODES_OF_COMPLETE_BATCHES => batch,
        _ => (MAX_EDGES / one.edges).clamp(1, batch.max(1)),
    }
}

/// Returns the device memory in bytes of a generator and its training plans for batches of `graphs` graphs, without
/// allocating.
///
/// # Errors
/// Incompatible shapes, which [`Dimensions::check`] rules out.
pub fn footprint(shape: Dimensions, graphs: usize) -> Result<u64, ShapeError> {
    let mut builder = StoreBuilder::default();
    let layout = Layout::new(shape, &mut builder);
    let per_run = graphs_per_run(&shape, graphs);
    let step = record_step(&layout, per_run, per_run == graphs)?;
    let mut bytes = (builder.len() as u64).saturating_mul(4).saturating_add(step.tape.cost(&step.outputs()).peak);
    if per_run < graphs {
        bytes = bytes.saturating_add(record_summed_update(&layout)?.0.cost(&[]).peak);
    }
    Ok(bytes)
}

/// Plans that take optimizer steps on batches of graphs.
#[derive(Debug)]
pub struct GraphPolicyTrainer {
    /// Computes the gradients of a batch and takes the step or, with `summed`, only computes those of a part of it.
    plan: Plan,
    sizes: TableSizes,
    /// Graphs of a batch.
    capacity: usize,
    /// Graphs of a run of the plan.
    per_run: usize,
    inputs: Inputs,
    losses: Tensor,
    gradients: [Tensor; 2],
    logits: Tensor,
    rows: Tensor,
    summed: Option<SummedUpdate>,
}

/// The step on the sum of the gradients of several runs.
#[derive(Debug)]
struct SummedUpdate {
    plan: Plan,
    inputs: SummedInputs,
    sums: GeneratorWeights,
    /// The loss of the last batch.
    loss: f32,
}

#[derive(Debug, Clone, Copy)]
struct SummedInputs {
    gradients: [Tensor; 2],
    now: Tensor,
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
        let per_run = graphs_per_run(&network.shape, graphs);
        let step = record_step(&network.layout, per_run, per_run == graphs)?;
        let plan = Plan::new(&step.tape, &step.outputs(), &network.store, &network.device)?;
        let StepTape { sizes, inputs, losses, gradients, logits, rows, .. } = step;
        let summed = if per_run < graphs { Some(SummedUpdate::new(network)?) } else { None };
        Ok(Self { plan, sizes, capacity: graphs, per_run, inputs, losses, gradients, logits, rows, summed })
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
        let Some(mut summed) = self.summed.take() else {
            self.load(network, graphs)?;
            self.plan.write(self.inputs.now, &network.next_step(learning_rate))?;
            return self.plan.run(&mut network.store);
        };
        let sums = self.sum_gradients(network, graphs, &mut summed);
        let result = sums.and_then(|()| summed.step(network, learning_rate));
        self.summed = Some(summed);
        result
    }

    fn too_many(&self, given: usize) -> TapeError {
        TapeError::Length { what: "a training batch".to_owned(), expected: self.capacity, given }
    }

    /// Writes the inputs of a run.
    fn load(&mut self, network: &GraphNetwork, graphs: &[(&Graph, f32)]) -> Result<(), TapeError> {
        let labels = network.shape.limits.edge_labels;
        let batch = Batch::new(labels, self.per_run, self.sizes, graphs).ok_or_else(|| self.too_many(graphs.len()))?;
        self.plan.write_integers(self.inputs.table, &batch.table)?;
        self.plan.write_integers(self.inputs.targets, &batch.targets)?;
        self.plan.write_integers(self.inputs.graphs, &batch.graphs)?;
        self.plan.write(self.inputs.advantages, &batch.advantages)
    }

    /// Sums the gradients of a batch over runs of the plan.
    fn sum_gradients(
        &mut self,
        network: &mut GraphNetwork,
        graphs: &[(&Graph, f32)],
        summed: &mut SummedUpdate,
    ) -> Result<(), TapeError> {
        if graphs.len() > self.capacity {
            return Err(self.too_many(graphs.len()));
        }
        summed.clear();
        for run in graphs.chunks(self.per_run) {
            // A run's loss is the mean over its graphs, that of the step the mean over the batch. The loss of a graph is
            // proportional to its advantage.
            let share = run.len() as f32 / graphs.len() as f32;
            let run: Vec<_> = run.iter().map(|(graph, advantage)| (*graph, advantage * share)).collect();
            self.load(network, &run)?;
            self.plan.run(&mut network.store)?;
            let [propagation, heads] = self.gradients;
            add(&mut summed.sums.propagation, &self.plan.read(propagation)?);
            add(&mut summed.sums.heads, &self.plan.read(heads)?);
            summed.loss += self.loss_of_run()?;
        }
        Ok(())
    }

    fn loss_of_run(&self) -> Result<f32, TapeError> {
        Ok(self.plan.read(self.losses)?.chunks_exact(2).map(|graph| graph[0]).sum())
    }

    /// Reads the batch loss of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn loss(&self) -> Result<f32, TapeError> {
        self.summed.as_ref().map_or_else(|| self.loss_of_run(), |summed| Ok(summed.loss))
    }

    /// Reads the gradients of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn gradients(&self) -> Result<GeneratorWeights, TapeError> {
        if let Some(summed) = &self.summed {
            return Ok(summed.sums.clone());
        }
        let [propagation, heads] = self.gradients;
        Ok(GeneratorWeights { propagation: self.plan.read(propagation)?, heads: self.plan.read(heads)? })
    }

    /// Reads the logits of every node and the log-likelihoods of every row (4 values each) of the last run of the plan:
    /// for graphs of up to 32 nodes, of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn outputs(&self) -> Result<(Vec<f32>, Vec<f32>), TapeError> {
        Ok((self.plan.read(self.logits)?, self.plan.read(self.rows)?))
    }
}

impl SummedUpdate {
    fn new(network: &GraphNetwork) -> Result<Self, TapeError> {
        let (tape, inputs) = record_summed_update(&network.layout)?;
        let plan = Plan::new(&tape, &[], &network.store, &network.device)?;
        Ok(Self { plan, inputs, sums: GeneratorWeights::zeros(&network.shape), loss: 0.0 })
    }

    fn clear(&mut self) {
        self.sums.propagation.fill(0.0);
        self.sums.heads.fill(0.0);
        self.loss = 0.0;
    }

    fn step(&mut self, network: &mut GraphNetwork, learning_rate: f64) -> Result<(), TapeError> {
        let [propagation, heads] = self.inputs.gradients;
        self.plan.write(propagation, &self.sums.propagation)?;
        self.plan.write(heads, &self.sums.heads)?;
        self.plan.write(self.inputs.now, &network.next_step(learning_rate))?;
        self.plan.run(&mut network.store)
    }
}

fn add(sums: &mut [f32], values: &[f32]) {
    sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

/// The recorded tape of a training step.
struct StepTape {
    tape: Tape,
    sizes: TableSizes,
    inputs: Inputs,
    losses: Tensor,
    gradients: [Tensor; 2],
    logits: Tensor,
    rows: Tensor,
}

impl StepTape {
    /// The tensors that can be read after a step.
    fn outputs(&self) -> [Tensor; 5] {
        [self.losses, self.logits, self.rows, self.gradients[0], self.gradients[1]]
    }
}

/// Records the gradients of `graphs` graphs and, with `updates`, an optimizer step.
fn record_step(layout: &Layout, graphs: usize, updates: bool) -> Result<StepTape, ShapeError> {
    let shape = layout.shape;
    let sizes = TableSizes::of_sparse_graphs(graphs, shape.limits.max_nodes, shape.limits.in_degree);
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
    let now = tape.input(&[2]);
    if updates {
        record_adam(&mut tape, layout, gradients, now)?;
    }
    let inputs = Inputs { table, targets, graphs: starts, advantages, now };
    Ok(StepTape { tape, sizes, inputs, losses, gradients, logits, rows })
}

/// Records an optimizer step on gradients that are inputs.
fn record_summed_update(layout: &Layout) -> Result<(Tape, SummedInputs), ShapeError> {
    let mut tape = Tape::new();
    let gradients = [&layout.propagation, &layout.heads].map(|slot| tape.input(slot.shape()));
    let now = tape.input(&[2]);
    record_adam(&mut tape, layout, gradients, now)?;
    Ok((tape, SummedInputs { gradients, now }))
}

/// Records the updates of the weights.
fn record_adam(tape: &mut Tape, layout: &Layout, gradients: [Tensor; 2], now: Tensor) -> Result<(), ShapeError> {
    let parameters = [&layout.propagation, &layout.heads].map(|slot| tape.stored(slot));
    let scale = tape.constant(&[1.0], &[1])?;
    for ((weights, gradient), moments) in parameters.into_iter().zip(gradients).zip(&layout.moments) {
        let moments = moments.each_ref().map(|slot| tape.stored(slot));
        tape.adam(ADAM, Update { weights, gradient, now, scale }, moments)?;
    }
    Ok(())
}
