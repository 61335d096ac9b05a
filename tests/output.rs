//! Output: full devices, closed pipes, and closed standard streams.
#![cfg(unix)]

use crate::common;
use std::fs::OpenOptions;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

/// The folder of runs without `--out`.
static RUNS: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().unwrap());

/// A finished run for the commands that read runs.
static RUN: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run").display().to_string();
    let sets =
        ["oracle.epochs=1", "oracle.train_images=60", "oracle.test_images=20", "oracle.channels=4", "oracle.batch=10"];
    let sets = sets.iter().chain(&common::PLAIN).flat_map(|set| ["--set", set]);
    let args = ["search", "--evaluations", "2", "--device", "cpu", "--generator", "random", "-q", "--out", &out];
    let output = common::graphpnas(&args.into_iter().chain(sets).collect::<Vec<_>>());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder
});

fn program(args: &[String]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(args).stdin(Stdio::null()).current_dir(RUNS.path());
    command
}

fn words(text: &str) -> Vec<String> {
    text.split_whitespace().map(String::from).collect()
}

/// Returns the subcommands listed in the help of a command.
fn subcommands(path: &[String]) -> Vec<Vec<String>> {
    let output = common::output(&mut program(&[path, &["--help".to_owned()]].concat()));
    let help = String::from_utf8(output.stdout).unwrap();
    let listed = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let names = listed.filter_map(|line| line.split_whitespace().next()).filter(|name| *name != "help");
    names.map(|name| [path, &[name.to_owned()]].concat()).collect()
}

/// Returns every command, including the program itself.
fn commands() -> Vec<Vec<String>> {
    let mut all = vec![Vec::new()];
    let mut next = 0;
    while next < all.len() {
        let below = subcommands(&all[next]);
        all.extend(below);
        next += 1;
    }
    assert!(all.len() > 15, "{all:?}");
    all
}

/// Commands that print a result, at least one for every subcommand without network access.
fn results() -> Vec<Vec<String>> {
    let run = RUN.path().join("run").display().to_string();
    let mut all: Vec<Vec<String>> = [
        "show 0-1;",
        "show 0-1; --json",
        "export 0-1; --format json",
        "export 0-1; --format dot",
        "config show",
        "config presets",
        "completions bash",
        "man",
        "devices",
        "devices --json",
        "data list",
        "profile 0-1; --device cpu --channels 4 --cells 1",
        "search --dry-run",
        "search --evaluations 1 --device cpu --generator random --set oracle.steps=1 --set oracle.channels=4 \
         --set oracle.batch=10 --set oracle.train_images=40 --set oracle.test_images=20",
    ]
    .map(words)
    .into();
    let of_run =
        ["trials RUN", "trials RUN --json", "evaluate RUN --device cpu", "show RUN", "report RUN", "compare RUN"];
    all.extend(of_run.iter().map(|text| words(&text.replace("RUN", &run))));
    all
}

/// Returns the single sentence on standard error of a command that failed with exit code 1.
fn sentence(args: &[String], output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{args:?}: {text}");
    let errors: Vec<_> = text.lines().filter(|line| line.starts_with("error: ")).collect();
    assert_eq!(errors.len(), 1, "{args:?}: {text}");
    assert!(!text.contains("panicked"), "{args:?}: {text}");
    errors[0].to_owned()
}

fn into_full_device(args: &[String]) -> Output {
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    common::output_of(program(args).stdin(Stdio::null()).stdout(full).stderr(Stdio::piped()).spawn().unwrap())
}

#[test]
fn help_and_version_on_a_full_device_are_errors() {
    if !Path::new("/dev/full").exists() {
        common::print_uncaptured("SKIPPED: this system has no /dev/full");
        return;
    }
    let helps = commands().into_iter().map(|mut command| {
        command.push("--help".to_owned());
        command
    });
    let others = ["--version", "-V", "-h", "help", "help search", "search -h"].map(words);
    for args in helps.chain(others) {
        let message = sentence(&args, &into_full_device(&args));
        assert_eq!(
            message, "error: cannot write to standard output: No space left on device (os error 28)",
            "{args:?}"
        );
    }
}

#[test]
fn every_result_on_a_full_device_is_an_error() {
    if !Path::new("/dev/full").exists() {
        common::print_uncaptured("SKIPPED: this system has no /dev/full");
        return;
    }
    for args in results() {
        let message = sentence(&args, &into_full_device(&args));
        assert_eq!(
            message, "error: cannot write to standard output: No space left on device (os error 28)",
            "{args:?}"
        );
    }
    // Invalid arguments are reported on stderr even if the JSON error cannot be written.
    let wrong = words("show nonsense --json");
    let output = into_full_device(&wrong);
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_closed_reader_is_not_a_failure() {
    let helps = ["--help", "search --help", "--version"].map(words);
    for args in helps.into_iter().chain(results()) {
        let mut child = program(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let Output { status, stderr, .. } = common::output_of(child);
        let errors = String::from_utf8_lossy(&stderr);
        assert!(status.success(), "{args:?}: {status}, {errors}");
        assert!(!errors.contains("error") && !errors.contains("panicked"), "{args:?}: {errors}");
    }
}

#[test]
fn closed_streams_do_not_panic() {
    for closed in ["<&-", ">&-", "2>&-", "<&- >&- 2>&-", ">&- 2>/dev/full"] {
        for (args, code) in
            [("show 0-1;", 0), ("config show", 0), ("--help", 0), ("show nonsense", 2), ("trials /nowhere", 1)]
        {
            let script = format!("exec \"$0\" \"$@\" {closed}");
            let mut command = Command::new("sh");
            command.args(["-c", &script, env!("CARGO_BIN_EXE_graphpnas")]).args(words(args));
            let output = common::output(&mut command);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!(output.status.code(), Some(code), "{args} {closed}: {errors}");
            assert!(!errors.contains("panicked"), "{args} {closed}: {errors}");
        }
    }
}
