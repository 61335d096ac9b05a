//! Likelihood and loss against their twins: graphs of one node, rows without edges, fewer graphs than the capacity.

use super::heads::{dims, table};
use super::parity::{Case, indices, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::heads::HeadDims;
use graphpnas::kernel::message_passing::words;
use graphpnas::kernel::mixture::{likelihood, likelihood_grads, loss, loss_grads};
use rand::RngExt;
use rand::rngs::StdRng;

pub fn cases() -> Vec<Case> {
    let mut rng = rng(9);
    let graphs: [(HeadDims, &[usize], &[usize], usize); 7] = [
        (dims(24, 10, [5, 0], 8, 4), &[1, 2, 3, 4, 1, 2, 3, 4], &[4, 4], 2),
        (dims(24, 10, [0, 5], 5, 7), &[1, 2, 1, 2, 3], &[2, 3], 4),
        (dims(8, 1, [0, 0], 1, 1), &[1], &[1], 1),
        (dims(12, 3, [7, 6], 6, 6), &[1, 2, 3, 4, 5, 6], &[6], 3),
        (dims(48, 10, [0, 0], 3, 32), &[30, 31, 32], &[3], 1),
        (dims(8, 3, [3, 0], 4, 64), &[32, 33, 34, 64], &[4], 1),
        (dims(8, 2, [249, 250], 3, 4), &[2, 3, 4], &[3], 1),
    ];
    graphs.iter().flat_map(|(dims, rows, graphs, room)| four(&mut rng, dims, rows, graphs, *room)).collect()
}

/// Returns cases of all four kernels; `subgraphs` are node counts and `graphs` are row counts.
fn four(rng: &mut StdRng, dims: &HeadDims, subgraphs: &[usize], graphs: &[usize], capacity: usize) -> Vec<Case> {
    let (s, n) = (dims.subgraphs as usize, dims.nodes as usize);
    let logits: Vec<_> = uniform(rng, n * dims.logits()).iter().map(|x| 3.0 * x).collect();
    let table = table(rng, dims, subgraphs);
    let targets = targets(rng, dims, subgraphs);
    let first = Case::new(likelihood(dims), vec![logits.clone(), table.clone(), targets.clone(), unwritten(4 * s)]);
    let rows = first.run(&Device::Cpu).swap_remove(0);
    let upstream = uniform(rng, 4 * s);
    // Neither device writes nodes past the last subgraph.
    let operands = vec![logits, table, targets, upstream, vec![0.0; n * dims.logits()]];
    let second = Case::new(likelihood_grads(dims), operands);

    let starts = starts(graphs, capacity);
    let advantages: Vec<_> = (0..capacity).map(|graph| if graph % 2 == 0 { 0.7 } else { -0.4 }).collect();
    let operands = vec![rows.clone(), starts.clone(), advantages.clone(), unwritten(2 * capacity)];
    let third = Case::new(loss(dims, capacity), operands);
    let operands = vec![rows, starts, advantages, uniform(rng, 2 * capacity), vec![0.0; 4 * s]];
    vec![first, second, third, Case::new(loss_grads(dims, capacity), operands)]
}

/// Returns predecessor sets of the new nodes (one of them empty), their labels, and edge labels.
fn targets(rng: &mut StdRng, dims: &HeadDims, subgraphs: &[usize]) -> Vec<f32> {
    let mut sets = vec![0; dims.subgraphs as usize];
    for (set, nodes) in sets.iter_mut().zip(subgraphs).skip(1) {
        *set = rng.random::<u64>() & ((1 << (nodes - 1)) - 1);
    }
    let [low, high] = [0, 1].map(|word| sets.iter().map(|set| f32::from_bits(words(*set)[word])).collect::<Vec<_>>());
    let labels = indices(rng, dims.subgraphs as usize, dims.node_labels.max(1));
    [low, high, labels, indices(rng, dims.nodes as usize, dims.edge_labels.max(1))].concat()
}

/// Returns the number of graphs, the first subgraph of each, the end, and padding.
fn starts(graphs: &[usize], capacity: usize) -> Vec<f32> {
    let mut starts = vec![graphs.len() as u32, 0];
    for rows in graphs {
        starts.push(starts[starts.len() - 1] + *rows as u32);
    }
    starts.resize(capacity + 2, 0);
    starts.into_iter().map(f32::from_bits).collect()
}
