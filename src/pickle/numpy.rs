//! Decodes pickled numpy scalars and arrays.

use super::error::Fault;
use super::{ByteArray, Node, Number};
use crate::convert::to_u32;
use std::sync::Arc;

impl Number {
    /// Parses a type name such as `f8`, `<i4` or `b1`; `None` for types that are not numeric.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let big_endian = name.starts_with('>');
        let name = name.trim_start_matches(['<', '>', '=', '|']);
        let &[kind, digit] = name.as_bytes() else { return None };
        let size = usize::from(digit.checked_sub(b'0')?);
        let fits = match kind {
            b'f' => matches!(size, 4 | 8),
            b'b' => size == 1,
            b'i' | b'u' => matches!(size, 1 | 2 | 4 | 8),
            _ => false,
        };
        fits.then_some(Self { kind, size, big_endian })
    }

    /// Sets the byte order.
    pub(super) fn ordered(self, order: &str) -> Self {
        Self { big_endian: order == ">", ..self }
    }

    /// Whether it is `uint8`.
    pub(super) fn is_byte(self) -> bool {
        (self.kind, self.size) == (b'u', 1)
    }

    /// The bytes of a value.
    pub(crate) fn bytes(self) -> usize {
        self.size
    }

    /// Decodes the values in `bytes`.
    pub(crate) fn read(self, bytes: &[u8]) -> Result<Vec<f64>, Fault> {
        if !bytes.len().is_multiple_of(self.size) {
            return Err(Fault::Numpy);
        }
        Ok(bytes.chunks_exact(self.size).map(|bytes| self.number(bytes)).collect())
    }

    fn number(self, bytes: &[u8]) -> f64 {
        // Little-endian order, sign-extended for integers.
        let mut padded = [0; 8];
        for (to, byte) in padded.iter_mut().zip(bytes) {
            *to = *byte;
        }
        if self.big_endian {
            padded[..self.size].reverse();
        }
        let unsigned = u64::from_le_bytes(padded);
        match (self.kind, self.size) {
            (b'f', 8) => f64::from_bits(unsigned),
            (b'f', _) => f64::from(f32::from_bits((unsigned & 0xffff_ffff) as u32)),
            (b'i', size) => {
                let unused = 64 - 8 * to_u32(size);
                ((unsigned << unused).cast_signed() >> unused) as f64
            }
            _ => unsigned as f64,
        }
    }
}

/// Converts the shape of an array; also returns the number of elements.
fn sizes(shape: &[i64]) -> Result<(Vec<usize>, usize), Fault> {
    let sizes: Option<Vec<usize>> = shape.iter().map(|size| usize::try_from(*size).ok()).collect();
    let sizes = sizes.ok_or(Fault::Numpy)?;
    let count = sizes.iter().try_fold(1usize, |count, size| count.checked_mul(*size)).ok_or(Fault::Numpy)?;
    Ok((sizes, count))
}

/// Creates an array of bytes; refuses the (rare) column-major order.
pub(super) fn byte_array(shape: &[i64], bytes: Arc<[u8]>, fortran: bool) -> Result<Node, Fault> {
    let (shape, count) = sizes(shape)?;
    let is_column_major = fortran && shape.iter().filter(|size| **size > 1).count() > 1;
    if is_column_major || bytes.len() != count {
        return Err(Fault::Numpy);
    }
    Ok(Node::ByteArray(ByteArray { shape, bytes }))
}

/// Creates an array of `shape` from its bytes in memory order.
pub(super) fn array(number: Number, shape: &[i64], bytes: &[u8]) -> Result<Node, Fault> {
    let (_, count) = sizes(shape)?;
    let values = number.read(bytes)?;
    if values.len() == count { Ok(Node::Array(values)) } else { Err(Fault::Numpy) }
}
