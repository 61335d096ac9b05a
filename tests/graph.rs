//! Graphs: edges and labels, the JSON text, the isomorphism hash.

use graphpnas::graph::{Graph, GraphError, MAX_TEXT_NODES, hash};
use proptest::prelude::*;

/// A graph of up to 12 nodes with random labels and edges.
fn graphs() -> impl Strategy<Value = Graph> {
    (0usize..12).prop_flat_map(|nodes| {
        let cells = prop::collection::vec(prop::option::of(any::<u8>()), nodes * nodes);
        (prop::collection::vec(any::<u8>(), nodes), cells).prop_map(move |(labels, cells)| {
            let mut graph = Graph::empty(nodes);
            for (to, label) in labels.into_iter().enumerate() {
                graph.set_node_label(to, label).unwrap();
                for from in 0..to {
                    if let Some(label) = cells[to * nodes + from] {
                        graph.set_edge(from, to, label).unwrap();
                    }
                }
            }
            graph
        })
    })
}

/// The same graph with another topological numbering, selected by `choices`.
fn renumbered(graph: &Graph, choices: &[usize]) -> Graph {
    let mut order: Vec<usize> = Vec::new();
    while order.len() < graph.nodes() {
        let ready: Vec<usize> = (0..graph.nodes())
            .filter(|node| !order.contains(node))
            .filter(|&node| graph.predecessors(node).all(|before| order.contains(&before)))
            .collect();
        order.push(ready[choices[order.len()] % ready.len()]);
    }
    let position = |node: usize| order.iter().position(|&other| other == node).unwrap();
    let mut other = Graph::empty(graph.nodes());
    for node in 0..graph.nodes() {
        other.set_node_label(position(node), graph.node_label(node)).unwrap();
    }
    for (from, to, label) in graph.edges() {
        other.set_edge(position(from), position(to), label).unwrap();
    }
    other
}

#[test]
fn edges_rows_and_neighbours_agree() {
    let mut graph = Graph::empty(4);
    graph.set_edge(2, 3, 7).unwrap();
    graph.set_edge(0, 2, 0).unwrap();
    graph.set_edge(0, 1, 1).unwrap();
    let edges: Vec<_> = graph.edges().collect();
    assert_eq!(edges, [(0, 1, 1), (0, 2, 0), (2, 3, 7)]);
    assert_eq!(graph.edge_count(), 3);
    assert_eq!(graph.edge_label(0, 2), Some(0));
    assert_eq!(graph.edge_label(2, 0), None);
    assert!(!graph.has_edge(1, 1) && !graph.has_edge(0, 99) && graph.has_edge(2, 3));
    assert_eq!(graph.row(3).collect::<Vec<_>>(), [false, false, true]);
    assert_eq!(graph.row(0).count(), 0);
    assert_eq!(graph.predecessors(2).collect::<Vec<_>>(), [0]);
    assert_eq!(graph.successors(0).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(graph.successors(usize::MAX).count(), 0);
    assert_eq!(graph.remove_edge(0, 1), Some(1));
    assert_eq!(graph.remove_edge(0, 1), None);
    assert_eq!(graph.remove_edge(3, 9), None);
    assert_eq!(graph.edge_count(), 2);
}

#[test]
fn a_large_complete_graph_has_all_edges() {
    let mut graph = Graph::empty(128);
    for to in 0..128 {
        for from in 0..to {
            graph.set_edge(from, to, (to % 251) as u8).unwrap();
        }
    }
    assert_eq!(graph.edge_count(), 128 * 127 / 2);
    assert_eq!(graph.edge_label(126, 127), Some(127));
}

#[test]
fn invalid_changes_are_errors() {
    let mut graph = Graph::empty(3);
    let not_forward = GraphError::NotForward { from: 2, to: 1 };
    assert_eq!(graph.set_edge(2, 1, 0), Err(not_forward));
    assert_eq!(graph.set_edge(1, 1, 0), Err(GraphError::NotForward { from: 1, to: 1 }));
    let out = GraphError::OutOfRange { node: 3, nodes: 3 };
    assert_eq!(graph.set_edge(0, 3, 0), Err(out.clone()));
    assert_eq!(graph.set_node_label(3, 1), Err(out));
    assert_eq!(graph, Graph::empty(3));
    assert_eq!(graph.node_label(3), 0);
}

#[test]
fn json_has_the_documented_form() {
    let mut graph = Graph::empty(3);
    graph.set_node_label(1, 2).unwrap();
    graph.set_edge(0, 2, 3).unwrap();
    let text = r#"{"nodes":3,"node_labels":[0,2,0],"edges":[[0,2,3]]}"#;
    assert_eq!(graph.to_json().unwrap(), text);
    assert_eq!(Graph::from_json(text).unwrap(), graph);
    assert_eq!(serde_json::from_str::<Graph>(text).unwrap(), graph);
}

#[test]
fn json_of_an_invalid_graph_is_an_error() {
    let read = |nodes: usize, labels: &str, edges: &str| {
        let text = format!(r#"{{"nodes":{nodes},"node_labels":[{labels}],"edges":[{edges}]}}"#);
        assert!(serde_json::from_str::<Graph>(&text).is_err());
        Graph::from_json(&text).unwrap_err()
    };
    assert_eq!(read(2, "0,0", "[1,0,0]"), GraphError::NotForward { from: 1, to: 0 });
    assert_eq!(read(2, "0,0", "[1,1,0]"), GraphError::NotForward { from: 1, to: 1 });
    assert_eq!(read(2, "0,0", "[0,2,0]"), GraphError::OutOfRange { node: 2, nodes: 2 });
    let twice = GraphError::DuplicateEdge { from: 0, to: 1 };
    assert_eq!(read(2, "0,0", "[0,1,0],[0,1,2]"), twice);
    assert_eq!(read(3, "0,0", ""), GraphError::LabelCount { nodes: 3, labels: 2 });
    let (nodes, max) = (usize::MAX, MAX_TEXT_NODES);
    assert_eq!(read(nodes, "", ""), GraphError::TooManyNodes { nodes, max });
    assert!(matches!(read(2, "0,256", ""), GraphError::Json { .. }));
    assert!(matches!(read(2, "0,0", "[0,-1,0]"), GraphError::Json { .. }));
    assert!(matches!(read(2, "0,0", "[0,1]"), GraphError::Json { .. }));
}

#[test]
fn json_errors_have_a_position() {
    for text in ["", "{", "[]", "null", r#"{"nodes":1}"#, "{\"nodes\":0,\n x"] {
        assert!(matches!(Graph::from_json(text), Err(GraphError::Json { .. })), "{text}");
    }
    let Err(GraphError::Json { line, column, .. }) = Graph::from_json("{\"nodes\":0,\n x") else {
        panic!("a JSON error");
    };
    assert_eq!((line, column), (2, 2));
}

#[test]
fn hash_of_no_nodes_is_the_digest_of_an_empty_list() {
    let digest = hash::isomorphism_hash(&Graph::empty(0), i32::from);
    assert_eq!(hash::hex(&digest), "d751713988987e9331980363e24189ce");
}

proptest! {
    #[test]
    fn json_round_trip(graph in graphs()) {
        let text = graph.to_json().unwrap();
        prop_assert_eq!(Graph::from_json(&text).unwrap(), graph);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[\\[\\]{}\":,0-9a-z]{0,60}") {
        let _ = Graph::from_json(&text);
    }

    #[test]
    fn truncation_returns_the_first_nodes(graph in graphs(), nodes in 0usize..15) {
        let part = graph.truncated(nodes);
        prop_assert_eq!(part.nodes(), nodes.min(graph.nodes()));
        prop_assert_eq!(part.node_labels(), &graph.node_labels()[..part.nodes()]);
        let expected: Vec<_> = graph.edges().filter(|&(_, to, _)| to < nodes).collect();
        prop_assert_eq!(part.edges().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn hash_does_not_depend_on_the_numbering(
        graph in graphs(),
        choices in prop::collection::vec(any::<usize>(), 12),
    ) {
        let other = renumbered(&graph, &choices);
        let digest = hash::isomorphism_hash(&graph, i32::from);
        prop_assert_eq!(digest, hash::isomorphism_hash(&other, i32::from));
    }

    #[test]
    fn hash_depends_on_labels(graph in graphs(), label in any::<u8>()) {
        prop_assume!(graph.nodes() > 0 && graph.node_label(0) != label);
        let mut other = graph.clone();
        other.set_node_label(0, label).unwrap();
        let digest = hash::isomorphism_hash(&graph, i32::from);
        prop_assert_ne!(digest, hash::isomorphism_hash(&other, i32::from));
    }
}
