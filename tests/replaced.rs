//! Outputs never overwrite a command's input, the files of a run, or files of another type.

use crate::common::graphpnas;
use std::path::{Path, PathBuf};
use std::process::Output;

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn refused(output: &Output, expected: &str) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.code() == Some(2) && errors.contains(expected), "{errors}");
}

fn trained(folder: &Path) -> PathBuf {
    let path = folder.join("net.safetensors");
    let small = ["--epochs", "1", "--train-images", "40", "--batch", "20", "--channels", "4", "--cells", "1"];
    let output = graphpnas(&[&["train", ARCH, "--device", "cpu", "-q", "--out", text(&path)], &small[..]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    path
}

#[test]
fn an_export_does_not_replace_the_checkpoint_it_reads() {
    let folder = tempfile::tempdir().unwrap();
    let net = trained(folder.path());
    let before = std::fs::read(&net).unwrap();
    // The weights of PyTorch source are saved next to it, with the name of the checkpoint.
    let source = folder.path().join("net.py");
    for (format, out) in [("pytorch", &source), ("safetensors", &net), ("json", &net)] {
        let output = graphpnas(&["export", text(&net), "--format", format, "--out", text(out)]);
        refused(&output, "net.safetensors is the input and would be overwritten; choose another file with --out");
    }
    let sizes = ["--channels", "4", "--cells", "1", "--classes", "10", "--out", text(&source)];
    let weights = ["export", ARCH, "--format", "pytorch", "--weights", text(&net)];
    refused(&graphpnas(&[&weights[..], &sizes].concat()), "net.safetensors is the input");
    assert_eq!(std::fs::read(&net).unwrap(), before);
    // A training checkpoint can also provide weights.
    let out = folder.path().join("other.onnx");
    let weights = ["export", ARCH, "--format", "onnx", "--weights", text(&net)];
    let output = graphpnas(&[&weights[..], &sizes[..6], &["--out", text(&out)]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let of_checkpoint = folder.path().join("same.onnx");
    assert!(graphpnas(&["export", text(&net), "--format", "onnx", "--out", text(&of_checkpoint)]).status.success());
    assert_eq!(std::fs::read(out).unwrap(), std::fs::read(of_checkpoint).unwrap());
}

#[test]
fn the_files_of_a_run_are_not_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let search = ["search", "nasbench201", "--dataset", "cifar10", "--evaluations", "3", "--generator", "random", "-q"];
    assert!(graphpnas(&[&search[..], &["--out", text(&run)]].concat()).status.success());
    for name in ["run.db", "config.toml", "command.json", "history.json", "best/arch.txt", "best/architecture.json"] {
        let file = run.join(name);
        let before = std::fs::read(&file).unwrap();
        let output = graphpnas(&["export", text(&run), "--format", "json", "--out", text(&file)]);
        refused(&output, "belongs to a run and would be overwritten; choose another file with --out");
        assert_eq!(std::fs::read(&file).unwrap(), before);
    }
    // Other files in the folder of a run may be overwritten.
    for _ in 0..2 {
        let output = graphpnas(&["export", text(&run), "--format", "json", "--out", text(&run.join("best/own.json"))]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    // The file of another run's best architecture is detected.
    std::fs::write(run.join("best/arch.txt"), ARCH).unwrap();
    let shown = graphpnas(&["show", text(&run)]);
    assert!(String::from_utf8_lossy(&shown.stderr).contains("arch.txt"), "{}", String::from_utf8_lossy(&shown.stderr));
}

#[test]
fn a_training_replaces_only_a_checkpoint() {
    let folder = tempfile::tempdir().unwrap();
    let net = trained(folder.path());
    trained(folder.path());
    let config = folder.path().join("config.toml");
    std::fs::write(&config, "epochs = 1\n").unwrap();
    for train in [&["train", ARCH][..], &["train", "--resume", text(&net), "--epochs", "2"]] {
        let output = graphpnas(&[train, &["--device", "cpu", "--out", text(&config)]].concat());
        refused(&output, "config.toml exists and is not a checkpoint; choose another file with --out");
    }
    assert_eq!(std::fs::read_to_string(&config).unwrap(), "epochs = 1\n");
    let shorter = graphpnas(&["train", "--resume", text(&net), "--epochs", "0"]);
    assert_eq!(shorter.status.code(), Some(2));
}
