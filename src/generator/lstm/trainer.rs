//! Optimizer steps of a controller: one plan that unrolls a batch of graphs to the largest script.
//!
//! With l the share of -log p(G) that counts, the loss is the sum over graphs of `straight` l + `turned`
//! log(1 - exp(-l) + 1e-6) (docs/method.md section 2), and of `skip` KL(p(edge) || target) over all edges (docs/method.md section 5).

use super::controller::share;
use super::network::{Forward, LstmNetwork};
use crate::convert::to_u32;
use crate::graph::Graph;
use crate::kernel::segment;
use crate::tape::{Plan, ShapeError, Tape, TapeError, Tensor};

/// How a graph counts in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Weight {
    /// The share of -log p(G) that is l.
    pub share: f32,
    /// The factor of l.
    pub straight: f32,
    /// The factor of log(1 - exp(-l) + 1e-6).
    pub turned: f32,
    /// The factor of the divergence of each of its edges' probability from the target.
    pub skip: f32,
}

/// A plan for steps on up to so many graphs.
#[derive(Debug)]
pub struct LstmPolicyTrainer {
    plan: Plan,
    capacity: usize,
    forward: Forward,
    targets: Targets,
    /// A number a graph each: share, straight, turned.
    weights: [Tensor; 3],
    /// A number an edge and graph; only with a target.
    skip: Option<Tensor>,
    now: Tensor,
    negatives: Tensor,
    loss: Tensor,
    /// Of every weight of the network, in its order.
    gradients: Vec<Tensor>,
}

#[derive(Debug, Clone, Copy)]
struct Targets {
    labels: Option<Tensor>,
    edges: Tensor,
}

impl LstmPolicyTrainer {
    /// A plan for batches of up to `graphs` graphs that, with a `skip_target`, draws the probability of an edge to it.
    ///
    /// # Errors
    /// When it does not fit the device.
    pub fn new(network: &LstmNetwork, graphs: usize, skip_target: Option<f32>) -> Result<Self, TapeError> {
        let mut tape = Tape::new();
        let forward = network.forward(&mut tape, graphs)?;
        let (negatives, targets) = negatives(&mut tape, &forward, graphs)?;
        let weights = [(); 3].map(|()| tape.input(&[graphs]));
        let mut loss = policy_loss(&mut tape, negatives, weights)?;
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
        let of = |slot| {
            let weight = tape.stored(slot);
            gradients.of(weight).unwrap_or(weight)
        };
        let gradients: Vec<_> = network.slots().iter().map(of).collect();
        let keep: Vec<_> = [loss, negatives].into_iter().chain(gradients.iter().copied()).collect();
        let plan = Plan::new(&tape, &keep, &network.store, &network.device)?;
        Ok(Self { plan, capacity: graphs, forward, targets, weights, skip, now, negatives, loss, gradients })
    }

    /// Takes a step on the graphs, each with its weight.
    ///
    /// # Errors
    /// More graphs than the plan was made for, or a failing device.
    pub fn step(&mut self, network: &mut LstmNetwork, graphs: &[(&Graph, Weight)], rate: f64) -> Result<(), TapeError> {
        if graphs.len() > self.capacity {
            let (expected, given) = (self.capacity, graphs.len());
            return Err(TapeError::Length { what: "a training batch".to_owned(), expected, given });
        }
        let mut choices: Vec<_> = graphs.iter().map(|(graph, _)| network.script.choices(graph)).collect();
        choices.resize(self.capacity, Vec::new());
        self.write_choices(network, &choices)?;
        let mut weights: Vec<_> = graphs.iter().map(|(_, weight)| *weight).collect();
        weights.resize(self.capacity, Weight::default());
        self.write_weights(network, &choices, &weights)?;
        network.steps += 1;
        self.plan.write(self.now, &network.optimizer.now(network.steps, rate))?;
        self.plan.run(&mut network.store)
    }

    /// What was decided, as inputs of the steps and as targets.
    fn write_choices(&mut self, network: &LstmNetwork, choices: &[Vec<usize>]) -> Result<(), TapeError> {
        let script = &network.script;
        // Nothing was chosen after the end of a graph; this number is no token and no class.
        let nothing = to_u32(script.tokens());
        let mut tokens = vec![0; choices.len()];
        let (mut labels, mut edges) = (Vec::new(), Vec::new());
        for (index, decision) in script.decisions().iter().enumerate() {
            let chosen = choices.iter().map(|choices| choices.get(index).map(|choice| to_u32(*choice)));
            tokens
                .extend(chosen.clone().map(|choice| choice.map_or(nothing, |choice| to_u32(decision.token) + choice)));
            let targets = if decision.from.is_some() { &mut edges } else { &mut labels };
            targets.extend(chosen.map(|choice| choice.unwrap_or(nothing)));
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
            let shares = choices.iter().flat_map(|choices| shares(choices.get(first..step.decides.end), node));
            self.plan.write(tensor, &shares.collect::<Vec<_>>())?;
        }
        Ok(())
    }

    fn write_weights(
        &mut self,
        network: &LstmNetwork,
        choices: &[Vec<usize>],
        weights: &[Weight],
    ) -> Result<(), TapeError> {
        let parts: [fn(&Weight) -> f32; 3] = [|weight| weight.share, |weight| weight.straight, |weight| weight.turned];
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

    /// The loss of the last step.
    ///
    /// # Errors
    /// When the device fails.
    pub fn loss(&self) -> Result<f32, TapeError> {
        Ok(self.plan.read(self.loss)?.iter().sum())
    }

    /// -log p of every graph of the last step, before it.
    ///
    /// # Errors
    /// When the device fails.
    pub fn negatives(&self) -> Result<Vec<f32>, TapeError> {
        self.plan.read(self.negatives)
    }

    /// The gradients of the last step, of every weight in the network's order.
    ///
    /// # Errors
    /// When the device fails.
    pub fn gradients(&self) -> Result<Vec<Vec<f32>>, TapeError> {
        self.gradients.iter().map(|tensor| self.plan.read(*tensor)).collect()
    }

    /// Kernel launches of a step.
    #[must_use]
    pub fn launches(&self) -> usize {
        self.plan.launches().len()
    }
}

/// What is read of every anchor up to `node` after its row of edges; nothing of its own, nor after the graph's end.
fn shares(row: Option<&[usize]>, node: usize) -> Vec<f32> {
    let row = row.unwrap_or(&[]);
    let present = row.iter().filter(|choice| **choice > 0).count();
    let mut shares: Vec<_> = row.iter().map(|choice| if *choice > 0 { share(present) } else { 0.0 }).collect();
    shares.resize(node + 1, 0.0);
    shares
}

/// -log p of every graph, and the inputs of what it should say.
fn negatives(tape: &mut Tape, forward: &Forward, graphs: usize) -> Result<(Tensor, Targets), ShapeError> {
    let mut of = |logits: Tensor| {
        let rows = tape.shape(logits)[0];
        let targets = tape.input(&[rows]);
        let losses = tape.cross_entropy(logits, targets, 0.0)?;
        let losses = tape.reshape(losses, &[rows / graphs, graphs])?;
        Ok::<_, ShapeError>((tape.sum_columns(losses)?, targets))
    };
    let (mut sum, edges) = of(forward.edges)?;
    let labels = forward.labels.map(of).transpose()?;
    if let Some((of_labels, _)) = labels {
        sum = tape.add(sum, of_labels)?;
    }
    Ok((sum, Targets { labels: labels.map(|(_, targets)| targets), edges }))
}

fn policy_loss(tape: &mut Tape, negatives: Tensor, weights: [Tensor; 3]) -> Result<Tensor, ShapeError> {
    let [share, straight, turned] = weights;
    let l = tape.mul(negatives, share)?;
    let likelihood = tape.affine(l, -1.0, 0.0);
    let likelihood = tape.exp(likelihood);
    let rest = tape.affine(likelihood, -1.0, 1.0 + 1e-6);
    let rest = tape.log(rest);
    let (l, rest) = (tape.mul(l, straight)?, tape.mul(rest, turned)?);
    let both = tape.add(l, rest)?;
    tape.sum(both)
}

/// KL(p(edge) || target) of every row of logits, of which the first says that there is no edge.
fn divergence(tape: &mut Tape, logits: Tensor, target: f32) -> Result<Tensor, ShapeError> {
    let &[rows, choices] = tape.shape(logits) else {
        return Err(ShapeError::new("divergence", format!("{:?} are no rows of logits", tape.shape(logits))));
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
