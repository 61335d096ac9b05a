//! Drawing from a controller with fixed weights, decision by decision, on the processor.
//!
//! A step of 64 units is 33,000 multiplications, some microseconds here; as a plan of eight launches it would take
//! hundreds on a GPU or under software Vulkan, and the logits would have to come back before the next step.

use super::network::{LstmNetwork, TANH_CONSTANT};
use super::script::{Script, Step};
use crate::generator::SamplingPolicy;
use crate::generator::drawn::{Drawn, log_softmax, pick};
use crate::generator::sampling::mixed;
use crate::graph::Graph;
use crate::kernel::small::{Rows, RowsMut, Start, product, vectorized};
use crate::tape::TapeError;
use rand::Rng;

/// A linear layer whose matrix is kept input by input.
#[derive(Debug, Clone, Default)]
struct Layer {
    weight: Vec<f32>,
    bias: Vec<f32>,
}

/// The distribution of a network, read once.
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
}

/// A graph while it is drawn.
#[derive(Debug, Clone)]
struct Walk {
    h: Vec<f32>,
    c: Vec<f32>,
    /// h of every anchor and its projection.
    anchors: Vec<[Vec<f32>; 2]>,
    /// The projection of the last anchor as a query.
    query: Vec<f32>,
    choices: Vec<usize>,
    /// Steps taken.
    steps: usize,
    log_probability: f64,
    entropy: f64,
}

/// A drawn graph and the sum of the entropies of its decisions.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// The graph with its probability.
    pub drawn: Drawn,
    /// In nats.
    pub entropy: f64,
}

impl Sample {
    /// The architecture whose parts were drawn one by one.
    #[must_use]
    pub fn side_by_side(parts: &[Sample]) -> Sample {
        let drawn: Vec<_> = parts.iter().map(|part| part.drawn.clone()).collect();
        Sample { drawn: Drawn::side_by_side(&drawn), entropy: parts.iter().map(|part| part.entropy).sum() }
    }
}

impl Controller {
    /// Reads the weights of a network.
    ///
    /// # Errors
    /// When the device fails.
    pub fn new(network: &LstmNetwork) -> Result<Self, TapeError> {
        let weight = |name: &str| network.slots().iter().find(|slot| slot.name() == name);
        let numbers = |name: &str| weight(name).map_or_else(|| Ok(Vec::new()), |slot| network.read(slot));
        let layer = |weight: &str, bias: &str| {
            let (weight, bias) = (numbers(weight)?, numbers(bias)?);
            Ok::<_, TapeError>(Layer { weight: turned(&weight, network.shape().hidden), bias })
        };
        let linear = |name: &str| layer(&format!("{name}.weight"), &format!("{name}.bias"));
        let attention = network.shape().attention;
        Ok(Self {
            script: network.script.clone(),
            embedding: numbers("embedding.weight")?,
            input: layer("lstm.weight_ih", "lstm.bias_ih")?,
            state: layer("lstm.weight_hh", "lstm.bias_hh")?,
            label: linear("label")?,
            edge: linear("edge")?,
            attention: if attention { Some([linear("query")?, linear("anchor")?]) } else { None },
        })
    }

    /// Draws `count` graphs, from a distribution made so soft.
    pub fn draw(&self, count: usize, policy: SamplingPolicy, rng: &mut dyn Rng) -> Vec<Sample> {
        let one = |_| {
            let mut walk = self.start();
            while !self.script.ended(&walk.choices) {
                let logs = self.next(&mut walk, policy);
                let choice = pick(&logs, rng);
                walk.take(choice, &logs);
            }
            Sample { drawn: self.drawn(&walk), entropy: walk.entropy }
        };
        (0..count).map(one).collect()
    }

    /// log p of a graph, which stops after its output node or has all nodes; that of a label the space does not have is
    /// minus infinity.
    #[must_use]
    pub fn log_probability(&self, graph: &Graph, policy: SamplingPolicy) -> f64 {
        let mut walk = self.start();
        for choice in self.script.choices(graph) {
            let logs = self.next(&mut walk, policy);
            if choice >= logs.len() {
                return f64::NEG_INFINITY;
            }
            walk.take(choice, &logs);
        }
        walk.log_probability
    }

    /// The likeliest graphs that keeping `width` beginnings at every decision finds, likeliest first.
    #[must_use]
    pub fn beam(&self, width: usize, policy: SamplingPolicy) -> Vec<Drawn> {
        let mut beam = vec![self.start()];
        while beam.iter().any(|walk| !self.script.ended(&walk.choices)) {
            let mut longer = Vec::new();
            for mut walk in beam {
                if self.script.ended(&walk.choices) {
                    longer.push(walk);
                    continue;
                }
                let logs = self.next(&mut walk, policy);
                longer.extend((0..logs.len()).map(|choice| {
                    let mut walk = walk.clone();
                    walk.take(choice, &logs);
                    walk
                }));
            }
            longer.sort_by(|a, b| b.log_probability.total_cmp(&a.log_probability));
            longer.truncate(width);
            beam = longer;
        }
        beam.iter().map(|walk| self.drawn(walk)).collect()
    }

    fn drawn(&self, walk: &Walk) -> Drawn {
        Drawn { graph: self.script.graph(&walk.choices), log_probability: walk.log_probability }
    }

    fn start(&self) -> Walk {
        let zeros = vec![0.0; self.script.shape().hidden];
        Walk {
            h: zeros.clone(),
            c: zeros,
            anchors: Vec::new(),
            query: Vec::new(),
            choices: Vec::new(),
            steps: 0,
            log_probability: 0.0,
            entropy: 0.0,
        }
    }

    /// log p of every choice of the next decision.
    fn next(&self, walk: &mut Walk, policy: SamplingPolicy) -> Vec<f64> {
        let (steps, decision) = (self.script.steps(), walk.choices.len());
        let decided = |steps_taken: usize| steps_taken.checked_sub(1).map_or(0, |last| steps[last].decides.end);
        while walk.steps == 0 || decided(walk.steps) <= decision {
            self.step(walk);
        }
        let logits = match (&self.attention, self.script.decisions()[decision].from) {
            (None, None) => self.label.of(&walk.h),
            (None, Some(_)) => self.edge.of(&walk.h),
            (Some(_), None) => bounded(self.label.of(&walk.h)),
            (Some(_), Some(from)) => {
                let sum = walk.query.iter().zip(&walk.anchors[from][1]).map(|(query, anchor)| (query + anchor).tanh());
                bounded(self.edge.of(&sum.collect::<Vec<_>>()))
            }
        };
        let logits = logits.into_iter().map(|logit| f64::from(logit) / policy.temperature);
        mixed(log_softmax(logits.collect()), policy.epsilon)
    }

    /// Takes the next step of the LSTM.
    fn step(&self, walk: &mut Walk) {
        let x = self.read(walk);
        let (gi, gh) = (self.input.of(&x), self.state.of(&walk.h));
        let hidden = walk.h.len();
        for unit in 0..hidden {
            let gate = |gate: usize| gi[gate * hidden + unit] + gh[gate * hidden + unit];
            let c = sigmoid(gate(1)) * walk.c[unit] + sigmoid(gate(0)) * gate(2).tanh();
            walk.c[unit] = c;
            walk.h[unit] = sigmoid(gate(3)) * c.tanh();
        }
        if let (Some([query, anchor]), Some(_)) = (&self.attention, self.script.steps()[walk.steps].anchor) {
            walk.query = query.of(&walk.h);
            walk.anchors.push([walk.h.clone(), anchor.of(&walk.h)]);
        }
        walk.steps += 1;
    }

    /// What the next step reads of what the step before decided.
    fn read(&self, walk: &Walk) -> Vec<f32> {
        let hidden = walk.h.len();
        let embedding = |token: usize| &self.embedding[token * hidden..][..hidden];
        let Some(before) = walk.steps.checked_sub(1) else { return embedding(0).to_vec() };
        let Step { decides, anchor } = &self.script.steps()[before];
        let (decisions, choices) = (&self.script.decisions()[decides.clone()], &walk.choices[decides.clone()]);
        let mut x = vec![0.0; hidden];
        for (decision, choice) in decisions.iter().zip(choices) {
            add(&mut x, embedding(decision.token + choice), 1.0);
        }
        if anchor.is_some() {
            let present: Vec<_> = (0..choices.len()).filter(|from| choices[*from] > 0).collect();
            for from in &present {
                add(&mut x, &walk.anchors[*from][0], share(present.len()));
            }
        }
        x
    }
}

impl Walk {
    fn take(&mut self, choice: usize, logs: &[f64]) {
        self.choices.push(choice);
        self.log_probability += logs[choice];
        self.entropy -= logs.iter().map(|log| log.exp() * log).sum::<f64>();
    }
}

impl Layer {
    /// W x + bias
    fn of(&self, x: &[f32]) -> Vec<f32> {
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

/// What the step after a row reads of each earlier anchor with an edge, of so many.
pub(super) fn share(present: usize) -> f32 {
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

/// A matrix of rows of `inputs` numbers, turned.
fn turned(matrix: &[f32], inputs: usize) -> Vec<f32> {
    let outputs = matrix.len() / inputs;
    (0..inputs).flat_map(|input| (0..outputs).map(move |output| matrix[output * inputs + input])).collect()
}
