//! The folder of a set of runs, one for each seed: what all of them are made of, in a file with a checksum.

use super::command::{self, Command};
use super::error::RunError;
use super::folder::Folder;
use super::origin::{Kept, Origin, Sources};
use crate::search::Config;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The file's name in the folder.
pub(super) const FILE: &str = "origin.json";

/// The file's content.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sealed {
    /// CRC-32C of the origin as compact JSON.
    checksum: u32,
    origin: serde_json::Value,
}

/// Begins a set of runs, or goes on with the one that is there. Returns the set's id, which those of its runs begin with, and
/// what is worth knowing.
///
/// # Errors
/// A set that was begun with something else, or a system that cannot write there.
pub fn begin_set(
    folder: &Folder,
    command: &Command,
    config: &Config,
    device: &str,
    sources: &Sources,
) -> Result<(String, Vec<String>), RunError> {
    let path = folder.path();
    let kept = if path.join(command::FILE).is_file() { Some(read(path)?) } else { None };
    let (now, notes) = match &kept {
        Some(kept) => {
            kept.check_files(path)?;
            (kept.now.going_on(path, command, config, sources)?, kept.now.notes(device))
        }
        None => (Origin::new(path, command, config, device, sources)?, Vec::new()),
    };
    let id = now.id.clone();
    let before = kept.map(|kept| kept.now).filter(|before| *before != now);
    write(folder, &Kept { now: now.clone(), before })?;
    super::begin(folder, &now.command, config)?;
    write(folder, &now.into())?;
    Ok((id, notes))
}

/// Reads what a set of runs is made of.
pub(super) fn read(folder: &Path) -> Result<Kept, RunError> {
    let path = folder.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(RunError::Unsealed { path });
        }
        read => read.map_err(RunError::file("read", &path))?,
    };
    let damaged = |why: String| RunError::Damaged { path: path.clone(), why };
    let Sealed { checksum, origin } = serde_json::from_str(&text).map_err(|error| damaged(error.to_string()))?;
    if crc32c::crc32c(origin.to_string().as_bytes()) != checksum {
        return Err(damaged("its checksum is wrong".to_owned()));
    }
    serde_json::from_value(origin).map_err(|error| damaged(error.to_string()))
}

fn write(folder: &Folder, kept: &Kept) -> Result<(), RunError> {
    let failed = |error: serde_json::Error| RunError::file("write", &folder.path().join(FILE))(error.into());
    let origin = serde_json::to_value(kept).map_err(failed)?;
    folder.put_json(FILE, &Sealed { checksum: crc32c::crc32c(origin.to_string().as_bytes()), origin })
}
