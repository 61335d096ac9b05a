//! Reader and writer of TFRecord files.
//!
//! A record is the length of its data (8 bytes, little-endian), the masked CRC-32C of these 8 bytes (4), the data, and
//! their masked CRC-32C (4). The mask rotates the checksum right by 15 bits and adds a constant, because the CRC of
//! data that contain CRCs is problematic.

use std::io::Read;
use thiserror::Error;

/// Limit on the data of a record; the records of benchmarks have some hundred bytes.
pub const MAX_RECORD: usize = 1 << 20;

const HEAD: usize = 12;
const TAIL: usize = 4;

/// Why a record could not be read.
#[derive(Debug, Error)]
pub enum Fault {
    /// The file does not start with a record.
    #[error("this is not a TFRecord file")]
    NotRecords,
    /// The checksum of the length is wrong, after the first record.
    #[error("the checksum of the record's length is wrong")]
    Length,
    /// The checksum of the data is wrong.
    #[error("the checksum of the record's data is wrong")]
    Data,
    /// The length exceeds [`MAX_RECORD`].
    #[error("the record has {0} bytes, more than the limit of {MAX_RECORD}")]
    TooLong(u64),
    /// The file ends within the record; the number of missing bytes.
    #[error("the file ends {0} bytes before the end of the record")]
    CutOff(u64),
    /// The file cannot be read.
    #[error("{0}")]
    Read(#[from] std::io::Error),
}

/// Computes the masked CRC-32C.
#[must_use]
pub fn masked_checksum(bytes: &[u8]) -> u32 {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8)
}

/// Appends a record.
pub fn write_record(file: &mut Vec<u8>, data: &[u8]) {
    let length = (data.len() as u64).to_le_bytes();
    file.extend(length);
    file.extend(masked_checksum(&length).to_le_bytes());
    file.extend(data);
    file.extend(masked_checksum(data).to_le_bytes());
}

/// Reads the records of a file one at a time; the buffer has at most [`MAX_RECORD`] bytes plus the frame.
pub struct Records<R> {
    source: R,
    buffer: Vec<u8>,
    number: u64,
    start: u64,
    next: u64,
}

impl<R: Read> Records<R> {
    /// Creates a reader of `source`, which should be buffered.
    pub fn new(source: R) -> Self {
        Self { source, buffer: Vec::new(), number: 0, start: 0, next: 0 }
    }

    /// The number of the current record, counted from 1, and its byte offset.
    pub fn position(&self) -> (u64, u64) {
        (self.number, self.start)
    }

    /// Number of bytes read.
    pub fn bytes(&self) -> u64 {
        self.next
    }

    /// Reads the data of the next record; `None` at the end of the file.
    ///
    /// # Errors
    /// A wrong checksum, a length that is too large, or a record that is cut off; [`Records::position`] gives the
    /// position.
    pub fn next_record(&mut self) -> Result<Option<&[u8]>, Fault> {
        self.number += 1;
        self.start = self.next;
        if self.fill(HEAD)? == 0 {
            return Ok(None);
        }
        let length = self.length()?;
        let length =
            usize::try_from(length).ok().filter(|length| *length <= MAX_RECORD).ok_or(Fault::TooLong(length))?;
        self.fill(length + TAIL)?;
        let missing = length + TAIL - self.buffer.len();
        if missing > 0 {
            return Err(Fault::CutOff(missing as u64));
        }
        let (data, checksum) = self.buffer.split_at(length);
        if masked_checksum(data).to_le_bytes() != checksum {
            return Err(Fault::Data);
        }
        self.next = self.start + (HEAD + length + TAIL) as u64;
        Ok(Some(data))
    }

    /// Reads up to `count` bytes into the buffer; fewer only at the end of the file.
    fn fill(&mut self, count: usize) -> Result<usize, Fault> {
        self.buffer.clear();
        Ok(self.source.by_ref().take(count as u64).read_to_end(&mut self.buffer)?)
    }

    /// Returns the length of the record in the buffer after checking its checksum.
    fn length(&self) -> Result<u64, Fault> {
        let first = self.number == 1;
        let (Some(length), Some(checksum)) = (self.buffer.first_chunk::<8>(), self.buffer.get(8..HEAD)) else {
            return Err(if first { Fault::NotRecords } else { Fault::CutOff((HEAD - self.buffer.len()) as u64) });
        };
        match masked_checksum(length).to_le_bytes() == checksum {
            true => Ok(u64::from_le_bytes(*length)),
            false if first => Err(Fault::NotRecords),
            false => Err(Fault::Length),
        }
    }
}

/// Whether `head` is the start of a TFRecord file.
pub(super) fn is_start_of(head: &[u8]) -> bool {
    let (Some(length), Some(checksum)) = (head.first_chunk::<8>(), head.get(8..HEAD)) else { return false };
    masked_checksum(length).to_le_bytes() == checksum
}
