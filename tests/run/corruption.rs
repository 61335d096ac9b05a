//! Damaged files: a sentence that names the file and the remedy, or the same as before; never something else.

use super::{TABLE_RUN, TRAINED_RUN, copy, history, refusal, resumed, stdout, text_of, trials};
use crate::common::graphpnas;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::path::Path;
use std::process::Output;

const LEDGER: &str = "run.db";
const CHECKPOINT: &str = "checkpoint/search.safetensors";

/// A file with one bit flipped, cut short, empty, or of something else, so many times each.
fn damages(whole: &[u8], flips: usize, cuts: usize, seed: u64) -> Vec<(String, Vec<u8>)> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut damaged = vec![("empty".to_owned(), Vec::new())];
    for _ in 0..flips {
        let bit = rng.random_range(0..whole.len() * 8);
        let mut bytes = whole.to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        damaged.push((format!("bit {bit} flipped"), bytes));
    }
    for _ in 0..cuts {
        let length = rng.random_range(1..whole.len());
        damaged.push((format!("cut to {length} bytes"), whole[..length].to_vec()));
    }
    let garbage = (0..whole.len()).map(|_| rng.random()).collect();
    damaged.push(("garbage".to_owned(), garbage));
    damaged
}

/// The output is that of the whole run, or a sentence that names the file; true where it is the latter.
fn told(output: &Output, expected: &str, words: &[&str], what: &str) -> bool {
    if output.status.success() {
        assert_eq!(stdout(output), expected, "{what}");
        return false;
    }
    let message = refusal(output, 1);
    assert!(words.iter().all(|word| message.contains(word)), "{what}: {message}");
    true
}

/// Everything that only reads a run.
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
fn a_damaged_ledger_is_told_or_read_as_it_was() {
    let (_folder, run) = copy(&TABLE_RUN);
    let folder = text_of(&run);
    let expected = readers(folder).map(|args| stdout(&graphpnas(&args)));
    let whole = std::fs::read(run.join(LEDGER)).unwrap();
    let (mut refused, mut all) = (0, 0);
    for (what, bytes) in damages(&whole, 60, 6, 1) {
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        for (args, expected) in readers(folder).iter().zip(&expected).take(4) {
            refused += usize::from(told(&graphpnas(args), expected, &["run.db"], &format!("{what}, {args:?}")));
            all += 1;
        }
    }
    assert!(refused * 20 > all, "of {all} readings {refused} met damage");
}

/// SQLite does not notice these, and the values are as good as any.
#[test]
fn a_changed_value_in_the_ledger_is_told() {
    let (_folder, run) = copy(&TABLE_RUN);
    let whole = std::fs::read(run.join(LEDGER)).unwrap();
    let (trials, expected) = (["trials", text_of(&run), "--json"], trials(&run));
    let arch = expected[7]["arch"].as_str().unwrap();
    let is_there = |at: &usize| whole[*at..].starts_with(arch.as_bytes());
    let mut refused = 0;
    for at in (0..whole.len()).filter(is_there) {
        let mut bytes = whole.clone();
        // From one source of an operation to another.
        bytes[at + arch.len() - 2] ^= 1;
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        let output = graphpnas(&trials);
        // Some are in places that pages no longer use, and in tables that are not asked for.
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
fn a_run_with_a_damaged_ledger_goes_on_without_it() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let (before, found) = (trials(&run), history(&run));
    std::fs::write(run.join(LEDGER), "no database").unwrap();
    assert!(refusal(&resumed(&run), 1).contains("remove it and resume"));
    std::fs::remove_file(run.join(LEDGER)).unwrap();
    let network = run.join("best/network.safetensors");
    // What is trained again tells other seconds.
    let kept = std::fs::read(&network).unwrap();
    stdout(&resumed(&run));
    assert_eq!((trials(&run), history(&run)), (before, found));
    assert!(std::fs::read(&network).unwrap() == kept, "nothing is trained again");
}

#[test]
fn resuming_over_a_damaged_ledger_is_refused_or_gives_the_same() {
    let (_folder, run) = copy(&TABLE_RUN);
    let (before, found) = (trials(&run), history(&run));
    let whole = std::fs::read(run.join(LEDGER)).unwrap();
    for (what, bytes) in damages(&whole, 16, 3, 2) {
        std::fs::write(run.join(LEDGER), bytes).unwrap();
        let output = resumed(&run);
        if output.status.success() {
            assert_eq!((trials(&run), history(&run)), (before.clone(), found.clone()), "{what}");
        } else {
            let message = refusal(&output, 1);
            assert!(message.contains("run.db"), "{what}: {message}");
        }
    }
}

#[test]
fn a_damaged_checkpoint_hinders_no_reader_and_is_told_when_the_run_goes_on() {
    let (_folder, run) = copy(&TABLE_RUN);
    let folder = text_of(&run);
    let expected = readers(folder).map(|args| stdout(&graphpnas(&args)));
    let (before, found) = (trials(&run), history(&run));
    let whole = std::fs::read(run.join(CHECKPOINT)).unwrap();
    for (what, bytes) in damages(&whole, 12, 4, 3) {
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
    assert_eq!((trials(&run), history(&run)), (before, found));
}

#[test]
fn a_damaged_generator_is_told_and_written_again() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("generator.safetensors");
    let whole = std::fs::read(&file).unwrap();
    let args = readers(text_of(&run))[4].clone();
    let expected = stdout(&graphpnas(&args));
    for (what, bytes) in damages(&whole, 24, 4, 4) {
        std::fs::write(&file, bytes).unwrap();
        told(&graphpnas(&args), &expected, &["generator.safetensors", "--resume"], &what);
    }
    stdout(&resumed(&run));
    assert_eq!(stdout(&graphpnas(&args)), expected);
}

#[test]
fn damaged_weights_of_the_best_network_are_told() {
    let (folder, run) = copy(&TRAINED_RUN);
    let file = run.join("best/network.safetensors");
    let whole = std::fs::read(&file).unwrap();
    let out = folder.path().join("net.onnx");
    let export = ["export", text_of(&run), "--format", "onnx", "--out", text_of(&out)];
    let evaluate = ["evaluate", text_of(&run), "--device", "cpu"];
    stdout(&graphpnas(&export));
    let (expected, network) = (stdout(&graphpnas(&evaluate)), std::fs::read(&out).unwrap());
    for (what, bytes) in damages(&whole, 16, 4, 5) {
        std::fs::write(&file, bytes).unwrap();
        let exported = graphpnas(&export);
        match exported.status.success() {
            true => assert!(std::fs::read(&out).unwrap() == network, "{what}"),
            false => assert!(refusal(&exported, 1).contains("network.safetensors"), "{what}"),
        }
        told(&graphpnas(&evaluate), &expected, &["network.safetensors"], &what);
    }
}

/// A killed run has its last trials in a file beside the ledger.
#[test]
fn damage_beside_the_ledger_of_a_killed_run_loses_the_last_trials_at_most() {
    let (_folder, run) = super::signals::killed();
    let beside = run.join("run.db-wal");
    let (before, whole) = (trials(&run), std::fs::read(&beside).unwrap());
    let keep = |name: &Path| std::fs::read(name).unwrap();
    let ledger = keep(&run.join(LEDGER));
    for (what, bytes) in damages(&whole, 30, 6, 6) {
        std::fs::write(run.join(LEDGER), &ledger).unwrap();
        std::fs::write(&beside, bytes).unwrap();
        let output = graphpnas(&["trials", text_of(&run), "--json"]);
        if output.status.success() {
            assert!(before.starts_with(&trials(&run)), "{what}");
        } else {
            assert!(refusal(&output, 1).contains("run.db"), "{what}");
        }
    }
    // Without the trials that the checkpoint relies on, the search begins anew and finds the same.
    std::fs::remove_file(&beside).unwrap();
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
