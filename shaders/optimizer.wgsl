// Optimizer updates in place: one invocation a number.
//
// adam: m = b1 m + (1 - b1) g;  v = b2 v + (1 - b2) g^2;  w -= rate m / (sqrt(v) / root + epsilon), where the step's numbers
// are rate = learning rate / (1 - b1^t) and root = sqrt(1 - b2^t).

// #include "item.wgsl"

struct Adam {
    len: u32,
    beta1: f32,
    beta2: f32,
    epsilon: f32,
    decay: f32,
}

@group(0) @binding(0) var<uniform> settings: Adam;
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> m: array<f32>;
@group(0) @binding(4) var<storage, read_write> v: array<f32>;
// rate, root
@group(0) @binding(5) var<storage, read_write> now: array<f32>;

@compute @workgroup_size(WG)
fn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= settings.len { return; }
    let gradient = g[i] + settings.decay * w[i];
    let mean = m[i] + (1.0 - settings.beta1) * (gradient - m[i]);
    let square = settings.beta2 * v[i] + (1.0 - settings.beta2) * gradient * gradient;
    m[i] = mean;
    v[i] = square;
    w[i] -= now[0] * mean / (sqrt(square) / now[1] + settings.epsilon);
}
