//! A run resumes only with the configuration, command, table and images it was started with. Errors name every
//! difference.

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

/// Replaces the first occurrence of a text in a file, which must contain it.
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
    let original = std::fs::read_to_string(&file).unwrap();
    edit(&file, "hidden = 12", "hidden = 13");
    edit(&file, "mixtures = 2", "mixtures = 3");
    let message = refusal(&resumed(&run), 1);
    let expected = "config.toml: generator.hidden is 13, the run was started with 12, generator.mixtures is 3, the run \
                    was started with 2; restore the original file, or start a new run";
    assert!(message.contains(expected), "{message}");
    // Edits every number, one digit at a time.
    for (index, line) in original.lines().enumerate() {
        let Some((key, value)) =
            line.split_once(" = ").filter(|(_, value)| value.ends_with(|c: char| c.is_ascii_digit()))
        else {
            continue;
        };
        let mut lines: Vec<String> = original.lines().map(str::to_owned).collect();
        // TOML allows no integers with leading zeros.
        let edited = if value == "0" { "1".to_owned() } else { format!("{value}1") };
        lines[index] = format!("{key} = {edited}");
        std::fs::write(&file, lines.join("\n")).unwrap();
        let message = refusal(&resumed(&run), 1);
        assert!(message.contains("config.toml") && message.contains(key), "{key}: {message}");
    }
    std::fs::write(&file, format!("{original}\n# a remark\n")).unwrap();
    let before = history(&run);
    stdout(&resumed(&run));
    assert_eq!(history(&run), before, "comments change nothing");
}

#[test]
fn an_edited_command_is_refused() {
    let (_folder, run) = copy(&TABLE_RUN);
    let file = run.join("command.json");
    let original = std::fs::read(&file).unwrap();
    let edits = [
        ("\"device\": \"cpu\"", "\"device\": \"auto\"", "device"),
        ("\"20\"", "\"21\"", "arguments"),
        ("\"version\": \"", "\"version\": \"9", "version"),
    ];
    for (from, to, key) in edits {
        edit(&file, from, to);
        let message = refusal(&resumed(&run), 1);
        assert!(
            message.contains(&format!("command.json: {key} is ")) && message.contains("the run was started with"),
            "{message}"
        );
        std::fs::write(&file, &original).unwrap();
    }
    stdout(&resumed(&run));
}

#[test]
fn the_budget_can_be_raised_only_by_its_option() {
    let (_folder, run) = copy(&TABLE_RUN);
    edit(&run.join("config.toml"), "evaluations = 20", "evaluations = 24");
    assert!(refusal(&resumed(&run), 1).contains("evaluations is 24, the run was started with 20"));
    edit(&run.join("config.toml"), "evaluations = 24", "evaluations = 20");
    stdout(&resume(&run, &["--evaluations", "24"]));
    assert_eq!(trials(&run).len(), 24);
    stdout(&resumed(&run));
    assert_eq!(trials(&run).len(), 24, "the raised budget stays");
}

#[test]
fn a_changed_table_is_refused_and_a_copy_elsewhere_is_accepted() {
    let (folder, run) = copy(&TABLE_RUN);
    let table = std::fs::read_to_string(common::nasbench201_csv()).unwrap();
    let (equal, edited) = (folder.path().join("equal.csv"), folder.path().join("edited.csv"));
    std::fs::write(&equal, &table).unwrap();
    let mut lines: Vec<String> = table.lines().map(str::to_owned).collect();
    // Changes the reward of one cell.
    let column = lines[0].split(',').position(|name| name == "cifar10_valid_12").unwrap();
    let mut fields: Vec<String> = lines[5000].split(',').map(str::to_owned).collect();
    fields[column] = "12.5".to_owned();
    lines[5000] = fields.join(",");
    std::fs::write(&edited, lines.join("\n") + "\n").unwrap();
    let message = refusal(&resume(&run, &["--table", text_of(&edited)]), 1);
    assert!(message.contains("the table is not the one that the run was started with"), "{message}");
    let images = refusal(&resume(&run, &["--data", "embedded"]), 1);
    assert!(images.contains("give the table with --table"), "{images}");
    let before = history(&run);
    stdout(&resume(&run, &["--table", text_of(&equal), "--evaluations", "22"]));
    assert_eq!(trials(&run).len(), 22);
    assert_eq!(history(&run)[0].as_array().unwrap()[..20], before[0].as_array().unwrap()[..]);
}

#[test]
fn files_of_another_run_are_refused() {
    let other = OTHER_RUN.path().join("run");
    for name in ["run.db", "checkpoint/search.safetensors", "command.json", "config.toml"] {
        let (_folder, run) = copy(&TABLE_RUN);
        std::fs::copy(other.join(name), run.join(name)).unwrap();
        let message = refusal(&resumed(&run), 1);
        let named = ["belongs to another run", "the run was started with"].iter().any(|text| message.contains(text));
        assert!(named, "{name}: {message}");
    }
    let (_folder, run) = copy(&TABLE_RUN);
    std::fs::copy(other.join("history.json"), run.join("history.json")).unwrap();
    let message = refusal(&graphpnas(&["compare", text_of(&run), text_of(&other)]), 1);
    assert!(message.contains("history.json is not the file that the run saved"), "{message}");
    let (_folder, run) = copy(&TABLE_RUN);
    std::fs::copy(other.join("generator.safetensors"), run.join("generator.safetensors")).unwrap();
    let message = refusal(&graphpnas(&["sample", text_of(&run)]), 1);
    assert!(message.contains("generator.safetensors is not the file that the run saved"), "{message}");
}

#[test]
fn the_network_of_another_run_is_refused() {
    // The other run has the same best architecture with the same weights; only its id differs.
    let other = finished(&super::trained_search());
    let (_folder, run) = copy(&TRAINED_RUN);
    let network = "best/network.safetensors";
    std::fs::copy(other.path().join("run").join(network), run.join(network)).unwrap();
    for output in [graphpnas(&["evaluate", text_of(&run), "--device", "cpu"]), resumed(&run)] {
        let message = refusal(&output, 1);
        assert!(message.contains("network.safetensors belongs to another run"), "{message}");
    }
}

/// The restarted run keeps its id.
#[test]
fn a_run_without_ledger_and_checkpoint_restarts() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let before = history(&run);
    std::fs::remove_file(run.join("run.db")).unwrap();
    std::fs::remove_dir_all(run.join("checkpoint")).unwrap();
    stdout(&resumed(&run));
    assert_eq!(history(&run), before);
}

#[test]
fn runs_of_several_seeds_are_checked_on_resume() {
    let folder = finished(&with(&table_search(), &["--seeds", "1..2"]));
    let original = folder.path().join("run");
    let set = |name: &str| {
        let set = folder.path().join(name);
        copy_folder(&original, &set);
        set
    };
    let unchanged = set("unchanged");
    stdout(&resume(&unchanged, &["--evaluations", "22"]));
    assert_eq!(trials(&unchanged.join("seed-2")).len(), 22);
    let edited = set("edited");
    edit(&edited.join("config.toml"), "hidden = 12", "hidden = 13");
    assert!(refusal(&resumed(&edited), 1).contains("config.toml: generator.hidden is 13, the run was started with 12"));
    let edited_run = set("edited-run");
    edit(&edited_run.join("seed-2/config.toml"), "hidden = 12", "hidden = 13");
    assert!(refusal(&resumed(&edited_run), 1).contains("seed-2/config.toml: generator.hidden is 13"));
    let edited_command = set("edited-command");
    edit(&edited_command.join("command.json"), "\"seeds\": \"1..2\"", "\"seeds\": \"1..3\"");
    let message = refusal(&resumed(&edited_command), 1);
    assert!(message.contains("command.json: seeds is \"1..3\", the run was started with \"1..2\""), "{message}");
    let origin = set("origin");
    edit(&origin.join("origin.json"), "\"generator.hidden\": \"12\"", "\"generator.hidden\": \"13\"");
    assert!(refusal(&resumed(&origin), 1).contains("origin.json is damaged (its checksum is wrong)"));
    std::fs::remove_file(origin.join("origin.json")).unwrap();
    assert!(refusal(&resumed(&origin), 1).contains("origin.json does not contain the origin of the run"));
    let swapped = set("swapped");
    std::fs::rename(swapped.join("seed-1"), swapped.join("aside")).unwrap();
    std::fs::rename(swapped.join("seed-2"), swapped.join("seed-1")).unwrap();
    std::fs::rename(swapped.join("aside"), swapped.join("seed-2")).unwrap();
    assert!(refusal(&resumed(&swapped), 1).contains("belongs to another run"));
}

/// Writes a data set of 16x16 images in a folder of this name: two classes, 24 training and 8 test images each.
fn images(folder: &Path, name: &str) -> PathBuf {
    let data = folder.join(name);
    for (part, numbers) in [("train", 0..24_u8), ("test", 24..32)] {
        for (class, tone) in [("day", 200_u8), ("night", 30)] {
            let path = data.join(part).join(class);
            std::fs::create_dir_all(&path).unwrap();
            for number in numbers.clone() {
                let image = image::RgbImage::from_fn(16, 16, |x, y| {
                    image::Rgb([tone, tone + u8::try_from((x * y + u32::from(number)) % 50).unwrap(), tone])
                });
                image.save(path.join(format!("{number}.png"))).unwrap();
            }
        }
    }
    data
}

#[test]
fn a_search_resumes_with_the_same_images_in_another_folder() {
    let folder = tempfile::tempdir().unwrap();
    let (data, run) = (images(folder.path(), "images"), folder.path().join("run"));
    let sets = ["oracle.channels=4", "oracle.epochs=1", "oracle.batch=12", "explore.value=2", "train.epochs=2"];
    let sets: Vec<_> = sets.iter().chain(&crate::common::PLAIN).flat_map(|set| ["--set", set]).collect();
    let search = ["search", "--data", text_of(&data), "--evaluations", "2", "--device", "cpu", "--out", text_of(&run)];
    stdout(&graphpnas(&[&search[..], &sets].concat()));
    // Both the images and the run are moved.
    let moved = folder.path().join("moved");
    std::fs::rename(&data, &moved).unwrap();
    let message = refusal(&resumed(&run), 1);
    assert!(message.contains("images") && message.contains("set the location of the images with --data"), "{message}");
    let moved_run = folder.path().join("moved_run");
    std::fs::rename(&run, &moved_run).unwrap();
    stdout(&resume(&moved_run, &["--data", text_of(&moved), "--evaluations", "3"]));
    assert_eq!(trials(&moved_run).len(), 3);
    let run = moved_run;
    stdout(&resumed(&run));
    // The classes of the data are matched by name with those of the network.
    let evaluate =
        |more: &[&str]| graphpnas(&[&["evaluate", text_of(&run), "--device", "cpu", "--json"], more].concat());
    let measured = json(&evaluate(&[]));
    let other = images(folder.path(), "other");
    assert_eq!(json(&evaluate(&["--data", text_of(&other)]))["test"], measured["test"]);
    // With one image less the data set differs for a search, but can be used for evaluation.
    std::fs::remove_file(other.join("train/day/3.png")).unwrap();
    let message = refusal(&resume(&run, &["--data", text_of(&other)]), 1);
    assert!(
        message.contains(
            "it has 47 training images, not 48; class 'day' has 23, not 24; give the original one with --data"
        ),
        "{message}"
    );
    assert_eq!(json(&evaluate(&["--data", text_of(&other)]))["test"], measured["test"]);
    // With a renamed class both are refused.
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
    // Without one class the other one is evaluated, with a warning.
    for part in ["train", "test"] {
        std::fs::remove_dir_all(other.join(part).join("dusk")).unwrap();
    }
    let output = evaluate(&["--data", text_of(&other)]);
    assert!(output.status.success());
    let warning = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(warning.contains("no images of these classes of the network: 'night'"), "{warning}");
}

#[test]
fn unfinished_files_of_dead_processes_are_deleted() {
    let (_folder, run) = copy(&TABLE_RUN);
    let part = |folder: &str, process: u32| run.join(folder).join(format!(".search.safetensors.{process}.part"));
    // No process has an id as high as this.
    let (dead, alive) = (4_000_000_000, std::process::id());
    for (folder, process) in [("", dead), ("checkpoint", dead), ("best", dead), ("checkpoint", alive)] {
        std::fs::write(part(folder, process), "half").unwrap();
    }
    let own = run.join("notes.part");
    std::fs::write(&own, "a file of the user").unwrap();
    stdout(&resumed(&run));
    assert!(["", "checkpoint", "best"].iter().all(|folder| !part(folder, dead).exists()));
    assert!(part("checkpoint", alive).exists() && own.exists());
}

/// Without ledger and checkpoint all results are lost, but configuration and command are still checked.
#[test]
fn a_run_without_results_restarts_only_with_its_configuration_and_command() {
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
        let original = std::fs::read(&file).unwrap();
        edit(&file, from, to);
        let message = refusal(&resumed(&run), 1);
        assert!(message.contains("neither ledger nor checkpoint") && message.contains(name), "{message}");
        assert!(message.contains("restore the original file, or start a new run"), "{message}");
        assert!(!run.join("run.db").exists(), "nothing is written");
        std::fs::write(&file, original).unwrap();
    }
    let output = resumed(&run);
    stdout(&output);
    let note = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(note.contains("has neither ledger nor checkpoint any more and restarts"), "{note}");
    assert_eq!(history(&run), before);
}

/// Files in `best/` contain the id of their run. Commands ignore those of another run with a warning.
#[test]
fn results_of_another_run_are_not_used() {
    let (_folder, run) = copy(&TRAINED_RUN);
    let other = tempfile::tempdir().unwrap();
    let other = other.path().join("run");
    // The same search again: only the ids of the runs differ.
    stdout(&super::searched(&super::trained_search(), &other));
    let warnings = |args: &[&str]| {
        let output = graphpnas(args);
        stdout(&output);
        String::from_utf8(output.stderr).unwrap()
    };
    let show = ["show", text_of(&run), "--quiet"];
    assert_eq!(warnings(&show), "");
    for name in ["best/test.json", "best/architecture.json"] {
        let own = std::fs::read(run.join(name)).unwrap();
        std::fs::copy(other.join(name), run.join(name)).unwrap();
        let evaluate = ["evaluate", text_of(&run), "--device", "cpu"];
        for args in [&show[..], &["report", text_of(&run)], &evaluate] {
            let text = warnings(args);
            let expected = format!("{} belongs to another run and is ignored", run.join(name).display());
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
