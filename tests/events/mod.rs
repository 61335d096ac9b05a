//! The event file of a run: its records are whole, and TensorBoard's own reader finds what the ledger says.
//!
//! `GRAPHPNAS_PYTHON` names a Python that has tensorboard (scripts/install-python-tools.sh makes one). Without it the test
//! says that it was skipped, and fails where `CI` is `true`.

use crate::common;

use graphpnas::evaluate::tfrecord::Records;
use graphpnas::run::{Ledger, State};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Steps and values of every curve.
type Curves = BTreeMap<String, Vec<(u64, f64)>>;

/// A search that teaches its generator and takes some seconds, in a folder.
fn search(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    command.args(["search", "--preset", "nasbench201-cifar10-continual", "--evaluations", "45", "--device", "cpu"]);
    command.arg("--out").arg(folder);
    command.stdout(Stdio::null());
    command
}

fn resume(folder: &Path, more: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_graphpnas"));
    let output = common::output(command.args(["search", "--resume"]).arg(folder).args(more));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Ends a search by force when some of it is in the ledger.
fn kill_after(mut child: Child, folder: &Path, trials: usize) {
    let known = || Ledger::open_read(folder).and_then(|ledger| ledger.trials()).map_or(0, |trials| trials.len());
    common::until("enough trials", || known() >= trials || child.try_wait().unwrap().is_some());
    child.kill().unwrap();
    common::ended(&mut child);
}

/// The only event file in a folder.
fn event_file(folder: &Path) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(".tfevents.")).collect();
    let [only] = &found[..] else { panic!("one event file, not {found:?}") };
    only.clone()
}

/// Records of an event file, all with the right checksums.
fn records(folder: &Path) -> usize {
    let bytes = std::fs::read(event_file(folder)).unwrap();
    let mut records = Records::new(&bytes[..]);
    let mut count = 0;
    while records.next_record().unwrap().is_some() {
        count += 1;
    }
    count
}

/// What the ledger of a folder says, as curves.
fn expected(folder: &Path) -> Curves {
    let ledger = Ledger::open_read(folder).unwrap();
    let mut curves = Curves::new();
    let mut put = |tag: &str, step: u64, value: Option<f64>| {
        curves.entry(tag.to_owned()).or_default().extend(value.map(|value| (step, value)));
    };
    let mut best = f64::MIN;
    for trial in ledger.trials().unwrap().iter().filter(|trial| trial.state == State::Done) {
        let step = trial.evaluation.unwrap() as u64;
        best = best.max(trial.reward.unwrap());
        put("trial/reward", step, trial.reward);
        put("trial/best", step, Some(best));
        put("trial/test", step, trial.test);
    }
    for round in ledger.rounds().unwrap() {
        put("round/loss", round.round, round.last_loss);
        put("round/exploration", round.round, Some(round.probability));
        put("round/seconds", round.round, Some(round.total_seconds));
    }
    for look in ledger.distributions().unwrap() {
        let (distinct, samples) = (look.distribution.distinct as f64, look.distribution.samples as f64);
        put("round/entropy", look.round, Some(look.distribution.entropy));
        put("round/distinct", look.round, Some(distinct / samples));
    }
    curves
}

/// What TensorBoard reads in a folder, as curves; times never go back.
fn read(python: &OsStr, folder: &Path) -> Curves {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/read.py");
    let output = common::output(Command::new(python).arg("-B").arg(script).arg(folder));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let curves: BTreeMap<String, Vec<(u64, f64, f64)>> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(curves.values().all(|curve| curve.windows(2).all(|pair| pair[0].2 <= pair[1].2)), "{curves:?}");
    let plain = |curve: Vec<(u64, f64, f64)>| curve.into_iter().map(|(step, value, _)| (step, value)).collect();
    curves.into_iter().map(|(tag, curve)| (tag, plain(curve))).collect()
}

fn assert_same(given: &Curves, expected: &Curves) {
    assert_eq!(given.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (tag, curve) in expected {
        let steps = |curve: &[(u64, f64)]| curve.iter().map(|(step, _)| *step).collect::<Vec<_>>();
        assert_eq!(steps(&given[tag]), steps(curve), "{tag}");
        // The file has 32 bits a number.
        assert!(given[tag].iter().zip(curve).all(|((_, a), (_, b))| *a == f64::from(*b as f32)), "{tag}");
    }
}

/// A folder with a run that was killed on its way, resumed and later given a larger budget.
fn interrupted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    kill_after(search(&run).stderr(Stdio::null()).spawn().unwrap(), &run, 30);
    resume(&run, &[]);
    resume(&run, &["--evaluations", "55"]);
    folder
}

#[test]
fn tensorboard_reads_what_the_ledger_says() {
    let folder = interrupted();
    let run = folder.path().join("run");
    let told = expected(&run);
    assert_eq!((told["trial/best"].len(), told.len()), (55, 8));
    assert!(told.values().all(|curve| curve.windows(2).all(|pair| pair[0].0 < pair[1].0)), "{told:?}");
    let ledger = Ledger::open_read(&run).unwrap();
    // The version, the trials, the rounds, and the look at the generator after the last of them.
    assert_eq!(records(&run), 1 + ledger.trials().unwrap().len() + ledger.rounds().unwrap().len() + 1);
    if let Some(python) = common::python("event files were not read by TensorBoard") {
        assert_same(&read(&python, &run), &told);
    }
}

#[test]
fn a_run_that_was_killed_leaves_a_file_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    kill_after(search(&run).stderr(Stdio::null()).spawn().unwrap(), &run, 30);
    let file = event_file(&run);
    let bytes = std::fs::read(&file).unwrap();
    // A record that was being written when the power went.
    std::fs::write(&file, [&bytes[..], &[7, 0, 0]].concat()).unwrap();
    if let Some(python) = common::python("event files were not read by TensorBoard") {
        let (given, told) = (read(&python, &run), expected(&run));
        for (tag, curve) in given {
            assert!(curve.iter().zip(&told[&tag]).all(|(a, b)| a.0 == b.0 && a.1 == f64::from(b.1 as f32)), "{tag}");
        }
    }
    resume(&run, &[]);
    assert!(records(&run) > 45, "written anew");
}
