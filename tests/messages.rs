//! Invalid and missing arguments: one sentence that names the problem, and the documented exit code.

use crate::common;
use std::process::Output;

/// Returns the error sentence of a command that fails with this exit code, without the usage lines of clap.
fn sentence(args: &[&str], code: i32) -> String {
    let Output { status, stderr, stdout } = common::graphpnas(args);
    let text = String::from_utf8(stderr).unwrap();
    assert_eq!(status.code(), Some(code), "{args:?}: {text}");
    assert!(stdout.is_empty() && text.starts_with("error: ") && !text.contains("panicked"), "{args:?}: {text}");
    text.lines().next().unwrap().to_owned()
}

#[test]
fn negative_numbers_are_reported_as_invalid_values() {
    for args in [
        &["search", "--seed", "-1"][..],
        &["search", "--evaluations", "-5"],
        &["show", "0-1;", "--batch", "-1"],
        &["show", "0-1;", "--channels", "-3"],
        &["export", "0-1;", "--format", "onnx", "--out", "x", "--seed", "-1"],
        &["trials", "run", "--limit", "-1"],
        &["train", "0-1;", "--epochs", "-1"],
        &["profile", "0-1;", "--batch", "-1"],
        &["sample", "run", "--count", "-2"],
    ] {
        let message = sentence(args, 2);
        let [.., flag, value] = args else { panic!("{args:?}") };
        let expected = [format!("invalid value '{value}' for '{flag} <"), format!("{flag} {value}: must be ")];
        assert!(expected.iter().any(|text| message.contains(text)), "{args:?}: {message}");
        assert!(!message.contains("digit"), "{message}");
    }
}

#[test]
fn options_without_effect_are_refused() {
    let cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";
    let fixture = common::fixture("cifar-10-batches-bin").display().to_string();
    for (args, expected) in [
        (
            &["score", "nasbench201", "--space", "darts"][..],
            "--space applies only to architectures; nasbench201 is already a space",
        ),
        (
            &["score", cell, "-n", "5"],
            "--count applies only to random architectures of a space, but architectures are named",
        ),
        (
            &["train", cell, "--data", &fixture, "--train-images", "10"],
            "--train-images applies only to the built-in images",
        ),
        (
            &["train", cell, "--train-images", "30", "--validation", "0.999999"],
            "leaves none to train on; use a fraction (--validation",
        ),
        (
            &["search", "nasbench201", "--set", "proxy.enabled=true", "--dataset", "cifar10"],
            "proxy.enabled must be false with a table",
        ),
        (
            &["search", "--preset", "nasbench201-shared", "--table", "built-in"],
            "supernet.enabled must be false with a table",
        ),
        (&["search", "--preset", "nasbench201-images"], "no images given; name the training images with --data PATH"),
    ] {
        let message = sentence(args, 2);
        assert!(message.contains(expected), "{args:?}: {message}");
    }
    // Operations have readable names, not internal notation.
    let message = sentence(&["train", cell, "--resize", "1", "--device", "cpu"], 2);
    assert!(message.contains("avg_pool does not fit") && message.contains("(--resize, --input)"), "{message}");
}

#[test]
fn scores_are_compared_with_table_columns() {
    let cells = ["nor_conv_3x3", "skip_connect"].map(|of| format!("|{of}~0|+|{of}~0|{of}~1|+|{of}~0|{of}~1|{of}~2|"));
    let scores = |cells: &[&str]| {
        let output = common::graphpnas(&[&["score"], cells, &["--scores", "macs", "--table", "built-in"]].concat());
        String::from_utf8(output.stdout).unwrap()
    };
    let one = scores(&[&cells[0]]);
    assert!(
        one.contains("1 of these architectures in the table; at least 2 are needed for a rank correlation"),
        "{one}"
    );
    let two = scores(&[&cells[0], &cells[1]]);
    assert!(two.contains("2 architectures of nasbench201 against cifar10_test_200"), "{two}");
    // With two architectures there is no bootstrap error; the table's value is shown for each.
    assert!(two.contains(" 1.000") && !two.contains("+-"), "{two}");
    assert!(two.lines().any(|line| line.contains(" 93.760 ") && line.ends_with(&cells[0])), "{two}");
    let same = scores(&[&cells[0], &cells[0]]);
    assert!(same.contains("the score or cifar10_test_200 is constant"), "{same}");
}

#[test]
fn networks_too_large_to_be_scored_are_refused() {
    let score = |more: &[&str]| sentence(&[&["score", "nasbench201", "-n", "2", "--device", "cpu"], more].concat(), 2);
    let message = score(&["--channels", "16384"]);
    assert!(message.contains("needs a tensor of more than 4294967295 elements; give smaller images"), "{message}");
    let message = score(&["--channels", "2048", "--cells", "128", "--images", "2000"]);
    assert!(message.ends_with("lower --channels, --cells or --images"), "{message}");
}

#[test]
fn a_file_in_place_of_a_folder_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file.txt").display().to_string();
    std::fs::write(&file, "text").unwrap();
    for args in [&["trials", &file][..], &["report", &file], &["search", "--resume", &file]] {
        assert_eq!(sentence(args, 1), format!("error: {file} is a file; name the folder of a run"), "{args:?}");
    }
    let missing = folder.path().join("missing").display().to_string();
    let message = sentence(&["compare", &missing], 1);
    assert!(message.starts_with(&format!("error: cannot read the folder {missing}: ")), "{message}");
}

#[test]
fn empty_arguments_are_refused() {
    for (args, what) in [
        (&["show", ""][..], "the architecture is empty"),
        (&["show", "  \n "], "the architecture is empty"),
        (&["profile", ""], "the architecture is empty"),
        (&["export", "", "--format", "svg"], "the architecture is empty"),
        (&["evaluate", ""], "a value is required for"),
        (&["compare", ""], "'' names no folder"),
        (&["compare", "name="], "'name=' names no folder"),
        (&["trials", ""], "a value is required for"),
    ] {
        let message = sentence(args, 2);
        assert!(message.contains(what), "{args:?}: {message}");
    }
}

#[test]
fn invalid_architectures_are_reported_with_their_position() {
    for (args, what) in [
        (&["show", "nonsense"][..], "'nonsense' is not a file or folder, and the search space cannot be inferred"),
        (&["show", "--", "--x"], "'--x' is not a file or folder"),
        (&["show", "(0, 1, 0, 0, 0, 1)"], "name the space with --space"),
        (&["show", "Genotype(\n  normal=[(1, 2)])"], "line 2, column 10: expected 8 pairs"),
        (&["show", "  |none~0|"], "column 11: expected `+`, found the end of the text"),
        (&["show", "((0, 1), (1, 2))", "--space", "darts"], "column 1: expected `Genotype(`, found `(`"),
    ] {
        let message = sentence(args, 2);
        assert!(message.contains(what), "{args:?}: {message}");
    }
}

#[test]
fn table_values_are_shown_with_an_architecture() {
    let table = tempfile::tempdir().unwrap();
    let table = table.path().join("cells.csv").display().to_string();
    let header = "hash,vertices,edges,ops,val4,val12,val36,val108,train_time,params";
    let row = "043721b9c7fe8c5fad811d47d83132ec,2,0-1,,0.25,0.5,0.625,0.75,1024.5,227274";
    std::fs::write(&table, format!("{header}\n{row}\n")).unwrap();
    let show = |arch: &str, json: bool| {
        let more: &[&str] = if json { &["--json"] } else { &[] };
        common::graphpnas(&[&["show", arch, "--table", &table], more].concat())
    };
    // The hash, the text and the matrix represent the same cell.
    let matrix = "{\"matrix\": [[0, 1], [0, 0]], \"ops\": [\"input\", \"output\"]}";
    for arch in ["043721b9c7fe8c5fad811d47d83132ec", "0-1;", matrix] {
        let output = show(arch, true);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(value["arch"], "0-1;", "{arch}");
        assert_eq!(
            (&value["table"]["figures"]["val108"], &value["table"]["file"]),
            (&0.75.into(), &table.clone().into())
        );
        let text = String::from_utf8(show(arch, false).stdout).unwrap();
        assert!(text.contains("0.75  val108") && text.contains("1024.5  train_time"), "{text}");
    }
    let missing = sentence(&["show", "0-1 1-2;maxpool3x3", "--table", &table], 1);
    assert!(missing.contains("does not have the architecture"), "{missing}");
    let other = sentence(&["show", "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|", "--table", &table], 1);
    assert!(other.contains("columns are not those of the benchmark"), "{other}");
}
