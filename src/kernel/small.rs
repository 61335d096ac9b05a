//! Products of small matrices (tens of rows and columns) for the twins of the generator's kernels.
//!
//! A call to a general library would cost more than such a product. These are loops over blocks that stay in registers;
//! the compiler vectorises them if the CPU supports it ([`vectorized`]).

/// A view of matrix rows with a distance of `stride` elements.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    /// The elements, starting with the first row.
    pub data: &'a [f32],
    /// Distance of two rows, in elements.
    pub stride: usize,
}

/// A mutable view of matrix rows with a distance of `stride` elements.
pub struct RowsMut<'a> {
    /// The elements, starting with the first row.
    pub data: &'a mut [f32],
    /// Distance of two rows, in elements.
    pub stride: usize,
}

/// Runs `work` with AVX2 and FMA instructions if the CPU supports them.
///
/// All called functions must be inlined into `work` to benefit.
#[inline(always)]
pub fn vectorized<T>(work: impl FnOnce() -> T) -> T {
    #[cfg(target_arch = "x86_64")]
    if let Some(v3) = pulp::x86::V3::try_new() {
        return v3.vectorize(work);
    }
    work()
}

/// The initial value of a product's result.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// Starts from zero.
    Zero,
    /// Starts from this row in every row.
    Row(&'a [f32]),
    /// Adds to the previous content.
    Accumulate,
}

/// Computes y[r, c] = start + sum over k of x[r, k] w[k, c] for `n` rows. `w` is `depth` x `columns`.
#[inline(always)]
pub fn product(n: usize, depth: usize, columns: usize, x: Rows<'_>, w: &[f32], start: Start<'_>, y: RowsMut<'_>) {
    let mut row = 0;
    while row < n {
        let x = Rows { data: &x.data[row * x.stride..], ..x };
        let mut y = RowsMut { data: &mut y.data[row * y.stride..], ..y };
        let taken = if row + 4 <= n { 4 } else { 1 };
        match taken {
            4 => strip::<4>(depth, columns, x, w, start, &mut y),
            _ => strip::<1>(depth, columns, x, w, start, &mut y),
        }
        row += taken;
    }
}

/// Computes all columns of `R` rows.
#[inline(always)]
fn strip<const R: usize>(depth: usize, columns: usize, x: Rows<'_>, w: &[f32], start: Start<'_>, y: &mut RowsMut<'_>) {
    let mut column = 0;
    while column < columns {
        let left = columns - column;
        match left {
            24.. => block::<R, 24>(depth, [column, columns], x, w, start, y),
            8.. => block::<R, 8>(depth, [column, columns], x, w, start, y),
            4.. => block::<R, 4>(depth, [column, columns], x, w, start, y),
            _ => block::<R, 1>(depth, [column, columns], x, w, start, y),
        }
        column += match left {
            24.. => 24,
            8.. => 8,
            4.. => 4,
            _ => 1,
        };
    }
}

/// Computes `R` rows of `C` columns, starting at `column` of `columns`, with sums in registers.
#[inline(always)]
fn block<const R: usize, const C: usize>(
    depth: usize,
    [column, columns]: [usize; 2],
    x: Rows<'_>,
    w: &[f32],
    start: Start<'_>,
    y: &mut RowsMut<'_>,
) {
    let mut sums = [[0.0_f32; C]; R];
    for (r, sums) in sums.iter_mut().enumerate() {
        match start {
            Start::Zero => {}
            Start::Row(row) => sums.copy_from_slice(&row[column..column + C]),
            Start::Accumulate => sums.copy_from_slice(&y.data[r * y.stride + column..][..C]),
        }
    }
    let rows: [&[f32]; R] = std::array::from_fn(|r| &x.data[r * x.stride..r * x.stride + depth]);
    for k in 0..depth {
        let w = &w[k * columns + column..k * columns + column + C];
        for r in 0..R {
            let factor = rows[r][k];
            for c in 0..C {
                sums[r][c] = factor.mul_add(w[c], sums[r][c]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        y.data[r * y.stride + column..][..C].copy_from_slice(sums);
    }
}

/// Computes the gradient of a product's matrix, `depth` x `columns`: w[k, c] = sum over `n` rows r of x[r, k] g[r, c].
#[inline(always)]
pub fn outer(n: usize, depth: usize, columns: usize, x: Rows<'_>, g: Rows<'_>, w: &mut [f32]) {
    let mut k = 0;
    while k < depth {
        let taken = if k + 4 <= depth { 4 } else { 1 };
        match taken {
            4 => outer_strip::<4>(n, columns, k, x, g, w),
            _ => outer_strip::<1>(n, columns, k, x, g, w),
        }
        k += taken;
    }
}

#[inline(always)]
fn outer_strip<const R: usize>(n: usize, columns: usize, k: usize, x: Rows<'_>, g: Rows<'_>, w: &mut [f32]) {
    let mut column = 0;
    while column < columns {
        let left = columns - column;
        match left {
            24.. => outer_block::<R, 24>(n, columns, k, column, x, g, w),
            8.. => outer_block::<R, 8>(n, columns, k, column, x, g, w),
            4.. => outer_block::<R, 4>(n, columns, k, column, x, g, w),
            _ => outer_block::<R, 1>(n, columns, k, column, x, g, w),
        }
        column += match left {
            24.. => 24,
            8.. => 8,
            4.. => 4,
            _ => 1,
        };
    }
}

#[inline(always)]
fn outer_block<const R: usize, const C: usize>(
    n: usize,
    columns: usize,
    k: usize,
    column: usize,
    x: Rows<'_>,
    g: Rows<'_>,
    w: &mut [f32],
) {
    let mut sums = [[0.0_f32; C]; R];
    for row in 0..n {
        let x = &x.data[row * x.stride + k..row * x.stride + k + R];
        let g = &g.data[row * g.stride + column..row * g.stride + column + C];
        for r in 0..R {
            for c in 0..C {
                sums[r][c] = x[r].mul_add(g[c], sums[r][c]);
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        w[(k + r) * columns + column..(k + r) * columns + column + C].copy_from_slice(sums);
    }
}

/// Computes y[c] = sum over `n` rows of g[r, c], for `columns` columns.
#[inline(always)]
pub fn column_sums(n: usize, columns: usize, g: Rows<'_>, y: &mut [f32]) {
    y[..columns].fill(0.0);
    for row in 0..n {
        let g = &g.data[row * g.stride..row * g.stride + columns];
        for (y, g) in y[..columns].iter_mut().zip(g) {
            *y += g;
        }
    }
}

/// Writes the transpose of `w`, `rows` x `columns`, to `t`.
#[inline(always)]
pub fn transpose(rows: usize, columns: usize, w: &[f32], t: &mut [f32]) {
    const TILE: usize = 8;
    for row in (0..rows).step_by(TILE) {
        for column in (0..columns).step_by(TILE) {
            for c in column..(column + TILE).min(columns) {
                for r in row..(row + TILE).min(rows) {
                    t[c * rows + r] = w[r * columns + c];
                }
            }
        }
    }
}

/// Returns `N` sums of a function over the pairs of two equally long slices, computed in lanes that are added at the
/// end.
#[inline(always)]
pub fn sums<const N: usize>(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> [f32; N]) -> [f32; N] {
    const LANES: usize = 32;
    let mut lanes = [[0.0_f32; LANES]; N];
    let (whole_a, rest_a) = a.as_chunks::<LANES>();
    let (whole_b, rest_b) = b.as_chunks::<LANES>();
    for (a, b) in whole_a.iter().zip(whole_b) {
        for lane in 0..LANES {
            let values = f(a[lane], b[lane]);
            for n in 0..N {
                lanes[n][lane] += values[n];
            }
        }
    }
    let mut totals = lanes.map(|lanes| lanes.iter().sum());
    for (a, b) in rest_a.iter().zip(rest_b) {
        let values = f(*a, *b);
        (0..N).for_each(|n| totals[n] += values[n]);
    }
    totals
}
