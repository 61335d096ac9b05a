//! No test data leaks into a search: other test columns, other test images and, before the first training, other
//! held-out images do not change it.

use crate::common::{SMALL_PROXIES, fixture, graphpnas};
use serde_json::Value;
use std::path::Path;

fn found(args: &[&str]) -> Value {
    let output = graphpnas(&[args, &["--device", "cpu", "--json"]].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// Returns architectures and rewards in the order of the search.
fn history(found: &Value) -> Vec<(String, f64)> {
    let history = found["history"].as_array().unwrap().iter();
    history.map(|record| (record["arch"].as_str().unwrap().to_owned(), record["reward"].as_f64().unwrap())).collect()
}

/// Writes a table of all cells with rewards that prefer some operations and with unrelated test accuracies.
fn table(path: &Path, test: impl Fn(usize) -> usize) {
    let sets = ["cifar10", "cifar100", "imagenet16"].map(|set| format!("{set}_valid_12,{set}_test_12,{set}_test_200"));
    let mut text = format!("index,arch,{}\n", sets.join(","));
    for number in 0..5_usize.pow(6) {
        let mut graph = graphpnas::graph::Graph::empty(4);
        let mut reward = 40.0;
        for (place, (from, to)) in [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)].into_iter().enumerate() {
            let label = (number / 5_usize.pow(place as u32)) % 5;
            if label > 0 {
                graph.set_edge(from, to, label as u8).unwrap();
            }
            reward += (label * (place + 1)) as f64 / 2.0;
        }
        let arch = crate::common::opened("nasbench201").decode(&graph).unwrap();
        let test = 10 + test(number) % 80;
        text += &format!("{number},{arch}{}\n", format!(",{reward},{test},{test}").repeat(3));
    }
    std::fs::write(path, text).unwrap();
}

#[test]
fn test_columns_do_not_affect_a_search_on_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = ["one.csv", "other.csv"].map(|name| folder.path().join(name));
    table(&one, |number| number);
    table(&other, |number| 977 * number + 13);
    for preset in ["nasbench201-cifar10", "nasbench201-cifar10-guided", "nasbench201-cifar10-scored"] {
        let run = |table: &Path| {
            let table = table.to_str().unwrap();
            found(&["search", "--preset", preset, "--evaluations", "30", "--table", table, "--set", "train.epochs=2"])
        };
        let (one, other) = (run(&one), run(&other));
        assert_eq!(history(&one), history(&other), "{preset}");
        assert_ne!(one["best"]["test"], other["best"]["test"], "{preset}: the tables differ");
    }
}

#[test]
fn test_images_do_not_affect_a_search() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("cifar-10-batches-bin");
    std::fs::create_dir(&data).unwrap();
    for entry in std::fs::read_dir(fixture("cifar-10-batches-bin")).unwrap() {
        let entry = entry.unwrap();
        let mut bytes = std::fs::read(entry.path()).unwrap();
        if entry.file_name() == "test_batch.bin" {
            // A record is a label and 3,072 pixels. Half of the classes, so that predicting one class changes accuracy.
            for record in bytes.chunks_mut(3073) {
                record[0] %= 5;
                record[1..].iter_mut().for_each(|pixel| *pixel = 255 - *pixel);
            }
        }
        std::fs::write(data.join(entry.file_name()), bytes).unwrap();
    }
    let run = |data: &Path| {
        // The second of two rounds depends on the rewards of the first.
        let sets = SMALL_PROXIES.iter().chain(&["batch=2", "explore.value=1"]).flat_map(|set| ["--set", set]);
        let search = ["search", "nasbench201", "--data", data.to_str().unwrap(), "--evaluations", "4"];
        found(&search.into_iter().chain(sets).collect::<Vec<_>>())
    };
    let (one, other) = (run(&fixture("cifar-10-batches-bin")), run(&data));
    assert_eq!(history(&one), history(&other));
    for key in ["confirmation", "dataset"] {
        assert_eq!(one[key], other[key], "{key}");
    }
    assert_eq!((&one["best"]["arch"], &one["best"]["reward"]), (&other["best"]["arch"], &other["best"]["reward"]));
    assert_ne!(one["best"]["test"], other["best"]["test"], "other images and labels give another test accuracy");
}

/// Writes images of two classes in split folders; held-out images have the colour `tone`.
fn folders(data: &Path, tone: u8) {
    for (part, tone) in [("train", 90), ("val", tone), ("test", 90)] {
        for class in 0..2_u8 {
            let folder = data.join(part).join(format!("class{class}"));
            std::fs::create_dir_all(&folder).unwrap();
            for number in 0..20_u32 {
                let pixel = |x: u32, y: u32| {
                    image::Rgb([tone, ((x * (7 + u32::from(class)) + y * number) % 256) as u8, (number * 9) as u8])
                };
                image::RgbImage::from_fn(16, 16, pixel).save(folder.join(format!("{number}.png"))).unwrap();
            }
        }
    }
}

#[test]
fn scores_do_not_use_held_out_images() {
    let folder = tempfile::tempdir().unwrap();
    let run = |name: &str, tone: u8| {
        let data = folder.path().join(name);
        folders(&data, tone);
        let sets = SMALL_PROXIES.iter().flat_map(|set| ["--set", set]).chain(["--set", "explore.value=3"]);
        let search = ["search", "nasbench201", "--data", data.to_str().unwrap(), "--evaluations", "3"];
        found(&search.into_iter().chain(sets).collect::<Vec<_>>())
    };
    let (one, other) = (run("one", 10), run("other", 240));
    let archs = |found: &Value| history(found).into_iter().map(|(arch, _)| arch).collect::<Vec<_>>();
    assert_eq!(archs(&one), archs(&other), "the pool is ranked on training images");
}
