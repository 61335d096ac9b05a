//! The README's commands: they are accepted, and no file in them is one that a reader cannot have.

use crate::common::graphpnas;
use std::collections::BTreeSet;
use std::path::Path;

const README: &str = include_str!("../README.md");

/// The commands in the README's code blocks, as words; comments and continued lines are put right.
fn commands() -> Vec<Vec<String>> {
    let (mut commands, mut open) = (Vec::new(), String::new());
    for line in README.lines().filter_map(|line| line.strip_prefix("    ")) {
        let line = line.split(" #").next().unwrap().trim();
        match line.strip_suffix('\\') {
            Some(start) => open.push_str(start),
            None => commands.push(words(&format!("{}{line}", std::mem::take(&mut open)))),
        }
    }
    let mut ours = Vec::new();
    for mut words in commands {
        if words.starts_with(&["cargo", "run", "--release", "--"].map(String::from)) {
            words.drain(..4);
        } else if words.first().is_some_and(|word| word == "graphpnas") {
            words.remove(0);
        } else {
            continue;
        }
        ours.push(words);
    }
    ours
}

/// The words of a command line, without its quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), String::new(), None);
    for letter in line.chars() {
        match (letter, quote) {
            ('\'' | '"', None) => quote = Some(letter),
            (_, Some(open)) if letter == open => quote = None,
            (' ', None) if !word.is_empty() => words.push(std::mem::take(&mut word)),
            (' ', None) => {}
            _ => word.push(letter),
        }
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

#[test]
fn the_first_command_runs_the_main_job() {
    let first = commands().remove(0);
    assert_eq!(first[..4], ["search", "nasbench201", "--dataset", "cifar10"].map(String::from));
    // Fewer evaluations than there, and none that are learned from: this is about the command.
    let small = ["--generator", "random", "--evaluations", "5", "--device", "cpu", "--json"];
    let mut args: Vec<&str> = first[..4].iter().map(String::as_str).collect();
    args.extend(small);
    let output = graphpnas(&args);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(value["best"]["test"].is_number(), "{value}");
}

#[test]
fn searches_of_the_readme_are_accepted() {
    let searches = commands().into_iter().filter(|words| words[0] == "search" && !words.contains(&"--resume".into()));
    let mut count = 0;
    for search in searches {
        let args: Vec<&str> = search.iter().map(String::as_str).chain(["--dry-run"]).collect();
        let output = graphpnas(&args);
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    assert!(count >= 5, "{count} searches were found");
}

#[test]
fn files_in_commands_are_in_the_clone_or_the_readme_says_where_from() {
    assert!(!README.contains("../shared"), "no reader has that folder");
    let prose: String = README.lines().filter(|line| !line.starts_with("    ")).collect::<Vec<_>>().join("\n");
    let mut made = BTreeSet::from(["embedded".to_owned()]);
    for words in commands() {
        if words[0] == "data" && words[1] == "fetch" {
            let folder = graphpnas::data::fetch::Release::named(&words[2]).expect("a data set").folder;
            made.insert(format!("data/{folder}"));
        }
        for pair in words.windows(2) {
            let named = ["--data", "--table", "--weights", "--config", "--resume"].contains(&pair[0].as_str());
            let file = &pair[1];
            let there = Path::new(env!("CARGO_MANIFEST_DIR")).join(file).exists();
            if pair[0] == "--out" {
                made.insert(file.clone());
            } else if named {
                assert!(there || made.contains(file) || prose.contains(file.as_str()), "{file} of {words:?}");
            }
        }
    }
}
