// ---- tiled: GPUs ----------------------------------------------------------------------------------------------------
// Convolutions as implicit matrix products. A workgroup of 64 invocations computes 32 rows by 64 columns, an invocation
// 4 by 8 of them: rows 4y..4y+4, columns x + 8j, for x and y below 8. The inner axis advances by 16.
//   forward      rows: filters of a group   columns: pixels of the batch    inner: channels and window places
//   grad_input   rows: channels of a group  columns: pixels of the batch    inner: filters and window places
//   grad_weight  rows: filters of a group   columns: weights of a filter    inner: pixels of a part of the batch
// Neighbouring invocations read neighbouring pixels, or neighbouring weights. The tiles of columns are folded into
// workgroup_id.x and, with the tiles of rows, workgroup_id.y; workgroup_id.z is the group and the part.

const ROWS = 32u;
const COLUMNS = 64u;
const INNER = 16u;

var<workgroup> left: array<f32, 512>;
var<workgroup> right: array<f32, 1024>;

struct Block {
    s0: vec4<f32>, s1: vec4<f32>, s2: vec4<f32>, s3: vec4<f32>, s4: vec4<f32>, s5: vec4<f32>, s6: vec4<f32>, s7: vec4<f32>,
}

// The first row and column of this workgroup.
fn corner_of(id: vec3<u32>, groups: vec3<u32>, rows: u32) -> vec2<u32> {
    let deep = (rows + ROWS - 1u) / ROWS;
    return vec2(id.y % deep * ROWS, (id.x + id.y / deep * groups.x) * COLUMNS);
}

// Adds the products of the tiles in workgroup memory; a vector holds 4 rows of a column.
fn multiply(s: ptr<function, Block>, lane: u32) {
    let x = lane % 8u;
    let y = lane / 8u * 4u;
    for (var k = 0u; k < INNER; k++) {
        let l = k * ROWS + y;
        let r = k * COLUMNS + x;
        let rows = vec4(left[l], left[l + 1u], left[l + 2u], left[l + 3u]);
        (*s).s0 += rows * right[r]; (*s).s1 += rows * right[r + 8u];
        (*s).s2 += rows * right[r + 16u]; (*s).s3 += rows * right[r + 24u];
        (*s).s4 += rows * right[r + 32u]; (*s).s5 += rows * right[r + 40u];
        (*s).s6 += rows * right[r + 48u]; (*s).s7 += rows * right[r + 56u];
    }
}

// Image, row and column of pixel `index` of a batch.
fn pixel_of(index: u32, height: u32, width: u32) -> vec3<u32> {
    return vec3(index / width / height, index / width % height, index % width);
}

// The number of x, after the prologue, that a result at (y, x) of image n meets at place (ky, kx) of a channel.
fn input_at(at: vec3<u32>, channel: u32, place: u32) -> f32 {
    let iy = i32(at.y * shape.stride + place / shape.kernel_width * shape.dilation) - i32(shape.padding);
    let ix = i32(at.z * shape.stride + place % shape.kernel_width * shape.dilation) - i32(shape.padding);
    if iy < 0 || iy >= i32(shape.height) { return 0.0; }
    return pixel(((at.x * shape.channels + channel) * shape.height + u32(iy)) * shape.width, ix);
}

// The gradient that reaches pixel (y, x) of image n from a filter through place (ky, kx) of the window.
fn gradient_at(at: vec3<u32>, f: u32, place: u32) -> f32 {
    let y = i32(at.y + shape.padding) - i32(place / shape.kernel_width * shape.dilation);
    let x = i32(at.z + shape.padding) - i32(place % shape.kernel_width * shape.dilation);
    let oy = y / i32(shape.stride);
    if y < 0 || y % i32(shape.stride) != 0 || oy >= i32(shape.out_height) { return 0.0; }
    return upstream(((at.x * shape.filters + f) * shape.out_height + u32(oy)) * shape.out_width, x);
}

// A column of sums and the pixel it belongs to, which is column + 8 j of the tile.
fn column_of(s: Block, j: u32) -> vec4<f32> {
    let low = select(select(s.s3, s.s2, j == 2u), select(s.s1, s.s0, j == 0u), j < 2u);
    let high = select(select(s.s7, s.s6, j == 6u), select(s.s5, s.s4, j == 4u), j < 6u);
    return select(high, low, j < 4u);
}

@compute @workgroup_size(64)
fn tiled_forward(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let pixels = shape.out_height * shape.out_width;
    let corner = corner_of(id, groups, filters);
    let row = corner.x;
    let column = corner.y;
    let mine = pixel_of(column + lane, shape.out_height, shape.out_width);
    var s = Block();
    for (var k0 = 0u; k0 < depth * window; k0 += INNER) {
        for (var i = 0u; i < INNER; i++) {
            let k = k0 + i;
            var value = 0.0;
            if k < depth * window && mine.x < shape.batch { value = input_at(mine, id.z * depth + k / window, k % window); }
            right[i * COLUMNS + lane] = value;
        }
        for (var i = lane / INNER; i < ROWS; i += 64u / INNER) {
            let k = k0 + lane % INNER;
            var value = 0.0;
            if k < depth * window && row + i < filters { value = b[(id.z * filters + row + i) * depth * window + k]; }
            left[lane % INNER * ROWS + i] = value;
        }
        workgroupBarrier();
        multiply(&s, lane);
        workgroupBarrier();
    }
    for (var j = 0u; j < 8u; j++) {
        let index = column + lane % 8u + 8u * j;
        if index >= shape.batch * pixels { break; }
        let sums = column_of(s, j);
        for (var i = 0u; i < 4u; i++) {
            let f = row + lane / 8u * 4u + i;
            if f >= filters { break; }
            let channel = id.z * filters + f;
            var value = sums[i];
            if shape.bias != 0u { value += c[channel]; }
            d[(index / pixels * shape.filters + channel) * pixels + index % pixels] = value;
        }
    }
}

// a = g, b = w, c = x, d = dx
@compute @workgroup_size(64)
fn tiled_grad_input(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let pixels = shape.height * shape.width;
    let corner = corner_of(id, groups, depth);
    let row = corner.x;
    let column = corner.y;
    let mine = pixel_of(column + lane, shape.height, shape.width);
    var s = Block();
    for (var k0 = 0u; k0 < filters * window; k0 += INNER) {
        for (var i = 0u; i < INNER; i++) {
            let k = k0 + i;
            var value = 0.0;
            if k < filters * window && mine.x < shape.batch {
                value = gradient_at(mine, id.z * filters + k / window, k % window);
            }
            right[i * COLUMNS + lane] = value;
        }
        for (var i = lane / INNER; i < ROWS; i += 64u / INNER) {
            let k = k0 + lane % INNER;
            var value = 0.0;
            if k < filters * window && row + i < depth {
                value = b[((id.z * filters + k / window) * depth + row + i) * window + k % window];
            }
            left[lane % INNER * ROWS + i] = value;
        }
        workgroupBarrier();
        multiply(&s, lane);
        workgroupBarrier();
    }
    for (var j = 0u; j < 8u; j++) {
        let index = column + lane % 8u + 8u * j;
        if index >= shape.batch * pixels { break; }
        let sums = column_of(s, j);
        for (var i = 0u; i < 4u; i++) {
            let channel = row + lane / 8u * 4u + i;
            if channel >= depth { break; }
            let at = (index / pixels * shape.channels + id.z * depth + channel) * pixels + index % pixels;
            d[at] = select(0.0, sums[i], shape.relu == 0u || c[at] > 0.0);
        }
    }
}

// a = x, b = g, c = dw
@compute @workgroup_size(64)
fn tiled_grad_weight(
    @builtin(workgroup_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) lane: u32,
) {
    let filters = shape.filters / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let depth = shape.channels / shape.groups * window;
    let pixels = shape.out_height * shape.out_width;
    let group = id.z % shape.groups;
    let part = id.z / shape.groups;
    let corner = corner_of(id, groups, filters);
    let row = corner.x;
    let column = corner.y;
    let end = (part + 1u) * shape.batch / shape.parts * pixels;
    var s = Block();
    for (var p0 = part * shape.batch / shape.parts * pixels; p0 < end; p0 += INNER) {
        let p = p0 + lane % INNER;
        let mine = pixel_of(p, shape.out_height, shape.out_width);
        for (var i = lane / INNER; i < COLUMNS; i += 64u / INNER) {
            let k = column + i;
            var value = 0.0;
            if k < depth && p < end { value = input_at(mine, group * depth / window + k / window, k % window); }
            right[lane % INNER * COLUMNS + i] = value;
        }
        for (var i = lane / INNER; i < ROWS; i += 64u / INNER) {
            var value = 0.0;
            if row + i < filters && p < end {
                value = b[(mine.x * shape.filters + group * filters + row + i) * pixels + p % pixels];
            }
            left[lane % INNER * ROWS + i] = value;
        }
        workgroupBarrier();
        multiply(&s, lane);
        workgroupBarrier();
    }
    for (var j = 0u; j < 8u; j++) {
        let k = column + lane % 8u + 8u * j;
        if k >= depth { break; }
        let sums = column_of(s, j);
        for (var i = 0u; i < 4u; i++) {
            let f = row + lane / 8u * 4u + i;
            if f >= filters { break; }
            c[(part * shape.filters + group * filters + f) * depth + k] = sums[i];
        }
    }
}
