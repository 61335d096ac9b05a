//! What a run needs to go on beside its configuration: where its rewards come from and on which device it runs.

use super::error::RunError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The file's name in the folder of a run; it is written last, so that a folder with it holds a whole beginning.
pub(super) const FILE: &str = "command.json";

/// The command that began a run.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Command {
    /// Version of the program.
    pub version: String,
    /// Its arguments as they were given, for people.
    pub arguments: Vec<String>,
    /// The benchmark's table, as an absolute path.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub table: Option<PathBuf>,
    /// The images, as an absolute path, or the name of the built-in ones.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<PathBuf>,
    /// The device as it was asked for.
    pub device: String,
    /// The seeds A..B, where the folder has one run for each in folders of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seeds: Option<String>,
    /// The run's own name; of a run of several, that of all of them with the seed behind it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<String>,
    /// CRC-32C of the rest and of the configuration: what is left to compare with where ledger and checkpoint are gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<u32>,
}

impl Command {
    /// The command of a run, or of a set of runs.
    ///
    /// # Errors
    /// A folder that holds no run, or a damaged file.
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

    /// The same with a seal over it and the settings of the configuration.
    pub(super) fn sealed(self, settings: &BTreeMap<String, String>) -> Self {
        let unsealed = Self { seal: None, ..self };
        // Paths that are no Unicode have no JSON, and none of this file either.
        let seal = serde_json::to_string(&(&unsealed, settings)).ok().map(|text| crc32c::crc32c(text.as_bytes()));
        Self { seal, ..unsealed }
    }

    /// The command line, quoted for a shell; without arguments, that a program searched with the library.
    #[must_use]
    pub fn line(&self) -> String {
        if self.arguments.is_empty() {
            return "graphpnas::Search, from the library".to_owned();
        }
        let arguments = self.arguments.iter().map(|argument| quoted(argument));
        std::iter::once("graphpnas".to_owned()).chain(arguments).collect::<Vec<_>>().join(" ")
    }
}

/// An argument quoted for a shell, where it needs that.
#[must_use]
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+%@".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", text.replace('\'', "'\\''")),
    }
}
