//! The ledger for TensorBoard: one event file beside it with one curve per column.
//!
//! Curves have the names and units of the ledger's columns (`schema.sql`) and a description with the unit.
//!
//! The file contains only data of the ledger. A process that starts or resumes a run rewrites it from the ledger,
//! appends to it while the run is active, and rewrites it at the end. A killed process therefore leaves at worst a
//! truncated record, which readers skip, and no step occurs twice.

mod message;

use super::error::RunError;
use super::ledger::Ledger;
use super::record::{DistributionRow, Meta, RoundRow, State, TrialRow};
use crate::convert::{to_f32, to_i64, to_integer};
use crate::disk;
use crate::evaluate::tfrecord::write_record;
use crate::search::{Distribution, RewardConfig};
use message::{Event, Metadata, Summary, Value, What};
use prost::Message;
use std::collections::{HashMap, HashSet};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The prefix by which TensorBoard finds event files. The start time in seconds and the program name follow.
const NAME: &str = "events.out.tfevents.";

/// The version of the file format.
const VERSION: &str = "brain.Event:2";

/// The curves of rewards, with their descriptions for accuracies.
const REWARDS: [(&str, &str); 3] = [
    ("trial/reward", "Validation accuracy in percent (0 to 100)"),
    ("trial/best", "Highest reward so far, in percent (0 to 100)"),
    ("trial/test", "Test accuracy in percent (0 to 100)"),
];

/// The other curves with their descriptions. The step of a trial is its number among the trials with a reward, that of a
/// round its number.
const CURVES: [(&str, &str); 9] = [
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

/// Returns the description of a curve, with the unit of its values.
fn description(tag: &str, reward: &RewardConfig) -> Option<String> {
    let known = REWARDS.iter().chain(&CURVES).find(|(name, _)| *name == tag).map(|(_, text)| (*text).to_owned())?;
    let unit = reward.in_unit();
    Some(match tag {
        _ if reward.is_accuracy() => known,
        "trial/reward" => format!("Reward {}", reward.described()),
        "trial/best" => format!("Best reward so far, {unit}"),
        "trial/test" => format!("Test value {unit}"),
        _ => known,
    })
}

/// The minimum time between two updates of the file.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// An event file that follows its ledger.
#[derive(Debug)]
pub(super) struct Events {
    path: PathBuf,
    file: File,
    position: Position,
    updated: Instant,
}

impl Events {
    /// Writes the file of a ledger, and deletes other event files in the folder.
    pub(super) fn begin(folder: &Path, ledger: &Ledger) -> Result<Self, RunError> {
        let path = folder.join(format!("{NAME}{}.graphpnas", to_integer(ledger.meta()?.started)));
        for old in event_files(folder).map_err(RunError::file("read", folder))?.into_iter().filter(|old| *old != path) {
            fs::remove_file(&old).map_err(RunError::file("remove", &old))?;
        }
        let position = write(&path, ledger)?;
        let file = OpenOptions::new().append(true).open(&path).map_err(RunError::file("write", &path))?;
        Ok(Self { path, file, position, updated: Instant::now() })
    }

    /// Appends the new rows of the ledger, unless the last update was less than [`MIN_INTERVAL`] ago.
    pub(super) fn update(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        if self.updated.elapsed() < MIN_INTERVAL {
            return Ok(());
        }
        self.updated = Instant::now();
        self.append(ledger)
    }

    /// Appends the last rows, for readers that have the old file open, and then rewrites the file, since repeated
    /// rounds have other durations.
    pub(super) fn end(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        self.append(ledger)?;
        write(&self.path, ledger).map(|_| ())
    }

    fn append(&mut self, ledger: &Ledger) -> Result<(), RunError> {
        let bytes = self.position.advance(ledger)?;
        self.file.write_all(&bytes).map_err(RunError::file("write", &self.path))
    }
}

/// Returns the event files in a folder.
fn event_files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let entries = fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()?;
    let is_event_file = |entry: &fs::DirEntry| entry.file_name().to_string_lossy().starts_with(NAME);
    Ok(entries.iter().filter(|entry| is_event_file(entry)).map(fs::DirEntry::path).collect())
}

/// Writes all rows of the ledger to a new file.
fn write(path: &Path, ledger: &Ledger) -> Result<Position, RunError> {
    let Meta { started, reward, .. } = ledger.meta()?;
    let mut position = Position { time: started, reward, ..Position::default() };
    let mut bytes = record(position.time, 0, What::FileVersion(VERSION.into()));
    bytes.extend(position.advance(ledger)?);
    disk::replace(path, &bytes).map_err(RunError::file("write", path))?;
    Ok(position)
}

/// The part of a ledger that is already in a file.
#[derive(Debug, Clone, PartialEq)]
struct Position {
    /// The number of the last trial.
    trial: usize,
    /// The best reward up to that trial, turned so that larger is better.
    best: f64,
    /// The unit and goal of the run.
    reward: RewardConfig,
    /// When that trial ended, in seconds since 1970 (UTC).
    time: f64,
    /// The next round to write.
    round: u64,
    /// The first round whose distribution is not written yet.
    distribution: u64,
    /// Curves whose description is written.
    described: HashSet<&'static str>,
}

impl Default for Position {
    fn default() -> Self {
        Self {
            trial: 0,
            best: f64::NEG_INFINITY,
            reward: RewardConfig::default(),
            time: 0.0,
            round: 0,
            distribution: 0,
            described: HashSet::new(),
        }
    }
}

impl Position {
    /// Returns the events of all rows after this position, and moves to the end of the ledger.
    fn advance(&mut self, ledger: &Ledger) -> Result<Vec<u8>, RunError> {
        let trials = ledger.trials_after(self.trial)?;
        let distributions = ledger.distributions_from(self.distribution)?;
        let mut distributions: HashMap<u64, DistributionRow> =
            distributions.into_iter().map(|row| (row.round, row)).collect();
        let mut rounds = ledger.rounds_from(self.round)?.into_iter().peekable();
        let mut bytes = Vec::new();
        // The ledger has no end time for rounds, so a round gets the time of its last trial.
        for trial in trials.iter().take_while(|trial| trial.state != State::Pending) {
            while let Some(round) = rounds.next_if(|round| round.round < trial.round) {
                bytes.extend(self.round(&round, distributions.remove(&round.round)));
            }
            bytes.extend(self.trial(trial));
        }
        for round in rounds {
            bytes.extend(self.round(&round, distributions.remove(&round.round)));
        }
        // The last distribution is that of the final generator, which no round follows.
        if let Some(last) = distributions.into_values().max_by_key(|row| row.round) {
            let scalars = self.distribution_scalars(&last);
            bytes.extend(self.summary(last.round, scalars));
        }
        Ok(bytes)
    }

    fn trial(&mut self, row: &TrialRow) -> Vec<u8> {
        self.trial = row.number;
        self.time = self.time.max(row.started + row.seconds.unwrap_or(0.0));
        let (Some(evaluation), Some(reward)) = (row.evaluation, row.reward) else { return Vec::new() };
        let goal = self.reward.goal;
        self.best = self.best.max(goal.turned(reward));
        let mut scalars = vec![("trial/reward", reward), ("trial/best", goal.turned(self.best))];
        scalars.extend(row.test.map(|test| ("trial/test", test)));
        scalars.extend(row.parameters.map(|count| ("trial/parameters", count as f64)));
        scalars.extend(row.multiply_adds.map(|count| ("trial/multiply_adds", count as f64)));
        scalars.extend(row.latency.map(|seconds| ("trial/latency", seconds)));
        self.summary(evaluation as u64, scalars)
    }

    fn round(&mut self, row: &RoundRow, distribution: Option<DistributionRow>) -> Vec<u8> {
        self.round = row.round + 1;
        let mut scalars = vec![("round/probability", row.probability), ("round/total_seconds", row.total_seconds)];
        scalars.extend(row.last_loss.map(|loss| ("round/last_loss", loss)));
        scalars.extend(distribution.iter().flat_map(|row| self.distribution_scalars(row)));
        self.summary(row.round, scalars)
    }

    fn distribution_scalars(&mut self, row: &DistributionRow) -> [(&'static str, f64); 3] {
        self.distribution = row.round + 1;
        let Distribution { samples, distinct, valid, entropy, .. } = &row.distribution;
        let percent = |count: usize| 100.0 * count as f64 / (*samples).max(1) as f64;
        [
            ("round/entropy", *entropy),
            ("round/distinct_percent", percent(*distinct)),
            ("round/valid_percent", percent(*valid)),
        ]
    }

    fn summary(&mut self, step: u64, scalars: impl IntoIterator<Item = (&'static str, f64)>) -> Vec<u8> {
        let (described, reward) = (&mut self.described, &self.reward);
        let mut value = |(tag, number): (&'static str, f64)| {
            let metadata = description(tag, reward)
                .filter(|_| described.insert(tag))
                .map(|summary_description| Metadata { summary_description });
            Value { tag: tag.into(), simple_value: Some(to_f32(number)), metadata }
        };
        let value = scalars.into_iter().map(&mut value).collect();
        record(self.time, step, What::Summary(Summary { value }))
    }
}

/// Encodes an event as a record with its checksums.
fn record(wall_time: f64, step: u64, what: What) -> Vec<u8> {
    let mut bytes = Vec::new();
    write_record(&mut bytes, &Event { wall_time, step: to_i64(step), what: Some(what) }.encode_to_vec());
    bytes
}
