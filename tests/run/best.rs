//! The folder `best/`: the best architecture and, if networks are trained, the weights of the best network.

use super::{TABLE_RUN, TRAINED_RUN, copy, history, json, refusal, stdout, text_of, trials};
use crate::common::graphpnas;
use std::path::Path;

const NETWORK: &str = "best/network.safetensors";

fn exported(subject: &Path, more: &[&str], out: &Path) -> Vec<u8> {
    let args = ["export", text_of(subject), "--out", text_of(out)];
    stdout(&graphpnas(&[&args[..], more].concat()));
    std::fs::read(out).unwrap()
}

/// Checks that all files and commands report the same best network.
fn check_best(run: &Path) {
    let best = history(run)[1].clone();
    let arch = std::fs::read_to_string(run.join("best/arch.txt")).unwrap();
    assert_eq!(best["arch"], arch.trim_end());
    let described = std::fs::read_to_string(run.join("best/architecture.json")).unwrap();
    assert_eq!(serde_json::from_str::<serde_json::Value>(&described).unwrap()["arch"], best["arch"]);
    assert!(std::fs::read_to_string(run.join("best/drawing.svg")).unwrap().starts_with("<svg"));
    assert_eq!(json(&graphpnas(&["show", text_of(run), "--json"]))["arch"], best["arch"]);
    let evaluated = json(&graphpnas(&["evaluate", text_of(run), "--device", "cpu", "--json"]));
    assert_eq!((&evaluated["arch"], &evaluated["test"]["accuracy"]), (&best["arch"], &best["test"]));
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("net");
    for format in ["onnx", "safetensors"] {
        let from_run = exported(run, &["--format", format], &out);
        assert!(from_run == exported(&run.join(NETWORK), &["--format", format], &out), "{format}: other weights");
        // Options that would need random weights or another network are refused.
        for more in [["--seed", "1"], ["--classes", "7"], ["--channels", "6"]] {
            let args = ["export", text_of(run), "--format", format, "--out", text_of(&out)];
            let message = refusal(&graphpnas(&[&args[..], &more].concat()), 2);
            assert!(message.contains("trained weights") && message.contains(more[0]), "{message}");
        }
    }
    for next in ["network-next.safetensors", "test-next.json"] {
        assert!(!run.join("best").join(next).exists());
    }
    check_per_class(run, &evaluated);
}

/// Checks that the saved results per class equal those that `evaluate` measures, and that their counts add up.
fn check_per_class(run: &Path, evaluated: &serde_json::Value) {
    let saved = std::fs::read_to_string(run.join("best/test.json")).unwrap();
    let saved: graphpnas::train::ClassResults = serde_json::from_str(&saved).unwrap();
    assert_eq!(evaluated["arch"], saved.arch.as_str());
    assert_eq!(serde_json::to_value(&saved.classes).unwrap(), evaluated["per_class"]);
    let confusion = saved.confusion.unwrap();
    assert_eq!(serde_json::to_value(&confusion).unwrap(), evaluated["confusion"]);
    let correct: u64 = (0..confusion.len()).map(|class| confusion[class][class]).sum();
    assert!((100.0 * correct as f64 / saved.images as f64 - saved.score.accuracy).abs() < 1e-9);
    for (class, row) in saved.classes.iter().zip(&confusion) {
        assert_eq!(class.images, row.iter().sum::<u64>(), "{}", class.name);
    }
    let wrong: u64 = saved.mistakes.iter().map(|mistake| mistake.images).sum();
    assert_eq!((saved.images, evaluated["images"].as_u64()), (correct + wrong, Some(saved.images)));
}

#[test]
fn a_run_that_trains_saves_its_best_network() {
    let run = TRAINED_RUN.path().join("run");
    check_best(&run);
    let rows = trials(&run);
    let most = rows.iter().map(|row| row["reward"].as_f64().unwrap()).fold(0.0, f64::max);
    assert_eq!(history(&run)[1]["reward"], most);
    // The checkpoint file alone gives the same result.
    let network = run.join(NETWORK);
    let shown = json(&graphpnas(&["show", text_of(&network), "--json"]));
    assert_eq!(shown["arch"], history(&run)[1]["arch"]);
}

#[test]
fn the_first_network_with_the_highest_reward_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    // With little training and few test images many rewards are equal.
    let oracle = ["channels=2", "batch=16", "epochs=1", "train_images=60", "test_images=20"];
    let sets = oracle.map(|set| format!("oracle.{set}"));
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let args = ["search", "--evaluations", "4", "--seed", "2", "--device", "cpu", "--out", text_of(&run)];
    stdout(&graphpnas(&[&args[..], &sets].concat()));
    let rewards: Vec<f64> = trials(&run).iter().map(|row| row["reward"].as_f64().unwrap()).collect();
    let most = rewards.iter().copied().fold(0.0, f64::max);
    assert!(rewards.iter().filter(|reward| **reward == most).count() > 1, "{rewards:?}");
    check_best(&run);
}

#[test]
fn a_larger_budget_replaces_the_best_network() {
    let (_folder, run) = copy(&TRAINED_RUN);
    stdout(&graphpnas(&["search", "--resume", text_of(&run), "--evaluations", "8"]));
    assert_eq!(trials(&run).len(), 8);
    check_best(&run);
}

#[test]
fn a_search_with_shared_weights_saves_its_final_network() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let shared =
        ["channels=2", "batch=16", "steps=2", "reward_batch=8", "probes=2", "finalists=3", "keep=4", "correlate=2"];
    let oracle = ["channels=2", "batch=16", "epochs=1", "train_images=60", "test_images=20"];
    let sets = shared.map(|set| format!("supernet.{set}")).into_iter().chain(oracle.map(|set| format!("oracle.{set}")));
    let sets: Vec<_> = sets.chain(["train.epochs=2", "batch=3"].map(String::from)).collect();
    let sets: Vec<&str> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let args = ["search", "enas", "--evaluations", "6", "--device", "cpu", "--out", text_of(&run)];
    stdout(&graphpnas(&[&args[..], &sets].concat()));
    check_best(&run);
}

#[test]
fn a_run_with_a_table_has_no_network() {
    let run = TABLE_RUN.path().join("run");
    let message = refusal(&graphpnas(&["evaluate", text_of(&run)]), 1);
    assert!(message.contains("trained no network") && message.contains("--data PATH"), "{message}");
    let out = tempfile::tempdir().unwrap();
    let out = out.path().join("net.onnx");
    let output = graphpnas(&["export", text_of(&run), "--format", "onnx", "--out", text_of(&out)]);
    stdout(&output);
    assert!(String::from_utf8_lossy(&output.stderr).contains("random, untrained weights"));
}

#[test]
fn a_removed_network_is_reported() {
    let (folder, run) = copy(&TRAINED_RUN);
    std::fs::remove_file(run.join(NETWORK)).unwrap();
    let out = folder.path().join("net.onnx");
    let export = ["export", text_of(&run), "--format", "onnx", "--out", text_of(&out)];
    for output in [graphpnas(&export), graphpnas(&["evaluate", text_of(&run)])] {
        let message = refusal(&output, 1);
        assert!(message.contains("best") && message.contains("graphpnas train"), "{message}");
    }
    stdout(&graphpnas(&[&export[..], &["--seed", "3"]].concat()));
}

/// A better network is written before the ledger has its trial, and replaces the previous one afterwards.
#[test]
fn a_process_killed_between_network_and_ledger_leaves_both_consistent() {
    let (folder, run) = copy(&TRAINED_RUN);
    let (out, next) = (folder.path().join("net"), run.join("best/network-next.safetensors"));
    let best = exported(&run, &["--format", "safetensors"], &out);
    // Killed before the ledger had the trial: the next network has another architecture.
    let mut archs = trials(&run).into_iter().map(|row| row["arch"].as_str().unwrap().to_owned());
    let other = archs.find(|arch| *arch != history(&run)[1]["arch"]).unwrap();
    let train = ["train", &other, "--epochs", "1", "--channels", "4", "--cells", "1", "--batch", "64"];
    stdout(&graphpnas(&[&train[..], &["--device", "cpu", "--out", text_of(&next)]].concat()));
    assert!(exported(&run, &["--format", "safetensors"], &out) == best);
    // Killed after that: the next network is the best one.
    std::fs::rename(run.join(NETWORK), folder.path().join("aside")).unwrap();
    std::fs::rename(&next, run.join(NETWORK)).unwrap();
    std::fs::rename(folder.path().join("aside"), &next).unwrap();
    assert!(exported(&run, &["--format", "safetensors"], &out) == best);
    // Resuming cleans up the files.
    stdout(&graphpnas(&["search", "--resume", text_of(&run)]));
    assert!(!next.exists());
    assert!(exported(&run.join(NETWORK), &["--format", "safetensors"], &out) == best);
}
