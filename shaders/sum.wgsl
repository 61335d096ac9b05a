// Sums of up to eight tensors of the same size, optionally weighted.
//
// forward: y = scale (sum over i < count of s_i x_i); s_i = sigmoid(logits[first + i]) if weighted, else 1. With `carry`,
//          x_0 is the partial sum of earlier launches: its factor is 1 and the logits begin at x_1.
// scaled:  dx = sigmoid(logits[first]) g
// dots:    dots[first + i, part] = sum over the part of x_i g, for i < count
// logits:  dlogits[i] = s_i (1 - s_i) (sum over parts, in order, of dots[i, part]), i < count
//
// forward, scaled: one invocation per element. dots: one workgroup per part and tensor. logits: one invocation per tensor.

// #include "item.wgsl"

struct Shape {
    len: u32,
    count: u32,
    first: u32,
    parts: u32,
    weighted: u32,
    carry: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x0: array<f32>;
@group(0) @binding(2) var<storage, read_write> x1: array<f32>;
@group(0) @binding(3) var<storage, read_write> x2: array<f32>;
@group(0) @binding(4) var<storage, read_write> x3: array<f32>;
@group(0) @binding(5) var<storage, read_write> x4: array<f32>;
@group(0) @binding(6) var<storage, read_write> x5: array<f32>;
@group(0) @binding(7) var<storage, read_write> x6: array<f32>;
@group(0) @binding(8) var<storage, read_write> x7: array<f32>;
// forward
@group(0) @binding(9) var<storage, read_write> weights: array<f32>;
@group(0) @binding(10) var<storage, read_write> y: array<f32>;
// dots
@group(0) @binding(9) var<storage, read_write> upstream: array<f32>;
@group(0) @binding(10) var<storage, read_write> dots_of: array<f32>;
// scaled
@group(0) @binding(1) var<storage, read_write> g: array<f32>;
@group(0) @binding(2) var<storage, read_write> logit: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
// logits
@group(0) @binding(1) var<storage, read_write> all_dots: array<f32>;
@group(0) @binding(3) var<storage, read_write> dlogits: array<f32>;

fn sigmoid(x: f32) -> f32 {
    return 1.0 / (1.0 + exp(-x));
}

fn input(which: u32, i: u32) -> f32 {
    switch which {
        case 0u: { return x0[i]; }
        case 1u: { return x1[i]; }
        case 2u: { return x2[i]; }
        case 3u: { return x3[i]; }
        case 4u: { return x4[i]; }
        case 5u: { return x5[i]; }
        case 6u: { return x6[i]; }
        default: { return x7[i]; }
    }
}

fn factor(which: u32) -> f32 {
    if shape.weighted == 0u || which < shape.carry { return 1.0; }
    return sigmoid(weights[shape.first + which - shape.carry]);
}

@compute @workgroup_size(WG)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.len { return; }
    var sum = 0.0;
    for (var which = 0u; which < shape.count; which++) { sum += factor(which) * input(which, i); }
    y[i] = shape.scale * sum;
}

@compute @workgroup_size(WG)
fn scaled(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { dx[i] = sigmoid(logit[shape.first]) * g[i]; }
}

var<workgroup> lanes: array<f32, 64>;

@compute @workgroup_size(WG)
fn dots(@builtin(local_invocation_index) lane: u32, @builtin(workgroup_id) group: vec3<u32>) {
    let size = (shape.len + shape.parts - 1u) / shape.parts;
    let start = group.x * size;
    let end = min(start + size, shape.len);
    var sum = 0.0;
    for (var i = start + lane; i < end; i += WG) { sum += input(group.y, i) * upstream[i]; }
    lanes[lane] = sum;
    workgroupBarrier();
    for (var half = WG / 2u; half > 0u; half = half / 2u) {
        if lane < half { lanes[lane] += lanes[lane + half]; }
        workgroupBarrier();
    }
    if lane == 0u { dots_of[(shape.first + group.y) * shape.parts + group.x] = lanes[0]; }
}

@compute @workgroup_size(WG)
fn logits(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.count { return; }
    var sum = 0.0;
    for (var part = 0u; part < shape.parts; part++) { sum += all_dots[i * shape.parts + part]; }
    let s = sigmoid(logit[i]);
    dlogits[i] = s * (1.0 - s) * sum;
}
