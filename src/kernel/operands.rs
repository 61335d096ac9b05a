//! The operands of a twin: slices of the memories, borrowed at the same time.

use bytemuck::AnyBitPattern;

/// Maximum number of operands of a kernel.
pub const MAX: usize = 16;

/// Parameters and operands of one call on the CPU.
///
/// Read operands and written operands are returned separately, each in binding order.
pub struct Operands<'a> {
    params: &'a [u8],
    reads: [&'a [f32]; MAX],
    writes: [&'a mut [f32]; MAX],
}

impl<'a> Operands<'a> {
    pub(super) fn new(params: &'a [u8]) -> Self {
        Self { params, reads: [&[]; MAX], writes: std::array::from_fn(|_| Default::default()) }
    }

    pub(super) fn set_read(&mut self, index: usize, slice: &'a [f32]) {
        self.reads[index] = slice;
    }

    pub(super) fn set_write(&mut self, index: usize, slice: &'a mut [f32]) {
        self.writes[index] = slice;
    }

    /// Returns the parameters as the struct they were created from.
    #[must_use]
    pub fn params<P: AnyBitPattern>(&self) -> P {
        bytemuck::pod_read_unaligned(self.params)
    }

    /// Returns the first `N` operands that are only read.
    #[must_use]
    pub fn reads<const N: usize>(&self) -> [&'a [f32]; N] {
        std::array::from_fn(|index| self.reads[index])
    }

    /// Returns the first `N` operands that are written or updated. A second call returns empty slices.
    #[must_use]
    pub fn writes<const N: usize>(&mut self) -> [&'a mut [f32]; N] {
        std::array::from_fn(|index| std::mem::take(&mut self.writes[index]))
    }
}

/// Reinterprets the bits of an operand as integers.
#[must_use]
pub fn integers(operand: &[f32]) -> &[u32] {
    bytemuck::cast_slice(operand)
}
