//! Architectures in common text forms, surrounded by source code and logs.

use crate::common::opened;
use graphpnas::graph::Graph;
use graphpnas::space::{self, Space};
use proptest::prelude::*;

use super::{drawn, position_and_message};

/// Parses a text and returns the space's own text of the architecture.
fn canonical(space: &dyn Space, text: &str) -> String {
    let graph = space.encode(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    assert_eq!(space::infer_space(text), Some(space.name()), "{text}");
    space.decode(&graph).unwrap()
}

/// PC-DARTS' cells for CIFAR-10, as published by its authors.
const PC_DARTS: &str = "\
# 2.57 %
PC_DARTS_cifar = Genotype(
    normal=[('sep_conv_3x3', 1), ('skip_connect', 0), ('sep_conv_3x3', 0), ('dil_conv_3x3', 1), ('sep_conv_5x5', 0),
            ('sep_conv_3x3', 1), ('avg_pool_3x3', 0), ('dil_conv_3x3', 1)], normal_concat=range(2, 6),
    reduce=[('sep_conv_5x5', 1), ('max_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_5x5', 2), ('sep_conv_3x3', 0),
            ('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2)], reduce_concat=range(2, 6))
";

/// The same in one line, each node's pairs in the order of their sources.
const PC_DARTS_LINE: &str = "Genotype(normal=[('skip_connect', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), \
    ('dil_conv_3x3', 1), ('sep_conv_5x5', 0), ('sep_conv_3x3', 1), ('avg_pool_3x3', 0), ('dil_conv_3x3', 1)], \
    normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('sep_conv_5x5', 1), ('sep_conv_5x5', 1), \
    ('sep_conv_5x5', 2), ('sep_conv_3x3', 0), ('sep_conv_3x3', 3), ('sep_conv_3x3', 1), ('sep_conv_3x3', 2)], \
    reduce_concat=[2, 3, 4, 5])";

#[test]
fn genotypes_are_parsed_in_the_published_form() {
    assert_eq!(canonical(&*opened("darts"), PC_DARTS), PC_DARTS_LINE);
    let changed = |from: &str, to: &str| {
        assert!(PC_DARTS.contains(from), "{from}");
        canonical(&*opened("darts"), &PC_DARTS.replace(from, to))
    };
    for (from, to) in [
        ("'", "\""),
        ("'", "\u{2019}"),
        ("=", " = "),
        ("Genotype", "genotypes.Genotype"),
        ("range(2, 6)", "[2, 3, 4, 5]"),
        ("range(2, 6)", "(2, 3, 4, 5,)"),
        ("range(2, 6)", "list(range(2,6))"),
        ("range(2, 6)", "[5, 2, 4, 3]"),
        ("range(2, 6))", "range(2, 6),\n)  # the best of three"),
        ("range(2, 6))", "range(2, 6));"),
        ("PC_DARTS_cifar = ", "PC_DARTS_cifar=\\\n"),
        ("PC_DARTS_cifar = ", "genotype: "),
        ("normal=", ""),
    ] {
        if from != "normal=" {
            assert_eq!(changed(from, to), PC_DARTS_LINE, "{from} as {to}");
        }
    }
    let positional = ["normal=", "normal_concat=", "reduce=", "reduce_concat="];
    let positional = positional.iter().rev().fold(PC_DARTS_LINE.to_owned(), |text, name| text.replace(name, ""));
    let positional = positional.replace("normal_concat=", "").replace("_concat=", "");
    assert_eq!(canonical(&*opened("darts"), &positional), PC_DARTS_LINE, "{positional}");
    let (normal, reduce) = PC_DARTS_LINE.split_once(", reduce=").unwrap();
    let normal = normal.replace("Genotype(", "Genotype(reduce=X, ");
    let swapped = normal.replace('X', reduce.trim_end_matches(')')) + ")";
    assert_eq!(canonical(&*opened("darts"), &swapped), PC_DARTS_LINE, "{swapped}");
}

#[test]
fn genotypes_are_parsed_from_json() {
    let pairs = |text: &str| text.replace('\'', "\"").replace('(', "[").replace(')', "]");
    let names = ["normal=", "normal_concat=", "reduce=", "reduce_concat="];
    let inner = PC_DARTS_LINE.trim_start_matches("Genotype(").trim_end_matches(')');
    let json = ["normal_concat", "reduce_concat"]
        .iter()
        .fold(pairs(inner), |text, name| text.replace(&format!("{name}="), &format!("\"{name}\": ")));
    let json = json.replacen("normal=", "\"normal\": ", 1).replacen("reduce=", "\"reduce\": ", 1);
    let json = format!("{{{json}, \"accuracy\": 97.43, \"seed\": null}}");
    serde_json::from_str::<serde_json::Value>(&json).expect("JSON");
    assert_eq!(canonical(&*opened("darts"), &json), PC_DARTS_LINE);
    assert!(names.iter().all(|name| !json.contains(name)));
    // Grouped by node, as in the output of some programs.
    let grouped = |cell: &str| {
        let pairs: Vec<_> = cell.split("), ").map(|pair| format!("{})", pair.trim_end_matches(')'))).collect();
        pairs.chunks(2).map(|pairs| format!("[{}]", pairs.join(", "))).collect::<Vec<_>>().join(", ")
    };
    let cells = |text: &str, name: &str| {
        let start = text.find(&format!("{name}=[")).unwrap() + name.len() + 2;
        text[start..start + text[start..].find(']').unwrap()].to_owned()
    };
    let mut text = PC_DARTS_LINE.to_owned();
    for name in ["normal", "reduce"] {
        let cell = cells(&text, name);
        text = text.replace(&cell, &grouped(&cell));
    }
    assert!(text.contains("[[(") && text.contains("], [("), "{text}");
    assert_eq!(canonical(&*opened("darts"), &text), PC_DARTS_LINE);
}

#[test]
fn invalid_genotypes_are_rejected_with_one_sentence() {
    let error = |from: &str, to: &str| {
        assert!(PC_DARTS.contains(from), "{from}");
        let text = PC_DARTS.replacen(from, to, 1);
        assert_eq!(space::infer_space(&text), Some("darts"), "{text}");
        position_and_message(&*opened("darts"), &text).1
    };
    let operations =
        "one of max_pool_3x3, avg_pool_3x3, skip_connect, sep_conv_3x3, sep_conv_5x5, dil_conv_3x3, dil_conv_5x5";
    assert_eq!(
        error("('dil_conv_3x3', 1)]", "('sep_conv_7x7', 1)]"),
        format!("line 4, column 57: expected {operations}, found `sep_conv_7x7`")
    );
    assert_eq!(
        error("('dil_conv_3x3', 1)]", "(5, 1)]"),
        "line 4, column 56: expected an operation's name such as 'sep_conv_3x3', because NASLib and BANANAS number \
         operations differently, found `5`"
    );
    assert_eq!(
        error(", ('dil_conv_3x3', 1)]", "]"),
        "line 3, column 12: expected 8 pairs, 2 for each of the nodes 2 to 5, found 7"
    );
    assert_eq!(error("range(2, 6)", "range(3, 6)"), "line 4, column 91: expected `[2, 3, 4, 5]`, found `range`");
    assert_eq!(error("range(2, 6),", "[2, 3, 4],"), "line 4, column 91: expected `[2, 3, 4, 5]`, found `[`");
    assert_eq!(
        error(", reduce_concat=range(2, 6))", ")"),
        "line 6, column 75: expected `reduce_concat=[2, 3, 4, 5]`, found `)`"
    );
    assert_eq!(error("reduce=", "normal="), "line 5, column 5: expected `normal` only once, found `normal`");
    assert_eq!(
        error("reduce=", "reduction="),
        "line 5, column 5: expected one of normal, normal_concat, reduce, reduce_concat, found `reduction`"
    );
    assert_eq!(error("('skip_connect', 0)", "('skip_connect', 0"), "line 4, column 74: expected `,` or `)`, found `]`");
    assert_eq!(
        error("'skip_connect'", "'skip_connect"),
        "line 3, column 51: expected `'`, which ends a text, found `)`"
    );
    assert_eq!(
        error("reduce_concat=range(2, 6))", "reduce_concat=range(2, 6)"),
        "line 7, column 1: expected `,` or `)`, found the end of the text"
    );
    let message = position_and_message(&*opened("darts"), &format!("{PC_DARTS}{PC_DARTS}")).1;
    assert_eq!(message, "line 8, column 1: expected the end of the text, found `PC_DARTS_cifar`");
}

const CELL: &str = "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|none~2|";

#[test]
fn nasbench201_cells_are_parsed_in_the_benchmarks_own_forms() {
    let spaced = CELL.replace('+', " + ");
    let lines = CELL.replace('+', "\n+\n");
    let nodes = "[(('nor_conv_3x3', 0),), (('nor_conv_3x3', 0), ('avg_pool_3x3', 1)), \
        (('skip_connect', 0), ('nor_conv_1x1', 1), ('none', 2))]";
    for text in [
        format!(" {CELL}\n"),
        spaced.clone(),
        lines,
        CELL.replace('|', " | ").replace('~', " ~ "),
        format!("arch = '{spaced}'  # 93.7 %"),
        format!("arch='{CELL}';"),
        format!("\"arch\": \"{CELL}\","),
        format!("\"\"\"\n{CELL}\n\"\"\""),
        format!("\u{201c}{CELL}\u{201d}"),
        format!("Structure(4 nodes with {CELL})"),
        nodes.to_owned(),
        nodes.replace('(', "[").replace(')', "]").replace('\'', "\""),
    ] {
        assert_eq!(canonical(&*opened("nasbench201"), &text), CELL, "{text}");
    }
}

#[test]
fn naslib_operation_indices_are_parsed_in_the_order_of_the_sources() {
    // 0-1, 0-2, 0-3, 1-2, 1-3, 2-3; skip_connect, none, nor_conv_3x3, nor_conv_1x1, avg_pool_3x3.
    let cell = "|none~0|+|skip_connect~0|nor_conv_1x1~1|+|avg_pool_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|";
    for text in [
        "(1, 0, 4, 3, 2, 2)",
        "[1, 0, 4, 3, 2, 2]",
        "op_indices = (1,0,4,3,2,2,)",
        "[1 0 4 3 2 2]",
        "(1.0, 0., 4, 3, 2, 2)",
    ] {
        assert_eq!(canonical(&*opened("nasbench201"), text), cell, "{text}");
    }
    let message = |text: &str| position_and_message(&*opened("nasbench201"), text).1;
    assert_eq!(message("(1, 0, 4, 3, 2, 5)"), "column 17: expected a number below 5, found `5`");
    assert_eq!(message("(1, 0, 4, 3, 2, -1)"), "column 17: expected a number below 5, found `-1`");
    assert_eq!(message("(1, 0, 4, 3, 2)"), "column 1: expected six numbers, the operations of the edges, found 5");
    // The only six numbers that are also a cell of NAS-Bench-101.
    let both = "(0, 1, 0, 0, 0, 1)";
    assert_eq!(space::infer_space(both), None);
    assert_eq!(opened("nasbench101").decode(&opened("nasbench101").encode(both).unwrap()).unwrap(), "0-1;");
    let other = "|skip_connect~0|+|none~0|skip_connect~1|+|skip_connect~0|skip_connect~1|none~2|";
    assert_eq!(opened("nasbench201").decode(&opened("nasbench201").encode(both).unwrap()).unwrap(), other);
}

#[test]
fn ambiguous_texts_are_assigned_to_one_space() {
    for (text, space) in [
        ("nasbench201:1462,", "nasbench201"),
        ("nasbench201:1462;", "nasbench201"),
        ("nasbench201:-1", "nasbench201"),
        ("00000000000000000000000000000003", "nasbench101"),
        ("|none~0|+|none~0|none~1|+|none~0|none~1|none~2|  # not Genotype(", "nasbench201"),
        ("Genotype", "darts"),
        ("{normal: matrix", "darts"),
        ("1,3|0,1|1,0", "randwire"),
        ("3", "enas"),
    ] {
        assert_eq!(space::infer_space(text), Some(space), "{text}");
    }
}

/// The cell of the benchmark's README.
const README_CELL: &str = "\
cell = api.ModelSpec(
  matrix=[[0, 1, 1, 1, 0, 1, 0],    # input layer
          [0, 0, 0, 0, 0, 0, 1],    # 1x1 conv
          [0, 0, 0, 0, 0, 0, 1],    # 3x3 conv
          [0, 0, 0, 0, 1, 0, 0],    # 5x5 conv (replaced by two 3x3's)
          [0, 0, 0, 0, 0, 0, 1],    # 5x5 conv (replaced by two 3x3's)
          [0, 0, 0, 0, 0, 0, 1],    # 3x3 max-pool
          [0, 0, 0, 0, 0, 0, 0]],   # output layer
  # Operations at the vertices of the module, matches order of matrix.
  ops=[INPUT, CONV1X1, CONV3X3, CONV3X3, CONV3X3, MAXPOOL3X3, OUTPUT])
";

const README_TEXT: &str =
    "0-1 0-2 0-3 3-4 0-5 1-6 2-6 4-6 5-6;conv1x1-bn-relu conv3x3-bn-relu conv3x3-bn-relu conv3x3-bn-relu maxpool3x3";

#[test]
fn nasbench101_cells_are_parsed_from_matrix_and_operations() {
    assert_eq!(canonical(&*opened("nasbench101"), README_CELL), README_TEXT);
    let matrix = "[[0, 1, 1, 1, 0, 1, 0], [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 1, 0, 0], \
        [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0]]";
    let ops = "[\"input\", \"conv1x1-bn-relu\", \"conv3x3-bn-relu\", \"conv3x3-bn-relu\", \"conv3x3-bn-relu\", \"maxpool3x3\", \"output\"]";
    let inner = ops.replace("\"input\", ", "").replace(", \"output\"", "");
    let bare: String = matrix.chars().filter(char::is_ascii_digit).collect();
    let numpy = matrix.replace(", [", "\n [").replace(", ", " ");
    let labels = ops.replace("\", \"", ",").replace(['[', ']'], "");
    let tuple: Vec<_> = bare.chars().map(String::from).chain([0, 3, 4, 4, 4, 2, 1].map(|n| n.to_string())).collect();
    for text in [
        format!("{{\"matrix\": {matrix}, \"ops\": {ops}}}"),
        format!("{{\"ops\": {ops}, \"matrix\": {matrix}}}"),
        format!(
            "{{\"module_adjacency\": {matrix}, \"module_operations\": {ops}, \"trainable_parameters\": 8555530, \"val\": [0.1, -1e-3]}}"
        ),
        format!("{{'adjacency': array({matrix}, dtype=int8), 'operations': {}}}", ops.replace('"', "'")),
        format!("{{\"adjacency\": np.array({matrix}), \"ops\": {inner}}}"),
        format!("{{\"module_adjacency\": \"{bare}\", \"module_operations\": {labels}}}"),
        format!("ModelSpec({matrix}, {ops})"),
        format!("spec = ModelSpec(matrix = {numpy}, ops = {ops});"),
        format!("({matrix}, {ops})"),
        format!("({})", tuple.join(", ")),
        README_TEXT.replace(' ', "  ").replace(';', " ;\n"),
        README_TEXT.replace(' ', ", "),
        format!("'{README_TEXT}',"),
        format!("{README_TEXT};  # of the README"),
    ] {
        assert_eq!(canonical(&*opened("nasbench101"), &text), README_TEXT, "{text}");
    }
    assert_eq!(canonical(&*opened("nasbench101"), "0-1;"), "0-1;");
    assert_eq!(canonical(&*opened("nasbench101"), "'0-1;'"), "0-1;");
    assert_eq!(canonical(&*opened("nasbench101"), "0-1;  # nothing between"), "0-1;");
}

#[test]
fn unpruned_cells_have_the_key_of_the_pruned_ones() {
    let key = |text: &str| opened("nasbench101").canonical(&opened("nasbench101").encode(text).unwrap()).unwrap();
    let pruned = key("0-1 1-2;maxpool3x3");
    let unpruned = "{\"matrix\": [[0,1,1,0],[0,0,0,1],[0,0,0,0],[0,0,0,0]], \"ops\": [\"input\",\"maxpool3x3\",\"conv3x3-bn-relu\",\"output\"]}";
    assert_eq!(key(unpruned), pruned);
    // More vertices than a cell may have, most of which are on no path to the output.
    let rows: Vec<String> = (0..9)
        .map(|from| {
            let bits: Vec<_> =
                (0..9).map(|to| u8::from((from, to) == (0, 1) || (from, to) == (1, 8)).to_string()).collect();
            format!("[{}]", bits.join(","))
        })
        .collect();
    let ops: Vec<_> = ["maxpool3x3"].into_iter().chain(["conv1x1-bn-relu"; 6]).map(|op| format!("\"{op}\"")).collect();
    let large = format!("{{\"matrix\": [{}], \"ops\": [\"input\", {}, \"output\"]}}", rows.join(","), ops.join(", "));
    assert_eq!(key(&large), pruned);
}

#[test]
fn invalid_matrices_are_rejected_with_one_sentence() {
    let message = |text: &str| {
        assert_eq!(space::infer_space(text), Some("nasbench101"), "{text}");
        position_and_message(&*opened("nasbench101"), text).1
    };
    let json = |matrix: &str, ops: &str| message(&format!("{{\"matrix\": {matrix}, \"ops\": {ops}}}"));
    let square = "[[0,1],[0,0]]";
    let ends = "[\"input\",\"output\"]";
    assert_eq!(json("[[0,1],[0]]", ends), "column 19: expected 2 entries, as there are rows, found 1");
    assert_eq!(
        json("[[0,1],[1,0]]", ends),
        "column 20: expected 0, because an edge leads to a later vertex, found `1`"
    );
    assert_eq!(json("[[0,2],[0,0]]", ends), "column 16: expected 0 or 1, found `2`");
    assert_eq!(json("[[0,true],[0,0]]", ends), "column 16: expected 0 or 1, found `true`");
    assert_eq!(json("\"010\"", ends), "column 13: expected a square matrix, found `010`");
    assert_eq!(json("7", ends), "column 12: expected a matrix, found `7`");
    assert_eq!(json("[]", ends), "column 12: expected 2 to 64 vertices, found 0");
    let operations = "expected one of input, conv3x3-bn-relu, conv1x1-bn-relu, maxpool3x3, output";
    assert_eq!(json(square, "[\"input\",\"conv5x5\"]"), format!("column 44: {operations}, found `conv5x5`"));
    assert_eq!(
        json(square, "[\"output\",\"input\"]"),
        "column 36: expected `input` at the first vertex, found `output`"
    );
    assert_eq!(
        json(square, "[\"input\"]"),
        "column 34: expected 2 operations, as there are rows of the matrix, found 1"
    );
    assert_eq!(message("{\"matrix\": [[0,1],[0,0]]}"), "column 25: expected `ops`, found `}`");
    assert_eq!(message("{\"ops\": [\"input\",\"output\"]}"), "column 27: expected `matrix`, found `}`");
    assert_eq!(message("{\"matrix\": [[0,1],[0,0]"), "column 24: expected `,` or `]`, found the end of the text");
    let zero = "{\"matrix\": [[0,0],[0,0]], \"ops\": [\"input\",\"output\"]}";
    assert!(message(zero).contains("no path leads from the input to the output"));
}

#[test]
fn published_hashes_are_parsed_as_cells() {
    let encode = |text: &str| opened("nasbench101").decode(&opened("nasbench101").encode(text).unwrap()).unwrap();
    // Rows of the published table with five and six vertices; searching for those with seven takes longer.
    for (hash, text) in [
        (
            "00040b38293651f17fb665401c671bbb",
            "0-1 1-2 0-3 2-3 0-4 3-4 1-5 3-5 4-5;conv3x3-bn-relu conv3x3-bn-relu maxpool3x3 conv3x3-bn-relu",
        ),
        (
            "00044dda72b08bded68187b1b3e07ab7",
            "0-1 1-2 0-3 1-3 2-3 3-4 1-5 2-5 4-5;conv1x1-bn-relu conv3x3-bn-relu conv1x1-bn-relu conv1x1-bn-relu",
        ),
        (
            "001ea832563f8d635ef7d0af25926274",
            "0-1 0-2 1-2 0-3 1-3 2-3 0-4 1-4 3-4;maxpool3x3 conv3x3-bn-relu conv3x3-bn-relu",
        ),
        (
            "00455f0d3f10d9a5daa098a173c3d6b8",
            "0-1 0-2 0-3 1-3 2-3 0-4 1-4 3-4;conv1x1-bn-relu conv1x1-bn-relu conv3x3-bn-relu",
        ),
    ] {
        assert_eq!(encode(hash), text);
        assert_eq!(space::infer_space(hash), Some("nasbench101"));
    }
    assert_eq!(encode("best = '043721B9C7FE8C5FAD811D47D83132EC'  # smallest"), "0-1;");
    // One digit is missing.
    let message = position_and_message(&*opened("nasbench101"), "043721b9c7fe8c5fad811d47d83132e").1;
    assert!(message.starts_with("column 1: expected ") || message.starts_with("column 7: expected "), "{message}");
}

#[test]
fn enas_arcs_are_parsed_in_the_controllers_form() {
    let text = "conv3 | sepconv5 1 | conv5 0 1 | sepconv3 1 1 0 | avgpool3 0 0 0 0 | maxpool3 1 1 1 1 1 | conv3 0 0 0 0 0 0 | \
        conv3 1 0 0 0 0 0 0 | conv3 0 0 0 0 0 0 0 1 | conv3 0 0 0 0 0 0 0 0 0 | conv3 0 1 0 1 0 1 0 1 0 1 | \
        sepconv3 0 0 0 0 0 0 0 0 0 0 1";
    let numbers =
        ["sepconv5", "sepconv3", "conv5", "conv3", "avgpool3", "maxpool3"].iter().zip(["3", "1", "2", "0", "4", "5"]);
    let numbers = numbers.fold(text.replace(" | ", "\n"), |text, (name, number)| text.replace(name, number));
    let layers: Vec<_> = numbers.lines().map(|layer| format!("[{}]", layer.replace(' ', ", "))).collect();
    for text in [
        numbers.clone(),
        numbers.replace('\n', " "),
        format!("arc = \"{}\"", numbers.replace('\n', " ")),
        text.replace(" | ", "\n| "),
        text.replace(" | ", "|"),
        layers.join("\n"),
        numbers.lines().map(|layer| format!("[{layer}]\n")).collect(),
        format!("[{}]", layers.join(", ")),
        format!("[{}]", numbers.replace(['\n', ' '], ", ")),
    ] {
        assert_eq!(canonical(&*opened("enas"), &text), canonical(&*opened("enas"), &numbers), "{text}");
    }
    assert_eq!(canonical(&*opened("enas"), &numbers), text);
    let message = |text: &str| position_and_message(&*opened("enas"), text).1;
    assert_eq!(message("[0]\n[1 0 1]"), "line 2, column 1: expected an operation and 1 skips for layer 1, found 3");
    assert_eq!(
        message(&layers[..11].join("\n")),
        "line 1, column 1: expected 78 numbers, an operation and the skips of each of 12 layers, found 66"
    );
    assert_eq!(
        message(&layers.join("\n").replacen('3', "6", 1)),
        "line 2, column 2: expected a number below 6, found `6`"
    );
    assert_eq!(
        message("conv30 | conv3 1"),
        "column 1: expected one of conv3, sepconv3, conv5, sepconv5, avgpool3, maxpool3, 0, 1, 2, 3, 4, 5, found `conv30`"
    );
}

#[test]
fn texts_over_the_length_and_nesting_limits_are_rejected() {
    let deep = "[".repeat(40) + &"]".repeat(40);
    let long = format!("# {}\n{PC_DARTS_LINE}", "x".repeat(1 << 22));
    for space in [&*opened("darts") as &dyn Space, &*opened("nasbench101"), &*opened("nasbench201"), &*opened("enas")] {
        let message = position_and_message(space, &deep).1;
        assert!(message.contains("column 17: expected at most 16 brackets inside each other, found `[`"), "{message}");
        let message = position_and_message(space, &long).1;
        assert!(message.contains("expected at most 4194304 bytes of text, found 4194"), "{message}");
    }
    assert_eq!(space::infer_space(&deep), None);
    let calls = "a(".repeat(40);
    assert!(position_and_message(&*opened("darts"), &calls).1.contains("at most 16 brackets"));
    let multibyte = "\u{3a9}".repeat(1 << 22);
    assert_eq!(position_and_message(&*opened("darts"), &multibyte).0, 1 << 22);
}

proptest! {
    #[test]
fn surrounding_text_is_ignored(seed in any::<u64>(), form in 0usize..8) {
        for name in super::INFERABLE {
            let space = space::open(name).unwrap();
            let graph = drawn(&*space, seed);
            let text = space.decode(&graph).unwrap();
            let canonical = space.encode(&text).unwrap();
            let surrounded = match form {
                0 => format!("  {text}\n\n"),
                1 => format!("best_1 = {text};"),
                2 => format!("# found by a search\nBEST={text}  # 94.3 %"),
                3 => format!("\"{}\",", text.replace('"', "'")),
                4 => format!("`{text}`"),
                5 => format!("arch:\n  {text}\n"),
                6 => format!("a.b = '''\n{text}\n'''\n"),
                _ => text.replace(", ", " ,\n ").replace(" | ", "\n|\n").replace('+', "\t+ "),
            };
            prop_assert_eq!(space::infer_space(&surrounded), Some(name), "{}", surrounded);
            match space.encode(&surrounded) {
                Ok(found) => prop_assert_eq!(&found, &canonical),
                Err(error) => prop_assert!(false, "{}: {}", surrounded, error),
            }
        }
    }

    #[test]
fn any_literal_is_parsed_or_rejected(text in "[\\[\\](){}'\",:=01 a-z_.#Ω\n-]{0,60}") {
        let _ = space::infer_space(&text);
        for name in space::names() {
            match space::open(name).unwrap().encode(&text) {
                Ok(graph) => prop_assert!(graph.nodes() > 0),
                Err(error) => prop_assert!(text.is_char_boundary(error.position) && error.column > 0),
            }
        }
    }

    #[test]
fn matrices_and_texts_give_the_same_graph(seed in any::<u64>()) {
        let graph = drawn(&*opened("nasbench101"), seed);
        let pruned = opened("nasbench101").encode(&opened("nasbench101").decode(&graph).unwrap()).unwrap();
        prop_assert_eq!(opened("nasbench101").encode(&json_of(&pruned)).unwrap(), pruned);
    }
}

/// A cell as matrix and operations.
fn json_of(cell: &Graph) -> String {
    let nodes = cell.nodes();
    let rows: Vec<Vec<u8>> =
        (0..nodes).map(|from| (0..nodes).map(|to| u8::from(cell.has_edge(from, to))).collect()).collect();
    let words = ["input", "conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3", "output"];
    let ops: Vec<_> = cell.node_labels().iter().map(|label| words[usize::from(*label)]).collect();
    serde_json::json!({"module_adjacency": rows, "module_operations": ops}).to_string()
}
