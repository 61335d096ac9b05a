//! `trials`: the evaluations of a run, sorted, filtered, limited, as text, JSON and CSV.

use super::{TABLE_RUN, TRAINED_RUN, history, refusal, stdout, text_of, trials};
use crate::common::graphpnas;
use serde_json::Value;
use std::collections::HashSet;
use std::path::Path;

fn listed_of(run: &Path, more: &[&str]) -> String {
    stdout(&graphpnas(&[&["trials", text_of(run)], more].concat()))
}

fn listed(more: &[&str]) -> String {
    listed_of(&TABLE_RUN.path().join("run"), more)
}

fn rows(more: &[&str]) -> Vec<Value> {
    serde_json::from_str(&listed(&[more, &["--json"]].concat())).unwrap()
}

fn column(rows: &[Value], name: &str) -> Vec<f64> {
    rows.iter().map(|row| row[name].as_f64().unwrap()).collect()
}

#[test]
fn trials_are_those_of_the_history() {
    let found = history(&TABLE_RUN.path().join("run"));
    let (records, rows) = (found[0].as_array().unwrap(), trials(&TABLE_RUN.path().join("run")));
    assert_eq!(records.len(), rows.len());
    for (record, row) in records.iter().zip(&rows) {
        for key in ["evaluation", "arch", "reward", "test"] {
            assert_eq!(record[key], row[key], "{key}");
        }
        assert_eq!((&row["state"], &row["seed"]), (&"done".into(), &Value::Null));
        assert!(row["parameters"].as_u64().unwrap() > 0 && row["graph"]["nodes"] == 4);
        assert_eq!(row["source"] == "generator", row["log_probability"].is_number());
    }
}

#[test]
fn trials_are_sorted_and_limited() {
    let mut rewards = column(&rows(&[]), "reward");
    assert_eq!(column(&rows(&["--sort", "number"]), "number"), (1..=20).map(f64::from).collect::<Vec<_>>());
    rewards.sort_by(|a, b| b.total_cmp(a));
    assert_eq!(column(&rows(&["--sort", "reward"]), "reward"), rewards, "highest first");
    assert_eq!(column(&rows(&["--sort", "reward", "--limit", "3"]), "reward"), rewards[..3]);
    let parameters = column(&rows(&["--sort", "parameters"]), "parameters");
    assert!(parameters.is_sorted(), "lowest first");
    let drawn = rows(&["--sort", "log-probability"]);
    let known = drawn.iter().take_while(|row| row["log_probability"].is_number()).count();
    assert!(
        known == 12 && drawn[known..].iter().all(|row| row["log_probability"].is_null()),
        "rows without a value come last"
    );
    assert_eq!(rows(&["--limit", "0"]).len(), 0);
}

#[test]
fn trials_are_filtered() {
    let all = rows(&[]);
    let middle = all[9]["reward"].as_f64().unwrap();
    let count = |condition: &str| rows(&["--filter", condition]).len();
    let over = all.iter().filter(|row| row["reward"].as_f64().unwrap() > middle).count();
    assert_eq!(count(&format!("reward>{middle}")), over);
    assert_eq!(count(&format!("reward<={middle}")), 20 - over);
    assert_eq!((count("state=done"), count("state!=done"), count("state=failed")), (20, 0, 0));
    assert_eq!(count("source=generator") + count("source=explorer"), 20);
    let wide = all.iter().filter(|row| row["arch"].as_str().unwrap().contains("nor_conv_3x3~0")).count();
    assert_eq!(count("arch~nor_conv_3x3~0"), wide);
    assert_eq!(rows(&["--filter", "number>5", "--filter", "number<=8", "--sort", "reward"]).len(), 3);
    assert_eq!(count("error~x"), 0, "trials without a value match no condition");
}

#[test]
fn trials_are_written_as_csv_and_as_a_table() {
    let text = listed(&["--csv", "--sort", "reward"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let index = |name: &str| header.iter().position(|column| column == name).unwrap();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    for (record, row) in records.iter().zip(rows(&["--sort", "reward"])) {
        assert_eq!(record[index("arch")], *row["arch"].as_str().unwrap());
        assert_eq!(record[index("reward")].parse::<f64>().unwrap(), row["reward"].as_f64().unwrap());
        assert_eq!(record[index("error")], *"");
    }
    assert_eq!(records.len(), 20);
    let table = listed(&["--limit", "4"]);
    assert_eq!(table.lines().count(), 5);
    assert!(table.starts_with("number  state    source"), "{table}");
}

#[test]
fn latency_is_measured_when_networks_are_trained_or_on_request() {
    let folder = tempfile::tempdir().unwrap();
    let requested = folder.path().join("run");
    let search = [
        "search",
        "nasbench201",
        "--dataset",
        "cifar10",
        "--generator",
        "random",
        "--evaluations",
        "2",
        "--device",
        "cpu",
    ];
    stdout(&graphpnas(&[&search[..], &["--latency", "--out", text_of(&requested)]].concat()));
    let by_latency = |run: &Path| listed_of(run, &["--json", "--sort", "latency"]);
    for run in [requested, TRAINED_RUN.path().join("run")] {
        let rows: Vec<Value> = serde_json::from_str(&by_latency(&run)).unwrap();
        let latencies = column(&rows, "latency");
        assert!(latencies.iter().all(|seconds| *seconds > 0.0) && latencies.is_sorted(), "{latencies:?}");
        assert!(listed_of(&run, &[]).lines().next().unwrap().contains("  latency s  seconds"));
    }
    assert!(rows(&[]).iter().all(|row| row["latency"].is_null()));
    // Every trained network has its own seed, with which the training can be repeated.
    let trained: Vec<Value> = serde_json::from_str(&by_latency(&TRAINED_RUN.path().join("run"))).unwrap();
    let seeds: HashSet<u64> = trained.iter().map(|row| row["seed"].as_u64().expect("a seed")).collect();
    assert_eq!(seeds.len(), trained.len());
    assert!(!listed(&[]).contains("latency"));
}

#[test]
fn invalid_arguments_give_one_sentence() {
    let run = TABLE_RUN.path().join("run");
    let listed = |more: &[&str]| graphpnas(&[&["trials", text_of(&run)], more].concat());
    let cases: [(&[&str], &str); 10] = [
        (&["--filter", "reward"], "must have the form COLUMN>VALUE"),
        (
            &["--filter", "reward>high"],
            "'high' is not a valid reward; must be a number, optionally with the unit of the run",
        ),
        (&["--filter", "reward>NaN"], "'NaN' is not a valid reward; must be a number"),
        (&["--filter", "latency<3 min"], "optionally with ms or s"),
        (&["--filter", "round=1s"], "'1s' is not a valid round; must be a number"),
        (&["--filter", "state=finished"], "'finished' is not a valid state; must be one of pending, done, failed"),
        (&["--filter", "source=random"], "one of explorer, generator"),
        (&["--filter", "speed>3"], "unknown column 'speed'; known are number, evaluation"),
        (&["--sort", "speed"], "invalid value 'speed'"),
        (&["--json", "--csv"], "cannot be used with"),
    ];
    for (more, words) in cases {
        let output = listed(more);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(words), "{message}");
    }
    let message = refusal(&graphpnas(&["trials", "/nowhere"]), 1);
    assert!(message.contains("/nowhere is not the folder of a run"), "{message}");
}

/// One trial in every form: the ledger, JSON, CSV, the list, conditions, the report and the curves for TensorBoard.
#[test]
fn a_trial_has_the_same_values_in_every_output_format() {
    let run = TRAINED_RUN.path().join("run");
    let columns =
        ["number", "evaluation", "round", "reward", "test", "parameters", "multiply_adds", "latency", "seconds"];
    let ledger = in_ledger(&run, &columns);
    let value = |name: &str| ledger[columns.iter().position(|column| *column == name).unwrap()];
    // Percent, not fractions; seconds, not milliseconds: networks with a few thousand parameters take less than a
    // second.
    assert!(
        value("reward") > 1.0 && value("reward") <= 100.0 && value("latency") < 1.0 && value("parameters") > 1000.0
    );

    let rows: Vec<Value> =
        serde_json::from_str(&listed_of(&run, &["--json", "--sort", "reward", "--limit", "1"])).unwrap();
    assert_eq!(columns.map(|column| rows[0][column].as_f64().unwrap()).to_vec(), ledger, "JSON");

    let csv = listed_of(&run, &["--csv", "--sort", "reward", "--limit", "1"]);
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let header = reader.headers().unwrap().clone();
    let record = reader.records().next().unwrap().unwrap();
    let index = |name: &str| header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no {name}"));
    assert_eq!(columns.map(|column| record[index(column)].parse::<f64>().unwrap()).to_vec(), ledger, "CSV");

    let list = listed_of(&run, &["--sort", "reward", "--limit", "1"]);
    let (head, line) = list.split_once('\n').unwrap();
    for unit in ["reward %", "test %", "latency s", "multiply_adds", "seconds"] {
        assert!(head.contains(unit), "{head}");
    }
    let count = |name: &str| format!(" {} ", value(name));
    for text in [
        format!("{:.3}", value("reward")),
        format!("{:.3}", value("test")),
        format!("{:.6}", value("latency")),
        format!("{:.2}", value("seconds")),
        count("parameters"),
        count("multiply_adds"),
    ] {
        assert!(line.contains(&text), "{text} in {line}");
    }

    let is_found = |condition: &str| {
        let rows: Vec<Value> = serde_json::from_str(&listed_of(&run, &["--json", "--filter", condition])).unwrap();
        rows.iter().any(|row| row["number"].as_f64() == Some(value("number")))
    };
    for column in columns {
        assert!(
            is_found(&format!("{column}={}", value(column))) && !is_found(&format!("{column}<{}", value(column))),
            "{column}"
        );
    }
    let (percent, milliseconds) =
        (format!("reward>={} %", value("reward")), format!("latency<={}ms", 1001.0 * value("latency")));
    assert!(
        is_found(&percent)
            && is_found(&milliseconds)
            && is_found(&format!("parameters<={}k", value("parameters") / 999.0))
    );
    assert!(!is_found(&format!("latency<={}ms", value("latency"))) && is_found("multiply-adds>1k"), "the earlier name");

    let report = std::fs::read_to_string(run.join("report.html")).unwrap();
    let milliseconds = format!("{} milliseconds for an image", (1e6 * value("latency")).round() / 1e3);
    assert!(report.contains(&format!("{:.3} %, {milliseconds}", value("reward"))), "{milliseconds}");
    assert!(
        report.contains(&format!("<dd>{:.3} %</dd>", value("reward")))
            && report.contains(&format!("test {:.3} %", value("test")))
    );

    let curves = crate::events::curves(&run);
    for column in ["reward", "test", "parameters", "multiply_adds", "latency"] {
        let curve = &curves[&format!("trial/{column}")];
        let (_, scalar) = curve.values.iter().find(|(step, _)| *step == value("evaluation") as i64).unwrap();
        assert_eq!(*scalar, value(column) as f32, "{column}");
    }
    let unit =
        |tag: &str, unit: &str| assert!(curves[tag].description.contains(unit), "{tag}: {}", curves[tag].description);
    for (tag, words) in [("trial/reward", "percent"), ("trial/test", "percent"), ("trial/latency", "seconds")] {
        unit(tag, words);
    }
    assert!(curves.values().all(|curve| !curve.description.is_empty()), "every curve has a description");
}

/// Reads the best trial with SQLite.
fn in_ledger(run: &Path, columns: &[&str]) -> Vec<f64> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let ledger = rusqlite::Connection::open_with_flags(run.join("run.db"), flags).unwrap();
    let columns: Vec<String> = columns.iter().map(|column| format!("CAST({column} AS REAL)")).collect();
    let query = format!("SELECT {} FROM trials ORDER BY reward DESC, number LIMIT 1", columns.join(", "));
    ledger.query_row(&query, [], |row| (0..columns.len()).map(|index| row.get(index)).collect()).unwrap()
}

/// The help text and the schema describe the columns of trials with the same units.
#[test]
fn help_and_schema_state_the_units() {
    let help = stdout(&graphpnas(&["trials", "--help"]));
    let schema = include_str!("../../src/run/schema.sql");
    let units = [
        ("reward", "validation accuracy in percent"),
        ("test", "test accuracy in percent"),
        ("parameters", "number of parameters"),
        ("multiply_adds", "number of multiply-adds of the network for one image"),
        ("latency", "for one image, in seconds"),
        ("log_probability", "natural logarithm"),
        ("seconds", "time of the evaluation, in seconds"),
    ];
    for (column, unit) in units {
        for (text, name) in [(help.as_str(), "help"), (schema, "schema")] {
            let describes_column = |line: &&str| line.trim_start().starts_with(&format!("{column} "));
            let line = text.lines().find(describes_column).unwrap_or_else(|| panic!("{name} lacks {column}"));
            assert!(line.contains(unit), "{name}: {line}");
        }
    }
}
