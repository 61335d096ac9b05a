//! The bytes of a pickle, taken from the front.

use super::error::Fault;

/// What is left of the bytes.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    place: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, place: 0 }
    }

    /// Bytes taken so far.
    pub(super) fn place(&self) -> usize {
        self.place
    }

    pub(super) fn bytes(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let end = usize::try_from(count).ok().and_then(|count| self.place.checked_add(count)).ok_or(Fault::CutOff)?;
        let taken = self.bytes.get(self.place..end).ok_or(Fault::CutOff)?;
        self.place = end;
        Ok(taken)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        self.bytes(N as u64)?.first_chunk().copied().ok_or(Fault::CutOff)
    }

    pub(super) fn u8(&mut self) -> Result<u8, Fault> {
        self.array::<1>().map(|[byte]| byte)
    }

    pub(super) fn u32(&mut self) -> Result<u32, Fault> {
        self.array().map(u32::from_le_bytes)
    }

    pub(super) fn u64(&mut self) -> Result<u64, Fault> {
        self.array().map(u64::from_le_bytes)
    }

    /// The rest of the line, its end taken but left out.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.place..).unwrap_or(&[]);
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Fault::CutOff)?;
        self.place += length + 1;
        let line = &rest[..length];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// The rest of the line as a text.
    pub(super) fn text_line(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.line()?).map_err(|_| Fault::Literal)
    }
}
