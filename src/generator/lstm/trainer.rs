//! Optimizer steps of a controller: one plan unrolls a batch of graphs to the length of the largest script.
//!
//! With l = `scale` * -log p(G), the loss is the sum over graphs of `likelihood` * l + `unlikelihood` *
//! log(1 - exp(-l) + 1e-6) (docs/method.md section 2), plus `skip` * KL(p(edge) || target) over all edges
//! (docs/method.md section 5).

use super::controller::anchor_weight;
use super::network::{Forward, LstmNetwork};
use crate::convert::to_u32;
use crate::graph::Graph;
use crate::kernel::segment;
use crate::tape::{Plan, ShapeError, Tape, TapeError, Tensor};

/// The weights of a graph in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct LossWeight {
    /// The factor of -log p(G) in l.
    pub scale: f32,
    /// The factor of l.
    pub likelihood: f32,
    /// The factor of log(1 - exp(-l) + 1e-6).
    pub unlikelihood: f32,
    /// The factor of the divergence of each edge's probability from the target.
    pub skip: f32,
}

/// A training plan with a fixed capacity of graphs.
#[derive(Debug)]
pub struct LstmPolicyTrainer {
    plan: Plan,
    capacity: usize,
    forward: Forward,
    targets: Targets,
    /// One value per graph each: scale, likelihood, unlikelihood.
    weights: [Tensor; 3],
    /// One value per edge and graph; only with a target.
    skip: Option<Tensor>,
    now: Tensor,
    negative_logs: Tensor,
    loss: Tensor,
    /// Gradients of the weights, in the network's order.
    gradients: Vec<Tensor>,
}

#[derive(Debug, Clone, Copy)]
struct Targets {
    labels: Option<Tensor>,
    edges: Tensor,
}

impl LstmPolicyTrainer {
    /// Creates a plan for batches of up to `graphs` graphs. With a `skip_target`, edge probabilities that deviate from
    /// it are penalised.
    ///
    /// # Errors
    /// The device has too little memory.
    pub fn new(network: &LstmNetwork, graphs: usize, skip_target: Option<f32>) -> Result<Self, TapeError> {
        let mut tape = Tape::new();
        let forward = network.forward(&mut tape, graphs)?;
        let (negative_logs, targets) = negative_logs(&mut tape, &forward, graphs)?;
        let weights = [(); 3].map(|()| tape.input(&[graphs]));
        let mut loss = policy_loss(&mut tape, negative_logs, weights)?;
        let mut skip = None;
        if let Some(target) = skip_target {
            let divergence = divergence(&mut tape, forward.edges, target)?;
            let factors = tape.input(tape.shape(divergence).to_vec().as_slice());
            let divergence = tape.mul(divergence, factors)?;
            let divergence = tape.sum(divergence)?;
            (loss, skip) = (tape.add(loss, divergence)?, Some(factors));
        }
        let gradients = tape.backward(loss)?;
        let now = network.optimizer.record(&mut tape, &gradients, None)?;
        let gradient = |slot| {
            let weight = tape.stored(slot);
            gradients.of(weight).unwrap_or(weight)
        };
        let gradients: Vec<_> = network.slots().iter().map(gradient).collect();
        let outputs: Vec<_> = [loss, negative_logs].into_iter().chain(gradients.iter().copied()).collect();
        let plan = Plan::new(&tape, &outputs, &network.store, &network.device)?;
        Ok(Self { plan, capacity: graphs, forward, targets, weights, skip, now, negative_logs, loss, gradients })
    }

    /// Takes an optimizer step on graphs with their loss weights.
    ///
    /// # Errors
    /// There are more graphs than the plan's capacity, or the device fails.
    pub fn step(
        &mut self,
        network: &mut LstmNetwork,
        graphs: &[(&Graph, LossWeight)],
        rate: f64,
    ) -> Result<(), TapeError> {
        if graphs.len() > self.capacity {
            let (expected, given) = (self.capacity, graphs.len());
            return Err(TapeError::Length { what: "a training batch".to_owned(), expected, given });
        }
        let mut choices: Vec<_> = graphs.iter().map(|(graph, _)| network.script.choices(graph)).collect();
        choices.resize(self.capacity, Vec::new());
        self.write_choices(network, &choices)?;
        let mut weights: Vec<_> = graphs.iter().map(|(_, weight)| *weight).collect();
        weights.resize(self.capacity, LossWeight::default());
        self.write_weights(network, &choices, &weights)?;
        network.steps += 1;
        self.plan.write(self.now, &network.optimizer.now(network.steps, rate))?;
        self.plan.run(&mut network.store)
    }

    /// Writes the choices as step inputs and as targets.
    fn write_choices(&mut self, network: &LstmNetwork, choices: &[Vec<usize>]) -> Result<(), TapeError> {
        let script = &network.script;
        // Marks decisions after the end of a graph; it is neither a valid token nor a valid class.
        let ignored = to_u32(script.tokens());
        let mut tokens = vec![0; choices.len()];
        let (mut labels, mut edges) = (Vec::new(), Vec::new());
        for (index, decision) in script.decisions().iter().enumerate() {
            let chosen = choices.iter().map(|choices| choices.get(index).map(|choice| to_u32(*choice)));
            tokens
                .extend(chosen.clone().map(|choice| choice.map_or(ignored, |choice| to_u32(decision.token) + choice)));
            let targets = if decision.from.is_some() { &mut edges } else { &mut labels };
            targets.extend(chosen.map(|choice| choice.unwrap_or(ignored)));
        }
        self.plan.write_integers(self.forward.tokens, &segment::table(&tokens, script.tokens()))?;
        self.plan.write_integers(self.targets.edges, &edges)?;
        if let Some(tensor) = self.targets.labels {
            self.plan.write_integers(tensor, &labels)?;
        }
        let read = script.steps().iter().take(script.steps().len() - 1);
        let rows = read.filter_map(|step| step.anchor.filter(|node| *node > 0).map(|node| (node, step)));
        for ((node, step), tensor) in rows.zip(self.forward.means.clone()) {
            let first = step.decides.end - node;
            let weights = choices.iter().flat_map(|choices| anchor_weights(choices.get(first..step.decides.end), node));
            self.plan.write(tensor, &weights.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn write_weights(
        &mut self,
        network: &LstmNetwork,
        choices: &[Vec<usize>],
        weights: &[LossWeight],
    ) -> Result<(), TapeError> {
        let parts: [fn(&LossWeight) -> f32; 3] =
            [|weight| weight.scale, |weight| weight.likelihood, |weight| weight.unlikelihood];
        for (tensor, part) in self.weights.into_iter().zip(parts) {
            self.plan.write(tensor, &weights.iter().map(part).collect::<Vec<_>>())?;
        }
        let Some(skip) = self.skip else { return Ok(()) };
        let of_edge = |index: usize| {
            let graphs = choices.iter().zip(weights);
            graphs.map(move |(choices, weight)| if index < choices.len() { weight.skip } else { 0.0 })
        };
        let decisions = network.script.decisions().iter().enumerate();
        let edges = decisions.filter(|(_, decision)| decision.from.is_some());
        let skips: Vec<_> = edges.flat_map(|(index, _)| of_edge(index)).collect();
        self.plan.write(skip, &skips)
    }

    /// Reads the loss of the last step.
    ///
    /// # Errors
    /// The device fails.
    pub fn loss(&self) -> Result<f32, TapeError> {
        Ok(self.plan.read(self.loss)?.iter().sum())
    }

    /// Reads -log p of every graph of the last step, with the weights before the step.
    ///
    /// # Errors
    /// The device fails.
    pub fn negative_log_likelihoods(&self) -> Result<Vec<f32>, TapeError> {
        self.plan.read(self.negative_logs)
    }

    /// Reads the gradients of the last step, in the order of the network's weights.
    ///
    /// # Errors
    /// The device fails.
    pub fn gradients(&self) -> Result<Vec<Vec<f32>>, TapeError> {
        self.gradients.iter().map(|tensor| self.plan.read(*tensor)).collect()
    }

    /// Number of kernel launches per step.
    #[must_use]
    pub fn launches(&self) -> usize {
        self.plan.launches().len()
    }
}

/// Weights of the anchors up to `node` in the input of the step after its row of edges; 0 for its own anchor and after
/// the end of the graph.
fn anchor_weights(row: Option<&[usize]>, node: usize) -> Vec<f32> {
    let row = row.unwrap_or(&[]);
    let present = row.iter().filter(|choice| **choice > 0).count();
    let mut weights: Vec<_> = row.iter().map(|choice| if *choice > 0 { anchor_weight(present) } else { 0.0 }).collect();
    weights.resize(node + 1, 0.0);
    weights
}

/// Records -log p of every graph; returns it with the inputs of the targets.
fn negative_logs(tape: &mut Tape, forward: &Forward, graphs: usize) -> Result<(Tensor, Targets), ShapeError> {
    let mut sums = |logits: Tensor| {
        let rows = tape.shape(logits)[0];
        let targets = tape.input(&[rows]);
        let losses = tape.cross_entropy(logits, targets, 0.0)?;
        let losses = tape.reshape(losses, &[rows / graphs, graphs])?;
        Ok::<_, ShapeError>((tape.sum_columns(losses)?, targets))
    };
    let (mut sum, edges) = sums(forward.edges)?;
    let labels = forward.labels.map(sums).transpose()?;
    if let Some((label_sum, _)) = labels {
        sum = tape.add(sum, label_sum)?;
    }
    Ok((sum, Targets { labels: labels.map(|(_, targets)| targets), edges }))
}

fn policy_loss(tape: &mut Tape, negative_logs: Tensor, weights: [Tensor; 3]) -> Result<Tensor, ShapeError> {
    let [scale, likelihood, unlikelihood] = weights;
    let l = tape.mul(negative_logs, scale)?;
    let p = tape.affine(l, -1.0, 0.0);
    let p = tape.exp(p);
    let complement = tape.affine(p, -1.0, 1.0 + 1e-6);
    let complement = tape.log(complement);
    let (l, complement) = (tape.mul(l, likelihood)?, tape.mul(complement, unlikelihood)?);
    let both = tape.add(l, complement)?;
    tape.sum(both)
}

/// Records KL(p(edge) || target) of every row of logits; the first logit of a row means no edge.
fn divergence(tape: &mut Tape, logits: Tensor, target: f32) -> Result<Tensor, ShapeError> {
    let &[rows, choices] = tape.shape(logits) else {
        return Err(ShapeError::new("divergence", format!("logits must be a matrix, not {:?}", tape.shape(logits))));
    };
    let logs = tape.log_softmax(logits)?;
    let none = tape.narrow(logs, 0, 1)?;
    let some = tape.narrow(logs, 1, choices - 1)?;
    let (none, some) = (tape.reshape(none, &[rows])?, tape.logsumexp(some)?);
    let mut part = |log: Tensor, target: f32| {
        let p = tape.exp(log);
        let ratio = tape.affine(log, 1.0, -target.ln());
        tape.mul(p, ratio)
    };
    let (none, some) = (part(none, 1.0 - target)?, part(some, target)?);
    tape.add(none, some)
}
