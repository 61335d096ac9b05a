//! A search that is killed at a random moment and resumed gives the same history as an uninterrupted one.

use super::{common, history, resumed, stdout, table_search, text_of, trained_search};
use rand::{RngExt, SeedableRng};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Number of runs that are killed.
const KILLS: usize = 20;

/// Returns exit code and output of `evaluate` for the best network of a run.
fn evaluated(folder: &Path) -> (Option<i32>, Vec<u8>) {
    let output = common::graphpnas(&["evaluate", text_of(folder), "--device", "cpu"]);
    (output.status.code(), output.stdout)
}

/// Starts a search and waits until its folder can be resumed.
fn started(search: &[String], out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(search).args(["--out", text_of(out)]).current_dir(out.parent().unwrap());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    common::until("the folder of the search", || {
        let is_ready = out.join("command.json").is_file();
        assert!(is_ready || child.try_wait().unwrap().is_none(), "the search ended without a folder");
        is_ready
    });
    child
}

/// Kills searches with these arguments at random moments, resumes them and compares the histories. Returns how many of
/// them had a checkpoint, and how long an uninterrupted search takes.
fn killed_and_resumed(search: &[String], kills: usize, seed: u64) -> (usize, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| folder.path().join(name);
    let expected = run("expected");
    let (mut child, start) = (started(search, &expected), Instant::now());
    assert!(common::ended(&mut child).success());
    let time = start.elapsed();
    let mut checkpoints = 0;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    for number in 0..kills {
        let killed = run(&number.to_string());
        let mut child = started(search, &killed);
        std::thread::sleep(time.mul_f64(rng.random_range(0.0..1.0)));
        child.kill().unwrap();
        common::ended(&mut child);
        checkpoints += usize::from(killed.join("checkpoint/search.safetensors").is_file());
        stdout(&resumed(&killed));
        assert_eq!(history(&killed), history(&expected), "kill {number}");
        assert_eq!(evaluated(&killed), evaluated(&expected), "kill {number}: another best network");
    }
    (checkpoints, time)
}

#[test]
fn a_killed_table_search_gives_the_same_history() {
    killed_and_resumed(&table_search(), KILLS, 1);
}

/// A search with shared weights: three networks per round, two training steps of the shared weights per round. It has
/// no trained generator, since training it would take the longest.
fn shared_search() -> Vec<String> {
    let search = ["search", "enas", "--evaluations", "60", "--generator", "random", "--device", "cpu"];
    let sets = common::SMALL_SUPERNET.iter().flat_map(|set| ["--set", set]);
    search.into_iter().chain(sets).map(String::from).collect()
}

#[test]
fn a_killed_search_with_shared_weights_gives_the_same_history() {
    let (checkpoints, time) = killed_and_resumed(&shared_search(), 3, 3);
    // The first checkpoint is written after one second at the earliest.
    assert!(checkpoints > 0 || time < Duration::from_secs(4), "no killed search had a checkpoint");
}

#[test]
fn killed_training_of_shared_weights_before_the_search_gives_the_same_history() {
    let search = ["search", "nasbench201", "--data", "embedded", "--evaluations", "6", "--generator", "random"];
    let sets = [&common::SMALL_SUPERNET[..], &common::TWO_STAGES, &["supernet.rounds=60"]].concat();
    let sets = sets.into_iter().flat_map(|set| ["--set", set]).chain(["--device", "cpu"]);
    let (checkpoints, time) =
        killed_and_resumed(&search.into_iter().chain(sets).map(String::from).collect::<Vec<_>>(), 4, 5);
    assert!(checkpoints > 0 || time < Duration::from_secs(4), "no killed search had a checkpoint");
}

#[test]
fn a_killed_search_that_trains_networks_gives_the_same_history() {
    killed_and_resumed(&trained_search(), 4, 2);
}
