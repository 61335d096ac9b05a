//! GraphPNAS in the spaces without tables: training on and sampling of architectures with one or several parts.

use crate::common;
use graphpnas::device::Device;
use graphpnas::generator::Drawn;
use graphpnas::generator::graphpnas::GraphPnas;
use graphpnas::generator::lstm::LstmConfig;
use graphpnas::generator::{Generator, GeneratorConfig, GeneratorError, PerPart, PolicyUpdateConfig, Scored, Target};
use graphpnas::generator::{GeneratorSetup, generator_kind};
use graphpnas::graph::Graph;
use graphpnas::space::{self, Explorer, Space};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

fn device() -> Device {
    Device::open(&"cpu".parse().unwrap()).unwrap()
}

fn generator(space: &Arc<dyn Space>, hidden: usize, epochs: usize) -> GraphPnas {
    drawing(Target::all(space), hidden, epochs)
}

fn drawing(target: Target, hidden: usize, epochs: usize) -> GraphPnas {
    let config = GeneratorConfig { hidden, mixtures: 4, layers: 2, attention_hidden: 16, ..Default::default() };
    let train = PolicyUpdateConfig { epochs, batch: 2, learning_rate: 3e-3, restart: true };
    GraphPnas::new(target, &config, train, &device(), &mut ChaCha8Rng::seed_from_u64(1)).unwrap()
}

/// Returns `count` architectures of a space with the highest reward.
fn update(space: &dyn Space, explorer: &Explorer, count: usize) -> Vec<Scored> {
    let mut rng = ChaCha8Rng::seed_from_u64(2);
    (0..count).map(|_| Scored { graph: space.explore(explorer, &mut rng), reward: 1.0 }).collect()
}

/// Returns proposed graphs.
fn proposed(generator: &mut dyn Generator, count: usize, rng: &mut dyn rand::Rng) -> Vec<Graph> {
    generator.propose(count, 0.0, rng).unwrap().into_iter().map(|one| one.graph).collect()
}

#[test]
fn stages_are_trained_and_sampled_separately() {
    let space = space::open("randwire").unwrap();
    let mut generator = generator(&space, 36, 15);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let before = generator.draw(4, 0.0, &mut rng).unwrap();
    assert!(before.iter().all(|drawn| space.validate(&drawn.graph).is_ok()));
    let scored = update(&*space, &Explorer::ErdosRenyi { p: 0.1 }, 2);
    let learned = generator.learn(&scored, 0.0, &mut rng).unwrap();
    assert_eq!(learned.steps, 15 * 3, "two architectures are six graphs");
    assert!(learned.last_loss < learned.first_loss, "{learned:?}");
    let after = proposed(&mut generator, 4, &mut rng);
    let edges = |graphs: &[Graph]| graphs.iter().map(Graph::edge_count).sum::<usize>();
    let before: Vec<Graph> = before.into_iter().map(|drawn| drawn.graph).collect();
    assert!(edges(&after) < edges(&before) / 2, "sparse stages became likely");
    assert!(after.iter().all(|graph| space.validate(graph).is_ok() && graph.split(3)[0] != graph.split(3)[1]));
}

/// Returns the samples of `sample` from a file.
fn sample(path: &Path, more: &[&str]) -> Vec<serde_json::Value> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    let output = common::output(command.args(["sample", "--device", "cpu", "--json"]).args(more).arg(path));
    let answer: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    answer["samples"].as_array().unwrap().clone()
}

#[test]
fn a_saved_generator_of_stages_is_sampled() {
    let space = space::open("randwire").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("generator.safetensors");
    for saved in [generator(&space, 36, 1).save(&path), per_part(&space, 36, 1).save(&path)] {
        assert!(saved.unwrap());
        for more in [["--count", "2"], ["--beam", "2"]] {
            let samples = sample(&path, &more);
            assert_eq!(samples.len(), 2);
            assert!(samples.iter().all(|one| space.encode(one["arch"].as_str().unwrap()).is_ok()));
        }
    }
}

/// Creates one generator per part, with different weights.
fn per_part(space: &Arc<dyn Space>, hidden: usize, epochs: usize) -> PerPart {
    let part = |part| Box::new(drawing(Target::part(space, part), hidden, epochs)) as Box<dyn Generator>;
    PerPart::new(Arc::clone(space), (0..space.parts()).map(part).collect())
}

#[test]
fn each_generator_is_trained_on_its_own_part() {
    let space = space::open("randwire").unwrap();
    let mut generator = per_part(&space, 36, 15);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    // First stages are sparse, second ones denser, third ones dense.
    let mut stage = |part: usize| space.explore(&Explorer::ErdosRenyi { p: [0.05, 0.4, 0.9][part] }, &mut rng);
    let mut whole = || {
        let stages: Vec<Graph> = (0..3).map(|part| stage(part).split(3).swap_remove(part)).collect();
        Scored { graph: Graph::disjoint_union(&stages), reward: 1.0 }
    };
    let scored = [whole(), whole()];
    let update = generator.learn(&scored, 0.0, &mut rng).unwrap();
    assert_eq!(update.steps, 3 * 15, "each part has its own updates");
    let drawn = proposed(&mut generator, 4, &mut rng);
    let edges = |part: usize| drawn.iter().map(|graph| graph.split(3)[part].edge_count()).sum::<usize>();
    println!("{:?} edges", [edges(0), edges(1), edges(2)]);
    assert!(edges(0) < edges(1) && edges(1) < edges(2), "{:?}", [edges(0), edges(1), edges(2)]);
}

#[test]
fn generators_of_parts_restore_their_state() {
    let space = space::open("darts").unwrap();
    let mut first = per_part(&space, 24, 2);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    first.learn(&update(&*space, &Explorer::Uniform, 2), 0.0, &mut rng).unwrap();
    let state = first.state().unwrap();
    let mut second = per_part(&space, 24, 2);
    second.restore(&state).unwrap();
    let [one, other] =
        [&mut first, &mut second].map(|it| it.propose(5, 0.0, &mut ChaCha8Rng::seed_from_u64(4)).unwrap());
    assert_eq!(one, other);
    assert!(one.iter().all(|drawn| drawn.graph.nodes() == 12 && drawn.log_probability.is_some_and(|log| log < 0.0)));
    let mut other = per_part(&space::open("randwire").unwrap(), 36, 1);
    assert!(matches!(other.restore(&state), Err(GeneratorError::State(why)) if why.contains("2 parts, not 3")));
}

#[test]
fn most_likely_architectures_combine_the_most_likely_parts() {
    let part = |nodes, log_probability| Drawn { graph: Graph::empty(nodes), log_probability };
    let parts = vec![part(1, -1.0), part(2, -1.5), part(3, -4.0)];
    let found = Drawn::likeliest(&[parts.clone(), parts.clone()], 4);
    let found: Vec<_> = found.iter().map(|one| (one.graph.nodes(), one.log_probability)).collect();
    assert_eq!(found, [(2, -2.0), (3, -2.5), (3, -2.5), (4, -3.0)]);
    assert_eq!(Drawn::likeliest(std::slice::from_ref(&parts), 9), parts);
    let pairs = Drawn::joined(&[parts.clone(), parts[1..].to_vec()]);
    let pairs: Vec<_> = pairs.iter().map(|one| (one.graph.nodes(), one.log_probability)).collect();
    assert_eq!(pairs, [(3, -2.5), (5, -5.5)], "the number of pairs is the length of the shorter list");
}

#[test]
fn a_generator_is_trained_on_darts_cells() {
    let space = space::open("darts").unwrap();
    let mut generator = generator(&space, 24, 200);
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    generator.learn(&update(&*space, &Explorer::Uniform, 4), 0.0, &mut rng).unwrap();
    let drawn = proposed(&mut generator, 200, &mut rng);
    let valid = drawn.iter().filter(|graph| space.validate(graph).is_ok()).count();
    println!("{valid} of 200 are valid");
    assert!(valid > 10, "{valid} of 200 are valid");
}

/// Spaces whose parts differ, with fixed rows, bounded in-degrees, absent nodes, choices and a part of one node.
fn unlike_spaces() -> Vec<Arc<dyn Space>> {
    let ops = "[op]\nc3 = { kind = \"conv\" }\nc5 = { kind = \"conv\", kernel = 5 }\nid = { kind = \"skip\" }\n\
               none = { kind = \"zero\" }\n";
    let head = "[[layer]]\nop = { kind = \"head\" }\n";
    let parts = [
        "[choice]\nd = [1, 2, 3]\nw = [8, 16]\n[part.a]\nnodes = [2, 4]\nops = [\"c3\", \"c5\"]\n[[layer]]\npart = \"a\"\nchannels = \"{w}\"\nrepeat = \"{d}\"\n",
        "[choice]\nw = [8, 16, 24]\n[part.a]\nlabel = \"edge\"\nedges = \"free\"\ninputs = 2\nnodes = 6\nin_degree = 2\nops = [\"id\", \"c3\", \"c5\"]\noutput = \"inner\"\noutput_join = \"concat\"\n[[layer]]\npart = \"a\"\nchannels = \"{w}\"\n",
        "[part.a]\nedges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [3, 5]\nops = [\"c3\", \"c5\"]\n[part.b]\nnodes = 3\nops = [[\"c3\"], [\"c3\", \"c5\"], [\"id\", \"c5\"]]\n[[layer]]\npart = \"a\"\nchannels = 8\n[[layer]]\npart = \"b\"\n",
        "[part.a]\nlabel = \"edge\"\nnodes = 4\nops = [\"none\", \"id\", \"c3\"]\n[part.b]\nedges = \"skips\"\nnodes = 3\nops = [\"c3\", \"c5\"]\n[[layer]]\npart = \"a\"\nchannels = 8\n[[layer]]\npart = \"b\"\n",
    ];
    let open =
        |parts| space::open(&format!("format = 1\nname = \"unlike\"\nsame = \"text\"\n{ops}{parts}{head}")).unwrap();
    parts.map(open).into()
}

#[test]
fn generators_draw_only_what_the_parts_of_a_file_allow() {
    for space in unlike_spaces() {
        for name in ["graphpnas", "lstm"] {
            let kind = generator_kind(name).unwrap();
            let generator =
                GeneratorConfig { hidden: 16, mixtures: 2, layers: 1, attention_hidden: 8, ..Default::default() };
            let train = PolicyUpdateConfig { epochs: 3, batch: 2, learning_rate: 1e-2, restart: false };
            let setup = GeneratorSetup {
                space: &space,
                generator: &generator,
                train: &train,
                lstm: &LstmConfig { hidden: 8, ..LstmConfig::default() },
                batch: 4,
                evaluations: 20,
                device: &device(),
                list: Vec::new(),
            };
            let mut rng = ChaCha8Rng::seed_from_u64(1);
            let mut generator = (kind.build)(setup, &mut rng).unwrap();
            let scored = update(&*space, &Explorer::Uniform, 4);
            for epsilon in [0.0, 0.5] {
                let drawn: Vec<Graph> =
                    generator.propose(100, epsilon, &mut rng).unwrap().into_iter().map(|one| one.graph).collect();
                let valid = drawn.iter().filter(|graph| space.validate(graph).is_ok()).count();
                // Nothing but a path to the output may be missing.
                assert!(valid >= 90, "{name}, {epsilon}: {valid} of 100 are valid in\n{}", space.reference());
                let inspected = generator.inspect(20, &mut rng).unwrap().unwrap();
                assert!(inspected.iter().all(|one| one.log_probability.is_finite() && one.log_probability <= 0.0));
                let learned = generator.learn(&scored, 0.0, &mut rng).unwrap();
                assert!(learned.last_loss.is_finite());
            }
        }
    }
}
