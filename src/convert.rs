//! Saturating conversions of numbers: a value out of range becomes the nearest value in range.

/// Converts a count to 32 bits. Stores and plans reject larger tensors ([`crate::tape::TapeError::TooLarge`]).
#[must_use]
pub fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Converts a label of a graph. Spaces have about ten labels.
#[must_use]
pub fn to_u8(label: usize) -> u8 {
    u8::try_from(label).unwrap_or(u8::MAX)
}

/// Converts a count to an index in memory.
#[must_use]
pub fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// Converts a count to an integer of SQLite.
#[must_use]
pub fn to_i64(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// Rounds a number to single precision.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "rounding is intended; too large values become infinite")]
pub fn to_f32(number: f64) -> f32 {
    number as f32
}

/// Truncates a number to an integer; 0 for negative numbers and NaN.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
pub fn to_integer(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::{to_i64, to_integer, to_u8, to_u32};

    #[test]
    fn values_out_of_range_saturate() {
        assert_eq!((to_u32(1 << 32), to_u32(7)), (u32::MAX, 7));
        assert_eq!(to_u8(256), u8::MAX);
        assert_eq!(to_i64(u64::MAX), i64::MAX);
        assert_eq!([2.9, -1.0, f64::NAN, 1e300].map(to_integer), [2, 0, 0, u64::MAX]);
    }
}
