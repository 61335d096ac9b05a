//! The default search on images: a scored pool, proxy rewards, longer training of finalists, and the final training.

use crate::common::{SMALL_PROXIES, graphpnas};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// Runs a search of two rounds; the guide chooses the architectures of the second.
fn search(more: &[&str]) -> Output {
    let sets = SMALL_PROXIES.iter().chain(&["batch=2", "explore.value=1"]).flat_map(|set| ["--set", set]);
    let search = ["search", "--preset", "nasbench201-images", "--data", "embedded", "--device", "cpu", "--json"];
    let evaluations = if more.contains(&"--evaluations") { None } else { Some(["--evaluations", "4"]) };
    let args = search.into_iter().chain(evaluations.into_iter().flatten()).chain(sets);
    graphpnas(&args.chain(more.iter().copied()).collect::<Vec<_>>())
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn finalists_are_trained_for_longer_and_the_best_one_at_the_end() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let found = json(&search(&["--out", text(&run)]));
    let finalists = found["confirmation"]["finalists"].as_array().unwrap();
    assert_eq!(finalists.len(), 2);
    let trials = json(&graphpnas(&["trials", text(&run), "--json"]));
    let reward =
        |arch: &Value| trials.as_array().unwrap().iter().find(|row| row["arch"] == *arch).unwrap()["reward"].clone();
    let longer = |finalist: &Value| finalist["longer"].as_f64().unwrap();
    assert!(longer(&finalists[0]) >= longer(&finalists[1]));
    for finalist in finalists {
        assert_eq!(finalist["reward"], reward(&finalist["arch"]));
    }
    assert_eq!(found["confirmation"]["steps"], 12);
    assert!(found["confirmation"]["spread"].is_number());
    // The saved network is that of the final training, with the original image size.
    assert_eq!(found["best"]["arch"], finalists[0]["arch"]);
    let measured = json(&graphpnas(&["evaluate", text(&run), "--device", "cpu", "--json"]));
    assert_eq!((&measured["arch"], &measured["test"]["accuracy"]), (&found["best"]["arch"], &found["best"]["test"]));
    assert_eq!(measured["input"], serde_json::json!([3, 32, 32]));
    let page = std::fs::read_to_string(run.join("report.html")).unwrap();
    for words in ["id=\"finalists\"", "validation accuracy of cheaper networks on smaller images", "as a proxy"] {
        assert!(page.contains(words), "{words}");
    }
    let listed = graphpnas(&["trials", text(&run)]);
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(listed.contains("trained at the end; the rewards of the trials are measured differently"), "{listed}");
    // Resuming with a larger budget equals a run with that budget.
    assert_eq!(json(&search(&[]))["confirmation"], found["confirmation"]);
    let resume = ["search", "--resume", text(&run), "--evaluations", "6", "--json"];
    let resumed = json(&graphpnas(&resume));
    let whole = json(&search(&["--evaluations", "6"]));
    for key in ["history", "confirmation", "evaluations"] {
        assert_eq!(resumed[key], whole[key], "{key}");
    }
}

#[test]
fn networks_trained_after_the_search_are_used() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    json(&search(&["--out", text(&run)]));
    let train = |more: &[&str]| graphpnas(&[&["train", text(&run), "--device", "cpu", "-q"], more].concat());
    let evaluate = |more: &[&str]| graphpnas(&[&["evaluate", text(&run), "--device", "cpu", "--json"], more].concat());
    assert!(train(&["--epochs", "2"]).status.success());
    let output = evaluate(&[]);
    assert_eq!(json(&output)["epochs"], 2);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(errors.contains("note: using the network of") && errors.contains("trained for 2 epochs"), "{errors}");
    // Another trial has only the network that was trained after the search.
    let best = json(&graphpnas(&["trials", text(&run), "--json"]));
    let trained = json(&output)["arch"].clone();
    let other = best.as_array().unwrap().iter().find(|row| row["arch"] != trained).unwrap()["number"].to_string();
    assert_eq!(evaluate(&["--trial", &other]).status.code(), Some(1));
    assert!(train(&["--trial", &other, "--epochs", "1"]).status.success());
    assert_eq!(json(&evaluate(&["--trial", &other]))["epochs"], 1);
    let onnx = folder.path().join("a.onnx");
    let exported = graphpnas(&["export", text(&run), "--trial", &other, "--format", "onnx", "--out", text(&onnx)]);
    assert!(exported.status.success() && onnx.is_file());
}

#[test]
fn a_generator_samples_architectures_within_limits() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let found = json(&search(&["--out", text(&run)]));
    assert_eq!(found["generator"], "graphpnas");
    // A beam search returns as many architectures as its width.
    let beam = json(&graphpnas(&["sample", text(&run), "--beam", "15", "--device", "cpu", "--json"]));
    assert_eq!(beam["samples"].as_array().unwrap().len(), 15);
    let sample = |limit: &str| {
        let args = ["sample", text(&run), "--count", "5", "--device", "cpu", "--json", "--max-macs", limit];
        graphpnas(&args)
    };
    let macs = |arch: &Value| {
        let sizes = ["--channels", "4", "--cells", "1", "--json"];
        json(&graphpnas(&[&["show", arch.as_str().unwrap()], &sizes[..]].concat()))["cost"]["multiply_adds"]
            .as_u64()
            .unwrap()
    };
    let drawn = json(&sample("1e6"));
    let samples = drawn["samples"].as_array().unwrap();
    assert_eq!(samples.len(), 5);
    assert!(samples.iter().all(|one| macs(&one["arch"]) <= 1_000_000), "{samples:?}");
    // No network of the space has fewer multiply-adds than the stem and the reductions alone.
    let output = sample("10");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("raise --max-macs or --max-params"));
}

/// The first two explored architectures are trained twice before the third one is chosen.
#[test]
fn reward_noise_is_estimated_from_the_first_architectures() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let output = search(&["--out", text(&run), "--set", "proxy.repeats=2"]);
    let found = json(&output);
    let of = |name: &str| found["confirmation"][name].as_f64().unwrap();
    let (noise, spread) = (of("noise"), of("spread"));
    assert!(noise > 0.0);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    let warning = found["warnings"].to_string();
    assert_eq!(warning.contains("barely distinguish architectures"), noise > spread / 2.0, "{warning}");
    // It is estimated right after the exploration, with the spread of two rewards.
    let first = |place: usize| found["history"][place]["reward"].as_f64().unwrap();
    let spread_then = (first(0) - first(1)).abs() / 2.0_f64.sqrt();
    assert_eq!(errors.contains("barely distinguish architectures"), noise > spread_then / 2.0, "{errors}");
    // It is saved with the run and does not change with more evaluations.
    let resume = ["search", "--resume", text(&run), "--evaluations", "5", "--json"];
    assert_eq!(json(&graphpnas(&resume))["confirmation"]["noise"], found["confirmation"]["noise"]);
}

/// Weight averages are evaluated in the search and in the final training.
#[test]
fn averaged_weights_are_evaluated() {
    let reward = |found: &Value| found["history"][0]["reward"].as_f64().unwrap();
    let plain = json(&search(&[]));
    let averaged = json(&search(&["--set", "proxy.average=0.5"]));
    assert_eq!(plain["history"][0]["arch"], averaged["history"][0]["arch"]);
    assert!((reward(&plain) - reward(&averaged)).abs() > 0.0);
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    json(&search(&["--set", "oracle.average=0.5", "--out", text(&run)]));
    let network = std::fs::read(run.join("best/network.safetensors")).unwrap();
    assert!(String::from_utf8_lossy(&network[..4096.min(network.len())]).contains("\\\"average\\\":0.5"));
}

/// A network with outputs that are not finite counts as failed.
#[test]
fn a_diverging_final_training_is_reported() {
    let output = search(&["--set", "oracle.learning_rate=1000"]);
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{errors}");
    assert!(errors.contains("the final training failed for all of its 2 best architectures"), "{errors}");
}

#[test]
fn settings_without_effect_are_refused() {
    for (set, refusal) in [
        ("oracle.reduction_factor=2", "oracle.reduction_factor must be 0 with proxy.enabled"),
        ("proxy.finalist_steps=7", "proxy.finalist_steps must be at least proxy.steps, which is 8, not 7"),
        (
            "proxy.recipe=none",
            "proxy.recipe must be one of nasbench201, nasbench101, enas, darts, randwire, quick, not 'none'",
        ),
    ] {
        let output = search(&["--set", set]);
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!((output.status.code(), errors.contains(refusal)), (Some(2), true), "{errors}");
    }
}
