//! The folder of a set of runs, one run per seed. A file with a checksum holds their common origin.

use super::command::{self, Command};
use super::error::RunError;
use super::folder::Folder;
use super::origin::{Origin, SavedOrigin, Sources};
use crate::search::Config;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// File name of the origin in the folder of the set.
pub(super) const FILE: &str = "origin.json";

/// The content of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Checksummed {
    /// CRC-32C of the origin as compact JSON.
    checksum: u32,
    origin: serde_json::Value,
}

/// Starts a set of runs, or resumes the existing one. Returns the id of the set, which is the prefix of the ids of its
/// runs, and remarks for the user.
///
/// # Errors
/// The set was started with another configuration, table or data set, or the folder cannot be written to.
pub fn begin_set(
    folder: &Folder,
    command: &Command,
    config: &Config,
    device: &str,
    sources: &Sources,
) -> Result<(String, Vec<String>), RunError> {
    let path = folder.path();
    let saved = if path.join(command::FILE).is_file() { Some(read(path)?) } else { None };
    let (now, notes) = match &saved {
        Some(saved) => {
            saved.check_files(path)?;
            (saved.now.resumed_with(path, command, config, sources)?, saved.now.notes(device))
        }
        None => (Origin::new(path, command, config, device, sources)?, Vec::new()),
    };
    let id = now.id.clone();
    let before = saved.map(|saved| saved.now).filter(|before| *before != now);
    write(folder, &SavedOrigin { now: now.clone(), before })?;
    super::write_request(folder, &now.command, config)?;
    write(folder, &now.into())?;
    Ok((id, notes))
}

/// Reads the origin of a set of runs.
pub(super) fn read(folder: &Path) -> Result<SavedOrigin, RunError> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RunError::NoOrigin { path });
        }
        read => read.map_err(RunError::file("read", &path))?,
    };
    let damaged = |why: String| RunError::Damaged { path: path.clone(), why };
    let Checksummed { checksum, origin } = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if crc32c::crc32c(origin.to_string().as_bytes()) != checksum {
        return Err(damaged("its checksum is wrong".to_owned()));
    }
    serde_json::from_value(origin).map_err(|error| damaged(error.to_string()))
}

fn write(folder: &Folder, saved: &SavedOrigin) -> Result<(), RunError> {
    let failed = |error: serde_json::Error| RunError::file("write", &folder.path().join(FILE))(error.into());
    let origin = serde_json::to_value(saved).map_err(failed)?;
    folder.put_json(FILE, &Checksummed { checksum: crc32c::crc32c(origin.to_string().as_bytes()), origin })
}
