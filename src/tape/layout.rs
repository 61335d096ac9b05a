//! Places in memory by liveness: tensors that are never alive together may share one.

use crate::device::ALIGNMENT;

/// A tensor's size and the steps at which it is alive, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetime {
    /// Numbers.
    pub len: usize,
    /// The step that writes it first.
    pub first: usize,
    /// The step that uses it last.
    pub last: usize,
}

impl Lifetime {
    fn meets(&self, other: &Self) -> bool {
        self.first <= other.last && other.first <= self.last
    }
}

/// An offset for every tensor, aligned, and the total size; tensors that are alive together never overlap.
///
/// Largest first, each at the lowest gap that holds it: close to the least possible and quick for thousands of tensors.
#[must_use]
pub fn place(lifetimes: &[Lifetime]) -> (Vec<usize>, usize) {
    let mut order: Vec<_> = (0..lifetimes.len()).collect();
    order.sort_by_key(|&index| (std::cmp::Reverse(lifetimes[index].len), index));
    let mut offsets = vec![0_usize; lifetimes.len()];
    // Those placed so far, by offset.
    let mut placed: Vec<usize> = Vec::with_capacity(lifetimes.len());
    let mut total = 0;
    for index in order {
        let wanted = aligned(lifetimes[index].len);
        let mut offset = 0_usize;
        for &other in placed.iter().filter(|&&other| lifetimes[other].meets(&lifetimes[index])) {
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

/// A number of numbers rounded up to the alignment; the largest aligned one where there is none above.
pub(super) fn aligned(len: usize) -> usize {
    len.checked_next_multiple_of(ALIGNMENT).unwrap_or(usize::MAX - usize::MAX % ALIGNMENT)
}
