//! Network builders: shapes, costs compared with the published ones, rejected inputs.

use super::{CIFAR, common, darts_v2, graph_of};
use graphpnas::graph::Graph;
use graphpnas::network::operation::{Activation, Conv2d, Sum};
use graphpnas::network::{Builder, NetworkError, Shape, Size, Task};
use graphpnas::space::nasbench101;
use graphpnas::space::{BuildError, Space};
use rayon::prelude::*;

/// The published size of NAS-Bench-201.
const NASBENCH101: Size = Size { channels: 128, cells: 3 };
const NASBENCH201: Size = Size { channels: 16, cells: 5 };

/// The number of occurrences of an operation in an architecture text.
fn count(arch: &str, operation: &str) -> u64 {
    arch.matches(operation).count() as u64
}

#[test]
fn nasbench201_parameters_are_the_published_ones() {
    for row in common::rows(common::nasbench201_csv()).iter().step_by(97) {
        let network =
            common::network("nasbench201", &common::opened("nasbench201").encode(&row[1]).unwrap(), CIFAR, NASBENCH201)
                .unwrap();
        let (wide, narrow) = (count(&row[1], "nor_conv_3x3"), count(&row[1], "nor_conv_1x1"));
        assert_eq!(network.cost().parameters, 73_306 + 243_040 * wide + 28_000 * narrow, "{}", row[1]);
    }
}

#[test]
fn nasbench101_parameters_are_the_published_ones() {
    let rows = common::rows(&common::nasbench101_csv());
    assert!(rows.len() >= 2000);
    rows.par_iter().for_each(|row| {
        let arch = format!("{};{}", row[2], row[3]);
        let network =
            common::network("nasbench101", &common::opened("nasbench101").encode(&arch).unwrap(), CIFAR, NASBENCH101)
                .unwrap();
        assert_eq!(network.cost().parameters.to_string(), row[9], "{arch}");
    });
}

#[test]
fn costs_match_manual_calculations() {
    let mut builder = Builder::new([3, 8, 6]).unwrap();
    let x = builder.add("conv", Conv2d::new(4, 3, 2), &[0]).unwrap();
    let x = builder.batch_norm("bn", x).unwrap();
    let x = builder.add("relu", Activation::Relu, &[x]).unwrap();
    let unread = builder.add("unread", Conv2d::new(5, 1, 1), &[x]).unwrap();
    let output = builder.classifier(x, 7, 0.0).unwrap();
    let network = builder.finish(output).unwrap();
    assert_eq!(network.nodes[x].shape, Shape::Image([4, 4, 3]));
    assert!(!network.live()[unread]);
    let cost = network.cost();
    assert_eq!(cost.parameters, 4 * 27 + 8 + 5 * 4 + 7 * 5);
    assert_eq!(cost.multiply_adds, 4 * 27 * 12 + 7 * 4);
    // The convolution, the normalisation with its fused ReLU, the pooling, the logits.
    assert_eq!(cost.activation_bytes, 4 * (48 + 48 + 4 + 7));
}

#[test]
fn nasbench201_multiply_adds_grow_with_width_and_depth() {
    let graph = common::opened("nasbench201")
        .encode("|nor_conv_3x3~0|+|skip_connect~0|none~1|+|none~0|nor_conv_3x3~1|none~2|")
        .unwrap();
    let cost =
        |channels, cells| common::network("nasbench201", &graph, CIFAR, Size { channels, cells }).unwrap().cost();
    // Two convolutions per cell with C^2 * 9 * 32 * 32 multiply-adds each, which is the same in every stage.
    let cell = 2 * 3 * 16 * 16 * 9 * 1024;
    assert_eq!(cost(16, 5).multiply_adds - cost(16, 4).multiply_adds, cell);
    assert_eq!(cost(32, 5).multiply_adds - cost(32, 4).multiply_adds, 4 * cell);
}

#[test]
fn cells_without_a_path_need_only_the_linear_layer() {
    let network = common::network("nasbench201", &Graph::empty(4), CIFAR, NASBENCH201).unwrap();
    assert_eq!(network.cost().parameters, 73_306);
    assert_eq!(network.cost().multiply_adds, 640, "only the linear layer is run");
}

#[test]
fn nasbench101_channels_are_split_at_the_output_and_inherited_from_successors() {
    // Three vertices feed an output of 128 channels; vertex 1 feeds vertices of 43 and 42.
    let mut cell = Graph::empty(5);
    for (from, to) in [(0, 1), (0, 2), (1, 2), (1, 3), (1, 4), (2, 4), (3, 4)] {
        cell.set_edge(from, to, 0).unwrap();
    }
    assert_eq!(nasbench101::vertex_channels(&cell, 64, 128), [64, 43, 43, 42, 128]);
    assert!(nasbench101::vertex_channels(&Graph::empty(0), 64, 128).is_empty());
    cell.remove_edge(1, 4);
    assert_eq!(nasbench101::vertex_channels(&cell, 64, 127), [64, 64, 64, 63, 127]);
}

#[test]
fn invalid_inputs_are_rejected() {
    let graph = Graph::empty(4);
    let too_small = common::network("nasbench201", &graph, Task { input: [3, 2, 2], classes: 10 }, NASBENCH201);
    let message = too_small.unwrap_err().to_string();
    assert!(message.contains("node cells.11.pool: avg_pool does not fit"), "{message}");
    for (channels, cells) in [(0, 1), (1, 0), (usize::MAX, 1), (1, usize::MAX)] {
        let error = common::network("nasbench201", &graph, CIFAR, Size { channels, cells }).unwrap_err();
        assert!(matches!(error, BuildError::Network(NetworkError::Size { .. })), "{error}");
    }
    assert!(matches!(common::network("nasbench201", &Graph::empty(3), CIFAR, NASBENCH201), Err(BuildError::Graph(_))));
    assert!(common::network("nasbench201", &graph, Task { input: [3, 0, 2], classes: 10 }, NASBENCH201).is_err());
    assert!(common::network("nasbench201", &graph, Task { input: [3, 32, 32], classes: 0 }, NASBENCH201).is_err());
    let mut builder = Builder::new([3, 8, 8]).unwrap();
    let x = builder.add("a", Conv2d::new(4, 3, 1), &[0]).unwrap();
    assert!(matches!(builder.add("a", Activation::Relu, &[x]), Err(NetworkError::DuplicateName(_))));
    assert!(matches!(builder.add("b", Activation::Relu, &[9]), Err(NetworkError::UnknownNode { input: 9, .. })));
    assert!(matches!(builder.add("b", Sum, &[0, x]), Err(NetworkError::Shape { .. })));
    assert!(matches!(builder.add("b", Sum, &[]), Err(NetworkError::Shape { .. })));
    assert!(matches!(builder.add("b", Conv2d::new(usize::MAX, 3, 1), &[x]), Err(NetworkError::Shape { .. })));
    assert!(matches!(builder.add("b", Conv2d::new(1, usize::MAX, 1), &[x]), Err(NetworkError::Shape { .. })));
    assert!(matches!(builder.finish(x), Err(NetworkError::Output(_))));
}

#[test]
fn isomorphic_cells_have_the_same_network() {
    let of = |arch: &str| {
        common::network("nasbench101", &common::opened("nasbench101").encode(arch).unwrap(), CIFAR, NASBENCH101)
            .unwrap()
    };
    let one = of("0-1 0-2 0-3 1-4 2-4 3-4;conv3x3-bn-relu maxpool3x3 conv1x1-bn-relu");
    assert_eq!(one, of("0-1 0-2 0-3 1-4 2-4 3-4;conv1x1-bn-relu conv3x3-bn-relu maxpool3x3"));
}

#[test]
fn the_published_darts_network_has_the_published_number_of_parameters() {
    let [normal, reduction] = darts_v2();
    let space = common::opened("darts");
    let network = |normal: &Graph| {
        let graph = Graph::disjoint_union(&[normal.clone(), reduction.clone()]);
        space.build_network(Builder::new(CIFAR.input)?, &graph, CIFAR, space.published_size(), 0.2)
    };
    assert_eq!(network(&normal).unwrap().cost().parameters, 3_349_342);
    let mut three = normal.clone();
    three.set_edge(2, 3, 1).unwrap();
    let error = network(&three).unwrap_err();
    assert_eq!(error.to_string(), "part normal: 3 edges lead into node 3; 2 to 2 are allowed");
}

#[test]
fn randomly_wired_stages_end_at_4x4() {
    let stage = graph_of(4, &[(0, 2), (1, 2), (1, 3)]);
    let task = Task { input: [3, 64, 64], classes: 200 };
    let graph = Graph::disjoint_union(&[stage.clone(), stage.clone(), stage]);
    let network = common::randwire([4; 3]).network(&graph, task, Size { channels: 8, cells: 1 }).unwrap();
    let shape = |name: &str| network.nodes.iter().find(|node| node.name == name).unwrap().shape;
    assert_eq!(shape("stem.0.bn"), Shape::Image([4, 64, 64]));
    assert_eq!(shape("stages.0.nodes.2.sum"), Shape::Image([8, 16, 16]));
    assert_eq!(shape("stages.2.output"), Shape::Image([32, 4, 4]));
    let stem = 3 * 4 * 9 + 8 + 4 * 8 * 9 + 16;
    let node = |from: u64, to: u64| 9 * from + from * to + 2 * to;
    let stage = |from: u64, to: u64| 2 * node(from, to) + 2 * node(to, to) + 2;
    let head = 32 * 1280 + 2 * 1280 + 1280 * 200 + 200;
    assert_eq!(network.cost().parameters, stem + stage(8, 8) + stage(8, 16) + stage(16, 32) + head);
}

#[test]
fn enas_children_concatenate_their_skips() {
    let mut graph = graph_of(12, &[(0, 1), (0, 5), (3, 5), (2, 11)]);
    (0..12).for_each(|layer| graph.set_node_label(layer, layer as u8 % 6).unwrap());
    let network = common::network("enas", &graph, CIFAR, Size { channels: 6, cells: 12 }).unwrap();
    let shape = |name: &str| network.nodes.iter().find(|node| node.name == name).unwrap().shape;
    assert_eq!(shape("layers.1.skips.concat"), Shape::Image([12, 32, 32]));
    assert_eq!(shape("layers.5.skips.concat"), Shape::Image([36, 16, 16]));
    assert_eq!(shape("layers.11.skips.concat"), Shape::Image([48, 8, 8]));
}
