//! ENAS macro networks.

use crate::common::opened;
use graphpnas::graph::Graph;
use graphpnas::space::InvalidGraph;

use super::position_and_message;

/// A network in the form of the ENAS authors' texts, which contain only numbers.
const NUMBERS: &str = "0 3 0 0 1 0 2 0 0 1 2 0 0 0 0 3 1 0 0 0 0 4 1 0 0 0 0 0 5 0 1 0 0 0 0 0 \
                         1 0 0 0 0 0 0 0 0 2 1 0 0 0 0 0 0 0 0 3 0 1 0 0 0 0 0 0 0 0 4 0 0 1 0 0 0 0 0 0 0 0";

#[test]
fn numeric_and_named_texts_are_equivalent() {
    let graph = opened("enas").encode(NUMBERS).unwrap();
    let text = opened("enas").decode(&graph).unwrap();
    assert!(text.starts_with("conv3 | sepconv5 0 | conv3 1 0 | conv5 0 0 1 | conv5 0 0 0 0 | "), "{text}");
    assert_eq!(opened("enas").encode(&text).unwrap(), graph);
    assert_eq!(opened("enas").canonical(&graph).unwrap(), text);
    let skips: Vec<_> = graph.edges().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(skips, [(0, 2), (2, 3), (0, 5), (0, 6), (1, 7), (0, 9), (1, 10), (2, 11)]);
}

#[test]
fn size_counts_operations_and_skips() {
    let pairs = 12 * 11 / 2;
    assert_eq!(pairs, 66);
    assert_eq!(opened("enas").size(), 6f64.powi(12) * 2f64.powi(66));
    assert!((opened("enas").size() / 1.6e29 - 1.0).abs() < 0.01);
}

#[test]
fn errors_name_the_column() {
    let at = |arch: &str| position_and_message(&*opened("enas"), arch).0;
    assert_eq!(at(""), 0);
    assert_eq!(at("conv7"), 0);
    assert_eq!(at("6"), 0);
    assert_eq!(at("0 0"), 3, "layer 1 lacks its bit");
    assert_eq!(at("0 0 2"), 4);
    assert_eq!(at("conv3 | conv3 1 | conv3 1"), 25);
    assert_eq!(at("conv3 | conv3 1 0"), 17, "0 is an operation, layer 2 lacks its bits");
    let whole = opened("enas").decode(&Graph::empty(12)).unwrap();
    assert_eq!(at(&format!("{whole} x")), whole.len() + 1);
    let (_, message) = position_and_message(&*opened("enas"), "conv3 | conv3 2|");
    assert_eq!(message, "column 15: expected one of 0, 1, found `2`");
}

#[test]
fn invalid_graphs_are_rejected() {
    assert!(matches!(opened("enas").validate(&Graph::empty(13)), Err(InvalidGraph::Rule(_))));
    let mut graph = Graph::empty(12);
    graph.set_node_label(3, 6).unwrap();
    assert!(matches!(opened("enas").validate(&graph), Err(InvalidGraph::Rule(_))));
    graph.set_node_label(3, 5).unwrap();
    graph.set_edge(0, 11, 1).unwrap();
    assert!(matches!(opened("enas").decode(&graph), Err(InvalidGraph::Rule(_))));
}
