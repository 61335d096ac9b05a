// ---- tiled: GPUs ----------------------------------------------------------------------------------------------------
// Convolutions as implicit matrix products.
//   forward      rows: filters of a group   columns: pixels of the batch    inner: channels and kernel elements
//   grad_input   rows: channels of a group  columns: pixels of the batch    inner: filters and kernel elements
//   grad_weight  rows: filters of a group   columns: weights of a filter    inner: pixels of a part of the batch
// The tiles of columns are folded into workgroup_id.x and, together with the tiles of rows, workgroup_id.y;
// workgroup_id.z is the group and the part. In workgroup memory a vector holds four steps along the inner axis of a row
// or column. The next tile is loaded while the current one is multiplied.

// Rows of a tile: 16, 32 or 64. In grad_weight also its columns, and 64 is not allowed.
override ROWS: u32 = 32u;

var<workgroup> tile: array<vec4<f32>, 640>;

// The first row and column of this workgroup.
fn corner_of(id: vec3<u32>, groups: vec3<u32>, rows: u32, columns: u32) -> vec2<u32> {
    let deep = (rows + ROWS - 1u) / ROWS;
    return vec2(id.y % deep * ROWS, (id.x + id.y / deep * groups.x) * columns);
}

// ---- forward and grad_input: 128 invocations compute ROWS by 4096 / ROWS, an invocation 4 by 8 of them: rows down + i
// ROWS / 4 and columns across + j 512 / ROWS. The inner axis advances by 8. Adjacent invocations read adjacent pixels.

const INNER = 8u;
// Offset of the columns in the tile.
const RIGHT = 128u;

struct Block {
    s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>, s4: vec4<f32>, s5: vec4<f32>, s6: vec4<f32>, s7: vec4<f32>,
}

// Four steps of four rows, with the rows in the vectors.
struct Rows {
    k0: vec4<f32>, k1: vec4<f32>, k2: vec4<f32>, k3: vec4<f32>,
}

fn rows_at(at: u32, stride: u32) -> Rows {
    let r0 = tile[at];
    let r1 = tile[at + stride];
    let r2 = tile[at + 2u * stride];
    let r3 = tile[at + 3u * stride];
    return Rows(
        vec4(r0.x, r1.x, r2.x, r3.x), vec4(r0.y, r1.y, r2.y, r3.y), vec4(r0.z, r1.z, r2.z, r3.z), vec4(r0.w, r1.w, r2.w, r3.w),
    );
}

// Adds four more products to four rows of a column.
fn more(sums: vec4<f32>, rows: Rows, at: u32) -> vec4<f32> {
    let column = tile[at];
    return (((sums + rows.k0 * column.x) + rows.k1 * column.y) + rows.k2 * column.z) + rows.k3 * column.w;
}

// Adds the products of the tile.
fn multiply(s: ptr<function, Block>, lane: u32) {
    let across = 512u / ROWS;
    for (var k = 0u; k < INNER / 4u; k++) {
        let rows = rows_at(k * ROWS + lane / across, ROWS / 4u);
        let at = RIGHT + k * (8u * across) + lane % across;
        (*s).s0 = more((*s).s0, rows, at);
        (*s).s1 = more((*s).s1, rows, at + across);
        (*s).s2 = more((*s).s2, rows, at + 2u * across);
        (*s).s3 = more((*s).s3, rows, at + 3u * across);
        (*s).s4 = more((*s).s4, rows, at + 4u * across);
        (*s).s5 = more((*s).s5, rows, at + 5u * across);
        (*s).s6 = more((*s).s6, rows, at + 6u * across);
        (*s).s7 = more((*s).s7, rows, at + 7u * across);
    }
}

// A column of sums.
fn column_of(s: Block, j: u32) -> vec4<f32> {
    let low = select(select(s.s3, s.s2, j == 2u), select(s.s1, s.s0, j == 0u), j < 2u);
    let high = select(select(s.s7, s.s6, j == 6u), select(s.s5, s.s4, j == 4u), j < 6u);
    return select(high, low, j < 4u);
}

// Elements k to k + 4 along the inner axis of a pixel's column.
fn column_four(at: Spot, k: u32, inner: u32, first: u32, back: bool) -> vec4<f32> {
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    var values = vec4(0.0);
    for (var i = 0u; i < 4u; i++) {
        let j = k + i;
        if j >= inner { break; }
        if back { values[i] = gradient_at(at, first + j / window, j % window); }
        else { values[i] = input_at(at, first + j / window, j % window); }
    }
    return values;
}

// Weights k to k + 4 along the inner axis of a filter or, in the backward pass, of a channel of a group.
fn row_four(row: u32, k: u32, inner: u32, group: u32, back: bool) -> vec4<f32> {
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    var values = vec4(0.0);
    for (var i = 0u; i < 4u; i++) {
        let j = k + i;
        if j >= inner { break; }
        if back {
            if row < depth { values[i] = b[((group * filters + j / window) * depth + row) * window + j % window]; }
        } else if row < filters { values[i] = b[(group * filters + row) * inner + j]; }
    }
    return values;
}

// The forward pass or, with `back`, the gradient of the input.
fn product(id: vec3<u32>, groups: vec3<u32>, lane: u32, back: bool) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let inner = select(depth, filters, back) * (WINDOW_HEIGHT * WINDOW_WIDTH);
    let rows = select(filters, depth, back);
    // First channel to read.
    let source = id.z * select(depth, filters, back);
    let pixels = select(OUT_WIDTH * OUT_HEIGHT, WIDTH * HEIGHT, back);
    let across = 512u / ROWS;
    let columns = 8u * across;
    let corner = corner_of(id, groups, rows, columns);
    // An invocation loads one column, or two.
    let first = spot_of(corner.y + lane % columns, back);
    let second = spot_of(corner.y + (lane + 128u) % columns, back);
    let step = 4u * (lane / columns);
    var s = Block();
    var c0 = vec4(0.0); var c1 = vec4(0.0); var c2 = vec4(0.0); var c3 = vec4(0.0);
    var r = vec4(0.0);
    for (var k = 0u; k < inner + INNER; k += INNER) {
        if k < inner {
            c0 = column_four(first, k + step, inner, source, back);
            if ROWS == 32u { c1 = column_four(first, k + 4u, inner, source, back); }
            if ROWS == 16u {
                c1 = column_four(second, k, inner, source, back);
                c2 = column_four(first, k + 4u, inner, source, back);
                c3 = column_four(second, k + 4u, inner, source, back);
            }
            if lane < 2u * ROWS { r = row_four(corner.x + lane % ROWS, k + lane / ROWS * 4u, inner, id.z, back); }
        }
        if k > 0u { multiply(&s, lane); }
        workgroupBarrier();
        tile[RIGHT + lane] = c0;
        if ROWS <= 32u { tile[RIGHT + 128u + lane] = c1; }
        if ROWS == 16u { tile[RIGHT + 256u + lane] = c2; tile[RIGHT + 384u + lane] = c3; }
        if lane < 2u * ROWS { tile[lane] = r; }
        workgroupBarrier();
    }
    for (var j = 0u; j < 8u; j++) {
        let index = corner.y + lane % across + across * j;
        if index >= shape.batch * pixels { break; }
        let sums = column_of(s, j);
        for (var i = 0u; i < 4u; i++) {
            let row = corner.x + lane / across + ROWS / 4u * i;
            if row >= rows { break; }
            let channel = id.z * rows + row;
            let at = (index / pixels * shape.groups * rows + channel) * pixels + index % pixels;
            var value = sums[i];
            if back { value = select(0.0, value, shape.relu == 0u || c[at] > 0.0); }
            else if shape.bias != 0u { value += c[channel]; }
            d[at] = value;
        }
    }
}

@compute @workgroup_size(128)
fn tiled_forward(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    product(id, groups, lane, false);
}

// a = g, b = w, c = x, d = dx
@compute @workgroup_size(128)
fn tiled_grad_input(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    product(id, groups, lane, true);
}

// ---- grad_weight: 256 invocations compute ROWS by ROWS, an invocation 4 by 4 of them in one of 4096 / ROWS^2 slices
// of the pixels, whose sums are added at the end: there are few weights and many pixels. The inner axis advances by
// 1024 / ROWS pixels. Adjacent invocations read adjacent pixels, and a vector holds four pixels that are `deep` apart.

// a = x, b = g, c = dw
@compute @workgroup_size(256)
fn tiled_grad_weight(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let window = WINDOW_HEIGHT * WINDOW_WIDTH;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let weights = depth * window;
    let pixels = OUT_WIDTH * OUT_HEIGHT;
    let group = id.z % shape.groups;
    let part = id.z / shape.groups;
    let corner = corner_of(id, groups, filters, ROWS);
    // Vectors per row or column, and their stride, which is odd to distribute them over the memory banks.
    let deep = 256u / ROWS;
    let stride = deep + 1u;
    let right = ROWS * stride;
    // Data loaded by this invocation: a vector of a row and one of a column, of the same pixels.
    let f = corner.x + lane / deep;
    let k = corner.y + lane / deep;
    let channel = group * depth + k / window;
    let place = k % window;
    // The elements it computes.
    let side = ROWS / 4u;
    let slice = lane / (side * side);
    let down = lane / side % side;
    let across = lane % side;
    let end = (part + 1u) * shape.batch / shape.parts * pixels;
    var s0 = vec4(0.0); var s1 = vec4(0.0); var s2 = vec4(0.0); var s3 = vec4(0.0);
    var gradients = vec4(0.0);
    var inputs = vec4(0.0);
    let begin = part * shape.batch / shape.parts * pixels;
    for (var p0 = begin; p0 < end + 4u * deep; p0 += 4u * deep) {
        for (var j = 0u; j < 4u; j++) {
            let p = p0 + lane % deep + j * deep;
            let at = window_of(p);
            gradients[j] = 0.0;
            inputs[j] = 0.0;
            if p < end && f < filters {
                gradients[j] = b[(p / pixels * shape.filters + group * filters + f) * pixels + p % pixels];
            }
            if p < end && k < weights { inputs[j] = input_at(at, channel, place); }
        }
        if p0 > begin {
            for (var v = slice; v < deep; v += 16u / side * (16u / side)) {
                let rows = rows_at(down * stride + v, side * stride);
                let at = right + across * stride + v;
                s0 = more(s0, rows, at);
                s1 = more(s1, rows, at + side * stride);
                s2 = more(s2, rows, at + 2u * side * stride);
                s3 = more(s3, rows, at + 3u * side * stride);
            }
        }
        workgroupBarrier();
        tile[lane / deep * stride + lane % deep] = gradients;
        tile[right + lane / deep * stride + lane % deep] = inputs;
        workgroupBarrier();
    }
    // Adds the slices in a binary tree.
    for (var half = 128u / (side * side); half > 0u; half = half / 2u) {
        let at = 4u * (lane % (half * side * side));
        if slice >= half && slice < 2u * half {
            tile[at] = s0; tile[at + 1u] = s1; tile[at + 2u] = s2; tile[at + 3u] = s3;
        }
        workgroupBarrier();
        if slice < half {
            s0 += tile[at]; s1 += tile[at + 1u]; s2 += tile[at + 2u]; s3 += tile[at + 3u];
        }
        workgroupBarrier();
    }
    if slice > 0u { return; }
    for (var j = 0u; j < 4u; j++) {
        let column = corner.y + across + side * j;
        if column >= weights { break; }
        let sums = select(select(s3, s2, j == 2u), select(s1, s0, j == 0u), j < 2u);
        for (var i = 0u; i < 4u; i++) {
            let row = corner.x + down + side * i;
            if row >= filters { break; }
            c[(part * shape.filters + group * filters + row) * weights + column] = sums[i];
        }
    }
}
