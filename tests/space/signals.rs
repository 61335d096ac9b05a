//! Spaces for signals: `axes = 1` in space files.

use graphpnas::child::{Mode, Weights};
use graphpnas::device::Device;
use graphpnas::network::operation::{AvgPool, Conv2d, MaxPool, Shift};
use graphpnas::network::{Network, Operation, Shape, Size, Task};
use graphpnas::report::{About, torch};
use graphpnas::score::{Measure, structural};
use graphpnas::space::{Explorer, FileSpace, Space};
use graphpnas::tape::{Plan, StoreBuilder, Tape};
use graphpnas::train::Interface;
use rand::{SeedableRng, rngs::StdRng};

const EVERY_KIND: &str = include_str!("../fixtures/signals.toml");

fn parsed(text: &str) -> FileSpace {
    FileSpace::parse(text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// A chain of one operation between a stem and a head, for signals of 2 x 1 x 20 and three classes.
fn chain(op: &str, keys: &str) -> FileSpace {
    parsed(&format!(
        "format = 1\nname = \"chain\"\naxes = 1\ninput = [2, 1, 20]\nclasses = 3\n[op]\nt = {{ {op} }}\nid = {{ kind = \"skip\" }}\n\
         [part.p]\nnodes = 1\nops = [\"t\", \"id\"]\n{keys}\n[[layer]]\nop = {{ kind = \"conv\" }}\nchannels = 4\n\
         [[layer]]\npart = \"p\"\n[[layer]]\nop = {{ kind = \"head\" }}\n"
    ))
}

fn built(op: &str, keys: &str) -> Network {
    let space = chain(op, keys);
    space.network(&space.encode("n:t").unwrap(), space.published_task(), space.published_size()).unwrap()
}

/// The networks of random architectures.
fn drawn(space: &FileSpace, count: usize) -> impl Iterator<Item = Network> {
    let mut rng = StdRng::seed_from_u64(3);
    (0..count).map(move |_| {
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        space.network(&graph, space.published_task(), space.published_size()).unwrap()
    })
}

/// The kernel or window and the padding of an operation.
fn window(operation: &Operation) -> Option<[[usize; 2]; 2]> {
    match *operation {
        Operation::Conv2d(Conv2d { kernel, padding, .. }) => Some([kernel, padding]),
        Operation::MaxPool(MaxPool { size, padding, .. }) | Operation::AvgPool(AvgPool { size, padding, .. }) => {
            Some([size, padding])
        }
        _ => None,
    }
}

#[test]
fn every_window_and_stride_is_one_of_the_length() {
    let space = parsed(EVERY_KIND);
    let mut seen = std::collections::BTreeSet::new();
    for network in drawn(&space, 100) {
        for node in &network.nodes {
            seen.insert(node.operation.name());
            if let Some([kernel, padding]) = window(&node.operation) {
                assert_eq!((kernel[0], padding[0]), (1, 0), "{node:?}");
            }
            if let Shape::Image([_, height, _]) = node.shape {
                assert_eq!(height, 1, "{node:?}");
            }
        }
    }
    for name in ["conv2d", "max_pool", "avg_pool", "shift", "attention", "position_embedding", "scale_channels"] {
        assert!(seen.contains(name), "{seen:?} lacks {name}");
    }
}

#[test]
fn costs_are_those_of_the_recorded_plans() {
    let space = parsed(EVERY_KIND);
    for network in drawn(&space, 100) {
        let mut builder = StoreBuilder::default();
        let weights = Weights::new(&mut builder, &network, 7).unwrap();
        let mut store = builder.build(&Device::Cpu).unwrap();
        let cost = network.cost();
        let count: usize = weights.parameters().map(|slot| slot.len()).sum();
        assert_eq!(cost.parameters, count as u64);
        let mut tape = Tape::new();
        let x = tape.input(&[2, 2, 1, 50]);
        let logits = network.record(&mut tape, &weights, x, Mode::Inference).unwrap();
        let mut plan = Plan::new(&tape, &[logits], &store, &Device::Cpu).unwrap();
        assert_eq!(plan.cost(), network.evaluation_cost(2).unwrap());
        // Two images, and two operations for a multiply-add: all convolutions, which are the only kernels `conv2d`.
        let of_kernels = plan.launches().iter().map(|launch| &launch.call);
        let convolutions: u64 = of_kernels.filter(|call| call.kernel.stem() == "conv2d").map(|call| call.flops).sum();
        let live = network.live();
        let by_hand = network.nodes.iter().zip(live).filter(|(_, live)| *live).map(|(node, _)| match node.operation {
            Operation::Conv2d(_) => {
                let Shape::Image([_, _, length]) = node.shape else { panic!("{node:?}") };
                network.weights(node)[0].len() * length
            }
            _ => 0,
        });
        assert_eq!(convolutions, 4 * by_hand.sum::<usize>() as u64);
        plan.write(x, &(0..200).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>()).unwrap();
        plan.run(&mut store).unwrap();
        assert!(plan.read(logits).unwrap().iter().all(|logit| logit.is_finite()));
    }
}

#[test]
fn parameters_multiply_adds_and_lengths_are_those_of_one_axis() {
    let around = 3 * 2 * 4 + 8 + 4 * 3 + 3;
    let cost = |op: &str, keys: &str| built(op, keys).cost();
    let conv = cost("kind = \"conv\", kernel = 5", "");
    assert_eq!(conv.parameters, around + 5 * 4 * 4 + 8);
    assert_eq!(conv.multiply_adds, 20 * (3 * 2 * 4) + 20 * (5 * 4 * 4) + 12);
    let strided = cost("kind = \"conv\", kernel = 5", "stride = [3]");
    assert_eq!(strided.multiply_adds, 20 * (3 * 2 * 4) + 7 * (5 * 4 * 4) + 12);
    assert_eq!(cost("kind = \"dwconv\", kernel = 7", "").parameters, around + 7 * 4 + 8);
    assert_eq!(cost("kind = \"sepconv\", kernel = 5", "").parameters, around + 5 * 4 + 16 + 8);
    assert_eq!(cost("kind = \"resblock\"", "").parameters, around + 2 * (3 * 16 + 8));
    let last = |op: &str, keys: &str| {
        let network = built(op, keys);
        let image = network.nodes.iter().rev().find(|node| matches!(node.shape, Shape::Image(_)));
        image.unwrap().shape.to_string()
    };
    assert_eq!(last("kind = \"pool\"", "stride = [2]"), "4x1x10");
    // An even kernel has no padding: the length shrinks, the height does not.
    assert_eq!(last("kind = \"conv\", kernel = 4", ""), "4x1x17");
    assert_eq!(last("kind = \"resblock\"", "stride = [2]\nchannels = [6]"), "6x1x10");
    assert_eq!(last("kind = \"mbconv\", se = 0.5", "stride = [4]"), "4x1x5");
    assert_eq!(last("kind = \"factorised\"", "stride = [2]\nchannels = [5]").as_str(), "5x1x10");
    // A receptive field of 3 samples, then 5 of every second one.
    let network = built("kind = \"seq\", of = [{ kind = \"pool\", stride = 2 }, { kind = \"conv\", kernel = 5 }]", "");
    let field = structural(&network).into_iter().find(|(measure, _)| *measure == Measure::ReceptiveField).unwrap().1;
    assert_eq!(field, 3.0 + 2.0 + 2.0 * 4.0);
}

/// A factorised reduction reads the samples of even and, in its second half, of odd numbers.
#[test]
fn factorised_reductions_shift_along_the_length() {
    let network = built("kind = \"factorised\"", "stride = [2]");
    assert!(network.nodes.iter().any(|node| node.operation == Shift([0, 1]).into()));
    let mut tape = Tape::new();
    let x = tape.input(&[1, 1, 1, 3]);
    let y = tape.shift(x, 0, 1).unwrap();
    let mut store = StoreBuilder::default().build(&Device::Cpu).unwrap();
    let mut plan = Plan::new(&tape, &[y], &store, &Device::Cpu).unwrap();
    plan.write(x, &[1.0, 2.0, 3.0]).unwrap();
    plan.run(&mut store).unwrap();
    assert_eq!(plan.read(y).unwrap(), [2.0, 3.0, 0.0]);
}

#[test]
fn strides_by_size_use_the_length() {
    let space = parsed(EVERY_KIND);
    let graph = space.explore(&Explorer::Uniform, &mut StdRng::seed_from_u64(1));
    let stem = |length: usize| {
        let task = Task { input: [2, 1, length], classes: 3 };
        space.network(&graph, task, space.published_size()).unwrap().nodes[1].shape.to_string()
    };
    assert_eq!([24, 64, 200].map(stem), ["8x1x12", "8x1x64", "8x1x50"]);
}

#[test]
fn other_heights_are_refused() {
    let space = chain("kind = \"conv\"", "");
    let graph = space.encode("n:t").unwrap();
    let task = Task { input: [3, 32, 32], classes: 10 };
    let expected = "the space is for signals (axes = 1), which have height 1, but the input is 3x32x32 (channels x height x \
                    width); give signals (--data, --input), or axes = 2 in the space file";
    let size = Size { channels: 1, cells: 1 };
    assert_eq!(space.network(&graph, task, size).unwrap_err().to_string(), expected);
    assert_eq!(space.shared_network(task, size).unwrap_err().to_string(), expected);
    let fault = |text: &str| FileSpace::parse(text).unwrap_err().to_string();
    let text = space.text().replace("[2, 1, 20]", "[2, 20, 1]");
    assert!(fault(&text).contains("line 4, input: must have height 1, such as [1, 1, 128]"), "{}", fault(&text));
    let text = space.text().replace("axes = 1", "axes = 3");
    assert!(fault(&text).contains("line 3, axes: must be an integer from 1 to 2, not 3"), "{}", fault(&text));
    // Without `input`, networks are built for the usual shape.
    assert_eq!(parsed(&space.text().replace("input = [2, 1, 20]\n", "")).published_task().input, [1, 1, 128]);
    // Images of height 1 are not signals in a space with two axes: windows stay square.
    let images = parsed(&space.text().replace("axes = 1\n", "axes = 2\n"));
    let network = images.network(&graph, space.published_task(), size).unwrap();
    assert_eq!(window(&network.nodes[1].operation), Some([[3, 3], [1, 1]]));
}

#[test]
fn networks_share_weights() {
    let space = chain("kind = \"conv\", kernel = 5", "");
    assert!(space.shares_weights());
    let shared = space.shared_network(space.published_task(), space.published_size()).unwrap();
    let weights = shared.nodes.iter().flat_map(|node| shared.weights(node)).map(|weight| weight.shape);
    assert!(weights.into_iter().any(|shape| shape == [4, 4, 1, 5]));
}

#[test]
fn pytorch_source_has_windows_of_one_row() {
    let network = built(
        "kind = \"seq\", of = [{ kind = \"conv\", kernel = 5, dilation = 2 }, { kind = \"pool\" }, { kind = \"pool\", of = \"avg\" }, \
         { kind = \"factorised\", stride = 2 }, { kind = \"conv\", kernel = 1 }]",
        "",
    );
    let interface = Interface::untrained(network.input);
    let about = About { space: "signals", space_digest: None, arch: "n:t", interface: &interface };
    let source = torch(&network, &about, "weights.safetensors");
    for expected in [
        "nn.Conv2d(4, 4, (1, 5), padding=(0, 4), dilation=2, bias=False)",
        "nn.Conv2d(4, 4, 1, bias=False)",
        ", (1, 3), 1, (0, 1))",
        ", (1, 3), 1, (0, 1), count_include_pad=False)",
        ", [0, 1, 0, 0])[:, :, 0:, 1:]",
        "Input: signals of 2 x 20 (channels x length) as float32 [N, 2, 1, 20].",
        "Signals must have length 20; they are not resized.",
    ] {
        assert!(source.contains(expected), "{expected} is not in\n{source}");
    }
}
