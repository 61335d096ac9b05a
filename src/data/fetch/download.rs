//! Resumable download: a broken connection leaves a partial file, which the next attempt continues.

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

/// Downloads the missing bytes of the archive to `part`. Returns the file, which is locked until it is dropped.
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
    // A server without range support sends the complete file; the bytes that are already on disk are skipped.
    let skip = if response.status() == 206 { 0 } else { have };
    transfer.receive(response.into_body().into_reader(), &mut file, [have, skip], watch)?;
    Ok(file)
}

/// One download attempt.
struct Transfer<'a> {
    url: &'a str,
    part: &'a Path,
    /// Bytes of the complete archive.
    bytes: u64,
    stall: Duration,
}

impl Transfer<'_> {
    /// Opens the partial file and locks it.
    fn open(&self) -> Result<File, FetchError> {
        let mut options = OpenOptions::new();
        let file =
            options.read(true).append(true).create(true).open(self.part).map_err(FetchError::write(self.part))?;
        match disk::lock(&file) {
            Err(TryLockError::WouldBlock) => return Err(FetchError::Busy { path: self.part.into() }),
            // Some file systems do not support locks; continue without one.
            Err(TryLockError::Error(_)) | Ok(()) => {}
        }
        let length = file.metadata().map_err(FetchError::read(self.part))?.len();
        if length > self.bytes {
            // Longer than the archive, so it is another file: start again.
            file.set_len(0).map_err(FetchError::write(self.part))?;
        }
        Ok(file)
    }

    /// Requests the bytes from offset `have` on. Checks the file size in the response headers, if given.
    fn request(&self, have: u64) -> Result<Response<Body>, FetchError> {
        let timeout = Some(self.stall);
        let agent: Agent = Agent::config_builder()
            .http_status_as_error(false)
            .timeout_resolve(timeout)
            .timeout_connect(timeout)
            .timeout_recv_response(timeout)
            .timeout_per_read(timeout)
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
            // Without a length in the header, the received bytes are counted.
            _ => Ok(()),
        }
    }

    /// Checks the header `bytes FIRST-LAST/TOTAL`; the total may be `*`.
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

    /// Appends the received bytes to the file, except for the first `skip` bytes.
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
            false => Err(FetchError::CutOff { have, bytes: self.bytes, why: "the server closed it".to_owned() }),
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

/// Returns the value of a header; empty without the header.
fn header<'a>(response: &'a Response<Body>, name: &str) -> &'a str {
    response.headers().get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}
