//! Signals from the command line: a space with `axes = 1`, searched on NumPy arrays.

use crate::common::{graphpnas, output, python, waves};
use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

const SPACE: &str = include_str!("fixtures/signals.toml");

pub fn success(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn json(args: &[&str]) -> Value {
    serde_json::from_str(&success(&graphpnas(args))).unwrap()
}

/// Requires this exit code, and one line on stderr that contains the text.
fn refused(args: &[&str], code: i32, expected: &str) {
    let output = graphpnas(args);
    let message = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(code) && message.contains(expected), "{:?}: {message}", output.status);
    assert_eq!(message.lines().filter(|line| line.starts_with("error: ")).count(), 1, "{message}");
}

/// Prints the accuracy of an exported network on the stored values, in percent.
const IN_ONNX_RUNTIME: &str = "
import sys, numpy, onnxruntime
x, y = (numpy.load(f'{sys.argv[2]}/{name}_test.npy') for name in 'xy')
[p] = onnxruntime.InferenceSession(sys.argv[1]).run(None, {'input': x[:, :, None, :]})
assert numpy.allclose(p.sum(1), 1, atol=1e-5)
print(100 * (p.argmax(1) == y).mean())
";

/// A chain of three operations.
pub const CHAIN: &str = r#"
format = 1
name = "chain"
axes = 1
[op]
c3 = { kind = "conv" }
c7 = { kind = "conv", kernel = 7 }
mb = { kind = "mbconv", kernel = 5, se = 0.5 }
[part.p]
nodes = 3
ops = ["c3", "c7", "mb"]
stride = [1, 2, 2]
[[layer]]
op = "c3"
channels = 16
[[layer]]
part = "p"
[[layer]]
op = { kind = "head" }
"#;

/// The space file and the data set in a folder.
pub fn prepared(folder: &Path) -> [String; 2] {
    let data = folder.join("data");
    std::fs::create_dir(&data).unwrap();
    waves(&data, "train", 90, 50);
    waves(&data, "test", 30, 50);
    let space = folder.join("signals.toml");
    std::fs::write(&space, SPACE).unwrap();
    [space, data].map(|path| path.to_str().unwrap().to_owned())
}

#[test]
fn a_space_for_signals_is_checked_and_drawn() {
    let folder = tempfile::tempdir().unwrap();
    let [space, data] = prepared(folder.path());
    let checked = json(&["space", "check", &space, "--json"]);
    assert_eq!((&checked["checked"], &checked["input"]), (&100.into(), &serde_json::json!([2, 1, 50])));
    json(&["space", "check", &space, "--input", "3x1x256", "--json"]);
    refused(
        &["space", "check", &space, "--input", "3x32x32"],
        2,
        "the space is for signals (axes = 1), which have height 1",
    );
    assert!(success(&graphpnas(&["space", "draw", &space, "--seed", "2"])).contains("input"));
    let verified = success(&graphpnas(&["data", "verify", &data]));
    assert!(verified.contains("1x50"), "{verified}");
}

#[test]
fn generators_search_signals_and_the_network_is_exported() {
    let folder = tempfile::tempdir().unwrap();
    let [every_kind, data] = prepared(folder.path());
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let space = out("chain.toml");
    std::fs::write(&space, CHAIN).unwrap();
    let sets = [
        "oracle.epochs=8",
        "oracle.batch=15",
        "explore.value=2",
        "train.epochs=2",
        "latency=false",
        "proxy.enabled=false",
    ];
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    for generator in ["graphpnas", "lstm"] {
        let run = out(generator);
        let args =
            ["search", &space, "--data", &data, "--device", "cpu", "--json", "--evaluations", "5", "--out", &run];
        let found = json(&[&args[..], &["--generator", generator], &sets].concat());
        assert_eq!(found["history"].as_array().unwrap().len(), 5);
        assert!(found["best"]["reward"].as_f64().unwrap() > 90.0, "three classes are told apart: {}", found["best"]);
        let report = std::fs::read_to_string(Path::new(&run).join("report.html")).unwrap();
        assert!(report.contains(found["best"]["arch"].as_str().unwrap()));
    }
    let args = ["search", &every_kind, "--data", &data, "--device", "cpu", "--json", "--evaluations", "3", "--out"];
    let found = json(&[&args[..], &[&out("every-kind"), "--generator", "evolution"], &sets].concat());
    assert_eq!(found["history"].as_array().unwrap().len(), 3);
    let run = out("lstm");
    success(&graphpnas(&["train", &run, "--epochs", "2"]));
    let evaluated = json(&["evaluate", &run, "--json"]);
    let accuracy = evaluated["test"]["accuracy"].as_f64().unwrap();
    assert_eq!(evaluated["images"], 30);
    let (source, onnx) = (out("net.py"), out("net.onnx"));
    success(&graphpnas(&["export", &run, "--format", "pytorch", "--with-preprocessing", "--out", &source]));
    let text = std::fs::read_to_string(&source).unwrap();
    assert!(text.contains("        x = (x - self.input_mean) / self.input_std\n") && !text.contains("uint8"), "{text}");
    success(&graphpnas(&["export", &run, "--format", "onnx", "--with-preprocessing", "--out", &onnx]));
    if let Some(python) = python("an exported network of signals was not run in ONNX Runtime") {
        let ran = output(Command::new(python).args(["-c", IN_ONNX_RUNTIME, &onnx, &data]));
        let text = success(&ran);
        assert!((text.trim().parse::<f64>().unwrap() - accuracy).abs() < 1e-6, "{text} for {accuracy}");
    }
    let described = json(&["export", &run, "--format", "json"]);
    assert_eq!(described["interface"]["input_scale"], "any");
    assert_eq!(described["interface"]["resize"], "none: signals must have the length of the input");
    assert_eq!(json(&["predict", &run, &data, "--json"])["signals"].as_array().unwrap().len(), 120);
    refused(
        &["search", &space, "--data", "embedded", "--out", &out("images")],
        2,
        "the space is for signals (axes = 1)",
    );
    refused(
        &["search", &space, "--data", &data, "--resize", "32", "--out", &out("small")],
        1,
        "cannot be resized to 32x32",
    );
    let args = ["search", "nasbench201", "--data", &data, "--out", &out("spaces"), "--set", "proxy.enabled=false"];
    refused(&args, 2, "; signals need a space with axes = 1");
}

#[test]
fn a_checkpoint_is_evaluated_on_signals_of_its_shape() {
    let folder = tempfile::tempdir().unwrap();
    let [_, data] = prepared(folder.path());
    let chain = folder.path().join("chain.toml");
    std::fs::write(&chain, CHAIN).unwrap();
    let cell = folder.path().join("cell.safetensors");
    let [chain, cell] = [chain, cell].map(|path| path.to_str().unwrap().to_owned());
    let args =
        ["train", "n:c3,c7,mb", "--space", &chain, "--data", &data, "--epochs", "1", "--batch", "30", "--out", &cell];
    success(&graphpnas(&args));
    assert_eq!(json(&["evaluate", &cell, "--data", &data, "--json"])["images"], 30);
    refused(
        &["evaluate", &cell],
        1,
        "takes images of shape [2, 1, 50] in 3 classes, not [3, 1, 50] in 10 (the built-in images); give matching data with --data",
    );
    let shorter = folder.path().join("shorter");
    std::fs::create_dir(&shorter).unwrap();
    waves(&shorter, "train", 12, 40);
    let shorter = shorter.to_str().unwrap();
    refused(&["evaluate", &cell, "--data", shorter], 1, "signals of 2x1x40 cannot be resized to 1x50");
    refused(&["train", "--resume", &cell, "--epochs", "2"], 1, "cannot continue on a different data set");
}

/// All commands that read a data set have the same message and exit code.
#[test]
fn damaged_arrays_are_one_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let [space, data] = prepared(folder.path());
    let labels = Path::new(&data).join("y_train.npy");
    let bytes = std::fs::read(&labels).unwrap();
    std::fs::write(&labels, &bytes[..bytes.len() - 3]).unwrap();
    let expected = "y_train.npy has 717 bytes of values, but 720 according to its header; it seems cut off or damaged, so save it again";
    refused(&["data", "verify", &data], 1, expected);
    refused(&["search", &space, "--data", &data, "--out", folder.path().join("run").to_str().unwrap()], 1, expected);
    refused(&["score", &space, "--data", &data], 1, expected);
    let all = Path::new(&data).join("x_train.npy");
    refused(&["search", &space, "--data", all.to_str().unwrap()], 1, "give a folder with x_train.npy and y_train.npy");
}

/// The default settings for own data: proxies, scores without training, and a surrogate.
#[test]
fn the_default_search_with_proxies_and_shared_weights_take_signals() {
    let folder = tempfile::tempdir().unwrap();
    let [space, data] = prepared(folder.path());
    let out = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let small = [
        "explore.value=2",
        "explore.pool=4",
        "evaluations=4",
        "proxy.steps=4",
        "proxy.finalists=1",
        "proxy.finalist_steps=5",
    ];
    let small: Vec<_> = small.iter().flat_map(|set| ["--set", set]).collect();
    let args = ["search", &space, "--data", &data, "--device", "cpu", "--json", "--out"];
    let proxies = out("proxies");
    let found = json(&[&args[..], &[&proxies], &small].concat());
    assert_eq!(found["history"].as_array().unwrap().len(), 4);
    let path = out("chain.toml");
    std::fs::write(&path, CHAIN).unwrap();
    let shared = ["supernet.enabled=true", "supernet.schedule=two-stage", "supernet.rounds=2", "proxy.enabled=false"];
    let shared: Vec<_> = shared.iter().flat_map(|set| ["--set", set]).collect();
    let args = ["search", &path, "--data", &data, "--device", "cpu", "--json", "--evaluations", "4", "--out"];
    let found = json(&[&args[..], &[&out("shared")], &["--set", "explore.value=2"], &shared].concat());
    assert_eq!(found["history"].as_array().unwrap().len(), 4);
}
