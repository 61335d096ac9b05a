// The generator's output heads: MLPs H -> H -> H -> out with ReLU (docs/method.md section 2).
//
// The input of three heads (edge logits theta, mixture logits alpha, edge-label logits psi) is d_j = s_new - s_j for
// every node j of a subgraph. The input of the fourth (node-label logits phi) is s_j; only its logits of the new node
// are used.
//
// forward, backward: one workgroup per subgraph; its invocations share the items of a phase, and a barrier ends the
// phase. An item is four elements of a row. weight_grads: one invocation per four elements of a weight's gradient,
// summed over rows. Layouts: src/kernel/heads.rs. The suffix 4 marks sizes in vectors of four; a head's outputs are
// padded to such vectors.

// #include "item.wgsl"

struct Dims {
    hidden: u32,
    mixtures: u32,
    edge_labels: u32,
    node_labels: u32,
    subgraphs: u32,
    nodes: u32,
    edges: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;
// weight_grads: the gradient of the weights
@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> table: array<u32>;
// per node: d, s, then h1 and h2 of each head
@group(0) @binding(3) var<storage, read_write> values: array<vec4<f32>>;
// backward: the gradient of the logits
@group(0) @binding(4) var<storage, read_write> logits: array<vec4<f32>>;
// forward: the states. backward: per node the gradients of h1 and h2 of each head, then of d and s
@group(0) @binding(5) var<storage, read_write> grads: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> state_grads: array<vec4<f32>>;

fn h4() -> u32 { return dims.hidden / 4u; }
fn out4(head: u32) -> u32 {
    switch head {
        case 0u, 1u: { return (dims.mixtures + 3u) / 4u; }
        case 2u: { return (dims.edge_labels + 3u) / 4u; }
        default: { return (dims.node_labels + 3u) / 4u; }
    }
}
// Index of the first vector of a head's logits in a row; for head 4, the length of the row.
fn logits_at(head: u32) -> u32 {
    var at = 0u;
    for (var other = 0u; other < head; other++) { at += out4(other); }
    return at;
}
// Number of vectors of a head's weights: two square layers and the last one, with biases; 0 for a head without outputs.
fn head_len4(head: u32) -> u32 {
    if out4(head) == 0u { return 0u; }
    return 2u * (dims.hidden + 1u) * h4() + (dims.hidden + 1u) * out4(head);
}
fn head_at(head: u32) -> u32 {
    var at = 0u;
    for (var other = 0u; other < head; other++) { at += head_len4(other); }
    return at;
}
fn second_at() -> u32 { return (dims.hidden + 1u) * h4(); }
fn third_at() -> u32 { return 2u * (dims.hidden + 1u) * h4(); }

fn row_at(node: u32) -> u32 { return node * 10u * h4(); }
// Offset of h1 of a head in a row of values; h2 follows.
fn units_at(head: u32) -> u32 { return (2u + 2u * head) * h4(); }
fn input_at(head: u32) -> u32 { return select(0u, h4(), head == 3u); }

fn first_node(subgraph: u32) -> u32 { return table[4u + subgraph]; }
fn members(group: u32) -> vec2<u32> {
    if group >= table[0] { return vec2(0u, 0u); }
    return vec2(first_node(group), first_node(group + 1u));
}

fn barrier() {
    storageBarrier();
    workgroupBarrier();
}

// Four columns of bias + x W. x is at vector `x_at` of the values; rows of W have `columns` vectors.
fn layer(x_at: u32, matrix: u32, columns: u32, column: u32) -> vec4<f32> {
    var sum = weights[matrix + dims.hidden * columns + column];
    for (var k4 = 0u; k4 < h4(); k4++) {
        let x = values[x_at + k4];
        for (var k = 0u; k < 4u; k++) { sum = fma(vec4(x[k]), weights[matrix + (4u * k4 + k) * columns + column], sum); }
    }
    return sum;
}

@compute @workgroup_size(WG)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let own = members(group.x);
    let nodes = own.y - own.x;
    for (var item = lane; item < nodes * h4(); item += WG) {
        let node = own.x + item / h4();
        let state = grads[node * h4() + item % h4()];
        values[row_at(node) + item % h4()] = grads[(own.y - 1u) * h4() + item % h4()] - state;
        values[row_at(node) + h4() + item % h4()] = state;
    }
    barrier();
    let units = 4u * h4();
    for (var item = lane; item < nodes * units; item += WG) {
        let row = row_at(own.x + item / units);
        let head = item % units / h4();
        if out4(head) > 0u {
            let sum = layer(row + input_at(head), head_at(head), h4(), item % h4());
            values[row + units_at(head) + item % h4()] = max(sum, vec4(0.0));
        }
    }
    barrier();
    for (var item = lane; item < nodes * units; item += WG) {
        let row = row_at(own.x + item / units);
        let head = item % units / h4();
        if out4(head) > 0u {
            let sum = layer(row + units_at(head), head_at(head) + second_at(), h4(), item % h4());
            values[row + units_at(head) + h4() + item % h4()] = max(sum, vec4(0.0));
        }
    }
    barrier();
    let columns = logits_at(4u);
    for (var item = lane; item < nodes * columns; item += WG) {
        let node = own.x + item / columns;
        let head = head_of(item % columns);
        let column = item % columns - logits_at(head);
        let x_at = row_at(node) + units_at(head) + h4();
        logits[node * columns + item % columns] = layer(x_at, head_at(head) + third_at(), out4(head), column);
    }
}

// The head of a vector in a row of logits.
fn head_of(column: u32) -> u32 {
    var head = 0u;
    while column >= logits_at(head + 1u) { head++; }
    return head;
}

// Four elements of g W^T: products with four rows of W; g is `columns` vectors at `g_at`, of logits or of grads.
fn layer_grad(from_logits: bool, g_at: u32, matrix: u32, columns: u32, column: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    for (var c = 0u; c < columns; c++) {
        var g: vec4<f32>;
        if from_logits { g = logits[g_at + c]; } else { g = grads[g_at + c]; }
        for (var k = 0u; k < 4u; k++) { sum[k] += dot(weights[matrix + (4u * column + k) * columns + c], g); }
    }
    return sum;
}

fn let_through(at: u32) -> vec4<f32> { return select(vec4(0.0), vec4(1.0), values[at] > vec4(0.0)); }

@compute @workgroup_size(WG)
fn backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let own = members(group.x);
    let nodes = own.y - own.x;
    let units = 4u * h4();
    for (var item = lane; item < nodes * units; item += WG) {
        let node = own.x + item / units;
        let head = item % units / h4();
        if out4(head) > 0u {
            let at = row_at(node) + units_at(head) + h4() + item % h4();
            let g_at = node * logits_at(4u) + logits_at(head);
            let sum = layer_grad(true, g_at, head_at(head) + third_at(), out4(head), item % h4());
            grads[at - 2u * h4()] = sum * let_through(at);
        }
    }
    barrier();
    for (var item = lane; item < nodes * units; item += WG) {
        let row = row_at(own.x + item / units);
        let head = item % units / h4();
        if out4(head) > 0u {
            let at = row + units_at(head) + item % h4();
            let g_at = row + units_at(head) - h4();
            let sum = layer_grad(false, g_at, head_at(head) + second_at(), h4(), item % h4());
            grads[at - 2u * h4()] = sum * let_through(at);
        }
    }
    barrier();
    for (var item = lane; item < nodes * 2u * h4(); item += WG) {
        let row = row_at(own.x + item / (2u * h4()));
        let of_state = item / h4() % 2u == 1u;
        var sum = vec4(0.0);
        for (var head = 0u; head < 4u; head++) {
            if (head == 3u) == of_state && out4(head) > 0u {
                sum += layer_grad(false, row + units_at(head) - 2u * h4(), head_at(head), h4(), item % h4());
            }
        }
        grads[row + 8u * h4() + select(0u, h4(), of_state) + item % h4()] = sum;
    }
    barrier();
    for (var item = lane; item < nodes * h4(); item += WG) {
        let node = own.x + item / h4();
        let at = row_at(node) + 8u * h4() + item % h4();
        var sum = grads[at + h4()] - grads[at];
        if node + 1u == own.y {
            for (var other = own.x; other < own.y; other++) { sum += grads[row_at(other) + 8u * h4() + item % h4()]; }
        }
        state_grads[node * h4() + item % h4()] = sum;
    }
}

@compute @workgroup_size(WG)
fn weight_grads(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    if item >= head_at(4u) { return; }
    var head = 0u;
    while item >= head_at(head + 1u) { head++; }
    let i = item - head_at(head);
    let depth = min(i / second_at(), 2u);
    let columns = select(h4(), out4(head), depth == 2u);
    let row = (i - depth * second_at()) / columns;
    let column = (i - depth * second_at()) % columns;
    // The offset of the layer's input in the values, and of the gradient of its sums.
    let x_at = select(units_at(head) + (depth - 1u) * h4(), input_at(head), depth == 0u) + row / 4u;
    let g_at = units_at(head) - select(h4(), 2u * h4(), depth == 0u) + column;
    var sum = vec4(0.0);
    for (var node = 0u; node < table[1]; node++) {
        var g: vec4<f32>;
        if depth == 2u { g = logits[node * logits_at(4u) + logits_at(head) + column]; } else { g = grads[row_at(node) + g_at]; }
        var x = 1.0;
        if row < dims.hidden { x = values[row_at(node) + x_at][row % 4u]; }
        sum = fma(vec4(x), g, sum);
    }
    weights[item] = sum;
}
