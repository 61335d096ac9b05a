// Message passing over a batch of subgraphs, all layers in one launch (docs/method.md section 2).
//
//   x_uv = [s_u - s_v, e_uv],  m = MLP(x), a = sigmoid(MLP(x)),  M_v = sum of m a over incoming edges,  s_v = GRU(M_v, s_v)
//
// forward, backward: one workgroup per subgraph; its invocations share the items of a phase, and a barrier ends the phase.
// An item is four elements of a row, for up to four rows that share the weights.
// weight_grads: one invocation per 4 x 4 block of a weight's gradient; it sums over all nodes or edges in order.
// Layouts: src/kernel/message_passing.rs (weights, saved values) and table.rs (the batch). H = hidden, A = attention,
// WIDE = H + A; the suffix 4 marks sizes in vectors of four.

// #include "item.wgsl"

struct Dims {
    hidden: u32,
    attention: u32,
    layers: u32,
    max_nodes: u32,
    edge_labels: u32,
    subgraphs: u32,
    nodes: u32,
    edges: u32,
}

@group(0) @binding(0) var<uniform> dims: Dims;

@group(0) @binding(1) var<storage, read_write> weights: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> table: array<u32>;
// forward: final states; backward: their gradient
@group(0) @binding(3) var<storage, read_write> states: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> node_values: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> edge_values: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> node_grads: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> edge_grads: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> first_grads: array<vec4<f32>>;

// Sizes, in vectors of four.
fn h4() -> u32 { return dims.hidden / 4u; }
fn a4() -> u32 { return dims.attention / 4u; }
fn wide4() -> u32 { return h4() + a4(); }
fn node_width4() -> u32 { return 8u * h4() + wide4(); }
fn edge_width4() -> u32 { return 2u * h4() + wide4(); }
fn node_grad_width4() -> u32 { return 7u * h4() + wide4(); }

// Offsets of a layer's weights, in vectors of four.
fn state_at() -> u32 { return 0u; }
fn edge_at() -> u32 { return dims.hidden * wide4(); }
fn bias_at() -> u32 { return 2u * dims.hidden * wide4(); }
fn message_at() -> u32 { return bias_at() + wide4(); }
fn message_bias_at() -> u32 { return message_at() + dims.hidden * h4(); }
fn attention_at() -> u32 { return message_bias_at() + h4(); }
fn attention_bias_at() -> u32 { return attention_at() + dims.attention * h4(); }
fn input_at() -> u32 { return attention_bias_at() + h4(); }
fn input_bias_at() -> u32 { return input_at() + 3u * dims.hidden * h4(); }
fn recurrent_at() -> u32 { return input_bias_at() + 3u * h4(); }
fn recurrent_bias_at() -> u32 { return recurrent_at() + 3u * dims.hidden * h4(); }
fn layer_len4() -> u32 { return recurrent_bias_at() + 3u * h4(); }

// Sections of the table.
fn first_node(subgraph: u32) -> u32 { return table[4u + subgraph]; }
fn nodes_at() -> u32 { return 5u + dims.subgraphs; }
fn first_edge(node: u32) -> u32 { return table[nodes_at() + node]; }
fn position(node: u32) -> u32 { return table[nodes_at() + 1u + dims.nodes + node]; }
// Whether the node at position `k`, below 64, is a predecessor: a set is a word of the low positions and one of the others.
fn reads(node: u32, k: u32) -> bool {
    let word = table[nodes_at() + 1u + select(2u, 3u, k >= 32u) * dims.nodes + node];
    return ((word >> (k & 31u)) & 1u) == 1u;
}
fn subgraph_of(node: u32) -> u32 { return table[nodes_at() + 1u + 4u * dims.nodes + node]; }
fn edges_at() -> u32 { return nodes_at() + 1u + 5u * dims.nodes; }
fn source_of(edge: u32) -> u32 { return table[edges_at() + edge]; }
fn target_of(edge: u32) -> u32 { return table[edges_at() + dims.edges + edge]; }
fn class_of(edge: u32) -> u32 { return table[edges_at() + 2u * dims.edges + edge]; }
fn reverse_of(edge: u32) -> u32 { return table[edges_at() + 3u * dims.edges + edge]; }

fn embedding() -> u32 { return dims.hidden - dims.max_nodes; }
fn positions() -> u32 { return dims.hidden - dims.edge_labels - dims.max_nodes; }
fn identity_row(at: u32) -> u32 { return positions() + dims.edge_labels + at; }

// The position rows of a class (equal if both mark the same row) and its label row.
fn class_rows(kind: u32) -> vec3<u32> {
    let labels = max(dims.edge_labels, 1u);
    if kind < labels { return vec3(0u, 1u, positions() + kind); }
    if kind == labels { return vec3(1u, 1u, positions()); }
    return vec3(0u, 2u, positions());
}

fn node_row(node: u32, layer: u32) -> u32 { return (node * dims.layers + layer) * node_width4(); }
fn edge_row(edge: u32, layer: u32) -> u32 { return (edge * dims.layers + layer) * edge_width4(); }
fn node_grad_row(node: u32, layer: u32) -> u32 { return (node * dims.layers + layer) * node_grad_width4(); }

fn sigmoid(x: vec4<f32>) -> vec4<f32> { return 1.0 / (1.0 + exp(-x)); }
// tanh computed from exp: the built-in function returns NaN for large arguments on some drivers.
fn tanh_(x: vec4<f32>) -> vec4<f32> { return 1.0 - 2.0 / (1.0 + exp(2.0 * clamp(x, vec4(-15.0), vec4(15.0)))); }

// The nodes of this workgroup's subgraph; an empty range if the batch has fewer subgraphs.
fn members(group: u32) -> vec2<u32> {
    if group >= table[0] { return vec2(0u, 0u); }
    return vec2(first_node(group), first_node(group + 1u));
}

fn barrier() {
    storageBarrier();
    workgroupBarrier();
}

@compute @workgroup_size(WG)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let own = members(group.x);
    let nodes = own.y - own.x;
    var edge_range = vec2(0u, 0u);
    if nodes > 0u { edge_range = vec2(first_edge(own.x), first_edge(own.y)); }
    let edges = edge_range.y - edge_range.x;
    for (var item = lane; item < nodes * h4(); item += WG) {
        let node = own.x + item / h4();
        node_values[node_row(node, 0u) + item % h4()] = first_state(node, item % h4(), node + 1u == own.y);
    }
    barrier();
    for (var layer = 0u; layer < dims.layers; layer++) {
        let base = layer * layer_len4();
        let columns = wide4() + 3u * h4();
        for (var item = lane; item < (nodes + 3u) / 4u * columns; item += WG) {
            project(base, layer, own.x + item / columns * 4u, own.y, item % columns);
        }
        barrier();
        for (var item = lane; item < edges * wide4(); item += WG) {
            hidden(base, layer, edge_range.x + item / wide4(), item % wide4());
        }
        barrier();
        for (var item = lane; item < (edges + 3u) / 4u * h4(); item += WG) {
            messages(base, layer, edge_range.x + item / h4() * 4u, edge_range.y, item % h4());
        }
        barrier();
        for (var item = lane; item < nodes * h4(); item += WG) {
            collect(layer, own.x + item / h4(), item % h4());
        }
        barrier();
        for (var item = lane; item < (nodes + 3u) / 4u * h4(); item += WG) {
            update(base, layer, own.x + item / h4() * 4u, own.y, item % h4());
        }
        barrier();
    }
}

// s = [W_in a + b_in, one-hot of the position]; zeros for the new node.
fn first_state(node: u32, column4: u32, fresh: bool) -> vec4<f32> {
    var state = vec4(0.0);
    if fresh { return state; }
    let matrix = 4u * dims.layers * layer_len4();
    for (var c = 0u; c < 4u; c++) {
        let column = 4u * column4 + c;
        if column < embedding() {
            state[c] = weight(matrix + dims.max_nodes * embedding() + column);
            for (var k = 0u; k < dims.max_nodes; k++) {
                if reads(node, k) { state[c] += weight(matrix + k * embedding() + column); }
            }
        } else if column - embedding() == position(node) {
            state[c] = 1.0;
        }
    }
    return state;
}

fn weight(at: u32) -> f32 { return weights[at / 4u][at % 4u]; }

// Four columns of the projections [first layers | gh] of up to four nodes.
fn project(base: u32, layer: u32, node: u32, end: u32, column: u32) {
    let recurrent = column >= wide4();
    let at = base + select(state_at() + column, recurrent_at() + column - wide4(), recurrent);
    let stride = select(wide4(), 3u * h4(), recurrent);
    let rows = rows_of(node, end);
    var sums: array<vec4<f32>, 4>;
    for (var r = 0u; r < 4u; r++) {
        if recurrent {
            sums[r] = weights[base + recurrent_bias_at() + column - wide4()];
        } else {
            sums[r] = -weights[base + edge_at() + identity_row(position(rows[r])) * wide4() + column];
        }
    }
    for (var k4 = 0u; k4 < h4(); k4++) {
        var x: array<vec4<f32>, 4>;
        for (var r = 0u; r < 4u; r++) { x[r] = node_values[node_row(rows[r], layer) + k4]; }
        for (var k = 0u; k < 4u; k++) {
            let w = weights[at + (4u * k4 + k) * stride];
            for (var r = 0u; r < 4u; r++) { sums[r] = fma(vec4(x[r][k]), w, sums[r]); }
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if node + r < end { node_values[node_row(node + r, layer) + h4() + column] = sums[r]; }
    }
}

// Four rows from the first on; past the end the last one, so that reads stay inside.
fn rows_of(first: u32, end: u32) -> vec4<u32> {
    return min(vec4(first, first + 1u, first + 2u, first + 3u), vec4(end - 1u));
}

// Four hidden units of an edge.
fn hidden(base: u32, layer: u32, edge: u32, column: u32) {
    let rows = class_rows(class_of(edge));
    var sum = weights[base + bias_at() + column] + weights[base + edge_at() + rows.x * wide4() + column];
    if rows.y != rows.x { sum += weights[base + edge_at() + rows.y * wide4() + column]; }
    if dims.edge_labels > 0u { sum += weights[base + edge_at() + rows.z * wide4() + column]; }
    let source = node_values[node_row(source_of(edge), layer) + h4() + column];
    let goal = node_values[node_row(target_of(edge), layer) + h4() + column];
    edge_values[edge_row(edge, layer) + column] = max(source - goal + sum, vec4(0.0));
}

// Four elements of m and of a for up to four edges.
fn messages(base: u32, layer: u32, edge: u32, end: u32, column: u32) {
    let rows = rows_of(edge, end);
    var m: array<vec4<f32>, 4>;
    var a: array<vec4<f32>, 4>;
    for (var r = 0u; r < 4u; r++) {
        m[r] = weights[base + message_bias_at() + column];
        a[r] = weights[base + attention_bias_at() + column];
    }
    for (var k4 = 0u; k4 < h4(); k4++) {
        var x: array<vec4<f32>, 4>;
        for (var r = 0u; r < 4u; r++) { x[r] = edge_values[edge_row(rows[r], layer) + k4]; }
        for (var k = 0u; k < 4u; k++) {
            let w = weights[base + message_at() + (4u * k4 + k) * h4() + column];
            for (var r = 0u; r < 4u; r++) { m[r] = fma(vec4(x[r][k]), w, m[r]); }
        }
    }
    for (var k4 = 0u; k4 < a4(); k4++) {
        var x: array<vec4<f32>, 4>;
        for (var r = 0u; r < 4u; r++) { x[r] = edge_values[edge_row(rows[r], layer) + h4() + k4]; }
        for (var k = 0u; k < 4u; k++) {
            let w = weights[base + attention_at() + (4u * k4 + k) * h4() + column];
            for (var r = 0u; r < 4u; r++) { a[r] = fma(vec4(x[r][k]), w, a[r]); }
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if edge + r < end {
            let row = edge_row(edge + r, layer) + wide4() + column;
            edge_values[row] = m[r];
            edge_values[row + h4()] = sigmoid(a[r]);
        }
    }
}

// M_v: the sum of the gated messages to a node, in the order of its edges.
fn collect(layer: u32, node: u32, column: u32) {
    var sum = vec4(0.0);
    for (var edge = first_edge(node); edge < first_edge(node + 1u); edge++) {
        let row = edge_row(edge, layer) + wide4() + column;
        sum = fma(edge_values[row], edge_values[row + h4()], sum);
    }
    node_values[node_row(node, layer) + wide4() + 4u * h4() + column] = sum;
}

// gi and the GRU for four units of up to four nodes.
fn update(base: u32, layer: u32, node: u32, end: u32, column: u32) {
    let rows = rows_of(node, end);
    var gi: array<array<vec4<f32>, 3>, 4>;
    for (var r = 0u; r < 4u; r++) {
        for (var g = 0u; g < 3u; g++) { gi[r][g] = weights[base + input_bias_at() + g * h4() + column]; }
    }
    for (var k4 = 0u; k4 < h4(); k4++) {
        var x: array<vec4<f32>, 4>;
        for (var r = 0u; r < 4u; r++) { x[r] = node_values[node_row(rows[r], layer) + wide4() + 4u * h4() + k4]; }
        for (var k = 0u; k < 4u; k++) {
            for (var g = 0u; g < 3u; g++) {
                let w = weights[base + input_at() + (4u * k4 + k) * 3u * h4() + g * h4() + column];
                for (var r = 0u; r < 4u; r++) { gi[r][g] = fma(vec4(x[r][k]), w, gi[r][g]); }
            }
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if node + r >= end { break; }
        let row = node_row(node + r, layer);
        let gh = row + h4() + wide4() + column;
        let reset = sigmoid(gi[r][0] + node_values[gh]);
        let z = sigmoid(gi[r][1] + node_values[gh + h4()]);
        let n = tanh_(gi[r][2] + reset * node_values[gh + 2u * h4()]);
        let gates = row + wide4() + 5u * h4() + column;
        node_values[gates] = reset;
        node_values[gates + h4()] = z;
        node_values[gates + 2u * h4()] = n;
        let next = (1.0 - z) * n + z * node_values[row + column];
        if layer + 1u < dims.layers {
            node_values[row + node_width4() + column] = max(next, vec4(0.0));
        } else {
            states[(node + r) * h4() + column] = next;
        }
    }
}

@compute @workgroup_size(WG)
fn backward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
    let own = members(group.x);
    let nodes = own.y - own.x;
    var edge_range = vec2(0u, 0u);
    if nodes > 0u { edge_range = vec2(first_edge(own.x), first_edge(own.y)); }
    let edges = edge_range.y - edge_range.x;
    // first_grads holds the gradient of the states while it passes from layer to layer.
    for (var item = lane; item < nodes * h4(); item += WG) {
        first_grads[own.x * h4() + item] = states[own.x * h4() + item];
    }
    barrier();
    for (var step = 0u; step < dims.layers; step++) {
        let layer = dims.layers - 1u - step;
        let base = layer * layer_len4();
        for (var item = lane; item < nodes * h4(); item += WG) {
            gate_grads(layer, own.x + item / h4(), item % h4());
        }
        barrier();
        for (var item = lane; item < (nodes + 3u) / 4u * h4(); item += WG) {
            gru_grads(base, layer, own.x + item / h4() * 4u, own.y, item % h4());
        }
        barrier();
        for (var item = lane; item < edges * h4(); item += WG) {
            message_grads(layer, edge_range.x + item / h4(), item % h4());
        }
        barrier();
        for (var item = lane; item < (edges + 3u) / 4u * wide4(); item += WG) {
            hidden_grads(base, layer, edge_range.x + item / wide4() * 4u, edge_range.y, item % wide4());
        }
        barrier();
        for (var item = lane; item < nodes * wide4(); item += WG) {
            gather(layer, own.x + item / wide4(), item % wide4());
        }
        barrier();
        for (var item = lane; item < (nodes + 3u) / 4u * h4(); item += WG) {
            state_grads(base, layer, own.x + item / h4() * 4u, own.y, item % h4());
        }
        barrier();
    }
}

// The element-wise part of the GRU: gradients of gi and gh, and the part of the state's gradient that does not pass the
// products.
fn gate_grads(layer: u32, node: u32, column: u32) {
    let row = node_row(node, layer);
    let gates = row + wide4() + 5u * h4() + column;
    let r = node_values[gates];
    let z = node_values[gates + h4()];
    let n = node_values[gates + 2u * h4()];
    let gradient = first_grads[node * h4() + column];
    let inner = gradient * (1.0 - z) * (1.0 - n * n);
    let change = gradient * (node_values[row + column] - n) * z * (1.0 - z);
    let reset = inner * node_values[row + wide4() + 3u * h4() + column] * r * (1.0 - r);
    let out = node_grad_row(node, layer) + column;
    node_grads[out] = reset;
    node_grads[out + h4()] = change;
    node_grads[out + 2u * h4()] = inner;
    node_grads[out + 3u * h4()] = reset;
    node_grads[out + 4u * h4()] = change;
    node_grads[out + 5u * h4()] = inner * r;
    first_grads[node * h4() + column] = gradient * z;
}

// Four elements of a row times a transposed matrix: products with four rows of `columns` vectors from `at` on.
fn dots(at: u32, stride: u32, c: u32, x: vec4<f32>) -> vec4<f32> {
    return vec4(
        dot(weights[at + c], x),
        dot(weights[at + stride + c], x),
        dot(weights[at + 2u * stride + c], x),
        dot(weights[at + 3u * stride + c], x),
    );
}

// The products of the GRU: the gradient of the messages, and the rest of the state's gradient.
fn gru_grads(base: u32, layer: u32, node: u32, end: u32, column: u32) {
    let rows = rows_of(node, end);
    let stride = 3u * h4();
    var message: array<vec4<f32>, 4>;
    var state: array<vec4<f32>, 4>;
    for (var c = 0u; c < stride; c++) {
        for (var r = 0u; r < 4u; r++) {
            let row = node_grad_row(rows[r], layer) + c;
            message[r] += dots(base + input_at() + 4u * column * stride, stride, c, node_grads[row]);
            state[r] += dots(base + recurrent_at() + 4u * column * stride, stride, c, node_grads[row + stride]);
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if node + r < end {
            node_grads[node_grad_row(node + r, layer) + 6u * h4() + wide4() + column] = message[r];
            first_grads[(node + r) * h4() + column] += state[r];
        }
    }
}

// The gradients of m and a of an edge.
fn message_grads(layer: u32, edge: u32, column: u32) {
    let upstream = node_grads[node_grad_row(target_of(edge), layer) + 6u * h4() + wide4() + column];
    let row = edge_row(edge, layer) + wide4() + column;
    let gate = edge_values[row + h4()];
    edge_grads[row] = upstream * gate;
    edge_grads[row + h4()] = upstream * edge_values[row] * gate * (1.0 - gate);
}

// The second layers of up to four edges: the gradients of four hidden units.
fn hidden_grads(base: u32, layer: u32, edge: u32, end: u32, column: u32) {
    let rows = rows_of(edge, end);
    let gate = column >= h4();
    let grads_at = wide4() + select(0u, h4(), gate);
    let at = base + select(message_at() + 4u * column * h4(), attention_at() + 4u * (column - h4()) * h4(), gate);
    var sums: array<vec4<f32>, 4>;
    for (var c = 0u; c < h4(); c++) {
        for (var r = 0u; r < 4u; r++) {
            sums[r] += dots(at, h4(), c, edge_grads[edge_row(rows[r], layer) + grads_at + c]);
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if edge + r < end {
            let row = edge_row(edge + r, layer) + column;
            edge_grads[row] = select(vec4(0.0), sums[r], edge_values[row] > vec4(0.0));
        }
    }
}

// The gradient of the projection: the node's state is the source of the reverse edge and the target of the edge.
fn gather(layer: u32, node: u32, column: u32) {
    var sum = vec4(0.0);
    for (var edge = first_edge(node); edge < first_edge(node + 1u); edge++) {
        sum += edge_grads[edge_row(reverse_of(edge), layer) + column] - edge_grads[edge_row(edge, layer) + column];
    }
    node_grads[node_grad_row(node, layer) + 6u * h4() + column] = sum;
}

// The gradient of the layer's input state: through the projection and the ReLU before the layer.
fn state_grads(base: u32, layer: u32, node: u32, end: u32, column: u32) {
    let rows = rows_of(node, end);
    var sums: array<vec4<f32>, 4>;
    for (var c = 0u; c < wide4(); c++) {
        for (var r = 0u; r < 4u; r++) {
            let gradient = node_grads[node_grad_row(rows[r], layer) + 6u * h4() + c];
            sums[r] += dots(base + state_at() + 4u * column * wide4(), wide4(), c, gradient);
        }
    }
    for (var r = 0u; r < 4u; r++) {
        if node + r < end {
            let gradient = first_grads[(node + r) * h4() + column] + sums[r];
            let state = node_values[node_row(node + r, layer) + column];
            first_grads[(node + r) * h4() + column] = gradient * let_through(layer, state);
        }
    }
}

// The mask of the ReLU before the layer; the first layer has none.
fn let_through(layer: u32, state: vec4<f32>) -> vec4<f32> {
    if layer == 0u { return vec4(1.0); }
    return select(vec4(0.0), vec4(1.0), state > vec4(0.0));
}

// The sum over rows [first, end) of x[4 elements] g[4 elements]^T, at offsets given by the strides.
struct Outer {
    node: bool,
    x_at: u32,
    g_at: u32,
}

fn left(outer: Outer, row: u32, layer: u32) -> vec4<f32> {
    if outer.node { return node_values[node_row(row, layer) + outer.x_at]; }
    return edge_values[edge_row(row, layer) + outer.x_at];
}

fn right(outer: Outer, row: u32, layer: u32) -> vec4<f32> {
    if outer.node { return node_grads[node_grad_row(row, layer) + outer.g_at]; }
    return edge_grads[edge_row(row, layer) + outer.g_at];
}

// Writes a 4 x 4 block of a matrix's gradient at vector `at`, with `stride` vectors per row.
fn block(outer: Outer, layer: u32, at: u32, stride: u32) {
    var sums: array<vec4<f32>, 4>;
    let count = select(table[2], table[1], outer.node);
    for (var row = 0u; row < count; row++) {
        let x = left(outer, row, layer);
        let g = right(outer, row, layer);
        for (var k = 0u; k < 4u; k++) { sums[k] = fma(vec4(x[k]), g, sums[k]); }
    }
    for (var k = 0u; k < 4u; k++) { weights[at + k * stride] = sums[k]; }
}

// Four elements of a bias's gradient.
fn bias(outer: Outer, layer: u32, at: u32) {
    var sum = vec4(0.0);
    let count = select(table[2], table[1], outer.node);
    for (var row = 0u; row < count; row++) { sum += right(outer, row, layer); }
    weights[at] = sum;
}

// Four elements of a row of the first layers on the edge input: sums over the edges that mark it, or over the nodes at
// its position.
fn edge_input(layer: u32, row: u32, column: u32) -> vec4<f32> {
    var sum = vec4(0.0);
    if row >= identity_row(0u) {
        for (var node = 0u; node < table[1]; node++) {
            let marked = identity_row(position(node)) == row;
            let gradient = node_grads[node_grad_row(node, layer) + 6u * h4() + column];
            sum -= select(vec4(0.0), gradient, marked);
        }
        return sum;
    }
    if row > 2u && row < positions() { return sum; }
    for (var edge = 0u; edge < table[2]; edge++) {
        let rows = class_rows(class_of(edge));
        let label = dims.edge_labels > 0u && rows.z == row;
        let marked = rows.x == row || rows.y == row || label;
        sum += select(vec4(0.0), edge_grads[edge_row(edge, layer) + column], marked);
    }
    return sum;
}

// One element of the input layer's gradient: row N_max is the bias.
fn input_gradient(row: u32, column: u32) -> f32 {
    var sum = 0.0;
    for (var node = 0u; node < table[1]; node++) {
        let fresh = node + 1u == first_node(subgraph_of(node) + 1u);
        let fed = row == dims.max_nodes || reads(node, row);
        let gradient = states[node * h4() + column / 4u][column % 4u];
        sum += select(0.0, gradient, fed && !fresh);
    }
    return sum;
}

// Here binding 1 is the gradient of the weights and binding 3 that of the initial states.
@compute @workgroup_size(WG)
fn weight_grads(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let item = item_of(id, groups);
    let square = h4() * h4();
    let wide = wide4();
    let per_layer = h4() * wide + dims.hidden * wide + wide + 7u * square + a4() * h4() + 8u * h4();
    let layer = item / per_layer;
    if layer >= dims.layers {
        let at = item - dims.layers * per_layer;
        let cells = (dims.max_nodes + 1u) * embedding();
        if at >= (cells + 3u) / 4u * 4u { return; }
        let out = 4u * dims.layers * layer_len4() + at;
        var sum = 0.0;
        if at < cells { sum = input_gradient(at / embedding(), at % embedding()); }
        weights[out / 4u][out % 4u] = sum;
        return;
    }
    let base = layer * layer_len4();
    var i = item % per_layer;
    if i < h4() * wide {
        block(Outer(true, i / wide, 6u * h4() + i % wide), layer, base + state_at() + i / wide * 4u * wide + i % wide, wide);
        return;
    }
    i -= h4() * wide;
    if i < dims.hidden * wide {
        weights[base + edge_at() + i] = edge_input(layer, i / wide, i % wide);
        return;
    }
    i -= dims.hidden * wide;
    if i < wide {
        bias(Outer(false, 0u, i), layer, base + bias_at() + i);
        return;
    }
    i -= wide;
    if i < square {
        let at = base + message_at() + i / h4() * 4u * h4() + i % h4();
        block(Outer(false, i / h4(), wide + i % h4()), layer, at, h4());
        return;
    }
    i -= square;
    if i < a4() * h4() {
        let at = base + attention_at() + i / h4() * 4u * h4() + i % h4();
        block(Outer(false, h4() + i / h4(), wide + h4() + i % h4()), layer, at, h4());
        return;
    }
    i -= a4() * h4();
    let triple = 3u * h4();
    if i < 3u * square {
        let at = base + input_at() + i / triple * 4u * triple + i % triple;
        block(Outer(true, wide + 4u * h4() + i / triple, i % triple), layer, at, triple);
        return;
    }
    i -= 3u * square;
    if i < 3u * square {
        let at = base + recurrent_at() + i / triple * 4u * triple + i % triple;
        block(Outer(true, i / triple, triple + i % triple), layer, at, triple);
        return;
    }
    i -= 3u * square;
    if i < h4() {
        bias(Outer(false, 0u, wide + i), layer, base + message_bias_at() + i);
    } else if i < 2u * h4() {
        bias(Outer(false, 0u, wide + i), layer, base + attention_bias_at() + i - h4());
    } else if i < 5u * h4() {
        bias(Outer(true, 0u, i - 2u * h4()), layer, base + input_bias_at() + i - 2u * h4());
    } else {
        bias(Outer(true, 0u, triple + i - 5u * h4()), layer, base + recurrent_bias_at() + i - 5u * h4());
    }
}
