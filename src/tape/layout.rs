//! Memory layout by liveness: tensors that are not alive at the same time may share memory.

use crate::device::ALIGNMENT;

/// The size of a tensor and the steps at which it is alive, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Number of elements.
    pub len: usize,
    /// The first step that writes it.
    pub first: usize,
    /// The last step that uses it.
    pub last: usize,
}

impl Lifetime {
    fn overlaps(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// Returns an aligned offset for every tensor, and the total size. Tensors that are alive at the same time do not
/// overlap.
///
/// Places the largest tensors first, each at the lowest gap that fits. The result is close to the minimum, and the
/// method is fast for thousands of tensors.
#[must_use]
pub fn place(lifetimes: &[Lifetime]) -> (Vec<usize>, usize) {
    let mut order: Vec<_> = (0..lifetimes.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(lifetimes[index].len), index));
    let mut offsets = vec![0_usize; lifetimes.len()];
    // Indices of the placed tensors, sorted by offset.
    let mut placed: Vec<usize> = Vec::with_capacity(lifetimes.len());
    let mut total = 0;
    for index in order {
        let wanted = aligned(lifetimes[index].len);
        let mut offset = 0_usize;
        for &other in placed.iter().filter(|&&other| lifetimes[other].overlaps(&lifetimes[index])) {
            if wanted <= offsets[other].saturating_sub(offset) {
                break;
            }
            offset = offset.max(aligned(offsets[other].saturating_add(lifetimes[other].len)));
        }
        offsets[index] = offset;
        total = total.max(offset.saturating_add(wanted));
        let at = placed.partition_point(|&other| offsets[other] <= offset);
        placed.insert(at, index);
    }
    (offsets, total)
}

/// Rounds a number of elements up to the alignment, or returns the largest aligned number.
pub(super) fn aligned(len: usize) -> usize {
    len.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX - usize::MAX % ALIGNMENT)
}
