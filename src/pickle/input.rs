//! A cursor over the bytes of a pickle.

use super::error::Fault;

/// The bytes and the current position.
pub(super) struct Input<'a> {
    bytes: &'a [u8],
    position: usize,
}

impl<'a> Input<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, position: 0 }
    }

    /// Number of bytes read.
    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn bytes(&mut self, count: u64) -> Result<&'a [u8], Fault> {
        let end =
            usize::try_from(count).ok().and_then(|count| self.position.checked_add(count)).ok_or(Fault::CutOff)?;
        let bytes = self.bytes.get(self.position..end).ok_or(Fault::CutOff)?;
        self.position = end;
        Ok(bytes)
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

    /// Reads the rest of the line and returns it without the line break.
    pub(super) fn line(&mut self) -> Result<&'a [u8], Fault> {
        let rest = self.bytes.get(self.position..).unwrap_or(&[]);
        let length = rest.iter().position(|byte| *byte == b'\n').ok_or(Fault::CutOff)?;
        self.position += length + 1;
        let line = &rest[..length];
        Ok(line.strip_suffix(b"\r").unwrap_or(line))
    }

    /// Reads the rest of the line as UTF-8.
    pub(super) fn text_line(&mut self) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.line()?).map_err(|_| Fault::Literal)
    }
}
