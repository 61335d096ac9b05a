//! Message passing against its twin: graphs of every size, with and without labels, one node, no edges.

use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::kernel::message_passing::{Dims, TableBuilder, TableSizes, backward, forward, weights};
use rand::RngExt;
use rand::rngs::StdRng;

/// Returns the table of random subgraphs, as bits.
pub fn random_table(rng: &mut StdRng, dims: &Dims, subgraphs: &[usize]) -> Vec<f32> {
    let mut builder = TableBuilder::new(dims.edge_labels as usize);
    for &nodes in subgraphs {
        let predecessors: Vec<u64> = (0..nodes - 1).map(|node| rng.random::<u64>() & ((1 << node) - 1)).collect();
        let labels = dims.edge_labels.max(1);
        let shift = rng.random_range(0..labels);
        builder.push(&predecessors, |from, to| (from as u32 + 3 * to as u32 + shift) % labels);
    }
    let table = builder.finish(dims.sizes()).unwrap();
    table.into_iter().map(f32::from_bits).collect()
}

/// Returns the sizes of a generator with capacity for exactly `subgraphs` subgraphs of up to `max_nodes` nodes.
pub fn dims(hidden: u32, attention: u32, layers: u32, max_nodes: u32, edge_labels: u32, subgraphs: usize) -> Dims {
    let TableSizes { subgraphs, nodes, edges } = TableSizes::of_subgraphs(subgraphs, max_nodes as usize);
    let [subgraphs, nodes, edges] = [subgraphs, nodes, edges].map(|size| size as u32);
    Dims { hidden, attention, layers, max_nodes, edge_labels, subgraphs, nodes, edges }
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(7);
    let shapes: [(Dims, &[usize]); 8] = [
        (dims(24, 128, 2, 4, 5, 5), &[1, 2, 3, 4, 4]),
        (dims(24, 128, 3, 7, 0, 4), &[7, 1, 5]),
        (dims(12, 4, 1, 4, 0, 1), &[1]),
        (dims(20, 8, 2, 6, 8, 3), &[6, 6, 2]),
        (dims(48, 16, 1, 32, 0, 2), &[32, 17]),
        // Sets of predecessors with a second word.
        (dims(40, 8, 1, 33, 2, 2), &[33, 32]),
        (dims(72, 8, 2, 64, 0, 2), &[64, 34]),
        // The largest hidden size.
        (dims(316, 4, 1, 64, 249, 1), &[8]),
    ];
    shapes.iter().flat_map(|(dims, subgraphs)| three(&mut rng, dims, subgraphs)).collect()
}

/// Returns cases of all three kernels. The later ones use the results of the earlier ones' twins.
fn three(rng: &mut StdRng, dims: &Dims, subgraphs: &[usize]) -> Vec<Case> {
    let len = |rows: u32, width: usize| rows as usize * dims.layers as usize * width;
    let h = dims.hidden as usize;
    let weight: Vec<_> = uniform(rng, dims.weights()).iter().map(|w| 0.3 * w).collect();
    let table = random_table(rng, dims, subgraphs);
    let node_values = unwritten(len(dims.nodes, dims.node_forward()));
    let edge_values = unwritten(len(dims.edges, dims.edge_forward()));
    let states = unwritten(dims.nodes as usize * h);
    let cpu = graphpnas::device::Device::Cpu;

    let first = Case::new(forward(dims), vec![weight.clone(), table.clone(), states, node_values, edge_values]);
    let [results, node_values, edge_values] = first.run(&cpu).try_into().unwrap();
    // The capacity exceeds the number of nodes and edges. The used rows are completely written.
    let beyond = dims.nodes - subgraphs.iter().sum::<usize>() as u32;
    let edges_beyond = rows_left(&edge_values, dims.layers as usize * dims.edge_forward());
    let left = beyond as usize * h + len(beyond, dims.node_forward()) + len(edges_beyond, dims.edge_forward());
    assert_eq!(rows_left(&results, h), beyond);
    assert!(edges_beyond < dims.edges || subgraphs.iter().all(|nodes| *nodes == 1));
    let first = first.with_unwritten(left);

    let upstream = uniform(rng, dims.nodes as usize * h);
    let node_grads = unwritten(len(dims.nodes, dims.node_backward()));
    let edge_grads = unwritten(len(dims.edges, dims.edge_backward()));
    let back = unwritten(dims.nodes as usize * h);
    let operands =
        vec![weight, table.clone(), upstream, node_values.clone(), edge_values.clone(), node_grads, edge_grads, back];
    let second = Case::new(backward(dims), operands);
    let [node_grads, edge_grads, back] = second.run(&cpu).try_into().unwrap();
    let left = beyond as usize * h + len(beyond, dims.node_backward()) + len(edges_beyond, dims.edge_backward());
    let second = second.with_unwritten(left);

    let gradient = unwritten(dims.weights());
    let operands = vec![gradient, table, back, node_values, edge_values, node_grads, edge_grads];
    vec![first, second, Case::new(weights(dims), operands).within(1e-4)]
}

/// Returns the number of rows of `width` elements that are not written. The other rows must be completely written.
fn rows_left(values: &[f32], width: usize) -> u32 {
    let left = values.iter().filter(|number| number.is_nan()).count();
    assert!(width > 0 && left % width == 0, "{left} elements are not complete rows of {width}");
    (left / width) as u32
}
