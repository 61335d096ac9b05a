//! The event file of a run: its records are complete, and TensorBoard's reader finds the values of the ledger.
//!
//! `GRAPHPNAS_PYTHON` names a Python with tensorboard (scripts/install-python-tools.sh installs one). Without it the
//! checks with TensorBoard are skipped with a note, or fail if `CI` is `true`.

use crate::common;

use graphpnas::evaluate::tfrecord::Records;
use graphpnas::run::{Ledger, State};
use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Steps and values by curve.
type Curves = BTreeMap<String, Vec<(u64, f64)>>;

/// A search that trains its generator and takes a few seconds.
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

/// Kills a search once its ledger has at least `trials` trials.
fn kill_after(mut child: Child, folder: &Path, trials: usize) {
    let count = || Ledger::open_read(folder).and_then(|ledger| ledger.trials()).map_or(0, |trials| trials.len());
    common::until("enough trials", || count() >= trials || child.try_wait().unwrap().is_some());
    child.kill().unwrap();
    common::ended(&mut child);
}

/// The only event file in a folder.
fn event_file(folder: &Path) -> PathBuf {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let found: Vec<_> = entries.filter(|path| path.to_string_lossy().contains(".tfevents.")).collect();
    let [only] = &found[..] else { panic!("expected one event file: {found:?}") };
    only.clone()
}

/// Counts the records of the event file and checks their checksums.
fn records(folder: &Path) -> usize {
    let bytes = std::fs::read(event_file(folder)).unwrap();
    let mut records = Records::new(&bytes[..]);
    let mut count = 0;
    while records.next_record().unwrap().is_some() {
        count += 1;
    }
    count
}

/// Returns the content of a ledger as curves.
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
        put("trial/parameters", step, trial.parameters.map(|count| count as f64));
        put("trial/multiply_adds", step, trial.multiply_adds.map(|count| count as f64));
    }
    for round in ledger.rounds().unwrap() {
        put("round/last_loss", round.round, round.last_loss);
        put("round/probability", round.round, Some(round.probability));
        put("round/total_seconds", round.round, Some(round.total_seconds));
    }
    for row in ledger.distributions().unwrap() {
        let percent = |count: usize| 100.0 * count as f64 / row.distribution.samples as f64;
        put("round/entropy", row.round, Some(row.distribution.entropy));
        put("round/distinct_percent", row.round, Some(percent(row.distribution.distinct)));
        put("round/valid_percent", row.round, Some(percent(row.distribution.valid)));
    }
    curves
}

/// Returns the curves that TensorBoard reads in a folder, and checks that times never decrease.
fn read(python: &OsStr, folder: &Path) -> Curves {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/events/read.py");
    let output = common::output(Command::new(python).arg("-B").arg(script).arg(folder));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let curves: BTreeMap<String, Vec<(u64, f64, f64)>> = serde_json::from_slice(&output.stdout).unwrap();
    assert!(curves.values().all(|curve| curve.windows(2).all(|pair| pair[0].2 <= pair[1].2)), "{curves:?}");
    let plain = |curve: Vec<(u64, f64, f64)>| curve.into_iter().map(|(step, value, _)| (step, value)).collect();
    curves.into_iter().map(|(tag, curve)| (tag, plain(curve))).collect()
}

fn assert_same(actual: &Curves, expected: &Curves) {
    assert_eq!(actual.keys().collect::<Vec<_>>(), expected.keys().collect::<Vec<_>>());
    for (tag, curve) in expected {
        let steps = |curve: &[(u64, f64)]| curve.iter().map(|(step, _)| *step).collect::<Vec<_>>();
        assert_eq!(steps(&actual[tag]), steps(curve), "{tag}");
        // The file stores 32-bit floats.
        assert!(actual[tag].iter().zip(curve).all(|((_, a), (_, b))| *a == f64::from(*b as f32)), "{tag}");
    }
}

/// A folder with a run that was killed, resumed, and resumed again with a larger budget.
fn interrupted() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    kill_after(search(&run).stderr(Stdio::null()).spawn().unwrap(), &run, 30);
    resume(&run, &[]);
    resume(&run, &["--evaluations", "55"]);
    folder
}

#[test]
fn tensorboard_reads_the_values_of_the_ledger() {
    let folder = interrupted();
    let run = folder.path().join("run");
    let expected = expected(&run);
    assert_eq!((expected["trial/best"].len(), expected.len()), (55, 11));
    assert!(expected.values().all(|curve| curve.windows(2).all(|pair| pair[0].0 < pair[1].0)), "{expected:?}");
    let ledger = Ledger::open_read(&run).unwrap();
    // The version, the trials, the rounds, and the distribution of the final generator.
    assert_eq!(records(&run), 1 + ledger.trials().unwrap().len() + ledger.rounds().unwrap().len() + 1);
    if let Some(python) = common::python("event files were not read by TensorBoard") {
        assert_same(&read(&python, &run), &expected);
    }
}

#[test]
fn a_run_that_was_killed_leaves_a_file_that_can_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let run = folder.path().join("run");
    kill_after(search(&run).stderr(Stdio::null()).spawn().unwrap(), &run, 30);
    let file = event_file(&run);
    let bytes = std::fs::read(&file).unwrap();
    // A record that was written incompletely.
    std::fs::write(&file, [&bytes[..], &[7, 0, 0]].concat()).unwrap();
    if let Some(python) = common::python("event files were not read by TensorBoard") {
        let (actual, expected) = (read(&python, &run), expected(&run));
        for (tag, curve) in actual {
            assert!(
                curve.iter().zip(&expected[&tag]).all(|(a, b)| a.0 == b.0 && a.1 == f64::from(b.1 as f32)),
                "{tag}"
            );
        }
    }
    resume(&run, &[]);
    assert!(records(&run) > 45, "the file is rewritten");
}

/// The messages of an event file for scalars, with the field numbers of TensorBoard's protocol buffers.
mod wire {
    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Event {
        #[prost(int64, tag = "2")]
        pub step: i64,
        #[prost(message, optional, tag = "5")]
        pub summary: Option<Summary>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Summary {
        #[prost(message, repeated, tag = "1")]
        pub value: Vec<Value>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Value {
        #[prost(string, tag = "1")]
        pub tag: String,
        #[prost(float, tag = "2")]
        pub simple_value: f32,
        #[prost(message, optional, tag = "9")]
        pub metadata: Option<Metadata>,
    }

    #[derive(Clone, PartialEq, prost::Message)]
    pub struct Metadata {
        #[prost(string, tag = "3")]
        pub summary_description: String,
    }
}

/// A curve of an event file: steps, values, and the description in its first scalar.
#[derive(Debug, Default)]
pub struct Curve {
    pub values: Vec<(i64, f32)>,
    pub description: String,
}

/// Returns the curves of a run's event file. Only the first scalar of each curve may have a description.
pub fn curves(folder: &Path) -> BTreeMap<String, Curve> {
    let bytes = std::fs::read(event_file(folder)).unwrap();
    let mut records = Records::new(&bytes[..]);
    let mut curves = BTreeMap::<String, Curve>::new();
    while let Some(record) = records.next_record().unwrap() {
        let event = <wire::Event as prost::Message>::decode(record).unwrap();
        for value in event.summary.map(|summary| summary.value).unwrap_or_default() {
            let curve = curves.entry(value.tag).or_default();
            match value.metadata {
                Some(metadata) if curve.values.is_empty() => curve.description = metadata.summary_description,
                Some(_) => panic!("described twice"),
                None => {}
            }
            curve.values.push((event.step, value.simple_value));
        }
    }
    curves
}
