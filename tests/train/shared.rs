//! Shared weights: updated weights of a step, plans, resuming, rejected inputs, and rewards.

use super::{common, quick};
use graphpnas::child::{SharedModel, Weights};
use graphpnas::data::{Dataset, LastBatch, Loader, LoaderOptions, Normalization};
use graphpnas::device::Device;
use graphpnas::evaluate::{Evaluator, SuperNet, SuperNetConfig};
use graphpnas::graph::Graph;
use graphpnas::network::{Size, Task};
use graphpnas::nn::Checkpoint;
use graphpnas::space;
use graphpnas::tape::Store;
use graphpnas::train::{Recipe, Shared, Silent, TrainError, recipe};
use std::collections::HashSet;

const TASK: Task = Task { input: [3, 32, 32], classes: 10 };
const SIZE: Size = Size { channels: 4, cells: 3 };

fn clipped() -> Recipe {
    Recipe { batch: 10, ..recipe("enas").unwrap() }
}

fn model() -> SharedModel {
    common::alternating_enas(TASK, SIZE)
}

fn shared(recipe: Recipe) -> Shared {
    Shared::new(model(), recipe, 1, 2, &Device::Cpu).unwrap()
}

/// 30 images in batches of 10.
fn loader() -> Loader {
    let data = Dataset::procedural(0, 30, 1);
    let normal = Normalization::of_some(&data.train, &(0..30).collect::<Vec<_>>()).unwrap();
    Loader::new(data.train, LoaderOptions { threads: 1, ..LoaderOptions::train(10, normal, 1) }).unwrap()
}

/// Three layers with these operations, each with a skip from the stem.
fn child(operations: [u8; 3]) -> Graph {
    let mut graph = Graph::empty(3);
    for (layer, label) in operations.into_iter().enumerate() {
        graph.set_node_label(layer, label).unwrap();
        if layer > 0 {
            graph.set_edge(0, layer, 0).unwrap();
        }
    }
    graph
}

fn numbers(store: &Store) -> Vec<(String, Vec<u32>)> {
    let bits = |slot| store.read(slot).unwrap().into_iter().map(f32::to_bits).collect();
    store.slots().iter().map(|slot| (slot.name().to_owned(), bits(slot))).collect()
}

#[test]
fn a_step_changes_only_the_path_of_the_child() {
    let mut weights = shared(clipped());
    // First all weights get momentum, so that a decay of momentum would be detected.
    let all: Vec<_> = (0..6).map(|label| child([label; 3])).collect();
    weights.train(&all, &loader(), &mut Silent).unwrap();
    let before = numbers(weights.store());
    let one = child([1, 4, 2]);
    weights.train(std::slice::from_ref(&one), &loader(), &mut Silent).unwrap();
    let network = model().child(&one).unwrap();
    let live = network.live();
    let within = Weights::within(weights.store(), &network).unwrap();
    let active: HashSet<_> = (0..network.nodes.len())
        .filter(|node| live[*node])
        .flat_map(|node| within.of(node).iter().map(|slot| slot.name().to_owned()))
        .collect();
    let mut touched = 0;
    for ((name, old), (_, new)) in before.into_iter().zip(numbers(weights.store())) {
        let weight = name.strip_suffix(".momentum").unwrap_or(&name);
        if active.contains(weight) {
            touched += usize::from(old != new);
        } else {
            assert_eq!(old, new, "{name}");
        }
    }
    assert!(touched > 40, "{touched}");
}

#[test]
fn the_number_of_plans_is_bounded_and_does_not_change_results() {
    let children: Vec<_> = (0..6).map(|label| child([label, 0, 5 - label])).collect();
    let order: Vec<_> = [0, 1, 2, 0, 3, 4, 5, 0, 5].iter().map(|index| children[*index].clone()).collect();
    let run = |plans| {
        let mut weights = Shared::new(model(), clipped(), 1, plans, &Device::Cpu).unwrap();
        let score = weights.train(&order, &loader(), &mut Silent).unwrap();
        let batch = loader().batch(0, 0).unwrap();
        let batch_losses: Vec<_> =
            children.iter().map(|child| weights.evaluate_batch(child, &batch).unwrap()).collect();
        (weights.plans(), score, batch_losses, numbers(weights.store()))
    };
    let (few, many) = (run(2), run(20));
    assert_eq!((few.0, many.0), ([2, 2], [6, 6]));
    assert!((few.1, few.2, few.3) == (many.1, many.2, many.3));
}

#[test]
fn a_restored_state_continues_bit_for_bit() {
    let children: Vec<_> = (0..5).map(|label| child([label, 5 - label, label])).collect();
    let mut whole = shared(clipped());
    whole.train(&children, &loader(), &mut Silent).unwrap();
    let mut first = shared(clipped());
    // An epoch has three steps, so two steps end within an epoch.
    first.train(&children[..2], &loader(), &mut Silent).unwrap();
    let state = first.state().unwrap();
    let mut second = shared(clipped());
    second.restore(&state).unwrap();
    assert!(second.place() == first.place() && numbers(second.store()) == numbers(first.store()));
    second.train(&children[2..], &loader(), &mut Silent).unwrap();
    assert!(second.place() == whole.place() && numbers(second.store()) == numbers(whole.store()));
    let mut other = shared(quick(1));
    assert!(other.restore(&state).unwrap_err().to_string().contains("another recipe or seed"));
    let incomplete = Checkpoint::new(state.texts.clone(), state.tensors[1..].to_vec());
    assert!(second.restore(&incomplete).unwrap_err().to_string().contains("it lacks the tensor"));
    assert_eq!(numbers(second.store()), numbers(whole.store()), "nothing has changed");
}

#[test]
fn both_devices_agree() {
    let children: Vec<_> = (0..6).map(|label| child([label, 5 - label, 2])).collect();
    let scores = [Device::Cpu, common::gpu()].map(|device| {
        let mut weights = Shared::new(model(), clipped(), 1, 2, &device).unwrap();
        let trained = weights.train(&children, &loader(), &mut Silent).unwrap().loss;
        [trained, weights.evaluate(&children[0], &loader()).unwrap().loss]
    });
    for (cpu, gpu) in scores[0].iter().zip(scores[1]) {
        assert!((cpu - gpu).abs() < 2e-3 * cpu, "{scores:?}");
    }
}

#[test]
fn a_loss_that_is_not_finite_stops_the_training() {
    let mut recipe = Recipe { clip: None, ..clipped() };
    recipe.rate.rate = 1e30;
    let children = vec![child([0, 2, 0]); 6];
    let error = shared(recipe).train(&children, &loader(), &mut Silent).unwrap_err();
    assert!(matches!(error, TrainError::Diverged { .. }), "{error}");
    assert!(error.to_string().contains("lower the learning rate"), "{error}");
}

fn config() -> SuperNetConfig {
    SuperNetConfig { channels: 2, batch: 20, steps: 2, reward_batch: 8, plans: 4, ..SuperNetConfig::default() }
}

fn supernet(config: &SuperNetConfig, validation: f64) -> Result<SuperNet, TrainError> {
    let data = Dataset::procedural(0, 80, 10);
    SuperNet::new(&space::open("enas").unwrap(), &data, config, validation, 1, &Device::Cpu)
}

fn twelve(label: u8) -> Graph {
    let mut graph = Graph::empty(12);
    (0..12).for_each(|layer| graph.set_node_label(layer, label).unwrap());
    graph
}

#[test]
fn rewards_come_from_shared_weights() {
    let mut source = supernet(&config(), 0.25).unwrap();
    assert_eq!((source.name(), source.steps()), ("supernet", 2));
    let graph = twelve(4);
    let arch = crate::common::opened("enas").decode(&graph).unwrap();
    source.learn(&[twelve(0), twelve(5)]).unwrap();
    let first = source.evaluate(&graph, &arch).unwrap();
    assert_eq!(source.evaluate(&graph, &arch).unwrap(), first, "measuring changes nothing");
    assert!((0.0..=100.0).contains(&first.reward) && first.test.is_none());
    assert!((0.0..=100.0).contains(&source.score(&graph).unwrap().accuracy));
    // A restored source gives the same rewards.
    let mut other = supernet(&config(), 0.25).unwrap();
    other.restore(&source.state().unwrap()).unwrap();
    for source in [&mut source, &mut other] {
        source.learn(&[twelve(3), twelve(1)]).unwrap();
    }
    assert_eq!(source.evaluate(&graph, &arch).unwrap(), other.evaluate(&graph, &arch).unwrap());
    let error = source.evaluate(&Graph::empty(3), "conv3").unwrap_err().to_string();
    assert!(error.contains("conv3 got no reward: it has 3 nodes; 12 to 12 are allowed"), "{error}");
}

#[test]
fn batches_larger_than_the_number_of_images_are_reduced() {
    let large = SuperNetConfig { batch: 64, reward_batch: 21, ..config() };
    let mut lowered = supernet(&large, 0.25).unwrap();
    assert!(lowered.learn(&[twelve(0)]).unwrap().loss.is_finite());
    assert!((0.0..=100.0).contains(&lowered.reward(&twelve(0)).unwrap()));
}

#[test]
fn invalid_sizes_are_rejected() {
    let message = |config, validation| supernet(&config, validation).err().map(|error| error.to_string());
    assert_eq!(message(config(), 0.0).unwrap(), "the batch size must be at least 1");
    let none = SuperNetConfig { channels: 0, ..config() };
    assert!(message(none, 0.25).unwrap().contains("width (channels) is 0"));
}

#[test]
fn the_last_batch_is_padded_and_every_image_counts_once() {
    let mut weights = shared(clipped());
    let wrapped = |batch| loader().with(|options| LoaderOptions { batch, last: LastBatch::Wrap, ..options }).unwrap();
    // 30 images in batches of 20: hits and losses of 30 images, ten of which are in two batches.
    let score = weights.evaluate(&child([0; 3]), &wrapped(20)).unwrap();
    let tens = weights.evaluate(&child([0; 3]), &wrapped(10)).unwrap();
    let batch_losses =
        (0..3).map(|turn| weights.evaluate_batch(&child([0; 3]), &wrapped(10).batch(0, turn).unwrap()).unwrap().loss);
    assert!((batch_losses.sum::<f64>() / 3.0 - tens.loss).abs() < 1e-6);
    let hits = score.accuracy * 30.0 / 100.0;
    assert!((hits - hits.round()).abs() < 1e-9 && score.loss.is_finite());
}
