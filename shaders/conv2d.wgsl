// 2-D convolutions, NCHW, with weights OIHW [F, C/groups, KH, KW] and zero padding.
//
// forward:     y[n,f,oy,ox] = b[f] + sum over c, ky, kx of w[f,c,ky,kx] r(x[n,c,iy,ix]), iy = oy stride + ky dilation - padding_height
// grad_input:  dx[n,c,iy,ix] = sum over f, ky, kx of w[f,c,ky,kx] g[n,f,oy,ox], where such an oy, ox exists
// grad_weight: dw[part,f,c,ky,kx] = sum over the part's images, oy, ox of g[n,f,oy,ox] r(x[n,c,iy,ix])
// r is the ReLU or the identity; with the ReLU, grad_input is zero where x is not positive.
//
// Four variants. For GPUs: `tiled_`, or `thin_` with few channels per group, as in depthwise convolutions. For software
// adapters: `shared_`, or the plain ones below with few channels per group and where `shared_` is not applicable. All
// but the plain ones are in include/.
//
// forward, grad_input: an invocation computes 8 adjacent pixels of a row for 4 channels of one group in registers: 12
// reads for 32 multiply-adds, no workgroup memory. grad_weight: one kernel element of 4 filters, over a part of the
// batch; reduce.column_sums adds the parts in order.

// #include "item.wgsl"

struct Shape {
    batch: u32,
    channels: u32,
    height: u32,
    width: u32,
    filters: u32,
    out_height: u32,
    out_width: u32,
    kernel_height: u32,
    kernel_width: u32,
    stride: u32,
    padding_height: u32,
    padding_width: u32,
    dilation: u32,
    groups: u32,
    bias: u32,
    relu: u32,
    parts: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
@group(0) @binding(4) var<storage, read_write> d: array<f32>;

// Pixel ix of the row of x at `row`, or zero outside.
fn pixel(row: u32, ix: i32) -> f32 {
    let inside = ix >= 0 && ix < i32(shape.width);
    let value = a[row + u32(clamp(ix, 0, i32(shape.width) - 1))];
    return select(0.0, select(value, max(value, 0.0), shape.relu != 0u), inside);
}

// A tile: its image, group, first channel within the group, row and first pixel of the row.
struct Tile {
    n: u32,
    group: u32,
    channel: u32,
    y: u32,
    x: u32,
}

fn tile_of(item: u32, channels: u32, height: u32, width: u32) -> Tile {
    let across = (width + 7u) / 8u;
    let deep = (channels + 3u) / 4u;
    var rest = item / across;
    let y = rest % height;
    rest = rest / height;
    let channel = 4u * (rest % deep);
    rest = rest / deep;
    return Tile(rest / shape.groups, rest % shape.groups, channel, y, 8u * (item % across));
}

fn store(at: u32, count: u32, low: vec4<f32>, high: vec4<f32>) {
    for (var i = 0u; i < count; i++) {
        d[at + i] = select(high[i & 3u], low[i & 3u], i < 4u);
    }
}

@compute @workgroup_size(WG)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let t = tile_of(item_of(id, groups), filters, shape.out_height, shape.out_width);
    if t.n >= shape.batch { return; }
    let window = shape.kernel_height * shape.kernel_width;
    // Filters past the end read the weights of the last filter and are not stored.
    let last = filters - 1u;
    let first = t.group * filters;
    let w = (vec4(first) + min(vec4(t.channel) + vec4(0u, 1u, 2u, 3u), vec4(last))) * depth * window;
    var l0 = vec4(0.0); var l1 = vec4(0.0); var l2 = vec4(0.0); var l3 = vec4(0.0);
    var h0 = vec4(0.0); var h1 = vec4(0.0); var h2 = vec4(0.0); var h3 = vec4(0.0);
    let s = i32(shape.stride);
    for (var ch = 0u; ch < depth; ch++) {
        let plane = (t.n * shape.channels + t.group * depth + ch) * shape.height;
        for (var ky = 0u; ky < shape.kernel_height; ky++) {
            let iy = i32(t.y * shape.stride + ky * shape.dilation) - i32(shape.padding_height);
            if iy < 0 || iy >= i32(shape.height) { continue; }
            let row = (plane + u32(iy)) * shape.width;
            for (var kx = 0u; kx < shape.kernel_width; kx++) {
                let ix = i32(t.x * shape.stride + kx * shape.dilation) - i32(shape.padding_width);
                let low = vec4(pixel(row, ix), pixel(row, ix + s), pixel(row, ix + 2 * s), pixel(row, ix + 3 * s));
                let high = vec4(pixel(row, ix + 4 * s), pixel(row, ix + 5 * s), pixel(row, ix + 6 * s), pixel(row, ix + 7 * s));
                let k = w + vec4(ch * window + ky * shape.kernel_width + kx);
                let w0 = b[k.x]; let w1 = b[k.y]; let w2 = b[k.z]; let w3 = b[k.w];
                l0 += w0 * low; l1 += w1 * low; l2 += w2 * low; l3 += w3 * low;
                h0 += w0 * high; h1 += w1 * high; h2 += w2 * high; h3 += w3 * high;
            }
        }
    }
    if shape.bias != 0u {
        let f = vec4(first) + min(vec4(t.channel) + vec4(0u, 1u, 2u, 3u), vec4(last));
        l0 += c[f.x]; l1 += c[f.y]; l2 += c[f.z]; l3 += c[f.w];
        h0 += c[f.x]; h1 += c[f.y]; h2 += c[f.z]; h3 += c[f.w];
    }
    let count = min(8u, shape.out_width - t.x);
    let plane = shape.out_height * shape.out_width;
    let at = (t.n * shape.filters + first + t.channel) * plane + t.y * shape.out_width + t.x;
    store(at, count, l0, h0);
    if t.channel + 1u < filters { store(at + plane, count, l1, h1); }
    if t.channel + 2u < filters { store(at + 2u * plane, count, l2, h2); }
    if t.channel + 3u < filters { store(at + 3u * plane, count, l3, h3); }
}

// The gradient that a pixel receives from the row of g at `row`; `at` is its position in units of input pixels.
fn upstream(row: u32, at: i32) -> f32 {
    let s = i32(shape.stride);
    let inside = at >= 0 && at % s == 0 && at / s < i32(shape.out_width);
    return select(0.0, a[row + u32(clamp(at / s, 0, i32(shape.out_width) - 1))], inside);
}

fn store_masked(at: u32, count: u32, low: vec4<f32>, high: vec4<f32>) {
    for (var i = 0u; i < count; i++) {
        let on = shape.relu == 0u || c[at + i] > 0.0;
        d[at + i] = select(0.0, select(high[i & 3u], low[i & 3u], i < 4u), on);
    }
}

// a = g, b = w, c = x, d = dx
@compute @workgroup_size(WG)
fn grad_input(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let t = tile_of(item_of(id, groups), depth, shape.height, shape.width);
    if t.n >= shape.batch { return; }
    let window = shape.kernel_height * shape.kernel_width;
    let w = min(vec4(t.channel) + vec4(0u, 1u, 2u, 3u), vec4(depth - 1u)) * window;
    var l0 = vec4(0.0); var l1 = vec4(0.0); var l2 = vec4(0.0); var l3 = vec4(0.0);
    var h0 = vec4(0.0); var h1 = vec4(0.0); var h2 = vec4(0.0); var h3 = vec4(0.0);
    for (var f = t.group * filters; f < (t.group + 1u) * filters; f++) {
        let plane = (t.n * shape.filters + f) * shape.out_height;
        for (var ky = 0u; ky < shape.kernel_height; ky++) {
            let under = i32(t.y + shape.padding_height) - i32(ky * shape.dilation);
            let oy = under / i32(shape.stride);
            if under < 0 || under % i32(shape.stride) != 0 || oy >= i32(shape.out_height) { continue; }
            let row = (plane + u32(oy)) * shape.out_width;
            for (var kx = 0u; kx < shape.kernel_width; kx++) {
                let x = i32(t.x + shape.padding_width) - i32(kx * shape.dilation);
                let low = vec4(upstream(row, x), upstream(row, x + 1), upstream(row, x + 2), upstream(row, x + 3));
                let high = vec4(upstream(row, x + 4), upstream(row, x + 5), upstream(row, x + 6), upstream(row, x + 7));
                let k = w + vec4(f * depth * window + ky * shape.kernel_width + kx);
                let w0 = b[k.x]; let w1 = b[k.y]; let w2 = b[k.z]; let w3 = b[k.w];
                l0 += w0 * low; l1 += w1 * low; l2 += w2 * low; l3 += w3 * low;
                h0 += w0 * high; h1 += w1 * high; h2 += w2 * high; h3 += w3 * high;
            }
        }
    }
    let count = min(8u, shape.width - t.x);
    let plane = shape.height * shape.width;
    let at = (t.n * shape.channels + t.group * depth + t.channel) * plane + t.y * shape.width + t.x;
    store_masked(at, count, l0, h0);
    if t.channel + 1u < depth { store_masked(at + plane, count, l1, h1); }
    if t.channel + 2u < depth { store_masked(at + 2u * plane, count, l2, h2); }
    if t.channel + 3u < depth { store_masked(at + 3u * plane, count, l3, h3); }
}

// a = x, b = g, c = dw
@compute @workgroup_size(WG)
fn grad_weight(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let deep = (filters + 3u) / 4u;
    var rest = item_of(id, groups);
    let k = rest % (depth * window);
    rest = rest / (depth * window);
    let f0 = 4u * (rest % deep);
    rest = rest / deep;
    let group = rest % shape.groups;
    let part = rest / shape.groups;
    if part >= shape.parts { return; }
    let place = k % window;
    let dy = i32(place / shape.kernel_width * shape.dilation) - i32(shape.padding_height);
    let dx = i32(place % shape.kernel_width * shape.dilation) - i32(shape.padding_width);
    let plane = shape.out_height * shape.out_width;
    let first = group * filters;
    let f = vec4(first) + min(vec4(f0) + vec4(0u, 1u, 2u, 3u), vec4(filters - 1u));
    var sum = vec4(0.0);
    let end = (part + 1u) * shape.batch / shape.parts;
    for (var n = part * shape.batch / shape.parts; n < end; n++) {
        let image = (n * shape.channels + group * depth + k / window) * shape.height;
        let g = (vec4(n * shape.filters) + f) * plane;
        for (var oy = 0u; oy < shape.out_height; oy++) {
            let iy = i32(oy * shape.stride) + dy;
            if iy < 0 || iy >= i32(shape.height) { continue; }
            let row = (image + u32(iy)) * shape.width;
            // Sums each row separately: smaller rounding errors than adding to the large total.
            var line = vec4(0.0);
            for (var ox = 0u; ox < shape.out_width; ox++) {
                let at = g + vec4(oy * shape.out_width + ox);
                line += vec4(b[at.x], b[at.y], b[at.z], b[at.w]) * pixel(row, i32(ox * shape.stride) + dx);
            }
            sum += line;
        }
    }
    let at = (part * shape.filters + first + f0) * depth * window + k;
    for (var i = 0u; i < min(4u, filters - f0); i++) { c[at + i * depth * window] = sum[i]; }
}

@compute @workgroup_size(WG)
fn grad_bias(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.batch * shape.filters { return; }
    let plane = shape.out_height * shape.out_width;
    var sum = 0.0;
    for (var p = 0u; p < plane; p++) { sum += a[i * plane + p]; }
    b[i] = sum;
}

// #include "conv2d_geometry.wgsl"
// #include "conv2d_tiled.wgsl"
// #include "conv2d_thin.wgsl"
