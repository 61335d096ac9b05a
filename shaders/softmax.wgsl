// Softmax, log-softmax and log-sum-exp over the rows of a matrix, LANES invocations per row.
//
// softmax:          y[r, c] = e^(x[r, c] - z[r])  with  z[r] = logsumexp of row r
// log_softmax:      y[r, c] = x[r, c] - z[r]
// logsumexp:        y[r] = z[r] = m + log(sum over c of e^(x[r, c] - m)), m = maximum of the row
// Gradients, where g is the gradient of y:
// softmax_grad:     dx[r, c] = y[r, c] (g[r, c] - sum over k of g[r, k] y[r, k])
// log_softmax_grad: dx[r, c] = g[r, c] - e^y[r, c] (sum over k of g[r, k])
// logsumexp_grad:   dx[r, c] = g[r] e^(x[r, c] - y[r]), one invocation per element

// #include "item.wgsl"
// #include "lanes.wgsl"

struct Shape {
    rows: u32,
    columns: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
// The gradients of softmax and log_softmax do not need x: binding 1 is y, binding 2 is g.
@group(0) @binding(1) var<storage, read_write> result: array<f32>;
@group(0) @binding(2) var<storage, read_write> upstream: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;
@group(0) @binding(3) var<storage, read_write> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> to_x: array<f32>;

// The elements of a lane: from `first`, every LANES-th, below `end`. Empty past the last row.
struct Span {
    row: u32,
    first: u32,
    end: u32,
}

fn span_of(item: u32) -> Span {
    let row = item / LANES;
    if row >= shape.rows { return Span(row, 0u, 0u); }
    return Span(row, row * shape.columns + item % LANES, (row + 1u) * shape.columns);
}

fn logsumexp_of(span: Span, at: u32) -> f32 {
    // A lane without elements reads the first element of the row.
    var most = x[min(span.row, shape.rows - 1u) * shape.columns];
    for (var i = span.first; i < span.end; i += LANES) { most = max(most, x[i]); }
    most = largest_of_lanes(at, most);
    var sum = 0.0;
    for (var i = span.first; i < span.end; i += LANES) { sum += exp(x[i] - most); }
    return most + log(sum_of_lanes(at, sum));
}

@compute @workgroup_size(WG)
fn softmax(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups));
    let z = logsumexp_of(span, at);
    for (var i = span.first; i < span.end; i += LANES) { y[i] = exp(x[i] - z); }
}

@compute @workgroup_size(WG)
fn log_softmax(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups));
    let z = logsumexp_of(span, at);
    for (var i = span.first; i < span.end; i += LANES) { y[i] = x[i] - z; }
}

@compute @workgroup_size(WG)
fn logsumexp(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups));
    let z = logsumexp_of(span, at);
    if span.row < shape.rows && at % LANES == 0u { y[span.row] = z; }
}

@compute @workgroup_size(WG)
fn softmax_grad(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups));
    var sum = 0.0;
    for (var i = span.first; i < span.end; i += LANES) { sum += upstream[i] * result[i]; }
    sum = sum_of_lanes(at, sum);
    for (var i = span.first; i < span.end; i += LANES) { dx[i] = result[i] * (upstream[i] - sum); }
}

@compute @workgroup_size(WG)
fn log_softmax_grad(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let span = span_of(item_of(id, groups));
    var sum = 0.0;
    for (var i = span.first; i < span.end; i += LANES) { sum += upstream[i]; }
    sum = sum_of_lanes(at, sum);
    for (var i = span.first; i < span.end; i += LANES) { dx[i] = upstream[i] - exp(result[i]) * sum; }
}

@compute @workgroup_size(WG)
fn logsumexp_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i >= shape.rows * shape.columns { return; }
    let row = i / shape.columns;
    to_x[i] = g[row] * exp(x[i] - y[row]);
}
