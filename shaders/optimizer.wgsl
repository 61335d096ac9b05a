// Optimizer updates in place, clipping by the global norm, and moving averages of weights: one invocation per element.
//
// With gradient g' = scale g + decay w, and the step's values now = (rate, root):
// sgd:     m = momentum m + g';  w -= rate m,  or with Nesterov momentum  w -= rate (g' + momentum m)
// adam:    m = b1 m + (1 - b1) g';  v = b2 v + (1 - b2) g'^2;  w -= rate m / (sqrt(v) / root + epsilon), where
//          rate = learning rate / (1 - b1^t) and root = sqrt(1 - b2^t)
// rmsprop: v = smoothing v + (1 - smoothing) g'^2;  m = momentum m + g' / (sqrt(v) + epsilon);  w -= rate m,
//          or TensorFlow's variant:  m = momentum m + rate g' / sqrt(v + epsilon);  w -= m
// ema:     w = decay w + (1 - decay) g, where w are the moving averages and g the weights
// squares: parts[offset + r] = sum of the squares of run r of g, LANES invocations per run
// clip:    scale = min(1, most / (sqrt(sum of parts) + 1e-6)), most = maximum norm, LANES invocations in total

// #include "item.wgsl"
// #include "lanes.wgsl"

struct Settings {
    len: u32,
    decay: f32,
    // sgd and rmsprop
    momentum: f32,
    // sgd: Nesterov momentum; rmsprop: TensorFlow's variant
    variant: u32,
    // adam's b1
    beta1: f32,
    // adam's b2, rmsprop's smoothing
    beta2: f32,
    epsilon: f32,
}

@group(0) @binding(0) var<uniform> settings: Settings;
@group(0) @binding(1) var<storage, read_write> w: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;
@group(0) @binding(3) var<storage, read_write> now: array<f32>;
@group(0) @binding(4) var<storage, read_write> scale: array<f32>;
@group(0) @binding(5) var<storage, read_write> m: array<f32>;
@group(0) @binding(6) var<storage, read_write> v: array<f32>;

fn gradient(i: u32) -> f32 {
    return scale[0] * g[i] + settings.decay * w[i];
}

@compute @workgroup_size(WG)
fn sgd(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= settings.len { return; }
    let slope = gradient(i);
    let mean = settings.momentum * m[i] + slope;
    m[i] = mean;
    w[i] -= now[0] * select(mean, slope + settings.momentum * mean, settings.variant != 0u);
}

@compute @workgroup_size(WG)
fn adam(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= settings.len { return; }
    let slope = gradient(i);
    let mean = m[i] + (1.0 - settings.beta1) * (slope - m[i]);
    let square = settings.beta2 * v[i] + (1.0 - settings.beta2) * slope * slope;
    m[i] = mean;
    v[i] = square;
    w[i] -= now[0] * mean / (sqrt(square) / now[1] + settings.epsilon);
}

@compute @workgroup_size(WG)
fn rmsprop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= settings.len { return; }
    let slope = gradient(i);
    let square = settings.beta2 * v[i] + (1.0 - settings.beta2) * slope * slope;
    v[i] = square;
    if settings.variant != 0u {
        let step = settings.momentum * m[i] + now[0] * slope / sqrt(square + settings.epsilon);
        m[i] = step;
        w[i] -= step;
    } else {
        let step = settings.momentum * m[i] + slope / (sqrt(square) + settings.epsilon);
        m[i] = step;
        w[i] -= now[0] * step;
    }
}

@compute @workgroup_size(WG)
fn ema(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < settings.len { w[i] += (1.0 - settings.decay) * (g[i] - w[i]); }
}

struct Norm {
    len: u32,
    // Elements per run, and the index of the first sum.
    run: u32,
    offset: u32,
    most: f32,
}

@group(0) @binding(0) var<uniform> norm: Norm;
// The sums of squares: results of `squares`, inputs of `clip`.
@group(0) @binding(1) var<storage, read_write> numbers: array<f32>;
@group(0) @binding(2) var<storage, read_write> results: array<f32>;

@compute @workgroup_size(WG)
fn squares(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let first = (item / LANES) * norm.run;
    var sum = 0.0;
    for (var i = first + item % LANES; i < min(first + norm.run, norm.len); i += LANES) {
        sum += numbers[i] * numbers[i];
    }
    sum = sum_of_lanes(at, sum);
    if first < norm.len && item % LANES == 0u { results[norm.offset + item / LANES] = sum; }
}

@compute @workgroup_size(WG)
fn clip(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    var sum = 0.0;
    for (var i = item % LANES; i < norm.len; i += LANES) { sum += numbers[i]; }
    sum = sum_of_lanes(at, sum);
    if item == 0u { results[0] = min(1.0, norm.most / (sqrt(sum) + 1e-6)); }
}
