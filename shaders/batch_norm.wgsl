// Batch normalisation of x [N, C, P] with P pixels per plane: y = r((x - mean[c]) rstd[c] w[c] + b[c]), r = ReLU or identity.
//
// statistics: mean and sum of squared differences from the mean, per part of the batch and channel: [parts, C, 2]
// finish:     merges the parts in order (Chan et al. 1983): stats = means [C], then 1/std [C]; updates the running statistics
// inference:  computes stats from the running statistics
// normalise:  y
// reduce:     sums of h and of h xhat, per part and channel: [parts, C, 2]; h = gradient of g before r, xhat = (x - mean) rstd
// collect:    sums the parts in order: gradients of b and w
// backward:   dx = rstd w (h - (db + xhat dw) / (N P)); in inference dx = rstd w h
//
// statistics, reduce: one workgroup per part and channel. finish, inference, collect: one invocation per channel. normalise,
// backward: one invocation per element. A part is read twice; the second read hits the cache.

// #include "item.wgsl"

struct Shape {
    batch: u32,
    channels: u32,
    pixels: u32,
    parts: u32,
    epsilon: f32,
    momentum: f32,
    affine: u32,
    relu: u32,
    training: u32,
}

// shape.pixels if known at compile time, which avoids a division by a variable per element; otherwise 0.
override PIXELS: u32 = 0u;

@group(0) @binding(0) var<uniform> shape: Shape;

// statistics, normalise, reduce, backward
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> own_parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> b: array<f32>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> g: array<f32>;
@group(0) @binding(6) var<storage, read_write> sums: array<f32>;
@group(0) @binding(6) var<storage, read_write> db: array<f32>;
@group(0) @binding(7) var<storage, read_write> dw: array<f32>;
@group(0) @binding(8) var<storage, read_write> dx: array<f32>;

// finish, inference, collect
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
@group(0) @binding(2) var<storage, read_write> running_mean: array<f32>;
@group(0) @binding(3) var<storage, read_write> running_var: array<f32>;
@group(0) @binding(4) var<storage, read_write> new_stats: array<f32>;
@group(0) @binding(1) var<storage, read_write> known_mean: array<f32>;
@group(0) @binding(2) var<storage, read_write> known_var: array<f32>;
@group(0) @binding(3) var<storage, read_write> known_stats: array<f32>;
@group(0) @binding(2) var<storage, read_write> to_b: array<f32>;
@group(0) @binding(3) var<storage, read_write> to_w: array<f32>;

var<workgroup> lanes: array<vec2<f32>, 256>;

// Sums over the workgroup, in a fixed order.
fn together(lane: u32, value: vec2<f32>) -> vec2<f32> {
    lanes[lane] = value;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half = half / 2u) {
        if lane < half { lanes[lane] += lanes[lane + half]; }
        workgroupBarrier();
    }
    let sum = lanes[0];
    workgroupBarrier();
    return sum;
}

fn pixels() -> u32 {
    return select(PIXELS, shape.pixels, PIXELS == 0u);
}

// First image of a part. The part ends at the first image of the next part.
fn image_of(part: u32) -> u32 {
    return part * shape.batch / shape.parts;
}

// Index of element e of a channel, counted from the first pixel of image `image`.
fn place(image: u32, channel: u32, e: u32) -> u32 {
    return ((image + e / pixels()) * shape.channels + channel) * pixels() + e % pixels();
}

@compute @workgroup_size(WG)
fn statistics(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let image = image_of(group.y);
    let count = (image_of(group.y + 1u) - image) * shape.pixels;
    var sum = 0.0;
    for (var e = lane; e < count; e += WG) { sum += x[place(image, group.x, e)]; }
    let mean = together(lane, vec2(sum, 0.0)).x / f32(count);
    var squares = 0.0;
    for (var e = lane; e < count; e += WG) {
        let d = x[place(image, group.x, e)] - mean;
        squares += d * d;
    }
    let total = together(lane, vec2(squares, 0.0)).x;
    if lane == 0u {
        let at = 2u * (group.y * shape.channels + group.x);
        own_parts[at] = mean;
        own_parts[at + 1u] = total;
    }
}

@compute @workgroup_size(WG)
fn finish(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let c = item_of(id, groups);
    if c >= shape.channels { return; }
    var n = 0.0;
    var mean = 0.0;
    var squares = 0.0;
    for (var part = 0u; part < shape.parts; part++) {
        let at = 2u * (part * shape.channels + c);
        let more = f32((image_of(part + 1u) - image_of(part)) * shape.pixels);
        let d = parts[at] - mean;
        squares += parts[at + 1u] + d * d * (n * more / (n + more));
        n += more;
        mean += d * (more / n);
    }
    new_stats[c] = mean;
    new_stats[shape.channels + c] = 1.0 / sqrt(squares / n + shape.epsilon);
    running_mean[c] += shape.momentum * (mean - running_mean[c]);
    running_var[c] += shape.momentum * (squares / max(n - 1.0, 1.0) - running_var[c]);
}

@compute @workgroup_size(WG)
fn inference(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let c = item_of(id, groups);
    if c >= shape.channels { return; }
    known_stats[c] = known_mean[c];
    known_stats[shape.channels + c] = 1.0 / sqrt(known_var[c] + shape.epsilon);
}

struct Channel {
    mean: f32,
    rstd: f32,
    w: f32,
    b: f32,
}

fn channel_of(c: u32) -> Channel {
    if shape.affine == 0u { return Channel(stats[c], stats[shape.channels + c], 1.0, 0.0); }
    return Channel(stats[c], stats[shape.channels + c], w[c], b[c]);
}

@compute @workgroup_size(WG)
fn normalise(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.batch * shape.channels * shape.pixels { return; }
    let c = channel_of(i / pixels() % shape.channels);
    let value = (x[i] - c.mean) * (c.rstd * c.w) + c.b;
    y[i] = select(value, max(value, 0.0), shape.relu != 0u);
}

// The gradient before the ReLU.
fn passed(i: u32, c: Channel) -> f32 {
    let on = shape.relu == 0u || (x[i] - c.mean) * (c.rstd * c.w) + c.b > 0.0;
    return select(0.0, g[i], on);
}

@compute @workgroup_size(WG)
fn reduce(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let image = image_of(group.y);
    let count = (image_of(group.y + 1u) - image) * shape.pixels;
    let c = channel_of(group.x);
    var sum = vec2(0.0);
    for (var e = lane; e < count; e += WG) {
        let i = place(image, group.x, e);
        let h = passed(i, c);
        sum += vec2(h, h * (x[i] - c.mean) * c.rstd);
    }
    let total = together(lane, sum);
    if lane == 0u {
        let at = 2u * (group.y * shape.channels + group.x);
        sums[at] = total.x;
        sums[at + 1u] = total.y;
    }
}

@compute @workgroup_size(WG)
fn collect(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let c = item_of(id, groups);
    if c >= shape.channels { return; }
    var total = vec2(0.0);
    for (var part = 0u; part < shape.parts; part++) {
        let at = 2u * (part * shape.channels + c);
        total += vec2(parts[at], parts[at + 1u]);
    }
    to_b[c] = total.x;
    to_w[c] = total.y;
}

@compute @workgroup_size(WG)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.batch * shape.channels * shape.pixels { return; }
    let at = i / pixels() % shape.channels;
    let c = channel_of(at);
    let n = f32(shape.batch * shape.pixels);
    let shared_part = (db[at] + (x[i] - c.mean) * c.rstd * dw[at]) / n;
    dx[i] = c.rstd * c.w * (passed(i, c) - select(0.0, shared_part, shape.training != 0u));
}
