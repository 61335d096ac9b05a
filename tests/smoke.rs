//! Every generator searches every space on the CPU and on a GPU adapter; children are trained for one or two steps.

use crate::common;

use common::graphpnas;

/// Settings of the smallest search in which every step still takes place.
const SMALL: &[&str] = &[
    "batch=1",
    "train.epochs=1",
    "generator.layers=1",
    "generator.mixtures=2",
    "generator.attention_hidden=8",
    "generator.population=2",
    "generator.sample=2",
    "lstm.hidden=8",
    "oracle.channels=4",
    "oracle.steps=1",
    "oracle.batch=10",
    "oracle.train_images=40",
    "oracle.test_images=20",
    "supernet.channels=4",
    "supernet.steps=1",
    "supernet.batch=10",
    "supernet.reward_batch=5",
    "supernet.probes=1",
    "supernet.finalists=1",
];

/// Runs the searches on the CPU and on the adapter of the tests.
fn smoke(preset: &str, more: &[&str]) {
    smoke_on("cpu", preset, more);
    smoke_on(&std::env::var("GRAPHPNAS_TEST_DEVICE").unwrap_or_else(|_| "0".into()), preset, more);
}

/// Compares all generators on one device: one round of exploration, two proposed by each generator.
fn smoke_on(device: &str, preset: &str, more: &[&str]) {
    let mut args = vec!["compare", "--preset", preset, "--data", "embedded", "--seeds", "1..1", "--evaluations", "3"];
    args.extend(["--device", device, "--json", "--set", "explore.value=1"]);
    SMALL.iter().chain(more).for_each(|set| args.extend(["--set", set]));
    let output = graphpnas(&args);
    assert!(output.status.success(), "{preset} on {device}: {}", String::from_utf8_lossy(&output.stderr));
    let comparison: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let arms = comparison["arms"].as_array().unwrap();
    let names: Vec<_> = arms.iter().map(|arm| arm["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["graphpnas", "lstm", "evolution", "local-search", "random"]);
    for arm in arms {
        let reward = arm["rewards"][0].as_f64().unwrap();
        assert!((0.0..=100.0).contains(&reward), "{preset} on {device}: {arm}");
        assert_eq!(arm["curve"].as_array().unwrap().len(), 3, "{preset} on {device}: {arm}");
    }
}

#[test]
fn nasbench101() {
    smoke("nasbench101-150", &["generator.hidden=16"]);
}

#[test]
fn nasbench201() {
    smoke("nasbench201-embedded", &["generator.hidden=16"]);
}

#[test]
fn enas_with_shared_weights() {
    smoke("enas-small", &["generator.hidden=16"]);
}

#[test]
fn enas_from_scratch() {
    smoke("enas-small", &["generator.hidden=16", "supernet.enabled=false"]);
}

#[test]
fn darts() {
    smoke("darts-small", &["generator.hidden=24"]);
}

#[test]
fn randwire() {
    smoke("randwire-small", &["generator.hidden=36"]);
}

#[test]
fn randwire_with_a_generator_for_each_stage() {
    smoke_on("cpu", "randwire-small", &["generator.hidden=36", "generator.per_part=true"]);
}

/// `test.sh` repeats the messages of skipped tests at the end of its output, also if a test failed.
#[test]
#[cfg(unix)]
fn skipped_tests_are_reported_at_the_end() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name);
    std::fs::create_dir_all(of("target/debug")).unwrap();
    let script = |name: &str, text: &str| {
        std::fs::write(of(name), format!("#!/bin/sh\n{text}\n")).unwrap();
        std::fs::set_permissions(of(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    };
    script("target/debug/graphpnas", "echo '{\"adapters\": [1]}'");
    let tests = "case \"$*\" in *--no-run*) exit 0;; esac\n\
                 echo 'SKIPPED: full disks; no unshare' >&2; echo 'test a ... ok'; echo 'SKIPPED: full disks; no unshare' >&2\n\
                 echo 'test b ... SKIPPED: no Python; set it' >&2; i=0; while [ $i -lt 50 ]; do echo more >&2; i=$((i+1)); done";
    for code in [0, 3] {
        script("cargo", &format!("{tests}\nexit {code}"));
        let path = format!("{}:{}", folder.path().display(), std::env::var("PATH").unwrap());
        let mut command = std::process::Command::new("bash");
        command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/test.sh")).env("PATH", path);
        command.env("CARGO_TARGET_DIR", of("target")).env_remove("GRAPHPNAS_SHARED");
        let output = crate::common::output(&mut command);
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{stderr}");
        let lines: Vec<&str> = stderr.lines().rev().take(2).collect();
        assert_eq!(
            lines,
            ["test.sh: SKIPPED: no Python; set it", "test.sh: SKIPPED: full disks; no unshare"],
            "{stderr}"
        );
        assert_eq!(String::from_utf8(output.stdout).unwrap(), "test a ... ok\n");
    }
}
