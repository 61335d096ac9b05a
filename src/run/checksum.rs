//! The checksum of a row, stored in its last column.

use rusqlite::types::ValueRef;

/// The name of the column.
pub(super) const COLUMN: &str = "checksum";

/// Returns the CRC-32C of the column names and values of a row, as SQLite returns them. NULL values are skipped.
pub(super) fn checksum<'a>(row: impl Iterator<Item = (&'a str, ValueRef<'a>)>) -> u32 {
    row.fold(0, |sum, (name, value)| {
        let add = |kind: u8, bytes: &[u8]| {
            let named = crc32c::crc32c_append(sum, name.as_bytes());
            let sized = crc32c::crc32c_append(named, &(bytes.len() as u64).to_le_bytes());
            crc32c::crc32c_append(crc32c::crc32c_append(sized, &[kind]), bytes)
        };
        match value {
            ValueRef::Null => sum,
            // SQLite stores NaN as NULL and -0.0 as 0.0.
            ValueRef::Real(number) if number.is_nan() => sum,
            ValueRef::Real(number) => add(b'r', &(number + 0.0).to_le_bytes()),
            ValueRef::Integer(number) => add(b'i', &number.to_le_bytes()),
            ValueRef::Text(text) => add(b't', text),
            ValueRef::Blob(bytes) => add(b'b', bytes),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::checksum;
    use rusqlite::types::ValueRef;

    #[test]
    fn the_checksum_is_that_of_the_stored_values() {
        let sum = |value| checksum([("round", ValueRef::Integer(1)), ("loss", value)].into_iter());
        assert_eq!(sum(ValueRef::Real(f64::NAN)), sum(ValueRef::Null));
        assert_eq!(sum(ValueRef::Real(-0.0)), sum(ValueRef::Real(0.0)));
        let different =
            [ValueRef::Null, ValueRef::Real(1.0), ValueRef::Integer(1), ValueRef::Text(b"1"), ValueRef::Blob(b"1")];
        let sums: std::collections::HashSet<u32> = different.into_iter().map(sum).collect();
        assert_eq!(sums.len(), different.len());
        assert_ne!(
            sum(ValueRef::Integer(1)),
            checksum([("round", ValueRef::Integer(1)), ("loss2", ValueRef::Integer(1))].into_iter())
        );
    }
}
