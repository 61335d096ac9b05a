//! The output heads against their twin: every combination of labels, one node, unusual hidden sizes.

use super::message_passing::random_table;
use super::parity::{Case, rng, uniform, unwritten};
use graphpnas::device::Device;
use graphpnas::kernel::heads::{HeadDims, backward, forward, weights};
use graphpnas::kernel::message_passing::{Dims, TableSizes};
use rand::rngs::StdRng;

/// Returns heads with capacity for exactly `subgraphs` subgraphs of up to `max_nodes` nodes.
pub fn dims(hidden: u32, mixtures: u32, labels: [u32; 2], subgraphs: usize, max_nodes: usize) -> HeadDims {
    let TableSizes { subgraphs, nodes, edges } = TableSizes::of_subgraphs(subgraphs, max_nodes);
    let [subgraphs, nodes, edges] = [subgraphs, nodes, edges].map(|size| size as u32);
    let [edge_labels, node_labels] = labels;
    HeadDims { hidden, mixtures, edge_labels, node_labels, subgraphs, nodes, edges }
}

/// Returns the table of random subgraphs with these node counts, as bits.
pub fn table(rng: &mut StdRng, dims: &HeadDims, subgraphs: &[usize]) -> Vec<f32> {
    let HeadDims { hidden, edge_labels, subgraphs: capacity, nodes, edges, .. } = *dims;
    let of = Dims { hidden, attention: 4, layers: 1, max_nodes: 64, edge_labels, subgraphs: capacity, nodes, edges };
    random_table(rng, &of, subgraphs)
}

pub fn cases() -> Vec<Case> {
    let mut rng = rng(8);
    let shapes: [(HeadDims, &[usize]); 7] = [
        (dims(24, 10, [5, 0], 4, 4), &[1, 2, 3, 4]),
        (dims(24, 10, [0, 5], 3, 7), &[7, 1, 4]),
        (dims(8, 1, [0, 0], 1, 1), &[1]),
        (dims(12, 3, [7, 6], 2, 6), &[6, 5]),
        (dims(48, 10, [0, 0], 2, 32), &[32, 9]),
        (dims(72, 3, [0, 7], 2, 64), &[64, 33]),
        (dims(316, 2, [249, 250], 1, 5), &[5]),
    ];
    shapes.iter().flat_map(|(dims, subgraphs)| three(&mut rng, dims, subgraphs)).collect()
}

/// Returns cases of all three kernels. The later ones use the results of the earlier ones' twins.
fn three(rng: &mut StdRng, dims: &HeadDims, subgraphs: &[usize]) -> Vec<Case> {
    let (nodes, h) = (dims.nodes as usize, dims.hidden as usize);
    let weight: Vec<_> = uniform(rng, dims.weights()).iter().map(|w| 0.3 * w).collect();
    let table = table(rng, dims, subgraphs);
    let states = uniform(rng, nodes * h);
    let values = unwritten(nodes * dims.row());
    let logits = unwritten(nodes * dims.logits());
    // The capacity exceeds the number of nodes, and includes the hidden layers of heads without outputs.
    let used = subgraphs.iter().sum::<usize>();
    let beyond = nodes - used;
    let absent = [dims.edge_labels, dims.node_labels].iter().filter(|labels| **labels == 0).count();
    let hidden = absent * used * 2 * h;
    let first = Case::new(forward(dims), vec![weight.clone(), table.clone(), values, logits, states])
        .with_unwritten(beyond * (dims.row() + dims.logits()) + hidden);
    let values = first.run(&Device::Cpu).swap_remove(0);

    let upstream = uniform(rng, nodes * dims.logits());
    let operands = vec![
        weight,
        table.clone(),
        values.clone(),
        upstream.clone(),
        unwritten(nodes * dims.row()),
        unwritten(nodes * h),
    ];
    let second = Case::new(backward(dims), operands).with_unwritten(beyond * (dims.row() + h) + hidden);
    let kept = second.run(&Device::Cpu).swap_remove(0);

    let operands = vec![unwritten(dims.weights()), table, values, upstream, kept];
    vec![first, second, Case::new(weights(dims), operands).within(1e-4)]
}
