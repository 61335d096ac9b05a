// Dropout: y[i] = scale x[i] if group i / inner is kept, else 0. A group is `inner` consecutive elements.
//
// Group d is kept if the hash of the seed (different in every run), the operation's salt and d is at least rate 2^32. The
// gradient is the same function of the upstream gradient, so no mask is stored.
// The hash is two rounds of PCG's output function (O'Neill 2014; Jarzynski and Olano 2020).
//
// One invocation per element.

// #include "item.wgsl"

struct Shape {
    len: u32,
    inner: u32,
    salt: u32,
    threshold: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> seed: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn pcg(x: u32) -> u32 {
    let state = x * 747796405u + 2891336453u;
    let word = ((state >> ((state >> 28u) + 4u)) ^ state) * 277803737u;
    return (word >> 22u) ^ word;
}

@compute @workgroup_size(WG)
fn mask(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.len { return; }
    let key = pcg(seed[0] ^ pcg(shape.salt));
    let kept = pcg(key ^ pcg(i / shape.inner)) >= shape.threshold;
    y[i] = select(0.0, shape.scale * x[i], kept);
}
