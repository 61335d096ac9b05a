//! Command-line numbers out of range, and networks larger than the memory: one sentence and exit code 2.

use crate::common::graphpnas;
use std::process::{Command, Output};

const CELL: &str = "|nor_conv_3x3~0|+|nor_conv_3x3~0|nor_conv_3x3~1|+|nor_conv_3x3~0|nor_conv_3x3~1|nor_conv_3x3~2|";

fn refused(output: &Output, expected: &str) {
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(expected), "{error}\nlacks\n{expected}");
    assert_eq!(error.trim_end().lines().count(), 1, "one sentence: {error}");
}

#[test]
fn errors_of_flags_out_of_range_name_the_range() {
    let cases: &[(&[&str], &str)] = &[
        (&["show", CELL, "--channels", "16385"], "--channels 16385: must be 1 to 16384 channels, not 16385"),
        (&["show", CELL, "--cells", "0"], "--cells 0: must be 1 to 128 cells, not 0"),
        (&["show", CELL, "--classes", "4294967297"], "--classes 4294967297: must be 1 to 1000000 classes"),
        (&["show", CELL, "--input", "3x99999999999999999999x3"], "must be 1 to 16384 channels or pixels"),
        (&["show", CELL, "--batch", "-1"], "--batch"),
        (&["profile", CELL, "--runs", "1e9"], "--runs 1e9: must be 1 to 100000 runs, not 1e9"),
        (&["profile", CELL, "--batch", "65537"], "must be 1 to 65536 images, not 65537"),
        (&["export", CELL, "--format", "json", "--channels", "9223372036854775808"], "must be 1 to 16384 channels"),
        (&["train", CELL, "--epochs", "100001"], "--epochs 100001: must be 1 to 100000 epochs, not 100001"),
        (&["train", CELL, "--rate", "inf"], "--rate inf: must be above 0 and up to 1e30, not inf"),
        (&["train", CELL, "--validation", "1"], "--validation 1: must be 0 to below 1, not 1"),
        (&["train", CELL, "--validation=nan"], "must be 0 to below 1, not nan"),
        (&["train", CELL, "--train-images", "100000000"], "must be 1 to 1000000 images, not 100000000"),
        (&["sample", "nowhere", "--count", "4294967296"], "--count 4294967296: must be 1 to 1000000 architectures"),
        (&["sample", "nowhere", "--temperature", "1e-9"], "--temperature 1e-9: must be 0.001 to 1000, not 1e-9"),
        (&["search", "--evaluations", "99999999999999999999"], "must be 1 to 1000000 architectures"),
        (&["search", "--set", "oracle.seconds=1e20"], "oracle.seconds must be 0 to 31536000 seconds, not 1e20"),
        (&["search", "--set", "generator.mixtures=4294967296"], "generator.mixtures must be 1 to 1000 components"),
        (&["search", "--set", "batch=9223372036854775807"], "batch must be 1 to 10000 architectures"),
        (&["search", "--seeds", "1..18446744073709551615"], "at most 100000 of them"),
        (
            &["search", "--set", "explore.explorer=watts-strogatz:4294967298:0.5"],
            "even number of neighbours, 2 to 1000",
        ),
        (&["compare", "--preset", "nasbench201-cifar10", "--evaluations", "0"], "must be 1 to 1000000 architectures"),
        (&["compare", "a", "--target", "nan"], "--target nan: must be -1e300 to 1e300, not nan"),
    ];
    for (args, expected) in cases {
        refused(&graphpnas(args), expected);
    }
}

#[test]
fn impossible_network_sizes_are_refused_before_the_search() {
    let sets =
        |more: &[&str]| graphpnas(&[&["search", "--device", "cpu", "--set", "oracle.train_images=100"], more].concat());
    let wide = ["--set", "oracle.channels=16384", "--set", "oracle.test_images=20", "--set", "oracle.batch=10"];
    let expected = "no network of nasbench201 can be built with oracle.channels=16384 and oracle.cells=";
    refused(&sets(&wide), expected);
}

#[cfg(target_os = "linux")]
mod limited {
    use super::{CELL, Command, Output, refused};

    /// Runs the program with this many KiB of address space.
    fn within(kib: u64, args: &[&str]) -> Output {
        let mut command = Command::new("sh");
        let program = env!("CARGO_BIN_EXE_graphpnas");
        command.args(["-c", &format!("ulimit -v {kib} && exec \"$@\""), "sh", program]).args(args);
        // The stacks of threads count too.
        crate::common::output(command.env("RAYON_NUM_THREADS", "2"))
    }

    #[test]
    fn computing_a_cost_needs_little_memory() {
        let dir = tempfile::tempdir().unwrap();
        let out = dir.path().join("network.json").display().to_string();
        let calls: [&[&str]; 3] = [
            &["show", CELL, "--channels", "2048", "--json"],
            &[
                "show",
                CELL,
                "--channels",
                "2048",
                "--cells",
                "16",
                "--input",
                "3x512x512",
                "--batch",
                "65536",
                "--json",
            ],
            &["export", CELL, "--channels", "2048", "--format", "json", "--out", &out],
        ];
        for args in calls {
            let output = within(1 << 20, args);
            assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let output = within(1 << 20, calls[0]);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert!(value["cost"]["parameters"].as_u64().unwrap() > 10_000_000_000, "{value}");
    }

    #[test]
    fn searches_larger_than_memory_are_refused_before_the_start() {
        let small = ["--device", "cpu", "--set", "oracle.train_images=100", "--set", "oracle.test_images=20"];
        let search = |more: &[&str]| within(2 << 20, &[&["search"], &small[..], more].concat());
        let large = ["--set", "oracle.channels=4096", "--set", "oracle.batch=64"];
        refused(&search(&large), "lower oracle.channels, oracle.cells or oracle.batch");
        let generator = ["--set", "train.batch=10000", "--set", "generator.layers=100"];
        refused(&search(&generator), "lower train.batch, generator.layers");
        let training =
            ["train", CELL, "--channels", "2048", "--device", "cpu", "--batch", "10", "--train-images", "100"];
        refused(&within(2 << 20, &training), "not enough memory for");
    }
}

#[test]
fn errors_name_limits_that_reject_everything() {
    let output = graphpnas(&[
        "search",
        "nasbench201",
        "--dataset",
        "cifar10",
        "--device",
        "cpu",
        "--generator",
        "random",
        "--max-params",
        "1",
    ]);
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{error}");
    let expected = ["over the cost limits (limits.max_params)", "raise limits.max_params"];
    assert!(expected.iter().all(|words| error.contains(words)), "{error}");
}

#[test]
fn every_64_bit_seed_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let out = dir.path().join("run").display().to_string();
    let args = ["search", "nasbench201", "--dataset", "cifar10", "--device", "cpu", "--generator", "random"];
    let more = ["--evaluations", "5", "--seed", "18446744073709551615", "--out", &out, "--json"];
    let output = graphpnas(&[&args[..], &more].concat());
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["seed"].as_u64(), Some(u64::MAX));
    let resumed = graphpnas(&["search", "--resume", &out, "--evaluations", "8", "--json"]);
    assert_eq!(resumed.status.code(), Some(0), "{}", String::from_utf8_lossy(&resumed.stderr));
    let value: serde_json::Value = serde_json::from_slice(&resumed.stdout).unwrap();
    assert_eq!((value["seed"].as_u64(), value["evaluations"].as_u64()), (Some(u64::MAX), Some(8)));
    let seeds = ["--evaluations", "3", "--seeds", "18446744073709551614..18446744073709551615", "--json"];
    let seeds_out = dir.path().join("runs").display().to_string();
    let several = graphpnas(&[&args[..], &seeds, &["--out", &seeds_out]].concat());
    assert_eq!(several.status.code(), Some(0), "{}", String::from_utf8_lossy(&several.stderr));
}
