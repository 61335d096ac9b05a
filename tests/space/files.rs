//! Spaces from files: the format, its errors, and the rules of parts.

use crate::common;
use graphpnas::network::Task;
use graphpnas::space::{self, Explorer, FileSpace, Space};
use rand::{SeedableRng, rngs::StdRng};
use std::collections::HashSet;

/// A file with these parts between the operations and the layers.
pub fn file(parts: &str) -> String {
    format!(
        "format = 1\nname = \"test\"\n[op]\nc3 = {{ kind = \"conv\" }}\nc5 = {{ kind = \"conv\", kernel = 5 }}\n\
         id = {{ kind = \"skip\" }}\nnone = {{ kind = \"zero\" }}\n{parts}\n[[layer]]\nop = \"c3\"\nchannels = 8\n\
         [[layer]]\npart = \"p\"\n[[layer]]\nop = {{ kind = \"head\" }}\n"
    )
}

fn parsed(text: &str) -> FileSpace {
    FileSpace::parse(text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// The number of different architectures among many draws.
fn distinct(space: &dyn Space, draws: usize) -> usize {
    let mut rng = StdRng::seed_from_u64(1);
    let keys = (0..draws).map(|_| space.canonical(&space.explore(&Explorer::Uniform, &mut rng)).unwrap());
    keys.collect::<HashSet<_>>().len()
}

const BEGINNER: &str = "\
format = 1
name = \"mine\"
[op]
c3 = { kind = \"conv\" }
c5 = { kind = \"conv\", kernel = 5 }
pool = { kind = \"pool\" }
[part.body]
nodes = [3, 6]
ops = [\"c3\", \"c5\", \"pool\"]
stride = [1, 2, 1, 2, 1, 1]
[[layer]]
part = \"body\"
channels = 16
[[layer]]
op = { kind = \"head\" }
";

#[test]
fn the_smallest_complete_file_is_a_space() {
    let space = parsed(BEGINNER);
    assert_eq!((space.name(), space.size(), space.size_is_bound()), ("mine", 1080.0, false));
    assert_eq!(distinct(&space, 20_000), 1080);
    let graph = space.encode(" n: c3, c5 ,pool ; ").unwrap();
    assert_eq!((graph.nodes(), space.decode(&graph).unwrap().as_str()), (6, "n:c3,c5,pool"));
    let network = space.network(&graph, Task::CIFAR10, space.published_size()).unwrap();
    // 3x3 from 3 to 16 channels, 5x5 from 16 to 16, two batch normalisations, a linear layer of 16 inputs.
    assert_eq!(network.cost().parameters, 9 * 3 * 16 + 25 * 16 * 16 + 2 * 2 * 16 + 16 * 10 + 10);
}

#[test]
fn sizes_of_parts_are_exact() {
    let cases = [
        ("[part.p]\nnodes = 4\nops = [\"c3\", \"c5\"]", 16.0),
        ("[part.p]\nnodes = [1, 3]\nops = [\"c3\", \"c5\"]", 2.0 + 4.0 + 8.0),
        ("[part.p]\nedges = \"skips\"\nnodes = 3\nops = [\"c3\", \"c5\"]", 8.0 * 8.0),
        ("[part.p]\nnodes = 3\nops = [[\"c3\"], [\"c3\", \"c5\"], [\"id\", \"c3\", \"c5\"]]", 6.0),
        ("[part.p]\nlabel = \"edge\"\nnodes = 3\nops = [\"none\", \"id\", \"c3\"]", 27.0),
        ("[part.p]\nlabel = \"edge\"\nnodes = 3\nops = [\"id\", \"c3\"]", 8.0),
        (
            "[part.p]\nlabel = \"edge\"\nedges = \"free\"\nnodes = 4\nin_degree = 1\nops = [\"id\", \"c3\"]",
            2.0 * 4.0 * 6.0,
        ),
        ("[part.p]\nedges = \"free\"\nnodes = 3\nops = [\"c3\"]\nmax_edges = 1", 4.0),
        ("[part.p]\nnodes = 3\nops = [\"c3\", \"c5\"]\ncount = [{ ops = [\"c5\"], min = 1, max = 2 }]", 6.0),
    ];
    for (part, size) in cases {
        let space = parsed(&file(part).replace("name = \"test\"", "name = \"test\"\nsame = \"text\""));
        assert_eq!((space.size(), space.size_is_bound()), (size, false), "{part}");
        assert_eq!(distinct(&space, 5_000) as f64, size, "{part}");
    }
    let macros = space::open("transnas-macro").unwrap();
    assert_eq!((macros.size(), macros.size_is_bound()), (3256.0, false));
}

#[test]
fn isomorphic_and_pruned_graphs_are_the_same_architecture() {
    let part = "[part.p]\nedges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [2, 5]\nops = [\"c3\", \"c5\"]";
    let space = parsed(&file(part));
    let key = |text: &str| space.canonical(&space.encode(text).unwrap()).unwrap();
    // The two middle nodes are interchangeable; the third has no path to the output.
    assert_eq!(key("n:c3,c5;e:0-1,0-2,1-3,2-3"), key("n:c5,c3;e:0-1,0-2,1-3,2-3"));
    assert_eq!(key("n:c3,c5;e:0-1,1-3"), key("n:c3,c3;e:0-1,1-3"));
    assert_ne!(key("n:c3,c5;e:0-1,0-2,1-3,2-3"), key("n:c3,c3;e:0-1,0-2,1-3,2-3"));
    assert_ne!(key("n:c3,c5;e:0-1,1-2,2-3"), key("n:c5,c3;e:0-1,1-2,2-3"));
    let error = space.encode("n:c3,c5;e:0-1,1-2").unwrap_err().to_string();
    assert!(error.contains("no path leads from the input to the output"), "{error}");
}

#[test]
fn neighbours_are_valid_and_differ() {
    for part in [
        "[part.p]\nnodes = [2, 4]\nops = [\"c3\", \"c5\"]",
        "[part.p]\nlabel = \"edge\"\nedges = \"free\"\ninputs = 2\nnodes = 5\nin_degree = 2\nops = [\"id\", \"c3\"]",
        "[part.p]\nedges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [3, 6]\nops = [\"c3\", \"c5\"]\nmax_edges = 7",
    ] {
        let space = parsed(&file(part));
        let mut rng = StdRng::seed_from_u64(3);
        for _ in 0..20 {
            let graph = space.explore(&Explorer::Uniform, &mut rng);
            let neighbours = space.neighbours(&graph);
            assert!(!neighbours.is_empty(), "{part}");
            assert!(neighbours.iter().all(|other| *other != graph && space.validate(other).is_ok()), "{part}");
        }
    }
}

#[test]
fn neighbours_are_counted_and_made_one_by_one() {
    let parts = [
        "[part.p]\nedges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [3, 6]\nops = [\"c3\", \"c5\"]\nmax_edges = 7",
        "[part.p]\nlabel = \"edge\"\nedges = \"free\"\nnodes = 5\nin_degree = [1, 2]\nops = [\"id\", \"c3\"]",
        "[choice]\nk = [1, 2, 3]\n[part.p]\nnodes = [2, 5]\nops = [\"c3\", \"c5\", \"id\"]",
    ];
    let spaces: Vec<_> = parts.iter().map(|part| parsed(&file(part))).collect();
    let built_in =
        ["resnet-stages", "transnas-macro", "randwire", "nasbench201"].map(|name| space::open(name).unwrap());
    let mut rng = StdRng::seed_from_u64(4);
    for space in spaces.iter().map(|space| space as &dyn Space).chain(built_in.iter().map(|space| &**space)) {
        for _ in 0..20 {
            let graph = space.explore(&Explorer::Uniform, &mut rng);
            let all = space.neighbours(&graph);
            assert_eq!(space.neighbour_count(&graph), all.len());
            assert!(all.iter().all(|other| *other != graph && space.validate(other).is_ok()), "{}", space.name());
            let places: Vec<usize> = (0..all.len()).rev().step_by(3).collect();
            let expected: Vec<_> = places.iter().map(|place| all[*place].clone()).collect();
            assert_eq!(space.neighbours_at(&graph, &places), expected);
            assert!(all.is_empty() || all.contains(&space.mutate(&graph, &mut rng)));
        }
    }
}

#[test]
fn faults_name_line_and_key() {
    let part = "[part.p]\nnodes = 3\nops = [\"c3\"]";
    let with = |old: &str, new: &str| file(part).replace(old, new);
    let cases = [
        ("fromat = 1".to_owned(), "line 1, fromat: unknown key; did you mean `format`?"),
        (with("format = 1", "format = 2"), "line 1, format: must be 1, not 2"),
        (with("name = \"test\"", "name = \"a b\""), "line 2, name: `a b` is not a name"),
        (with("kernel = 5", "kernel = 99"), "line 5, op.c5.kernel: must be an integer from 1 to 64, not 99"),
        (with("kernel = 5", "kernal = 5"), "line 5, op.c5.kernal: unknown key; did you mean `kernel`?"),
        (with("kind = \"skip\"", "kind = \"skp\""), "line 6, op.id.kind: must be one of zero, skip"),
        (with("nodes = 3", "nodes = 1000000"), "line 9, part.p.nodes: must be an integer from 1 to 64, not 1000000"),
        (
            with("ops = [\"c3\"]", "ops = [\"c4\"]"),
            "line 10, part.p.ops[0]: no operation `c4` in [op]; did you mean `c3`?",
        ),
        (with("ops = [\"c3\"]", "ops = []"), "line 10, part.p.ops: needs at least one operation"),
        (with("part = \"p\"", "part = \"q\""), "line 15, layer[1].part: no part `q` in [part]"),
        (with("channels = 8", "channels = \"{width}\""), "line 13, layer[0].channels: no setting or choice `width`"),
        (with("op = { kind = \"head\" }", "op = \"c3\""), "the network must end with one layer of the kind head"),
        (with("[part.p]", "[part.p]\nlike = \"p\""), "line 9, part.p.like: no other part `p`"),
        (
            with("c3 = { kind = \"conv\" }", "c3 = { kind = \"seq\", of = [\"c3\"] }"),
            "line 4, op.c3.of[0]: the operation `c3` contains itself",
        ),
        (with("kernel = 5", "kernel = [1, 3], groups = [1, 2"), "line 5"),
        (
            with("kernel = 5", "kernel = [3, 5]").replace("id = { kind", "c5_3 = { kind"),
            "op.c5_3: `c5_3` would name two operations",
        ),
        (with("kernel = 5", "kernel = [1, \"{a}\"]"), "op.c5.kernel[1]: must be a number or a word"),
        (
            with("kind = \"skip\"", "kind = \"seq\", of = [\"none\"]"),
            "op.id.of[0]: operations of the kinds zero and head cannot be inside",
        ),
        (with("kind = \"head\" }", "kind = \"head\" }\nstride = 2"), "layer[2].stride: has no effect on the head"),
        (with("nodes = 3", "nodes = 3\njoin = \"mean\""), "part.p.join: a node of a chain reads one node"),
        (with("op = \"c3\"\n", "op = \"c3\"\nas = \"_a\"\n"), "layer[0].as: \"_a\" cannot name weights"),
        (String::new(), "line 1: `format` is missing"),
        (
            with("nodes = 3", "nodes = 3\nrule = \"nasbench101\""),
            "line 10, part.p.rule: needs edges = \"free\", inputs = 1",
        ),
        (rule().replace("rule = \"nasbench101\"", "rule = \"nasbench\""), "part.p.rule: must be one of nasbench101"),
        (rule().replace("max_edges = 9", "join = \"mean\""), "part.p.join: has no effect with a `rule`; remove it"),
        (rule().replace("[2, 7]", "[2, 8]"), "part.p.rule: needs edges"),
        (rule().replace("part = \"p\"", "part = \"p\"\nstride = 2"), "a part with a `rule` has stride 1"),
        (rule().replace("name =", "same = \"graph\"\nname ="), "part.p: a part with a `rule` needs same = \"pruned\""),
        (
            rule().replace("kernel = 5", "kernel = 5, channels = 8"),
            "part.p.ops[1]: has a width or stride of its own, which the part's `rule` sets",
        ),
        (rule().replace("name =", "text = \"nasbench101\"\nname ="), "text: the text form nasbench101 needs"),
    ];
    for (text, message) in cases {
        let error = FileSpace::parse(&text).map(|_| ()).unwrap_err().to_string();
        assert!(error.contains(message), "{error}\nexpected: {message}\n{text}");
    }
}

/// A file with a part of the rule of NAS-Bench-101 and operations of its own.
fn rule() -> String {
    file(
        "[part.p]\nedges = \"free\"\nnodes = [2, 7]\ninputs = 1\noutput = \"end\"\nops = [\"c3\", \"c5\"]\nmax_edges = 9\n\
         rule = \"nasbench101\"",
    )
}

#[test]
fn parts_with_the_rule_of_nasbench101_divide_their_width() {
    let space = parsed(&rule());
    assert!(space.size_is_bound() && space.shares_weights());
    // Nodes 1 and 2 divide the 8 channels; node 1 reads the input, node 2 the first channels of node 1.
    let graph = space.encode("n:c3,c5;e:0-1,1-2,1-3,2-3").unwrap();
    let network = space.network(&graph, Task::CIFAR10, space.published_size()).unwrap();
    let convolutions = 9 * 3 * 8 + 8 * 4 + 9 * 4 * 4 + 25 * 4 * 4;
    let norms = 2 * (8 + 4 + 4 + 4);
    assert_eq!(network.cost().parameters, (convolutions + norms + 8 * 10 + 10) as u64);
    // Another numbering and a node without a path to the end are the same architecture, with the same network.
    let other = space.encode("n:c3,c3,c5;e:0-1,1-3,1-4,3-4,0-2").unwrap();
    assert_eq!(space.canonical(&other).unwrap(), space.canonical(&graph).unwrap());
    assert_eq!(space.network(&other, Task::CIFAR10, space.published_size()).unwrap(), network);
}

#[test]
fn operations_of_other_programs_have_no_networks() {
    let space =
        parsed(&file("[part.p]\nnodes = 3\nops = [\"c3\", \"id\"]").replace("kind = \"skip\"", "kind = \"external\""));
    assert!(!space.has_networks() && !space.shares_weights());
    assert_eq!(space.size(), 8.0);
    let graph = space.encode("n:c3,c3,c3").unwrap();
    assert!(space.network(&graph, Task::CIFAR10, space.published_size()).is_ok(), "it has no external operation");
    let graph = space.encode("n:c3,id,c3").unwrap();
    let error = space.network(&graph, Task::CIFAR10, space.published_size()).unwrap_err().to_string();
    assert!(error.contains("node layers.1.1: operations of the kind external have no network"), "{error}");
}

#[test]
fn lists_of_arguments_are_products() {
    let text = file("[part.p]\nnodes = 2\nops = [\"mb\", \"c3\"]")
        .replace("[op]\n", "[op]\nmb = { kind = \"mbconv\", kernel = [3, 5], expand = [3, 6] }\n");
    let space = parsed(&text);
    let names: Vec<_> = (0..5).filter_map(|label| space.node_label(0, label)).collect();
    assert_eq!(names, ["mb_3_3", "mb_3_6", "mb_5_3", "mb_5_6", "c3"]);
    let one = parsed(&text.replace("[\"mb\", \"c3\"]", "[\"mb_5_3\", \"c3\"]"));
    assert_eq!(one.size(), 4.0);
    let error = FileSpace::parse(
        &text
            .replace("[3, 5]", &format!("{:?}", (1..64).step_by(2).collect::<Vec<_>>()))
            .replace("[3, 6]", "[1, 2, 3, 4, 5, 6, 7, 8, 9]"),
    );
    assert!(
        error
            .unwrap_err()
            .to_string()
            .contains("op.mb.expand: lists stand for at least one and at most 250 operations")
    );
}

#[test]
fn choices_are_searched() {
    let space = space::open("resnet-stages").unwrap();
    assert_eq!((space.size(), space.parts(), space.max_nodes()), (162.0, 1, 5));
    assert_eq!(distinct(&*space, 5_000), 162);
    let text = "block=bottleneck depth_1=2 depth_2=1 depth_3=3 width=1";
    let graph = space.encode(text).unwrap();
    assert_eq!(space.decode(&graph).unwrap(), text);
    assert_eq!(space.neighbours(&graph).len(), 1 + 2 + 2 + 2 + 2);
    assert!(space.encode("block=wide depth_1=2 depth_2=1 depth_3=3 width=1").is_err());
}

#[test]
fn nasbench_macro_has_the_published_costs() {
    let space = space::open("nasbench-macro").unwrap();
    let published = |arch: &str| {
        let network = space.network(&space.encode(arch).unwrap(), Task::CIFAR10, space.published_size()).unwrap();
        let cost = network.cost();
        (cost.parameters, cost.multiply_adds)
    };
    assert_eq!(published("00000000"), (387_882, 7_713_280));
    assert_eq!(published("00000001"), (791_594, 14_115_328));
    let Some(path) = common::extra("nasbench_macro.csv") else { return };
    let rows = common::rows(&path);
    assert_eq!(rows.len(), 6561);
    for row in rows {
        let (parameters, multiply_adds) = published(&row[0]);
        assert_eq!((parameters.to_string(), multiply_adds.to_string()), (row[5].clone(), row[6].clone()), "{}", row[0]);
    }
}

#[test]
fn transnas_micro_reads_its_table() {
    let space = space::open("transnas-micro").unwrap();
    assert_eq!(space.size(), 4096.0);
    let Some(path) = common::extra("transnas_micro.csv") else { return };
    let rows = common::rows(&path);
    let keys: HashSet<_> = rows.iter().map(|row| space.canonical(&space.encode(&row[0]).unwrap()).unwrap()).collect();
    assert_eq!((rows.len(), keys.len()), (4096, 4096));
}

#[test]
fn parts_without_operations_round_trip() {
    let part = "[part.p]\nedges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [2, 5]\nops = [\"c3\", \"c5\"]";
    let space = parsed(&file(part));
    let graph = space.encode("n:;e:0-1").unwrap();
    assert_eq!((graph.nodes(), space.decode(&graph).unwrap().as_str()), (2, "n:;e:0-1"));
    assert!(space.network(&graph, Task::CIFAR10, space.published_size()).is_ok());
}

#[test]
fn operations_that_cannot_change_the_shape_are_errors_of_their_layer() {
    let text = file("[part.p]\nnodes = 2\nstride = [2, 1]\nops = [\"bn\", \"c3\", \"half\"]")
        .replace("[op]\n", "[op]\nbn = { kind = \"norm\" }\nhalf = { kind = \"factorised\" }\n");
    let space = parsed(&text);
    let error = |arch: &str| {
        let graph = space.encode(arch).unwrap();
        space.network(&graph, Task::CIFAR10, space.published_size()).unwrap_err().to_string()
    };
    assert!(
        error("n:bn,c3").starts_with("the layer in line 17 of the space file: node layers.1.0: normalisation"),
        "{}",
        error("n:bn,c3")
    );
    assert!(error("n:c3,half").contains("its stride must be 2, not 1"), "{}", error("n:c3,half"));
}

#[test]
fn sizes_of_large_parts_have_logarithms() {
    let large = parsed(&file("[part.p]\nedges = \"free\"\nnodes = 64\nops = [\"c3\", \"c5\"]"));
    assert!(large.size().is_infinite() && large.size_is_bound());
    assert!((large.log2_size() - (64.0 + 64.0 * 63.0 / 2.0)).abs() < 1e-9);
}

#[test]
fn names_of_products_are_found_quickly() {
    let chain: String = (1..=12)
        .map(|depth| {
            let (name, next) = ("x_".repeat(depth), "x_".repeat(depth + 1));
            format!("{}x = {{ kind = \"seq\", of = [\"{}x_3\"] }}\n", name, next)
        })
        .collect();
    let text = file("[part.p]\nnodes = 2\nops = [\"c3\"]")
        .replace("[op]\n", &format!("[op]\n{chain}{}x = {{ kind = \"conv\", kernel = [3, 5] }}\n", "x_".repeat(13)));
    // The answer is irrelevant, but it must not take time that grows with the factorial of the depth.
    let _ = FileSpace::parse(&text);
}

#[test]
fn activations_and_squeeze_and_excitation_are_built() {
    let space = space::open("mobilenet").unwrap();
    assert!((space.size() / (12_f64.powi(6) * 13_f64.powi(15)) - 1.0).abs() < 1e-12);
    let arch = format!("n:{}", ["mb_3_3_0", "skip", "skip", "skip"].repeat(5).join(",") + ",mb_7_6_0_25");
    let graph = space.encode(&arch).unwrap();
    let network = space.network(&graph, Task { input: [3, 224, 224], classes: 1000 }, space.published_size()).unwrap();
    let count = |name: &str| network.nodes.iter().filter(|node| node.operation.name() == name).count();
    assert_eq!((count("scale_channels"), count("sigmoid"), count("relu"), count("linear")), (1, 1, 0, 3));
    // Stem, last, one of the first block, two of each of six blocks, and one in the squeeze.
    assert_eq!(count("hard_swish"), 2 + 1 + 2 * 6 + 1);
    // Squeeze-and-excitation of the last block: 192 to 48 to 1152 channels.
    let block = |se: &str| {
        let arch = arch.replace("mb_7_6_0_25", se);
        let network = space.network(&space.encode(&arch).unwrap(), Task::CIFAR10, space.published_size()).unwrap();
        network.cost().parameters
    };
    assert_eq!(block("mb_7_6_0_25") - block("mb_7_6_0"), 1152 * 48 + 48 + 48 * 1152 + 1152);
}

#[test]
fn options_with_equal_words_are_named_by_their_place() {
    let text = file("[part.p]\nnodes = 2\nops = [\"c\", \"c3\"]\n[choice]\nk = [3, \"3\"]")
        .replace("[op]\n", "[op]\nc = \"{k}\"\n3 = { kind = \"pool\" }\n");
    // The first option is no operation, so that the file is refused; the second names one.
    assert!(FileSpace::parse(&text).is_err());
    let space = parsed(&text.replace("[3, \"3\"]", "[\"c5\", \"3\"]"));
    let graph = space.encode("k=3 | n:c,c").unwrap();
    assert_eq!(space.decode(&graph).unwrap(), "k=3 | n:c,c");
}

#[test]
fn networks_have_cells_enough_for_every_part() {
    let text = "format = 1\nname = \"deep\"\nsettings = { channels = 8, cells = 6 }\n[op]\na = { kind = \"conv\", order = \"act-conv-bn\" }\n\
        s = { kind = \"skip\" }\n[part.n]\nlabel = \"edge\"\nedges = \"free\"\nnodes = 4\ninputs = 2\nin_degree = 1\nops = [\"a\", \"s\"]\n\
        [part.r]\nlike = \"n\"\n[[layer]]\nas = \"cells.#\"\npart = \"n\"\nchannels = \"{channels}\"\nrepeat = \"{cells}\"\n\
        reduce = { at = [\"1/3\", \"2/3\"], part = \"r\", channels = \"x2\" }\n[[layer]]\nop = { kind = \"head\" }\n";
    assert_eq!(parsed(text).min_cells(), 3, "two reductions");
    assert_eq!(parsed(BEGINNER).min_cells(), 1);
}

#[test]
fn many_choices_and_rules_are_read_quickly() {
    let options: String = (0..250).map(|option| format!("{option}, ")).collect();
    let choices: String = (0..60).map(|choice| format!("x{choice} = [{options}]\n")).collect();
    let many = "m = { kind = \"mbconv\", kernel = [1, 3, 5, 7, 9, 11, 13], expand = [1, 2, 3, 4, 5, 6, 7, 8] }\n";
    let text =
        file("[part.p]\nnodes = 2\nops = [\"m\"]").replace("[op]\n", &format!("[choice]\n{choices}[op]\n{many}"));
    assert_eq!(parsed(&text).unused_choices().len(), 60);
    let ops: String = (0..40).map(|op| format!("o{op} = {{ kind = \"conv\" }}\n")).collect();
    let names: String = (0..40).map(|op| format!("\"o{op}\", ")).collect();
    let rules: String = (0..16).map(|op| format!("{{ ops = [\"o{op}\"], max = 3 }}, ")).collect();
    let text = file(&format!("[part.p]\nnodes = 20\nops = [{names}]\ncount = [{rules}]"))
        .replace("[op]\n", &format!("[op]\n{ops}"));
    assert!(parsed(&text).size_is_bound());
}

#[test]
fn parts_with_equal_keys_are_alike_wherever_they_are_written() {
    let twice = "[part.p]\nnodes = 2\nops = [\"c3\", \"c5\"]\n[part.q]\nops = [\"c3\", \"c5\"]\nnodes = 2";
    let text = file(twice).replace("part = \"p\"\n", "part = \"p\"\n[[layer]]\npart = \"q\"\nas = \"q\"\n");
    assert!(parsed(&text).parts_are_alike());
    let other = text.replacen("[\"c3\", \"c5\"]", "[\"c5\", \"c3\"]", 1);
    assert!(!parsed(&other).parts_are_alike());
}

#[test]
fn distributions_count_parts_of_variable_size_separately() {
    let part = "edges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [3, 5]\nops = [\"c3\", \"c5\"]";
    let text = file(&format!("[part.p]\n{part}\n[part.q]\n{part}\nmax_edges = 9"))
        .replace("part = \"p\"\n", "part = \"p\"\n[[layer]]\npart = \"q\"\nas = \"q\"\n");
    let space = parsed(&text);
    let graph = space.encode("n:c3;e:0-1,1-2 | n:c5,c5;e:0-1,1-2,2-3").unwrap();
    let drawn = [graphpnas::generator::Drawn { graph, log_probability: -1.0 }];
    let distribution = graphpnas::search::Distribution::of(&drawn, &space);
    // The second part starts after the five places of the first one: input, c5, c5, end.
    assert_eq!(distribution.node_labels[6], [0.0, 0.0, 1.0, 0.0]);
    assert_eq!((distribution.edges[6][5], distribution.edges[3][2]), (1.0, 0.0));
}

#[test]
fn texts_in_a_variable_named_n_are_still_inferred() {
    let cell = "|nor_conv_3x3~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    assert_eq!(space::infer_space(&format!("n = \"{cell}\"")), Some("nasbench201"));
    assert_eq!(space::infer_space("n:c3,c5"), None);
}
