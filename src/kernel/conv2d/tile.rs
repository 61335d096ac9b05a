//! Sums of shifted rows, computed in tiles that stay in vector registers.

use pulp::{Simd, WithSimd};

/// Weights in the order of a tile's reads: panels of a few filters, with the weights of one depth side by side.
#[derive(Debug)]
pub struct Panels {
    values: Vec<f32>,
    filters: usize,
    depth: usize,
    wide: usize,
}

impl Panels {
    /// Creates panels of `filters` rows of `depth` weights.
    pub fn new(filters: usize, depth: usize, weight: impl Fn(usize, usize) -> f32) -> Self {
        let wide = match filters {
            1 => 1,
            2..=4 => 4,
            _ => 8,
        };
        let mut values = Vec::with_capacity(filters.next_multiple_of(wide) * depth);
        for first in (0..filters).step_by(wide) {
            for k in 0..depth {
                values.extend((first..first + wide).map(|f| if f < filters { weight(f, k) } else { 0.0 }));
            }
        }
        Self { values, filters, depth, wide }
    }
}

/// Computes y[f][t] = start[f] + sum over k of w[f, k] x[offset(k) + t] for `count` positions t.
///
/// Reads and writes up to one vector past the last position.
pub struct Sums<'a> {
    /// The weights w.
    pub panels: &'a Panels,
    /// The input.
    pub x: &'a [f32],
    /// Start of the row of every depth.
    pub offsets: &'a [usize],
    /// Initial value per filter, or empty.
    pub start: &'a [f32],
    /// The results.
    pub y: &'a mut [f32],
    /// Distance of two rows of results, in elements.
    pub length: usize,
    /// Number of positions.
    pub count: usize,
}

impl WithSimd for Sums<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let large = S::REGISTER_COUNT >= 32;
        match (self.panels.wide, large) {
            (1, _) => self.tiles::<S, 1, 8>(simd),
            (4, true) => self.tiles::<S, 4, 6>(simd),
            (8, true) => self.tiles::<S, 8, 3>(simd),
            _ => self.tiles::<S, 4, 2>(simd),
        }
    }
}

impl Sums<'_> {
    /// Computes all tiles of `F` filters and `V` vectors. The inner loop is over filters, so that the input stays in
    /// the cache.
    #[inline(always)]
    fn tiles<S: Simd, const F: usize, const V: usize>(mut self, simd: S) {
        let mut t = 0;
        while t < self.count {
            let wide = t + (V - 1) * S::F32_LANES < self.count;
            for first in (0..self.panels.filters).step_by(F) {
                if wide {
                    self.tile::<S, F, V>(simd, first, t);
                } else {
                    self.tile::<S, F, 1>(simd, first, t);
                }
            }
            t += if wide { V * S::F32_LANES } else { S::F32_LANES };
        }
    }

    #[inline(always)]
    fn tile<S: Simd, const F: usize, const V: usize>(&mut self, simd: S, first: usize, t: usize) {
        let Panels { values, filters, depth, wide } = self.panels;
        let start: [f32; F] = std::array::from_fn(|f| self.start.get(first + f).copied().unwrap_or(0.0));
        let panel = &values[first / wide * wide * depth..];
        let weights = panel.chunks_exact(*wide).map(|w| &w[first % wide..]);
        let sums = shifted::<S, F, V>(simd, start, weights.zip(self.offsets), &self.x[t..]);
        for (f, sums) in sums.iter().enumerate().take(filters - first) {
            let y = &mut self.y[(first + f) * self.length + t..][..V * S::F32_LANES];
            S::as_mut_simd_f32s(y).0.copy_from_slice(sums);
        }
    }
}

/// Returns the sums of a tile over pairs of a depth's weights and its row's start in x.
#[inline(always)]
fn shifted<'a, S: Simd, const F: usize, const V: usize>(
    simd: S,
    start: [f32; F],
    depths: impl Iterator<Item = (&'a [f32], &'a usize)>,
    x: &[f32],
) -> [[S::f32s; V]; F] {
    let mut sums = start.map(|start| [simd.splat_f32s(start); V]);
    for (w, offset) in depths {
        let (w, x) = (&w[..F], S::as_simd_f32s(&x[*offset..][..V * S::F32_LANES]).0);
        for f in 0..F {
            let w = simd.splat_f32s(w[f]);
            for v in 0..V {
                sums[f][v] = simd.mul_add_f32s(w, x[v], sums[f][v]);
            }
        }
    }
    sums
}

/// Computes w[f, k] += sum over `count` positions t of g[f][t] x[offset(k) + t]. Rows of g must be zero from the last
/// position to the end of the vector.
pub struct Products<'a> {
    /// A row of weights per filter, as long as `offsets`.
    pub w: &'a mut [f32],
    /// The gradients of the results.
    pub g: &'a [f32],
    /// Distance of two rows of g, in elements.
    pub length: usize,
    /// The input.
    pub x: &'a [f32],
    /// Start of the row of every depth.
    pub offsets: &'a [usize],
    /// Number of positions.
    pub count: usize,
}

impl WithSimd for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        match (self.w.len() == self.offsets.len(), S::REGISTER_COUNT >= 32) {
            (true, true) => self.tiles::<S, 1, 9>(simd),
            (true, false) => self.tiles::<S, 1, 5>(simd),
            (false, true) => self.tiles::<S, 4, 6>(simd),
            (false, false) => self.tiles::<S, 4, 3>(simd),
        }
    }
}

impl Products<'_> {
    /// Computes all tiles of `F` filters and `K` depths. Past the end, the last sum is computed again and dropped.
    #[inline(always)]
    fn tiles<S: Simd, const F: usize, const K: usize>(self, simd: S) {
        let depth = self.offsets.len();
        let filters = self.w.len() / depth;
        let reach = self.count.next_multiple_of(S::F32_LANES);
        for f in (0..filters).step_by(F) {
            for k in (0..depth).step_by(K) {
                let g: [&[S::f32s]; F] = std::array::from_fn(|i| {
                    S::as_simd_f32s(&self.g[(f + i).min(filters - 1) * self.length..][..reach]).0
                });
                let x: [&[S::f32s]; K] = std::array::from_fn(|i| {
                    S::as_simd_f32s(&self.x[self.offsets[(k + i).min(depth - 1)]..][..reach]).0
                });
                let sums = dots(simd, g, x);
                for (i, sums) in sums.iter().enumerate().take(filters - f) {
                    let w = &mut self.w[(f + i) * depth + k..(f + i + 1) * depth];
                    w.iter_mut().zip(sums).for_each(|(w, sum)| *w += simd.reduce_sum_f32s(*sum));
                }
            }
        }
    }
}

/// Returns the products of every g with every x, as one sum per vector lane.
#[inline(always)]
fn dots<S: Simd, const F: usize, const K: usize>(simd: S, g: [&[S::f32s]; F], x: [&[S::f32s]; K]) -> [[S::f32s; K]; F] {
    let mut sums = [[simd.splat_f32s(0.0); K]; F];
    let len = g[0].len();
    let (g, x) = (g.map(|row| &row[..len]), x.map(|row| &row[..len]));
    for t in 0..len {
        let x: [S::f32s; K] = std::array::from_fn(|k| x[k][t]);
        for f in 0..F {
            for k in 0..K {
                sums[f][k] = simd.mul_add_f32s(g[f][t], x[k], sums[f][k]);
            }
        }
    }
    sums
}
