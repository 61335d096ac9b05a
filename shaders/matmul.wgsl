// Matrix products: c[g] = op(a[g]) op(b[g]) for every matrix g of a batch.
//
//   op(a) is m x k: entry (row, depth) of matrix g is a[g * a_batch + row * a_row + depth * a_depth]
//   op(b) is k x n: entry (depth, column)          is b[g * b_batch + depth * b_depth + column * b_column]
//   c     is m x n, row-major, the matrices of the batch one after the other
// Strides express transposition, and a batch stride of 0 shares an operand. The epilogue adds bias[column] and applies
// a ReLU if requested.
//
// `tiled`    for GPUs: a workgroup of 64 invocations shares tiles of a and b in workgroup memory.
// `blocked`  for software adapters: no workgroup memory and no barriers; vec4 reads, so operands must be aligned.
// `strided`  for software adapters and any strides: scalar reads, smaller blocks.
// In all variants workgroup_id is (block of rows, block of columns, matrix); see below for `blocked` and `strided`.

// #include "item.wgsl"

struct Shape {
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

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

// The same operands as vectors of four.
@group(0) @binding(1) var<storage, read_write> a4: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> b4: array<vec4<f32>>;

// Writes four adjacent sums of a row, except those outside c.
fn finish(matrix: u32, row: u32, column: u32, sums: vec4<f32>) {
    if row >= shape.m { return; }
    var values = sums;
    let start = (matrix * shape.m + row) * shape.n;
    for (var i = 0u; i < 4u; i++) {
        if column + i < shape.n {
            var x = values[i];
            if shape.has_bias != 0u { x += bias[column + i]; }
            if shape.relu != 0u { x = max(x, 0.0); }
            c[start + column + i] = x;
        }
    }
}

// ---- tiled ----------------------------------------------------------------------------------------------------------
// A workgroup computes 64 x 64 elements of c, an invocation 8 x 8 of them: rows 4y..4y+4 and 32+4y..32+4y+4, and the
// same columns with x, for x and y below 8. Depth advances by 16; the tiles hold vectors of four rows or columns.

var<workgroup> a_tile: array<vec4<f32>, 256>;
var<workgroup> b_tile: array<vec4<f32>, 256>;

fn a_at(start: u32, row: u32, depth: u32) -> f32 {
    if row < shape.m && depth < shape.k { return a[start + row * shape.a_row + depth * shape.a_depth]; }
    return 0.0;
}

fn b_at(start: u32, depth: u32, column: u32) -> f32 {
    if column < shape.n && depth < shape.k { return b[start + depth * shape.b_depth + column * shape.b_column]; }
    return 0.0;
}

// Position (depth, group of four) in a tile of item 0..256: adjacent items read along the contiguous axis.
fn tile_place(item: u32, depth_is_contiguous: bool) -> vec2<u32> {
    if depth_is_contiguous { return vec2(item % 16u, item / 16u); }
    return vec2(item / 16u, item % 16u);
}

@compute @workgroup_size(64)
fn tiled(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let x = lane % 8u;
    let y = lane / 8u;
    let a_start = group.z * shape.a_batch;
    let b_start = group.z * shape.b_batch;
    var sums: array<vec4<f32>, 16>;
    for (var depth = 0u; depth < shape.k; depth += 16u) {
        for (var i = 0u; i < 4u; i++) {
            let at = tile_place(lane + 64u * i, shape.a_depth == 1u);
            let d = depth + at.x;
            let r = group.x * 64u + 4u * at.y;
            a_tile[at.x * 16u + at.y] =
                vec4(a_at(a_start, r, d), a_at(a_start, r + 1u, d), a_at(a_start, r + 2u, d), a_at(a_start, r + 3u, d));
        }
        for (var i = 0u; i < 4u; i++) {
            let at = tile_place(lane + 64u * i, shape.b_depth == 1u);
            let d = depth + at.x;
            let s = group.y * 64u + 4u * at.y;
            b_tile[at.x * 16u + at.y] =
                vec4(b_at(b_start, d, s), b_at(b_start, d, s + 1u), b_at(b_start, d, s + 2u), b_at(b_start, d, s + 3u));
        }
        workgroupBarrier();
        for (var d = 0u; d < 16u; d++) {
            let a0 = a_tile[d * 16u + y];
            let a1 = a_tile[d * 16u + 8u + y];
            let b0 = b_tile[d * 16u + x];
            let b1 = b_tile[d * 16u + 8u + x];
            for (var i = 0u; i < 4u; i++) {
                sums[2u * i] = fma(vec4(a0[i]), b0, sums[2u * i]);
                sums[2u * i + 1u] = fma(vec4(a0[i]), b1, sums[2u * i + 1u]);
                sums[2u * i + 8u] = fma(vec4(a1[i]), b0, sums[2u * i + 8u]);
                sums[2u * i + 9u] = fma(vec4(a1[i]), b1, sums[2u * i + 9u]);
            }
        }
        workgroupBarrier();
    }
    for (var i = 0u; i < 8u; i++) {
        let row = group.x * 64u + 4u * y + i % 4u + 32u * (i / 4u);
        let column = group.y * 64u + 4u * x;
        finish(group.z, row, column, sums[2u * i]);
        finish(group.z, row, column + 32u, sums[2u * i + 1u]);
    }
}

// ---- blocked and strided --------------------------------------------------------------------------------------------
// An invocation computes one block of c. The invocations of a workgroup have adjacent blocks of rows and the same block
// of columns, or vice versa if ALONG_ROWS is 0; their common operand is then read once.

override ALONG_ROWS: u32 = 1u;
// Whether depth is the contiguous axis of a and of b (`blocked` only).
override A_BY_DEPTH: u32 = 1u;
override B_BY_DEPTH: u32 = 0u;

// The invocation's (block of rows, block of columns).
fn block_of(group: vec3<u32>, lane: u32) -> vec2<u32> {
    if ALONG_ROWS != 0u { return vec2(group.x * WG + lane, group.y); }
    return vec2(group.x, group.y * WG + lane);
}

// Four rows by four depths of op(a): column i of the matrix is row `row + i`. Elements outside are arbitrary values of a.
fn a_block(start: u32, row: u32, depth: u32) -> mat4x4<f32> {
    if A_BY_DEPTH != 0u {
        let at = (start + depth) / 4u;
        let step = shape.a_row / 4u;
        let last = shape.m - 1u;
        return mat4x4<f32>(a4[at + min(row, last) * step], a4[at + min(row + 1u, last) * step],
            a4[at + min(row + 2u, last) * step], a4[at + min(row + 3u, last) * step]);
    }
    let at = (start + row) / 4u;
    let step = shape.a_depth / 4u;
    let last = shape.k - 1u;
    let rows = transpose(mat4x4<f32>(a4[at + min(depth, last) * step], a4[at + min(depth + 1u, last) * step],
        a4[at + min(depth + 2u, last) * step], a4[at + min(depth + 3u, last) * step]));
    // Zero for depths past the end, if k is not a multiple of four.
    let inside = vec4(depth, depth + 1u, depth + 2u, depth + 3u) < vec4(shape.k);
    let none = vec4(0.0);
    return mat4x4<f32>(select(none, rows[0], inside), select(none, rows[1], inside),
        select(none, rows[2], inside), select(none, rows[3], inside));
}

// Four depths by four columns of op(b): column i of the matrix is depth `depth + i`, or the last one.
fn b_block(start: u32, depth: u32, column: u32) -> mat4x4<f32> {
    if B_BY_DEPTH != 0u {
        let at = (start + depth) / 4u;
        let step = shape.b_column / 4u;
        let last = shape.n - 1u;
        return transpose(mat4x4<f32>(b4[at + min(column, last) * step], b4[at + min(column + 1u, last) * step],
            b4[at + min(column + 2u, last) * step], b4[at + min(column + 3u, last) * step]));
    }
    let at = (start + column) / 4u;
    let step = shape.b_depth / 4u;
    let last = shape.k - 1u;
    return mat4x4<f32>(b4[at + min(depth, last) * step], b4[at + min(depth + 1u, last) * step],
        b4[at + min(depth + 2u, last) * step], b4[at + min(depth + 3u, last) * step]);
}

fn finish_block(matrix: u32, row: u32, column: u32, block: mat4x4<f32>) {
    var rows = block;
    for (var i = 0u; i < 4u; i++) {
        finish(matrix, row + i, column, rows[i]);
    }
}

// 8 x 16 elements per invocation, as 2 x 4 matrices whose columns are four elements of a row of c. With rows of a and c as
// columns, a product of blocks is b * a.
@compute @workgroup_size(WG)
fn blocked(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let place = block_of(group, lane);
    let row = place.x * 8u;
    let column = place.y * 16u;
    if row >= shape.m || column >= shape.n { return; }
    let a_start = group.z * shape.a_batch;
    let b_start = group.z * shape.b_batch;
    var c00 = mat4x4<f32>();
    var c01 = mat4x4<f32>();
    var c02 = mat4x4<f32>();
    var c03 = mat4x4<f32>();
    var c10 = mat4x4<f32>();
    var c11 = mat4x4<f32>();
    var c12 = mat4x4<f32>();
    var c13 = mat4x4<f32>();
    for (var depth = 0u; depth < shape.k; depth += 4u) {
        let a0 = a_block(a_start, row, depth);
        let a1 = a_block(a_start, row + 4u, depth);
        let b0 = b_block(b_start, depth, column);
        c00 += b0 * a0;
        c10 += b0 * a1;
        let b1 = b_block(b_start, depth, column + 4u);
        c01 += b1 * a0;
        c11 += b1 * a1;
        let b2 = b_block(b_start, depth, column + 8u);
        c02 += b2 * a0;
        c12 += b2 * a1;
        let b3 = b_block(b_start, depth, column + 12u);
        c03 += b3 * a0;
        c13 += b3 * a1;
    }
    // A loop: unrolled, the epilogue takes drivers longer to compile than the rest of the shader.
    var blocks = array<mat4x4<f32>, 8>(c00, c01, c02, c03, c10, c11, c12, c13);
    for (var i = 0u; i < 8u; i++) {
        finish_block(group.z, row + 4u * (i / 4u), column + 4u * (i % 4u), blocks[i]);
    }
}

// 4 x 4 elements per invocation.
@compute @workgroup_size(WG)
fn strided(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let place = block_of(group, lane);
    let row = place.x * 4u;
    let column = place.y * 4u;
    if row >= shape.m || column >= shape.n { return; }
    // Rows and columns outside are computed from the last ones inside, and dropped.
    let rows = min(vec4(row) + vec4(0u, 1u, 2u, 3u), vec4(shape.m - 1u));
    let columns = min(vec4(column) + vec4(0u, 1u, 2u, 3u), vec4(shape.n - 1u));
    var a_at = vec4(group.z * shape.a_batch) + rows * shape.a_row;
    var b_at = vec4(group.z * shape.b_batch) + columns * shape.b_column;
    var sums = mat4x4<f32>();
    for (var depth = 0u; depth < shape.k; depth++) {
        let x = vec4(a[a_at.x], a[a_at.y], a[a_at.z], a[a_at.w]);
        let y = vec4(b[b_at.x], b[b_at.y], b[b_at.z], b[b_at.w]);
        sums += mat4x4<f32>(x.x * y, x.y * y, x.z * y, x.w * y);
        a_at += vec4(shape.a_depth);
        b_at += vec4(shape.b_depth);
    }
    finish_block(group.z, row, column, sums);
}
