//! What a run needs for resuming besides its configuration: the source of its rewards and its device.

use super::error::RunError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// File name in the folder of a run. It is written last, so a folder that has it is completely initialised.
pub(super) const FILE: &str = "command.json";

/// The command that started a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Version of the program that started the run.
    pub version: String,
    /// Its command-line arguments, for display only.
    pub arguments: Vec<String>,
    /// The benchmark's table, as an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<PathBuf>,
    /// The images, as an absolute path, or the name of the built-in data set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// The requested device.
    pub device: String,
    /// The seeds as `A..B` for a set of runs, which has one subfolder per seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<String>,
    /// The unique id of the run; for a run of a set, the id of the set followed by the seed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// CRC-32C of the other fields and the configuration. It detects changes when ledger and checkpoint are missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<u32>,
}

impl Command {
    /// Reads the command of a run or of a set of runs.
    ///
    /// # Errors
    /// The folder holds no run, or the file is damaged.
    pub fn read(folder: &Path) -> Result<Self, RunError> {
        if folder.is_file() {
            return Err(RunError::IsAFile(folder.to_owned()));
        }
        let path = folder.join(FILE);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(RunError::NoRun { path: folder.to_owned(), missing: FILE });
            }
            read => read.map_err(RunError::file("read", &path))?,
        };
        serde_json::from_str(&text).map_err(|error| RunError::Damaged { path, why: error.to_string() })
    }

    /// Returns the command with the checksum of itself and the settings of the configuration.
    pub(super) fn with_checksum(self, settings: &BTreeMap<String, String>) -> Self {
        let without = Self { seal: None, ..self };
        // Paths that are not Unicode cannot be JSON; writing the command file fails for them anyway.
        let seal = serde_json::to_string(&(&without, settings)).ok().map(|text| crc32c::crc32c(text.as_bytes()));
        Self { seal, ..without }
    }

    /// Returns the command line, quoted for a shell. Without arguments the run was started through the library API.
    #[must_use]
    pub fn line(&self) -> String {
        if self.arguments.is_empty() {
            return "graphpnas::Search, from the library".to_owned();
        }
        let arguments = self.arguments.iter().map(|argument| quoted(argument));
        std::iter::once("graphpnas".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// Quotes an argument for a shell if necessary.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+%@".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
