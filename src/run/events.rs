//! The ledger as TensorBoard reads it: one event file beside it with a curve for every figure.
//!
//! Curves have the names and units of the ledger's columns (`schema.sql`), and bring a description that says so.
//!
//! The file says what the ledger says and nothing else. A process that begins or resumes a run writes it anew from the
//! ledger, adds what comes while it runs, and writes it anew at its end. So a killed process leaves at worst a record that
//! is cut off, which readers skip, and no step is ever there twice.

mod message;

use super::error::RunError;
use super::ledger::Ledger;
use super::record::{DistributionRow, RoundRow, State, TrialRow};
use crate::convert::{to_f32, to_i64, to_whole};
use crate::disk;
use crate::evaluate::tfrecord::write_record;
use crate::search::Distribution;
use message::{Event, Metadata, Summary, Value, What};
use prost::Message;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How a file must begin for TensorBoard to find it; behind it come the seconds and the program's name.
const NAME: &str = "events.out.tfevents.";

/// The version of the format.
const VERSION: &str = "brain.Event:2";

/// The curves: of trials against their number among those with a reward, of rounds against the round.
const CURVES: [(&str, &str); 12] = [
    ("trial/reward", "Validation accuracy in percent (0 to 100)"),
    ("trial/best", "Highest reward so far, in percent (0 to 100)"),
    ("trial/test", "Test accuracy in percent (0 to 100)"),
    ("trial/parameters", "Number of parameters of the network"),
    ("trial/multiply_adds", "Number of multiply-adds of the network for one image"),
    ("trial/latency", "Time of the network for one image, in seconds"),
    ("round/probability", "Probability of exploring (0 to 1)"),
    ("round/total_seconds", "Time of the round, in seconds"),
    ("round/last_loss", "Loss of the generator after the update before the round"),
    ("round/entropy", "Entropy of the generator in nats, estimated from draws"),
    ("round/distinct_percent", "Different graphs among the draws, in percent (0 to 100)"),
    ("round/valid_percent", "Architectures of the space among the draws, in percent (0 to 100)"),
];

/// What is new in the ledger is added this often at most.
const APART: Duration = Duration::from_secs(1);

/// An event file that grows with its ledger.
#[derive(Debug)]
pub(super) struct Events {
    path: PathBuf,
    file: File,
    place: Place,
    added: Instant,
}

impl Events {
    /// Writes the file of a ledger, and takes away those of earlier names.
    pub(super) fn begin(folder: &Path, ledger: &Ledger) -> Result<Self, RunError> {
        let path = folder.join(format!("{NAME}{}.graphpnas", to_whole(ledger.meta()?.started)));
        for old in found(folder).map_err(RunError::file("read", folder))?.into_iter().filter(|old| *old != path) {
            fs::remove_file(&old).map_err(RunError::file("remove", &old))?;
        }
        let place = write(&path, ledger)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(RunError::file("write", &path))?;
        Ok(Self { path, file, place, added: Instant::now() })
    }

    /// Adds what is new in the ledger, now and then.
    pub(super) fn follow(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        if self.added.elapsed() < APART {
            return Ok(());
        }
        self.added = Instant::now();
        self.add(ledger)
    }

    /// Adds the last of it and writes the file anew, since rounds that were repeated took other times. A reader that has the
    /// old file open has everything too.
    pub(super) fn end(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        self.add(ledger)?;
        write(&self.path, ledger).map(|_| ())
    }

    fn add(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        let bytes = self.place.advance(ledger)?;
        self.file.write_all(&bytes).map_err(RunError::file("write", &self.path))
    }
}

/// The event files in a folder.
fn found(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let ours = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(NAME);
    Ok(entries.iter().filter(|entry| ours(entry)).map(fs::DirEntry::path).collect())
}

/// Writes everything the ledger says.
fn write(path: &Path, ledger: &Ledger) -> Result<Place, RunError> {
    let mut place = Place { time: ledger.meta()?.started, ..Place::default() };
    let mut bytes = record(place.time, 0, What::FileVersion(VERSION.into()));
    bytes.extend(place.advance(ledger)?);
    disk::replace(path, &bytes).map_err(RunError::file("write", path))?;
    Ok(place)
}

/// How much of a ledger is in a file.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    /// The last trial.
    trial: usize,
    /// The best reward up to it.
    best: f64,
    /// When it ended.
    time: f64,
    /// The next round.
    round: u64,
    /// The first round of which a distribution would be new.
    look: u64,
    /// Curves that have their description.
    described: HashSet<&'static str>,
}

impl Default for Place {
    fn default() -> Self {
        Self { trial: 0, best: f64::NEG_INFINITY, time: 0.0, round: 0, look: 0, described: HashSet::new() }
    }
}

impl Place {
    /// The events of everything after this place; the ledger's end is the new one.
    fn advance(&mut self, ledger: &Ledger) -> Result<Vec<u8>, RunError> {
        let trials = ledger.trials_after(self.trial)?;
        let looks = ledger.distributions_from(self.look)?;
        let mut looks: HashMap<u64, DistributionRow> = looks.into_iter().map(|row| (row.round, row)).collect();
        let mut rounds = ledger.rounds_from(self.round)?.into_iter().peekable();
        let mut bytes = Vec::new();
        // A round ends with its last trial: the ledger has no time of its own for it.
        for trial in trials.iter().take_while(|trial| trial.state != State::Pending) {
            while let Some(round) = rounds.next_if(|round| round.round < trial.round) {
                bytes.extend(self.round(&round, looks.remove(&round.round)));
            }
            bytes.extend(self.trial(trial));
        }
        for round in rounds {
            bytes.extend(self.round(&round, looks.remove(&round.round)));
        }
        // The last look is at the generator as the search left it: no round came after it.
        if let Some(last) = looks.into_values().max_by_key(|look| look.round) {
            let scalars = self.looked(&last);
            bytes.extend(self.summary(last.round, scalars));
        }
        Ok(bytes)
    }

    fn trial(&mut self, row: &TrialRow) -> Vec<u8> {
        self.trial = row.number;
        self.time = self.time.max(row.started + row.seconds.unwrap_or(0.0));
        let (Some(evaluation), Some(reward)) = (row.evaluation, row.reward) else { return Vec::new() };
        self.best = self.best.max(reward);
        let mut scalars = vec![("trial/reward", reward), ("trial/best", self.best)];
        scalars.extend(row.test.map(|test| ("trial/test", test)));
        scalars.extend(row.parameters.map(|count| ("trial/parameters", count as f64)));
        scalars.extend(row.multiply_adds.map(|count| ("trial/multiply_adds", count as f64)));
        scalars.extend(row.latency.map(|seconds| ("trial/latency", seconds)));
        self.summary(evaluation as u64, scalars)
    }

    fn round(&mut self, row: &RoundRow, look: Option<DistributionRow>) -> Vec<u8> {
        self.round = row.round + 1;
        let mut scalars = vec![("round/probability", row.probability), ("round/total_seconds", row.total_seconds)];
        scalars.extend(row.last_loss.map(|loss| ("round/last_loss", loss)));
        scalars.extend(look.iter().flat_map(|look| self.looked(look)));
        self.summary(row.round, scalars)
    }

    fn looked(&mut self, row: &DistributionRow) -> [(&'static str, f64); 3] {
        self.look = row.round + 1;
        let Distribution { samples, distinct, valid, entropy, .. } = &row.distribution;
        let percent = |count: usize| 100.0 * count as f64 / (*samples).max(1) as f64;
        [
            ("round/entropy", *entropy),
            ("round/distinct_percent", percent(*distinct)),
            ("round/valid_percent", percent(*valid)),
        ]
    }

    fn summary(&mut self, step: u64, scalars: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<u8> {
        let described = &mut self.described;
        let mut value = |(tag, number): (&'static str, f64)| {
            let known = CURVES.iter().find(|(name, _)| *name == tag).filter(|_| described.insert(tag));
            let metadata = known.map(|(_, text)| Metadata { summary_description: (*text).to_owned() });
            Value { tag: tag.into(), simple_value: Some(to_f32(number)), metadata }
        };
        let value = scalars.into_iter().map(&mut value).collect();
        record(self.time, step, What::Summary(Summary { value }))
    }
}

/// An event between its checksums.
fn record(wall_time: f64, step: u64, what: What) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_record(&mut bytes, &Event { wall_time, step: to_i64(step), what: Some(what) }.encode_to_vec());
    bytes
}
