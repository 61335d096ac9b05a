// Classification: cross-entropy with label smoothing, its gradient, and top-k hits.
//
// cross_entropy:      y[r] = z - (1 - s) x[r, label] - s / classes (sum over c of x[r, c]),  z = logsumexp of row r
// cross_entropy_grad: dx[r, c] = g[r] (e^(x[r, c] - z) - target[r, c]),  target = (1 - s) one-hot + s / classes
// hits:               y[r] = 1 if fewer than k other logits of row r are above the label's, else 0; of equal logits, the first is above
// LANES invocations per row. A row whose label is not a class has no loss, no gradient and no hit.

// #include "item.wgsl"
// #include "lanes.wgsl"

struct Shape {
    rows: u32,
    classes: u32,
    smoothing: f32,
    k: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> labels: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(3) var<storage, read_write> g: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

// The row of an item, or the last row if there is no such row.
fn row_of(item: u32) -> u32 {
    return min(item / LANES, shape.rows - 1u);
}

// The maximum logit of a row, and the sums of e^(x - maximum) and of x.
struct Sums {
    largest: f32,
    exponentials: f32,
    logits: f32,
}

fn sums_of(row: u32, at: u32) -> Sums {
    let first = row * shape.classes;
    // A lane without elements reads the first element of the row.
    var largest = x[first];
    for (var c = at % LANES; c < shape.classes; c += LANES) { largest = max(largest, x[first + c]); }
    largest = largest_of_lanes(at, largest);
    var exponentials = 0.0;
    var logits = 0.0;
    for (var c = at % LANES; c < shape.classes; c += LANES) {
        exponentials += exp(x[first + c] - largest);
        logits += x[first + c];
    }
    return Sums(largest, sum_of_lanes(at, exponentials), sum_of_lanes(at, logits));
}

@compute @workgroup_size(WG)
fn cross_entropy(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let row = row_of(item);
    let sums = sums_of(row, at);
    if item >= shape.rows * LANES || at % LANES != 0u { return; }
    let label = labels[row];
    var loss = 0.0;
    if label < shape.classes {
        let wanted = (1.0 - shape.smoothing) * x[row * shape.classes + label];
        loss = sums.largest + log(sums.exponentials) - wanted - shape.smoothing / f32(shape.classes) * sums.logits;
    }
    y[row] = loss;
}

@compute @workgroup_size(WG)
fn cross_entropy_grad(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let row = row_of(item);
    let sums = sums_of(row, at);
    if item >= shape.rows * LANES { return; }
    let label = labels[row];
    let upstream = select(0.0, g[row], label < shape.classes);
    for (var c = at % LANES; c < shape.classes; c += LANES) {
        let i = row * shape.classes + c;
        let wanted = select(0.0, 1.0 - shape.smoothing, c == label) + shape.smoothing / f32(shape.classes);
        dx[i] = upstream * (exp(x[i] - sums.largest) / sums.exponentials - wanted);
    }
}

@compute @workgroup_size(WG)
fn hits(
    @builtin(global_invocation_id) id: vec3<u32>,
    @builtin(num_workgroups) groups: vec3<u32>,
    @builtin(local_invocation_index) at: u32,
) {
    let item = item_of(id, groups);
    let row = row_of(item);
    let label = labels[row];
    let own = x[row * shape.classes + min(label, shape.classes - 1u)];
    var above = 0.0;
    for (var c = at % LANES; c < shape.classes; c += LANES) {
        // NaN counts as above, and so does an equal logit of an earlier class.
        let other = x[row * shape.classes + c];
        if !(other <= own) || (other == own && c < label) { above += 1.0; }
    }
    above = sum_of_lanes(at, above);
    if item >= shape.rows * LANES || at % LANES != 0u { return; }
    y[row] = select(0.0, 1.0, label < shape.classes && above < f32(shape.k));
}
