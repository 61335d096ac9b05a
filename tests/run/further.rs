//! After a search: long training of one of its networks, and commands for trials other than the best.

use super::{TABLE_RUN, TRAINED_RUN, copy, history, json, refusal, searched, stdout, text_of, trials};
use crate::common::graphpnas;
use std::path::Path;

fn train(run: &Path, more: &[&str]) -> std::process::Output {
    graphpnas(&[&["train", text_of(run), "--device", "cpu", "--json"], more].concat())
}

/// A trial that is not the best: its number and architecture.
fn other_trial(run: &Path) -> (String, String) {
    let best = history(run)[1]["arch"].clone();
    let row = trials(run).into_iter().find(|row| row["arch"] != best).unwrap();
    (row["number"].to_string(), row["arch"].as_str().unwrap().to_owned())
}

#[test]
fn the_best_network_is_trained_on_the_images_of_its_run() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let trained = json(&train(&run, &["--epochs", "2"]));
    let searched = history(&run)[1].clone();
    assert_eq!((&trained["arch"], &trained["epochs"]), (&searched["arch"], &2.into()));
    let saved = json(&graphpnas(&["evaluate", text_of(&run), "--device", "cpu", "--json"]));
    for key in ["channels", "cells", "classes", "input", "normal"] {
        // Now all training images are used, so their statistics differ.
        assert!(key == "normal" || trained[key] == saved[key], "{key}");
    }
    assert_eq!(trained["data"], saved["data"], "the images are those of the run");
    let number = trials(&run).iter().find(|row| row["arch"] == searched["arch"]).unwrap()["number"].to_string();
    let path = run.join(format!("trained/trial-{number}.safetensors"));
    // Evaluates on the images of the run without naming them.
    let measured = json(&graphpnas(&["evaluate", text_of(&path), "--device", "cpu", "--json"]));
    assert_eq!((&measured["test"], &measured["epochs"]), (&trained["test"], &2.into()));
    let best = run.join("best/network.safetensors");
    let message = refusal(&graphpnas(&["train", "--resume", text_of(&best), "--epochs", "9", "--device", "cpu"]), 2);
    assert!(message.contains("is the best network of a run") && message.contains("--out"), "{message}");
    let message = refusal(&train(&run, &["--epochs", "1"]), 2);
    assert!(message.contains("already exists") && message.contains("--resume"), "{message}");
    let longer =
        json(&graphpnas(&["train", "--resume", text_of(&path), "--epochs", "3", "--device", "cpu", "--json", "-q"]));
    assert_eq!((longer["epochs"].as_u64(), &longer["history"][1]), (Some(3), &trained["history"][1]));
}

#[test]
fn another_trial_is_shown_exported_and_trained() {
    let (folder, run) = copy(&TRAINED_RUN);
    let (number, arch) = other_trial(&run);
    let trial = ["--trial", number.as_str()];
    for command in [["show", "--json"], ["profile", "--json"]] {
        let small: &[&str] =
            if command[0] == "profile" { &["--runs", "1", "--batch", "1", "--device", "cpu"] } else { &[] };
        let shown = json(&graphpnas(&[&command[..], &[text_of(&run)], &trial, small].concat()));
        assert_eq!(shown["arch"], arch.as_str(), "{command:?}");
    }
    let described = stdout(&graphpnas(&[&["export", text_of(&run), "--format", "json"][..], &trial].concat()));
    let described: serde_json::Value = serde_json::from_str(&described).unwrap();
    assert_eq!((&described["arch"], &described["interface"]["trained"]), (&arch.as_str().into(), &false.into()));
    let out = folder.path().join("other.onnx");
    let export = ["export", text_of(&run), "--format", "onnx", "--out", text_of(&out)];
    let evaluate = ["evaluate", text_of(&run)];
    let predict = ["predict", text_of(&run), "picture.png"];
    let remedy = format!("--trial {number}");
    for command in [&export[..], &evaluate, &predict] {
        let message = refusal(&graphpnas(&[command, &trial].concat()), 1);
        assert!(message.contains("saves only the weights of its best trial") && message.contains(&remedy), "{message}");
    }
    let trained = json(&train(&run, &["--trial", &number, "--epochs", "1"]));
    assert_eq!(trained["arch"], arch.as_str());
    let path = run.join(format!("trained/trial-{number}.safetensors"));
    // `export` now uses this network for the trial.
    let exported = graphpnas(&[&export[..], &trial].concat());
    assert!(String::from_utf8_lossy(&exported.stderr).contains(text_of(&path)) && exported.status.success());
    stdout(&graphpnas(&["export", text_of(&path), "--format", "onnx", "--out", text_of(&out)]));
}

#[test]
fn an_unknown_trial_is_refused() {
    let run = TRAINED_RUN.path().join("run");
    let message = refusal(&graphpnas(&["show", text_of(&run), "--trial", "999"]), 2);
    assert!(message.contains("has no trial 999: it has the trials 1 to"), "{message}");
    let message = refusal(&graphpnas(&["show", "0-1;", "--trial", "1"]), 2);
    assert!(message.contains("0-1; is not the folder of a run; omit --trial"), "{message}");
}

#[test]
fn training_after_a_table_search_needs_named_images() {
    let (folder, run) = copy(&TABLE_RUN);
    let message = refusal(&train(&run, &["--epochs", "1"]), 2);
    assert!(message.contains("has no images; give some with --data PATH"), "{message}");
    let out = folder.path().join("net.safetensors");
    let small = ["--data", "embedded", "--train-images", "40", "--batch", "20", "--epochs", "1", "--channels", "2"];
    let trained = json(&train(&run, &[&small[..], &["--cells", "1", "--out", text_of(&out)]].concat()));
    assert_eq!(trained["arch"], history(&run)[1]["arch"]);
    assert!(!run.join("trained").exists());
    let message = refusal(&graphpnas(&["predict", text_of(&run), "picture.png"]), 1);
    assert!(message.contains("trained no network") && message.contains("--data PATH"), "{message}");
}

/// The printed commands can be pasted into a shell, whatever the name of the folder.
#[test]
fn a_search_prints_the_next_two_commands_quoted_for_a_shell() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("it's a run");
    let text = stdout(&searched(&super::trained_search(), &run));
    let quoted = format!("'{}'", text_of(&run).replace('\'', "'\\''"));
    let expected =
        format!("next       graphpnas report {quoted} --open\n           graphpnas train {quoted} --epochs 100\n");
    assert!(text.ends_with(&expected), "{text}");
}
