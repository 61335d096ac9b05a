//! Exported networks describe their input; other programs that follow the description get the same probabilities.

use crate::common;
use graphpnas::onnx::ModelProto;
use graphpnas::train::Interface;
use prost::Message;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use tempfile::TempDir;

const CELL: &str = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";

/// Class names that need escaping, in the order of the folders.
const CLASSES: [&str; 3] = ["\"a\" \\ it's", "b\nc", "猫 {é}"];

/// The same names in a data set, where names of folders are escaped to keep them distinct.
const NAMES: [&str; 3] = ["\"a\" \\\\ it's", "b\\nc", "猫 {é}"];

/// Images of three classes, and a network trained on them.
static TRAINED: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    for part in ["train", "test"] {
        for (class, name) in CLASSES.iter().enumerate() {
            let path = folder.path().join("data").join(part).join(name);
            std::fs::create_dir_all(&path).unwrap();
            let numbers = if part == "train" { 0..12 } else { 12..16 };
            numbers.for_each(|number| write_image(&path.join(format!("{number}.png")), class, number, 16, 16));
        }
    }
    let data = folder.path().join("data");
    let args =
        ["train", CELL, "--epochs", "8", "--batch", "12", "--channels", "4", "--cells", "1", "--recipe", "quick"];
    let out = folder.path().join("net.safetensors");
    printed(&[&args[..], &["--device", "cpu", "--data", text(&data), "--out", text(&out)]].concat());
    folder
});

/// Writes an image in which the channel of its class is strong; `number` varies it.
fn write_image(path: &Path, class: usize, number: u32, width: u32, height: u32) {
    let value = |x: u32, y: u32, channel: usize| {
        let strong = if channel == class { 140 } else { 20 };
        strong + ((x * 3 + y * 5 + number * 7 + channel as u32) % 60) as u8
    };
    let pixel = |x, y| image::Rgb([value(x, y, 0), value(x, y, 1), value(x, y, 2)]);
    image::RgbImage::from_fn(width, height, pixel).save_with_format(path, image::ImageFormat::Png).unwrap();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn graphpnas(args: &[&str]) -> Output {
    common::output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).args(args))
}

fn printed(args: &[&str]) -> String {
    let output = graphpnas(args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn network() -> PathBuf {
    TRAINED.path().join("net.safetensors")
}

fn export(format: &str, more: &[&str], out: &Path) -> Value {
    let net = network();
    let args = ["export", text(&net), "--format", format, "--json", "--out", text(out)];
    serde_json::from_str(&printed(&[&args[..], more].concat())).unwrap()
}

/// Probabilities of all classes, in their order.
fn predicted(image: &Path) -> Vec<f64> {
    let net = network();
    let output = printed(&["predict", text(&net), text(image), "--device", "cpu", "--json"]);
    let value: Value = serde_json::from_str(&output).unwrap();
    let mut all: Vec<_> = value["images"][0]["predictions"].as_array().unwrap().iter().collect();
    all.sort_by_key(|prediction| prediction["index"].as_u64());
    let names: Vec<_> = all.iter().map(|prediction| prediction["class"].as_str().unwrap()).collect();
    assert_eq!(names, NAMES);
    all.iter().map(|prediction| prediction["probability"].as_f64().unwrap()).collect()
}

#[test]
fn every_format_describes_the_input() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("net.onnx");
    let net = network();
    let described: Value = serde_json::from_str(&printed(&["export", text(&net), "--format", "json"])).unwrap();
    let interface: Interface = serde_json::from_value(described["interface"].clone()).unwrap();
    assert_eq!(interface.class_names.as_ref().unwrap(), &NAMES);
    assert!(interface.trained && interface.output == "logits" && interface.input_scale == "0..1");
    assert_eq!((interface.input, interface.layout.as_str(), interface.color.as_str()), ([3, 16, 16], "NCHW", "RGB"));
    let mean = interface.mean.clone().unwrap();
    assert!(mean.len() == 3 && mean.iter().all(|mean| (0.2..0.6).contains(mean)), "{mean:?}");

    assert_eq!(export("onnx", &[], &out)["interface"], described["interface"]);
    let model = ModelProto::decode(std::fs::read(&out).unwrap().as_slice()).unwrap();
    let texts: Vec<_> = model.metadata_props.iter().map(|entry| (entry.key.clone(), entry.value.clone())).collect();
    assert!(interface.metadata().iter().all(|text| texts.contains(text)), "{texts:?}");
    assert!(texts.contains(&("arch".into(), CELL.into())) && texts.contains(&("space".into(), "nasbench201".into())));

    export("safetensors", &[], &out);
    let texts = graphpnas::nn::Checkpoint::read(&out).unwrap().texts;
    assert!(interface.metadata().iter().all(|(key, value)| texts[key] == *value));
    assert_eq!(Interface::from_metadata(&texts, interface.input), interface);

    let out = folder.path().join("net.py");
    export("pytorch", &[], &out);
    let source = std::fs::read_to_string(&out).unwrap();
    let line = |text: &str| assert!(source.contains(text), "{source}\nlacks\n{text}");
    line("CLASSES = [\n    \"\\\"a\\\" \\\\\\\\ it's\",\n    \"b\\\\nc\",\n    \"猫 {é}\",\n]\n");
    line("TRAINED = True\n");
    line("INPUT = (3, 16, 16)\n");
    line("The outputs are logits, in the order of CLASSES.");
}

#[test]
fn preprocessing_becomes_part_of_the_graph() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("net.onnx");
    let interface = export("onnx", &["--with-preprocessing"], &out)["interface"].clone();
    assert_eq!((&interface["output"], &interface["input_type"]), (&"probabilities".into(), &"uint8".into()));
    let graph = ModelProto::decode(std::fs::read(&out).unwrap().as_slice()).unwrap().graph.unwrap();
    let operators: Vec<_> = graph.node.iter().map(|node| node.op_type.as_str()).collect();
    assert_eq!((operators[..4].to_vec(), operators.last()), (vec!["Cast", "Div", "Sub", "Div"], Some(&"Softmax")));
    assert_eq!(graph.output[0].name, "probabilities");
    let refused = |args: &[&str], expected: &str| {
        let output = graphpnas(&[&["export"], args, &["--with-preprocessing", "--out", text(&out)]].concat());
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(expected), "{message}");
    };
    let net = network();
    refused(&[text(&net), "--format", "safetensors"], "applies only to the formats onnx and pytorch");
    refused(&[CELL, "--format", "onnx"], "are unknown; omit --with-preprocessing");
}

#[test]
fn trained_weights_are_exported_for_another_image_size() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("net.onnx");
    let interface = export("onnx", &["--input", "3x24x20"], &out)["interface"].clone();
    assert_eq!((&interface["trained"], &interface["input"]), (&true.into(), &serde_json::json!([3, 24, 20])));
    let weights = |path: &Path| {
        let graph = ModelProto::decode(std::fs::read(path).unwrap().as_slice()).unwrap().graph.unwrap();
        graph.initializer.into_iter().map(|tensor| (tensor.name, tensor.raw_data)).collect::<Vec<_>>()
    };
    let other = folder.path().join("own.onnx");
    export("onnx", &[], &other);
    assert!(weights(&out) == weights(&other));
    let net = network();
    for (flag, value) in [("--input", "1x16x16"), ("--classes", "4"), ("--channels", "8"), ("--cells", "2")] {
        let args = ["export", text(&net), "--format", "onnx", "--out", text(&out), flag, value, "--json"];
        let output = graphpnas(&args);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && message.contains(&format!("omit {flag}")), "{message}");
        // `show` accepts these options.
        printed(&["show", text(&net), flag, value]);
    }
}

#[test]
fn images_are_classified_and_unreadable_ones_reported() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("images");
    std::fs::create_dir_all(pictures.join("more")).unwrap();
    write_image(&pictures.join("0.png"), 0, 20, 16, 16);
    write_image(&pictures.join("more/2.png"), 2, 21, 50, 31);
    std::fs::write(pictures.join("1-bad.jpg"), b"not an image").unwrap();
    std::fs::write(pictures.join("notes.txt"), b"text").unwrap();
    let net = network();
    let args = ["predict", text(&net), text(&pictures), "--device", "cpu", "--top", "2"];
    let output = graphpnas(&[&args[..], &["--json"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("1-bad.jpg") && message.contains("1 of 3 images could not be read"), "{message}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let images = value["images"].as_array().unwrap();
    let best: Vec<_> = images.iter().map(|image| image["predictions"][0]["class"].as_str()).collect();
    assert_eq!(best, [Some(NAMES[0]), None, Some(NAMES[2])]);
    assert!(images[1]["error"].as_str().unwrap().contains("1-bad.jpg"));
    assert_eq!(images[0]["predictions"].as_array().unwrap().len(), 2);
    let sum: f64 = predicted(&pictures.join("0.png")).iter().sum();
    assert!((sum - 1.0).abs() < 1e-9);
    let listed = graphpnas(&args);
    let shown = String::from_utf8_lossy(&listed.stdout).into_owned();
    assert!(shown.contains("%  猫 {é}\n") && !shown.contains("b\nc"), "{shown}");
    let empty = folder.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let array = folder.path().join("x.npy");
    common::npy(&array, "<f4", &[1, 3, 16, 16], &[0; 4 * 3 * 16 * 16]);
    for (path, expected) in [
        (empty.as_path(), "contains no image files (jpg, "),
        (Path::new("/nowhere.png"), "/nowhere.png"),
        (&array, "x.npy is a NumPy array, but the network takes images; give image files"),
    ] {
        let output = graphpnas(&["predict", text(&net), text(path), "--device", "cpu"]);
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(1) && message.contains(expected), "{message}");
    }
}

#[test]
fn a_truncated_image_is_not_classified() {
    let folder = tempfile::tempdir().unwrap();
    let whole = folder.path().join("whole.jpg");
    let pixel = |x: u32, y: u32| image::Rgb([(x * 4) as u8, (y * 4) as u8, ((x ^ y) * 4) as u8]);
    image::RgbImage::from_fn(64, 64, pixel).save(&whole).unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let cut = folder.path().join("cut.jpg");
    std::fs::write(&cut, &bytes[..bytes.len() / 2]).unwrap();
    let net = network();
    let predict = |path: &Path| graphpnas(&["predict", text(&net), text(path), "--device", "cpu"]);
    assert_eq!(predict(&whole).status.code(), Some(0));
    let output = predict(&cut);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.code() == Some(1) && message.contains("cut.jpg is cut off"), "{message}");
}

#[test]
fn all_images_of_a_folder_without_parts_are_tested_unless_some_were_used_for_training() {
    let folder = tempfile::tempdir().unwrap();
    let (flat, net) = (folder.path().join("flat"), network());
    for (class, name) in CLASSES.iter().enumerate() {
        std::fs::create_dir_all(flat.join(name)).unwrap();
        (30..40).for_each(|number| write_image(&flat.join(name).join(format!("{number}.png")), class, number, 16, 16));
    }
    let evaluated =
        |net: &Path| graphpnas(&["evaluate", text(net), "--data", text(&flat), "--device", "cpu", "--json"]);
    let output = evaluated(&net);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(message.contains("has no test part") && message.contains("testing on all 30 images"), "{message}");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(value["images"], 30);
    // If the network was trained on the folder, only the remaining images are tested.
    let own = folder.path().join("own.safetensors");
    let small = ["--epochs", "1", "--batch", "12", "--channels", "4", "--cells", "1", "--recipe", "quick"];
    printed(&[&["train", CELL, "--data", text(&flat), "--out", text(&own), "--device", "cpu"], &small[..]].concat());
    let value: Value = serde_json::from_slice(&evaluated(&own).stdout).unwrap();
    assert_eq!(value["images"], 6);
}

#[test]
fn results_are_reported_per_class() {
    let (net, data) = (network(), TRAINED.path().join("data"));
    let args = ["evaluate", text(&net), "--data", text(&data), "--device", "cpu"];
    let listed = printed(&args);
    for words in ["class ", "b\\nc", "images of a class predicted as", "majority   33.33 %"] {
        assert!(listed.contains(words), "{listed}\nlacks {words}");
    }
    let value: Value = serde_json::from_str(&printed(&[&args[..], &["--json"]].concat())).unwrap();
    let correct: u64 = (0..3).map(|class| value["confusion"][class][class].as_u64().unwrap()).sum();
    assert_eq!(value["test"]["accuracy"].as_f64().unwrap(), 100.0 * correct as f64 / 12.0);
    assert_eq!(value["per_class"][1]["name"], NAMES[1]);
    assert_eq!(value["per_class"][1]["images"], 4);
}

/// Returns the first Python block in the guide that contains `what`.
fn example(what: &str) -> String {
    let page = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guide/networks.md")).unwrap();
    let mut blocks = page.split("```python\n").skip(1).filter_map(|rest| rest.split("```").next());
    blocks.find(|block| block.contains(what)).unwrap_or_else(|| panic!("no example of {what}")).to_owned()
}

/// Runs the examples of the guide with images of the network's input size and of another size.
#[test]
fn examples_of_the_guide_get_the_same_probabilities() {
    let Some(python) = common::python("the guide's examples of other programs were not run") else { return };
    let has = |module: &str| {
        Command::new(&python).args(["-c", &format!("import {module}")]).output().is_ok_and(|out| out.status.success())
    };
    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str| folder.path().join(name);
    export("onnx", &["--with-preprocessing"], &file("best.onnx"));
    export("pytorch", &[], &file("best.py"));
    let mut programs = vec!["onnxruntime"];
    match has("torch") {
        true => programs.push("torch"),
        false => {
            common::print_uncaptured("SKIPPED: the guide's example of PyTorch was not run; that Python has no torch")
        }
    }
    for (width, height, tolerance) in [(16, 16, 1e-4), (40, 26, 0.02)] {
        write_image(&file("photo.jpg"), 1, 30, width, height);
        let expected_probabilities = predicted(&file("photo.jpg"));
        let best =
            (0..3).reduce(|a, b| if expected_probabilities[b] > expected_probabilities[a] { b } else { a }).unwrap();
        for program in &programs {
            std::fs::write(file("example.py"), example(program)).unwrap();
            let output = Command::new(&python)
                .args(["-B", "example.py"])
                .env("PYTHONIOENCODING", "utf-8")
                .current_dir(folder.path())
                .output()
                .unwrap();
            let message = String::from_utf8_lossy(&output.stdout).into_owned();
            assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
            let (class, probability) = message.trim_end().rsplit_once(' ').unwrap();
            assert_eq!(class, NAMES[best], "{program}");
            let probability: f64 = probability.parse().unwrap();
            assert!(
                (probability - expected_probabilities[best]).abs() <= tolerance,
                "{program}: {probability} instead of {}",
                expected_probabilities[best]
            );
        }
    }
}

/// Runs networks with preprocessing in the graph in other programs.
#[test]
fn graphs_with_preprocessing_give_the_same_probabilities() {
    let Some(python) = common::python("graphs with preprocessing were not run in other programs") else { return };
    let folder = tempfile::tempdir().unwrap();
    export("onnx", &["--with-preprocessing", "--fold"], &folder.path().join("net.onnx"));
    export("pytorch", &["--with-preprocessing"], &folder.path().join("net.py"));
    let path = TRAINED.path().join("data/test").join(CLASSES[2]).join("13.png");
    let expected = predicted(&path);
    let bytes = image::open(&path).unwrap().into_rgb8().into_raw();
    let case = serde_json::json!({ "pixels": bytes, "probabilities": expected, "classes": NAMES });
    std::fs::write(folder.path().join("case.json"), case.to_string()).unwrap();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/export/preprocessed.py");
    let output = common::output(Command::new(&python).args(["-B", script, text(folder.path())]));
    let message = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{message}");
    common::print_uncaptured(message.lines().last().unwrap_or_default());
}
