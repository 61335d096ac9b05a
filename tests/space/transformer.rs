//! Transformer blocks, position embeddings and layer normalisation in space files, and the space `vit-micro`.

use super::files::file;
use graphpnas::network::operation::Attention;
use graphpnas::network::{Network, Operation, Size, Task};
use graphpnas::score::{Measure, structural};
use graphpnas::space::{self, BuildError, FileSpace, Space};
use std::collections::HashMap;

/// The network of a file with a chain of one operation, whose width is 8.
fn built(op: &str, keys: &str) -> Result<Network, BuildError> {
    let text = file(&format!("[part.p]\nnodes = 1\nops = [\"t\", \"id\"]\n{keys}"))
        .replace("[op]\n", &format!("[op]\nt = {{ {op} }}\n"));
    let space = FileSpace::parse(&text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
    space.network(&space.encode("n:t").unwrap(), Task::CIFAR10, space.published_size())
}

fn parameters(op: &str, keys: &str) -> u64 {
    built(op, keys).unwrap().cost().parameters
}

/// Parameters of a block of `width` channels with `inner` channels in all heads and `mlp` times the width hidden.
fn block(width: u64, inner: u64, mlp: u64) -> u64 {
    let linear = |from: u64, to: u64| from * to + to;
    let norms = 2 * 2 * width;
    norms + 3 * linear(width, inner) + linear(inner, width) + linear(width, mlp * width) + linear(mlp * width, width)
}

#[test]
fn parameters_and_operations_are_those_of_the_block() {
    // Stem and head.
    let around = 9 * 3 * 8 + 16 + 8 * 10 + 10;
    assert_eq!(parameters("kind = \"transformer\"", ""), around + block(8, 8, 4));
    assert_eq!(parameters("kind = \"transformer\", heads = 2, mlp = 1", ""), around + block(8, 8, 1));
    assert_eq!(parameters("kind = \"transformer\", heads = 3, mlp = 2, head_dim = 5", ""), around + block(8, 15, 2));
    assert_eq!(parameters("kind = \"position\"", ""), around + 8 * 32 * 32);
    assert_eq!(parameters("kind = \"norm\", of = \"layer\", act = \"gelu\"", ""), around + 16);
    // A 1x1 convolution and batch normalisation change the width.
    let wider = 9 * 3 * 8 + 16 + 8 * 16 + 32 + 16 * 10 + 10;
    assert_eq!(parameters("kind = \"transformer\"", "channels = [16]\nstride = [2]"), wider + block(16, 16, 4));
    let network = built("kind = \"transformer\"", "channels = [16]\nstride = [2]").unwrap();
    let attention =
        network.nodes.iter().find(|node| matches!(node.operation, Operation::Attention(Attention { heads: 4 })));
    assert_eq!(attention.unwrap().shape.to_string(), "16x16x16");
    let names: Vec<_> = network.nodes.iter().map(|node| node.name.as_str()).collect();
    for name in ["layers.1.0.change.conv", "layers.1.0.attn.query", "layers.1.0.attn.heads", "layers.1.0.mlp.fc2"] {
        assert!(names.contains(&name), "{names:?} lacks {name}");
    }
}

#[test]
fn impossible_blocks_are_refused() {
    let refused = |op: &str, keys: &str, expected: &str| {
        let error = built(op, keys).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    };
    let transformer = "kind = \"transformer\", heads = 3";
    let heads = "a width of 8 cannot be divided into 3 heads; give another width or head_dim";
    refused(transformer, "", heads);
    refused(transformer, "", "the layer in line 16 of the space file: node layers.1.0");
    for op in ["kind = \"position\"", "kind = \"norm\", of = \"layer\""] {
        refused(op, "stride = [2]", "cannot change the width or the image size");
    }
    let text = file("[part.p]\nnodes = 2\nops = [\"c3\"]")
        .replace("kind = \"skip\"", "kind = \"transformer\", heads = 2, hidden = 8");
    let fault = FileSpace::parse(&text).unwrap_err().to_string();
    let known = "known keys: kind, stride, channels, heads, mlp, head_dim";
    assert!(fault.contains("line 6, op.id.hidden: unknown key") && fault.contains(known), "{fault}");
}

#[test]
fn vit_micro_has_attention_over_patches() {
    let space = space::open("vit-micro").unwrap();
    assert_eq!(space.size(), 7_f64.powi(8));
    let graph = space.encode(&format!("n:attn_4_2{}", ",skip".repeat(7))).unwrap();
    let network = space.network(&graph, Task::CIFAR10, space.published_size()).unwrap();
    let cost = network.cost();
    let around = (3 * 16 * 64 + 64) + 64 * 64 + 2 * 64 + (64 * 10 + 10);
    assert_eq!(cost.parameters, around + block(64, 64, 2));
    // Every convolution on 64 positions; attention takes 2 positions^2 width.
    let products = 3 * 16 * 64 + 4 * 64 * 64 + 2 * 2 * 64 * 64;
    assert_eq!(cost.multiply_adds, 64 * products + 2 * 64 * 64 * 64 + 64 * 10);
    // Patches of 4x4 pixels, and attention over all 8x8 of them: the complete image.
    let measures: HashMap<_, _> = structural(&network).into_iter().collect();
    assert_eq!(measures[&Measure::ReceptiveField], 32.0);
    // Every operation at every layer, with weights of its own.
    assert!(space.shares_weights());
    let shared = space.shared_network(Task::CIFAR10, Size { channels: 8, cells: 1 }).unwrap();
    let count = |name: &str| shared.nodes.iter().filter(|node| node.operation.name() == name).count();
    assert_eq!((count("attention"), count("position_embedding")), (8 * 4, 1));
}
