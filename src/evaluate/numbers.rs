//! The column encodings of the compact table: `f64`, or fixed-point integers.
//!
//! Published accuracies have few decimals: 84.892 is stored as the integer 84892 with 3 decimals. Both the quotient of
//! that integer and 1000 and the parsed text 84.892 are correctly rounded, so they are the same `f64`.

/// The encoding of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    /// `f64`, 8 bytes.
    Float,
    /// Integers of `width` bytes, divided by 10 to the power of `decimals`.
    Fixed {
        /// Bytes of a value, 1 to 6: integers below 2^48 are exact as `f64`.
        width: u8,
        /// Decimals, at most 15.
        decimals: u8,
    },
}

const MAX_WIDTH: u8 = 6;
const MAX_DECIMALS: u8 = 15;
const FLOAT: usize = 8;

impl Encoding {
    /// Encodes values with the shortest encoding that restores every value bit for bit.
    pub(super) fn encode(values: &[f64]) -> (Self, Vec<u8>) {
        let widths = (1..=MAX_WIDTH).flat_map(|width| (0..=MAX_DECIMALS).map(move |decimals| (width, decimals)));
        let mut fixed = widths.filter_map(|(width, decimals)| {
            let integers = values.iter().map(|value| integer(*value, width, decimals)).collect::<Option<Vec<_>>>()?;
            let bytes = integers.iter().flat_map(|integer| integer.to_le_bytes().into_iter().take(width.into()));
            Some((Self::Fixed { width, decimals }, bytes.collect()))
        });
        fixed.next().unwrap_or_else(|| (Self::Float, values.iter().flat_map(|value| value.to_le_bytes()).collect()))
    }

    /// The code of the encoding in the header.
    pub(super) fn bytes(self) -> [u8; 2] {
        match self {
            Self::Float => [0, 0],
            Self::Fixed { width, decimals } => [width, decimals],
        }
    }

    /// The inverse of [`Encoding::bytes`]; `None` for an unknown code.
    pub(super) fn of_bytes(bytes: [u8; 2]) -> Option<Self> {
        match bytes {
            [0, 0] => Some(Self::Float),
            [width @ 1..=MAX_WIDTH, decimals @ 0..=MAX_DECIMALS] => Some(Self::Fixed { width, decimals }),
            _ => None,
        }
    }

    /// Bytes of a value.
    pub(super) fn width(self) -> usize {
        match self {
            Self::Float => FLOAT,
            Self::Fixed { width, .. } => usize::from(width),
        }
    }

    /// Decodes values.
    pub(super) fn decode(self, bytes: &[u8]) -> Vec<f64> {
        let integer = |bytes: &[u8]| bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte));
        match self {
            Self::Float => bytes.as_chunks::<FLOAT>().0.iter().map(|value| f64::from_le_bytes(*value)).collect(),
            Self::Fixed { decimals, .. } => {
                bytes.chunks_exact(self.width()).map(|bytes| quotient(integer(bytes), decimals)).collect()
            }
        }
    }
}

/// Returns the integer of at most `width` bytes that decodes to exactly this value.
fn integer(value: f64, width: u8, decimals: u8) -> Option<u64> {
    let scaled = (value * power(decimals)).round();
    // False for NaN.
    if !(0.0..power_of_256(width)).contains(&scaled) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "an integer from 0 to 2^48")]
    let integer = scaled as u64;
    (quotient(integer, decimals).to_bits() == value.to_bits()).then_some(integer)
}

#[expect(clippy::cast_precision_loss, reason = "at most 48 bits")]
fn quotient(integer: u64, decimals: u8) -> f64 {
    integer as f64 / power(decimals)
}

/// A power of ten, which is exact as `f64`.
fn power(decimals: u8) -> f64 {
    const POWERS: [f64; MAX_DECIMALS as usize + 1] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15];
    POWERS.get(usize::from(decimals)).copied().unwrap_or(f64::NAN)
}

/// One more than the largest integer of `width` bytes.
#[expect(clippy::cast_precision_loss, reason = "a power of two")]
fn power_of_256(width: u8) -> f64 {
    (1_u64 << (8 * width.min(MAX_WIDTH))) as f64
}
