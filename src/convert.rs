//! Conversions of numbers that never wrap: what does not fit becomes the nearest number that does.

/// A count as 32 bits. Tensors with more numbers are refused by stores and plans ([`crate::tape::TapeError::TooLarge`]).
#[must_use]
pub fn to_u32(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// A label of a graph; spaces have some ten of them.
#[must_use]
pub fn to_u8(label: usize) -> u8 {
    u8::try_from(label).unwrap_or(u8::MAX)
}

/// A count as a place in memory.
#[must_use]
pub fn to_usize(count: u64) -> usize {
    usize::try_from(count).unwrap_or(usize::MAX)
}

/// A count as SQLite keeps it.
#[must_use]
pub fn to_i64(count: impl TryInto<i64>) -> i64 {
    count.try_into().unwrap_or(i64::MAX)
}

/// A number in single precision.
#[must_use]
#[allow(clippy::cast_possible_truncation, reason = "rounding is meant; what is too large becomes infinite")]
pub fn to_f32(number: f64) -> f32 {
    number as f32
}

/// A number without its fraction; 0 for what is negative or no number.
#[must_use]
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` takes the nearest number that fits")]
pub fn to_whole(number: f64) -> u64 {
    number as u64
}

#[cfg(test)]
mod tests {
    use super::{to_i64, to_u8, to_u32, to_whole};

    #[test]
    fn what_does_not_fit_becomes_the_nearest() {
        assert_eq!((to_u32(1 << 32), to_u32(7)), (u32::MAX, 7));
        assert_eq!(to_u8(256), u8::MAX);
        assert_eq!(to_i64(u64::MAX), i64::MAX);
        assert_eq!([2.9, -1.0, f64::NAN, 1e300].map(to_whole), [2, 0, 0, u64::MAX]);
    }
}
