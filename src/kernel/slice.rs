//! Reading and writing slices of tensors (`shaders/slice.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Minimum elements per thread: with fewer, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 15;

/// Two tensors viewed as `[outer, rows, columns]`, and the offset between them.
#[repr(C)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
pub struct Slice {
    /// The common outer size.
    pub outer: u32,
    /// Rows of x.
    pub x_rows: u32,
    /// Columns of x.
    pub x_columns: u32,
    /// Rows of y.
    pub y_rows: u32,
    /// Columns of y.
    pub y_columns: u32,
    /// Offset of the rows: of y in x for [`Slice::cut`], of x in y for [`Slice::paste`].
    pub row: i32,
    /// Offset of the columns.
    pub column: i32,
}

impl Slice {
    /// Reads the slice y of x at offset (`row`, `column`); elements outside x are zero. Operands: x, y.
    #[must_use]
    pub fn cut(&self) -> Call {
        Call::new(&CUT, self, Extent::Items(elements([self.outer, self.y_rows, self.y_columns])), 0)
    }

    /// Writes x to the slice of y at offset (`row`, `column`), which must be inside y. Operands: x, y.
    #[must_use]
    pub fn paste(&self) -> Call {
        Call::new(&PASTE, self, Extent::Items(elements([self.outer, self.x_rows, self.x_columns])), 0)
    }
}

/// Returns the number of elements of a tensor with these axes.
fn elements(axes: [u32; 3]) -> usize {
    axes.into_iter().fold(1, |elements: usize, axis| elements.saturating_mul(axis as usize))
}

macro_rules! kernels {
    ($($name:ident $entry:literal $access:ident $twin:ident;)*) => {
        $(static $name: Kernel = Kernel {
            name: concat!("slice.", $entry),
            shader: include_str!("../../shaders/slice.wgsl"),
            access: &[Access::Read, Access::$access],
            twin: $twin,
        };)*
        /// The kernels of this family.
        pub const KERNELS: &[&Kernel] = &[$(&$name),*];
    };
}

kernels! {
    CUT "cut" Write cut;
    PASTE "paste" Update paste;
}

/// Returns the range of indices below `len` that are inside `other` after adding `shift`.
fn common(len: usize, other: usize, shift: i32) -> (usize, usize) {
    let clamp = |at: i64| at.clamp(0, len as i64) as usize;
    let from = clamp(-i64::from(shift));
    (from, clamp(other as i64 - i64::from(shift)).max(from))
}

fn cut(mut operands: Operands<'_>) {
    let s: Slice = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let (rows, columns, wide) = (s.y_rows as usize, s.y_columns as usize, s.x_columns as usize);
    let (top, bottom) = common(rows, s.x_rows as usize, s.row);
    let (left, right) = common(columns, wide, s.column);
    let each = |(y, x): (&mut [f32], &[f32])| {
        for (r, y) in y.chunks_mut(columns).enumerate() {
            if !(top..bottom).contains(&r) || left == right {
                y.fill(0.0);
                continue;
            }
            let at = (r as i32 + s.row) as usize * wide + (left as i32 + s.column) as usize;
            y[..left].fill(0.0);
            y[right..].fill(0.0);
            y[left..right].copy_from_slice(&x[at..at + right - left]);
        }
    };
    let (size, min_len) = (rows * columns, PARALLEL.div_ceil(rows * columns));
    y.par_chunks_mut(size).zip(x.par_chunks(s.x_rows as usize * wide)).with_min_len(min_len).for_each(each);
}

fn paste(mut operands: Operands<'_>) {
    let s: Slice = operands.params();
    let ([x], [y]) = (operands.reads(), operands.writes());
    let (columns, wide) = (s.x_columns as usize, s.y_columns as usize);
    let first = s.row as usize * wide + s.column as usize;
    let each = |(y, x): (&mut [f32], &[f32])| {
        let rows = y[first..].chunks_mut(wide).zip(x.chunks(columns));
        rows.for_each(|(y, x)| y[..columns].copy_from_slice(x));
    };
    let (size, min_len) = (s.x_rows as usize * columns, PARALLEL.div_ceil(s.x_rows as usize * columns));
    y.par_chunks_mut(s.y_rows as usize * wide).zip(x.par_chunks(size)).with_min_len(min_len).for_each(each);
}
