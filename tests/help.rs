//! Help texts (snapshot tests), completions and manual pages of every command.
//!
//! After an intended change, run `INSTA_UPDATE=always cargo test --test program help::` and review the difference.

use crate::common;
use std::process::{Command, Output};

fn graphpnas(args: &[&str]) -> Output {
    common::output(Command::new(env!("CARGO_BIN_EXE_graphpnas")).args(args))
}

fn stdout(args: &[&str]) -> String {
    let output = graphpnas(args);
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn help(command: &[&str]) -> String {
    stdout(&[command, &["--help"]].concat())
}

/// The names listed under "Commands:" in a help text.
fn subcommands(help: &str) -> Vec<String> {
    let listed = help.split("Commands:\n").nth(1).unwrap_or_default();
    let names = listed.lines().take_while(|line| !line.is_empty()).filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

/// Returns every command as its words; the program itself has no words.
fn commands() -> Vec<Vec<String>> {
    let (mut all, mut next) = (Vec::new(), vec![Vec::new()]);
    while let Some(command) = next.pop() {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        next.extend(subcommands(&help(&words)).into_iter().map(|name| [&command[..], &[name]].concat()));
        all.push(command);
    }
    all
}

#[test]
fn help_texts_match_snapshots_and_have_examples() {
    let commands = commands();
    let mut names = insta::Settings::new();
    names.set_prepend_module_to_snapshot(false);
    for command in &commands {
        let words: Vec<&str> = command.iter().map(String::as_str).collect();
        let text = help(&words);
        assert!(text.contains("\nExample"), "{command:?} has no example");
        assert!(text.lines().all(|line| line.len() <= 140 && line.trim_end() == line), "{command:?} is too wide");
        names.bind(|| insta::assert_snapshot!([&["graphpnas"], &words[..]].concat().join("-"), text));
    }
    let pinned = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots")).unwrap();
    assert_eq!(pinned.count(), commands.len(), "a snapshot of a command that no longer exists");
}

#[test]
fn completions_exist_for_every_shell() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = stdout(&["completions", shell]);
        assert!(script.contains("graphpnas") && script.contains("evaluations"), "{shell}");
    }
}

#[test]
fn manual_pages_exist_for_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("man/man1");
    stdout(&["man", dir.to_str().unwrap()]);
    for command in commands() {
        let name = [vec!["graphpnas".to_owned()], command].concat().join("-");
        let page = std::fs::read_to_string(dir.join(format!("{name}.1"))).unwrap();
        assert!(page.contains(".SH NAME") && page.contains("Example"), "{name}");
    }
    let main = std::fs::read_to_string(dir.join("graphpnas.1")).unwrap();
    assert_eq!(stdout(&["man"]), main);
    assert!(main.contains("Exit codes: 0 success, 1 failure"), "{main}");
}

#[test]
fn no_color_disables_colours() {
    let coloured = |no_color: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
        let output = common::output(command.arg("fly").env("CLICOLOR_FORCE", "1").env("NO_COLOR", no_color));
        output.stderr.contains(&0x1b)
    };
    assert!(coloured("") && !coloured("1"));
}
