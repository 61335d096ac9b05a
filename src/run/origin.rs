//! The origin of a run: its configuration, command and reward source. It is saved with a checksum in the ledger and in
//! every checkpoint, so that a run resumes only with the same origin. Another configuration, table or data set would
//! mix two histories.

use super::checkpoint;
use super::command::{self, Command};
use super::error::RunError;
use super::folder::CONFIG;
use super::ledger::{self, Ledger};
use crate::data::Fingerprint;
use crate::evaluate::TableFingerprint;
use crate::search::{Config, added_keys, current_key};
use crate::shown::Show;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

/// The version of the search algorithm. It is raised whenever the same configuration, seed and rewards would give
/// another history than before. A run of another search version cannot be resumed.
pub const SEARCH_VERSION: u32 = 4;

/// The maximum number of differences that a message lists.
const LISTED: usize = 4;

/// The only setting that may change in a resumed run; it may be raised.
const BUDGET: &str = "evaluations";

/// The source of the rewards of a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sources {
    /// The fingerprint of the benchmark's table, if rewards are looked up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<TableFingerprint>,
    /// The fingerprint of the images, if networks are trained.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<Fingerprint>,
}

/// The origin of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The unique id of the run. It is in its ledger, its checkpoints, its saved network and its command.
    pub id: String,
    /// Version of the program that started the run.
    pub version: String,
    /// [`SEARCH_VERSION`] of that program.
    #[serde(rename = "course")]
    pub search_version: u32,
    /// The device on which the run was started.
    pub device: String,
    /// All configuration values in TOML, by their dotted keys.
    pub config: BTreeMap<String, String>,
    /// The command that started the run.
    pub command: Command,
    /// The source of its rewards.
    #[serde(flatten)]
    pub sources: Sources,
}

/// An origin as it is saved. While the files of a run are rewritten, `before` is the previous origin: a killed process
/// may leave files of either.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SavedOrigin {
    pub now: Origin,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Origin>,
}

impl From<Origin> for SavedOrigin {
    fn from(now: Origin) -> Self {
        Self { now, before: None }
    }
}

impl Origin {
    /// Creates the origin of a new run. Its id is that of the command, or a new one.
    pub(super) fn new(
        folder: &Path,
        command: &Command,
        config: &Config,
        device: &str,
        sources: &Sources,
    ) -> Result<Self, RunError> {
        let id = command.run.clone().unwrap_or_else(|| new_id(folder));
        let config = settings(folder, config)?;
        let command = Command { run: Some(id.clone()), ..command.clone() }.with_checksum(&config);
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

    /// Returns the origin of this run after resuming it with the given configuration, command and reward source.
    ///
    /// # Errors
    /// A setting or the reward source differs, other than a raised budget.
    pub(super) fn resumed_with(
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
        let budget =
            |settings: &BTreeMap<String, String>| settings.get(BUDGET).and_then(|text| text.parse::<u64>().ok());
        // The run may be older than a key or its name.
        let added = added_keys().map(|(key, value)| (key.to_owned(), value.to_owned()));
        let renamed = self.config.iter().map(|(key, value)| (current_key(key).to_owned(), value.clone()));
        let started_with: BTreeMap<_, _> = added.chain(renamed).collect();
        let raised = budget(&config) >= budget(&started_with);
        let mut differences = differences(&started_with, &config);
        differences.retain(|(key, _)| !(raised && key == BUDGET));
        refuse(folder.join(CONFIG), differences)?;
        self.same_sources(folder, sources)?;
        let command = Command { run: Some(self.id.clone()), ..command.clone() }.with_checksum(&config);
        Ok(Self { config, command, sources: sources.clone(), ..self.clone() })
    }

    fn same_sources(&self, folder: &Path, now: &Sources) -> Result<(), RunError> {
        let refused = |what: String| Err(RunError::Rewards { path: folder.to_owned(), what });
        match (&self.sources, now) {
            (Sources { table: Some(before), .. }, Sources { table: Some(now), .. }) => match before.difference(now) {
                Some(what) => refused(format!(
                    "the table is not the one that the run was started with: {what}; give the original one \
                     with --table"
                )),
                None => Ok(()),
            },
            (Sources { data: Some(before), .. }, Sources { data: Some(now), .. }) => match before.difference(now) {
                Some(what) => refused(format!(
                    "the data set is not the one that the run was started with: {what}; give the original one \
                     with --data"
                )),
                None => Ok(()),
            },
            (before, now)
                if before.table.is_none() == now.table.is_none() && before.data.is_none() == now.data.is_none() =>
            {
                Ok(())
            }
            (Sources { table: Some(_), .. }, _) => {
                refused("the run was started with a table, not with images; give the table with --table".to_owned())
            }
            _ => refused("the run was started with images, not with a table; give the images with --data".to_owned()),
        }
    }

    /// Returns remarks for the user about resuming the run on `device`, one sentence each.
    pub(super) fn notes(&self, device: &str) -> Vec<String> {
        let mut notes = Vec::new();
        if self.device != device {
            notes.push(format!(
                "note: the run was started on {}; {device} rounds floating-point numbers differently, so the run may \
                 find other architectures",
                self.device
            ));
        }
        let version = env!("CARGO_PKG_VERSION");
        if self.version != version {
            notes.push(format!(
                "note: the run was started by version {} of the program; version {version} gives the same results",
                self.version
            ));
        }
        notes
    }
}

impl SavedOrigin {
    /// Checks that the configuration and the command in the folder are those of the origin.
    pub(super) fn check_files(&self, folder: &Path) -> Result<(), RunError> {
        let path = folder.join(CONFIG);
        let text = std::fs::read_to_string(&path).map_err(RunError::file("read", &path))?;
        let found = leaves(&text).map_err(|why| RunError::Damaged { path: path.clone(), why })?;
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

/// Loads the origin of the run in a folder from its ledger or, if that was removed, from its checkpoint. Returns `None`
/// if both are missing and the run restarts, after checking that its configuration and command are unchanged.
pub(super) fn load(folder: &Path) -> Result<Option<SavedOrigin>, RunError> {
    let no_origin = |path: std::path::PathBuf| RunError::NoOrigin { path };
    if folder.join(ledger::FILE).is_file() {
        let ledger = Ledger::open_read(folder)?;
        // Reading `meta` first reports an emptied ledger as damaged rather than as one of an earlier version.
        ledger.meta()?;
        return ledger.saved_origin()?.ok_or_else(|| no_origin(folder.join(ledger::FILE))).map(Some);
    }
    match checkpoint::load(folder)? {
        None => check_command(folder).map(|()| None),
        Some((_, origin)) => Ok(Some(origin.ok_or_else(|| no_origin(checkpoint::path(folder)))?.into())),
    }
}

/// Checks the configuration and the command in a folder by the checksum in the command. Commands of earlier versions
/// have no checksum and are accepted.
fn check_command(folder: &Path) -> Result<(), RunError> {
    let command = Command::read(folder)?;
    let (Some(expected), path) = (command.seal, folder.join(CONFIG)) else { return Ok(()) };
    let text = std::fs::read_to_string(&path).map_err(RunError::file("read", &path))?;
    let found = leaves(&text).map_err(|why| RunError::Damaged { path: path.clone(), why })?;
    if command.with_checksum(&found).seal == Some(expected) {
        return Ok(());
    }
    let what = format!(
        "the run has neither ledger nor checkpoint any more, and this file or {} was changed since its start",
        folder.join(command::FILE).shown()
    );
    Err(RunError::Changed { path, what })
}

/// Returns the values of a configuration by their dotted keys.
fn settings(folder: &Path, config: &Config) -> Result<BTreeMap<String, String>, RunError> {
    let damaged = |why: String| RunError::Damaged { path: folder.join(CONFIG), why };
    leaves(&config.to_toml().map_err(|error| damaged(error.to_string()))?).map_err(damaged)
}

fn leaves(text: &str) -> Result<BTreeMap<String, String>, String> {
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

/// Returns the keys whose values differ, each with a description of the difference.
fn differences(before: &BTreeMap<String, String>, now: &BTreeMap<String, String>) -> Vec<(String, String)> {
    let keys = before.keys().chain(now.keys().filter(|key| !before.contains_key(*key)));
    let differ = keys.filter_map(|key| {
        let description = match (before.get(key), now.get(key)) {
            (Some(before), Some(now)) if before == now => return None,
            (Some(before), Some(now)) if key == "space" && (is_definition(before) || is_definition(now)) => {
                "the definition of the space is not the one that the run was started with".to_owned()
            }
            (Some(before), Some(now)) => format!("{key} is {now}, the run was started with {before}"),
            (Some(before), None) => format!("{key} is missing, the run was started with {before}"),
            (None, Some(now)) => format!("{key} is {now}, the run was started without it"),
            (None, None) => return None,
        };
        Some((key.clone(), description))
    });
    differ.collect()
}

/// Whether the text of a value, which is in quotes, is the definition of a space rather than a name.
fn is_definition(text: &str) -> bool {
    text.contains('\n') || text.contains("\\n")
}

fn refuse(path: std::path::PathBuf, differences: Vec<(String, String)>) -> Result<(), RunError> {
    if differences.is_empty() {
        return Ok(());
    }
    let more = differences.len().saturating_sub(LISTED);
    let listed: Vec<_> = differences.into_iter().take(LISTED).map(|(_, description)| description).collect();
    let more = if more > 0 { format!(", and {more} more differences") } else { String::new() };
    Err(RunError::Changed { path, what: format!("{}{more}", listed.join(", ")) })
}

/// Returns a unique id for a new run.
fn new_id(folder: &Path) -> String {
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_nanos());
    let hash = Sha256::new()
        .chain_update(time.to_le_bytes())
        .chain_update(std::process::id().to_le_bytes())
        .chain_update(std::path::absolute(folder).unwrap_or_default().as_os_str().as_encoded_bytes());
    hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::{Origin, Sources};
    use crate::run::Command;
    use crate::search::Config;
    use std::path::Path;

    #[test]
    fn a_run_with_old_or_without_new_keys_is_resumed() {
        let (folder, command, config) = (Path::new("run"), Command::default(), Config::default());
        let mut origin = Origin::new(folder, &command, &config, "cpu", &Sources::default()).unwrap();
        for (old, new) in [
            ("generator.loosen", "generator.epsilon"),
            ("oracle.halving", "oracle.reduction_factor"),
            ("oracle.first_look", "oracle.first_rung"),
        ] {
            let value = origin.config.remove(new).unwrap();
            origin.config.insert(old.to_owned(), value);
        }
        origin.resumed_with(folder, &command, &config, &Sources::default()).unwrap();
        for key in ["reward.goal", "reward.unit"] {
            origin.config.remove(key).unwrap();
        }
        origin.resumed_with(folder, &command, &config, &Sources::default()).unwrap();
        let mut other = config.clone();
        other.reward.unit = "ms".to_owned();
        let error = origin.resumed_with(folder, &command, &other, &Sources::default()).unwrap_err().to_string();
        assert!(error.contains("reward.unit is \"ms\", the run was started with \"%\""), "{error}");
        origin.config.insert("generator.loosen".to_owned(), "0.5".to_owned());
        let error = origin.resumed_with(folder, &command, &config, &Sources::default()).unwrap_err().to_string();
        assert!(error.contains("generator.epsilon"), "{error}");
    }
}
