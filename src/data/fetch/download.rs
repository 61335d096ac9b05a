//! Downloading to a file that a broken connection leaves and the next try continues.

use super::error::FetchError;
use super::release::Release;
use super::{Stage, Watch};
use crate::convert::to_usize;
use crate::disk;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;
use ureq::http::Response;
use ureq::{Agent, Body};

/// Brings `part` to the size of the release's archive, from wherever it stands. The file is locked until it is dropped.
pub(super) fn download(
    url: &str,
    part: &Path,
    release: &Release,
    stall: Duration,
    watch: Watch<'_>,
) -> Result<File, FetchError> {
    let transfer = Transfer { url, part, bytes: release.bytes, stall };
    let mut file = transfer.open()?;
    let have = file.seek(SeekFrom::End(0)).map_err(FetchError::read(part))?;
    if have == release.bytes {
        return Ok(file);
    }
    let response = transfer.request(have)?;
    // A server that does not know ranges begins anew; what is on disk already is passed over.
    let skip = if response.status() == 206 { 0 } else { have };
    transfer.receive(response.into_body().into_reader(), &mut file, [have, skip], watch)?;
    Ok(file)
}

/// One try.
struct Transfer<'a> {
    url: &'a str,
    part: &'a Path,
    /// Bytes of the whole.
    bytes: u64,
    stall: Duration,
}

impl Transfer<'_> {
    /// The file to go on with, for this process alone.
    fn open(&self) -> Result<File, FetchError> {
        let mut options = OpenOptions::new();
        let file =
            options.read(true).append(true).create(true).open(self.part).map_err(FetchError::write(self.part))?;
        match disk::lock(&file) {
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path: self.part.into() }),
            // Some file systems know no locks; they have to do without.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let length = file.metadata().map_err(FetchError::read(self.part))?.len();
        if length > self.bytes {
            // It is longer than the archive: of another one.
            file.set_len(0).map_err(FetchError::write(self.part))?;
        }
        Ok(file)
    }

    /// Asks for the bytes from `have` on; the answer is known to be about a file of the right size.
    fn request(&self, have: u64) -> Result<Response<Body>, FetchError> {
        let patience = Some(self.stall);
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(patience)
            .timeout_connect(patience)
            .timeout_recv_response(patience)
            .timeout_per_read(patience)
            .build()
            .into();
        let mut request = agent.get(self.url);
        if have > 0 {
            request = request.header("Range", format!("bytes={have}-"));
        }
        let response = request.call().map_err(|error| self.unreachable(&error))?;
        match response.status().as_u16() {
            200 => self.check_length(&response)?,
            206 => self.check_range(&response, have)?,
            status => return Err(FetchError::Status { url: self.url.to_owned(), status }),
        }
        Ok(response)
    }

    fn unreachable(&self, error: &ureq::Error) -> FetchError {
        FetchError::Unreachable { url: self.url.to_owned(), why: error.to_string(), part: self.part.into() }
    }

    fn check_length(&self, response: &Response<Body>) -> Result<(), FetchError> {
        match header(response, "content-length").parse() {
            Ok(found) if found != self.bytes => Err(self.other_size(found)),
            // A server need not tell the length; then it is counted.
            _ => Ok(()),
        }
    }

    /// The header is `bytes FIRST-LAST/TOTAL`; the total may be `*`.
    fn check_range(&self, response: &Response<Body>, have: u64) -> Result<(), FetchError> {
        let answer = header(response, "content-range");
        let range = answer.strip_prefix("bytes ").and_then(|range| range.split_once('/'));
        let first = range.and_then(|(range, _)| range.split_once('-')?.0.parse::<u64>().ok());
        if first != Some(have) {
            return Err(FetchError::Range { url: self.url.to_owned(), answer: answer.to_owned() });
        }
        match range.and_then(|(_, total)| total.parse().ok()) {
            Some(found) if found != self.bytes => Err(self.other_size(found)),
            _ => Ok(()),
        }
    }

    fn other_size(&self, found: u64) -> FetchError {
        FetchError::Size { url: self.url.to_owned(), found, expected: self.bytes }
    }

    /// Appends what comes to the file, but for the first `skip` bytes.
    fn receive(
        &self,
        mut body: impl Read,
        file: &mut File,
        [mut have, mut skip]: [u64; 2],
        watch: Watch<'_>,
    ) -> Result<(), FetchError> {
        let mut buffer = vec![0; 1 << 16];
        loop {
            let count = body.read(&mut buffer).map_err(|error| self.broken(error, have))?;
            let skipped = skip.min(count as u64);
            skip -= skipped;
            let new = &buffer[to_usize(skipped)..count];
            if have + new.len() as u64 > self.bytes {
                return Err(self.other_size(have + new.len() as u64));
            }
            file.write_all(new).map_err(FetchError::write(self.part))?;
            have += new.len() as u64;
            watch(Stage::Download, have, self.bytes);
            if count == 0 {
                break;
            }
        }
        match have == self.bytes {
            true => Ok(()),
            false => Err(FetchError::CutOff { have, bytes: self.bytes, why: "the server sent no more".to_owned() }),
        }
    }

    fn broken(&self, error: io::Error, have: u64) -> FetchError {
        let bytes = self.bytes;
        match ureq::Error::from(error) {
            ureq::Error::Timeout(_) => FetchError::Stalled { after: self.stall, have, bytes },
            error => FetchError::CutOff { have, bytes, why: error.to_string() },
        }
    }
}

/// A header's text; empty where there is none.
fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
