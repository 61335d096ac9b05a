//! Own tables with columns of any unit, of which the largest or the smallest value is best.

use crate::common::graphpnas;
use graphpnas::device::Device;
use graphpnas::search::{Goal, Outcome, Request, Silent};
use serde_json::Value;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::process::Output;
use tempfile::TempDir;

/// Five layers, each one of three operations: 243 networks, with five digits as text.
const SPACE: &str = r#"
format = 1
name = "small"
text = "digits"
same = "text"

[op]
skip = { kind = "skip" }
conv3 = { kind = "conv", kernel = 3 }
conv5 = { kind = "conv", kernel = 5 }

[part.body]
nodes = 5
ops = ["skip", "conv3", "conv5"]

[[layer]]
as = "stem"
op = { kind = "conv", kernel = 3 }
channels = 8

[[layer]]
as = "layers"
part = "body"

[[layer]]
op = { kind = "head" }
"#;

/// Settings with which a search with a trained generator takes a second.
const SMALL: [&str; 6] = [
    "explore.value=6",
    "train.epochs=2",
    "generator.hidden=12",
    "generator.mixtures=2",
    "generator.attention_hidden=8",
    "lstm.hidden=8",
];

const GENERATORS: [&str; 7] = ["graphpnas", "lstm", "random", "evolution", "local-search", "largest", "score"];

fn archs() -> Vec<String> {
    (0..243).map(|number| (0..5).map(|place| (number / 3_i32.pow(place) % 3).to_string()).collect()).collect()
}

/// The latency of an architecture: -7 for `10210`, more for every layer that differs.
fn latency(arch: &str) -> f64 {
    let differences = arch.bytes().zip(*b"10210").zip([1.5, 1.0, 3.25, 2.0, 9.0]);
    differences.filter(|((one, other), _)| one != other).map(|(_, weight)| weight).sum::<f64>() - 7.0
}

/// Writes the space, and its table with a latency, its negative, a test latency and a text; returns both paths.
fn written(folder: &TempDir) -> (String, String) {
    let paths = ["small.toml", "small.csv"].map(|name| folder.path().join(name));
    let mut csv = String::from("arch,latency_valid,latency_test,gain,note\n");
    for arch in archs() {
        let value = latency(&arch);
        let _ = writeln!(csv, "{arch},{value},{},{},measured", value * 1000.0, -value);
    }
    std::fs::write(&paths[0], SPACE).unwrap();
    std::fs::write(&paths[1], csv).unwrap();
    paths.map(|path| path.to_str().unwrap().to_owned()).into()
}

fn success(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(args: &[&str]) -> Value {
    serde_json::from_str(&success(&graphpnas(args))).unwrap()
}

fn error(args: &[&str]) -> String {
    let output = graphpnas(args);
    assert!(!output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stdout));
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(text.trim_end().lines().count(), 1, "{text}");
    text
}

/// Arguments of a search for the smallest latency with random draws.
fn smallest<'a>(space: &'a str, table: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let args = ["search", space, "--table", table, "--dataset", "latency_valid", "--unit", "ms", "--goal", "min"];
    let budget = if more.contains(&"--evaluations") { &[][..] } else { &["--evaluations", "40"] };
    let usual = ["--device", "cpu", "--generator", "evolution", "--set", "generator.population=8"];
    [&args[..], budget, &usual, more].concat()
}

#[test]
fn the_smallest_value_is_found_by_every_generator() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let run = |generator: &str, column: &str, goal: Goal| -> Outcome {
        let own = [
            format!("space={space}"),
            format!("dataset={column}"),
            format!("reward.goal={}", goal.name()),
            format!("generator.name={generator}"),
        ];
        let fixed = ["reward.unit=ms", "evaluations=100", "explore.pool=20", "generator.population=8", "seed=4"];
        let sets: Vec<String> = own.into_iter().chain(fixed.into_iter().chain(SMALL).map(str::to_owned)).collect();
        let config = Request { preset: Some("nasbench-macro"), sets: &sets, ..Request::default() }.resolve().unwrap();
        graphpnas::Search::from(config).table(&table).device(Device::Cpu).run(&mut Silent).unwrap()
    };
    for generator in GENERATORS {
        let min = run(generator, "latency_valid", Goal::Min);
        let lowest = min.history.iter().map(|record| record.reward).fold(f64::INFINITY, f64::min);
        assert_eq!((min.best.reward, min.history.len()), (lowest, 100), "{generator}");
        assert!(min.history.iter().all(|record| record.reward == latency(&record.arch)), "{generator}");
        if ["graphpnas", "lstm", "evolution", "local-search"].contains(&generator) {
            assert_eq!((min.best.arch.as_str(), min.best.reward), ("10210", -7.0), "{generator}");
            assert_eq!(min.best.test, Some(-7000.0), "{generator}");
        }
        // The largest negative latency is the same search.
        let max = run(generator, "gain", Goal::Max);
        let turned: Vec<_> = max.history.iter().map(|record| (&record.arch, -record.reward)).collect();
        let found: Vec<_> = min.history.iter().map(|record| (&record.arch, record.reward)).collect();
        assert_eq!(found, turned, "{generator}");
        assert_eq!(max.best.arch, min.best.arch, "{generator}");
    }
}

#[test]
fn the_unit_is_in_every_result() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let text = success(&graphpnas(&smallest(&space, &table, &["--out", out])));
    assert!(text.contains("reward     -7 ms  latency_valid\ntest       -7000 ms  latency_test\n"), "{text}");

    let history: Value = serde_json::from_slice(&std::fs::read(Path::new(out).join("history.json")).unwrap()).unwrap();
    assert_eq!(history["reward"], serde_json::json!({ "unit": "ms", "goal": "min" }));
    assert_eq!((&history["best"]["arch"], &history["best"]["reward"]), (&"10210".into(), &(-7.0).into()));

    let trials = success(&graphpnas(&["trials", out, "--sort", "reward", "--limit", "3"]));
    let lines: Vec<_> = trials.lines().collect();
    assert!(lines[0].contains("reward ms test ms"), "{trials}");
    assert!(lines[1].contains("      -7   -7000 ") && lines[1].ends_with("10210"), "{trials}");
    let below = json(&["trials", out, "--filter", "reward<-5ms", "--json"]);
    let below = below.as_array().unwrap();
    assert!(!below.is_empty() && below.iter().all(|row| row["reward"].as_f64().unwrap() < -5.0), "{below:?}");
    assert!(
        error(&["trials", out, "--filter", "reward<5%"])
            .contains("--filter: the values of reward in this run are in ms, not in %")
    );

    let page = std::fs::read_to_string(Path::new(out).join("report.html")).unwrap();
    for part in [
        "has -7 ms latency_valid and -7000 ms latency_test",
        "Reward (latency_valid) in ms; each mark",
        "reward, ms",
        "<h2>Reward and cost</h2>",
        "both in ms; the lowest reward is best. The lowest reward in it is -7 ms.",
        "ms above the optimum, -7 ms</dt><dd>0</dd>",
        "<h3>-7 ms</h3>",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains("percentage points"));
}

#[test]
fn several_seeds_and_comparisons_follow_the_goal() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (low, high, percent) = (out("low"), out("high"), out("percent"));
    let several = json(&smallest(&space, &table, &["--seeds", "1..3", "--out", &low, "--json"]));
    let mean = several["summary"]["reward"]["mean"].as_f64().unwrap();
    assert!((-7.0..-6.0).contains(&mean) && several["summary"]["optimum"] == -7.0, "{mean}");
    let found = several["runs"].as_array().unwrap().iter().filter(|run| run["best"]["reward"] == -7.0).count();
    assert_eq!(several["summary"]["found_optimum"], found);
    success(&graphpnas(&smallest(&space, &table, &["--seeds", "1..3", "--out", &high, "--evaluations", "4"])));

    let compared = json(&["compare", &low, &high, "--target", "-5", "--json"]);
    assert_eq!(compared["reward"], serde_json::json!({ "unit": "ms", "goal": "min" }));
    let arms = compared["arms"].as_array().unwrap();
    assert_eq!((&arms[0]["best"], &arms[0]["reached"]), (&several["runs"][0]["best"]["reward"], &3.into()));
    let first = |arm: &Value| arm["curve"][0]["mean"].as_f64().unwrap();
    assert!(first(&arms[0]) >= mean, "the curve goes down");
    let saved = out("compared");
    let text = success(&graphpnas(&["compare", &low, &high, "--target", "-5", "--out", &saved]));
    assert!(text.contains("best reward, ms") && text.contains("a reward of at most -5 ms"), "{text}");
    let chart = std::fs::read_to_string(PathBuf::from(&saved).join("compare.svg")).unwrap();
    assert!(chart.contains("best reward, ms"));

    let args = ["search", "nasbench201", "--generator", "random", "--evaluations", "3", "--device", "cpu", "--out"];
    success(&graphpnas(&[&args[..], &[&percent]].concat()));
    let refused = graphpnas(&["compare", &low, &percent]);
    let text = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(2), "{text}");
    assert!(text.contains("in percent, of which the highest is best") && text.contains("cannot be compared"), "{text}");
    let text = error(&["compare", &percent, "--target", "101"]);
    assert!(text.contains("--target 101: must be a percentage from 0 to 100"), "{text}");
}

#[test]
fn a_resumed_run_has_the_same_history() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let trained = SMALL.iter().flat_map(|set| ["--set", set]);
    let common = ["search", &space, "--table", &table, "--dataset", "latency_valid", "--unit", "ms", "--goal", "min"];
    let common: Vec<&str> = common.into_iter().chain(["--device", "cpu"]).chain(trained).collect();
    let run = |out: &str, evaluations: &str| {
        success(&graphpnas(&[&common[..], &["--evaluations", evaluations, "--out", out]].concat()));
    };
    let (once, twice) = (out("once"), out("twice"));
    run(&once, "24");
    run(&twice, "12");
    // Without the checkpoint, the rewards are taken from the ledger.
    std::fs::remove_dir_all(Path::new(&twice).join("checkpoint")).unwrap();
    success(&graphpnas(&["search", "--resume", &twice, "--evaluations", "24"]));
    let history = |out: &str| -> Value {
        let text = std::fs::read(Path::new(out).join("history.json")).unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        serde_json::json!([value["history"], value["best"], value["reward"]])
    };
    assert_eq!(history(&once), history(&twice));
    let refused = String::from_utf8(graphpnas(&["search", "--resume", &twice, "--unit", "s"]).stderr).unwrap();
    assert!(refused.contains("--resume") && refused.contains("cannot be used with"), "{refused}");
}

#[test]
fn values_and_settings_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let search = |column: &str, more: &[&str]| {
        let args = ["search", &space, "--table", &table, "--dataset", column, "--evaluations", "5", "--device", "cpu"];
        error(&[&args[..], more].concat())
    };
    let text = search("gain", &[]);
    assert!(
        text.contains(
            "in the column gain is not a percentage from 0 to 100; give the unit of other values with --unit"
        ),
        "{text}"
    );
    let text = search("note", &["--unit", "ms"]);
    assert!(text.contains("line 2: 'measured' in the column note is not a finite number"), "{text}");
    let min = ["--unit", "ms", "--goal", "min"];
    let unless = "unless rewards are percentages (reward.unit = \"%\") and reward.goal is \"max\"";
    for (sets, refused) in [
        (&["replay.reward=accuracy"][..], "replay.reward must be \"cdf\""),
        (&["replay.baseline=batch-mean", "replay.baseline_decay=0.5"], "replay.baseline must be \"replay-mean\""),
        (&["generator.name=lstm", "lstm.training=reinforce"], "lstm.training must be \"replay\""),
        (&["proxy.enabled=true"], "proxy.enabled must be false"),
        (&["supernet.enabled=true"], "supernet.enabled must be false"),
    ] {
        for goal in [&min[..], &["--goal", "min"], &["--unit", "ms"]] {
            let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
            let text = search("latency_valid", &[goal, &sets[..]].concat());
            assert!(text.contains(refused) && text.contains(unless), "{text}");
        }
    }
    let text = search("gain", &["--goal", "least"]);
    assert!(text.contains("--goal least: reward.goal is refused") && text.contains("`max` or `min`"), "{text}");
    for unit in ["milli seconds", "a-unit-of-17-chars"] {
        let text = search("gain", &["--unit", unit]);
        assert!(text.contains("reward.unit must be one word of up to 16 characters, or empty"), "{text}");
    }
    for args in [&["nasbench201"][..], &["nasbench201", "--data", "embedded"]] {
        let text = error(&[&["search"], args, &["--evaluations", "2", "--device", "cpu", "--goal", "min"]].concat());
        assert!(
            text.contains("reward.unit must be \"%\" and reward.goal \"max\" with this reward source")
                || text.contains("proxy.enabled must be false"),
            "{text}"
        );
    }
}

#[test]
fn a_compact_table_gives_the_same_search_as_its_csv() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let compact = out("small.table");
    let convert = graphpnas(&["data", "convert", &table, "--space", &space, "--out", &compact]);
    assert!(String::from_utf8_lossy(&convert.stderr).contains("columns that are not numbers are left out: note"));
    assert!(success(&convert).contains("holds      243 of 243 architectures of small, digest "));
    assert!(success(&graphpnas(&["data", "verify", &compact])).contains("243 architectures of small, 3 columns"));
    let info = json(&["data", "info", &compact, "--json"]);
    assert_eq!((&info["columns"][0]["name"], &info["columns"][0]["min"]), (&"latency_valid".into(), &(-7.0).into()));

    let history = |table: &str, out: &str| json(&smallest(&space, table, &["--json", "--out", out]))["history"].take();
    assert_eq!(history(&table, &out("a")), history(&compact, &out("b")));
    // The compact table has the fingerprint of the CSV file.
    success(&graphpnas(&["search", "--resume", &out("a"), "--evaluations", "45", "--table", &compact]));

    let search = |space: &str, column: &str| {
        error(&["search", space, "--table", &compact, "--dataset", column, "--evaluations", "5", "--device", "cpu"])
    };
    let text = search(&space, "latncy_valid");
    assert!(text.contains("did you mean latency_valid?") && text.contains("latency_test, gain"), "{text}");
    assert!(search(&space, "gain").contains("in the column gain is not a percentage from 0 to 100"));
    let changed = out("changed.toml");
    std::fs::write(&changed, SPACE.replace("kernel = 5", "kernel = 7")).unwrap();
    let text = search(&changed, "latency_valid");
    assert!(text.contains("the table was made for another definition of the space: small (digest"), "{text}");
    assert!(text.contains("convert its CSV file again"), "{text}");
    assert!(search("nasbench-macro", "gain").contains("the table is for small (digest"));
    assert!(search("nasbench201", "cifar10").contains("the table is for small (digest"));

    let mut bytes = std::fs::read(&compact).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&compact, bytes).unwrap();
    assert!(error(&["data", "verify", &compact]).contains("the checksum of the column gain is wrong"));
}

#[test]
fn a_repeated_column_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    std::fs::write(&table, "arch,lat,lat\n00000,1,2\n").unwrap();
    let args = ["search", &space, "--table", &table, "--dataset", "lat", "--unit", "ms", "--goal", "min"];
    assert!(error(&args).contains("line 1: the column lat is listed twice; rename one of them"), "{}", error(&args));
}

#[test]
fn conversion_refuses_what_a_search_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let out = folder.path().join("t").to_str().unwrap().to_owned();
    for (text, expected) in [
        ("arch,a\n00000,1\n00001,x\n", "line 3: 'x' in the column a is not a finite number"),
        ("arch,a\r\n00000,1\r\n00001,x\r\n", "line 3: 'x' in the column a is not a finite number"),
        ("arch,a\n00000,1\n00000,2\n", "line 3: the architecture is listed twice, also in line 2"),
        ("arch,a\n00000,1\n0000,2\n", "line 3: this is not a small architecture"),
        ("arch,a,a\n00000,1,2\n", "line 1: the column a is listed twice"),
        ("arch,a\n00000,1\n00001,2", "line 3: the last line has no line break"),
        ("arch,a\n", "line 1: the table has no rows after the header"),
        ("cell,a\n00000,1\n", "line 1: the header has no column `arch`"),
    ] {
        std::fs::write(&table, text).unwrap();
        let found = error(&["data", "convert", &table, "--space", &space, "--out", &out]);
        assert!(found.contains(expected), "{found}");
        assert!(!Path::new(&out).exists());
    }
}

#[test]
fn scores_are_compared_with_any_column() {
    let folder = tempfile::tempdir().unwrap();
    let (space, table) = written(&folder);
    let tau = |column: &str| {
        let args = ["score", &space, "-n", "20", "--table", &table, "--against", column, "--scores", "params"];
        let value = json(&[&args[..], &["--json", "--device", "cpu"]].concat());
        assert_eq!((&value["against"], &value["compared"]), (&column.into(), &20.into()));
        value["agreement"]["params"]["all"]["kendall"].as_f64().unwrap()
    };
    let (latency, gain) = (tau("latency_valid"), tau("gain"));
    assert!(latency != 0.0 && latency == -gain, "{latency} {gain}");
}
