//! The command line: exit codes, one sentence on stderr per error, and no files after invalid input.

use crate::common;

use common::graphpnas;
use std::path::Path;
use std::process::{Command, Output, Stdio};

fn table() -> String {
    common::nasbench201_csv().display().to_string()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Runs a random search with more arguments.
fn search(more: &[&str]) -> Output {
    let table = table();
    let mut args = vec!["search", "--table", &table, "--generator", "random"];
    args.extend(more);
    graphpnas(&args)
}

fn json(output: &Output) -> serde_json::Value {
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn json_is_one_value_with_the_documented_keys() {
    let output = search(&["nasbench201", "--dataset", "cifar10", "--evaluations", "20", "--seed", "3", "--json"]);
    let value = json(&output);
    assert_eq!(value["space"], "nasbench201");
    assert_eq!(value["dataset"], "cifar10");
    assert_eq!(value["generator"], "random");
    assert_eq!((&value["seed"], &value["evaluations"]), (&3.into(), &20.into()));
    assert!(value["device"].is_string());
    assert_eq!(value["history"].as_array().unwrap().len(), 20);
    for key in ["arch", "reward", "test"] {
        assert!(!value["best"][key].is_null() && !value["history"][19][key].is_null(), "{key}");
    }
    for key in ["total", "train", "sample", "evaluate"] {
        assert!(value["seconds"][key].is_number(), "{key}");
    }
    assert!(output.stderr.is_empty(), "without a terminal no progress is shown");
}

#[test]
fn the_same_seed_prints_the_same_history() {
    let history = || json(&search(&["--seed", "8", "--json"]))["history"].to_string();
    assert_eq!(history(), history());
}

#[test]
fn generators_without_training_have_no_exploration_rounds() {
    let table = table();
    for name in ["evolution", "local-search"] {
        let args = ["search", "--table", &table, "--generator", name, "--evaluations", "30", "--json"];
        let value = json(&graphpnas(&args));
        assert_eq!((&value["generator"], &value["evaluations"]), (&name.into(), &30.into()));
        let printed = text(&graphpnas(&[&args[..], &["--dry-run"]].concat()).stdout);
        assert!(printed.contains("\"schedule\": \"none\""), "{printed}");
    }
}

#[test]
fn seeds_give_runs_and_a_summary() {
    let value = json(&search(&["--seeds", "1..3", "--evaluations", "10", "--json"]));
    assert_eq!(value["runs"].as_array().unwrap().len(), 3);
    assert_eq!(value["runs"][2]["seed"], 3);
    assert_eq!(value["summary"]["runs"], 3);
    assert!(value["summary"]["reward"]["mean"].is_number() && value["summary"]["test"]["deviation"].is_number());
    let printed = text(&search(&["--seeds", "1..3", "--evaluations", "10"]).stdout);
    assert!(printed.contains("12-epoch validation accuracy") && printed.contains("of 3 runs"), "{printed}");
}

#[test]
fn human_readable_output_has_names_and_units() {
    let printed = text(&search(&["--evaluations", "5"]).stdout);
    for words in ["best cell  |", "%  12-epoch validation accuracy", "%  200-epoch test accuracy", "seconds"] {
        assert!(printed.contains(words), "{printed}");
    }
}

#[test]
fn dry_run_prints_a_valid_configuration() {
    let first = graphpnas(&["search", "--dataset", "imagenet16", "--set", "train.epochs=9", "--dry-run"]);
    let printed = text(&first.stdout);
    assert!(
        first.status.success() && printed.contains("epochs = 9") && printed.contains("\"imagenet16\""),
        "{printed}"
    );
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("c.toml");
    std::fs::write(&file, &printed).unwrap();
    let again = graphpnas(&["search", "--config", file.to_str().unwrap(), "--dry-run"]);
    assert_eq!(text(&again.stdout), printed);
}

/// The files of a finished run of a generator without weights.
const RUN: [&str; 9] = [
    "best",
    "checkpoint",
    "command.json",
    "config.toml",
    "events.out.tfevents",
    "history.json",
    "lock",
    "report.html",
    "run.db",
];

#[test]
fn out_saves_configuration_and_history() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("a/b");
    let out = out.to_str().unwrap();
    let printed = json(&search(&["--evaluations", "5", "--out", out, "--json"]));
    let saved: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(Path::new(out).join("history.json")).unwrap()).unwrap();
    assert_eq!(saved, printed);
    let names = names(Path::new(out));
    assert_eq!(names, RUN, "random has no weights, and there are no temporary files");
    let config = format!("{out}/config.toml");
    let again = json(&graphpnas(&["search", "--config", &config, "--table", &table(), "--json"]));
    assert_eq!(again["history"], printed["history"], "the saved configuration reproduces the run");

    let refused = search(&["--evaluations", "5", "--out", out]);
    refusal(&refused, 1, "is not empty; name another with --out or remove it first");
}

/// A larger budget has a larger pool; its best graphs that were not evaluated come next.
#[test]
fn a_larger_budget_continues_with_the_highest_scores() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let search = |evaluations: &str, more: &[&str]| {
        let args = ["search", "nasbench201", "--generator", "score", "--set", "explore.score=macs", "--json"];
        let args =
            [&args[..], &["--dataset", "cifar10", "--evaluations", evaluations, "--device", "cpu"], more].concat();
        json(&graphpnas(&args))["history"].as_array().unwrap().iter().map(|row| row["arch"].clone()).collect::<Vec<_>>()
    };
    let first = search("105", &["--out", out]);
    let whole = search("120", &[]);
    let resumed = json(&graphpnas(&["search", "--resume", out, "--evaluations", "120", "--json"]));
    let resumed: Vec<_> = resumed["history"].as_array().unwrap().iter().map(|row| row["arch"].clone()).collect();
    assert_eq!(resumed[..105], first);
    let expected: Vec<_> = whole.iter().filter(|arch| !first.contains(arch)).take(15).cloned().collect();
    assert!(resumed[105..].starts_with(&expected), "{expected:?}");
}

/// The choice of a generator overrides the preset's exploration and guide.
#[test]
fn a_generator_implies_exploration_and_guide_settings() {
    let resolved = |args: &[&str]| {
        let output = graphpnas(&[&["search", "--dry-run", "--json"], args].concat());
        let config = json(&output);
        [("explore", "schedule"), ("guide", "candidates")].map(|(section, key)| config[section][key].to_string())
    };
    let images = ["--data", "photos"];
    let of = |generator: &str, first: &[&str]| resolved(&[first, &["--generator", generator]].concat());
    assert_eq!(of("evolution", &images), ["\"first\"", "3000"], "all generators explore a scored pool");
    assert_eq!(of("largest", &images), ["\"none\"", "1"]);
    assert_eq!(of("score", &["--preset", "nasbench201-cifar10-scored"]), ["\"none\"", "1"]);
    assert_eq!(of("random", &["--preset", "nasbench201-cifar10"]), ["\"none\"", "1"]);
    assert_eq!(of("lstm", &["--preset", "nasbench201-cifar10"]), ["\"first\"", "1"]);
}

#[test]
fn the_largest_networks_are_within_the_limits() {
    let search = |evaluations: &str| {
        let args =
            ["search", "nasbench201", "--dataset", "cifar10", "--generator", "largest", "--device", "cpu", "--json"];
        json(&graphpnas(&[&args[..], &["--max-macs", "50e6", "--evaluations", evaluations]].concat()))
    };
    let found = search("3");
    assert_eq!((&found["rejected"]["fallbacks"], &found["rejected"]["over_limits"]), (&0.into(), &0.into()));
    let first = found["history"][0]["arch"].as_str().unwrap();
    let shown = json(&graphpnas(&["show", first, "--json"]));
    let macs = shown["cost"]["multiply_adds"].as_u64().unwrap();
    assert!((45_000_000..=50_000_000).contains(&macs), "the largest cell within the limit has 47.1 million: {macs}");
}

#[test]
fn several_runs_have_a_folder_each() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("runs");
    json(&search(&["--evaluations", "5", "--seeds", "1..2", "--out", out.to_str().unwrap(), "--json"]));
    assert_eq!(names(&out), ["command.json", "config.toml", "lock", "origin.json", "seed-1", "seed-2", "summary.json"]);
    assert_eq!(names(&out.join("seed-2")), RUN);
}

/// Returns the file names in a folder, with the time removed from the event file's name.
fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let without_time = |name: String| match name.split_once(".tfevents.") {
        Some((start, _)) => format!("{start}.tfevents"),
        None => name,
    };
    let mut names: Vec<String> = entries.map(without_time).collect();
    names.sort();
    names
}

fn refusal(output: &Output, code: i32, expected: &str) {
    let message = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.contains(expected), "{message}\nlacks\n{expected}");
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    assert!(!message.contains("panicked"), "{message}");
}

#[test]
fn invalid_input_gives_one_sentence_and_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).display().to_string();
    let (cut, typo, out) = (path("cut.csv"), path("typo.toml"), path("out"));
    let whole = std::fs::read(table()).unwrap();
    std::fs::write(&cut, &whole[..whole.len() / 2]).unwrap();
    std::fs::write(&typo, "seed = 1\n[train]\nepohcs = 3\n").unwrap();
    let cases: [(&[&str], i32, &str); 11] = [
        (&["--table", "/nowhere.csv"], 1, "error: cannot read the table /nowhere.csv"),
        (&["--table", &cut], 1, "cut off, fetch it again"),
        (
            &["--dataset", "mnist"],
            2,
            "error: unknown dataset 'mnist' for nasbench201; known are cifar10, cifar100, imagenet16",
        ),
        (&["--evaluations", "0"], 2, "error: --evaluations 0: must be 1 to 1000000 architectures, not 0"),
        (&["--evaluations", "20000"], 2, "only 15625 architectures"),
        (&["--config", &typo], 2, "typo.toml, line 3: unknown key 'train.epohcs'; did you mean 'train.epochs'?"),
        (&["--config", "/nowhere.toml"], 1, "cannot read the configuration /nowhere.toml"),
        (&["--preset", "nasbench201"], 2, "error: unknown preset 'nasbench201'; known are nasbench201-cifar10"),
        (&["--set", "replay.tops=3"], 2, "did you mean 'replay.top'?"),
        (&["--generator", "magic"], 2, "must be one of graphpnas, lstm, random, evolution, local-search"),
        (&["nasbench999"], 2, "unknown space `nasbench999`"),
    ];
    for (more, code, expected) in cases {
        let table = table();
        let mut args = vec!["search", "--out", &out];
        if !more.contains(&"--table") {
            args.extend(["--table", &table]);
        }
        if !more.contains(&"--generator") {
            args.extend(["--generator", "random"]);
        }
        args.extend(more);
        let output = graphpnas(&args);
        refusal(&output, code, expected);
        assert_eq!(text(&output.stderr).trim_end().lines().count(), 1, "one sentence");
        assert!(!Path::new(&out).exists(), "{more:?} left a folder behind");
    }
}

#[test]
fn invalid_usage_exits_with_code_2() {
    refusal(
        &graphpnas(&["search", "nasbench101", "--generator", "random"]),
        2,
        "no table given; name the table of nasbench101 with --table",
    );
    refusal(
        &graphpnas(&["search", "nasbench101", "--table", "built-in"]),
        2,
        "no table of nasbench101 is built in; name its file with --table FILE",
    );
    refusal(&graphpnas(&["search", "--no-such-flag"]), 2, "--no-such-flag");
    refusal(&graphpnas(&["search", "--seeds", "9..1"]), 2, "A..B with A <= B");
    refusal(&graphpnas(&["search", "--seed", "1", "--seeds", "1..2"]), 2, "cannot be used with");
    refusal(&graphpnas(&["fly"]), 2, "fly");
}

/// Invalid arguments, an invalid configuration, and a missing file.
const FAILURES: [(&[&str], i64, &str); 4] = [
    (&["search", "--no-such-flag", "--json"], 2, "unexpected argument '--no-such-flag' found"),
    (&["search", "--json", "--seed", "x"], 2, "--seed x: must be an integer, 0 to 18446744073709551615, not \"x\""),
    (&["search", "--json", "--set", "replay.tops=3"], 2, "did you mean 'replay.top'?"),
    (&["evaluate", "/nowhere.safetensors", "--json"], 1, "/nowhere.safetensors"),
];

#[test]
fn with_json_an_error_is_one_json_value() {
    for (args, code, message) in FAILURES {
        let output = graphpnas(args);
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code().map(i64::from), value["error"]["code"].as_i64()), (Some(code), Some(code)));
        let error = value["error"]["message"].as_str().unwrap();
        assert!(error.contains(message) && !error.contains('\n') && !error.contains("Usage"), "{error}");
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
    // After `--`, it is a value, not a flag.
    assert!(graphpnas(&["show", "--", "--json"]).stdout.is_empty());
}

#[test]
fn quiet_hides_notes_and_verbose_shows_more() {
    let args = ["export", "|none~0|+|none~0|none~1|+|skip_connect~0|none~1|none~2|", "--format", "safetensors"];
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("w.safetensors");
    let export =
        |more: &[&str]| text(&graphpnas(&[&args[..], &["--out", out.to_str().unwrap()], more].concat()).stderr);
    // The warning that a network is not trained is always shown.
    for more in [&[][..], &["--quiet"]] {
        assert!(export(more).starts_with("warning: the network has random, untrained weights"));
    }
    let shown = text(&search(&["--evaluations", "3", "--device", "cpu", "-v"]).stderr);
    for words in ["device: ", "table: 15625 architectures, the best 84.892 %", "evaluation 3: "] {
        assert!(shown.contains(words), "{shown}");
    }
    assert_eq!(text(&search(&["--evaluations", "3"]).stderr), "");
    assert!(text(&graphpnas(&["-q", "evaluate", "/nowhere"]).stderr).starts_with("error: "), "errors are always shown");
    refusal(&graphpnas(&["-q", "-v", "devices"]), 2, "cannot be used with");
}

#[test]
fn a_closed_pipe_is_not_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_graphpnas"))
        .current_dir(&folder)
        .args(["search", "--table", &table(), "--generator", "random", "--evaluations", "5000", "--json"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = common::output_of(child);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
}

#[test]
fn a_profile_has_every_kernel_and_its_time() {
    let cell = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";
    let size = ["--channels", "4", "--cells", "1", "--batch", "4", "--runs", "2", "--device", "cpu"];
    let profile = |more: &[&str]| graphpnas(&[&["profile", cell], &size[..], more].concat());
    let value = json(&profile(&["--json"]));
    assert_eq!((&value["space"], &value["arch"]), (&"nasbench201".into(), &cell.into()));
    assert!(value["latency"].as_f64().unwrap() > 0.0);
    for pass in ["inference", "training"] {
        assert!(value[pass]["seconds"].as_f64().unwrap() > 0.0 && value[pass]["images"] == 4);
        let kernels = value[pass]["kernels"].as_array().unwrap();
        assert!(kernels.iter().any(|kernel| kernel["kernel"] == "conv2d.tiled_forward" && kernel["launches"] == 7));
    }
    let shown = text(&profile(&[]).stdout);
    assert!(shown.contains("a single image") && shown.contains("optimizer.sgd"), "{shown}");
    let none = profile(&["--batch", "0"]);
    assert_eq!(none.status.code(), Some(2), "{}", text(&none.stderr));
}
