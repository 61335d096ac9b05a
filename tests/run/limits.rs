//! Limits on file sizes (`ulimit -f`): a one-line error, as for a full disk, after which the run can be resumed.

use super::{TABLE_RUN, history, refusal, resumed, stdout, table_search, text_of, trials};
use crate::common;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program with a file size limit of `blocks` * 512 bytes.
fn limited(blocks: usize, args: &[&str], stdout: Option<&Path>) -> Output {
    let mut command = Command::new("sh");
    let redirect = if stdout.is_some() { " > \"$STDOUT\"" } else { "" };
    // POSIX shells count blocks of 512 bytes, also bash when it is called as `sh`.
    command.arg("-c").arg(format!("ulimit -f {blocks}; exec \"$0\" \"$@\"{redirect}"));
    command.arg(env!("CARGO_BIN_EXE_graphpnas")).args(args);
    common::output(command.envs(stdout.map(|path| ("STDOUT", path))))
}

/// Returns the error message of a command that exceeded the limit.
fn too_large(output: &Output) -> String {
    // The exit code shows that no signal ended the process.
    let message = refusal(output, 1);
    assert!(message.contains("File too large") || message.contains("the limit on file sizes"), "{message}");
    message
}

#[test]
fn a_search_that_exceeds_the_limit_fails_and_can_be_resumed() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let args = table_search();
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--out", text_of(&run)]).collect();
    // The run starts within the limit and exceeds it later; the moment depends on the pages that SQLite writes per
    // trial.
    let expected = trials(&TABLE_RUN.path().join("run"));
    let mut stopped = 0;
    for blocks in [64, 128, 192] {
        let output = limited(blocks, &args, None);
        too_large(&output);
        if run.join("command.json").is_file() {
            let saved = trials(&run);
            assert!(saved.len() < expected.len(), "{} trials", saved.len());
            assert_eq!(saved, expected[..saved.len()], "the saved trials are correct");
            stdout(&resumed(&run));
            assert_eq!((trials(&run), history(&run)), (expected.clone(), history(&TABLE_RUN.path().join("run"))));
            stopped += usize::from(!saved.is_empty());
        }
        let _ = std::fs::remove_dir_all(&run);
    }
    assert!(stopped > 0, "no run was stopped in the middle");
}

#[test]
fn an_export_that_exceeds_the_limit_fails_and_keeps_the_old_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "before").unwrap();
    let args = ["export", "0-1;", "--format", "svg", "--out", text_of(&file)];
    let message = too_large(&limited(1, &args, None));
    assert!(message.contains(text_of(&file)), "{message}");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "before");
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn standard_output_that_exceeds_the_limit_is_reported() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["man"][..], &["completions", "bash"], &["search", "--help"], &["config", "show"]] {
        let message = too_large(&limited(0, args, Some(&folder.path().join("stdout"))));
        assert!(message.contains("cannot write to standard output"), "{args:?}: {message}");
    }
}
