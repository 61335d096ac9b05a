// Layer normalisation of x [N, C, P] over the channels of every position: y = xhat w[c] + b[c] with
// xhat = (x - mean[n, p]) rstd[n, p].
//
// forward:  y; stats [N, 2, P]: means, then 1/std
// backward: dx = rstd (h - mean over c of h - xhat (mean over c of h xhat)) with h = g w[c], g = gradient of y
// reduce:   sums of g and of g xhat per part of the batch and channel, [parts, C] each: summed over the parts they are the
//           gradients of b and w
//
// forward, backward: LANES invocations per position, each for every LANES-th channel; adjacent invocations have adjacent
// positions, which are adjacent in memory. reduce: one workgroup per part and channel.

// #include "item.wgsl"

struct Shape {
    batch: u32,
    channels: u32,
    positions: u32,
    parts: u32,
    epsilon: f32,
}

// A power of two, at most the workgroup size.
override LANES: u32 = 1u;

// shape.positions if known at compile time, which avoids a division by a variable per element; otherwise 0.
override POSITIONS: u32 = 0u;

@group(0) @binding(0) var<uniform> shape: Shape;

@group(0) @binding(1) var<storage, read_write> x: array<f32>;
// forward
@group(0) @binding(2) var<storage, read_write> forward_w: array<f32>;
@group(0) @binding(3) var<storage, read_write> b: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> new_stats: array<f32>;
// backward
@group(0) @binding(2) var<storage, read_write> stats: array<f32>;
@group(0) @binding(3) var<storage, read_write> w: array<f32>;
@group(0) @binding(4) var<storage, read_write> g: array<f32>;
@group(0) @binding(5) var<storage, read_write> dx: array<f32>;
// reduce
@group(0) @binding(3) var<storage, read_write> upstream: array<f32>;
@group(0) @binding(4) var<storage, read_write> to_b: array<f32>;
@group(0) @binding(5) var<storage, read_write> to_w: array<f32>;

var<workgroup> shared_sums: array<vec2<f32>, 256>;

// The sum of every `stride`-th of `count` values of the workgroup, in a fixed order; every invocation gets its own.
fn together(at: u32, value: vec2<f32>, stride: u32, count: u32) -> vec2<f32> {
    shared_sums[at] = value;
    workgroupBarrier();
    for (var half = count / 2u; half > 0u; half = half / 2u) {
        if at < half * stride { shared_sums[at] += shared_sums[at + half * stride]; }
        workgroupBarrier();
    }
    let sum = shared_sums[at % stride];
    workgroupBarrier();
    return sum;
}

// The sum over the lanes of a position. A single lane needs no barrier.
fn over_lanes(at: u32, value: vec2<f32>) -> vec2<f32> {
    if LANES == 1u { return value; }
    return together(at, value, WG / LANES, LANES);
}

// The elements of an invocation: from `first`, every `step`-th, below `end`. Empty past the last position.
struct Span {
    first: u32,
    end: u32,
    step: u32,
    // The first channel.
    channel: u32,
    // Index of the mean in the statistics, and whether this invocation writes them.
    mean: u32,
    writes: bool,
}

fn span_of(item: u32, at: u32) -> Span {
    let side_by_side = WG / LANES;
    let row = item / WG * side_by_side + at % side_by_side;
    if row >= shape.batch * shape.positions { return Span(0u, 0u, 1u, 0u, 0u, false); }
    let image = row / shape.positions;
    let position = row % shape.positions;
    let lane = at / side_by_side;
    let end = (image + 1u) * shape.channels * shape.positions;
    let first = (image * shape.channels + lane) * shape.positions + position;
    let mean = 2u * image * shape.positions + position;
    return Span(first, end, LANES * shape.positions, lane, mean, lane == 0u);
}

@compute @workgroup_size(WG)
fn forward(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups), at);
    let n = f32(shape.channels);
    var sum = 0.0;
    for (var i = span.first; i < span.end; i += span.step) { sum += x[i]; }
    let mean = over_lanes(at, vec2(sum, 0.0)).x / n;
    var squares = 0.0;
    for (var i = span.first; i < span.end; i += span.step) { squares += (x[i] - mean) * (x[i] - mean); }
    let rstd = 1.0 / sqrt(over_lanes(at, vec2(squares, 0.0)).x / n + shape.epsilon);
    var c = span.channel;
    for (var i = span.first; i < span.end; i += span.step) {
        y[i] = (x[i] - mean) * rstd * forward_w[c] + b[c];
        c += LANES;
    }
    if span.writes {
        new_stats[span.mean] = mean;
        new_stats[span.mean + shape.positions] = rstd;
    }
}

@compute @workgroup_size(WG)
fn backward(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups), at);
    let mean = stats[span.mean];
    let rstd = stats[span.mean + shape.positions];
    var sums = vec2(0.0);
    var c = span.channel;
    for (var i = span.first; i < span.end; i += span.step) {
        let h = g[i] * w[c];
        sums += vec2(h, h * (x[i] - mean) * rstd);
        c += LANES;
    }
    let means = over_lanes(at, sums) / f32(shape.channels);
    c = span.channel;
    for (var i = span.first; i < span.end; i += span.step) {
        dx[i] = rstd * (g[i] * w[c] - means.x - (x[i] - mean) * rstd * means.y);
        c += LANES;
    }
}

fn positions() -> u32 {
    return select(POSITIONS, shape.positions, POSITIONS == 0u);
}

// First image of a part. The part ends at the first image of the next part.
fn image_of(part: u32) -> u32 {
    return part * shape.batch / shape.parts;
}

@compute @workgroup_size(WG)
fn reduce(@builtin(local_invocation_index) at: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let channel = group.x;
    let part = group.y;
    let first = image_of(part);
    let count = (image_of(part + 1u) - first) * shape.positions;
    var sums = vec2(0.0);
    for (var e = at; e < count; e += WG) {
        let image = first + e / positions();
        let position = e % positions();
        let i = (image * shape.channels + channel) * shape.positions + position;
        let mean = 2u * image * shape.positions + position;
        sums += vec2(upstream[i], upstream[i] * (x[i] - stats[mean]) * stats[mean + shape.positions]);
    }
    let total = together(at, sums, 1u, WG);
    if at == 0u {
        to_b[part * shape.channels + channel] = total.x;
        to_w[part * shape.channels + channel] = total.y;
    }
}
