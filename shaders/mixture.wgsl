// Likelihood of a row of a graph under a mixture of Bernoullis, and the training loss (docs/method.md section 2).
//
//   log p(A_i) = logsumexp_k [ log_softmax_k(mean_j alpha_jk) + sum over j < i of log Bernoulli(A_ij; sigmoid(theta_jk)) ]
//   log p(label of i) = log_softmax(phi_i)[label];  log p(edge labels of i) = sum over its edges of log_softmax(psi_j)[label]
//
// likelihood, likelihood_grads: one invocation per subgraph; the nodes of subgraph i are j = 0..i, its new node is i.
// loss, loss_grads: one invocation per graph, whose subgraphs are contiguous.

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
@group(0) @binding(1) var<storage, read_write> logits: array<f32>;
@group(0) @binding(2) var<storage, read_write> table: array<u32>;
// For each subgraph the predecessors of its new node, a word of the low positions and one of the others; its label; for
// each node the label of its edge to the new node. Each is a section.
@group(0) @binding(3) var<storage, read_write> targets: array<u32>;
// Per subgraph: log p of the edges, of the label and of the edge labels; the number of edges. In likelihood_grads the
// gradients.
@group(0) @binding(4) var<storage, read_write> rows: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> logit_grads: array<f32>;

fn padded(count: u32) -> u32 { return (count + 3u) / 4u * 4u; }
fn alpha_at() -> u32 { return padded(dims.mixtures); }
fn psi_at() -> u32 { return 2u * padded(dims.mixtures); }
fn phi_at() -> u32 { return psi_at() + padded(dims.edge_labels); }
fn row_len() -> u32 { return phi_at() + padded(dims.node_labels); }
fn theta(node: u32, k: u32) -> f32 { return logits[node * row_len() + k]; }

fn connected(subgraph: u32, place: u32) -> bool {
    let word = targets[select(0u, dims.subgraphs, place >= 32u) + subgraph];
    return ((word >> (place & 31u)) & 1u) == 1u;
}
fn label_of(subgraph: u32) -> u32 { return targets[2u * dims.subgraphs + subgraph]; }
fn edge_label_of(node: u32) -> u32 { return targets[3u * dims.subgraphs + node]; }

// log(1 + e^x)
fn softplus(x: f32) -> f32 { return max(x, 0.0) + log(1.0 + exp(-abs(x))); }
fn sigmoid(x: f32) -> f32 { return 1.0 / (1.0 + exp(-x)); }

// log(e^a + e^b), also for the most negative values.
fn log_add(a: f32, b: f32) -> f32 { return max(a, b) + log(1.0 + exp(-abs(a - b))); }

const LOWEST: f32 = -3.0e38;

fn mean_alpha(nodes: vec2<u32>, k: u32) -> f32 {
    var sum = 0.0;
    for (var node = nodes.x; node < nodes.y; node++) { sum += logits[node * row_len() + alpha_at() + k]; }
    return sum / f32(nodes.y - nodes.x);
}

fn log_bernoulli(subgraph: u32, nodes: vec2<u32>, k: u32) -> f32 {
    var sum = 0.0;
    for (var node = nodes.x; node + 1u < nodes.y; node++) {
        let logit = theta(node, k);
        sum += select(0.0, logit, connected(subgraph, node - nodes.x)) - softplus(logit);
    }
    return sum;
}

// logsumexp of `count` logits from `at` on.
fn log_sum(at: u32, count: u32) -> f32 {
    var sum = LOWEST;
    for (var c = 0u; c < count; c++) { sum = log_add(sum, logits[at + c]); }
    return sum;
}

// logsumexp of the mean mixture logits, and of these plus the log-likelihood of every component.
fn mixture_sums(subgraph: u32, nodes: vec2<u32>) -> vec2<f32> {
    var prior = LOWEST;
    var joint = LOWEST;
    for (var k = 0u; k < dims.mixtures; k++) {
        let mean = mean_alpha(nodes, k);
        prior = log_add(prior, mean);
        joint = log_add(joint, mean + log_bernoulli(subgraph, nodes, k));
    }
    return vec2(prior, joint);
}

@compute @workgroup_size(WG)
fn likelihood(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let subgraph = item_of(id, groups);
    if subgraph >= dims.subgraphs { return; }
    if subgraph >= table[0] {
        rows[subgraph] = vec4(0.0);
        return;
    }
    let nodes = vec2(table[4u + subgraph], table[5u + subgraph]);
    let sums = mixture_sums(subgraph, nodes);
    var row = vec4(sums.y - sums.x, 0.0, 0.0, 0.0);
    if dims.node_labels > 0u {
        let at = (nodes.y - 1u) * row_len() + phi_at();
        row.y = logits[at + label_of(subgraph)] - log_sum(at, dims.node_labels);
    }
    for (var node = nodes.x; node + 1u < nodes.y; node++) {
        if !connected(subgraph, node - nodes.x) { continue; }
        row.w += 1.0;
        if dims.edge_labels > 0u {
            let at = node * row_len() + psi_at();
            row.z += logits[at + edge_label_of(node)] - log_sum(at, dims.edge_labels);
        }
    }
    rows[subgraph] = row;
}

@compute @workgroup_size(WG)
fn likelihood_grads(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let subgraph = item_of(id, groups);
    if subgraph >= table[0] { return; }
    let nodes = vec2(table[4u + subgraph], table[5u + subgraph]);
    for (var at = nodes.x * row_len(); at < nodes.y * row_len(); at++) { logit_grads[at] = 0.0; }
    let upstream = rows[subgraph];
    let sums = mixture_sums(subgraph, nodes);
    for (var k = 0u; k < dims.mixtures; k++) {
        let mean = mean_alpha(nodes, k);
        // The component's posterior and prior probability.
        let share = exp(mean + log_bernoulli(subgraph, nodes, k) - sums.y);
        let prior = exp(mean - sums.x);
        for (var node = nodes.x; node < nodes.y; node++) {
            logit_grads[node * row_len() + alpha_at() + k] = upstream.x * (share - prior) / f32(nodes.y - nodes.x);
            if node + 1u < nodes.y {
                let edge = select(0.0, 1.0, connected(subgraph, node - nodes.x));
                logit_grads[node * row_len() + k] = upstream.x * share * (edge - sigmoid(theta(node, k)));
            }
        }
    }
    if dims.node_labels > 0u {
        softmax_grad((nodes.y - 1u) * row_len() + phi_at(), dims.node_labels, label_of(subgraph), upstream.y);
    }
    if dims.edge_labels == 0u { return; }
    for (var node = nodes.x; node + 1u < nodes.y; node++) {
        if connected(subgraph, node - nodes.x) {
            softmax_grad(node * row_len() + psi_at(), dims.edge_labels, edge_label_of(node), upstream.z);
        }
    }
}

// Gradient of scale * log_softmax(logits)[label].
fn softmax_grad(at: u32, count: u32, label: u32, scale: f32) {
    let sum = log_sum(at, count);
    for (var c = 0u; c < count; c++) {
        logit_grads[at + c] = scale * (select(0.0, 1.0, c == label) - exp(logits[at + c] - sum));
    }
}

// The loss has other operands:
//   row_values: as `rows` above; graphs: their number, then the first subgraph of each, and the end;
//   advantages: reward minus baseline of each graph; losses: (contribution to the batch loss, own loss) of each graph;
//   upstream: gradient of the losses; row_grads: gradient of the row values.
@group(0) @binding(1) var<storage, read_write> row_values: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> graphs: array<u32>;
@group(0) @binding(3) var<storage, read_write> advantages: array<f32>;
@group(0) @binding(4) var<storage, read_write> losses: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> row_grads: array<vec4<f32>>;

// loss = - sum log p(A_i) / sum (i + 1) - 1/2 sum log p(label) / nodes - 1/8 sum_i log p(edge labels of i) / edges of i
fn graph_loss(first: u32, end: u32) -> f32 {
    let count = f32(end - first);
    var loss = 0.0;
    for (var i = first; i < end; i++) {
        let row = row_values[i];
        loss -= row.x / (0.5 * count * (count + 1.0)) + 0.5 * row.y / count + 0.125 * row.z / max(row.w, 1.0);
    }
    return loss;
}

const FLOOR: f32 = 1.0e-6;

@compute @workgroup_size(WG)
fn loss(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let graph = item_of(id, groups);
    if graph >= arrayLength(&losses) { return; }
    if graph >= graphs[0] {
        losses[graph] = vec2(0.0);
        return;
    }
    let own = graph_loss(graphs[1u + graph], graphs[2u + graph]);
    let advantage = advantages[graph];
    let value = select(log(1.0 - exp(-own) + FLOOR), own, advantage >= 0.0);
    losses[graph] = vec2(advantage * value / f32(graphs[0]), own);
}

@compute @workgroup_size(WG)
fn loss_grads(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
    let graph = item_of(id, groups);
    if graph >= graphs[0] { return; }
    let first = graphs[1u + graph];
    let end = graphs[2u + graph];
    let own = graph_loss(first, end);
    let advantage = advantages[graph];
    let fading = exp(-own);
    let slope = select(fading / (1.0 - fading + FLOOR), 1.0, advantage >= 0.0);
    let upstream = losses[graph];
    let scale = upstream.x * advantage * slope / f32(graphs[0]) + upstream.y;
    let count = f32(end - first);
    for (var i = first; i < end; i++) {
        let edges = max(row_values[i].w, 1.0);
        row_grads[i] = -scale * vec4(2.0 / (count * (count + 1.0)), 0.5 / count, 0.125 / edges, 0.0);
    }
}
