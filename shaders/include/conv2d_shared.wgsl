// ---- software adapters ----------------------------------------------------------------------------------------------
// The same sums for adapters whose workgroup is one vector register of 8 invocations. There, the cost is a read of 8 elements,
// one per invocation. So all invocations share 8 output channels, workgroup_id.z, and their weights: each invocation reads one
// weight and broadcasts it (`eight`). Each has a strip of 8 pixels of a row: 9 reads for 64 multiply-adds, or 13 for 192 if
// ADJACENT is set, that is, if the 3 columns of the kernel read adjacent pixels. There are no branches around the reads, since
// all invocations must take part. shared_grad_input needs stride 1: it is then the forward pass with the kernel flipped and the
// axes of the weights exchanged.

override ADJACENT: u32 = 0u;

struct Sums {
    l0: vec4<f32>, l1: vec4<f32>, l2: vec4<f32>, l3: vec4<f32>, l4: vec4<f32>, l5: vec4<f32>, l6: vec4<f32>, l7: vec4<f32>,
    h0: vec4<f32>, h1: vec4<f32>, h2: vec4<f32>, h3: vec4<f32>, h4: vec4<f32>, h5: vec4<f32>, h6: vec4<f32>, h7: vec4<f32>,
}

// The planes of a sum: kernel element (0, 0) reads pixel (y, x) of the input for output pixel (0, 0).
struct Source {
    plane: u32,
    planes: u32,
    height: i32,
    width: i32,
    y: i32,
    x: i32,
    relu: bool,
}

// The weights of 8 output channels: the offset of the first, and the strides of output channels, planes and kernel elements.
struct Weights {
    at: u32,
    channel: u32,
    plane: u32,
    first: i32,
    step: i32,
}

// Eight elements of b, `step` apart, the same for all invocations: each loads one of them and broadcasts it.
struct Eight { n0: f32, n1: f32, n2: f32, n3: f32, n4: f32, n5: f32, n6: f32, n7: f32 }

var<private> lane: u32;
var<private> narrow: bool;

fn eight(at: u32, step: u32) -> Eight {
    if narrow {
        return Eight(b[at], b[at + step], b[at + 2u * step], b[at + 3u * step], b[at + 4u * step], b[at + 5u * step],
            b[at + 6u * step], b[at + 7u * step]);
    }
    let own = b[at + (lane & 7u) * step];
    return Eight(subgroupBroadcast(own, 0u), subgroupBroadcast(own, 1u), subgroupBroadcast(own, 2u),
        subgroupBroadcast(own, 3u), subgroupBroadcast(own, 4u), subgroupBroadcast(own, 5u),
        subgroupBroadcast(own, 6u), subgroupBroadcast(own, 7u));
}

// Pixel ix of the row of a at `row`, after the ReLU if requested; zero outside or if the row is not `on`.
fn read(row: u32, on: bool, ix: i32, width: i32, relu: bool) -> f32 {
    let value = a[row + u32(clamp(ix, 0, width - 1))];
    return select(0.0, select(value, max(value, 0.0), relu), on && ix >= 0 && ix < width);
}

fn add(s: ptr<function, Sums>, w: Eight, low: vec4<f32>, high: vec4<f32>) {
    (*s).l0 = fma(vec4(w.n0), low, (*s).l0); (*s).h0 = fma(vec4(w.n0), high, (*s).h0);
    (*s).l1 = fma(vec4(w.n1), low, (*s).l1); (*s).h1 = fma(vec4(w.n1), high, (*s).h1);
    (*s).l2 = fma(vec4(w.n2), low, (*s).l2); (*s).h2 = fma(vec4(w.n2), high, (*s).h2);
    (*s).l3 = fma(vec4(w.n3), low, (*s).l3); (*s).h3 = fma(vec4(w.n3), high, (*s).h3);
    (*s).l4 = fma(vec4(w.n4), low, (*s).l4); (*s).h4 = fma(vec4(w.n4), high, (*s).h4);
    (*s).l5 = fma(vec4(w.n5), low, (*s).l5); (*s).h5 = fma(vec4(w.n5), high, (*s).h5);
    (*s).l6 = fma(vec4(w.n6), low, (*s).l6); (*s).h6 = fma(vec4(w.n6), high, (*s).h6);
    (*s).l7 = fma(vec4(w.n7), low, (*s).l7); (*s).h7 = fma(vec4(w.n7), high, (*s).h7);
}

// The sums of 8 channels of a strip whose first pixel reads (source.y, source.x).
fn convolve(source: Source, w: Weights, stride: i32) -> Sums {
    var s = Sums();
    let dilation = i32(shape.dilation);
    for (var p = 0u; p < source.planes; p++) {
        var place = w.first;
        for (var ky = 0u; ky < shape.kernel_height; ky++) {
            let iy = source.y + i32(ky) * dilation;
            let on = iy >= 0 && iy < source.height;
            let row = ((source.plane + p) * u32(source.height) + u32(clamp(iy, 0, source.height - 1))) * u32(source.width);
            let at = w.at + p * w.plane;
            if ADJACENT != 0u {
                let x = source.x;
                let p0 = read(row, on, x, source.width, source.relu);
                let p1 = read(row, on, x + 1, source.width, source.relu);
                let p2 = read(row, on, x + 2, source.width, source.relu);
                let p3 = read(row, on, x + 3, source.width, source.relu);
                let p4 = read(row, on, x + 4, source.width, source.relu);
                let p5 = read(row, on, x + 5, source.width, source.relu);
                let p6 = read(row, on, x + 6, source.width, source.relu);
                let p7 = read(row, on, x + 7, source.width, source.relu);
                let p8 = read(row, on, x + 8, source.width, source.relu);
                let p9 = read(row, on, x + 9, source.width, source.relu);
                add(&s, eight(at + u32(place), w.channel), vec4(p0, p1, p2, p3), vec4(p4, p5, p6, p7));
                add(&s, eight(at + u32(place + w.step), w.channel), vec4(p1, p2, p3, p4), vec4(p5, p6, p7, p8));
                add(&s, eight(at + u32(place + 2 * w.step), w.channel), vec4(p2, p3, p4, p5), vec4(p6, p7, p8, p9));
                place += 3 * w.step;
            } else {
                for (var kx = 0u; kx < shape.kernel_width; kx++) {
                    let x = source.x + i32(kx) * dilation;
                    let p0 = read(row, on, x, source.width, source.relu);
                    let p1 = read(row, on, x + stride, source.width, source.relu);
                    let p2 = read(row, on, x + 2 * stride, source.width, source.relu);
                    let p3 = read(row, on, x + 3 * stride, source.width, source.relu);
                    let p4 = read(row, on, x + 4 * stride, source.width, source.relu);
                    let p5 = read(row, on, x + 5 * stride, source.width, source.relu);
                    let p6 = read(row, on, x + 6 * stride, source.width, source.relu);
                    let p7 = read(row, on, x + 7 * stride, source.width, source.relu);
                    add(&s, eight(at + u32(place), w.channel), vec4(p0, p1, p2, p3), vec4(p4, p5, p6, p7));
                    place += w.step;
                }
            }
        }
    }
    return s;
}

// A strip: its image, row and first pixel. The strips of the workgroups are folded into two dimensions.
fn strip_of(group: vec3<u32>, groups: vec3<u32>, index: u32, height: u32, width: u32) -> vec3<u32> {
    let across = (width + 7u) / 8u;
    let strip = (group.x + group.y * groups.x) * 8u + index;
    return vec3(strip / across / height, strip / across % height, strip % across * 8u);
}

fn put(at: u32, channel: u32, channels: u32, count: u32, bias: f32, mask: bool, low: vec4<f32>, high: vec4<f32>) {
    if channel >= channels { return; }
    for (var i = 0u; i < count; i++) {
        let value = select(high[i & 3u], low[i & 3u], i < 4u) + bias;
        d[at + i] = select(0.0, value, !mask || c[at + i] > 0.0);
    }
}

fn put_all(s: Sums, at: u32, plane: u32, first: u32, channels: u32, count: u32, bias: array<f32, 8>, mask: bool) {
    put(at, first, channels, count, bias[0], mask, s.l0, s.h0);
    put(at + plane, first + 1u, channels, count, bias[1], mask, s.l1, s.h1);
    put(at + 2u * plane, first + 2u, channels, count, bias[2], mask, s.l2, s.h2);
    put(at + 3u * plane, first + 3u, channels, count, bias[3], mask, s.l3, s.h3);
    put(at + 4u * plane, first + 4u, channels, count, bias[4], mask, s.l4, s.h4);
    put(at + 5u * plane, first + 5u, channels, count, bias[5], mask, s.l5, s.h5);
    put(at + 6u * plane, first + 6u, channels, count, bias[6], mask, s.l6, s.h6);
    put(at + 7u * plane, first + 7u, channels, count, bias[7], mask, s.l7, s.h7);
}

@compute @workgroup_size(WG)
fn shared_forward(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) place_in_subgroup: u32,
    @builtin(subgroup_size) subgroup: u32,
) {
    lane = place_in_subgroup;
    narrow = subgroup < 8u;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let deep = (filters + 7u) / 8u;
    let first = group.z % deep * 8u;
    let which = group.z / deep;
    let t = strip_of(group, groups, index, shape.out_height, shape.out_width);
    let y = i32(t.y * shape.stride) - i32(shape.padding_height);
    let x = i32(t.z * shape.stride) - i32(shape.padding_width);
    let plane = min(t.x, shape.batch - 1u) * shape.channels + which * depth;
    let source = Source(plane, depth, i32(shape.height), i32(shape.width), y, x, shape.relu != 0u);
    let f = which * filters + first;
    let s = convolve(source, Weights(f * depth * window, depth * window, window, 0, 1), i32(shape.stride));
    if t.x >= shape.batch { return; }
    var bias = array<f32, 8>();
    if shape.bias != 0u {
        for (var i = 0u; i < 8u; i++) { bias[i] = c[min(f + i, shape.filters - 1u)]; }
    }
    let pixels = shape.out_height * shape.out_width;
    let at = (t.x * shape.filters + f) * pixels + t.y * shape.out_width + t.z;
    put_all(s, at, pixels, first, filters, min(8u, shape.out_width - t.z), bias, false);
}

// a = g, b = w, c = x, d = dx
@compute @workgroup_size(WG)
fn shared_grad_input(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) place_in_subgroup: u32,
    @builtin(subgroup_size) subgroup: u32,
) {
    lane = place_in_subgroup;
    narrow = subgroup < 8u;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let deep = (depth + 7u) / 8u;
    let first = group.z % deep * 8u;
    let which = group.z / deep;
    let t = strip_of(group, groups, index, shape.height, shape.width);
    let y = i32(t.y + shape.padding_height) - i32((shape.kernel_height - 1u) * shape.dilation);
    let x = i32(t.z + shape.padding_width) - i32((shape.kernel_width - 1u) * shape.dilation);
    let plane = min(t.x, shape.batch - 1u) * shape.filters + which * filters;
    let source = Source(plane, filters, i32(shape.out_height), i32(shape.out_width), y, x, false);
    let w = (which * filters * depth + first) * window;
    let s = convolve(source, Weights(w, window, depth * window, i32(window) - 1, -1), 1);
    if t.x >= shape.batch { return; }
    let pixels = shape.height * shape.width;
    let at = (t.x * shape.channels + which * depth + first) * pixels + t.y * shape.width + t.z;
    put_all(s, at, pixels, first, depth, min(8u, shape.width - t.z), array<f32, 8>(), shape.relu != 0u);
}

// Sums of 8 filters and three kernel columns.
struct Columns {
    s0: vec3<f32>, s1: vec3<f32>, s2: vec3<f32>, s3: vec3<f32>, s4: vec3<f32>, s5: vec3<f32>, s6: vec3<f32>, s7: vec3<f32>,
}

// Adds the products of a pixel's gradients, zero past the end of the row, and its three input elements.
fn gather(s: ptr<function, Columns>, at: u32, plane: u32, ox: u32, p: vec3<f32>) {
    let x = select(vec3(0.0), p, ox < shape.out_width);
    let g = eight(at, plane);
    (*s).s0 = fma(vec3(g.n0), x, (*s).s0);
    (*s).s1 = fma(vec3(g.n1), x, (*s).s1);
    (*s).s2 = fma(vec3(g.n2), x, (*s).s2);
    (*s).s3 = fma(vec3(g.n3), x, (*s).s3);
    (*s).s4 = fma(vec3(g.n4), x, (*s).s4);
    (*s).s5 = fma(vec3(g.n5), x, (*s).s5);
    (*s).s6 = fma(vec3(g.n6), x, (*s).s6);
    (*s).s7 = fma(vec3(g.n7), x, (*s).s7);
}

fn put_weights(at: u32, on: bool, sum: vec3<f32>) {
    if !on { return; }
    c[at] = sum.x;
    if ADJACENT != 0u {
        c[at + 1u] = sum.y;
        c[at + 2u] = sum.z;
    }
}

// a = x, b = g, c = dw. The invocations share 8 filters and their gradients. Each has one kernel element of a channel or, if
// ADJACENT is set, a row of three of them, whose reads are reused for the next pixel.
@compute @workgroup_size(WG)
fn shared_grad_weight(
    @builtin(workgroup_id) group: vec3<u32>,
    @builtin(local_invocation_index) index: u32,
    @builtin(subgroup_invocation_id) place_in_subgroup: u32,
    @builtin(subgroup_size) subgroup: u32,
) {
    lane = place_in_subgroup;
    narrow = subgroup < 8u;
    let filters = shape.filters / shape.groups;
    let depth = shape.channels / shape.groups;
    let window = shape.kernel_height * shape.kernel_width;
    let places = select(1u, 3u, ADJACENT != 0u);
    let k = (group.x * 8u + index) * places;
    let place = k % window;
    let f = group.y * 8u;
    let which = group.z % shape.groups;
    let part = group.z / shape.groups;
    let dy = i32(place / shape.kernel_width * shape.dilation) - i32(shape.padding_height);
    let dx = i32(place % shape.kernel_width * shape.dilation) - i32(shape.padding_width);
    let channel = which * depth + min(k / window, depth - 1u);
    let plane = shape.out_height * shape.out_width;
    let width = i32(shape.width);
    let relu = shape.relu != 0u;
    let stride = i32(shape.stride);
    var s = Columns();
    let end = (part + 1u) * shape.batch / shape.parts;
    for (var n = part * shape.batch / shape.parts; n < end; n++) {
        let image = (n * shape.channels + channel) * shape.height;
        let g = (n * shape.filters + which * filters + f) * plane;
        for (var oy = 0u; oy < shape.out_height; oy++) {
            let iy = i32(oy * shape.stride) + dy;
            let on = iy >= 0 && iy < i32(shape.height);
            let row = (image + u32(clamp(iy, 0, i32(shape.height) - 1))) * shape.width;
            var p4 = read(row, on, dx, width, relu);
            var p5 = read(row, on, dx + 1, width, relu);
            for (var ox = 0u; ox < shape.out_width; ox += 4u) {
                let x = i32(ox) * stride + dx;
                let at = g + oy * shape.out_width + ox;
                if ADJACENT != 0u {
                    let p0 = p4;
                    let p1 = p5;
                    let p2 = read(row, on, x + 2, width, relu);
                    let p3 = read(row, on, x + 3, width, relu);
                    p4 = read(row, on, x + 4, width, relu);
                    p5 = read(row, on, x + 5, width, relu);
                    gather(&s, at, plane, ox, vec3(p0, p1, p2));
                    gather(&s, at + 1u, plane, ox + 1u, vec3(p1, p2, p3));
                    gather(&s, at + 2u, plane, ox + 2u, vec3(p2, p3, p4));
                    gather(&s, at + 3u, plane, ox + 3u, vec3(p3, p4, p5));
                } else {
                    gather(&s, at, plane, ox, vec3(read(row, on, x, width, relu), 0.0, 0.0));
                    gather(&s, at + 1u, plane, ox + 1u, vec3(read(row, on, x + stride, width, relu), 0.0, 0.0));
                    gather(&s, at + 2u, plane, ox + 2u, vec3(read(row, on, x + 2 * stride, width, relu), 0.0, 0.0));
                    gather(&s, at + 3u, plane, ox + 3u, vec3(read(row, on, x + 3 * stride, width, relu), 0.0, 0.0));
                }
            }
        }
    }
    if k >= depth * window { return; }
    let step = depth * window;
    let at = (part * shape.filters + which * filters + f) * step + k;
    put_weights(at, f < filters, s.s0);
    put_weights(at + step, f + 1u < filters, s.s1);
    put_weights(at + 2u * step, f + 2u < filters, s.s2);
    put_weights(at + 3u * step, f + 3u < filters, s.s3);
    put_weights(at + 4u * step, f + 4u < filters, s.s4);
    put_weights(at + 5u * step, f + 5u < filters, s.s5);
    put_weights(at + 6u * step, f + 6u < filters, s.s6);
    put_weights(at + 7u * step, f + 7u < filters, s.s7);
}
