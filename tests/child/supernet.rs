//! The shared model: its content, and that its children compute the same as networks with weights of their own.

use super::{CIFAR, common, graph_of};
use graphpnas::child::{Mode, Weights};
use graphpnas::device::Device;
use graphpnas::graph::Graph;
use graphpnas::network::{Network, Shape, Size, Task};
use graphpnas::space::BuildError;
use graphpnas::tape::{Plan, Store, StoreBuilder, Tape};
use std::collections::HashSet;

const TINY: Task = Task { input: [3, 8, 8], classes: 4 };
const SMALL: Size = Size { channels: 4, cells: 6 };
const BATCH: usize = 4;

fn shared_network(task: Task, size: Size) -> Result<Network, BuildError> {
    common::alternating_enas(task, size).shared_network()
}

fn child(graph: &Graph, task: Task, size: Size) -> Result<Network, BuildError> {
    common::alternating_enas(task, size).child(graph)
}

/// Six layers, one of each operation, with skips across both halvings.
fn path() -> Graph {
    let mut graph = graph_of(6, &[(0, 1), (0, 4), (1, 4), (2, 5), (3, 5)]);
    (0..6).for_each(|layer| graph.set_node_label(layer, layer as u8).unwrap());
    graph
}

#[test]
fn the_shared_model_has_every_operation_once() {
    let network = shared_network(CIFAR, Size { channels: 36, cells: 12 }).unwrap();
    let (width, norm) = (36, 2 * 36);
    let stem = 3 * width * 9 + norm;
    let before = 6 * (width * width + norm);
    let convolutions = width * width * (9 + 25) + 2 * norm;
    let separable = width * (9 + 25) + 2 * (width * width + norm);
    let layer = before + convolutions + separable + norm;
    // After layer 3 the outputs of the stem and of four layers are halved, after layer 7 those of the stem and of
    // eight.
    let reductions = (5 + 9) * (width * width + norm);
    let classifier = 10 * width + 10;
    let expected = stem + 12 * layer + reductions + classifier;
    assert_eq!(expected, 697_942);
    assert_eq!(network.cost().parameters, expected);
}

#[test]
fn children_are_paths_through_the_shared_model() {
    let names = |network: &Network| {
        let own = |node| network.weights(node).into_iter().map(move |weight| (weight.suffix, weight.shape));
        let all = network.nodes.iter().flat_map(|node| own(node).map(|weight| (node.name.clone(), weight)));
        all.collect::<HashSet<_>>()
    };
    let (all, of_child) = (names(&shared_network(TINY, SMALL).unwrap()), names(&child(&path(), TINY, SMALL).unwrap()));
    assert!(of_child.is_subset(&all) && of_child.len() < all.len());
    let mut graph = graph_of(12, &[(0, 1), (0, 5), (3, 5), (2, 11)]);
    (0..12).for_each(|layer| graph.set_node_label(layer, 2).unwrap());
    let network = child(&graph, CIFAR, Size { channels: 6, cells: 12 }).unwrap();
    let node = |name: &str| network.nodes.iter().find(|node| node.name == name).unwrap();
    // Skips are added, and the width is constant.
    assert_eq!((node("layers.1.skips.sum").inputs.len(), node("layers.5.skips.sum").inputs.len()), (2, 3));
    assert_eq!(node("layers.5.skips.sum").shape, Shape::Image([6, 16, 16]));
    assert_eq!(node("layers.11.skips.sum").shape, Shape::Image([6, 8, 8]));
    assert!(network.nodes.iter().all(|node| node.name != "layers.4.skips.sum"));
    assert!(node("layers.4.conv5.op.conv").inputs.len() == 1);
}

#[test]
fn invalid_graphs_and_missing_weights_are_rejected() {
    assert!(child(&path(), TINY, Size { cells: 5, ..SMALL }).is_err());
    assert!(child(&Graph::empty(0), TINY, SMALL).is_err());
    assert!(shared_network(TINY, Size { channels: 0, ..SMALL }).is_err());
    let network = child(&path(), TINY, SMALL).unwrap();
    let empty = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let message = Weights::within(&empty, &network).unwrap_err().to_string();
    assert_eq!(message, "the store has no tensor named 'stem.0.weight'");
    let (wider, _) = shared(Size { channels: 6, ..SMALL }, &Device::Cpu);
    assert!(Weights::within(&wider, &network).is_err());
}

/// The shared weights on a device, and the slots that are running statistics.
fn shared(size: Size, device: &Device) -> (Store, Vec<String>) {
    let mut builder = StoreBuilder::default();
    let weights = Weights::new(&mut builder, &shared_network(TINY, size).unwrap(), 5).unwrap();
    let running = weights.all().map(|slot| slot.name().to_owned()).filter(|name| name.contains("running_"));
    let running = running.collect();
    (builder.build(device).unwrap(), running)
}

fn images(len: usize) -> Vec<f32> {
    (0..len).map(|index| (index as f32 * 0.7).sin()).collect()
}

/// The logits and every gradient of a training step.
fn step(network: &Network, weights: &Weights, store: &mut Store, device: &Device) -> Vec<(String, Vec<f32>)> {
    let mut tape = Tape::new();
    let x = tape.input(&[&[BATCH], network.input.as_slice()].concat());
    let seed = tape.input(&[1]);
    let logits = network.record(&mut tape, weights, x, Mode::Training { seed }).unwrap();
    let upstream = tape.input(&[BATCH, network.classes]);
    let gradients = tape.backward_from(&[(logits, upstream)]).unwrap();
    let mut keep = vec![("logits".to_owned(), logits)];
    for slot in weights.parameters() {
        let weight = tape.stored(slot);
        keep.extend(gradients.of(weight).map(|gradient| (slot.name().to_owned(), gradient)));
    }
    let kept: Vec<_> = keep.iter().map(|(_, tensor)| *tensor).collect();
    let mut plan = Plan::new(&tape, &kept, store, device).unwrap();
    plan.write(x, &images(tape.len(x))).unwrap();
    plan.write_integers(seed, &[3]).unwrap();
    plan.write(upstream, &images(tape.len(upstream))).unwrap();
    plan.run(store).unwrap();
    keep.into_iter().map(|(name, tensor)| (name, plan.read(tensor).unwrap())).collect()
}

#[test]
fn gradients_equal_those_of_a_network_without_weight_sharing() {
    let network = child(&path(), TINY, SMALL).unwrap();
    for device in [Device::Cpu, common::gpu()] {
        let (mut store, _) = shared(SMALL, &device);
        let mut builder = StoreBuilder::default();
        let own = Weights::zeros(&mut builder, &network);
        let mut alone = builder.build(&device).unwrap();
        for slot in own.all() {
            let numbers = store.read(store.slot(slot.name()).unwrap()).unwrap();
            alone.write(slot, &numbers).unwrap();
        }
        let inherited = Weights::within(&store, &network).unwrap();
        let shared = step(&network, &inherited, &mut store, &device);
        let expected = step(&network, &own, &mut alone, &device);
        assert!(shared.len() > 40);
        for ((name, numbers), (_, expected)) in shared.iter().zip(&expected) {
            assert_eq!(numbers, expected, "{name} on {}", device.name());
            assert!(numbers.iter().all(|x| x.is_finite()), "{name}");
        }
    }
}

#[test]
fn evaluating_a_child_changes_no_weights() {
    let network = child(&path(), TINY, SMALL).unwrap();
    for device in [Device::Cpu, common::gpu()] {
        let (mut store, running) = shared(SMALL, &device);
        let weights = Weights::within(&store, &network).unwrap();
        let read = |store: &Store, name: &String| store.read(store.slot(name).unwrap()).unwrap();
        let before: Vec<_> = running.iter().map(|name| read(&store, name)).collect();
        let mut logits = |mode: Mode| {
            let mut tape = Tape::new();
            let x = tape.input(&[&[BATCH], network.input.as_slice()].concat());
            let y = network.record(&mut tape, &weights, x, mode).unwrap();
            let mut plan = Plan::new(&tape, &[y], &store, &device).unwrap();
            plan.write(x, &images(tape.len(x))).unwrap();
            plan.run(&mut store).unwrap();
            plan.read(y).unwrap()
        };
        let (by_batch, by_running) = (logits(Mode::BatchStatistics), logits(Mode::Inference));
        assert_ne!(by_batch, by_running);
        assert_eq!(logits(Mode::BatchStatistics), by_batch);
        for (name, before) in running.iter().zip(before) {
            assert_eq!(read(&store, name), before, "{name}");
        }
    }
}
