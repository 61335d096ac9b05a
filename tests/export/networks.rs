//! The exported networks: one of every space, and one with every operation.

use graphpnas::network::{Builder, Network, Operation, Shape, Size, Task};
use graphpnas::space::{self, Explorer};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;

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
    ]
}

fn network(name: &str, arch: &str, task: Task, size: Size) -> Network {
    let space = space::open(name).unwrap();
    let graph = space.encode(arch).unwrap();
    space.build_network(Builder::new(task.input).unwrap(), &graph, task, size, 0.2).unwrap()
}

/// A random network with few edges.
fn drawn(name: &str, task: Task) -> Network {
    let space = space::open(name).unwrap();
    let explorer = Explorer::WattsStrogatz { neighbours: 4, p: 0.75 };
    let graph = space.explore(&explorer, &mut ChaCha8Rng::seed_from_u64(4));
    space.network(&graph, task, SIZE).unwrap()
}

/// A network with operations that no space uses, and with names that differ only in their dots.
fn every_operation() -> Network {
    let mut builder = Builder::new([3, 9, 7]).unwrap();
    let mut add = |name: &str, operation, inputs: &[usize]| builder.add(name, operation, inputs).unwrap();
    let conv = Operation::Conv2d { filters: 6, kernel: 3, stride: 1, padding: 2, dilation: 2, groups: 3, bias: true };
    let plain = Operation::BatchNorm { affine: false, epsilon: 1e-3, momentum: 0.1 };
    let x = add("a.b_c", conv, &[0]);
    let x = add("a_b.c", plain, &[x]);
    let relu = add("relu", Operation::Relu, &[x]);
    let relu6 = add("relu6", Operation::Relu6, &[relu]);
    let silu = add("silu", Operation::Silu, &[relu6]);
    let swish = add("swish", Operation::HardSwish, &[silu]);
    let gelu = add("gelu", Operation::Gelu, &[swish]);
    let squeezed = add("squeeze", Operation::GlobalAveragePool, &[gelu]);
    let excited = add("excite", Operation::Linear { outputs: 6 }, &[squeezed]);
    let factors = add("factors", Operation::Sigmoid, &[excited]);
    let scaled = add("scaled", Operation::ScaleChannels, &[gelu, factors]);
    let layer = add("layer", Operation::LayerNorm { epsilon: 1e-4 }, &[scaled]);
    let placed = add("placed", Operation::PositionEmbedding, &[layer]);
    let attended = add("attended", Operation::Attention { heads: 2 }, &[placed, layer, scaled]);
    let norm = add("norm", plain, &[attended]);
    let dropped = add("drop", Operation::DropPath { rate: 0.5 }, &[norm]);
    let shifted = add("shift", Operation::Shift, &[dropped]);
    let zero = add("zero", Operation::Zero(Shape::Image([6, 9, 7])), &[]);
    let sum = add("sum", Operation::Sum, &[shifted, zero, shifted]);
    let mean = add("mean", Operation::Mean, &[sum, norm, relu]);
    let one = add("one", Operation::WeightedSum, &[mean]);
    let three = add("three", Operation::WeightedSum, &[one, sum, x]);
    let narrow = add("narrow", Operation::Narrow { from: 1, len: 4 }, &[three]);
    let concat = add("concat", Operation::Concat, &[narrow, three]);
    let padded = Operation::AvgPool { size: 3, stride: 2, padding: 1, count_padding: true };
    let padded = add("padded", padded, &[concat]);
    let pooled = add("max", Operation::MaxPool { size: 3, stride: 1, padding: 1 }, &[padded]);
    let unread = add("unread", Operation::conv(2, 1, 1), &[pooled]);
    add("unread.bn", Operation::BatchNorm { affine: true, epsilon: 1e-5, momentum: 0.1 }, &[unread]);
    let output = builder.classifier(pooled, 3, 0.1).unwrap();
    builder.finish(output).unwrap()
}
