//! Run folders: their content, damage, full and read-only disks, locks, interruptions and other versions.
#![cfg(unix)]

use crate::common;

mod best;
mod corruption;
mod disk;
mod further;
mod kills;
mod limits;
mod origin;
mod signals;
mod trials;
mod version;

use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;
use tempfile::TempDir;

/// A search in the table of NAS-Bench-201: 8 rounds of random exploration, 12 rounds with a small trained generator.
fn table_search() -> Vec<String> {
    let preset = ["search", "--preset", "nasbench201-cifar10-continual", "--device", "cpu"];
    let small = [
        "generator.hidden=12",
        "generator.mixtures=2",
        "generator.attention_hidden=8",
        "train.epochs=2",
        "explore.value=8",
    ];
    let sets = small.iter().flat_map(|set| ["--set", set]);
    preset.into_iter().chain(sets).chain(["--evaluations", "20"]).map(String::from).collect()
}

/// A search that trains four small networks.
fn trained_search() -> Vec<String> {
    let sets = ["oracle.epochs=1", "oracle.train_images=200", "oracle.test_images=100", "oracle.channels=4"];
    let sets = sets.iter().chain(&common::PLAIN).flat_map(|set| ["--set", set]);
    ["search", "--evaluations", "4", "--device", "cpu"].into_iter().chain(sets).map(String::from).collect()
}

/// Runs a search with these arguments in this folder.
fn searched(args: &[String], out: &Path) -> Output {
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--out", text_of(out)]).collect();
    common::graphpnas(&args)
}

fn resumed(folder: &Path) -> Output {
    common::graphpnas(&["search", "--resume", text_of(folder)])
}

fn text_of(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Finished runs, shared by all tests; use [`copy`] to modify one.
static TABLE_RUN: LazyLock<TempDir> = LazyLock::new(|| finished(&table_search()));
static TRAINED_RUN: LazyLock<TempDir> = LazyLock::new(|| finished(&trained_search()));

fn finished(args: &[String]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    stdout(&searched(args, &folder.path().join("run")));
    folder
}

/// Copies a finished run into a temporary folder. Returns that folder and the path of the copy.
fn copy(run: &TempDir) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("run");
    copy_folder(&run.path().join("run"), &copy);
    (folder, copy)
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if from.is_dir() {
            copy_folder(&from, &to);
        } else {
            std::fs::copy(from, to).unwrap();
        }
    }
}

/// Returns the standard output of a successful command.
fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn json(output: &Output) -> serde_json::Value {
    serde_json::from_str(&stdout(output)).unwrap()
}

/// Returns the one-line error message of a failed command.
fn refusal(output: &Output, code: i32) -> String {
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{message}");
    assert!(message.starts_with("error: ") && message.trim_end().lines().count() == 1, "{message}");
    assert!(!message.contains("panicked"), "{message}");
    message
}

/// Returns the history, the best architecture and the shared weights' results of a run, without times.
fn history(folder: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.join("history.json")).unwrap();
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    serde_json::json!([value["history"].take(), value["best"].take(), value["supernet"].take()])
}

/// Returns the trials of a run as JSON rows, without times.
fn trials(folder: &Path) -> Vec<serde_json::Value> {
    let mut rows = json(&common::graphpnas(&["trials", text_of(folder), "--json"]));
    for row in rows.as_array_mut().unwrap() {
        row.as_object_mut().unwrap().retain(|key, _| !["seconds", "started", "latency"].contains(&key.as_str()));
    }
    rows.as_array().unwrap().clone()
}
