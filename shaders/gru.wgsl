// The element-wise part of a GRU cell: one invocation per unit and row.
//
// gi = x W_ih^T + b_ih and gh = h W_hh^T + b_hh are rows x 3 units (gates r, z, n), h is rows x units:
//   r = sigmoid(gi_r + gh_r),  z = sigmoid(gi_z + gh_z),  n = tanh(gi_n + r gh_n),  h' = (1 - z) n + z h
// `backward` computes the gradients of gi, gh and h from that of h'. It recomputes the gates.

// #include "item.wgsl"

struct Shape {
    rows: u32,
    units: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> gi: array<f32>;
@group(0) @binding(2) var<storage, read_write> gh: array<f32>;
@group(0) @binding(3) var<storage, read_write> h: array<f32>;
// The result of `forward`; in `backward` the gradient of the result.
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> d_gi: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gh: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_h: array<f32>;

fn sigmoid(x: f32) -> f32 {
    return 1.0 / (1.0 + exp(-x));
}

// Some drivers build tanh from exp and return NaN for large arguments.
fn tanh_(x: f32) -> f32 {
    return tanh(clamp(x, -15.0, 15.0));
}

// Gates r, z, n of a unit; `at` is the index of gate r in gi and gh.
fn gates(at: u32) -> vec3<f32> {
    let r = sigmoid(gi[at] + gh[at]);
    let z = sigmoid(gi[at + shape.units] + gh[at + shape.units]);
    let n = tanh_(gi[at + 2u * shape.units] + r * gh[at + 2u * shape.units]);
    return vec3(r, z, n);
}

@compute @workgroup_size(WG)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.rows * shape.units { return; }
    let g = gates((i / shape.units) * 3u * shape.units + i % shape.units);
    y[i] = (1.0 - g.y) * g.z + g.y * h[i];
}

@compute @workgroup_size(WG)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.rows * shape.units { return; }
    let at = (i / shape.units) * 3u * shape.units + i % shape.units;
    let at_z = at + shape.units;
    let at_n = at_z + shape.units;
    let g = gates(at);
    let up = y[i];
    // Gradients of the gates' pre-activations.
    let n = up * (1.0 - g.y) * (1.0 - g.z * g.z);
    let z = up * (h[i] - g.z) * g.y * (1.0 - g.y);
    let r = n * gh[at_n] * g.x * (1.0 - g.x);
    d_gi[at] = r;
    d_gi[at_z] = z;
    d_gi[at_n] = n;
    d_gh[at] = r;
    d_gh[at_z] = z;
    d_gh[at_n] = n * g.x;
    d_h[i] = up * g.y;
}
