//! Folders of a user's own images on the command line: mixed sizes, parts, and the output of `data verify`.

use crate::common::graphpnas;
use image::{Rgb, RgbImage};
use serde_json::Value;
use std::path::Path;
use std::process::Output;

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";

fn picture(path: &Path, height: u32, width: u32, shade: u32) {
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let pixel = |x, y| Rgb([(shade % 256) as u8, (x * 7) as u8, (y * 7) as u8]);
    RgbImage::from_fn(width, height, pixel).save(path).unwrap();
}

/// Writes two classes of images of several sizes in each of these parts.
fn mixed(folder: &Path, parts: &[&str]) {
    for (index, part) in parts.iter().enumerate() {
        for (class, shade) in [("ant", 10), ("bird", 150)] {
            for (number, (height, width)) in [(20, 24), (24, 20), (16, 16), (20, 24)].into_iter().enumerate() {
                let path = folder.join(part).join(class).join(format!("{number}.png"));
                picture(&path, height, width, shade + 4 * index as u32 + number as u32);
            }
        }
    }
}

fn text(folder: &Path) -> &str {
    folder.to_str().unwrap()
}

fn json(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn mixed_sizes_are_refused_and_the_error_names_resize() {
    let folder = tempfile::tempdir().unwrap();
    mixed(folder.path(), &["train", "test"]);
    let data = ["--data", text(folder.path()), "--device", "cpu"];
    for command in [&["search", "nasbench201"][..], &["train", ARCH]] {
        let output = graphpnas(&[command, &data].concat());
        let message = stderr(&output);
        assert_eq!((output.status.code(), message.trim_end().lines().count()), (Some(1), 1), "{message}");
        assert!(message.contains("(height x width), but other images have 20x24"), "{message}");
        assert!(message.contains("--resize N or --resize HEIGHTxWIDTH"), "{message}");
    }
    for wrong in ["0", "48x", "4097"] {
        let output = graphpnas(&[&["train", ARCH, "--resize", wrong], &data[..]].concat());
        assert!(
            output.status.code() == Some(2) && stderr(&output).contains("such as 48 or 48x64"),
            "{}",
            stderr(&output)
        );
    }
}

#[test]
fn a_network_is_trained_and_evaluated_on_rectangular_images() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("pictures");
    mixed(&pictures, &["train", "val", "test"]);
    let (pictures, net) = (text(&pictures), folder.path().join("net.safetensors"));
    let small = ["--batch", "4", "--channels", "2", "--cells", "1", "--epochs", "1", "--device", "cpu", "--json"];
    let train = [&["train", ARCH, "--data", pictures, "--resize", "8x12", "--out", text(&net)], &small[..]].concat();
    let output = graphpnas(&train);
    assert!(stderr(&output).contains("24 of 24 images are not 8x12 (height x width)"), "{}", stderr(&output));
    let trained = json(&output);
    assert_eq!(trained["input"], serde_json::json!([3, 8, 12]));
    assert!(trained["validation"]["accuracy"].is_number(), "the folder val was used");
    // The checkpoint contains the input size.
    let measured = json(&graphpnas(&["evaluate", text(&net), "--data", pictures, "--device", "cpu", "--json"]));
    assert_eq!((&measured["test"], measured["images"].as_u64()), (&trained["test"], Some(8)));
    let resumed = graphpnas(&["train", "--resume", text(&net), "--data", pictures, "--device", "cpu", "--json"]);
    assert_eq!(json(&resumed)["test"], trained["test"]);
}

#[test]
fn a_search_stores_the_image_size_in_its_configuration() {
    let sizes = [("48", 48, 0), ("48x48", 48, 0), ("48x64", 48, 64)];
    for (flag, height, width) in sizes {
        let output = graphpnas(&["search", "--data", "nowhere", "--resize", flag, "--dry-run", "--json"]);
        let oracle = &json(&output)["oracle"];
        assert_eq!((oracle["resize"].as_u64(), oracle["resize_width"].as_u64()), (Some(height), Some(width)), "{flag}");
    }
    let set = |value: &str| graphpnas(&["search", "--set", value, "--dry-run", "--json"]);
    assert_eq!(json(&set("oracle.resize=48"))["oracle"]["resize"], 48);
    for wrong in ["oracle.resize=4097", "oracle.resize_width=4097"] {
        let output = set(wrong);
        let message = stderr(&output);
        assert!(output.status.code() == Some(2) && message.contains("must be 0 to 4096 pixels, not 4097"), "{message}");
    }
    let folder = tempfile::tempdir().unwrap();
    let (pictures, run) = (folder.path().join("pictures"), folder.path().join("run"));
    mixed(&pictures, &["train", "val", "test"]);
    let small = ["oracle.channels=2", "oracle.batch=4", "oracle.epochs=1", "latency=false"];
    let sets: Vec<&str> = small.iter().chain(&crate::common::PLAIN).flat_map(|set| ["--set", set]).collect();
    let search = ["search", "nasbench201", "--data", text(&pictures), "--resize", "8x12", "--evaluations", "2"];
    let rest = ["--device", "cpu", "--generator", "random", "--out", text(&run), "--json"];
    let found = json(&graphpnas(&[&search[..], &rest, &sets].concat()));
    let measured = graphpnas(&["evaluate", text(&run), "--device", "cpu", "--json"]);
    let measured = json(&measured);
    assert_eq!(measured["input"], serde_json::json!([3, 8, 12]));
    assert_eq!(measured["test"]["accuracy"], found["best"]["test"]);
}

#[test]
fn verify_prints_classes_counts_and_sizes() {
    let folder = tempfile::tempdir().unwrap();
    mixed(folder.path(), &["train", "val", "test"]);
    let output = graphpnas(&["data", "verify", text(folder.path())]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success() && stderr(&output).is_empty(), "{stdout}{}", stderr(&output));
    for line in [
        "class               training  validation        test",
        "           ant             4           4           4",
        "           20x24             12 images",
        "           16x16              6 images",
        "8 training, 8 validation and 8 test images in 2 classes",
    ] {
        assert!(stdout.contains(line), "{line}\n{stdout}");
    }
    let output = graphpnas(&["data", "verify", text(folder.path()), "--resize", "20x24"]);
    assert!(stderr(&output).contains("12 of 24 images are not 20x24 (height x width)"), "{}", stderr(&output));
    let found = json(&graphpnas(&["data", "verify", text(folder.path()), "--json"]));
    assert_eq!(found["names"], serde_json::json!(["ant", "bird"]));
    assert_eq!(found["counts"][1], serde_json::json!({ "part": "validation", "images": [4, 4] }));
    assert_eq!(found["sizes"][0], serde_json::json!({ "height": 20, "width": 24, "images": 12 }));
    assert_eq!(found["bad"], serde_json::json!([]));
}

#[test]
fn verify_lists_every_bad_file_and_fails() {
    let folder = tempfile::tempdir().unwrap();
    mixed(folder.path(), &["train", "test"]);
    let bad = ["train/ant/a\n\u{1b}[2Jb.png", "train/bird/z.gif", "test/bird/y.bmp"];
    bad.iter().for_each(|name| std::fs::write(folder.path().join(name), "no picture").unwrap());
    let output = graphpnas(&["data", "verify", text(folder.path())]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout.lines().filter(|line| line.starts_with("bad ")).count(), 3, "{stdout}");
    assert!(stdout.contains(r"a\n\u{1b}[2Jb.png cannot be decoded") && !stdout.contains('\u{1b}'), "{stdout}");
    assert!(
        stderr(&output).contains("3 files or folders cannot be used; they are listed above"),
        "{}",
        stderr(&output)
    );
    let output = graphpnas(&["data", "verify", text(folder.path()), "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let found: Value = serde_json::from_slice(&output.stdout).unwrap();
    let files: Vec<_> = found["bad"].as_array().unwrap().iter().map(|bad| bad["file"].as_str().unwrap()).collect();
    assert!(files.len() == 3 && files[1].ends_with("train/bird/z.gif") && found["training"] == 8, "{found}");
    assert!(found["bad"][1]["reason"].as_str().unwrap().contains("cannot be decoded"));
}

#[test]
fn verify_lists_every_bad_file_of_cifar() {
    let folder = tempfile::tempdir().unwrap();
    let record = |label: u8| [vec![label], vec![7; 3072]].concat();
    for (name, bytes) in
        [("data_batch_1.bin", record(3)), ("data_batch_2.bin", record(11)), ("test_batch.bin", vec![1; 9])]
    {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    let output = graphpnas(&["data", "verify", text(folder.path())]);
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert_eq!((output.status.code(), stdout.lines().count()), (Some(1), 2), "{stdout}");
    assert!(
        stdout.contains("data_batch_2.bin: label 11 is not in 0 to 9") && stdout.contains("test_batch.bin: 9 bytes"),
        "{stdout}"
    );
}

#[test]
fn messages_of_the_program_have_no_control_characters() {
    let folder = tempfile::tempdir().unwrap();
    let odd = folder.path().join("a\u{1b}[31m\rb\u{7}");
    for args in [
        &["search", "--table", text(&odd)][..],
        &["search", "--data", text(&odd)],
        &["search", "--config", text(&odd)],
        &["search", "--resume", text(&odd)],
        &["search", "nasbench201", "--set", "dataset=a\u{1b}[31mb"],
        &["train", ARCH, "--data", text(&odd)],
        &["train", "--resume", text(&odd)],
        &["evaluate", text(&odd)],
        &["report", text(&odd)],
        &["trials", text(&odd)],
        &["export", text(&odd), "--format", "onnx", "--out", "x"],
        &["data", "verify", text(&odd)],
        &["data", "info", text(&odd)],
        &["data", "fetch", "a\u{1b}[31mb"],
    ] {
        let output = graphpnas(args);
        let message = stderr(&output);
        assert!(
            !output.status.success() && !message.trim_end().contains(|letter: char| letter.is_control()),
            "{args:?}: {message:?}"
        );
    }
}
