//! `trials`: what a run has evaluated, sorted, filtered, cut, as text, JSON and CSV.

use super::{TABLE_RUN, TRAINED_RUN, history, refusal, stdout, text_of, trials};
use crate::common::graphpnas;
use serde_json::Value;
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
fn trials_are_sorted_and_cut() {
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
        "those without come last"
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
    assert_eq!(count("error~x"), 0, "trials without a value meet no condition");
}

#[test]
fn trials_are_written_as_csv_and_as_a_table() {
    let text = listed(&["--csv", "--sort", "reward"]);
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let header = reader.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let records: Vec<_> = reader.records().map(Result::unwrap).collect();
    for (record, row) in records.iter().zip(rows(&["--sort", "reward"])) {
        assert_eq!(record[place("arch")], *row["arch"].as_str().unwrap());
        assert_eq!(record[place("reward")].parse::<f64>().unwrap(), row["reward"].as_f64().unwrap());
        assert_eq!(record[place("error")], *"");
    }
    assert_eq!(records.len(), 20);
    let table = listed(&["--limit", "4"]);
    assert_eq!(table.lines().count(), 5);
    assert!(table.starts_with("number  state    source"), "{table}");
}

#[test]
fn latency_is_measured_where_networks_are_trained_and_where_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let asked = folder.path().join("run");
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
    stdout(&graphpnas(&[&search[..], &["--latency", "--out", text_of(&asked)]].concat()));
    let of = |run: &Path| listed_of(run, &["--json", "--sort", "latency"]);
    for run in [asked, TRAINED_RUN.path().join("run")] {
        let rows: Vec<Value> = serde_json::from_str(&of(&run)).unwrap();
        let latencies = column(&rows, "latency");
        assert!(latencies.iter().all(|seconds| *seconds > 0.0) && latencies.is_sorted(), "{latencies:?}");
        assert!(listed_of(&run, &[]).lines().next().unwrap().contains("  latency ms  seconds"));
    }
    assert!(rows(&[]).iter().all(|row| row["latency"].is_null()));
    assert!(!listed(&[]).contains("latency"));
}

#[test]
fn bad_questions_are_one_sentence() {
    let run = TABLE_RUN.path().join("run");
    let asked = |more: &[&str]| graphpnas(&[&["trials", text_of(&run)], more].concat());
    let cases: [(&[&str], &str); 4] = [
        (&["--filter", "reward"], "write it as COLUMN>VALUE"),
        (&["--filter", "speed>3"], "unknown column 'speed'; known are number, evaluation"),
        (&["--sort", "speed"], "invalid value 'speed'"),
        (&["--json", "--csv"], "cannot be used with"),
    ];
    for (more, words) in cases {
        let output = asked(more);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(words), "{message}");
    }
    let message = refusal(&graphpnas(&["trials", "/nowhere"]), 1);
    assert!(message.contains("/nowhere holds no run"), "{message}");
}
