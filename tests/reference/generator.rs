//! The GraphPNAS generator compared with that of its authors: head outputs, loss, gradients, three Adam steps.

use super::file::{Case, assert_close, devices};
use graphpnas::device::Device;
use graphpnas::generator::graphpnas::{Dimensions, GeneratorWeights, GraphNetwork, GraphPolicyTrainer, tensor_layouts};
use graphpnas::graph::Graph;
use graphpnas::kernel::heads::{Head, HeadDims};
use graphpnas::kernel::message_passing::TableSizes;
use graphpnas::space;

/// The dimensions of a case, inferred from its tensors.
fn shape_of(case: &Case) -> Dimensions {
    let name = match case.attributes["space"].as_str().unwrap() {
        "NB101" => "nasbench101",
        "NB201" => "nasbench201",
        other => panic!("{}: unknown space {other}", case.name),
    };
    let limits = space::open(name).unwrap().limits();
    let theta = &case.tensor("param.output_theta.4.weight").shape;
    let layers = case.tensors.keys().filter(|key| key.ends_with("weight_ih") && key.starts_with("param.")).count();
    let attention = case.tensor("param.decoder.att_head.0.0.weight").shape[0];
    Dimensions { limits, hidden: theta[1], mixtures: theta[0], layers, attention }
}

/// The graphs of a case with their rewards; those with node labels end after the output node.
fn graphs_of(case: &Case, shape: &Dimensions) -> Vec<(Graph, f32)> {
    let read = |entry: &serde_json::Value| {
        let labels: Vec<u8> =
            entry["node_labels"].as_array().unwrap().iter().map(|label| label.as_u64().unwrap() as u8).collect();
        let end = labels.iter().position(|label| Some(*label) == shape.limits.output_label);
        let mut graph = Graph::empty(end.map_or(labels.len(), |end| end + 1));
        for (node, label) in labels.iter().enumerate().take(graph.nodes()) {
            graph.set_node_label(node, *label).unwrap();
        }
        for from in 0..graph.nodes() {
            for to in from + 1..graph.nodes() {
                let label = entry["adjacency"][from][to].as_u64().unwrap() as u8;
                if label > 0 {
                    graph.set_edge(from, to, if shape.limits.edge_labels > 0 { label } else { 0 }).unwrap();
                }
            }
        }
        (graph, entry["reward"].as_f64().unwrap() as f32)
    };
    case.attributes["graphs"].as_array().unwrap().iter().map(read).collect()
}

/// The tensors with this prefix as generator weights.
fn weights_of(case: &Case, shape: &Dimensions, prefix: &str) -> GeneratorWeights {
    let mut weights = GeneratorWeights::zeros(shape);
    for tensor in tensor_layouts(shape) {
        let array = case.tensor(&format!("{prefix}.{}", tensor.name));
        assert_eq!(array.shape, tensor.shape, "{}", tensor.name);
        weights.set(&tensor, &array.numbers);
    }
    weights
}

fn assert_weights(what: &str, actual: &GeneratorWeights, case: &Case, shape: &Dimensions, prefix: &str, bound: f32) {
    for tensor in tensor_layouts(shape) {
        let expected = case.tensor(&format!("{prefix}.{}", tensor.name));
        assert_close(&format!("{what}, {}", tensor.name), &actual.get(&tensor), &expected.numbers, bound);
    }
}

/// The outputs of one head for the given rows, without padding.
fn head_outputs(dims: &HeadDims, logits: &[f32], head: Head, rows: &[usize]) -> Vec<f32> {
    let at = |row: &usize| row * dims.logits() + dims.logits_at(head);
    rows.iter().flat_map(|row| logits[at(row)..at(row) + dims.outputs(head)].to_vec()).collect()
}

fn check_outputs(case: &Case, shape: &Dimensions, graphs: &[(Graph, f32)], trainer: &GraphPolicyTrainer, what: &str) {
    let dims = shape.head_dims(TableSizes::of_graphs(graphs.len(), shape.limits.max_nodes));
    let (logits, rows) = trainer.outputs().unwrap();
    let subgraphs: Vec<usize> = graphs.iter().flat_map(|(graph, _)| 1..=graph.nodes()).collect();
    let nodes: usize = subgraphs.iter().sum();
    let all: Vec<usize> = (0..nodes).collect();
    let newest: Vec<usize> = subgraphs
        .iter()
        .scan(0, |end, nodes| {
            *end += nodes;
            Some(*end - 1)
        })
        .collect();
    let heads = [
        (Head::Theta, "out.edge_logits_theta", &all),
        (Head::Alpha, "out.mixture_logits_alpha", &all),
        (Head::Psi, "out.edge_label_logits_psi", &all),
        (Head::Phi, "out.node_label_logits_phi", &newest),
    ];
    for (head, name, rows) in heads {
        if dims.outputs(head) > 0 {
            let actual = head_outputs(&dims, &logits, head, rows);
            assert_close(&format!("{what}, {name}"), &actual, &case.tensor(name).numbers, 1e-4);
        }
    }
    let negative: f32 = -rows.chunks_exact(4).map(|row| row[0] + row[1] + row[2]).sum::<f32>() / graphs.len() as f32;
    assert_close(&format!("{what}, -log p"), &[negative], &case.tensor("out.neg_log_prob_mean").numbers, 1e-4);
}

fn check(case: &Case, device: &Device) {
    let what = format!("{} on {}", case.name, device.name());
    let shape = shape_of(case);
    shape.check().unwrap();
    let graphs = graphs_of(case, &shape);
    let batch: Vec<_> = graphs.iter().map(|(graph, reward)| (graph, *reward)).collect();
    let mut network = GraphNetwork::new(shape, device).unwrap();
    network.reset(&weights_of(case, &shape, "param")).unwrap();
    let mut trainer = GraphPolicyTrainer::new(&network, batch.len()).unwrap();
    let lr = case.attributes["lr"].as_f64().unwrap();
    let losses = &case.tensor("out.adam_losses").numbers;
    for (step, expected) in losses.iter().enumerate() {
        trainer.step(&mut network, &batch, lr).unwrap();
        assert_close(&format!("{what}, loss {step}"), &[trainer.loss().unwrap()], &[*expected], 1e-4);
        if step == 0 {
            check_outputs(case, &shape, &graphs, &trainer, &what);
            assert_weights(&what, &trainer.gradients().unwrap(), case, &shape, "grad", 1e-4);
        }
        if step + 2 == losses.len() {
            assert_weights(&what, &network.weights().unwrap(), case, &shape, "param_after_adam", 1e-3);
        }
    }
}

#[test]
fn generators_agree() {
    for case in Case::all("gran_") {
        devices().iter().for_each(|device| check(&case, device));
    }
}
