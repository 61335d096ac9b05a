//! A search that is killed at any moment and resumed gives the history of one that was not.

use super::{common, history, resumed, stdout, table_search, text_of, trained_search};
use rand::{RngExt, SeedableRng};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Moments at which a run is killed, each a run of its own.
const KILLS: usize = 20;

/// What is told of the best network of a run; nothing where it trained none.
fn evaluated(folder: &Path) -> (Option<i32>, Vec<u8>) {
    let output = common::graphpnas(&["evaluate", text_of(folder), "--device", "cpu"]);
    (output.status.code(), output.stdout)
}

/// A search that has begun: before its folder is there, nothing can be resumed.
fn begun(search: &[String], out: &Path) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(search).args(["--out", text_of(out)]).current_dir(out.parent().unwrap());
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    common::until("the folder of the search", || {
        let begun = out.join("command.json").is_file();
        assert!(begun || child.try_wait().unwrap().is_none(), "the search ended without a folder");
        begun
    });
    child
}

/// Kills a search of these arguments at random moments of its time, resumes it and compares the histories. Returns how many
/// had a checkpoint to go on from, and how long the search takes.
fn killed_and_resumed(search: &[String], kills: usize, seed: u64) -> (usize, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str| folder.path().join(name);
    let whole = run("whole");
    let (mut child, begin) = (begun(search, &whole), Instant::now());
    assert!(common::ended(&mut child).success());
    let time = begin.elapsed();
    let mut kept = 0;
    let mut rng = rand_chacha::ChaCha8Rng::seed_from_u64(seed);
    for number in 0..kills {
        let killed = run(&number.to_string());
        let mut child = begun(search, &killed);
        std::thread::sleep(time.mul_f64(rng.random_range(0.0..1.0)));
        child.kill().unwrap();
        common::ended(&mut child);
        kept += usize::from(killed.join("checkpoint/search.safetensors").is_file());
        stdout(&resumed(&killed));
        assert_eq!(history(&killed), history(&whole), "kill {number}");
        assert_eq!(evaluated(&killed), evaluated(&whole), "kill {number}: another best network");
    }
    (kept, time)
}

#[test]
fn a_table_search_killed_at_any_moment_goes_on_as_if_it_was_not() {
    killed_and_resumed(&table_search(), KILLS, 1);
}

/// A search of three children a round, whose shared weights take two steps for them; none is taught, which would take longest.
fn shared_search() -> Vec<String> {
    let search = ["search", "enas", "--evaluations", "60", "--generator", "random", "--device", "cpu"];
    let sets = common::SMALL_SUPERNET.iter().flat_map(|set| ["--set", set]);
    search.into_iter().chain(sets).map(String::from).collect()
}

#[test]
fn a_search_with_shared_weights_goes_on_as_if_it_was_not() {
    let (kept, time) = killed_and_resumed(&shared_search(), 3, 3);
    // A checkpoint comes after a second at the earliest.
    assert!(kept > 0 || time < Duration::from_secs(4), "no checkpoint was there to go on from");
}

#[test]
fn shared_weights_that_are_trained_first_go_on_as_if_they_were_not() {
    let search = ["search", "nasbench201", "--data", "embedded", "--evaluations", "6", "--generator", "random"];
    let sets = [&common::SMALL_SUPERNET[..], &common::TWO_STAGES, &["supernet.rounds=60"]].concat();
    let sets = sets.into_iter().flat_map(|set| ["--set", set]).chain(["--device", "cpu"]);
    let (kept, time) = killed_and_resumed(&search.into_iter().chain(sets).map(String::from).collect::<Vec<_>>(), 4, 5);
    assert!(kept > 0 || time < Duration::from_secs(4), "no checkpoint was there to go on from");
}

#[test]
fn a_search_that_trains_goes_on_as_if_it_was_not() {
    killed_and_resumed(&trained_search(), 4, 2);
}
