//! What a run was made of. It is kept with checksums in the ledger and in every checkpoint, so that a run goes on only with
//! what it was begun with: another configuration, table or data set would mix two histories.

use super::checkpoint;
use super::command::{self, Command};
use super::error::RunError;
use super::folder::CONFIG;
use super::ledger::{self, Ledger};
use crate::data::Fingerprint;
use crate::evaluate::TableMark;
use crate::search::Config;
use crate::shown::Show;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the search: it is raised whenever the same configuration, seed and rewards would draw another
/// history than before. A run of another one is not gone on with.
pub const SEARCH_VERSION: u32 = 3;

/// Differences that a message lists.
const LISTED: usize = 4;

/// The one setting that may be raised.
const BUDGET: &str = "evaluations";

/// Where the rewards of a run come from.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sources {
    /// The content of the benchmark's table, where rewards are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableMark>,
    /// The images, where networks are trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fingerprint>,
}

/// What a run was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The run's own name: in its ledger, its checkpoints, its kept network and its command.
    pub id: String,
    /// Version of the program that began it.
    pub version: String,
    /// [`SEARCH_VERSION`] of that program.
    #[serde(rename = "course")]
    pub search_version: u32,
    /// The device that it was begun on.
    pub device: String,
    /// Every key of the configuration, dotted, and its value in TOML.
    pub config: BTreeMap<String, String>,
    /// The command that began it.
    pub command: Command,
    /// Where its rewards come from.
    #[serde(flatten)]
    pub sources: Sources,
}

/// An origin as it is kept: while the files of a run are written anew, they may be as they were before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    pub now: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Origin>,
}

impl From<Origin> for Kept {
    fn from(now: Origin) -> Self {
        Self { now, before: None }
    }
}

impl Origin {
    /// What a run that begins now is made of; its id is that of the command, or a new one.
    pub(super) fn new(
        folder: &Path,
        command: &Command,
        config: &Config,
        device: &str,
        sources: &Sources,
    ) -> Result<Self, RunError> {
        let id = command.run.clone().unwrap_or_else(|| new_id(folder));
        let config = settings(folder, config)?;
        let command = Command { run: Some(id.clone()), ..command.clone() }.sealed(&config);
        Ok(Self {
            id,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            search_version: SEARCH_VERSION,
            device: device.to_owned(),
            config,
            command,
            sources: sources.clone(),
        })
    }

    /// What this run is made of when it goes on with a configuration, a command and rewards that were asked for now.
    ///
    /// # Errors
    /// What differs and may not.
    pub(super) fn going_on(
        &self,
        folder: &Path,
        command: &Command,
        config: &Config,
        sources: &Sources,
    ) -> Result<Self, RunError> {
        if self.search_version != SEARCH_VERSION {
            return Err(RunError::SearchVersion {
                path: folder.to_owned(),
                version: self.version.clone(),
                found: self.search_version,
                known: SEARCH_VERSION,
            });
        }
        let config = settings(folder, config)?;
        let of_budget =
            |settings: &BTreeMap<String, String>| settings.get(BUDGET).and_then(|text| text.parse::<u64>().ok());
        let raised = of_budget(&config) >= of_budget(&self.config);
        let mut differences = differences(&self.config, &config);
        differences.retain(|(key, _)| !(raised && key == BUDGET));
        refuse(folder.join(CONFIG), differences)?;
        self.same_sources(folder, sources)?;
        let command = Command { run: Some(self.id.clone()), ..command.clone() }.sealed(&config);
        Ok(Self { config, command, sources: sources.clone(), ..self.clone() })
    }

    fn same_sources(&self, folder: &Path, now: &Sources) -> Result<(), RunError> {
        let other = |what: String| Err(RunError::Rewards { path: folder.to_owned(), what });
        match (&self.sources, now) {
            (Sources { table: Some(before), .. }, Sources { table: Some(now), .. }) => match before.difference(now) {
                Some(what) => other(format!(
                    "the table is not the one that the run was begun with: {what}; give that with --table"
                )),
                None => Ok(()),
            },
            (Sources { data: Some(before), .. }, Sources { data: Some(now), .. }) => match before.difference(now) {
                Some(what) => other(format!(
                    "the data set is not the one that the run was begun with: {what}; give that with --data"
                )),
                None => Ok(()),
            },
            (before, now)
                if before.table.is_none() == now.table.is_none() && before.data.is_none() == now.data.is_none() =>
            {
                Ok(())
            }
            (Sources { table: Some(_), .. }, _) => {
                other("the run was begun with a table and not with images; give that with --table".to_owned())
            }
            _ => other("the run was begun with images and not with a table; give those with --data".to_owned()),
        }
    }

    /// What is worth knowing of a run that goes on here, a sentence each.
    pub(super) fn notes(&self, device: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if self.device != device {
            notes.push(format!(
                "note: the run was begun on {}; on {device} numbers round differently, so that it may find other architectures \
                 than it would have there",
                self.device
            ));
        }
        let version = env!("CARGO_PKG_VERSION");
        if self.version != version {
            notes.push(format!(
                "note: the run was begun by version {} of the program; version {version} finds the same",
                self.version
            ));
        }
        notes
    }
}

impl Kept {
    /// Refuses a folder whose configuration or command is not what was kept.
    pub(super) fn check_files(&self, folder: &Path) -> Result<(), RunError> {
        let path = folder.join(CONFIG);
        let text = std::fs::read_to_string(&path).map_err(RunError::file("read", &path))?;
        let found = leaves_of(&text).map_err(|why| RunError::Damaged { path: path.clone(), why })?;
        if self.before.as_ref().is_none_or(|before| before.config != found) {
            refuse(path, differences(&self.now.config, &found))?;
        }
        let found = Command::read(folder)?;
        if found.run.is_some() && found.run.as_ref() != Some(&self.now.id) {
            return Err(RunError::OtherRun { path: folder.join(command::FILE) });
        }
        if self.before.as_ref().is_none_or(|before| before.command != found) {
            let path = folder.join(command::FILE);
            let values = |command: &Command| {
                let text = serde_json::to_value(command)
                    .and_then(serde_json::from_value::<BTreeMap<String, serde_json::Value>>);
                let text = text.map_err(|error| RunError::Damaged { path: path.clone(), why: error.to_string() })?;
                Ok::<_, RunError>(
                    text.into_iter().map(|(key, value)| (key, value.to_string())).collect::<BTreeMap<_, _>>(),
                )
            };
            refuse(path.clone(), differences(&values(&self.now.command)?, &values(&found)?))?;
        }
        Ok(())
    }
}

/// What is known of the run in a folder that was begun: from its ledger or, where that was taken away, from its checkpoint;
/// nothing where both are gone and the run begins anew, with what its configuration and command were.
pub(super) fn kept(folder: &Path) -> Result<Option<Kept>, RunError> {
    let unsealed = |path: std::path::PathBuf| RunError::Unsealed { path };
    if folder.join(ledger::FILE).is_file() {
        let ledger = Ledger::open_read(folder)?;
        // A ledger that has lost everything says so, not that it is old.
        ledger.meta()?;
        return ledger.kept()?.ok_or_else(|| unsealed(folder.join(ledger::FILE))).map(Some);
    }
    match checkpoint::load(folder)? {
        None => as_begun(folder).map(|()| None),
        Some((_, origin)) => Ok(Some(origin.ok_or_else(|| unsealed(checkpoint::path(folder)))?.into())),
    }
}

/// Refuses a folder whose configuration or command was changed, by the seal of its command. Commands of earlier versions have
/// none.
fn as_begun(folder: &Path) -> Result<(), RunError> {
    let command = Command::read(folder)?;
    let (Some(seal), path) = (command.seal, folder.join(CONFIG)) else { return Ok(()) };
    let text = std::fs::read_to_string(&path).map_err(RunError::file("read", &path))?;
    let found = leaves_of(&text).map_err(|why| RunError::Damaged { path: path.clone(), why })?;
    if command.sealed(&found).seal == Some(seal) {
        return Ok(());
    }
    let what = format!(
        "the run has neither ledger nor checkpoint any more, and this file or {} was changed since it was begun",
        folder.join(command::FILE).shown()
    );
    Err(RunError::Changed { path, what })
}

/// The settings of a configuration by their dotted keys.
fn settings(folder: &Path, config: &Config) -> Result<BTreeMap<String, String>, RunError> {
    let damaged = |why: String| RunError::Damaged { path: folder.join(CONFIG), why };
    leaves_of(&config.to_toml().map_err(|error| damaged(error.to_string()))?).map_err(damaged)
}

fn leaves_of(text: &str) -> Result<BTreeMap<String, String>, String> {
    let table: toml::Table = toml::from_str(text).map_err(|error| error.message().replace('\n', " "))?;
    let mut leaves = BTreeMap::new();
    add_leaves(&table, "", &mut leaves);
    Ok(leaves)
}

fn add_leaves(table: &toml::Table, prefix: &str, leaves: &mut BTreeMap<String, String>) {
    for (key, value) in table {
        match value {
            toml::Value::Table(section) => add_leaves(section, &format!("{prefix}{key}."), leaves),
            value => drop(leaves.insert(format!("{prefix}{key}"), value.to_string())),
        }
    }
}

/// Keys whose values differ, with words for each.
fn differences(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
    let differ = keys.filter_map(|key| {
        let words = match (before.get(key), now.get(key)) {
            (Some(before), Some(now)) if before == now => return None,
            (Some(before), Some(now)) => format!("{key} is {now}, the run was begun with {before}"),
            (Some(before), None) => format!("{key} is missing, the run was begun with {before}"),
            (None, Some(now)) => format!("{key} is {now}, the run was begun without it"),
            (None, None) => return None,
        };
        Some((key.clone(), words))
    });
    differ.collect()
}

fn refuse(path: std::path::PathBuf, differences: Vec<(String, String)>) -> Result<(), RunError> {
    if differences.is_empty() {
        return Ok(());
    }
    let more = differences.len().saturating_sub(LISTED);
    let listed: Vec<_> = differences.into_iter().take(LISTED).map(|(_, words)| words).collect();
    let more = if more > 0 { format!(", and {more} more differences") } else { String::new() };
    Err(RunError::Changed { path, what: format!("{}{more}", listed.join(", ")) })
}

/// A name that no other run has.
fn new_id(folder: &Path) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let hash = Sha256::new()
        .chain_update(time.to_le_bytes())
        .chain_update(std::process::id().to_le_bytes())
        .chain_update(std::path::absolute(folder).unwrap_or_default().as_os_str().as_encoded_bytes());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}
