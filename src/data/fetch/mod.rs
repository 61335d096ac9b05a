//! Data sets from their official addresses, onto the user's disk: whole, checked and unpacked, or not at all.
//!
//! The archive is downloaded to `FILE.part`, which a broken download leaves and the next one continues. Once it has
//! the right size and SHA-256 it is unpacked to a temporary folder, which is then renamed. Nothing else of this crate
//! opens a connection.

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

/// Seconds without a byte after which a server is given up.
pub const STALL: Duration = Duration::from_secs(30);

/// What is going on, and how many bytes of how many are done.
pub type Watch<'a> = &'a mut dyn FnMut(Stage, u64, u64);

/// A part of the work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The archive comes over the network.
    Download,
    /// Its checksum is computed.
    Check,
    /// Its files are written.
    Unpack,
}

/// A data set that is to be on disk.
#[derive(Debug, Clone)]
pub struct Fetch<'a> {
    /// Which.
    pub release: &'a Release,
    /// Another address than the official one; what it delivers has to be the same, byte for byte.
    pub url: Option<&'a str>,
    /// The folder that the data set's own folder is put into.
    pub into: &'a Path,
    /// How long the server may be silent, [`STALL`] as a rule.
    pub stall: Duration,
}

/// Where a data set is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fetched {
    /// Its folder.
    pub folder: PathBuf,
    /// False where it was there before.
    pub new: bool,
}

impl Fetch<'_> {
    /// Downloads what is missing, checks it and unpacks it. What is there already is left as it is.
    ///
    /// # Errors
    /// [`FetchError`] says what to do; what was downloaded stays, unless it is not what was asked for.
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
        // The data set is whole without it; a leftover that cannot be removed is not worth an error.
        let _ = fs::remove_file(&part);
        Ok(Fetched { folder, new: true })
    }
}

impl Fetch<'_> {
    /// Removes what a process left that was killed after it had unpacked the data set, unless another one is at it.
    fn sweep(&self) {
        let part = self.into.join(format!("{}.part", self.release.file_name()));
        let Ok(file) = File::options().append(true).open(&part) else { return };
        if file.try_lock().is_ok() {
            let _ = fs::remove_file(&part);
            unpack::sweep(self.release, self.into);
        }
    }
}

/// Removes what has another checksum: it can be continued to nothing good.
fn check(path: &Path, release: &Release, watch: Watch<'_>) -> Result<(), FetchError> {
    let found = digest(path, release.bytes, watch).map_err(FetchError::read(path))?;
    if found == release.sha256 {
        return Ok(());
    }
    let _ = fs::remove_file(path);
    Err(FetchError::Digest { path: path.into(), found, expected: release.sha256 })
}

/// The SHA-256 of a file in hexadecimal digits.
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
