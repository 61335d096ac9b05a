//! Random space files, valid and damaged.

use graphpnas::network::{Size, Task};
use graphpnas::space::{self, Explorer, FileSpace, Space};
use proptest::prelude::*;
use rand::seq::IndexedRandom;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};
use std::fmt::Write;

const OPS: &str = "\
[op]
none = { kind = \"zero\" }
id = { kind = \"skip\" }
c3 = { kind = \"conv\" }
c1 = { kind = \"conv\", kernel = 1, order = \"act-conv-bn\" }
dil = { kind = \"conv\", dilation = 2, order = \"bn-act-conv\" }
sep = { kind = \"sepconv\", kernel = 5, times = 2 }
dw = { kind = \"dwconv\" }
mb = { kind = \"mbconv\", kernel = [3, 5], expand = [1, 3] }
se = { kind = \"mbconv\", se = 0.25, act = \"h-swish\" }
max = { kind = \"pool\" }
avg = { kind = \"pool\", of = \"avg\" }
two = { kind = \"seq\", of = [\"c1\", \"last=c3\"] }
ln = { kind = \"norm\", of = \"layer\" }
pos = { kind = \"position\" }
pre = { kind = \"seq\", of = [\"ln\", \"pos\", \"c3\"] }
tr = { kind = \"transformer\", heads = 2, mlp = 2, head_dim = 3 }
res = { kind = \"sum\", of = [\"id\", \"two\"], act = \"relu\" }
";

/// Some of the operations, at least one.
fn operations(rng: &mut dyn Rng, zero: bool) -> String {
    let mut names =
        vec!["id", "c3", "c1", "dil", "sep", "dw", "mb", "mb_3_1", "se", "max", "avg", "two", "pre", "tr", "res"];
    names.retain(|name| *name != "mb_3_1" || rng.random_bool(0.3));
    let has_one = names.contains(&"mb_3_1");
    names.retain(|name| *name != "mb" || !has_one);
    let count = rng.random_range(1..=5);
    let mut chosen: Vec<&str> = names.sample(rng, count).copied().collect();
    if zero && rng.random_bool(0.7) {
        chosen.push("none");
    }
    format!("[{}]", chosen.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "))
}

/// A rule for the number of the last of some operations, which can be satisfied with any number of nodes.
fn count(operations: &str, nodes: usize, rng: &mut dyn Rng) -> String {
    let names: Vec<&str> = operations.trim_matches(['[', ']']).split(", ").filter(|name| *name != "\"mb\"").collect();
    let Some(name) = names.last() else { return String::new() };
    let bounds = match rng.random_range(0..3) {
        0 if names.len() > 1 => "min = 1, max = 1".to_owned(),
        1 => format!("min = {}", rng.random_range(1..=nodes)),
        _ => return String::new(),
    };
    format!("count = [{{ ops = [{name}], {bounds} }}]\n")
}

fn part(name: &str, rng: &mut dyn Rng) -> String {
    let mut text = format!("[part.{name}]\n");
    match rng.random_range(0..6) {
        0 => {
            let min = rng.random_range(1..=3);
            let max = min + rng.random_range(0..=3);
            let ops = operations(rng, false);
            let _ = write!(text, "nodes = [{min}, {max}]\nops = {ops}\n{}", count(&ops, min, rng));
            if rng.random_bool(0.5) {
                let strides: Vec<_> = (0..max).map(|_| rng.random_range(1..=2)).collect();
                let _ = writeln!(text, "stride = {strides:?}");
            }
            if rng.random_bool(0.5) {
                let widths: Vec<_> = (0..max).map(|_| ["x1", "x2", "/2"].choose(rng).unwrap()).collect();
                let _ = writeln!(text, "channels = {widths:?}");
            }
        }
        1 => {
            let join = ["sum", "sum-bn", "concat-1x1"].choose(rng).unwrap();
            let _ = writeln!(
                text,
                "edges = \"skips\"\nnodes = {}\njoin = \"{join}\"\nops = {}",
                rng.random_range(1..=6),
                operations(rng, false)
            );
        }
        2 => {
            let (inputs, nodes) = (rng.random_range(1..=2), rng.random_range(3..=5));
            let _ =
                writeln!(text, "label = \"edge\"\ninputs = {inputs}\nnodes = {nodes}\nops = {}", operations(rng, true));
        }
        3 => {
            let (inputs, nodes) = (rng.random_range(1..=2), rng.random_range(4..=6));
            let output = ["last", "leaves", "inner"].choose(rng).unwrap();
            let _ = writeln!(
                text,
                "label = \"edge\"\nedges = \"free\"\ninputs = {inputs}\nnodes = {nodes}\nops = {}\noutput = \"{output}\"\nin_degree = 1",
                operations(rng, false)
            );
        }
        4 => {
            let min = rng.random_range(3..=4);
            let join = ["sum", "mean", "weighted-sum", "concat"].choose(rng).unwrap();
            let _ = writeln!(
                text,
                "edges = \"free\"\ninputs = 1\noutput = \"end\"\nnodes = [{min}, {}]\nops = {}\njoin = \"{join}\"\n{}",
                min + 2,
                operations(rng, false),
                ["max_edges = 9", "in_degree = 1"].choose(rng).unwrap()
            );
        }
        _ => {
            let output = ["last", "leaves", "inner"].choose(rng).unwrap();
            let output_join =
                if *output == "last" { "sum" } else { ["sum", "mean", "concat"].choose(rng).copied().unwrap() };
            let (nodes, ops) = (rng.random_range(2..=9), operations(rng, false));
            let few = if rng.random_bool(0.3) { format!("max_edges = {nodes}\n") } else { String::new() };
            let _ = write!(
                text,
                "edges = \"free\"\nnodes = {nodes}\nops = {ops}\noutput = \"{output}\"\noutput_join = \"{output_join}\"\n{few}{}",
                count(&ops, nodes, rng)
            );
        }
    }
    text
}

/// Images, or signals where the file is for them.
fn task(text: &str) -> Task {
    Task { input: [3, if text.contains("axes = 1") { 1 } else { 64 }, 64], classes: 7 }
}

/// A valid file.
fn random_file(seed: u64) -> String {
    let rng = &mut StdRng::seed_from_u64(seed);
    let same = ["text", "graph", "pruned"].choose(rng).unwrap();
    let mut text =
        format!("format = 1\nname = \"random\"\nsame = \"{same}\"\nsettings = {{ channels = 4, cells = 2 }}\n");
    if rng.random_bool(0.2) {
        text.push_str("axes = 1\n");
    }
    if rng.random_bool(0.4) {
        text.push_str("choice = { d = [1, 2], w = [{ a = 4 }, { a = 8 }], o = [\"c3\", \"mb_5_3\"] }\n");
    }
    let choices = text.contains("choice");
    text.push_str(OPS);
    let parts = rng.random_range(1..=2);
    (0..parts).for_each(|index| text.push_str(&part(&format!("p{index}"), rng)));
    text.push_str("[[layer]]\nas = \"stem\"\nop = \"c3\"\nchannels = \"{channels}*2\"\n");
    for index in 0..parts {
        let _ =
            writeln!(text, "[[layer]]\nas = \"a{index}.#\"\npart = \"p{index}\"\nstride = {}", rng.random_range(1..=2));
        if rng.random_bool(0.5) {
            let repeat = if choices { "\"{d}\"" } else { "\"{cells}\"" };
            let _ = writeln!(text, "repeat = {repeat}");
        }
        if rng.random_bool(0.5) {
            let width = if choices { "\"{w.a}\"" } else { "\"x2\"" };
            let _ = writeln!(text, "channels = {width}");
        }
    }
    if choices {
        text.push_str("[[layer]]\nop = \"{o}\"\nas = \"extra\"\n");
    }
    text.push_str("[[layer]]\nop = { kind = \"head\", hidden = 5, dropout = 0.1 }\n");
    text
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, max_global_rejects: 20_000, ..ProptestConfig::default() })]

    #[test]
    fn valid_files_give_valid_architectures_and_networks(seed in 0_u64..1 << 40) {
        let text = random_file(seed);
        let space = FileSpace::parse(&text).unwrap_or_else(|fault| panic!("{fault}\n{text}"));
        let mut rng = StdRng::seed_from_u64(seed);
        let task = task(&text);
        for _ in 0..10 {
            let graph = space.explore(&Explorer::Uniform, &mut rng);
            prop_assert!(space.validate(&graph).is_ok(), "{}", text);
            let arch = space.decode(&graph).unwrap();
            let again = space.encode(&arch).unwrap_or_else(|error| panic!("{error}\n{arch}\n{text}"));
            prop_assert_eq!(&again, &graph, "{}\n{}", arch, text);
            prop_assert_eq!(space.canonical(&again).unwrap(), space.canonical(&graph).unwrap());
            let network = space.network(&graph, task, space.published_size()).unwrap_or_else(|error| panic!("{error}\n{arch}\n{text}"));
            prop_assert_eq!(network.classes, 7);
            prop_assert!(network.cost().parameters > 0 && network.plan_cost(2).is_ok());
            let parts = space.split(&graph);
            prop_assert_eq!(parts.len(), space.parts());
            for (number, part) in parts.iter().enumerate() {
                for node in 0..part.nodes() {
                    let mask = space.row_mask(number, &part.truncated(node)).unwrap();
                    let label = part.node_label(node);
                    prop_assert!(mask.labels.is_empty() || mask.labels.contains(&label), "{}\n{}", arch, text);
                    for (from, states) in mask.edges.iter().enumerate() {
                        prop_assert!(states.contains(&part.edge_label(from, node)), "{}\n{}", arch, text);
                    }
                    let edges = part.predecessors(node).count();
                    prop_assert!((mask.degree[0]..=mask.degree[1]).contains(&edges), "{}\n{}", arch, text);
                }
            }
            for neighbour in space.neighbours(&graph).into_iter().take(5) {
                let arch = space.decode(&neighbour).unwrap();
                prop_assert!(space.network(&neighbour, task, space.published_size()).is_ok(), "{}\n{}", arch, text);
            }
            prop_assert!(!space.diagram(&graph).unwrap().is_empty());
        }
    }

    #[test]
    fn shared_networks_contain_all_weights_of_their_children(seed in 0_u64..1 << 40) {
        let text = random_file(seed);
        let space = FileSpace::parse(&text).unwrap();
        prop_assume!(space.shares_weights());
        let task = task(&text);
        let size = space.published_size();
        let shared = space.shared_network(task, size).unwrap();
        let weights = |network: &graphpnas::network::Network| -> std::collections::HashMap<String, Vec<usize>> {
            network.nodes.iter().flat_map(|node| network.weights(node).into_iter().map(|weight| (format!("{}.{}", node.name, weight.suffix), weight.shape))).collect()
        };
        let all = weights(&shared);
        let graph = space.explore(&Explorer::Uniform, &mut StdRng::seed_from_u64(seed));
        let builder = graphpnas::network::Builder::new(task.input).unwrap().sharing();
        let child = space.build_network(builder, &graph, task, size, 0.0).unwrap();
        for (name, shape) in weights(&child) {
            prop_assert_eq!(all.get(&name), Some(&shape), "{}\n{}", name, text);
        }
    }
}

/// Replaces, removes or repeats some bytes or lines.
fn damaged(text: &str, rng: &mut dyn Rng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    for _ in 0..rng.random_range(1..=3) {
        let at = rng.random_range(0..lines.len());
        match rng.random_range(0..6) {
            0 => drop(lines.remove(at)),
            1 => lines.insert(at, lines[at].clone()),
            2 => {
                let other = rng.random_range(0..lines.len());
                lines.swap(at, other);
            }
            3 => {
                let numbers = [
                    "0",
                    "-1",
                    "1000000",
                    "99999999999999999999",
                    "1.5",
                    "\"x3\"",
                    "[1, 2, 3]",
                    "nan",
                    "\"{d}\"",
                    "\"{channels}/9\"",
                ];
                if let Some((key, _)) = lines[at].split_once(" = ") {
                    lines[at] = format!("{key} = {}", numbers.choose(rng).unwrap());
                }
            }
            4 => {
                let digits: String = lines[at]
                    .chars()
                    .map(|c| if c.is_ascii_digit() { ['0', '1', '2', '9'].choose(rng).copied().unwrap() } else { c })
                    .collect();
                lines[at] = digits;
            }
            _ => {
                let mut chars: Vec<char> = lines[at].chars().collect();
                if !chars.is_empty() {
                    let index = rng.random_range(0..chars.len());
                    chars[index] = ['"', '{', '}', 'x', '=', '\u{1b}', 'é', '7'].choose(rng).copied().unwrap();
                }
                lines[at] = chars.into_iter().collect();
            }
        }
        if lines.is_empty() {
            lines.push(String::new());
        }
    }
    lines.join("\n")
}

#[test]
fn damaged_files_are_refused_with_a_line_or_still_give_networks() {
    let mut rng = StdRng::seed_from_u64(11);
    let built_in: Vec<_> =
        space::names().into_iter().filter(|name| space::open(name).unwrap().definition().is_some()).collect();
    let task = Task { input: [3, 32, 32], classes: 10 };
    let (mut refused, mut accepted) = (0, 0);
    for round in 0..10_000_u64 {
        let text = match round % 3 {
            0 => space::open(built_in.choose(&mut rng).unwrap()).unwrap().definition().unwrap().to_owned(),
            _ => random_file(round),
        };
        match FileSpace::parse(&damaged(&text, &mut rng)) {
            Err(fault) => {
                let message = fault.to_string();
                assert!(message.starts_with("line ") && !message.contains('\n'), "{message}");
                refused += 1;
            }
            Ok(space) => {
                let graph = space.explore(&Explorer::Uniform, &mut rng);
                let again = space.encode(&space.decode(&graph).unwrap()).unwrap();
                assert_eq!(space.canonical(&again), space.canonical(&graph));
                // The text form of NAS-Bench-101 prunes.
                assert!(again == graph || again.nodes() < graph.nodes(), "{again:?} {graph:?}");
                // A network may be impossible for these images; it is then an error.
                let size = Size { channels: 4, cells: 1 };
                let _ = space.network(&graph, task, size).map(|network| network.cost());
                assert!(space.size() > 0.0);
                accepted += 1;
            }
        }
    }
    assert!(refused > 500 && accepted > 200, "{refused} refused, {accepted} accepted");
}
