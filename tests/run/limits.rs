//! Limits on the size of files (`ulimit -f`): like a full disk an error with one sentence, after which a run goes on.

use super::{TABLE_RUN, history, refusal, resumed, stdout, table_search, text_of, trials};
use crate::common;
use std::path::Path;
use std::process::{Command, Output};

/// Runs the program where no file may be larger than so many blocks of 512 bytes.
fn limited(blocks: usize, args: &[&str], stdout: Option<&Path>) -> Output {
    let mut command = Command::new("sh");
    let redirect = if stdout.is_some() { " > \"$STDOUT\"" } else { "" };
    // Dash counts blocks of 512 bytes as POSIX says; bash does in its POSIX mode, as which it is `sh`.
    command.arg("-c").arg(format!("ulimit -f {blocks}; exec \"$0\" \"$@\"{redirect}"));
    command.arg(env!("CARGO_BIN_EXE_graphpnas")).args(args);
    common::output(command.envs(stdout.map(|path| ("STDOUT", path))))
}

/// The one sentence of a command that failed over the limit.
fn too_large(output: &Output) -> String {
    // No signal ended it.
    let message = refusal(output, 1);
    assert!(message.contains("File too large") || message.contains("the limit on file sizes"), "{message}");
    message
}

#[test]
fn a_search_beyond_the_limit_is_told_and_goes_on_without_it() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    let args = table_search();
    let args: Vec<&str> = args.iter().map(String::as_str).chain(["--out", text_of(&run)]).collect();
    // The run begins within the limit and outgrows it. How far it comes depends on the pages that SQLite writes for a trial.
    let whole = trials(&TABLE_RUN.path().join("run"));
    let mut stopped = 0;
    for blocks in [64, 128, 192] {
        let output = limited(blocks, &args, None);
        too_large(&output);
        if run.join("command.json").is_file() {
            let kept = trials(&run);
            assert!(kept.len() < whole.len(), "{} trials", kept.len());
            assert_eq!(kept, whole[..kept.len()], "what was found is kept");
            stdout(&resumed(&run));
            assert_eq!((trials(&run), history(&run)), (whole.clone(), history(&TABLE_RUN.path().join("run"))));
            stopped += usize::from(!kept.is_empty());
        }
        let _ = std::fs::remove_dir_all(&run);
    }
    assert!(stopped > 0, "no run was stopped in the middle");
}

#[test]
fn a_result_beyond_the_limit_is_told_and_what_was_there_stays() {
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
fn standard_output_beyond_the_limit_is_told() {
    let folder = tempfile::tempdir().unwrap();
    for args in [&["man"][..], &["completions", "bash"], &["search", "--help"], &["config", "show"]] {
        let message = too_large(&limited(0, args, Some(&folder.path().join("stdout"))));
        assert!(message.contains("cannot write to standard output"), "{args:?}: {message}");
    }
}
