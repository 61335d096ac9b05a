//! Runs that are interrupted, killed or locked by another process.

use super::{TABLE_RUN, common, history, refusal, resumed, stdout, table_search, text_of, trials};
use graphpnas::run::Ledger;
use rusqlite::Connection;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A running search that waits for its ledger, which the test has locked after some trials.
struct Held {
    folder: TempDir,
    child: Child,
    ledger: Connection,
}

impl Held {
    /// Starts the search of [`TABLE_RUN`] and blocks it after at least `trials` trials.
    fn after(trials: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let run = folder.path().join("run");
        let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
        command.args(table_search()).arg("--out").arg(&run).current_dir(&folder);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        common::until("enough trials", || {
            assert_eq!(child.try_wait().unwrap(), None, "the search ended before it was blocked");
            run.join("command.json").is_file() && count(&run) >= trials
        });
        let ledger = Connection::open(run.join("run.db")).unwrap();
        ledger.busy_timeout(Duration::from_secs(60)).unwrap();
        ledger.execute_batch("BEGIN IMMEDIATE").unwrap();
        let mut held = Self { folder, child, ledger };
        assert_eq!(held.child.try_wait().unwrap(), None, "the search ended before it was blocked");
        held
    }

    fn run(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    fn signal(&self, name: &str) {
        let sent = common::output(Command::new("kill").args(["-s", name, &self.child.id().to_string()]));
        assert!(sent.status.success());
    }

    /// Unlocks the ledger and waits for the end of the search.
    fn release(self) -> (TempDir, std::process::Output) {
        drop(self.ledger);
        (self.folder, common::output_of(self.child))
    }
}

fn count(run: &Path) -> usize {
    Ledger::open_read(run).and_then(|ledger| ledger.trials()).map_or(0, |trials| trials.len())
}

/// Returns a run that was killed after some trials, with the write-ahead log of its ledger.
pub fn killed() -> (TempDir, PathBuf) {
    let mut held = Held::after(8);
    held.child.kill().unwrap();
    common::ended(&mut held.child);
    // Closing the last connection would remove the log, so this one is leaked.
    std::mem::forget(held.ledger);
    let run = held.folder.path().join("run");
    let moved = tempfile::tempdir().unwrap();
    let copy = moved.path().join("run");
    super::copy_folder(&run, &copy);
    std::fs::remove_file(copy.join("run.db-shm")).unwrap();
    assert!(copy.join("run.db-wal").metadata().unwrap().len() > 0);
    (moved, copy)
}

#[test]
fn the_first_signal_stops_a_run_which_can_be_resumed() {
    for (signal, code) in [("INT", 130), ("TERM", 143)] {
        let held = Held::after(8);
        held.signal(signal);
        let (folder, output) = held.release();
        let run = folder.path().join("run");
        let message = refusal(&output, code);
        assert!(message.contains(&format!("interrupted; resume with: graphpnas search --resume {}", run.display())));
        let (saved, expected) = (trials(&run), trials(&TABLE_RUN.path().join("run")));
        assert!((8..20).contains(&saved.len()), "{}", saved.len());
        assert_eq!(saved, expected[..saved.len()], "the saved trials are correct");
        assert!(run.join("best/arch.txt").is_file() && !run.join("history.json").exists());
        stdout(&resumed(&run));
        assert_eq!((trials(&run), history(&run)), (expected, history(&TABLE_RUN.path().join("run"))));
    }
}

/// The ledger is locked all the time, so the process cannot have ended regularly.
#[test]
fn the_second_signal_ends_a_run_at_once() {
    let mut held = Held::after(3);
    held.signal("INT");
    held.signal("TERM");
    // The order of pending signals is unspecified: either may be handled second.
    let code = common::ended(&mut held.child).code();
    assert!(matches!(code, Some(130 | 143)), "{code:?}");
    let run = held.run();
    let (_folder, output) = held.release();
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    stdout(&resumed(&run));
    assert_eq!(history(&run), history(&TABLE_RUN.path().join("run")));
}

#[test]
fn a_run_is_locked_by_one_process_at_a_time() {
    let mut held = Held::after(3);
    let run = held.run();
    let message = refusal(&resumed(&run), 1);
    assert!(message.contains(&format!("the run {} is in use by another process", text_of(&run))), "{message}");
    let message = refusal(&super::searched(&table_search(), &run), 1);
    assert!(message.contains("is not empty; name another with --out"), "{message}");
    assert!(trials(&run).len() >= 3, "reading is allowed");
    held.child.kill().unwrap();
    common::ended(&mut held.child);
    let (_folder, _) = held.release();
    stdout(&resumed(&run));
    assert_eq!(history(&run), history(&TABLE_RUN.path().join("run")));
}
