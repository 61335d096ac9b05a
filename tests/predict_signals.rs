//! `graphpnas predict` with a network of signals.

use crate::common::{graphpnas, npy, output, python};
use crate::signals::{CHAIN, json, prepared, success};
use graphpnas::device::Device;
use graphpnas::train::Predictor;
use serde_json::Value;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;
use tempfile::TempDir;

/// A folder with the data set `data` and a trained network, `cell.safetensors`, of signals of 2 x 50 in three classes.
static TRAINED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let [_, data] = prepared(folder.path());
    std::fs::write(folder.path().join("chain.toml"), CHAIN).unwrap();
    let [chain, cell] = ["chain.toml", "cell.safetensors"].map(|name| text(&folder.path().join(name)).to_owned());
    let args =
        ["train", "n:c3,c7,mb", "--space", &chain, "--data", &data, "--epochs", "4", "--batch", "15", "--out", &cell];
    success(&graphpnas(&[&args[..], &["--device", "cpu"]].concat()));
    folder
});

fn file(name: &str) -> String {
    TRAINED.path().join(name).to_str().unwrap().to_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The numbers of the most probable classes.
fn classes(predicted: &Value) -> Vec<u64> {
    let signals = predicted["signals"].as_array().unwrap();
    signals.iter().map(|signal| signal["predictions"][0]["index"].as_u64().unwrap()).collect()
}

/// The probabilities of the export in ONNX Runtime, as JSON.
const IN_ONNX_RUNTIME: &str = "
import sys, json, numpy, onnxruntime
[p] = onnxruntime.InferenceSession(sys.argv[1]).run(None, {'input': numpy.load(sys.argv[2])[:, :, None, :]})
print(json.dumps(p.tolist()))
";

#[test]
fn predicted_classes_are_those_of_evaluate() {
    let (cell, data, test) = (file("cell.safetensors"), file("data"), file("data/x_test.npy"));
    let evaluated = json(&["evaluate", &cell, "--data", &data, "--device", "cpu", "--json"]);
    let predicted = json(&["predict", &cell, &test, "--device", "cpu", "--json"]);
    let mut confusion = [[0_u64; 3]; 3];
    for (signal, class) in classes(&predicted).into_iter().enumerate() {
        confusion[signal % 3][class as usize] += 1;
    }
    assert_eq!(serde_json::json!(confusion), evaluated["confusion"]);
    let hits = (0..3).map(|class| confusion[class][class]).sum::<u64>();
    assert_eq!(evaluated["test"]["accuracy"].as_f64().unwrap(), 100.0 * hits as f64 / 30.0);
    let fourth = &predicted["signals"][3];
    assert_eq!((fourth["path"].as_str(), fourth["signal"].as_u64()), (Some(test.as_str()), Some(3)));
    assert!(fourth["predictions"][0]["class"].as_str().unwrap().starts_with("class "));
    // Files of single signals give the same results, although their batch has signals of several files.
    let folder = tempfile::tempdir().unwrap();
    let bytes = std::fs::read(&test).unwrap();
    for (number, signal) in bytes[128..].chunks(400).enumerate() {
        npy(&folder.path().join(format!("{number:02}.npy")), "<f4", &[2, 50], signal);
    }
    let single = json(&["predict", &cell, text(folder.path()), "--device", "cpu", "--json"]);
    let probabilities = |found: &Value| -> Vec<Value> {
        found["signals"].as_array().unwrap().iter().map(|signal| signal["predictions"].clone()).collect()
    };
    assert_eq!(probabilities(&single), probabilities(&predicted));
    // In a folder, labels are skipped.
    let output = graphpnas(&["predict", &cell, &data, "--device", "cpu", "--top", "1"]);
    let (shown, notes) = (success(&output), String::from_utf8_lossy(&output.stderr).into_owned());
    assert!(notes.contains("note: skipped 2 files in") && notes.contains("that are not arrays of signals"), "{notes}");
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(lines.len(), 2 * (30 + 90));
    assert!(lines[0].ends_with("x_test.npy[0]") && lines[60].ends_with("x_train.npy[0]"), "{shown}");
    assert!(lines[59].ends_with(&format!(" %  class {}", classes(&predicted)[29])), "{shown}");
    if let Some(python) = python("probabilities of signals were not compared with ONNX Runtime") {
        let onnx = folder.path().join("net.onnx");
        let args = ["export", &cell, "--format", "onnx", "--with-preprocessing", "--out", text(&onnx)];
        success(&graphpnas(&args));
        let ran = success(&output_of(python, &[text(&onnx), &test]));
        let expected: Vec<[f64; 3]> = serde_json::from_str(&ran).unwrap();
        for (signal, expected) in predicted["signals"].as_array().unwrap().iter().zip(expected) {
            for prediction in signal["predictions"].as_array().unwrap() {
                let class = prediction["index"].as_u64().unwrap() as usize;
                let difference = prediction["probability"].as_f64().unwrap() - expected[class];
                assert!(difference.abs() < 1e-4, "{signal}, {expected:?}");
            }
        }
    }
}

fn output_of(python: std::ffi::OsString, args: &[&str]) -> std::process::Output {
    output(Command::new(python).args(["-c", IN_ONNX_RUNTIME]).args(args))
}

#[test]
fn unusable_arrays_and_signals_are_reported_and_the_others_classified() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let good: Vec<u8> = (0..300_i16).flat_map(|i| (i % 7).to_be_bytes()).collect();
    npy(&path("a-good.npy"), ">i2", &[3, 2, 50], &good);
    npy(&path("b-channels.npy"), "<i2", &[2, 3, 50], &good);
    npy(&path("c-length.npy"), "<i2", &[3, 2, 40], &good[..480]);
    let mut values: Vec<f64> = (0..200).map(|i| f64::from(i % 7)).collect();
    (values[99], values[100]) = (f64::NAN, 2.0);
    npy(
        &path("d-nan.npy"),
        "<f8",
        &[2, 2, 50],
        &values.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>(),
    );
    npy(&path("e-cut.npy"), ">i2", &[3, 2, 50], &good[..500]);
    npy(&path("f-text.npy"), "<U1", &[1, 2, 50], &good[..400]);
    image::RgbImage::new(4, 4).save(path("g-photo.png")).unwrap();
    std::fs::rename(path("g-photo.png"), path("g-photo.npy")).unwrap();
    npy(&path("h-last.npy"), ">i2", &[2, 50], &good[..200]);
    std::fs::write(path("notes.txt"), "text").unwrap();
    let cell = file("cell.safetensors");
    let args = ["predict", &cell, text(folder.path()), "--device", "cpu"];
    let output = graphpnas(&[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    let errors: Vec<_> = stderr.lines().filter_map(|line| line.strip_prefix("error: ")).collect();
    let expected = [
        "b-channels.npy has the shape [2, 3, 50], but the network takes signals of 2 x 50 (channels x length); give an array of \
         n x 2 x 50, or 2 x 50 for one signal",
        "c-length.npy has the shape [3, 2, 40], but the network takes signals of 2 x 50 (channels x length); give an array of \
         n x 2 x 50, or 2 x 50 for one signal",
        "d-nan.npy has in signal 0 a value that is not finite (NaN or infinity); replace it or remove the signal",
        "e-cut.npy has 500 bytes of values, but 600 according to its header; it seems cut off or damaged, so save it again",
        "f-text.npy has text or objects instead of numbers; numpy.unique(array, return_inverse=True)[1] numbers labels",
        "g-photo.npy is an image, but the network takes signals; give NumPy arrays (.npy)",
        "5 of 8 files could not be read, and 1 of 6 signals could not be classified",
    ];
    assert_eq!(errors.len(), expected.len(), "{stderr}");
    for (error, expected) in errors.iter().zip(expected) {
        assert!(error.ends_with(expected), "{error}");
    }
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let signals = value["signals"].as_array().unwrap();
    let good: Vec<_> = signals.iter().filter(|signal| signal["error"].is_null()).collect();
    assert_eq!((signals.len(), good.len()), (11, 5));
    assert_eq!(good[0]["predictions"], good[4]["predictions"], "the same values");
    assert_eq!((signals[5]["signal"].as_u64(), signals[3]["signal"].as_u64()), (Some(0), None));
    assert_eq!(String::from_utf8_lossy(&graphpnas(&args).stdout).lines().count(), 5 * 4);
    let empty = path("empty");
    std::fs::create_dir(&empty).unwrap();
    std::fs::copy(file("data/y_test.npy"), empty.join("Y_test.npy")).unwrap();
    for (path, expected) in
        [(text(&empty), "contains no arrays of signals (npy)"), ("/nowhere.npy", "cannot read /nowhere.npy")]
    {
        let output = graphpnas(&["predict", &cell, path, "--device", "cpu"]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && message.contains(expected), "{message}");
    }
}

#[test]
fn a_signal_does_not_change_the_results_of_others() {
    let mut predictor = Predictor::load(Path::new(&file("cell.safetensors")), &Device::Cpu).unwrap();
    let signal: Vec<f32> = (0..100).map(|i| (i % 9) as f32).collect();
    let alone = predictor.signal_probabilities(std::slice::from_ref(&signal)).unwrap();
    assert!((alone[0].as_ref().unwrap().iter().sum::<f64>() - 1.0).abs() < 1e-9);
    let mut with_nan = signal.clone();
    with_nan[40] = f32::NAN;
    let among = predictor.signal_probabilities(&[with_nan, signal, vec![f32::INFINITY; 100]]).unwrap();
    assert_eq!(among, [None, alone[0].clone(), None]);
    let error = predictor.signal_probabilities(&[vec![0.0; 99]]).unwrap_err().to_string();
    assert_eq!(error, "an input has 99 values; the network takes inputs of 100 values");
    let error = predictor.probabilities(&[vec![0; 100]]).unwrap_err().to_string();
    assert_eq!(error, "the network takes signals, not images");
}
