// Element-wise arithmetic: one invocation per element.
//
// Unary:  y[i] = f(x[i])
// Binary: y[i] = f(a[i], b[(i / inner) % period]), so that b may have one value per row, column or channel.
// Gradients of unary functions are binary functions of the result y and the gradient g.

// #include "item.wgsl"

struct Shape {
    len: u32,
    inner: u32,
    period: u32,
    scale: f32,
    shift: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

fn other(i: u32) -> f32 {
    // Both operands have the same length: no division is needed.
    if shape.inner == 1u && shape.period == shape.len { return b[i]; }
    return b[(i / shape.inner) % shape.period];
}

fn sigmoid_of(x: f32) -> f32 {
    // exp overflows for large arguments, which some drivers turn into NaN.
    return 1.0 / (1.0 + exp(min(-x, 80.0)));
}

// The standard normal distribution function (Abramowitz and Stegun 7.1.26).
fn normal(x: f32) -> f32 {
    let z = abs(x) * 0.70710678;
    let t = 1.0 / (1.0 + 0.3275911 * z);
    let sum = t * (0.2548296 + t * (-0.2844967 + t * (1.4214137 + t * (-1.453152 + t * 1.0614054))));
    let tail = 0.5 * sum * exp(-z * z);
    return select(1.0 - tail, tail, x < 0.0);
}

// Unary functions write to binding 2.

@compute @workgroup_size(WG)
fn relu(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = max(a[i], 0.0); }
}

@compute @workgroup_size(WG)
fn sigmoid(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = sigmoid_of(a[i]); }
}

@compute @workgroup_size(WG)
fn relu6(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = clamp(a[i], 0.0, 6.0); }
}

@compute @workgroup_size(WG)
fn silu(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = a[i] * sigmoid_of(a[i]); }
}

@compute @workgroup_size(WG)
fn hard_swish(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = a[i] * clamp(a[i] + 3.0, 0.0, 6.0) / 6.0; }
}

@compute @workgroup_size(WG)
fn gelu(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = a[i] * normal(a[i]); }
}

@compute @workgroup_size(WG)
fn tanh_(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    // Some drivers build tanh from exp and return NaN for large arguments.
    if i < shape.len { b[i] = tanh(clamp(a[i], -15.0, 15.0)); }
}

@compute @workgroup_size(WG)
fn exp_(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = exp(a[i]); }
}

@compute @workgroup_size(WG)
fn log_(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = log(a[i]); }
}

// y = scale * x + shift
@compute @workgroup_size(WG)
fn affine(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { b[i] = shape.scale * a[i] + shape.shift; }
}

@compute @workgroup_size(WG)
fn add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = a[i] + other(i); }
}

@compute @workgroup_size(WG)
fn sub(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = a[i] - other(i); }
}

@compute @workgroup_size(WG)
fn mul(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = a[i] * other(i); }
}

@compute @workgroup_size(WG)
fn div(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = a[i] / other(i); }
}

// Gradient of the ReLU from its result (a) and the gradient of the result (b).
@compute @workgroup_size(WG)
fn relu_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = select(0.0, other(i), a[i] > 0.0); }
}

@compute @workgroup_size(WG)
fn sigmoid_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = other(i) * a[i] * (1.0 - a[i]); }
}

@compute @workgroup_size(WG)
fn tanh_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = other(i) * (1.0 - a[i] * a[i]); }
}

// The following gradients take the argument of the function (a) and the gradient of its result (b).

@compute @workgroup_size(WG)
fn relu6_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = select(0.0, other(i), a[i] > 0.0 && a[i] < 6.0); }
}

@compute @workgroup_size(WG)
fn silu_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.len { return; }
    let s = sigmoid_of(a[i]);
    y[i] = other(i) * s * (1.0 + a[i] * (1.0 - s));
}

@compute @workgroup_size(WG)
fn hard_swish_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.len { return; }
    let x = a[i];
    let inner = select(x / 3.0 + 0.5, 0.0, x < -3.0);
    y[i] = other(i) * select(inner, 1.0, x > 3.0);
}

@compute @workgroup_size(WG)
fn gelu_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.len { return; }
    let x = a[i];
    y[i] = other(i) * (normal(x) + x * exp(-0.5 * x * x) * 0.3989423);
}
