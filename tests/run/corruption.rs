//! Damaged files: either an error that names the file and the remedy, or the same output as before.

use super::{TABLE_RUN, TRAINED_RUN, copy, history, refusal, resumed, stdout, text_of, trials};
use crate::common::graphpnas;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::process::Output;

const LEDGER: &str = "run.db";
const CHECKPOINT: &str = "checkpoint/search.safetensors";

/// Returns damaged versions of a file with descriptions: `flips` with one flipped bit, `cuts` truncated, an empty one
/// and one with random bytes.
fn damages(original: &[u8], flips: usize, cuts: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut damaged = vec![("empty".to_owned(), Vec::new())];
    for _ in 0..flips {
        let bit = rng.random_range(0..original.len() * 8);
        let mut bytes = original.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        damaged.push((format!("bit {bit} flipped"), bytes));
    }
    for _ in 0..cuts {
        let length = rng.random_range(1..original.len());
        damaged.push((format!("cut to {length} bytes"), original[..length].to_vec()));
    }
    let garbage = (0..original.len()).map(|_| rng.random()).collect();
    damaged.push(("garbage".to_owned(), garbage));
    damaged
}

/// Checks that the output is that of the undamaged run, or an error that contains all `words`. Returns true for the
/// error.
fn is_refused(output: &Output, expected: &str, words: &[&str], what: &str) -> bool {
    if output.status.success() {
        assert_eq!(stdout(output), expected, "{what}");
        return false;
    }
    let message = refusal(output, 1);
    assert!(words.iter().all(|word| message.contains(word)), "{what}: {message}");
    true
}

/// The commands that only read a run.
fn readers(folder: &str) -> [Vec<&str>; 5] {
    [
        vec!["trials", folder, "--json"],
        vec!["trials", folder, "--sort", "reward"],
        vec!["show", folder],
        vec!["export", folder, "--format", "json"],
        vec!["sample", folder, "--count", "3", "--json", "--device", "cpu"],
    ]
}

#[test]
fn a_damaged_ledger_is_reported_or_read_correctly() {
    let (_folder, run) = copy(&TABLE_RUN);
    let folder = text_of(&run);
    let expected = readers(folder).map(|args| stdout(&graphpnas(&args)));
    let original = std::fs::read(run.join(LEDGER)).unwrap();
    let (mut refused, mut all) = (0, 0);
    for (what, bytes) in damages(&original, 60, 6, 1) {
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        for (args, expected) in readers(folder).iter().zip(&expected).take(4) {
            refused += usize::from(is_refused(&graphpnas(args), expected, &["run.db"], &format!("{what}, {args:?}")));
            all += 1;
        }
    }
    assert!(refused * 20 > all, "only {refused} of {all} reads detected the damage");
}

/// SQLite does not detect these changes, and the changed values are valid.
#[test]
fn a_changed_value_in_the_ledger_is_reported() {
    let (_folder, run) = copy(&TABLE_RUN);
    let original = std::fs::read(run.join(LEDGER)).unwrap();
    let (trials, expected) = (["trials", text_of(&run), "--json"], trials(&run));
    let arch = expected[7]["arch"].as_str().unwrap();
    let is_there = |at: &usize| original[*at..].starts_with(arch.as_bytes());
    let mut refused = 0;
    for at in (0..original.len()).filter(is_there) {
        let mut bytes = original.clone();
        // Changes the source node of an operation.
        bytes[at + arch.len() - 2] ^= 1;
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        let output = graphpnas(&trials);
        // Some occurrences are in unused parts of pages or in tables that are not read.
        if output.status.success() {
            assert_eq!(super::trials(&run), expected);
            continue;
        }
        refused += 1;
        let message = refusal(&output, 1);
        for words in ["run.db is damaged (the checksum of a row is wrong)", "remove it and resume", "best/"] {
            assert!(message.contains(words), "{message}");
        }
    }
    assert!(refused >= 2, "the architecture's text and its key");
}

#[test]
fn a_run_resumes_after_its_damaged_ledger_was_removed() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let (rows, outcome) = (trials(&run), history(&run));
    std::fs::write(run.join(LEDGER), "no database").unwrap();
    assert!(refusal(&resumed(&run), 1).contains("remove it and resume"));
    std::fs::remove_file(run.join(LEDGER)).unwrap();
    let network = run.join("best/network.safetensors");
    // Training again would save other durations.
    let saved = std::fs::read(&network).unwrap();
    stdout(&resumed(&run));
    assert_eq!((trials(&run), history(&run)), (rows, outcome));
    assert!(std::fs::read(&network).unwrap() == saved, "nothing is trained again");
}

#[test]
fn resuming_with_a_damaged_ledger_is_refused_or_gives_the_same_history() {
    let (_folder, run) = copy(&TABLE_RUN);
    let (rows, outcome) = (trials(&run), history(&run));
    let original = std::fs::read(run.join(LEDGER)).unwrap();
    for (what, bytes) in damages(&original, 16, 3, 2) {
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        let output = resumed(&run);
        if output.status.success() {
            assert_eq!((trials(&run), history(&run)), (rows.clone(), outcome.clone()), "{what}");
        } else {
            let message = refusal(&output, 1);
            assert!(message.contains("run.db"), "{what}: {message}");
        }
    }
}

#[test]
fn a_damaged_checkpoint_is_reported_on_resume_but_not_by_readers() {
    let (_folder, run) = copy(&TABLE_RUN);
    let folder = text_of(&run);
    let expected = readers(folder).map(|args| stdout(&graphpnas(&args)));
    let (rows, outcome) = (trials(&run), history(&run));
    let original = std::fs::read(run.join(CHECKPOINT)).unwrap();
    for (what, bytes) in damages(&original, 12, 4, 3) {
        std::fs::write(run.join(CHECKPOINT), bytes).unwrap();
        let message = refusal(&resumed(&run), 1);
        let named =
            message.contains(CHECKPOINT) && (message.contains("remove it and resume") || message.contains("version"));
        assert!(named, "{what}: {message}");
    }
    for (args, expected) in readers(folder).iter().zip(&expected) {
        assert_eq!(stdout(&graphpnas(args)), *expected, "{args:?}");
    }
    std::fs::remove_file(run.join(CHECKPOINT)).unwrap();
    stdout(&resumed(&run));
    assert_eq!((trials(&run), history(&run)), (rows, outcome));
}

#[test]
fn a_damaged_generator_is_reported_and_written_again() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("generator.safetensors");
    let original = std::fs::read(&file).unwrap();
    let args = readers(text_of(&run))[4].clone();
    let expected = stdout(&graphpnas(&args));
    for (what, bytes) in damages(&original, 24, 4, 4) {
        std::fs::write(&file, bytes).unwrap();
        is_refused(&graphpnas(&args), &expected, &["generator.safetensors", "--resume"], &what);
    }
    stdout(&resumed(&run));
    assert_eq!(stdout(&graphpnas(&args)), expected);
}

#[test]
fn damaged_weights_of_the_best_network_are_reported() {
    let (folder, run) = copy(&TRAINED_RUN);
    let file = run.join("best/network.safetensors");
    let original = std::fs::read(&file).unwrap();
    let out = folder.path().join("net.onnx");
    let export = ["export", text_of(&run), "--format", "onnx", "--out", text_of(&out)];
    let evaluate = ["evaluate", text_of(&run), "--device", "cpu"];
    stdout(&graphpnas(&export));
    let (expected, network) = (stdout(&graphpnas(&evaluate)), std::fs::read(&out).unwrap());
    for (what, bytes) in damages(&original, 16, 4, 5) {
        std::fs::write(&file, bytes).unwrap();
        let exported = graphpnas(&export);
        match exported.status.success() {
            true => assert!(std::fs::read(&out).unwrap() == network, "{what}"),
            false => assert!(refusal(&exported, 1).contains("network.safetensors"), "{what}"),
        }
        is_refused(&graphpnas(&evaluate), &expected, &["network.safetensors"], &what);
    }
}

/// The last trials of a killed run are in the write-ahead log.
#[test]
fn a_damaged_write_ahead_log_of_a_killed_run_loses_only_the_last_trials() {
    let (_folder, run) = super::signals::killed();
    let log = run.join("run.db-wal");
    let (before, original) = (trials(&run), std::fs::read(&log).unwrap());
    let ledger = std::fs::read(run.join(LEDGER)).unwrap();
    for (what, bytes) in damages(&original, 30, 6, 6) {
        std::fs::write(run.join(LEDGER), &ledger).unwrap();
        std::fs::write(&log, bytes).unwrap();
        let output = graphpnas(&["trials", text_of(&run), "--json"]);
        if output.status.success() {
            assert!(before.starts_with(&trials(&run)), "{what}");
        } else {
            assert!(refusal(&output, 1).contains("run.db"), "{what}");
        }
    }
    // Without the trials before the checkpoint the search restarts and finds the same history.
    std::fs::remove_file(&log).unwrap();
    std::fs::write(run.join(LEDGER), &ledger).unwrap();
    let output = resumed(&run);
    if output.status.success() {
        assert_eq!(history(&run), history(&TABLE_RUN.path().join("run")));
    } else {
        std::fs::remove_file(run.join(LEDGER)).unwrap();
        stdout(&resumed(&run));
        assert_eq!(history(&run), history(&TABLE_RUN.path().join("run")));
    }
}
