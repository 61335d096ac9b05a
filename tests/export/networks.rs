//! The exported networks: one of every space, and one with every operation.

use graphpnas::network::operation::*;
use graphpnas::network::{Builder, Network, Operation, Shape, Size, Task};
use graphpnas::space::{self, Explorer, FileSpace, Space};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::HashSet;

const TASK: Task = Task { input: [3, 16, 16], classes: 5 };
const SIZE: Size = Size { channels: 4, cells: 1 };
/// Three cells, so that DARTS has reductions.
const DEEP: Size = Size { channels: 4, cells: 3 };

/// Returns names and networks.
pub fn all() -> Vec<(&'static str, Network)> {
    let nasbench201 = "|nor_conv_3x3~0|+|nor_conv_1x1~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|";
    let empty = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    // Vertex 1 is one channel wider than vertex 3, which reads it.
    let nasbench101 = "0-1 0-2 1-3 2-3 0-4 1-4 2-4 3-4;conv3x3-bn-relu maxpool3x3 conv1x1-bn-relu";
    let genotype = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_5x5', 1), ('dil_conv_3x3', 0), ('skip_connect', 1), \
                    ('avg_pool_3x3', 1), ('max_pool_3x3', 2), ('dil_conv_5x5', 0), ('skip_connect', 2)], \
                    normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('skip_connect', 1), ('avg_pool_3x3', 0), \
                    ('dil_conv_3x3', 1), ('sep_conv_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), \
                    ('max_pool_3x3', 1)], reduce_concat=[2, 3, 4, 5])";
    let tiny = Task { input: [3, 32, 32], classes: 5 };
    vec![
        ("nasbench201", network(space::nasbench201::NAME, nasbench201, TASK, SIZE)),
        ("empty", network(space::nasbench201::NAME, empty, TASK, SIZE)),
        ("nasbench101", network(space::nasbench101::NAME, nasbench101, TASK, Size { channels: 8, cells: 1 })),
        ("enas", drawn("enas", TASK)),
        ("darts", network("darts", genotype, TASK, DEEP)),
        ("randwire", drawn("randwire", tiny)),
        ("nasbench-macro", drawn("nasbench-macro", TASK)),
        ("transnas-macro", drawn("transnas-macro", Task { input: [3, 64, 64], classes: 5 })),
        ("resnet-stages", drawn("resnet-stages", TASK)),
        ("vit-micro", drawn("vit-micro", TASK)),
        ("every_operation", every_operation()),
        ("signals", signals()),
    ]
}

fn network(name: &str, arch: &str, task: Task, size: Size) -> Network {
    let space = space::open(name).unwrap();
    let graph = space.encode(arch).unwrap();
    space.build_network(Builder::new(task.input).unwrap(), &graph, task, size, 0.2).unwrap()
}

/// A random network of a space for signals, with every kind of operation.
fn signals() -> Network {
    let space = FileSpace::parse(include_str!("../fixtures/signals.toml")).unwrap();
    let graph = space.explore(&Explorer::Uniform, &mut ChaCha8Rng::seed_from_u64(4));
    space.network(&graph, space.published_task(), space.published_size()).unwrap()
}

/// A random network with few edges.
fn drawn(name: &str, task: Task) -> Network {
    let space = space::open(name).unwrap();
    let explorer = Explorer::WattsStrogatz { neighbours: 4, p: 0.75 };
    let graph = space.explore(&explorer, &mut ChaCha8Rng::seed_from_u64(4));
    space.network(&graph, task, SIZE).unwrap()
}

#[test]
fn every_operation_is_in_the_network_of_all() {
    let operations = every_operation().nodes.into_iter().map(|node| std::mem::discriminant(&node.operation));
    assert_eq!(operations.collect::<HashSet<_>>().len(), Operation::COUNT);
}

/// A network with operations that no space uses, and with names that differ only in their dots.
fn every_operation() -> Network {
    let mut builder = Builder::new([3, 9, 7]).unwrap();
    let mut add = |name: &str, operation: Operation, inputs: &[usize]| builder.add(name, operation, inputs).unwrap();
    let conv = Conv2d { filters: 6, kernel: [3; 2], stride: 1, padding: [2; 2], dilation: 2, groups: 3, bias: true };
    let plain = BatchNorm { affine: false, epsilon: 1e-3, momentum: 0.1 };
    let x = add("a.b_c", conv.into(), &[0]);
    let x = add("a_b.c", plain.into(), &[x]);
    let relu = add("relu", Activation::Relu.into(), &[x]);
    let relu6 = add("relu6", Activation::Relu6.into(), &[relu]);
    let silu = add("silu", Activation::Silu.into(), &[relu6]);
    let swish = add("swish", Activation::HardSwish.into(), &[silu]);
    let gelu = add("gelu", Activation::Gelu.into(), &[swish]);
    let squeezed = add("squeeze", GlobalAveragePool.into(), &[gelu]);
    let excited = add("excite", Linear { outputs: 6, hidden: false }.into(), &[squeezed]);
    let factors = add("factors", Activation::Sigmoid.into(), &[excited]);
    let scaled = add("scaled", ScaleChannels.into(), &[gelu, factors]);
    let layer = add("layer", LayerNorm { epsilon: 1e-4 }.into(), &[scaled]);
    let placed = add("placed", PositionEmbedding.into(), &[layer]);
    let attended = add("attended", Attention { heads: 2 }.into(), &[placed, layer, scaled]);
    let norm = add("norm", plain.into(), &[attended]);
    let dropped = add("drop", DropPath { rate: 0.5 }.into(), &[norm]);
    let shifted = add("shift", Shift([1, 1]).into(), &[dropped]);
    let zero = add("zero", Zero(Shape::Image([6, 9, 7])).into(), &[]);
    let sum = add("sum", Sum.into(), &[shifted, zero, shifted]);
    let mean = add("mean", Mean.into(), &[sum, norm, relu]);
    let one = add("one", WeightedSum.into(), &[mean]);
    let three = add("three", WeightedSum.into(), &[one, sum, x]);
    let narrow = add("narrow", Narrow { from: 1, len: 4 }.into(), &[three]);
    let concat = add("concat", Concat.into(), &[narrow, three]);
    let padded = AvgPool { size: [3; 2], stride: 2, padding: [1; 2], count_padding: true };
    let padded = add("padded", padded.into(), &[concat]);
    let pooled = add("max", MaxPool { size: [3; 2], stride: 1, padding: [1; 2] }.into(), &[padded]);
    let unread = add("unread", Conv2d::new(2, 1, 1).into(), &[pooled]);
    add("unread.bn", BatchNorm { affine: true, epsilon: 1e-5, momentum: 0.1 }.into(), &[unread]);
    let output = builder.classifier(pooled, 3, 0.1).unwrap();
    builder.finish(output).unwrap()
}
