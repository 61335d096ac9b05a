//! The commands `graphpnas show` and `graphpnas export`.

use crate::common;
use crate::common::opened;
use graphpnas::child::Weights;
use graphpnas::device::Device;
use graphpnas::network::{Size, Task};
use graphpnas::nn::save;
use graphpnas::tape::StoreBuilder;
use std::path::Path;
use std::process::{Command, Output};

const CELL: &str = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";
const SMALL: [&str; 6] = ["--channels", "4", "--cells", "1", "--input", "3x16x16"];

fn graphpnas(args: &[&str]) -> Output {
    common::output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).args(args))
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Returns the standard output of a successful command.
fn printed(args: &[&str]) -> String {
    let output = graphpnas(args);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    text(&output.stdout)
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn show_prints_the_cost() {
    let listed = printed(&["show", CELL]);
    for words in
        ["nasbench201  |nor_conv_3x3~0|", "    avg_pool_3x3 <─", "     344,346  parameters", "MiB  at the peak of"]
    {
        assert!(listed.contains(words), "{listed}\nlacks {words}");
    }
    let value: serde_json::Value = serde_json::from_str(&printed(&["show", CELL, "--json", "--batch", "2"])).unwrap();
    assert_eq!(value["cost"]["parameters"], 73_306 + 243_040 + 28_000);
    assert_eq!((&value["space"], &value["graph"]["nodes"]), (&"nasbench201".into(), &4.into()));
    let task = Task::CIFAR10;
    let network = opened("nasbench201").network(
        &opened("nasbench201").encode(CELL).unwrap(),
        task,
        Size { channels: 16, cells: 5 },
    );
    assert_eq!(value["cost"]["training_peak_bytes"], network.unwrap().plan_cost(2).unwrap().peak);
}

#[test]
fn spaces_are_inferred_from_texts() {
    let enas = (0..12).map(|layer| ["1"].repeat(layer + 1).join(" ")).collect::<Vec<_>>().join(" ");
    let stage = vec!["0"; 31].join(",");
    let randwire = [stage.as_str(); 3].join("|");
    for (arch, space) in [("0-1;", "nasbench101"), (&enas, "enas"), (&randwire, "randwire")] {
        assert!(printed(&["show", arch, "--channels", "4"]).starts_with(space), "{arch}");
    }
}

#[test]
fn export_writes_complete_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    for (format, name) in
        [("onnx", "a.onnx"), ("svg", "a.svg"), ("dot", "a.dot"), ("json", "a.json"), ("pytorch", "p.py")]
    {
        let out = path(name);
        let args = [&["export", CELL, "--format", format, "--out", &out], SMALL.as_slice()].concat();
        assert!(printed(&args).contains(&out));
    }
    assert_eq!(names(folder.path()), ["a.dot", "a.json", "a.onnx", "a.svg", "p.py", "p.safetensors"]);
    assert_eq!(printed(&["export", CELL, "--format", "svg"]), std::fs::read_to_string(path("a.svg")).unwrap());
    assert!(std::fs::read_to_string(path("p.py")).unwrap().contains("network = load(\"p.safetensors\")"));
}

#[test]
fn weights_come_from_a_file_or_a_seed() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let task = Task { input: [3, 16, 16], classes: 10 };
    let graph = opened("nasbench201").encode(CELL).unwrap();
    let network = opened("nasbench201").network(&graph, task, Size { channels: 4, cells: 1 }).unwrap();
    let mut builder = StoreBuilder::default();
    Weights::new(&mut builder, &network, 8).unwrap();
    let (file, saved, random, other) = (path("w.safetensors"), path("saved"), path("random"), path("other"));
    save(&builder.build(&Device::Cpu).unwrap(), Path::new(&file)).unwrap();
    for (out, more) in [(&saved, ["--weights", &file]), (&random, ["--seed", "8"]), (&other, ["--seed", "9"])] {
        let args = [&["export", CELL, "--format", "safetensors", "--out", out], SMALL.as_slice(), &more].concat();
        let output = graphpnas(&args);
        assert_eq!(output.status.code(), Some(0));
        let message = text(&output.stderr);
        assert_eq!(message.contains("random, untrained weights, drawn with seed"), more[0] == "--seed");
    }
    let read = |path: &str| {
        let file = graphpnas::nn::Checkpoint::read(Path::new(path)).unwrap();
        (file.texts["trained"].clone(), file.tensors)
    };
    let [saved, random_values, other_values] = [read(&saved), read(&random), read(&other)];
    assert_eq!((saved.0.as_str(), random_values.0.as_str()), ("true", "false"));
    assert!(saved.1 == random_values.1 && saved.1 != other_values.1);
    // Random weights from a file are still reported as random, also with --quiet.
    let again = path("again.onnx");
    let args = ["-q", "export", CELL, "--format", "onnx", "--weights", &random, "--out", &again, "--json"];
    let output = graphpnas(&[&args[..], &SMALL].concat());
    assert!(text(&output.stderr).contains("random, untrained weights"));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["interface"]["trained"], false);
    let wider = ["export", CELL, "--format", "onnx", "--weights", &file, "--out", &other];
    refusal(&graphpnas(&wider), 1, "does not fit: ");
}

fn refusal(output: &Output, code: i32, expected: &str) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.contains(expected), "{message}\nlacks\n{expected}");
    assert!(output.stdout.is_empty() && !message.contains("panicked"), "{message}");
}

#[test]
fn invalid_arguments_give_one_sentence() {
    let cases: [(&[&str], i32, &str); 11] = [
        (
            &["show", "|nor_conv_9x9~0|"],
            2,
            "error: this is not a nasbench201 architecture: column 2: expected one of none",
        ),
        (&["show", "hello"], 2, "name the space with --space: nasbench101"),
        (&["show", CELL, "--space", "nasbench"], 2, "unknown space `nasbench`"),
        (&["show", CELL, "--channels", "0"], 2, "--channels 0: must be 1 to "),
        (&["show", CELL, "--input", "3x2x2"], 2, "give larger images (--resize, --input) or other widths"),
        (&["show", CELL, "--input", "32x32"], 2, "must be channels, height and width, such as 3x32x32"),
        (&["show", CELL, "--svg", "/nowhere/a.svg"], 1, "error: cannot write /nowhere/a.svg: "),
        (&["export", CELL, "--format", "onnx"], 2, "this format is written to a file; name it with --out"),
        (&["export", CELL, "--format", "svg", "--fold"], 2, "apply only to the formats onnx, pytorch and safetensors"),
        (&["export", CELL, "--format", "pytorch", "--out", "a.safetensors"], 2, "--out must name the Python source"),
        (
            &["export", CELL, "--format", "onnx", "--out", "/dev/null", "--weights", "/nowhere"],
            1,
            "cannot read the checkpoint /nowhere",
        ),
    ];
    for (args, code, expected) in cases {
        refusal(&graphpnas(args), code, expected);
    }
    let enas = (0..12).map(|layer| ["1"].repeat(layer + 1).join(" ")).collect::<Vec<_>>().join(" ");
    refusal(&graphpnas(&["show", &enas, "--cells", "3"]), 2, "the depth of enas networks is determined by their graph");
}

#[test]
fn help_shows_examples() {
    for command in ["show", "export"] {
        assert!(printed(&[command, "--help"]).contains("Examples:"));
    }
}
