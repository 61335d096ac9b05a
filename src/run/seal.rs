//! A checksum of a row, in its last column.

use rusqlite::types::ValueRef;

/// The column's name.
pub(super) const COLUMN: &str = "checksum";

/// CRC-32C of the values of a row by their columns' names, as they are read back; those that are absent do not count.
pub(super) fn checksum<'a>(row: impl Iterator<Item = (&'a str, ValueRef<'a>)>) -> u32 {
    row.fold(0, |sum, (name, value)| {
        let add = |kind: u8, bytes: &[u8]| {
            let named = crc32c::crc32c_append(sum, name.as_bytes());
            let sized = crc32c::crc32c_append(named, &(bytes.len() as u64).to_le_bytes());
            crc32c::crc32c_append(crc32c::crc32c_append(sized, &[kind]), bytes)
        };
        match value {
            ValueRef::Null => sum,
            // SQLite stores no such numbers: what is no number is absent, and zero has no sign.
            ValueRef::Real(number) if number.is_nan() => sum,
            ValueRef::Real(number) => add(b'r', &(number + 0.0).to_le_bytes()),
            ValueRef::Integer(number) => add(b'i', &number.to_le_bytes()),
            ValueRef::Text(text) => add(b't', text),
            ValueRef::Blob(bytes) => add(b'b', bytes),
        }
    })
}
