//! Parts of up to 64 nodes and many labels: every generator searches them, and large batches are trained on in pieces.

use crate::common;
use graphpnas::Search;
use graphpnas::device::Device;
use graphpnas::evaluate::{EvaluateError, Evaluation, Evaluator};
use graphpnas::generator::SamplingPolicy;
use graphpnas::generator::graphpnas::{
    Dimensions, GeneratorWeights, GraphNetwork, GraphPolicyTrainer, Rollout, smallest_hidden,
};
use graphpnas::graph::Graph;
use graphpnas::search::{Config, ConfigError, Flag, Outcome, Request, Silent};
use graphpnas::space::{self, Explorer, Limits};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

/// A space with one part; `many` has 240 operations.
fn definition(part: &str) -> String {
    let kernels = (1..=31).step_by(2).map(|kernel| kernel.to_string()).collect::<Vec<_>>().join(", ");
    let dilations = (1..=15).map(|dilation| dilation.to_string()).collect::<Vec<_>>().join(", ");
    format!(
        "format = 1\nname = \"large\"\nsame = \"text\"\n[op]\nc3 = {{ kind = \"conv\" }}\n\
         c5 = {{ kind = \"conv\", kernel = 5 }}\nid = {{ kind = \"skip\" }}\n\
         many = {{ kind = \"conv\", kernel = [{kernels}], dilation = [{dilations}] }}\n\
         some = {{ kind = \"conv\", kernel = [{kernels}], dilation = [1, 2, 3, 4, 5, 6] }}\n\
         [part.p]\n{part}\n[[layer]]\npart = \"p\"\nchannels = 8\n[[layer]]\nop = {{ kind = \"head\" }}\n"
    )
}

const SKIPS: &str = "edges = \"skips\"\nnodes = 64\nops = [\"c3\", \"c5\"]";
const FREE: &str = "edges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [30, 64]\nops = [\"c3\", \"c5\"]";
const EDGES: &str = "label = \"edge\"\nedges = \"free\"\nnodes = 64\nin_degree = [1, 2]\nops = [\"id\", \"c3\"]";
const CHAIN: &str = "nodes = 64\nops = [\"c3\", \"c5\", \"id\"]";
const MANY_NODE_LABELS: &str = "nodes = 6\nops = [\"many\"]";
const MANY_EDGE_LABELS: &str = "label = \"edge\"\nnodes = 6\nops = [\"some\", \"id\"]";

/// A reward without training that depends on every edge and label.
struct Counted;

impl Evaluator for Counted {
    fn name(&self) -> &'static str {
        "counted"
    }

    fn evaluate(&mut self, graph: &Graph, _: &str) -> Result<Evaluation, EvaluateError> {
        let labels: u32 = graph.node_labels().iter().map(|label| u32::from(*label)).sum();
        let edges: usize = graph.edges().map(|(from, to, label)| from + to + usize::from(label)).sum();
        let reward = 100.0 * (f64::from(labels) * 0.01 + edges as f64 * 0.001).sin().abs();
        Ok(Evaluation { reward, test: None })
    }
}

fn config(definition: &str, generator: &str, sets: &[&str]) -> Result<Config, ConfigError> {
    let small =
        ["evaluations=5", "explore.value=3", "train.epochs=1", "train.batch=2", "replay.top=2", "guide.candidates=2"];
    let small = [
        &small[..],
        &["generator.population=2", "generator.layers=1", "generator.attention_hidden=8", "lstm.hidden=8"],
        sets,
    ]
    .concat();
    let sets: Vec<String> = small.iter().map(ToString::to_string).collect();
    let flags = vec![Flag::text("space", "space", definition), Flag::text("generator", "generator.name", generator)];
    Request { preset: Some("nasbench-macro"), flags, sets: &sets, ..Request::default() }.resolve()
}

fn run(config: &Config) -> Outcome {
    let search = Search::from(config.clone()).device(Device::Cpu).evaluator(|_| Box::new(Counted));
    search.run(&mut Silent).unwrap()
}

#[test]
fn every_generator_searches_large_parts_deterministically() {
    for part in [SKIPS, FREE, EDGES, CHAIN, MANY_NODE_LABELS, MANY_EDGE_LABELS] {
        let definition = definition(part);
        for generator in ["graphpnas", "lstm", "random", "evolution", "local-search"] {
            // A row of a large graph takes GraphPNAS some milliseconds, so the guide selects from fewer draws.
            let sets = if generator == "graphpnas" && part.contains("64") { &["guide.candidates=1"][..] } else { &[] };
            let config = config(&definition, generator, sets).unwrap();
            let found = run(&config);
            assert_eq!(found.history.len(), 5, "{generator}, {part}");
            let space = config.search_space().unwrap();
            assert!(found.history.iter().all(|record| space.encode(&record.arch).is_ok()), "{generator}, {part}");
            assert_eq!(run(&config).history, found.history, "{generator}, {part}");
        }
    }
}

#[test]
fn the_hidden_size_of_a_space_file_fits_unless_it_is_set() {
    let hidden =
        |part, sets: &[&str]| config(&definition(part), "graphpnas", sets).map(|config| config.generator.hidden);
    let small = "nodes = 4\nops = [\"c3\", \"c5\"]";
    assert_eq!([hidden(small, &[]), hidden(SKIPS, &[]), hidden(EDGES, &[])].map(Result::unwrap), [24, 68, 72]);
    // 96 + 1 operations and the label of an absent edge; the preset's value is a minimum.
    assert_eq!(
        [hidden(MANY_EDGE_LABELS, &[]), hidden(SKIPS, &["generator.hidden=100"])].map(Result::unwrap),
        [108, 100]
    );
    let explicit = config(&definition(SKIPS), "graphpnas", &["generator.hidden=24"]).unwrap();
    let error = Search::from(explicit).device(Device::Cpu).evaluator(|_| Box::new(Counted)).run(&mut Silent);
    let message = error.unwrap_err().to_string();
    assert_eq!(message, "generator.hidden must be a multiple of 4 from 68 to 320 for this space, not 24");
    // The largest part that a file can have.
    let largest = "label = \"edge\"\nnodes = 64\nops = [\"many\", \"id\", \"c3\", \"c5\"]";
    assert_eq!(smallest_hidden(&*space::open(&definition(largest)).unwrap()), 312);
}

/// Creates a network for graphs of `nodes` nodes with fixed weights.
fn network(nodes: usize, in_degree: usize, device: &Device) -> GraphNetwork {
    let limits = Limits {
        max_nodes: nodes,
        min_nodes: nodes,
        node_labels: 2,
        edge_labels: 0,
        in_degree,
        input_label: None,
        output_label: None,
    };
    let shape = Dimensions { limits, hidden: 72, mixtures: 3, layers: 2, attention: 8 };
    let mut network = GraphNetwork::new(shape, device).unwrap();
    network.reset(&GeneratorWeights::random(&shape, &mut ChaCha8Rng::seed_from_u64(2))).unwrap();
    network
}

/// Returns the losses of steps on a batch of three graphs.
fn losses(network: &mut GraphNetwork, graphs: &[Graph]) -> Vec<f32> {
    let mut trainer = GraphPolicyTrainer::new(network, 3).unwrap();
    let batch: Vec<_> = graphs.iter().zip([1.0, -0.5, 0.25]).collect();
    let step = |_| {
        trainer.step(network, &batch, 1e-3).unwrap();
        trainer.loss().unwrap()
    };
    (0..4).map(step).collect()
}

fn graphs(part: &str, count: usize) -> Vec<Graph> {
    let space = space::open(&definition(part)).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    (0..count).map(|_| space.explore(&Explorer::Uniform, &mut rng)).collect()
}

#[test]
fn graphs_of_64_nodes_are_trained_on_alike_on_both_devices() {
    // The in-degree of the parts bounds the memory of the training plan.
    for (graphs, in_degree) in [(graphs(EDGES, 3), 2), (graphs(CHAIN, 3), 0)] {
        let graphs: Vec<Graph> = graphs.iter().map(without_labels).collect();
        let [cpu, gpu] =
            [Device::Cpu, common::gpu()].map(|device| losses(&mut network(64, in_degree, &device), &graphs));
        assert!(cpu[3] < cpu[0], "{cpu:?}");
        for (a, b) in cpu.iter().zip(&gpu) {
            assert!((a - b).abs() <= 1e-3 * a.abs(), "{cpu:?} and {gpu:?}");
        }
    }
}

/// Returns the graph with label 0 everywhere.
fn without_labels(graph: &Graph) -> Graph {
    let mut plain = Graph::empty(graph.nodes());
    graph.edges().for_each(|(from, to, _)| plain.set_edge(from, to, 0).unwrap());
    plain
}

/// A batch in pieces has the gradients of the complete batch. Graphs without edges fit into one run.
#[test]
fn a_batch_in_pieces_has_the_loss_and_gradients_of_the_whole() {
    let graphs: Vec<Graph> = graphs(CHAIN, 3).iter().map(without_labels).collect();
    let [whole, pieces] = [0, 63].map(|in_degree| {
        let mut network = network(64, in_degree, &Device::Cpu);
        let mut trainer = GraphPolicyTrainer::new(&network, 3).unwrap();
        let batch: Vec<_> = graphs.iter().zip([1.0, -0.5, 0.25]).collect();
        trainer.step(&mut network, &batch, 1e-3).unwrap();
        let too_many = [&batch[..], &batch[..1]].concat();
        assert!(trainer.step(&mut network, &too_many, 1e-3).unwrap_err().to_string().contains("a training batch"));
        let gradients = trainer.gradients().unwrap();
        (trainer.loss().unwrap(), [gradients.propagation, gradients.heads].concat())
    });
    assert!((whole.0 - pieces.0).abs() < 1e-5 * whole.0.abs(), "{} and {}", whole.0, pieces.0);
    let largest = whole.1.iter().fold(0.0_f32, |largest, gradient| largest.max(gradient.abs()));
    let apart = whole.1.iter().zip(&pieces.1).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(largest > 0.0 && apart < 1e-4 * largest, "{apart} of {largest}");
}

/// An edge from a node beyond the 32nd changes the distribution of the next row, also of a drawn graph.
#[test]
fn edges_beyond_the_first_word_are_seen() {
    let mut network = network(64, 63, &Device::Cpu);
    let mut rollout = Rollout::new(&network, SamplingPolicy::LEARNED).unwrap();
    let graph = graphs(CHAIN, 1).swap_remove(0).truncated(50);
    let mut changed = graph.clone();
    changed.set_edge(40, 45, 0).unwrap();
    let [one, other] = [&graph, &changed].map(|graph| rollout.next(&mut network, graph).unwrap());
    assert_ne!(one, other);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let drawn = rollout.draw(&mut network, 1, &mut rng).unwrap().swap_remove(0);
    assert!(drawn.graph.nodes() == 64 && drawn.graph.edges().any(|(from, ..)| from >= 32));
    let again = rollout.log_probability(&mut network, &drawn.graph).unwrap();
    assert!((again - drawn.log_probability).abs() < 1e-6 * again.abs());
}
