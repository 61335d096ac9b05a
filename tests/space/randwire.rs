//! RandWire stages.

use crate::common::opened;
use std::collections::HashSet;

use graphpnas::graph::Graph;
use graphpnas::space::{FileSpace, InvalidGraph, Space};
use proptest::prelude::*;

use super::{common, drawn, position_and_message};

fn small(nodes: usize) -> FileSpace {
    common::randwire([nodes; 3])
}

#[test]
fn stages_are_parsed_as_bit_sets_of_predecessors() {
    let graph = small(3).encode("1,3|0,1|1,0").unwrap();
    let edges: Vec<_> = graph.edges().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(edges, [(0, 1), (0, 2), (1, 2), (3, 5), (6, 7)]);
    assert_eq!(small(3).decode(&graph).unwrap(), "1,3|0,1|1,0");
    assert_eq!(small(1).decode(&Graph::empty(3)).unwrap(), "||");
    assert_eq!(small(1).encode("||").unwrap(), Graph::empty(3));
}

#[test]
fn complete_stages_have_a_text() {
    let space = opened("randwire");
    let mut graph = Graph::empty(96);
    for to in 0..32 {
        for from in 0..to {
            graph.set_edge(from, to, 0).unwrap();
        }
    }
    let text = space.decode(&graph).unwrap();
    assert!(text.contains(",7fffffff|0,0,"), "{text}");
    assert_eq!(space.encode(&text).unwrap(), graph);
}

#[test]
fn errors_name_the_column() {
    let at = |arch: &str| position_and_message(&small(3), arch).0;
    assert_eq!(at(""), 0);
    assert_eq!(at("2,3|0,1|1,0"), 0, "node 1 has one bit");
    assert_eq!(at("1,4|0,1|1,0"), 2);
    assert_eq!(at("1,03|0,1|1,0"), 2);
    assert_eq!(at("1,A|0,1|1,0"), 2);
    assert_eq!(at("1,ffffffffffffffffff|0,1|1,0"), 2);
    assert_eq!(at("1|0,1|1,0"), 1);
    assert_eq!(at("1,3,1|0,1|1,0"), 3);
    assert_eq!(at("1,3|0,1"), 7);
    assert_eq!(at("1,3|0,1|1,0|"), 11);
    let (_, message) = position_and_message(&small(3), "1,4|0,1|1,0");
    assert_eq!(message, "column 3: expected up to 2 bits in hexadecimal digits, found `4`");
}

#[test]
fn invalid_graphs_are_rejected() {
    let space = opened("randwire");
    assert!(matches!(space.validate(&Graph::empty(32)), Err(InvalidGraph::Rule(_))));
    let mut graph = Graph::empty(96);
    graph.set_edge(31, 32, 0).unwrap();
    assert_eq!(space.validate(&graph), Err(InvalidGraph::CrossEdge { from: 31, to: 32 }));
    graph.remove_edge(31, 32);
    graph.set_edge(32, 33, 1).unwrap();
    assert!(matches!(space.validate(&graph), Err(InvalidGraph::Rule(_))));
    graph.remove_edge(32, 33);
    graph.set_node_label(5, 1).unwrap();
    assert!(matches!(space.decode(&graph), Err(InvalidGraph::Rule(_))));
}

/// The keys of all texts whose first stage has this number of nodes; the other two stages have no edges.
fn keys(nodes: usize) -> HashSet<String> {
    let pairs: Vec<_> = (0..nodes).flat_map(|to| (0..to).map(move |from| (from, to))).collect();
    let key = |bits: u32| {
        let mut graph = Graph::empty(3 * nodes);
        for (index, &(from, to)) in pairs.iter().enumerate().filter(|(index, _)| bits >> index & 1 == 1) {
            assert!(graph.set_edge(from, to, 0).is_ok(), "{index}");
        }
        small(nodes).canonical(&graph).unwrap()
    };
    (0..1 << pairs.len()).map(key).collect()
}

#[test]
fn small_stages_are_counted_up_to_isomorphism() {
    for nodes in 1..6 {
        assert_eq!(small(nodes).size(), (keys(nodes).len() as f64).powi(3), "{nodes} nodes");
    }
    assert!(small(27).size().is_finite() && small(28).size().is_infinite());
}

proptest! {
    #[test]
fn keys_do_not_depend_on_the_numbering(seed in any::<u64>(), stage in 0usize..3, node in 0usize..31) {
        let space = opened("randwire");
        let graph = drawn(&*space, seed);
        let (one, other) = (32 * stage + node, 32 * stage + node + 1);
        let number = |n: usize| if n == one { other } else if n == other { one } else { n };
        let mut swapped = Graph::empty(96);
// Two consecutive nodes may be swapped unless an edge joins them.
        let forward = graph.edges().all(|(from, to, _)| swapped.set_edge(number(from), number(to), 0).is_ok());
        prop_assert_eq!(forward, !graph.has_edge(one, other));
        if forward {
            prop_assert_eq!(space.canonical(&swapped), space.canonical(&graph));
        }
    }

    #[test]
fn an_additional_edge_changes_the_key(seed in any::<u64>(), stage in 0usize..3, node in 0usize..31) {
        let space = opened("randwire");
        let graph = drawn(&*space, seed);
        let (from, to) = (32 * stage + node, 32 * stage + 31);
        let mut other = graph.clone();
        if other.remove_edge(from, to).is_none() {
            other.set_edge(from, to, 0).unwrap();
        }
        prop_assert_ne!(space.canonical(&other), space.canonical(&graph));
    }
}
