// Sums and maxima of rows, sums of columns, and their gradients.
//
// row_sums:    y[r] = scale * sum of row r     rows are `columns` consecutive elements of x, the last may be shorter;
// row_maxima:  y[r] = maximum of row r         LANES invocations per row
// maxima_grad: dx[r, c] = g[r] where x[r, c] is the first element equal to y[r], else 0; one invocation per row
// column_sums: y[s, c] = sum of column c over the rows s * run .. (s + 1) * run; one invocation per sum, rows in order
// spread:      y[i] = scale * x[(i / run) % columns], the gradient of sums; one invocation per element

// #include "item.wgsl"
// #include "lanes.wgsl"

struct Shape {
    // Elements of the larger operand, including the last row.
    len: u32,
    columns: u32,
    run: u32,
    scale: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WG)
fn row_sums(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let first = (item / LANES) * shape.columns;
    var sum = 0.0;
    for (var i = first + item % LANES; i < min(first + shape.columns, shape.len); i += LANES) {
        sum += x[i];
    }
    sum = sum_of_lanes(at, sum);
    if first < shape.len && item % LANES == 0u { y[item / LANES] = shape.scale * sum; }
}

@compute @workgroup_size(WG)
fn row_maxima(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let first = (item / LANES) * shape.columns;
    // A lane without elements reads the first element of the row.
    var largest = x[min(first, shape.len - 1u)];
    for (var i = first + item % LANES; i < min(first + shape.columns, shape.len); i += LANES) {
        largest = max(largest, x[i]);
    }
    largest = largest_of_lanes(at, largest);
    if first < shape.len && item % LANES == 0u { y[item / LANES] = largest; }
}

@compute @workgroup_size(WG)
fn maxima_grad(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let row = item_of(id, groups);
    var unseen = true;
    for (var i = row * shape.columns; i < min((row + 1u) * shape.columns, shape.len); i++) {
        let first = unseen && x[i] == y[row];
        dx[i] = select(0.0, g[row], first);
        unseen = unseen && !first;
    }
}

@compute @workgroup_size(WG)
fn column_sums(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    let first = (i / shape.columns) * shape.run * shape.columns + i % shape.columns;
    let end = min((i / shape.columns + 1u) * shape.run * shape.columns, shape.len);
    if first >= shape.len { return; }
    var sum = 0.0;
    for (var at = first; at < end; at += shape.columns) {
        sum += x[at];
    }
    y[i] = sum;
}

@compute @workgroup_size(WG)
fn spread(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let i = item_of(id, groups);
    if i < shape.len { y[i] = shape.scale * x[(i / shape.run) % shape.columns]; }
}
