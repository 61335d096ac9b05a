//! The commands that train, as a user runs them: `train`, `evaluate`, `search` on images, limits on cost.

use crate::common;

use std::path::Path;
use std::process::{Command, Output};

const ARCH: &str = "|nor_conv_3x3~0|+|none~0|skip_connect~1|+|skip_connect~0|none~1|none~2|";

/// Runs the program on the CPU in a temporary folder, where a search without `--out` saves its run.
fn graphpnas(args: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    common::output(command.args(args).args(["--device", "cpu"]).current_dir(&folder))
}

fn json(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(output.stderr.is_empty(), "without a terminal no progress is shown");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn refusal(output: &Output, code: i32, expected: &str) {
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{text}");
    assert!(text.contains(expected) && text.trim_end().lines().count() == 1, "{text}");
    let value: Option<serde_json::Value> = serde_json::from_slice(&output.stdout).ok();
    assert!(
        output.stdout.is_empty() || value.is_some_and(|value| value["error"]["code"] == code),
        "no result is printed"
    );
}

fn train(more: &[&str]) -> Output {
    let small = ["--batch", "20", "--channels", "4", "--cells", "1", "--json"];
    let count: &[&str] = if more.contains(&"--data") { &[] } else { &["--train-images", "80"] };
    graphpnas(&[&["train"], more, &small, count].concat())
}

#[test]
fn train_prints_its_result() {
    let trained = json(&train(&[ARCH, "--epochs", "2", "--validation", "0.25"]));
    for key in ["test", "train", "validation"] {
        assert!(trained[key]["accuracy"].is_number() && trained[key]["loss"].is_number(), "{key}");
    }
    assert!(trained["seconds"].as_f64().unwrap() > 0.0 && trained["images_per_second"].as_f64().unwrap() > 0.0);
    assert_eq!((trained["epochs"].as_u64(), trained["history"].as_array().unwrap().len()), (Some(2), 2));
    assert_eq!((trained["space"].as_str(), trained["arch"].as_str()), (Some("nasbench201"), Some(ARCH)));
}

#[test]
fn a_checkpoint_is_resumed_and_evaluated() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("net.safetensors");
    let path = path.to_str().unwrap();
    let trained = json(&train(&[ARCH, "--epochs", "2", "--out", path]));
    let measured = json(&graphpnas(&["evaluate", path, "--json"]));
    assert_eq!(measured["test"], trained["test"]);
    // All epochs are done, so resuming changes nothing.
    let resumed = json(&graphpnas(&["train", "--resume", path, "--train-images", "80", "--json"]));
    assert_eq!(resumed["history"], trained["history"]);
    let real = common::fixture("tiny-imagenet-200");
    let other = graphpnas(&["evaluate", path, "--data", real.to_str().unwrap(), "--quiet"]);
    refusal(&other, 1, "classes of the network: 'disc', 'square'");
    std::fs::write(path, b"PK\x03\x04").unwrap();
    refusal(&graphpnas(&["evaluate", path]), 1, "is an archive; unpack it");
    std::fs::write(path, b"nothing").unwrap();
    refusal(&graphpnas(&["evaluate", path]), 1, "not a complete checkpoint");
}

/// If the learning rate does not depend on the number of epochs, an extended training equals one that had this length
/// from the start. A cosine schedule is fitted to the new length, with a note.
#[test]
fn a_training_is_extended() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (recipe, net) = (path("recipe.toml"), path("net.safetensors"));
    let sgd = "optimizer = { name = \"sgd\", momentum = 0.9, nesterov = true, decay = 0.0005 }";
    let text = |schedule: &str| {
        let rate = format!("rate = {{ rate = 0.05, schedule = {schedule} }}");
        std::fs::write(&recipe, format!("epochs = 2\nbatch = 20\n{sgd}\n{rate}\n")).unwrap();
    };
    let whole = |epochs: &str, out: &str| json(&train(&[ARCH, "--config", &recipe, "--epochs", epochs, "--out", out]));
    let resume =
        |more: &[&str]| graphpnas(&[&["train", "--resume", &net, "--train-images", "80", "--json"], more].concat());
    let value = |output: &Output| -> serde_json::Value { serde_json::from_slice(&output.stdout).unwrap() };
    for schedule in ["{ name = \"constant\" }", "{ name = \"step\", every = 1.0, factor = 0.5 }"] {
        text(schedule);
        let four = whole("4", &path("four"));
        whole("2", &net);
        let extended = resume(&["--epochs", "4"]);
        let message = String::from_utf8_lossy(&extended.stderr).into_owned();
        assert!(message.contains("as if it had had this length from the start"), "{message}");
        let extended = value(&extended);
        assert_eq!((&extended["history"], &extended["test"]), (&four["history"], &four["test"]), "{schedule}");
    }
    text("{ name = \"cosine\", over = 2.0 }");
    let two = whole("2", &net);
    let same = resume(&["--epochs", "2"]);
    assert!(same.stderr.is_empty(), "nothing changes");
    assert_eq!(value(&same)["history"], two["history"]);
    refusal(&resume(&["--epochs", "1"]), 2, "has already reached epoch 2; --epochs must be at least 2, not 1");
    let extended = resume(&["--epochs", "4"]);
    let message = String::from_utf8_lossy(&extended.stderr).into_owned();
    // The cosine over four epochs is at half of its initial rate where the one over two epochs ended.
    assert!(message.contains("continues at 2.500e-2 instead of 0.000e0"), "{message}");
    assert_eq!(value(&extended)["history"].as_array().unwrap().len(), 4);
    refusal(&graphpnas(&["train", &net]), 2, "is a checkpoint; continue it with: graphpnas train --resume");
}

#[test]
fn invalid_arguments_of_train_give_one_sentence() {
    refusal(&train(&["what"]), 2, "name the space with --space: nasbench101");
    refusal(&train(&["|what~0|"]), 2, "what");
    refusal(&train(&["|what~0|", "--space", "nasbench201"]), 2, "what");
    refusal(&train(&[ARCH, "--recipe", "slow"]), 2, "unknown recipe 'slow'; known are nasbench201");
    refusal(&train(&[ARCH, "--epochs", "0"]), 2, "error: --epochs 0: must be 1 to 100000 epochs, not 0");
    refusal(&train(&[ARCH, "--data", "/nowhere"]), 1, "/nowhere");
}

#[test]
fn batches_larger_than_the_data_set_are_reduced_with_a_note() {
    let small = ["--channels", "4", "--cells", "1", "--epochs", "1", "--json"];
    let train = graphpnas(&[&["train", ARCH, "--train-images", "40", "--batch", "64"], &small[..]].concat());
    let message = String::from_utf8_lossy(&train.stderr).into_owned();
    assert_eq!(message, "note: a batch of 64 exceeds the 40 training images; it is lowered to 40\n");
    let lowered: serde_json::Value = serde_json::from_slice(&train.stdout).unwrap();
    let explicit = json(&graphpnas(&[&["train", ARCH, "--train-images", "40", "--batch", "40"], &small[..]].concat()));
    assert_eq!(lowered["history"], explicit["history"]);
    let sets = ["--evaluations", "2", "--set", "explore.value=2", "--set", "oracle.batch=500"];
    let output = search(&sets);
    assert!(output.status.success());
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(message, "note: oracle.batch of 500 exceeds the 90 training images; it is lowered to 90\n");
    let sets = ["supernet.batch=900", "supernet.reward_batch=900"];
    let output = shared_search(&["--json", "--set", sets[0], "--set", sets[1]]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success() && message.contains("supernet.batch of 900 exceeds"), "{message}");
    assert!(message.contains("supernet.reward_batch of 900 exceeds"), "{message}");
}

/// Writes a folder of images in two classes, with 12 training images per class and these numbers of test images.
fn classes(folder: &Path, numbers: [u32; 2]) {
    for (class, number) in [0, 1].into_iter().zip(numbers) {
        for (part, count) in [("train", 12), ("test", number)] {
            let path = folder.join(part).join(format!("class{class}"));
            (0..count).for_each(|number| {
                std::fs::create_dir_all(&path).unwrap();
                picture(&path.join(format!("{part}{number}.png")), class, number);
            });
        }
    }
}

#[test]
fn accuracies_no_better_than_a_constant_prediction_give_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name);
    classes(&of("missing"), [5, 0]);
    let train = |data: &Path, more: &[&str]| {
        let small = ["--channels", "4", "--cells", "1", "--epochs", "1", "--batch", "8", "--rate", "1e-9"];
        graphpnas(&[&["train", ARCH, "--data", data.to_str().unwrap()], &small[..], more].concat())
    };
    // All five test images are of one class, so no accuracy is better than that of a constant prediction.
    let output = train(&of("missing"), &["--json"]);
    let trained: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let warnings = trained["warnings"].as_array().unwrap();
    let has = |words: &str| warnings.iter().any(|warning| warning.as_str().unwrap().contains(words));
    assert!(has("1 class has no test images: 'class1'"), "{warnings:?}");
    assert!(has("no better than always predicting 'class0', the class of 100.00 %"), "{warnings:?}");
    let text = String::from_utf8(train(&of("missing"), &[]).stdout).unwrap();
    assert!(
        text.contains("warning: a test accuracy of") && text.contains("no better than always predicting"),
        "{text}"
    );
    // A data set with only one class.
    std::fs::create_dir_all(of("one/train")).unwrap();
    std::fs::create_dir_all(of("one/test")).unwrap();
    for part in ["train", "test"] {
        std::fs::rename(of("missing").join(part).join("class0"), of("one").join(part).join("class0")).unwrap();
    }
    let net = of("net.safetensors");
    let output = train(&of("one"), &["--out", net.to_str().unwrap()]);
    assert!(output.status.success());
    let count = |text: &[u8]| {
        let text = String::from_utf8_lossy(text).into_owned();
        text.matches("there is only one class, 'class0', so every network has an accuracy of 100 %").count()
    };
    // The warning is printed before the training and with its result.
    assert_eq!([count(&output.stderr), count(&output.stdout)], [1, 1]);
    for (more, expected) in [(&[][..], [0, 1]), (&["--json"], [0, 1])] {
        let args = ["evaluate", net.to_str().unwrap(), "--data", of("one").to_str().unwrap()].map(str::to_owned);
        let args: Vec<&str> = args.iter().map(String::as_str).chain(more.iter().copied()).collect();
        let output = graphpnas(&args);
        assert_eq!([count(&output.stderr), count(&output.stdout)], expected, "{more:?}");
    }
}

#[test]
fn a_training_resumes_only_with_the_same_images() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name);
    classes(&of("data"), [4, 4]);
    classes(&of("same"), [4, 4]);
    classes(&of("more"), [4, 5]);
    let net = of("net.safetensors");
    let net = net.to_str().unwrap();
    let data = |name: &str| of(name).to_str().unwrap().to_owned();
    let small = ["--channels", "4", "--cells", "1", "--epochs", "1", "--batch", "8", "--out", net];
    assert!(graphpnas(&[&["train", ARCH, "--data", &data("data")], &small[..]].concat()).status.success());
    assert!(
        graphpnas(&["train", "--resume", net, "--data", &data("same")]).status.success(),
        "a copy in another folder"
    );
    let more = graphpnas(&["-q", "train", "--resume", net, "--data", &data("more")]);
    refusal(&more, 1, "it has 9 test images, not 8; class 'class1' has 5, not 4; give the original one with --data");
    let built_in = graphpnas(&["evaluate", net]);
    refusal(&built_in, 1, "or give the data set that the network was trained on");
    assert!(
        graphpnas(&["evaluate", net, "--data", &data("more")]).status.success(),
        "the number of images may differ in an evaluation"
    );
    for part in ["train", "test"] {
        std::fs::rename(of("more").join(part).join("class0"), of("more").join(part).join("klasse0")).unwrap();
    }
    let renamed = graphpnas(&["-q", "evaluate", net, "--data", &data("more")]);
    refusal(&renamed, 1, "classes of the network: 'class0', 'class1'; classes of the data set: 'class1', 'klasse0'");
}

#[test]
fn nasbench101_and_enas_networks_are_trained() {
    for (space, arch) in [
        ("nasbench101", "0-1 1-2;conv3x3-bn-relu".to_owned()),
        ("enas", ["conv3"; 12].iter().enumerate().map(|(l, op)| layer(op, l)).collect::<Vec<_>>().join(" | ")),
    ] {
        let trained = json(&train(&[&arch, "--space", space, "--recipe", "quick", "--epochs", "1"]));
        assert!(trained["test"]["loss"].as_f64().unwrap().is_finite(), "{space}");
    }
}

/// Returns the text of an ENAS layer without skips.
fn layer(operation: &str, number: usize) -> String {
    std::iter::once(operation).chain(std::iter::repeat_n("0", number)).collect::<Vec<_>>().join(" ")
}

fn search(more: &[&str]) -> Output {
    let small = ["oracle.train_images=120", "oracle.test_images=40", "oracle.channels=4", "oracle.epochs=1"];
    let sets: Vec<_> = small.iter().chain(&common::PLAIN).flat_map(|set| ["--set", set]).collect();
    graphpnas(&[&["search"], more, &sets, &["--json"]].concat())
}

#[test]
fn a_search_on_images_is_reproducible() {
    let sets =
        ["--evaluations", "4", "--set", "explore.value=2", "--set", "train.epochs=2", "--set", "oracle.batch=30"];
    let first = json(&search(&sets));
    assert_eq!((first["dataset"].as_str(), first["evaluations"].as_u64()), (Some("embedded"), Some(4)));
    assert!(first["best"]["test"].is_number());
    assert_eq!(json(&search(&sets))["history"], first["history"]);
}

#[test]
fn architectures_over_the_cost_limits_are_rejected_and_counted() {
    let base =
        ["search", "nasbench201", "--dataset", "cifar10", "--generator", "random", "--evaluations", "30", "--json"];
    let free = json(&graphpnas(&base));
    assert_eq!(free["rejected"]["over_limits"], 0);
    // Without convolutions in its cells the network has 73,306 parameters; a 1x1 convolution adds 28,000, a 3x3 one
    // 243,040. Only cells without 3x3 convolutions are within the limit.
    let small = json(&graphpnas(&[&base[..], &["--max-params", "200000"]].concat()));
    assert!(small["rejected"]["over_limits"].as_u64().unwrap() > 0);
    for record in small["history"].as_array().unwrap() {
        assert!(
            !record["arch"].as_str().unwrap().contains("3x3~")
                || !record["arch"].as_str().unwrap().contains("nor_conv_3x3")
        );
    }
    let none = graphpnas(&[&base[..], &["--max-macs", "1"]].concat());
    assert_eq!(none.status.code(), Some(1));
}

#[test]
fn a_search_runs_on_user_images() {
    let folder = tempfile::tempdir().unwrap();
    for (part, numbers) in [("train", 0..24), ("test", 24..32)] {
        for class in 0..2_u8 {
            let path = folder.path().join(part).join(format!("class{class}"));
            std::fs::create_dir_all(&path).unwrap();
            numbers.clone().for_each(|number| picture(&path.join(format!("{number}.png")), class, number));
        }
    }
    let data = folder.path().to_str().unwrap();
    let sets = ["--data", data, "--evaluations", "2", "--set", "oracle.batch=12", "--set", "explore.value=2"];
    assert_eq!(json(&search(&sets))["evaluations"], 2);
    std::fs::write(folder.path().join("train/class0/broken.png"), b"no picture").unwrap();
    let broken = search(&sets);
    assert_eq!(broken.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&broken.stderr).contains("broken.png"));
}

/// Writes an image of 16x16 pixels that is bright or dark, depending on its class; `number` varies it.
fn picture(path: &Path, class: u8, number: u32) {
    let tone = 40 + 150 * class;
    image::RgbImage::from_fn(16, 16, |x, y| image::Rgb([tone, tone + ((x * y + number) % 50) as u8, tone]))
        .save(path)
        .unwrap();
}

/// Runs a short search with shared weights in a network of two channels.
fn shared_search(more: &[&str]) -> Output {
    let sets = [&common::SMALL_SUPERNET[..], &["supernet.probes=2", "replay.top=4", "supernet.keep=4"]].concat();
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    graphpnas(&[&["search", "enas", "--evaluations", "9"], &sets[..], more].concat())
}

#[test]
fn a_search_with_shared_weights_is_reproducible() {
    let run = || json(&shared_search(&["--json", "--set", "supernet.correlate=3"]));
    let (first, second) = (run(), run());
    for key in ["history", "best", "supernet"] {
        assert_eq!(first[key], second[key], "{key}");
    }
    let shared = &first["supernet"];
    let rounds = shared["rounds"].as_array().unwrap();
    assert_eq!(rounds.len(), 3);
    let mean =
        |from: usize| (from..from + 3).map(|i| first["history"][i]["reward"].as_f64().unwrap()).sum::<f64>() / 3.0;
    for (number, round) in rounds.iter().enumerate() {
        assert_eq!(round["explored"], number == 0);
        assert!((round["drawn"].as_f64().unwrap() - mean(3 * number)).abs() < 1e-9);
        assert!(round["random"].is_number() && round["train"]["loss"].is_number());
    }
    let rise = shared["drawn"]["mean"].as_f64().unwrap() - shared["random"]["mean"].as_f64().unwrap();
    assert_eq!(shared["rise"].as_f64().unwrap(), rise);
    assert_eq!(shared["trained"].as_array().unwrap().len(), 4, "the best architecture, and three for the correlation");
    assert_eq!(first["best"]["arch"], shared["trained"][0]["arch"]);
    assert_eq!(
        (&first["best"]["reward"], &first["best"]["test"]),
        (&shared["trained"][0]["scratch"], &shared["trained"][0]["test"])
    );
}

/// Resuming repeats the steps after the last round, with the same result.
#[test]
fn resuming_a_finished_search_with_shared_weights_gives_the_same_result() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let first = json(&shared_search(&["--json", "--out", out]));
    let resumed = json(&graphpnas(&["search", "--resume", out, "--json"]));
    for key in ["history", "best", "supernet"] {
        assert_eq!(first[key], resumed[key], "{key}");
    }
}

#[test]
fn every_generator_searches_with_shared_weights() {
    for generator in ["lstm", "random", "evolution", "local-search"] {
        let found = shared_search(&["--generator", generator]);
        assert!(found.status.success(), "{generator}: {}", String::from_utf8_lossy(&found.stderr));
        let text = String::from_utf8_lossy(&found.stdout).into_owned();
        assert!(text.contains("shared     ") && text.contains(" points"), "{text}");
    }
}

#[test]
fn errors_of_a_search_with_shared_weights_are_one_sentence() {
    refusal(
        &shared_search(&["--set", "supernet.recipe=slow"]),
        2,
        "supernet.recipe must be one of nasbench201, nasbench101",
    );
    refusal(&shared_search(&["--set", "supernet.correlate=1"]), 2, "must be 0 for none or 2 to 10000");
    let other = graphpnas(&["search", "nasbench201", "--set", "supernet.enabled=true"]);
    refusal(&other, 2, "supernet.schedule must be \"two-stage\" in the space nasbench201; \"alternating\" is for");
    let none = ["search", "randwire", "--set", "supernet.enabled=true", "--set", "supernet.schedule=two-stage"];
    refusal(&graphpnas(&none), 2, "supernet.enabled must be false: networks of randwire share no weights");
    refusal(&graphpnas(&["search", "--preset", "enas-cifar10"]), 2, "no images given");
    let diverging = shared_search(&["--set", "supernet.learning_rate=1e30"]);
    refusal(&diverging, 1, "training the shared weights failed: the loss became");
}

/// Runs a search that trains its shared weights first.
fn two_stages(space: &str, more: &[&str]) -> Output {
    let sets: Vec<_> = [&common::SMALL_SUPERNET[..], &common::TWO_STAGES].concat();
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let search = ["search", space, "--data", "embedded", "--evaluations", "6", "--generator", "random", "--json"];
    graphpnas(&[&search, &sets[..], more].concat())
}

#[test]
fn two_stage_searches_train_shared_weights_first_and_then_keep_them_fixed() {
    for space in ["nasbench201", "nasbench101", "darts", "enas"] {
        let sets = ["--set", "supernet.correlate=3", "--set", "supernet.channels=5", "--set", "oracle.channels=5"];
        let found = json(&two_stages(space, &sets));
        let shared = &found["supernet"];
        let rounds = shared["rounds"].as_array().unwrap();
        assert_eq!(rounds.len(), 4, "{space}");
        assert!(rounds.iter().all(|round| round["explored"] == true && round["drawn"].is_null()), "{space}");
        let trained = shared["trained"].as_array().unwrap();
        assert_eq!((trained.len(), &trained[0]["arch"]), (4, &found["best"]["arch"]), "{space}");
        for child in trained {
            assert!(child["shared_loss"].is_number() && child["macs"].is_number(), "{space}: {child}");
            // Rewards of the search are measured on the same images with the same weights.
            let history = found["history"].as_array().unwrap();
            for record in history.iter().filter(|record| record["arch"] == child["arch"]) {
                assert_eq!(record["reward"], child["shared"], "{space}");
            }
        }
        // The architecture with the highest reward of all measured ones is trained.
        let best = found["history"].as_array().unwrap().iter().map(|record| record["reward"].as_f64().unwrap());
        assert!(trained[0]["shared"].as_f64().unwrap() >= best.fold(0.0, f64::max), "{space}");
    }
}

/// Four channels cannot be split among five vertices: such cells of NAS-Bench-101 are skipped.
#[test]
fn architectures_without_a_network_are_skipped() {
    let sets =
        ["supernet.channels=4", "oracle.channels=4", "supernet.steps=200", "supernet.rounds=2", "supernet.batch=2"];
    let sets: Vec<_> = sets.iter().flat_map(|set| ["--set", set]).collect();
    let found = json(&two_stages("nasbench101", &[&["--seed", "2"], &sets[..]].concat()));
    assert_eq!(found["evaluations"], 6);
}

#[test]
fn rankings_no_better_than_multiply_adds_give_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let sets = ["--set", "supernet.correlate=4", "--out", out.to_str().unwrap()];
    let found = json(&two_stages("nasbench201", &sets));
    let tau = |key: &str| found["supernet"][key]["kendall"].as_f64().unwrap();
    let worse = tau("correlation") <= tau("correlation_of_macs");
    assert_eq!(found["warnings"].to_string().contains("rank these 4 architectures no better than"), worse);
    let page = std::fs::read_to_string(out.join("report.html")).unwrap();
    assert!(
        page.contains("Multiply-adds, which take no training, rank them"),
        "the report has the ranking of multiply-adds too"
    );
    assert_eq!(page.contains("no better than their multiply-adds"), worse);
}

#[test]
fn score_evaluates_architectures_with_the_shared_weights_of_a_run() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let run = run.to_str().unwrap();
    let found = json(&two_stages("nasbench201", &["--out", run]));
    let history = found["history"].as_array().unwrap();
    let archs: Vec<_> = history.iter().map(|record| record["arch"].as_str().unwrap()).collect();
    let args = ["--shared", run, "--scores", "macs", "--json", "--table", "built-in"];
    let scored = json(&graphpnas(&[&["score"], &archs[..], &args].concat()));
    for (record, row) in history.iter().zip(scored["architectures"].as_array().unwrap()) {
        // The images and the weights are those of the search's rewards.
        assert_eq!(row["scores"]["shared-accuracy"], record["reward"]);
        assert!(row["scores"]["shared-loss"].as_f64().unwrap() < 0.0);
    }
    for measure in ["macs", "shared-accuracy", "shared-loss"] {
        assert!(scored["agreement"].get(measure).is_some(), "{measure}");
    }
    refusal(&graphpnas(&["score", "nasbench101", "--shared", run]), 2, "its space is nasbench201, not nasbench101");
    let unknown = graphpnas(&["score", "nasbench201", "--scores", "shared-loss"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("there is no score 'shared-loss'"));
}

/// Images that were held out for validation are not trained on after resuming either.
#[test]
fn a_resumed_training_holds_out_the_same_images() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let whole = json(&train(&[ARCH, "--epochs", "2", "--validation", "0.25", "--out", &path("whole")]));
    json(&train(&[ARCH, "--epochs", "1", "--validation", "0.25", "--out", &path("half")]));
    let resume = |more: &[&str]| {
        let args = ["train", "--resume", &path("half"), "--train-images", "80", "--epochs", "2", "--json", "-q"];
        graphpnas(&[&args[..], more].concat())
    };
    for other in ["0", "0.5"] {
        let expected = "holds out 0.25 of the training images, which cannot be changed; omit --validation";
        refusal(&resume(&["--validation", other]), 2, expected);
    }
    let resumed = json(&resume(&["--validation", "0.25", "--out", &path("same")]));
    let resumed_alone = json(&resume(&[]));
    assert_eq!(resumed["history"][1]["validation"], resumed_alone["history"][1]["validation"]);
    assert!(whole["validation"].is_object() && resumed_alone["validation"].is_object());
    // Only the number of epochs is compared: the cosine of the first training was fitted to one epoch.
    let images = |trained: &serde_json::Value| trained["history"].as_array().unwrap().len();
    assert_eq!((images(&whole), images(&resumed_alone)), (2, 2));
}

#[test]
fn unwritable_outputs_are_refused_before_any_computation() {
    let folder = tempfile::tempdir().unwrap();
    let of = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    std::fs::create_dir(of("folder")).unwrap();
    std::fs::write(of("file"), "").unwrap();
    std::fs::write(of("table.csv"), "index").unwrap();
    let net = of("net.safetensors");
    json(&train(&[ARCH, "--epochs", "1", "--out", &net]));
    let (below_file, missing_folder) = (of("file/x"), of("nowhere/x"));
    for (out, expected) in [
        (of("folder"), "it is a folder; choose a file name"),
        (missing_folder, "its folder does not exist; create the folder or choose another file"),
        (below_file, "cannot write"),
    ] {
        let epochs = ["--epochs", "100000"];
        for args in [
            &["train", ARCH, epochs[0], epochs[1], "--out", &out][..],
            &["train", "--resume", &net, epochs[0], epochs[1], "--train-images", "80", "--out", &out],
            &["export", ARCH, "--format", "onnx", "--out", &out],
            &["export", ARCH, "--format", "svg", "--out", &out],
            &["data", "convert", &of("table.csv"), "--space", "nasbench101", "--out", &out],
        ] {
            refusal(&graphpnas_plain(args), 1, expected);
        }
        refusal(&graphpnas_plain(&["show", ARCH, "--svg", &out]), 1, expected);
    }
    // The file of weights next to the PyTorch source is checked too.
    std::fs::create_dir(of("beside.safetensors")).unwrap();
    let export = ["export", ARCH, "--format", "pytorch", "--out", &of("beside.py")];
    refusal(&graphpnas_plain(&export), 1, "beside.safetensors: it is a folder");
    let compare = ["compare", "--preset", "nasbench201-cifar10", "--seeds", "1..2", "--out", &of("file/x")];
    refusal(&graphpnas_plain(&compare), 1, "is not a folder");
    let mut left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["beside.safetensors", "file", "folder", "net.safetensors", "table.csv"], "no other file remains");
}

/// Runs the program without `--device`, which not every command has.
fn graphpnas_plain(args: &[&str]) -> Output {
    common::graphpnas(args)
}
