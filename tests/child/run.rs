//! Networks on a tape: fused and skipped nodes, gradients of every space's networks, zero cells.

use super::{darts_v2, graph_of};
use crate::common;
use graphpnas::child::{Mode, Weights};
use graphpnas::device::Device;
use graphpnas::graph::Graph;
use graphpnas::network::{Builder, Network, Size, Task};
use graphpnas::space::Space;
use graphpnas::tape::{Plan, Store, StoreBuilder, Tape, Tensor};

const BATCH: usize = 2;
const TINY: Task = Task { input: [3, 8, 8], classes: 4 };
const SMALL: Size = Size { channels: 4, cells: 1 };

/// A network with its weights on the CPU.
struct Child {
    network: Network,
    weights: Weights,
    store: Store,
}

impl Child {
    fn new(network: Network) -> Self {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &network, 7).unwrap();
        let store = builder.build(&Device::Cpu).unwrap();
        Self { network, weights, store }
    }

    fn nasbench201(arch: &str) -> Self {
        Self::new(
            common::network("nasbench201", &common::opened("nasbench201").encode(arch).unwrap(), TINY, SMALL).unwrap(),
        )
    }

    /// The logits of two images.
    fn run(&mut self, training: bool) -> Vec<f32> {
        let mut tape = Tape::new();
        let x = tape.input(&[&[BATCH], self.network.input.as_slice()].concat());
        let seed = tape.input(&[1]);
        let mode = if training { Mode::Training { seed } } else { Mode::Inference };
        let logits = self.network.record(&mut tape, &self.weights, x, mode).unwrap();
        let mut plan = Plan::new(&tape, &[logits], &self.store, &Device::Cpu).unwrap();
        plan.write(x, &images(tape.len(x))).unwrap();
        plan.run(&mut self.store).unwrap();
        plan.read(logits).unwrap()
    }

    /// The kernels of a forward pass, in order.
    fn kernels(&self) -> Vec<&'static str> {
        let mut tape = Tape::new();
        let x = tape.input(&[&[BATCH], self.network.input.as_slice()].concat());
        let logits = self.network.record(&mut tape, &self.weights, x, Mode::Inference).unwrap();
        let plan = Plan::new(&tape, &[logits], &self.store, &Device::Cpu).unwrap();
        plan.launches().iter().map(|launch| launch.call.kernel.name).collect()
    }

    /// Checks that every weight that the logits depend on has a finite gradient.
    fn check_gradients(&mut self) {
        let mut tape = Tape::new();
        let x = tape.input(&[&[BATCH], self.network.input.as_slice()].concat());
        let seed = tape.input(&[1]);
        let logits = self.network.record(&mut tape, &self.weights, x, Mode::Training { seed }).unwrap();
        let upstream = tape.input(&[BATCH, self.network.classes]);
        let gradients = tape.backward_from(&[(logits, upstream)]).unwrap();
        let live = self.network.live();
        let mut keep: Vec<(String, Tensor)> = Vec::new();
        for (number, node) in self.network.nodes.iter().enumerate().filter(|(number, _)| live[*number]) {
            let weights = self.network.weights(node);
            for (slot, _) in self.weights.of(number).iter().zip(weights).filter(|(_, weight)| weight.trained) {
                let weight = tape.stored(slot);
                let gradient = gradients.of(weight).unwrap_or_else(|| panic!("no gradient of {}", slot.name()));
                keep.push((slot.name().to_owned(), gradient));
            }
        }
        let kept: Vec<_> = keep.iter().map(|(_, gradient)| *gradient).collect();
        let mut plan = Plan::new(&tape, &kept, &self.store, &Device::Cpu).unwrap();
        assert_eq!(plan.cost(), self.network.plan_cost(BATCH).unwrap());
        plan.write(x, &images(tape.len(x))).unwrap();
        plan.write(upstream, &images(tape.len(upstream))).unwrap();
        plan.run(&mut self.store).unwrap();
        for (name, gradient) in keep {
            let numbers = plan.read(gradient).unwrap();
            assert!(numbers.iter().all(|x| x.is_finite()), "gradient of {name}");
        }
        assert!(self.run(false).iter().all(|x| x.is_finite()));
    }
}

/// Deterministic values without a relevant pattern.
fn images(len: usize) -> Vec<f32> {
    (0..len).map(|index| (index as f32 * 0.7).sin()).collect()
}

#[test]
fn logits_of_cells_without_a_path_are_the_bias() {
    let mut child = Child::new(common::network("nasbench201", &Graph::empty(4), TINY, SMALL).unwrap());
    let bias = child.store.slot("fc.bias").unwrap().clone();
    child.store.write(&bias, &[1.0, -2.0, 3.0, 0.5]).unwrap();
    for training in [true, false] {
        assert_eq!(child.run(training), [1.0, -2.0, 3.0, 0.5, 1.0, -2.0, 3.0, 0.5]);
    }
    child.check_gradients();
}

#[test]
fn a_node_may_be_read_twice_by_one_sum() {
    // Node 3 is x + x + x.
    let tripled = "|skip_connect~0|+|skip_connect~0|none~1|+|skip_connect~0|skip_connect~1|skip_connect~2|";
    let mut tripled = Child::nasbench201(tripled);
    tripled.check_gradients();
    assert_eq!(tripled.network.nodes.iter().filter(|node| node.inputs == [2, 2, 2]).count(), 1);
}

#[test]
fn relus_are_fused_with_adjacent_nodes() {
    let child = Child::nasbench201("|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|none~0|nor_conv_3x3~1|none~2|");
    let kernels = child.kernels();
    assert!(!kernels.iter().any(|name| name.starts_with("elementwise")), "{kernels:?}");
    // Only the convolutions into node 3 of a cell are run: stem, 3 * 2 in cells, 2 * 3 between them.
    let convolutions = kernels.iter().filter(|name| name.contains("conv2d")).count();
    assert_eq!(convolutions, 1 + 6 + 6, "{kernels:?}");
}

#[test]
fn nasbench101_networks_have_finite_gradients() {
    // Truncation: vertex 1 is wider than vertex 3, which it feeds.
    let arch = "0-1 0-2 1-2 1-3 0-4 1-4 2-4 3-4;conv3x3-bn-relu conv1x1-bn-relu maxpool3x3";
    let size = Size { channels: 5, cells: 2 };
    let network =
        common::network("nasbench101", &common::opened("nasbench101").encode(arch).unwrap(), TINY, size).unwrap();
    assert!(network.nodes.iter().any(|node| node.operation.name() == "narrow"));
    Child::new(network).check_gradients();
    let shortest =
        common::network("nasbench101", &common::opened("nasbench101").encode("0-1;").unwrap(), TINY, SMALL).unwrap();
    Child::new(shortest).check_gradients();
}

#[test]
fn darts_networks_have_finite_gradients() {
    let [normal, reduction] = darts_v2();
    let size = Size { channels: 4, cells: 3 };
    let graph = Graph::disjoint_union(&[normal, reduction]);
    let space = common::opened("darts");
    let network = |task: Task, drop_path| {
        space.build_network(Builder::new(task.input).unwrap(), &graph, task, size, drop_path).unwrap()
    };
    Child::new(network(TINY, 0.2)).check_gradients();
    // Odd image sizes: both halves of a factorised reduction have the same shape.
    let odd = Task { input: [3, 15, 9], classes: 2 };
    Child::new(network(odd, 0.0)).check_gradients();
}

#[test]
fn enas_children_have_finite_gradients() {
    let mut graph = graph_of(12, &[(0, 1), (0, 4), (1, 4), (2, 5), (5, 11)]);
    (0..12).for_each(|layer| graph.set_node_label(layer, layer as u8 % 6).unwrap());
    let size = Size { channels: 4, cells: 12 };
    Child::new(common::network("enas", &graph, TINY, size).unwrap()).check_gradients();
}

#[test]
fn randomly_wired_networks_have_finite_gradients() {
    // A node with more inputs than a kernel has operands, and a stage with several outputs.
    let edges: Vec<_> = (0..20).map(|from| (from, 20)).chain([(3, 21), (20, 22)]).collect();
    let stage = graph_of(23, &edges);
    let small = graph_of(3, &[(0, 1)]);
    let task = Task { input: [3, 16, 16], classes: 4 };
    let graph = Graph::disjoint_union(&[stage, small.clone(), small]);
    let network = common::randwire([23, 3, 3]).network(&graph, task, Size { channels: 4, cells: 1 });
    Child::new(network.unwrap()).check_gradients();
}

#[test]
fn vision_transformers_have_finite_gradients() {
    let space = graphpnas::space::open("vit-micro").unwrap();
    let graph = space.encode("n:attn_2_2,mb_3,attn_4_4,skip,mb_5,attn_2_4,attn_4_2,skip").unwrap();
    Child::new(space.network(&graph, TINY, SMALL).unwrap()).check_gradients();
    let child = Child::new(space.network(&graph, TINY, SMALL).unwrap());
    assert_eq!(child.kernels().iter().filter(|kernel| **kernel == "layer_norm.forward").count(), 2 * 4 + 1);
}

#[test]
fn incompatible_images_or_weights_are_rejected() {
    let child = Child::nasbench201("|none~0|+|none~0|none~1|+|nor_conv_3x3~0|none~1|none~2|");
    let other = Child::new(common::network("nasbench201", &Graph::empty(4), TINY, SMALL).unwrap());
    let mut tape = Tape::new();
    let x = tape.input(&[1, 3, 9, 8]);
    let message = child.network.record(&mut tape, &child.weights, x, Mode::Inference).unwrap_err().to_string();
    assert_eq!(message, "child network: images of [1, 3, 9, 8]; the network takes [batch, 3, 8, 8]");
    let x = tape.input(&[1, 3, 8, 8]);
    assert!(child.network.record(&mut tape, &other.weights, x, Mode::Inference).is_err());
    assert!(child.network.plan_cost(0).is_err());
}
