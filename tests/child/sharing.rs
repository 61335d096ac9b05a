//! Shared weights of all spaces that support them: every architecture finds its weights in the store, and its network
//! equals the one with weights of its own.

use graphpnas::child::{Mode, SharedModel, Weights};
use graphpnas::device::Device;
use graphpnas::graph::Graph;
use graphpnas::network::{Network, Size, Task};
use graphpnas::space::{self, Explorer, Space};
use graphpnas::tape::{Plan, Store, StoreBuilder, Tape};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeSet;

const TINY: Task = Task { input: [3, 8, 8], classes: 4 };
/// Five channels, which are not divisible by two, three or four.
const SMALL: Size = Size { channels: 5, cells: 2 };
const BATCH: usize = 3;

/// The heads of attention divide the channels.
fn size_of(space: &str) -> Size {
    if space == "vit-micro" { Size { channels: 8, ..SMALL } } else { SMALL }
}

fn model(space: &str) -> SharedModel {
    SharedModel { space: space::open(space).unwrap(), task: TINY, size: size_of(space) }
}

fn shared(space: &str) -> (Store, SharedModel) {
    let (model, mut builder) = (model(space), StoreBuilder::default());
    Weights::new(&mut builder, &model.shared_network().unwrap(), 1).unwrap();
    (builder.build(&Device::Cpu).unwrap(), model)
}

fn drawn(space: &dyn Space, count: usize) -> Vec<Graph> {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    (0..count).map(|_| space.explore(&Explorer::Uniform, &mut rng)).collect()
}

fn alone(space: &str, graph: &Graph) -> Network {
    space::open(space).unwrap().network(graph, TINY, size_of(space)).unwrap()
}

fn names(store: &Store, network: &Network) -> BTreeSet<String> {
    Weights::within(store, network).unwrap().all().map(|slot| slot.name().to_owned()).collect()
}

#[test]
fn every_architecture_finds_its_weights_and_has_the_same_cost_as_without_sharing() {
    for name in space::weight_sharing_spaces() {
        let (store, model) = shared(name);
        let space = space::open(name).unwrap();
        let mut used = BTreeSet::new();
        for graph in drawn(&*space, 300) {
            let child = model.child(&graph).unwrap();
            used.extend(names(&store, &child));
            assert_eq!(child.cost(), alone(name, &graph).cost(), "{}", space.decode(&graph).unwrap());
        }
        // All weights are used by some architecture, but most widths of NAS-Bench-101 are rare.
        let unused = store.slots().iter().filter(|slot| !used.contains(slot.name())).count();
        assert!(unused == 0 || name == "nasbench101", "{name}: {unused} of {}", store.slots().len());
    }
}

#[test]
fn a_different_operation_has_different_weights_and_the_rest_is_shared() {
    let (store, model) = shared("nasbench201");
    let of = |label: u8| {
        let mut graph = Graph::empty(4);
        for (from, to) in [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)] {
            graph.set_edge(from, to, 3).unwrap();
        }
        graph.set_edge(0, 2, label).unwrap();
        names(&store, &model.child(&graph).unwrap())
    };
    let (one, other) = (of(3), of(2));
    let differing: Vec<_> = one.symmetric_difference(&other).collect();
    assert!(differing.iter().all(|name| name.contains(".ops.0_2.nor_conv_")), "{differing:?}");
    // Per cell and operation: a convolution and a batch normalisation, five tensors in total.
    assert_eq!(differing.len(), 2 * 5 * 3 * SMALL.cells);
}

#[test]
fn randwire_networks_cannot_share_weights() {
    let error = model("randwire").shared_network().unwrap_err().to_string();
    assert!(error.starts_with("networks of randwire cannot share weights; use one of nasbench101, "), "{error}");
    assert!(model("nasbench201").child(&Graph::empty(3)).is_err());
    let none = Size { channels: 0, ..SMALL };
    assert!(space::open("darts").unwrap().shared_network(TINY, none).is_err());
}

fn logits(network: &Network, weights: &Weights, store: &mut Store) -> Vec<f32> {
    let mut tape = Tape::new();
    let x = tape.input(&[&[BATCH], network.input.as_slice()].concat());
    let y = network.record(&mut tape, weights, x, Mode::BatchStatistics).unwrap();
    let mut plan = Plan::new(&tape, &[y], store, &Device::Cpu).unwrap();
    let images: Vec<f32> = (0..tape.len(x)).map(|index| (index as f32 * 0.7).sin()).collect();
    plan.write(x, &images).unwrap();
    plan.run(store).unwrap();
    plan.read(y).unwrap()
}

/// With shared weights every skip of an ENAS layer has a convolution of its own; their sum equals the convolution of
/// the concatenation.
#[test]
fn an_enas_network_with_shared_weights_computes_the_same_as_one_without() {
    let (mut store, model) = shared("enas");
    for graph in drawn(&*space::open("enas").unwrap(), 3) {
        let (child, network) = (model.child(&graph).unwrap(), alone("enas", &graph));
        let inherited = Weights::within(&store, &child).unwrap();
        let mut builder = StoreBuilder::default();
        let own = Weights::zeros(&mut builder, &network);
        let mut copy = builder.build(&Device::Cpu).unwrap();
        for slot in own.all() {
            let numbers = own_of(slot.name(), &graph, &store);
            copy.write(slot, &numbers).unwrap();
        }
        let (shared, expected) = (logits(&child, &inherited, &mut store), logits(&network, &own, &mut copy));
        for (one, other) in shared.iter().zip(&expected) {
            assert!((one - other).abs() < 1e-4 * other.abs().max(1.0), "{shared:?} {expected:?}");
        }
    }
}

/// The values of a weight in the network without sharing, taken from the shared weights.
fn own_of(name: &str, graph: &Graph, store: &Store) -> Vec<f32> {
    let read = |name: &str| {
        let slot = store.slot(name).unwrap_or_else(|error| panic!("{error}"));
        (slot.shape().to_vec(), store.read(slot).unwrap())
    };
    let layer =
        |name: &str| name.strip_prefix("layers.").and_then(|rest| rest.split('.').next()?.parse::<usize>().ok());
    let Some(number) = layer(name) else { return read(name).1 };
    let rest = &name[format!("layers.{number}.").len()..];
    if rest == "skips.conv.weight" {
        let mut parts = vec![read(&format!("layers.{number}.skips.result.conv.weight"))];
        parts.extend(
            graph.predecessors(number).map(|from| read(&format!("layers.{number}.skips.from_{from}.conv.weight"))),
        );
        // [filters, inputs, 1, 1]: for each filter, the inputs of the parts are concatenated.
        let filters = parts[0].0[0];
        let row = |filter: usize| {
            parts.iter().flat_map(move |(shape, numbers)| numbers[filter * shape[1]..(filter + 1) * shape[1]].to_vec())
        };
        return (0..filters).flat_map(row).collect();
    }
    if rest.starts_with("in.") || rest.starts_with("op.") {
        let space = space::open("enas").unwrap();
        let choice = space.node_label(0, graph.node_label(number)).unwrap();
        return read(&format!("layers.{number}.{choice}.{rest}")).1;
    }
    read(name).1
}
