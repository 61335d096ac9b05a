//! A search that is killed at any moment and resumed gives the history of one that was not.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use rand::{RngExt, SeedableRng};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a run is killed, each a run of its own.
const KILLS: usize = 20;

fn graphpnas(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(args).stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn history(folder: &Path) -> serde_json::Value {
    let text = std::fs::read_to_string(folder.join("history.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&text).unwrap()["history"].take()
}

/// Kills a search of these arguments at random moments of its time, resumes it and compares the histories.
fn killed_and_resumed(search: &[&str], kills: usize, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| folder.path().join(name);
    let whole = run("whole");
    let begun = Instant::now();
    assert!(graphpnas(&[search, &["--out", whole.to_str().unwrap()]].concat()).status().unwrap().success());
    let time = begun.elapsed();
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    for number in 0..kills {
        let killed = run(&number.to_string());
        let out = killed.to_str().unwrap();
        let mut child = graphpnas(&[search, &["--out", out]].concat()).spawn().unwrap();
        // Before the folder is there, nothing can be resumed.
        while !killed.join("command.json").is_file() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(time.mul_f64(rng.random_range(0.0..1.0)));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(graphpnas(&["search", "--resume", out]).status().unwrap().success(), "kill {number}");
        assert_eq!(history(&killed), history(&whole), "kill {number}");
    }
}

#[test]
fn a_table_search_killed_at_any_moment_goes_on_as_if_it_was_not() {
    let table = common::shared("nasbench201.csv").display().to_string();
    let preset = ["search", "--preset", "nasbench201-cifar10-continual", "--evaluations", "40", "--device", "cpu"];
    killed_and_resumed(&[&preset[..], &["--table", &table]].concat(), KILLS, 1);
}

#[test]
fn a_search_that_trains_goes_on_as_if_it_was_not() {
    let small = ["search", "--evaluations", "4", "--device", "cpu", "--set", "oracle.epochs=1"];
    let sizes = ["--set", "oracle.train_images=200", "--set", "oracle.test_images=100", "--set", "oracle.channels=4"];
    killed_and_resumed(&[&small[..], &sizes[..]].concat(), 4, 2);
}
