//! Downloads data sets from their official addresses, checks and unpacks them.
//!
//! The archive is downloaded to `FILE.part`; an interrupted download is resumed from there. After its size and SHA-256
//! are checked, it is unpacked to a temporary folder, which is then renamed, so a data set folder is always complete.
//! No other module opens network connections.

mod download;
mod error;
mod release;
mod unpack;

pub use error::FetchError;
pub use release::{Archive, RELEASES, Release};

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Default time without received bytes after which a download stops.
pub const STALL: Duration = Duration::from_secs(30);

/// Receives the progress: the stage, the bytes done and the total bytes.
pub type Watch<'a> = &'a mut dyn FnMut(Stage, u64, u64);

/// A stage of fetching.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The archive is downloaded.
    Download,
    /// Its checksum is computed.
    Check,
    /// Its files are written.
    Unpack,
}

/// A request to fetch a data set.
#[derive(Debug, Clone)]
pub struct Fetch<'a> {
    /// The data set.
    pub release: &'a Release,
    /// An address instead of the official one; the archive must have the same SHA-256.
    pub url: Option<&'a str>,
    /// The folder in which the data set's folder is created.
    pub into: &'a Path,
    /// Maximum time without received bytes, usually [`STALL`].
    pub stall: Duration,
}

/// A fetched data set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its folder.
    pub folder: PathBuf,
    /// False if the folder existed before.
    pub new: bool,
}

impl Fetch<'_> {
    /// Downloads, checks and unpacks the data set. An existing folder is not changed.
    ///
    /// # Errors
    /// [`FetchError`]. A partial download is saved; an archive with a wrong checksum is removed.
    pub fn run(&self, watch: Watch<'_>) -> Result<Fetched, FetchError> {
        let Self { release, into, .. } = self;
        let folder = into.join(release.folder);
        if folder.exists() {
            self.sweep();
            return Ok(Fetched { folder, new: false });
        }
        fs::create_dir_all(into).map_err(FetchError::write(into))?;
        let part = into.join(format!("{}.part", release.file_name()));
        let url = self.url.unwrap_or(release.url);
        let _lock = download::download(url, &part, release, self.stall, watch)?;
        check(&part, release, watch)?;
        unpack::unpack(&part, release, into, watch)?;
        // The data set is complete, so a failure to remove the archive is not an error.
        let _ = fs::remove_file(&part);
        Ok(Fetched { folder, new: true })
    }
}

impl Fetch<'_> {
    /// Removes files left by a process that was killed after unpacking, unless another process is using them.
    fn sweep(&self) {
        let part = self.into.join(format!("{}.part", self.release.file_name()));
        let Ok(file) = File::options().append(true).open(&part) else { return };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(&part);
            unpack::sweep(self.release, self.into);
        }
    }
}

/// Checks the SHA-256; removes a file with a wrong checksum, because resuming the download would not correct it.
fn check(path: &Path, release: &Release, watch: Watch<'_>) -> Result<(), FetchError> {
    let found = digest(path, release.bytes, watch).map_err(FetchError::read(path))?;
    if found == release.sha256 {
        return Ok(());
    }
    let _ = fs::remove_file(path);
    Err(FetchError::Digest { path: path.into(), found, expected: release.sha256 })
}

/// The SHA-256 of a file in hexadecimal.
fn digest(path: &Path, bytes: u64, watch: Watch<'_>) -> io::Result<String> {
    let (mut file, mut hash, mut done) = (File::open(path)?, Sha256::new(), 0);
    let mut buffer = vec![0; 1 << 16];
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect());
        }
        hash.update(&buffer[..count]);
        done += count as u64;
        watch(Stage::Check, done, bytes);
    }
}
