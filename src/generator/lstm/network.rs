//! The controller's weights on a device, and its unrolled forward pass (docs/method.md section 5, ENAS).
//!
//! The input of a step is the sum of the embeddings of the previous step's decisions. Without attention, a step makes
//! one decision by a linear layer on its state h. With attention, a step decides a complete row of edges: the logits of
//! the edge from node j to node i are 1.5 tanh(V tanh(W_query h_i + W_anchor h_j)), where h_i is the state at node i.
//! The input of the next step then also contains the sum of the h_j over the n edges of the row, divided by n + 1.
//! Unlike ENAS, edges have embeddings, because the state would otherwise lose their labels, and V has one row per
//! choice.

use super::script::{Dimensions, Script};
use crate::convert::to_u32;
use crate::device::Device;
use crate::kernel::optimizer::AdamSettings;
use crate::kernel::segment;
use crate::nn::{Init, Linear, LstmCell, Optimizer, OptimizerSettings};
use crate::tape::{ShapeError, Slot, Store, StoreBuilder, Tape, TapeError, Tensor};
use rand::Rng;

/// Adam with its standard constants (docs/method.md section 5).
const ADAM: AdamSettings = AdamSettings { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, decay: 0.0 };

/// Bound of the logits with attention (docs/method.md section 5).
pub(super) const TANH_CONSTANT: f32 = 1.5;

/// The weights, the optimizer state and the script.
#[derive(Debug)]
pub struct LstmNetwork {
    pub(super) script: Script,
    pub(super) device: Device,
    pub(super) store: Store,
    pub(super) optimizer: Optimizer,
    layers: Layers,
    weights: Vec<Slot>,
    /// Optimizer steps since the weights were set.
    pub(super) steps: u64,
}

#[derive(Debug)]
struct Layers {
    embedding: Slot,
    cell: LstmCell,
    label: Option<Linear>,
    edge: Linear,
    /// W_query and W_anchor.
    attention: Option<[Linear; 2]>,
}

/// The inputs and results of a forward pass over a batch of graphs. Rows are ordered by decision, then by graph.
#[derive(Debug, Clone)]
pub(super) struct Forward {
    /// Integer input of the decisions: a [`segment::table`] over the embeddings, for `[decisions, batch]`.
    pub tokens: Tensor,
    /// For every anchor with a row of edges and a next step, the weights of all anchors so far in the input of that
    /// step: `[batch, 1, node + 1]`.
    pub means: Vec<Tensor>,
    /// Logits of all labels, `[nodes * batch, labels]`.
    pub labels: Option<Tensor>,
    /// Logits of all edges, `[edges * batch, choices]`.
    pub edges: Tensor,
}

impl LstmNetwork {
    /// Creates a network with weights that are uniform from -1/sqrt(hidden) to 1/sqrt(hidden), as in PyTorch.
    ///
    /// # Errors
    /// The device has too little memory.
    pub fn new(shape: Dimensions, device: &Device, rng: &mut dyn Rng) -> Result<Self, TapeError> {
        let (script, mut builder, h) = (Script::new(shape), StoreBuilder::default(), shape.hidden);
        let mut add = |name: &str, outputs: usize, bias: bool| Linear::new(&mut builder, name, [h, outputs], bias, rng);
        let labels = shape.limits.node_labels;
        let label = (labels > 0).then(|| add("label", labels, true)).transpose()?;
        let edge = add("edge", shape.edge_choices(), !shape.attention)?;
        let attention = if shape.attention { Some([add("query", h, false)?, add("anchor", h, false)?]) } else { None };
        let cell = LstmCell::new(&mut builder, "lstm", [h, h], rng)?;
        let values = Init::Torch.draw(script.tokens() * h, h, h, rng);
        let embedding = builder.add("embedding.weight", &[script.tokens(), h], &values)?;
        let layers = Layers { embedding, cell, label, edge, attention };
        let weights = layers.slots();
        let adam = OptimizerSettings::Adam(ADAM);
        let optimizer = Optimizer::new(&mut builder, adam, weights.iter().cloned().map(|slot| (slot, false)))?;
        let store = builder.build(device)?;
        Ok(Self { script, device: device.clone(), store, optimizer, layers, weights, steps: 0 })
    }

    /// Its sizes.
    #[must_use]
    pub fn shape(&self) -> &Dimensions {
        self.script.shape()
    }

    /// Initialises the weights randomly and resets the optimizer state.
    ///
    /// # Errors
    /// The device fails.
    pub fn reset(&mut self, rng: &mut dyn Rng) -> Result<(), TapeError> {
        let fresh = Self::new(*self.shape(), &Device::Cpu, rng)?;
        for slot in fresh.store.slots() {
            self.store.write(slot, &fresh.store.read(slot)?)?;
        }
        self.steps = 0;
        Ok(())
    }

    /// The slots of the weights in a fixed order.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        &self.weights
    }

    /// Reads the elements of a weight.
    ///
    /// # Errors
    /// The device fails.
    pub fn read(&self, slot: &Slot) -> Result<Vec<f32>, TapeError> {
        self.store.read(slot)
    }

    /// Sets the elements of a weight.
    ///
    /// # Errors
    /// The number of elements is wrong, or the device fails.
    pub fn write(&mut self, slot: &Slot, values: &[f32]) -> Result<(), TapeError> {
        self.store.write(slot, values)
    }

    /// Records the forward pass over `batch` graphs with given decisions.
    pub(super) fn forward(&self, tape: &mut Tape, batch: usize) -> Result<Forward, TapeError> {
        let mut unrolled = Unrolled { network: self, batch, means: Vec::new(), states: Vec::new(), anchors: None };
        let tokens = unrolled.unroll(tape)?;
        let labels = self.layers.label.as_ref().map(|head| unrolled.label_logits(tape, head)).transpose()?;
        let edges = match &self.layers.attention {
            None => {
                let states = unrolled.states_of(tape, |step| self.decides_edge(step))?;
                self.layers.edge.forward(tape, states)?
            }
            Some(attention) => unrolled.attend(tape, attention)?,
        };
        Ok(Forward { tokens, means: unrolled.means, labels, edges })
    }

    /// Whether a step without attention decides an edge.
    fn decides_edge(&self, step: usize) -> bool {
        let first = self.script.steps()[step].decides.start;
        self.script.decisions().get(first).is_some_and(|decision| decision.from.is_some())
    }
}

/// Estimates the bytes of a controller and its training plan for batches of `graphs` graphs, without recording a tape.
#[must_use]
pub fn footprint(shape: Dimensions, graphs: usize) -> u64 {
    let script = Script::new(shape);
    let [decisions, steps, tokens] = [script.decisions().len(), script.steps().len(), script.tokens()].map(wide);
    let (hidden, graphs, choices) = (wide(shape.hidden), wide(graphs), wide(shape.edge_choices()));
    // Two cell matrices, embeddings and heads, each with a gradient and two Adam moments.
    let weights = 4 * (8 * hidden * hidden + hidden * (tokens + 4 * choices + 8));
    // Per step: gates, their gradients and states. Per decision: embedding, logits and, with attention, projections.
    let step = 26 * hidden;
    let decision = 4 * hidden + 8 * choices + if shape.attention { 6 * hidden } else { 0 };
    4 * (weights + graphs * (steps * step + decisions * decision))
}

fn wide(count: usize) -> u64 {
    count as u64
}

impl Layers {
    fn slots(&self) -> Vec<Slot> {
        let layers = self.label.iter().chain([&self.edge]).chain(self.attention.iter().flatten());
        let of_layers = layers.flat_map(|layer| [&layer.weight].into_iter().chain(&layer.bias));
        of_layers.chain(self.cell.slots()).chain([&self.embedding]).cloned().collect()
    }
}

/// A forward pass that is being recorded.
struct Unrolled<'a> {
    network: &'a LstmNetwork,
    batch: usize,
    means: Vec<Tensor>,
    /// h after every step, `[batch, hidden]`.
    states: Vec<Tensor>,
    /// States of all anchors so far, `[batch, anchors, hidden]`.
    anchors: Option<Tensor>,
}

impl Unrolled<'_> {
    /// Records all steps and returns the token input.
    fn unroll(&mut self, tape: &mut Tape) -> Result<Tensor, TapeError> {
        let LstmNetwork { script, layers, .. } = self.network;
        let (steps, batch, hidden) = (script.steps(), self.batch, script.shape().hidden);
        let tokens = tape.input(&[segment::table_len(script.decisions().len() * batch + batch, script.tokens())]);
        let projected = self.project(tape, tokens)?;
        let zeros = tape.zeros(&[batch, hidden]);
        let (mut h, mut c) = (zeros, zeros);
        for (index, input) in projected.into_iter().enumerate() {
            let mut input = tape.reshape(input, &[batch, 4 * hidden])?;
            if let Some(node) = index.checked_sub(1).and_then(|before| steps[before].anchor).filter(|node| *node > 0) {
                let mean = self.mean(tape, node)?;
                let weight = tape.stored(layers.cell.slots()[0]);
                let projected = tape.linear(mean, weight, None, false)?;
                input = tape.add(input, projected)?;
            }
            (h, c) = layers.cell.step(tape, input, (h, c))?;
            self.states.push(h);
            if steps[index].anchor.is_some() {
                let anchor = tape.reshape(h, &[batch, 1, hidden])?;
                self.anchors = Some(match self.anchors {
                    Some(before) => tape.concat(&[before, anchor])?,
                    None => anchor,
                });
            }
        }
        Ok(tokens)
    }

    /// Sums the embeddings for every step and applies the cell's input matrix: `[1, batch, 4 hidden]` each.
    fn project(&self, tape: &mut Tape, tokens: Tensor) -> Result<Vec<Tensor>, TapeError> {
        let LstmNetwork { script, layers, .. } = self.network;
        let (steps, batch) = (script.steps(), self.batch);
        let embedding = tape.stored(&layers.embedding);
        let embedded = tape.gather(embedding, tokens)?;
        // The step that reads the start token (step 0) or a decision; no step reads the last decisions.
        let reader = |decision: usize| steps.iter().position(|step| step.decides.contains(&decision));
        let readers = (0..script.decisions().len()).map(|decision| reader(decision).map_or(0, |step| step + 1));
        let of_batch = |step: usize| (0..batch).map(move |graph| to_u32(step * batch + graph));
        let indices: Vec<_> = [0].into_iter().chain(readers).flat_map(of_batch).collect();
        let table = integers(tape, &segment::table(&indices, steps.len() * batch))?;
        let read = tape.segment_sum(embedded, table)?;
        let projected = layers.cell.project(tape, read)?;
        let rows = tape.reshape(projected, &[1, steps.len() * batch, 4 * script.shape().hidden])?;
        Ok(tape.split(rows, steps.len())?)
    }

    /// Records the weighted sum of earlier anchors for the step after the anchor of `node`.
    fn mean(&mut self, tape: &mut Tape, node: usize) -> Result<Tensor, TapeError> {
        let (batch, hidden) = (self.batch, self.network.shape().hidden);
        let anchors = self.anchors.ok_or_else(|| ShapeError::new("lstm", "no anchor to attend to"))?;
        let weights = tape.input(&[batch, 1, node + 1]);
        self.means.push(weights);
        let mean = tape.matmul(weights, anchors, false, false)?;
        Ok(tape.reshape(mean, &[batch, hidden])?)
    }

    fn label_logits(&self, tape: &mut Tape, head: &Linear) -> Result<Tensor, TapeError> {
        let network = self.network;
        let label = |step: usize| network.script.steps()[step].anchor.is_none() && !network.decides_edge(step);
        let states = self.states_of(tape, label)?;
        let logits = head.forward(tape, states)?;
        Ok(if network.shape().attention { bounded(tape, logits) } else { logits })
    }

    /// Concatenates the states after the selected steps: `[steps * batch, hidden]`.
    fn states_of(&self, tape: &mut Tape, select: impl Fn(usize) -> bool) -> Result<Tensor, TapeError> {
        let hidden = self.network.shape().hidden;
        let mut states = Vec::new();
        for (_, state) in self.states.iter().enumerate().filter(|(step, _)| select(*step)) {
            states.push(tape.reshape(*state, &[1, self.batch, hidden])?);
        }
        let together = tape.concat(&states)?;
        Ok(tape.reshape(together, &[states.len() * self.batch, hidden])?)
    }

    /// Records the logits of all edges by attention over the anchors.
    fn attend(&self, tape: &mut Tape, [query, anchor]: &[Linear; 2]) -> Result<Tensor, TapeError> {
        let nodes = self.network.shape().limits.max_nodes.max(2);
        let states = self.states_of(tape, |step| self.network.script.steps()[step].anchor.is_some())?;
        let mut of_pairs = |layer: &Linear, end: fn((usize, usize)) -> usize| {
            let projected = layer.forward(tape, states)?;
            let pairs = (0..nodes).flat_map(|to| (0..to).map(move |from| (from, to)));
            let row = |node: usize| (0..self.batch).map(move |graph| to_u32(node * self.batch + graph));
            let indices: Vec<_> = pairs.flat_map(|pair| row(end(pair))).collect();
            let table = integers(tape, &segment::table(&indices, nodes * self.batch))?;
            tape.gather(projected, table)
        };
        let (queries, anchors) = (of_pairs(query, |(_, to)| to)?, of_pairs(anchor, |(from, _)| from)?);
        let sum = tape.add(queries, anchors)?;
        let score = tape.tanh(sum);
        let logits = self.network.layers.edge.forward(tape, score)?;
        Ok(bounded(tape, logits))
    }
}

/// Computes 1.5 tanh(logits).
fn bounded(tape: &mut Tape, logits: Tensor) -> Tensor {
    let logits = tape.tanh(logits);
    tape.affine(logits, TANH_CONSTANT, 0.0)
}

/// Records an integer constant.
fn integers(tape: &mut Tape, values: &[u32]) -> Result<Tensor, ShapeError> {
    tape.constant(bytemuck::cast_slice(values), &[values.len()])
}
