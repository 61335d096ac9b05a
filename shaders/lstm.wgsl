// The element-wise part of an LSTM cell: one invocation per unit and row.
//
// gi = x W_ih^T + b_ih and gh = h W_hh^T + b_hh are rows x 4 units (gates i, f, g, o), c is rows x units:
//   i, f, o = sigmoid(gi + gh),  g = tanh(gi_g + gh_g),  c' = f c + i g,  h' = o tanh(c')
// `backward` computes the gradient of the gates, which is that of both gi and gh, and the gradient of c from those of
// h' and c'. It recomputes the gates.

// #include "item.wgsl"

struct Shape {
    rows: u32,
    units: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> gi: array<f32>;
@group(0) @binding(2) var<storage, read_write> gh: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;
// h' and c' in `forward`, their gradients in `backward`.
@group(0) @binding(4) var<storage, read_write> h_next: array<f32>;
@group(0) @binding(5) var<storage, read_write> c_next: array<f32>;
@group(0) @binding(6) var<storage, read_write> d_gates: array<f32>;
@group(0) @binding(7) var<storage, read_write> d_c: array<f32>;

fn sigmoid(x: f32) -> f32 {
    return 1.0 / (1.0 + exp(-x));
}

// Some drivers build tanh from exp and return NaN for large arguments.
fn tanh_(x: f32) -> f32 {
    return tanh(clamp(x, -15.0, 15.0));
}

// Gates i, f, g, o of a unit; `at` is the index of gate i in gi and gh.
fn gates(at: u32) -> vec4<f32> {
    let n = shape.units;
    return vec4(
        sigmoid(gi[at] + gh[at]),
        sigmoid(gi[at + n] + gh[at + n]),
        tanh_(gi[at + 2u * n] + gh[at + 2u * n]),
        sigmoid(gi[at + 3u * n] + gh[at + 3u * n]),
    );
}

@compute @workgroup_size(WG)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    if item >= shape.rows * shape.units { return; }
    let gate = gates((item / shape.units) * 4u * shape.units + item % shape.units);
    let next = gate.y * c[item] + gate.x * gate.z;
    c_next[item] = next;
    h_next[item] = gate.w * tanh_(next);
}

@compute @workgroup_size(WG)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    if item >= shape.rows * shape.units { return; }
    let at = (item / shape.units) * 4u * shape.units + item % shape.units;
    let gate = gates(at);
    let squashed = tanh_(gate.y * c[item] + gate.x * gate.z);
    let up_h = h_next[item];
    let up_c = c_next[item] + up_h * gate.w * (1.0 - squashed * squashed);
    d_gates[at] = up_c * gate.z * gate.x * (1.0 - gate.x);
    d_gates[at + shape.units] = up_c * c[item] * gate.y * (1.0 - gate.y);
    d_gates[at + 2u * shape.units] = up_c * gate.x * (1.0 - gate.z * gate.z);
    d_gates[at + 3u * shape.units] = up_h * squashed * gate.w * (1.0 - gate.w);
    d_c[item] = up_c * gate.y;
}
