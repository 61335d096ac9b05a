//! The spaces NAS-Bench-101 and NAS-Bench-201.

use crate::common::opened;
use std::collections::HashSet;

use graphpnas::graph::{Graph, hash};
use graphpnas::space::{self, Explorer, InvalidGraph, nasbench101, nasbench201};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

use super::{common, position_and_message};

/// A cell of seven vertices, given 21 edge bits and five operations.
fn cell(bits: u32, operations: [u8; 5]) -> Graph {
    let mut graph = Graph::empty(7);
    for (index, label) in operations.into_iter().enumerate() {
        graph.set_node_label(index + 1, label).unwrap();
    }
    graph.set_node_label(6, nasbench101::OUTPUT).unwrap();
    let pairs = (0..7).flat_map(|to| (0..to).map(move |from| (from, to)));
    for (index, (from, to)) in pairs.enumerate() {
        if bits >> index & 1 == 1 {
            graph.set_edge(from, to, 0).unwrap();
        }
    }
    graph
}

#[test]
fn nasbench201_rows_round_trip() {
    let rows = common::rows(common::nasbench201_csv());
    let mut labels = [false; 5];
    let mut keys = HashSet::new();
    for row in &rows {
        let graph = opened("nasbench201").encode(&row[1]).unwrap();
        assert_eq!(opened("nasbench201").decode(&graph).unwrap(), row[1]);
        graph.edges().for_each(|(_, _, label)| labels[usize::from(label)] = true);
        keys.insert(opened("nasbench201").canonical(&graph).unwrap());
    }
    assert_eq!(labels, [false, true, true, true, true]);
    assert_eq!((rows.len(), keys.len()), (15_625, 15_625));
    assert_eq!(opened("nasbench201").size(), 15_625.0);
}

#[test]
fn nasbench101_rows_have_the_published_hash() {
    let rows = common::rows(&common::nasbench101_csv());
    assert!(rows.len() >= 2000);
    for row in &rows {
        let arch = format!("{};{}", row[2], row[3]);
        let graph = opened("nasbench101").encode(&arch).unwrap();
        assert_eq!(graph.nodes().to_string(), row[1]);
        assert_eq!(opened("nasbench101").canonical(&graph).unwrap(), row[0]);
        assert_eq!(opened("nasbench101").decode(&graph).unwrap(), arch);
    }
}

#[test]
fn nasbench101_has_423_624_cells() {
    let mut count = 0;
    for (digest, cell) in nasbench101::enumerate() {
        count += 1;
        if count % 1000 == 0 {
            assert_eq!(opened("nasbench101").canonical(&cell).unwrap(), hash::hex(&digest));
            assert_eq!(nasbench101::prune(&cell).unwrap(), cell);
        }
    }
    assert_eq!(count, nasbench101::CELLS);
    assert_eq!(opened("nasbench101").size(), nasbench101::CELLS as f64);
}

#[test]
fn nasbench201_errors_name_the_column() {
    let at = |arch: &str| position_and_message(&*opened("nasbench201"), arch).0;
    let good = "|none~0|+|none~0|none~1|+|none~0|none~1|none~2|";
    assert!(opened("nasbench201").encode(good).is_ok());
    assert_eq!(at(""), 0);
    assert_eq!(at("none~0|"), 0);
    assert_eq!(at("|none~1|+"), 6);
    assert_eq!(at("|none~0||"), 8);
    assert_eq!(at("|none~0|+|Ω~0|"), 10);
    assert_eq!(at(&format!("{good} x")), good.len() + 1);
    assert_eq!(at(&good[..good.len() - 1]), good.len() - 1);
    let (position, message) = position_and_message(&*opened("nasbench201"), "|conv~0|");
    assert_eq!(position, 1);
    assert_eq!(
        message,
        "column 2: expected one of none, skip_connect, nor_conv_1x1, nor_conv_3x3, avg_pool_3x3, found `conv`"
    );
    let (_, message) = position_and_message(&*opened("nasbench201"), "|none~0|");
    assert_eq!(message, "column 9: expected `+`, found the end of the text");
}

#[test]
fn nasbench101_errors_name_the_column() {
    let at = |arch: &str| position_and_message(&*opened("nasbench101"), arch).0;
    assert_eq!(at(""), 0);
    assert_eq!(at(";"), 0);
    assert_eq!(at("0-1"), 3);
    assert_eq!(at("0-7;"), 2);
    assert_eq!(at("0-01;"), 2);
    assert_eq!(at("0-1 x"), 4);
    assert_eq!(at("0_1;"), 1);
    assert_eq!(at("0-99999999999999999999999;"), 2);
    assert_eq!(at("0-1 0-2;"), 4, "vertex 2 of 2");
    assert_eq!(at("0-1 1-0;"), 4, "a cycle");
    assert_eq!(at("0-1 0-1;"), 4, "twice");
    assert_eq!(at("0-1 1-2;conv"), 8);
    assert_eq!(at("0-1 1-2;maxpool3x3 x"), 19);
    assert_eq!(at(&format!("0-6;{}maxpool3x3", "maxpool3x3 ".repeat(5))), 59);
    let (position, message) = position_and_message(&*opened("nasbench101"), "0-1;maxpool3x3");
    assert_eq!(position, 0);
    assert!(message.contains("no path leads from the input to the output"), "{message}");
}

#[test]
fn nasbench101_smallest_and_largest_cells() {
    let smallest = opened("nasbench101").encode("0-1;").unwrap();
    let key = opened("nasbench101").canonical(&smallest).unwrap();
    assert_eq!(key, "043721b9c7fe8c5fad811d47d83132ec");
    let full = cell((1 << 21) - 1, [1; 5]);
    let message = |graph: &Graph| opened("nasbench101").validate(graph).unwrap_err().to_string();
    assert_eq!(message(&full), "it has 21 edges; at most 9 are allowed");
    for nodes in [0, 1] {
        assert_eq!(message(&Graph::empty(nodes)), format!("it has {nodes} nodes; 2 to 7 are allowed"));
    }
    assert_eq!(message(&Graph::empty(8)), "8 nodes; the parts have 7");
}

#[test]
fn nasbench101_labels_are_checked() {
    let mut graph = opened("nasbench101").encode("0-1 1-2;maxpool3x3").unwrap();
    for (node, label) in [(0, 1), (1, 0), (1, 4), (1, 5), (2, 3)] {
        let before = graph.node_label(node);
        graph.set_node_label(node, label).unwrap();
        assert!(matches!(opened("nasbench101").validate(&graph), Err(InvalidGraph::Rule(_))), "{node} {label}");
        graph.set_node_label(node, before).unwrap();
    }
    graph.set_edge(0, 1, 1).unwrap();
    assert!(matches!(opened("nasbench101").decode(&graph), Err(InvalidGraph::Rule(_))));
}

#[test]
fn nasbench101_prunes_dangling_vertices() {
    let graph = opened("nasbench101").encode("0-1 0-2 1-4;maxpool3x3 conv3x3-bn-relu conv1x1-bn-relu").unwrap();
    assert_eq!(graph.nodes(), 5);
    assert_eq!(opened("nasbench101").decode(&graph).unwrap(), "0-1 1-2;maxpool3x3");
    assert_eq!(nasbench101::prune(&Graph::empty(7)), None);
    assert_eq!(nasbench101::prune(&Graph::empty(1)), None);
    assert_eq!(nasbench101::prune(&Graph::empty(0)), None);
}

#[test]
fn nasbench201_rejects_invalid_graphs() {
    assert!(matches!(opened("nasbench201").validate(&Graph::empty(3)), Err(InvalidGraph::Rule(_))));
    let mut graph = Graph::empty(4);
    assert!(opened("nasbench201").validate(&graph).is_ok());
    for label in [0, 5] {
        graph.set_edge(0, 1, label).unwrap();
        assert!(matches!(opened("nasbench201").decode(&graph), Err(InvalidGraph::Rule(_))));
    }
    graph.remove_edge(0, 1);
    graph.set_node_label(2, 1).unwrap();
    assert!(matches!(opened("nasbench201").canonical(&graph), Err(InvalidGraph::Rule(_))));
}

proptest! {
    #[test]
    fn nasbench201_round_trip(labels in prop::array::uniform6(0u8..5)) {
        let mut graph = Graph::empty(4);
        let pairs = [(0, 1), (0, 2), (1, 2), (0, 3), (1, 3), (2, 3)];
        for ((from, to), label) in pairs.into_iter().zip(labels).filter(|(_, label)| *label > 0) {
            graph.set_edge(from, to, label).unwrap();
        }
        let arch = opened("nasbench201").decode(&graph).unwrap();
        prop_assert_eq!(opened("nasbench201").encode(&arch).unwrap(), graph);
    }

    #[test]
    fn nasbench101_round_trip(seed in any::<u64>(), p in 0.2f64..0.6) {
        let mut rng = StdRng::seed_from_u64(seed);
        let graph = opened("nasbench101").explore(&Explorer::ErdosRenyi { p }, &mut rng);
        let arch = opened("nasbench101").decode(&graph).unwrap();
        let again = opened("nasbench101").encode(&arch).unwrap();
        prop_assert_eq!(&again, &nasbench101::prune(&graph).unwrap());
        prop_assert_eq!(opened("nasbench101").canonical(&again), opened("nasbench101").canonical(&graph));
        prop_assert_eq!(opened("nasbench101").decode(&again).unwrap(), arch);
    }

    #[test]
    fn nasbench101_graphs_are_valid_if_connected_with_at_most_9_edges(
        bits in 0u32..1 << 21,
        operations in prop::array::uniform5(1u8..4),
    ) {
        let graph = cell(bits, operations);
        let fits = nasbench101::prune(&graph).is_some_and(|cell| cell.edge_count() <= 9);
        prop_assert_eq!(opened("nasbench101").validate(&graph).is_ok(), fits);
    }
}

/// `nasbench201:INDEX` uses the benchmark's order; the benchmark's program asserts three of these cells.
#[test]
fn nasbench201_cells_are_parsed_by_index() {
    let known = [
        (0, "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|"),
        (9, "|avg_pool_3x3~0|+|none~0|none~1|+|skip_connect~0|none~1|nor_conv_3x3~2|"),
        (123, "|avg_pool_3x3~0|+|avg_pool_3x3~0|nor_conv_1x1~1|+|none~0|avg_pool_3x3~1|nor_conv_3x3~2|"),
    ];
    for (index, arch) in known {
        for text in [
            format!("nasbench201:{index}"),
            format!(" nasbench201: {index}; # a cell"),
            format!("'nasbench201:{index}'"),
            format!("nasbench201:{arch}"),
        ] {
            assert_eq!(space::infer_space(&text), Some("nasbench201"), "{text}");
            let graph = opened("nasbench201").encode(&text).unwrap();
            assert_eq!(opened("nasbench201").decode(&graph).unwrap(), arch, "{text}");
            assert_eq!(nasbench201::index_of(&graph), Some(index));
        }
    }
    // All rows of the published table, if it is available.
    if let Some(table) = common::extra("nasbench201.csv") {
        for row in common::rows(&table) {
            let graph = opened("nasbench201").encode(&format!("nasbench201:{}", row[0])).unwrap();
            assert_eq!(opened("nasbench201").decode(&graph).unwrap(), row[1], "{}", row[0]);
        }
    }
    let text = |index| {
        opened("nasbench201").decode(&opened("nasbench201").encode(&format!("nasbench201:{index}")).unwrap()).unwrap()
    };
    let all: HashSet<_> = (0..15_625).map(text).collect();
    assert_eq!(all.len(), 15_625);
    for (text, found) in [("15625", "15625"), ("-1", "-"), ("007", "007"), ("12x", "x")] {
        let (_, message) = position_and_message(&*opened("nasbench201"), &format!("nasbench201:{text}"));
        let number = text != "12x";
        assert!(message.contains("column 1") && message.ends_with(&format!("found `{found}`")), "{message}");
        assert_eq!(message.contains("expected a number below 15625"), number, "{message}");
    }
    assert_eq!(space::infer_space("3"), Some("enas"), "a number alone is an operation");
}
