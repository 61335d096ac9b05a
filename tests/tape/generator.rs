//! Gradients of the generator's fused operations: message passing, heads, likelihood, loss.

use super::difference::{check, check_but_for_kinks, numbers};
use graphpnas::kernel::heads::HeadDims;
use graphpnas::kernel::message_passing::{Dims, TableBuilder, TableSizes};
use graphpnas::tape::{Tape, Tensor};

/// Returns the table of the rows of two graphs of three nodes, the first fully connected, with edge labels out of
/// `labels`.
fn table(labels: usize) -> Vec<f32> {
    let mut builder = TableBuilder::new(labels);
    for predecessors in [[0, 1, 3], [0, 0, 2]] {
        (0..3)
            .for_each(|node| builder.push(&predecessors[..node], |from, to| (from + to) as u32 % labels.max(1) as u32));
    }
    builder.finish(sizes()).unwrap().into_iter().map(f32::from_bits).collect()
}

fn sizes() -> TableSizes {
    TableSizes::of_graphs(2, 3)
}

fn vector(tape: &mut Tape, numbers: &[f32]) -> Tensor {
    tape.constant(numbers, &[numbers.len()]).unwrap()
}

fn small(seed: u64, len: usize) -> Vec<f32> {
    numbers(seed, len).iter().map(|x| 0.5 * x).collect()
}

fn head_dims(labels: [u32; 2]) -> HeadDims {
    let TableSizes { subgraphs, nodes, edges } = sizes();
    let [subgraphs, nodes, edges] = [subgraphs, nodes, edges].map(|size| size as u32);
    HeadDims { hidden: 8, mixtures: 2, edge_labels: labels[0], node_labels: labels[1], subgraphs, nodes, edges }
}

#[test]
fn message_passing_gradients() {
    let TableSizes { subgraphs, nodes, edges } = sizes();
    let [subgraphs, nodes, edges] = [subgraphs, nodes, edges].map(|size| size as u32);
    let dims = Dims { hidden: 8, attention: 4, layers: 2, max_nodes: 3, edge_labels: 2, subgraphs, nodes, edges };
    check_but_for_kinks(50, &[(&[dims.weights()], small(1, dims.weights()))], |tape, x| {
        let table = vector(tape, &table(2));
        Ok(vec![tape.message_passing(&dims, x[0], table)?])
    });
}

#[test]
fn head_gradients() {
    let dims = head_dims([2, 3]);
    let states = dims.nodes as usize * dims.hidden as usize;
    let inputs = [(&[dims.weights()][..], small(2, dims.weights())), (&[states][..], numbers(3, states))];
    check_but_for_kinks(50, &inputs, |tape, x| {
        let table = vector(tape, &table(2));
        Ok(vec![tape.heads(&dims, x[0], table, x[1])?])
    });
}

#[test]
fn likelihood_gradients() {
    for labels in [[0, 0], [2, 0], [0, 3]] {
        let dims = head_dims(labels);
        let len = dims.nodes as usize * dims.logits();
        check(&[(&[len], numbers(4, len))], |tape, x| {
            let table = vector(tape, &table(labels[0] as usize));
            let targets: Vec<_> = [0_u32, 1, 2, 0, 0, 3]
                .into_iter()
                .chain([0; 6])
                .chain([0, 1, 2, 0, 1, 1])
                .chain((0..dims.nodes).map(|node| node % labels[0].max(1)))
                .map(f32::from_bits)
                .collect();
            let targets = vector(tape, &targets);
            Ok(vec![tape.row_likelihood(&dims, x[0], table, targets)?])
        });
    }
}

#[test]
fn loss_gradients() {
    // A graph with a positive and one with a negative advantage.
    let dims = head_dims([2, 0]);
    let logs: Vec<_> = numbers(5, 24).iter().map(|x| x - 2.0).collect();
    check(&[(&[6, 4], logs)], |tape, x| {
        // The fourth element of a row is the number of its edges.
        let mask = tape.constant(&[1.0, 1.0, 1.0, 0.0].repeat(6), &[6, 4])?;
        let counts = tape.constant(&[0.0, 0.0, 0.0, 2.0].repeat(6), &[6, 4])?;
        let logs = tape.mul(x[0], mask)?;
        let rows = tape.add(logs, counts)?;
        let graphs = vector(tape, &[2, 0, 3, 6].map(f32::from_bits));
        let advantages = vector(tape, &[0.8, -0.3]);
        Ok(vec![tape.policy_loss(&dims, rows, graphs, advantages)?])
    });
}
