//! The folder of `--out`: created when the search starts, every file written whole or not at all.

use super::error::CliError;
use super::output;
use crate::generator::Generator;
use crate::search::{Config, Outcome};
use serde::Serialize;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder that takes the results of one run or one set of runs.
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Refuses a folder that already holds something; touches nothing.
    pub(super) fn check(path: &Path) -> Result<(), CliError> {
        match fs::read_dir(path).map(|mut entries| entries.next().is_some()) {
            Ok(true) => Err(CliError::Failed(format!(
                "the output folder {} is not empty; name another with --out or remove it first",
                path.display()
            ))),
            Err(_) if path.exists() => {
                Err(CliError::Failed(format!("{} is not a folder; name another with --out", path.display())))
            }
            _ => Ok(()),
        }
    }

    /// Creates the folder, and those above it.
    pub(super) fn create(path: &Path) -> Result<Self, CliError> {
        Self::check(path)?;
        fs::create_dir_all(path).map_err(|source| CliError::Write { path: path.into(), source })?;
        Ok(Self { path: path.into() })
    }

    /// Takes the folder away again if nothing was written into it.
    pub(super) fn abandon(&self) {
        // Fails on a folder with content, which is what should stay.
        let _ = fs::remove_dir(&self.path);
    }

    /// The folder below this one for one run of several.
    pub(super) fn of_seed(&self, seed: u64) -> Result<Self, CliError> {
        Self::create(&self.path.join(format!("seed-{seed}")))
    }

    /// Keeps one run: config.toml, history.json and, if there is one, generator.safetensors.
    pub(super) fn keep(&self, config: &Config, outcome: &Outcome, generator: &dyn Generator) -> Result<(), CliError> {
        let text = config.to_toml().map_err(|error| CliError::Text(error.to_string()))?;
        self.put("config.toml", |path| Ok(fs::write(path, &text).map(|()| true)))?;
        self.keep_json("history.json", outcome)?;
        self.put("generator.safetensors", |path| Ok(Ok(generator.save(path)?)))
    }

    /// Keeps a text.
    pub(super) fn keep_text(&self, name: &str, text: &str) -> Result<(), CliError> {
        self.put(name, |path| Ok(fs::write(path, text).map(|()| true)))
    }

    /// Keeps a value as JSON.
    pub(super) fn keep_json(&self, name: &str, value: &impl Serialize) -> Result<(), CliError> {
        self.keep_text(name, &output::json(value)?)
    }

    /// Lets `write` fill a temporary file, then gives it its name; `write` says whether there was anything to write.
    fn put(
        &self,
        name: &str,
        write: impl FnOnce(&Path) -> Result<std::io::Result<bool>, CliError>,
    ) -> Result<(), CliError> {
        let path = self.path.join(name);
        let temporary = self.path.join(format!(".{name}.tmp"));
        let written = write(&temporary).and_then(|result| match result {
            Ok(true) => fs::rename(&temporary, &path).map_err(|source| CliError::Write { path, source }),
            Ok(false) => Ok(()),
            Err(source) => Err(CliError::Write { path, source }),
        });
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }
}
