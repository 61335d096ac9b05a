//! Matrix products (`shaders/matmul.wgsl`).

use super::call::{Access, Call, Extent, Kernel};
use super::gemm::{Strides, product};
use super::operands::Operands;
use bytemuck::{Pod, Zeroable};
use rayon::prelude::*;

/// Minimum multiply-adds for multithreading: below, a second thread costs more than it saves.
const PARALLEL: usize = 1 << 18;

/// The product c = op(a) op(b) for every matrix of a batch. Operands: a, b, bias, c; without a bias any readable
/// tensor, such as b, takes its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Matmul {
    /// Number of products.
    pub batch: usize,
    /// Rows of op(a) and c.
    pub m: usize,
    /// Columns of op(a), rows of op(b).
    pub k: usize,
    /// Columns of op(b) and c.
    pub n: usize,
    /// Whether a is stored as k x m.
    pub transpose_a: bool,
    /// Whether b is stored as n x k.
    pub transpose_b: bool,
    /// Whether all products share a.
    pub share_a: bool,
    /// Whether all products share b.
    pub share_b: bool,
    /// Whether to add bias[column].
    pub bias: bool,
    /// Whether to apply a ReLU to the result.
    pub relu: bool,
}

impl Matmul {
    /// Creates a single product of an m x k and a k x n matrix.
    #[must_use]
    pub fn new(m: usize, k: usize, n: usize) -> Self {
        let (transpose_a, transpose_b, share_a, share_b) = (false, false, false, false);
        Self { batch: 1, m, k, n, transpose_a, transpose_b, share_a, share_b, bias: false, relu: false }
    }

    /// Creates the call, with its variant for software adapters.
    #[must_use]
    pub fn call(self) -> Call {
        self.tiled().for_software(if self.aligned() { self.blocked() } else { self.strided() })
    }

    /// The GPU variant: tiles in workgroup memory.
    #[must_use]
    pub fn tiled(self) -> Call {
        let groups = [self.m.div_ceil(64) as u32, self.n.div_ceil(64) as u32, self.batch as u32];
        Call::new(&TILED, &self.shape(), Extent::Groups(groups), self.flops())
    }

    /// The variant for software adapters and [`Matmul::aligned`] operands.
    #[must_use]
    pub fn blocked(self) -> Call {
        self.in_registers(&BLOCKED, 8, 16)
            .with("A_BY_DEPTH", u32::from(!self.transpose_a))
            .with("B_BY_DEPTH", u32::from(self.transpose_b))
    }

    /// The variant for software adapters and any operands.
    #[must_use]
    pub fn strided(self) -> Call {
        self.in_registers(&STRIDED, 4, 4)
    }

    /// Whether rows of a and of b are multiples of four elements.
    #[must_use]
    pub fn aligned(self) -> bool {
        let (inner_a, inner_b) =
            (if self.transpose_a { self.m } else { self.k }, if self.transpose_b { self.k } else { self.n });
        inner_a.is_multiple_of(4) && inner_b.is_multiple_of(4)
    }

    fn in_registers(self, kernel: &'static Kernel, rows: usize, columns: usize) -> Call {
        // Workgroup size on software adapters; with larger workgroups some invocations are idle.
        const WIDTH: usize = 8;
        let (rows, columns) = (self.m.div_ceil(rows), self.n.div_ceil(columns));
        let along_rows = rows >= columns;
        let (x, y) = if along_rows { (rows.div_ceil(WIDTH), columns) } else { (rows, columns.div_ceil(WIDTH)) };
        let extent = Extent::Groups([x as u32, y as u32, self.batch as u32]);
        Call::new(kernel, &self.shape(), extent, self.flops()).with("ALONG_ROWS", u32::from(along_rows))
    }

    fn flops(self) -> usize {
        2 * self.batch * self.m * self.k * self.n
    }

    /// Returns the memory layouts of op(a) and op(b).
    fn strides(self) -> (Strides, Strides) {
        let (m, k, n) = (self.m, self.k, self.n);
        let a = if self.transpose_a { Strides::rows(m).transposed() } else { Strides::rows(k) };
        let b = if self.transpose_b { Strides::rows(k).transposed() } else { Strides::rows(n) };
        (a, b)
    }

    fn shape(self) -> Uniforms {
        let (a, b) = self.strides();
        Uniforms {
            m: self.m as u32,
            k: self.k as u32,
            n: self.n as u32,
            a_batch: if self.share_a { 0 } else { (self.m * self.k) as u32 },
            a_row: a.row as u32,
            a_depth: a.column as u32,
            b_batch: if self.share_b { 0 } else { (self.k * self.n) as u32 },
            b_depth: b.row as u32,
            b_column: b.column as u32,
            has_bias: u32::from(self.bias),
            relu: u32::from(self.relu),
        }
    }
}

#[repr(C)]
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
struct Uniforms {
    m: u32,
    k: u32,
    n: u32,
    a_batch: u32,
    a_row: u32,
    a_depth: u32,
    b_batch: u32,
    b_depth: u32,
    b_column: u32,
    has_bias: u32,
    relu: u32,
}

const PRODUCT: &[Access] = &[Access::Read, Access::Read, Access::Read, Access::Write];

const fn kernel(name: &'static str, access: &'static [Access], twin: fn(Operands<'_>)) -> Kernel {
    Kernel { name, shader: include_str!("../../shaders/matmul.wgsl"), access, twin }
}

static TILED: Kernel = kernel("matmul.tiled", PRODUCT, multiply);
static BLOCKED: Kernel = kernel("matmul.blocked", PRODUCT, multiply);
static STRIDED: Kernel = kernel("matmul.strided", PRODUCT, multiply);

/// The kernels of this family.
pub const KERNELS: &[&Kernel] = &[&TILED, &BLOCKED, &STRIDED];

fn multiply(mut operands: Operands<'_>) {
    let shape: Uniforms = operands.params();
    let ([a, b, bias], [c]) = (operands.reads(), operands.writes());
    let each = |(matrix, c): (usize, &mut [f32])| multiply_one(&shape, matrix, (a, b, bias), c);
    let size = (shape.m * shape.n) as usize;
    if c.len() > size && c.len() * shape.k as usize >= PARALLEL {
        c.par_chunks_mut(size).enumerate().for_each(each);
    } else {
        c.chunks_mut(size).enumerate().for_each(each);
    }
}

fn multiply_one(shape: &Uniforms, matrix: usize, (a, b, bias): (&[f32], &[f32], &[f32]), c: &mut [f32]) {
    let [m, k, n] = [shape.m, shape.k, shape.n].map(|size| size as usize);
    let (a, b) = (&a[matrix * shape.a_batch as usize..], &b[matrix * shape.b_batch as usize..]);
    let left = Strides { row: shape.a_row as usize, column: shape.a_depth as usize };
    let right = Strides { row: shape.b_depth as usize, column: shape.b_column as usize };
    let biased = shape.has_bias != 0;
    if biased {
        c.chunks_mut(n).for_each(|row| row.copy_from_slice(&bias[..n]));
    }
    product([m, k, n], (c, Strides::rows(n)), (a, left), (b, right), biased);
    if shape.relu != 0 {
        c.iter_mut().for_each(|x| *x = x.max(0.0));
    }
}
