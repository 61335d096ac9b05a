//! A run goes on only with what it was begun with; every difference is named.

use super::{
    TABLE_RUN, TRAINED_RUN, copy, copy_folder, finished, history, json, refusal, resumed, stdout, table_search,
    text_of, trials,
};
use crate::common::{self, graphpnas};
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::LazyLock;
use tempfile::TempDir;

/// The search of [`TABLE_RUN`] with another seed.
static OTHER_RUN: LazyLock<TempDir> = LazyLock::new(|| finished(&with(&table_search(), &["--seed", "7"])));

fn with(args: &[String], more: &[&str]) -> Vec<String> {
    args.iter().cloned().chain(more.iter().map(|text| (*text).to_owned())).collect()
}

/// Replaces a text in a file that has it.
fn edit(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert!(text.contains(from), "{text}");
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

fn resume(run: &Path, more: &[&str]) -> Output {
    graphpnas(&[&["search", "--resume", text_of(run)], more].concat())
}

#[test]
fn an_edited_configuration_is_refused_key_by_key() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("config.toml");
    let whole = std::fs::read_to_string(&file).unwrap();
    edit(&file, "hidden = 12", "hidden = 13");
    edit(&file, "mixtures = 2", "mixtures = 3");
    let message = refusal(&resumed(&run), 1);
    let expected = "config.toml: generator.hidden is 13, the run was begun with 12, generator.mixtures is 3, the run was begun \
                    with 2; put it back as it was, or begin a new run";
    assert!(message.contains(expected), "{message}");
    // Every number, each edited by one digit.
    for (place, line) in whole.lines().enumerate() {
        let Some((key, value)) =
            line.split_once(" = ").filter(|(_, value)| value.ends_with(|c: char| c.is_ascii_digit()))
        else {
            continue;
        };
        let mut lines: Vec<String> = whole.lines().map(str::to_owned).collect();
        // TOML has no whole numbers that begin with 0.
        let edited = if value == "0" { "1".to_owned() } else { format!("{value}1") };
        lines[place] = format!("{key} = {edited}");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let message = refusal(&resumed(&run), 1);
        assert!(message.contains("config.toml") && message.contains(key), "{key}: {message}");
    }
    std::fs::write(&file, format!("{whole}\n# a remark\n")).unwrap();
    let before = history(&run);
    stdout(&resumed(&run));
    assert_eq!(history(&run), before, "remarks change nothing");
}

#[test]
fn an_edited_command_is_refused() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("command.json");
    let whole = std::fs::read(&file).unwrap();
    let edits = [
        ("\"device\": \"cpu\"", "\"device\": \"auto\"", "device"),
        ("\"20\"", "\"21\"", "arguments"),
        ("\"version\": \"", "\"version\": \"9", "version"),
    ];
    for (from, to, key) in edits {
        edit(&file, from, to);
        let message = refusal(&resumed(&run), 1);
        assert!(
            message.contains(&format!("command.json: {key} is ")) && message.contains("the run was begun with"),
            "{message}"
        );
        std::fs::write(&file, &whole).unwrap();
    }
    stdout(&resumed(&run));
}

#[test]
fn a_budget_is_raised_by_its_option_alone() {
    let (_folder, run) = copy(&TABLE_RUN);
    edit(&run.join("config.toml"), "evaluations = 20", "evaluations = 24");
    assert!(refusal(&resumed(&run), 1).contains("evaluations is 24, the run was begun with 20"));
    edit(&run.join("config.toml"), "evaluations = 24", "evaluations = 20");
    stdout(&resume(&run, &["--evaluations", "24"]));
    assert_eq!(trials(&run).len(), 24);
    stdout(&resumed(&run));
    assert_eq!(trials(&run).len(), 24, "the raised budget stays");
}

#[test]
fn a_table_with_another_reward_is_refused_and_an_equal_one_elsewhere_is_taken() {
    let (folder, run) = copy(&TABLE_RUN);
    let table = std::fs::read_to_string(common::nasbench201_csv()).unwrap();
    let (equal, edited) = (folder.path().join("equal.csv"), folder.path().join("edited.csv"));
    std::fs::write(&equal, &table).unwrap();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    // The reward of one cell that was not evaluated yet, or was: in a column of accuracies.
    let place = lines[0].split(',').position(|name| name == "cifar10_valid_12").unwrap();
    let mut fields: Vec<String> = lines[5000].split(',').map(str::to_owned).collect();
    fields[place] = "12.5".to_owned();
    lines[5000] = fields.join(",");
    std::fs::write(&edited, lines.join("\n") + "\n").unwrap();
    let message = refusal(&resume(&run, &["--table", text_of(&edited)]), 1);
    assert!(message.contains("the table is not the one that the run was begun with"), "{message}");
    let images = refusal(&resume(&run, &["--data", "embedded"]), 1);
    assert!(images.contains("give that with --table"), "{images}");
    let before = history(&run);
    stdout(&resume(&run, &["--table", text_of(&equal), "--evaluations", "22"]));
    assert_eq!(trials(&run).len(), 22);
    assert_eq!(history(&run)[0].as_array().unwrap()[..20], before[0].as_array().unwrap()[..]);
}

#[test]
fn files_of_another_run_are_noticed() {
    let other = OTHER_RUN.path().join("run");
    for name in ["run.db", "checkpoint/search.safetensors", "command.json", "config.toml"] {
        let (_folder, run) = copy(&TABLE_RUN);
        std::fs::copy(other.join(name), run.join(name)).unwrap();
        let message = refusal(&resumed(&run), 1);
        let told = ["belongs to another run", "the run was begun with"].iter().any(|words| message.contains(words));
        assert!(told, "{name}: {message}");
    }
    let (_folder, run) = copy(&TABLE_RUN);
    std::fs::copy(other.join("history.json"), run.join("history.json")).unwrap();
    let message = refusal(&graphpnas(&["compare", text_of(&run), text_of(&other)]), 1);
    assert!(message.contains("history.json is not as the run kept it"), "{message}");
    let (_folder, run) = copy(&TABLE_RUN);
    std::fs::copy(other.join("generator.safetensors"), run.join("generator.safetensors")).unwrap();
    assert!(
        refusal(&graphpnas(&["sample", text_of(&run)]), 1).contains("generator.safetensors is not as the run kept it")
    );
}

#[test]
fn the_network_of_another_run_is_noticed() {
    // The same search: the same best architecture, trained to the same weights, and yet not this run's.
    let other = finished(&super::trained_search());
    let (_folder, run) = copy(&TRAINED_RUN);
    let network = "best/network.safetensors";
    std::fs::copy(other.path().join("run").join(network), run.join(network)).unwrap();
    for output in [graphpnas(&["evaluate", text_of(&run), "--device", "cpu"]), resumed(&run)] {
        let message = refusal(&output, 1);
        assert!(message.contains("network.safetensors belongs to another run"), "{message}");
    }
}

/// Without ledger and checkpoint a run begins anew, under its name.
#[test]
fn a_run_without_ledger_and_checkpoint_begins_anew() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let before = history(&run);
    std::fs::remove_file(run.join("run.db")).unwrap();
    std::fs::remove_dir_all(run.join("checkpoint")).unwrap();
    stdout(&resumed(&run));
    assert_eq!(history(&run), before);
}

#[test]
fn sets_of_runs_are_sealed_too() {
    let folder = finished(&with(&table_search(), &["--seeds", "1..2"]));
    let whole = folder.path().join("run");
    let set = |name: &str| {
        let set = folder.path().join(name);
        copy_folder(&whole, &set);
        set
    };
    let honest = set("honest");
    stdout(&resume(&honest, &["--evaluations", "22"]));
    assert_eq!(trials(&honest.join("seed-2")).len(), 22);
    let edited = set("edited");
    edit(&edited.join("config.toml"), "hidden = 12", "hidden = 13");
    assert!(refusal(&resumed(&edited), 1).contains("config.toml: generator.hidden is 13, the run was begun with 12"));
    let below = set("below");
    edit(&below.join("seed-2/config.toml"), "hidden = 12", "hidden = 13");
    assert!(refusal(&resumed(&below), 1).contains("seed-2/config.toml: generator.hidden is 13"));
    let commanded = set("commanded");
    edit(&commanded.join("command.json"), "\"seeds\": \"1..2\"", "\"seeds\": \"1..3\"");
    assert!(
        refusal(&resumed(&commanded), 1).contains("command.json: seeds is \"1..3\", the run was begun with \"1..2\"")
    );
    let origin = set("origin");
    edit(&origin.join("origin.json"), "\"generator.hidden\": \"12\"", "\"generator.hidden\": \"13\"");
    assert!(refusal(&resumed(&origin), 1).contains("origin.json is damaged (its checksum is wrong)"));
    std::fs::remove_file(origin.join("origin.json")).unwrap();
    assert!(refusal(&resumed(&origin), 1).contains("origin.json does not say what the run was made of"));
    let swapped = set("swapped");
    std::fs::rename(swapped.join("seed-1"), swapped.join("kept")).unwrap();
    std::fs::rename(swapped.join("seed-2"), swapped.join("seed-1")).unwrap();
    std::fs::rename(swapped.join("kept"), swapped.join("seed-2")).unwrap();
    assert!(refusal(&resumed(&swapped), 1).contains("belongs to another run"));
}

/// Two classes of 16x16 pictures, 24 to train and 8 to test with each, in a folder of this name.
fn pictures(folder: &Path, name: &str) -> PathBuf {
    let data = folder.join(name);
    for (part, numbers) in [("train", 0..24_u8), ("test", 24..32)] {
        for (class, tone) in [("day", 200_u8), ("night", 30)] {
            let path = data.join(part).join(class);
            std::fs::create_dir_all(&path).unwrap();
            for number in numbers.clone() {
                let picture = image::RgbImage::from_fn(16, 16, |x, y| {
                    image::Rgb([tone, tone + u8::try_from((x * y + u32::from(number)) % 50).unwrap(), tone])
                });
                picture.save(path.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    data
}

#[test]
fn a_search_goes_on_with_the_same_images_wherever_they_lie() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (pictures(folder.path(), "pictures"), folder.path().join("run"));
    let sets = ["oracle.channels=4", "oracle.epochs=1", "oracle.batch=12", "explore.value=2", "train.epochs=2"];
    let sets: Vec<_> = sets.iter().chain(&crate::common::PLAIN).flat_map(|set| ["--set", set]).collect();
    let search = ["search", "--data", text_of(&data), "--evaluations", "2", "--device", "cpu", "--out", text_of(&run)];
    stdout(&graphpnas(&[&search[..], &sets].concat()));
    // Equal content elsewhere, and the folder of the run moved.
    let moved = folder.path().join("moved");
    std::fs::rename(&data, &moved).unwrap();
    let message = refusal(&resumed(&run), 1);
    assert!(message.contains("pictures") && message.contains("said with --data"), "{message}");
    let elsewhere = folder.path().join("elsewhere");
    std::fs::rename(&run, &elsewhere).unwrap();
    stdout(&resume(&elsewhere, &["--data", text_of(&moved), "--evaluations", "3"]));
    assert_eq!(trials(&elsewhere).len(), 3);
    let run = elsewhere;
    stdout(&resumed(&run));
    // The best network's classes are matched by name.
    let evaluate =
        |more: &[&str]| graphpnas(&[&["evaluate", text_of(&run), "--device", "cpu", "--json"], more].concat());
    let measured = json(&evaluate(&[]));
    let other = pictures(folder.path(), "other");
    assert_eq!(json(&evaluate(&["--data", text_of(&other)]))["test"], measured["test"]);
    // One picture less: not the same data set, and fit to be measured on.
    std::fs::remove_file(other.join("train/day/3.png")).unwrap();
    let message = refusal(&resume(&run, &["--data", text_of(&other)]), 1);
    assert!(
        message.contains("it has 47 training images, not 48; class 'day' has 23, not 24; give that with --data"),
        "{message}"
    );
    assert_eq!(json(&evaluate(&["--data", text_of(&other)]))["test"], measured["test"]);
    // A class renamed.
    for part in ["train", "test"] {
        std::fs::rename(other.join(part).join("night"), other.join(part).join("dusk")).unwrap();
    }
    for output in [evaluate(&["--data", text_of(&other)]), resume(&run, &["--data", text_of(&other)])] {
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{message}");
        let expected = "a class that the network was not trained on: 'dusk'; classes of the network: 'day', 'night'; \
                        classes of the data set: 'day', 'dusk'";
        assert!(message.contains(expected), "{message}");
    }
    // A class gone: what is left is measured, with a warning.
    for part in ["train", "test"] {
        std::fs::remove_dir_all(other.join(part).join("dusk")).unwrap();
    }
    let output = evaluate(&["--data", text_of(&other)]);
    assert!(output.status.success());
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("no images of these classes of the network: 'night'"), "{told}");
}

#[test]
fn unfinished_writes_of_dead_processes_are_swept() {
    let (_folder, run) = copy(&TABLE_RUN);
    let part = |folder: &str, process: u32| run.join(folder).join(format!(".search.safetensors.{process}.part"));
    // No process has a number as high as this.
    let (dead, alive) = (4_000_000_000, std::process::id());
    for (folder, process) in [("", dead), ("checkpoint", dead), ("best", dead), ("checkpoint", alive)] {
        std::fs::write(part(folder, process), "half").unwrap();
    }
    let own = run.join("notes.part");
    std::fs::write(&own, "not ours").unwrap();
    stdout(&resumed(&run));
    assert!(["", "checkpoint", "best"].iter().all(|folder| !part(folder, dead).exists()));
    assert!(part("checkpoint", alive).exists() && own.exists());
}

/// With ledger and checkpoint gone nothing is left of what was found; what was asked for is still compared.
#[test]
fn a_run_that_lost_everything_begins_anew_as_it_was_begun() {
    let (_folder, run) = copy(&TABLE_RUN);
    let before = history(&run);
    for entry in std::fs::read_dir(&run).unwrap().map(|entry| entry.unwrap()) {
        if entry.file_name().to_string_lossy().starts_with("run.db") {
            std::fs::remove_file(entry.path()).unwrap();
        }
    }
    std::fs::remove_dir_all(run.join("checkpoint")).unwrap();
    let changes = [("config.toml", "hidden = 12", "hidden = 13"), ("command.json", "\"cpu\"", "\"auto\"")];
    for (name, from, to) in changes {
        let file = run.join(name);
        let whole = std::fs::read(&file).unwrap();
        edit(&file, from, to);
        let message = refusal(&resumed(&run), 1);
        assert!(message.contains("neither ledger nor checkpoint") && message.contains(name), "{message}");
        assert!(message.contains("put it back as it was, or begin a new run"), "{message}");
        assert!(!run.join("run.db").exists(), "nothing is written");
        std::fs::write(&file, whole).unwrap();
    }
    let output = resumed(&run);
    stdout(&output);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("has neither ledger nor checkpoint any more, and begins anew"), "{told}");
    assert_eq!(history(&run), before);
}

/// Files of `best/` bear the name of their run, and those of another one are not believed.
#[test]
fn figures_of_another_run_are_not_believed() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let other = tempfile::tempdir().unwrap();
    let other = other.path().join("run");
    // The same search once more: only the names of the runs differ.
    stdout(&super::searched(&super::trained_search(), &other));
    let told = |args: &[&str]| {
        let output = graphpnas(args);
        stdout(&output);
        String::from_utf8(output.stderr).unwrap()
    };
    let show = ["show", text_of(&run), "--quiet"];
    assert_eq!(told(&show), "");
    for name in ["best/test.json", "best/architecture.json"] {
        let own = std::fs::read(run.join(name)).unwrap();
        std::fs::copy(other.join(name), run.join(name)).unwrap();
        let evaluate = ["evaluate", text_of(&run), "--device", "cpu"];
        for args in [&show[..], &["report", text_of(&run)], &evaluate] {
            let text = told(args);
            let expected = format!("{} belongs to another run and is not used", run.join(name).display());
            assert!(text.contains(&expected) && text.trim_end().lines().count() == 1, "{args:?}: {text}");
        }
        let page = std::fs::read_to_string(run.join("report.html")).unwrap();
        assert_eq!(page.contains("id=\"classes\""), name != "best/test.json");
        std::fs::write(run.join(name), own).unwrap();
    }
    std::fs::copy(other.join("best/test.json"), run.join("best/test.json")).unwrap();
    let message = refusal(&resumed(&run), 1);
    assert!(message.contains("best/test.json belongs to another run"), "{message}");
}
