//! A safe wrapper of the `gemm` crate, whose functions take raw pointers. Unsafe code exists only here and in
//! device/pipeline.rs.
#![allow(unsafe_code)]

use gemm::Parallelism;

/// Minimum multiply-adds for multithreading: below, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 20;

/// Memory layout of a matrix in a slice: entry (row, column) is element `row * row_stride + column * column_stride`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Strides {
    /// Distance of two rows, in elements.
    pub row: usize,
    /// Distance of two columns, in elements.
    pub column: usize,
}

impl Strides {
    /// Row-major layout with rows of `columns` elements.
    #[must_use]
    pub fn rows(columns: usize) -> Self {
        Self { row: columns, column: 1 }
    }

    /// The layout of the transposed matrix.
    #[must_use]
    pub fn transposed(self) -> Self {
        Self { row: self.column, column: self.row }
    }

    /// Returns the length of the slice that a `rows` x `columns` matrix spans.
    fn span(self, rows: usize, columns: usize) -> Option<usize> {
        if rows == 0 || columns == 0 {
            return Some(0);
        }
        let last = (rows - 1).checked_mul(self.row)?.checked_add((columns - 1).checked_mul(self.column)?)?;
        last.checked_add(1).filter(|span| isize::try_from(*span).is_ok())
    }

    /// Whether no two entries of a `rows` x `columns` matrix share an element.
    fn distinct(self, rows: usize, columns: usize) -> bool {
        let ((short, count), (long, other)) = if self.row < self.column {
            ((self.row, rows), (self.column, columns))
        } else {
            ((self.column, columns), (self.row, rows))
        };
        let span = count.saturating_sub(1).saturating_mul(short);
        (count <= 1 || short > 0) && (other <= 1 || long > span)
    }
}

/// Computes c = a b, or c += a b if `accumulate` is set. `size` is [m, k, n]: a is m x k, b is k x n and c is m x n.
///
/// Large products use the threads of rayon's pool. Elements of `c` between its rows or columns are not changed.
///
/// # Panics
/// If a matrix exceeds its slice or entries of `c` share an element, as for an index out of range.
pub fn product(
    size: [usize; 3],
    (c, to): (&mut [f32], Strides),
    (a, left): (&[f32], Strides),
    (b, right): (&[f32], Strides),
    accumulate: bool,
) {
    let [m, k, n] = size;
    let inside = |strides: Strides, rows, columns, len| strides.span(rows, columns).is_some_and(|span| span <= len);
    assert!(inside(left, m, k, a.len()), "a {m} x {k} matrix with {left:?} exceeds {} elements", a.len());
    assert!(inside(right, k, n, b.len()), "a {k} x {n} matrix with {right:?} exceeds {} elements", b.len());
    assert!(inside(to, m, n, c.len()), "a {m} x {n} matrix with {to:?} exceeds {} elements", c.len());
    assert!(to.distinct(m, n), "entries of the {m} x {n} result coincide: {to:?}");
    if m == 0 || n == 0 {
        return;
    }
    let small = m.saturating_mul(k).saturating_mul(n) < PARALLEL;
    let threads = if small { Parallelism::None } else { Parallelism::Rayon(0) };
    // The stride of an axis with one entry is not used, but the crate still casts and compares it.
    let step = |stride: usize, count: usize| if count > 1 { stride as isize } else { 1 };
    // SAFETY: by the first three assertions every entry (row, column) of the three matrices is inside its slice and its
    // offset fits an isize; `c` is borrowed mutably, so it overlaps neither `a` nor `b`, and its entries are distinct
    // by the last assertion, so that threads write to disjoint elements. f32 is supported by the crate.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            step(to.column, n),
            step(to.row, m),
            accumulate,
            a.as_ptr(),
            step(left.column, k),
            step(left.row, m),
            b.as_ptr(),
            step(right.column, n),
            step(right.row, k),
            1.0,
            1.0,
            false,
            false,
            false,
            threads,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::{Strides, product};

    #[test]
    fn strides_transpose_and_accumulate() {
        let (a, b) = ([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [1.0, 0.0, 2.0, 1.0, 0.0, 3.0]);
        let mut c = [0.0; 4];
        product([2, 3, 2], (&mut c, Strides::rows(2)), (&a, Strides::rows(3)), (&b, Strides::rows(2)), false);
        assert_eq!(c, [5.0, 11.0, 14.0, 23.0]);
        let transposed = Strides::rows(3).transposed();
        product([3, 1, 3], (&mut [0.0; 9], Strides::rows(3)), (&a, transposed), (&b, Strides::rows(3)), false);
        product([2, 3, 2], (&mut c, Strides::rows(2)), (&a, Strides::rows(3)), (&b, transposed), true);
        assert_eq!(c, [5.0 + 7.0, 11.0 + 10.0, 14.0 + 16.0, 23.0 + 22.0]);
        product([2, 0, 2], (&mut c, Strides::rows(2)), (&[], Strides::rows(0)), (&[], Strides::rows(2)), false);
        assert_eq!(c, [0.0; 4]);
    }

    #[test]
    fn multithreading_does_not_change_results() {
        let (m, k, n) = (130, 121, 127);
        let a: Vec<f32> = (0..m * k).map(|i| (i % 13) as f32).collect();
        let b: Vec<f32> = (0..k * n).map(|i| (i % 7) as f32).collect();
        let mut c = vec![0.0; m * n];
        product([m, k, n], (&mut c, Strides::rows(n)), (&a, Strides::rows(k)), (&b, Strides::rows(n)), false);
        for (row, column) in [(0, 0), (129, 126), (64, 5)] {
            let expected: f32 = (0..k).map(|i| a[row * k + i] * b[i * n + column]).sum();
            assert_eq!(c[row * n + column], expected);
        }
    }

    #[test]
    #[should_panic(expected = "3 x 2 matrix")]
    fn a_matrix_that_exceeds_its_slice_panics() {
        product(
            [2, 3, 2],
            (&mut [0.0; 4], Strides::rows(2)),
            (&[1.0; 6], Strides::rows(3)),
            (&[1.0; 5], Strides::rows(2)),
            false,
        );
    }

    #[test]
    #[should_panic(expected = "coincide")]
    fn a_result_with_overlapping_entries_panics() {
        let flat = Strides { row: 0, column: 1 };
        product([2, 1, 2], (&mut [0.0; 4], flat), (&[1.0; 2], Strides::rows(1)), (&[1.0; 2], Strides::rows(2)), false);
    }
}
