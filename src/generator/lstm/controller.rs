//! Sampling from a controller with fixed weights, decision by decision, on the CPU.
//!
//! A step of 64 units takes 33,000 multiplications, a few microseconds on the CPU. A plan of eight launches would take
//! hundreds of microseconds on a GPU or with software Vulkan, and every step would wait for the logits.

use super::network::{LstmNetwork, TANH_CONSTANT};
use super::script::{Script, Step};
use crate::convert::to_u8;
use crate::generator::drawn::{Drawn, log_softmax, pick};
use crate::generator::sampling::{masked, mixed};
use crate::generator::{SamplingPolicy, Target};
use crate::graph::Graph;
use crate::kernel::small::{Rows, RowsMut, Start, product, vectorized};
use crate::space::RowMask;
use crate::tape::TapeError;
use rand::Rng;

/// A linear layer with an input-major matrix.
#[derive(Debug, Clone, Default)]
struct Layer {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The distribution of a network, with a copy of its weights.
#[derive(Debug, Clone)]
pub struct Controller {
    script: Script,
    embedding: Vec<f32>,
    input: Layer,
    state: Layer,
    label: Layer,
    edge: Layer,
    /// W_query and W_anchor.
    attention: Option<[Layer; 2]>,
    /// What is drawn; it excludes impossible decisions.
    target: Option<Target>,
}

/// The state of a graph that is being sampled.
#[derive(Debug, Clone)]
struct SamplerState {
    h: Vec<f32>,
    c: Vec<f32>,
    /// State h of every anchor and its projection.
    anchors: Vec<[Vec<f32>; 2]>,
    /// Query projection of the last anchor.
    query: Vec<f32>,
    choices: Vec<usize>,
    /// Steps taken.
    steps: usize,
    log_probability: f64,
    entropy: f64,
    /// The mask of the node that is being decided.
    mask: Option<(usize, Option<RowMask>)>,
}

/// A sampled graph with the sum of the entropies of its decisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The graph with its log-probability.
    pub drawn: Drawn,
    /// Entropy in nats.
    pub entropy: f64,
}

impl Sample {
    /// Combines separately sampled parts into one architecture.
    #[must_use]
    pub fn disjoint_union(parts: &[Sample]) -> Sample {
        let drawn: Vec<_> = parts.iter().map(|part| part.drawn.clone()).collect();
        Sample { drawn: Drawn::disjoint_union(&drawn), entropy: parts.iter().map(|part| part.entropy).sum() }
    }
}

impl Controller {
    /// Reads the weights of a network.
    ///
    /// # Errors
    /// The device fails.
    pub fn new(network: &LstmNetwork) -> Result<Self, TapeError> {
        let weight = |name: &str| network.slots().iter().find(|slot| slot.name() == name);
        let values = |name: &str| weight(name).map_or_else(|| Ok(Vec::new()), |slot| network.read(slot));
        let layer = |weight: &str, bias: &str| {
            let (weight, bias) = (values(weight)?, values(bias)?);
            Ok::<_, TapeError>(Layer { weight: transposed(&weight, network.shape().hidden), bias })
        };
        let linear = |name: &str| layer(&format!("{name}.weight"), &format!("{name}.bias"));
        let attention = network.shape().attention;
        Ok(Self {
            script: network.script.clone(),
            embedding: values("embedding.weight")?,
            input: layer("lstm.weight_ih", "lstm.bias_ih")?,
            state: layer("lstm.weight_hh", "lstm.bias_hh")?,
            label: linear("label")?,
            edge: linear("edge")?,
            attention: if attention { Some([linear("query")?, linear("anchor")?]) } else { None },
            target: None,
        })
    }

    /// Draws only what the space of a target allows.
    #[must_use]
    pub fn within(self, target: Target) -> Self {
        Self { target: Some(target), ..self }
    }

    /// Draws `count` graphs under a sampling policy.
    pub fn draw(&self, count: usize, policy: SamplingPolicy, rng: &mut dyn Rng) -> Vec<Sample> {
        let one = |_| {
            let mut state = self.start();
            while !self.script.ended(&state.choices) {
                let logs = self.next(&mut state, policy);
                let choice = pick(&logs, rng);
                state.take(choice, &logs);
            }
            Sample { drawn: self.drawn(&state), entropy: state.entropy }
        };
        (0..count).map(one).collect()
    }

    /// Returns the log-probability of a graph that ends with its output node or has the maximum number of nodes. It is
    /// minus infinity for labels that the space does not have.
    #[must_use]
    pub fn log_probability(&self, graph: &Graph, policy: SamplingPolicy) -> f64 {
        let mut state = self.start();
        for choice in self.script.choices(graph) {
            let logs = self.next(&mut state, policy);
            if choice >= logs.len() {
                return f64::NEG_INFINITY;
            }
            state.take(choice, &logs);
        }
        state.log_probability
    }

    /// Beam search of this width over decisions; returns graphs in order of descending probability.
    #[must_use]
    pub fn beam(&self, width: usize, policy: SamplingPolicy) -> Vec<Drawn> {
        let mut beam = vec![self.start()];
        while beam.iter().any(|state| !self.script.ended(&state.choices)) {
            let mut longer = Vec::new();
            for mut state in beam {
                if self.script.ended(&state.choices) {
                    longer.push(state);
                    continue;
                }
                let logs = self.next(&mut state, policy);
                let possible = (0..logs.len()).filter(|choice| logs[*choice] > f64::NEG_INFINITY);
                longer.extend(possible.map(|choice| {
                    let mut state = state.clone();
                    state.take(choice, &logs);
                    state
                }));
            }
            longer.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            longer.truncate(width);
            beam = longer;
        }
        beam.iter().map(|state| self.drawn(state)).collect()
    }

    fn drawn(&self, state: &SamplerState) -> Drawn {
        Drawn { graph: self.script.graph(&state.choices), log_probability: state.log_probability }
    }

    fn start(&self) -> SamplerState {
        let zeros = vec![0.0; self.script.shape().hidden];
        SamplerState {
            h: zeros.clone(),
            c: zeros,
            anchors: Vec::new(),
            query: Vec::new(),
            choices: Vec::new(),
            steps: 0,
            log_probability: 0.0,
            entropy: 0.0,
            mask: None,
        }
    }

    /// Returns the log-probability of every choice of the next decision.
    fn next(&self, state: &mut SamplerState, policy: SamplingPolicy) -> Vec<f64> {
        let (steps, decision) = (self.script.steps(), state.choices.len());
        let decided = |steps_taken: usize| steps_taken.checked_sub(1).map_or(0, |last| steps[last].decides.end);
        while state.steps == 0 || decided(state.steps) <= decision {
            self.step(state);
        }
        let logits = match (&self.attention, self.script.decisions()[decision].from) {
            (None, None) => self.label.apply(&state.h),
            (None, Some(_)) => self.edge.apply(&state.h),
            (Some(_), None) => bounded(self.label.apply(&state.h)),
            (Some(_), Some(from)) => {
                let sum =
                    state.query.iter().zip(&state.anchors[from][1]).map(|(query, anchor)| (query + anchor).tanh());
                bounded(self.edge.apply(&sum.collect::<Vec<_>>()))
            }
        };
        let logits = logits.into_iter().map(|logit| f64::from(logit) / policy.temperature);
        mixed(self.allowed(state, log_softmax(logits.collect())), policy.epsilon)
    }

    /// Excludes what the space does not allow for the next decision.
    fn allowed(&self, state: &mut SamplerState, logs: Vec<f64>) -> Vec<f64> {
        let Some(target) = &self.target else { return logs };
        let decision = self.script.decisions()[state.choices.len()];
        if state.mask.as_ref().is_none_or(|(node, _)| *node != decision.node) {
            state.mask = Some((decision.node, target.mask(&self.script.prefix(&state.choices, decision.node))));
        }
        let Some((node, Some(mask))) = &state.mask else { return logs };
        let Some(from) = decision.from else {
            return masked(logs, |label| mask.labels.contains(&to_u8(label)));
        };
        let labelled = self.script.shape().limits.edge_labels > 0;
        let row = &state.choices[state.choices.len() - from..];
        let (taken, left) = (row.iter().filter(|choice| **choice > 0).count(), node - from);
        let [min, max] = mask.degree;
        masked(logs, |choice| {
            let state = (choice > 0).then(|| if labelled { to_u8(choice) } else { 0 });
            let fits = if choice > 0 { taken < max } else { taken + left > min };
            fits && mask.edges.get(from).is_none_or(|states| states.contains(&state))
        })
    }

    /// Runs the next LSTM step.
    fn step(&self, state: &mut SamplerState) {
        let x = self.step_input(state);
        let (gi, gh) = (self.input.apply(&x), self.state.apply(&state.h));
        let hidden = state.h.len();
        for unit in 0..hidden {
            let gate = |gate: usize| gi[gate * hidden + unit] + gh[gate * hidden + unit];
            let c = sigmoid(gate(1)) * state.c[unit] + sigmoid(gate(0)) * gate(2).tanh();
            state.c[unit] = c;
            state.h[unit] = sigmoid(gate(3)) * c.tanh();
        }
        if let (Some([query, anchor]), Some(_)) = (&self.attention, self.script.steps()[state.steps].anchor) {
            state.query = query.apply(&state.h);
            state.anchors.push([state.h.clone(), anchor.apply(&state.h)]);
        }
        state.steps += 1;
    }

    /// Returns the input of the next step, which encodes the decisions of the previous step.
    fn step_input(&self, state: &SamplerState) -> Vec<f32> {
        let hidden = state.h.len();
        let embedding = |token: usize| &self.embedding[token * hidden..][..hidden];
        let Some(previous) = state.steps.checked_sub(1) else { return embedding(0).to_vec() };
        let Step { decides, anchor } = &self.script.steps()[previous];
        let (decisions, choices) = (&self.script.decisions()[decides.clone()], &state.choices[decides.clone()]);
        let mut x = vec![0.0; hidden];
        for (decision, choice) in decisions.iter().zip(choices) {
            add(&mut x, embedding(decision.token + choice), 1.0);
        }
        if anchor.is_some() {
            let present: Vec<_> = (0..choices.len()).filter(|from| choices[*from] > 0).collect();
            for from in &present {
                add(&mut x, &state.anchors[*from][0], anchor_weight(present.len()));
            }
        }
        x
    }
}

impl SamplerState {
    fn take(&mut self, choice: usize, logs: &[f64]) {
        self.choices.push(choice);
        self.log_probability += logs[choice];
        self.entropy -= logs.iter().filter(|log| **log > f64::NEG_INFINITY).map(|log| log.exp() * log).sum::<f64>();
    }
}

impl Layer {
    /// Computes W x + bias.
    fn apply(&self, x: &[f32]) -> Vec<f32> {
        let columns = self.weight.len() / x.len();
        let mut y = vec![0.0; columns];
        let start = if self.bias.is_empty() { Start::Zero } else { Start::Row(&self.bias) };
        vectorized(|| {
            let to = RowsMut { data: &mut y, stride: columns };
            product(1, x.len(), columns, Rows { data: x, stride: x.len() }, &self.weight, start, to);
        });
        y
    }
}

/// Weight of each anchor with an edge in the input of the step after a row with `present` edges.
pub(super) fn anchor_weight(present: usize) -> f32 {
    1.0 / (1 + present) as f32
}

fn add(sum: &mut [f32], more: &[f32], factor: f32) {
    sum.iter_mut().zip(more).for_each(|(sum, more)| *sum += factor * more);
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

fn bounded(logits: Vec<f32>) -> Vec<f32> {
    logits.into_iter().map(|logit| TANH_CONSTANT * logit.tanh()).collect()
}

/// Transposes a matrix with rows of length `inputs`.
fn transposed(matrix: &[f32], inputs: usize) -> Vec<f32> {
    let outputs = matrix.len() / inputs;
    (0..inputs).flat_map(|input| (0..outputs).map(move |output| matrix[output * inputs + input])).collect()
}
