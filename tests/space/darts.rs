//! DARTS cells.

use crate::common::opened;
use std::collections::HashSet;

use graphpnas::graph::Graph;
use graphpnas::space::{Explorer, FileSpace, InvalidGraph, Space};
use proptest::prelude::*;
use rand::{Rng, RngExt, SeedableRng, rngs::StdRng};

use super::{drawn, position_and_message, rule};

/// The second-order cells of the DARTS paper, as published by its authors.
const DARTS_V2: &str = "Genotype(normal=[('sep_conv_3x3', 0), ('sep_conv_3x3', 1), ('sep_conv_3x3', 0), \
    ('sep_conv_3x3', 1), ('sep_conv_3x3', 1), ('skip_connect', 0), ('skip_connect', 0), ('dil_conv_3x3', 2)], \
    normal_concat=[2, 3, 4, 5], reduce=[('max_pool_3x3', 0), ('max_pool_3x3', 1), ('skip_connect', 2), \
    ('max_pool_3x3', 1), ('max_pool_3x3', 0), ('skip_connect', 2), ('skip_connect', 2), ('max_pool_3x3', 1)], \
    reduce_concat=[2, 3, 4, 5])";

#[test]
fn the_published_cells_are_parsed() {
    let graph = opened("darts").encode(DARTS_V2).unwrap();
    assert_eq!(opened("darts").validate(&graph), Ok(()));
    let normal = [(0, 2, 4), (1, 2, 4), (0, 3, 4), (1, 3, 4), (0, 4, 3), (1, 4, 4), (0, 5, 3), (2, 5, 6)];
    let reduce = [(6, 8, 1), (7, 8, 1), (7, 9, 1), (8, 9, 3), (6, 10, 1), (8, 10, 3), (7, 11, 1), (8, 11, 3)];
    assert_eq!(graph.edges().collect::<Vec<_>>(), [normal, reduce].concat());
    let sorted =
        DARTS_V2.replace("('sep_conv_3x3', 1), ('skip_connect', 0)", "('skip_connect', 0), ('sep_conv_3x3', 1)");
    let sorted = sorted.replace("('skip_connect', 2), ('max_pool_3x3', 1)", "('max_pool_3x3', 1), ('skip_connect', 2)");
    assert_eq!(opened("darts").decode(&graph).unwrap(), sorted, "the sources of a node in order");
    assert_eq!(opened("darts").encode(&DARTS_V2.replace("[2, 3, 4, 5]", "range(2, 6)")).unwrap(), graph);
}

#[test]
fn errors_name_the_column() {
    let at = |arch: &str| position_and_message(&*opened("darts"), arch).0;
    let wrong = |from: &str, to: &str| {
        assert!(DARTS_V2.contains(from));
        (at(&DARTS_V2.replacen(from, to, 1)), DARTS_V2.find(from).unwrap())
    };
    assert_eq!(at(""), 0);
    assert_eq!(at("Genotype(reduce=["), 17);
    let (found, start) = wrong("dil_conv_3x3", "none");
    assert_eq!(found, start, "`none` cannot be chosen");
    let (found, start) = wrong("('dil_conv_3x3', 2)", "('dil_conv_3x3', 5)");
    assert_eq!(found, start + 17, "node 5 itself");
    let (found, start) = wrong("('dil_conv_3x3', 2)", "('dil_conv_3x3', 0)");
    assert_eq!(found, start + 17, "the same source twice");
    let (found, start) = wrong("[2, 3, 4, 5]", "[2, 3, 4]");
    assert_eq!(found, start);
    let twice = DARTS_V2.replacen("('dil_conv_3x3', 2)", "('dil_conv_3x3', 0)", 1);
    let message = position_and_message(&*opened("darts"), &twice).1;
    assert!(message.ends_with("expected a node other than 0, which feeds node 5 already, found `0`"), "{message}");
}

#[test]
fn invalid_graphs_are_rejected() {
    let mut graph = opened("darts").encode(DARTS_V2).unwrap();
    graph.set_edge(0, 1, 1).unwrap();
    assert_eq!(opened("darts").validate(&graph), rule("part normal: edge 0-1 is not allowed"));
    graph.remove_edge(0, 1);
    graph.set_edge(5, 6, 1).unwrap();
    assert_eq!(opened("darts").validate(&graph), Err(InvalidGraph::CrossEdge { from: 5, to: 6 }));
    graph.remove_edge(5, 6);
    graph.set_edge(3, 5, 1).unwrap();
    assert_eq!(opened("darts").validate(&graph), rule("part normal: 3 edges lead into node 5; 2 to 2 are allowed"));
    graph.set_edge(3, 5, 0).unwrap();
    assert_eq!(opened("darts").validate(&graph), rule("part normal: label 0 is not allowed at edge 3-5"));
    assert_eq!(
        opened("darts").validate(&Graph::empty(6)),
        rule("part normal: 0 edges lead into node 2; 2 to 2 are allowed")
    );
}

/// The edges of all acyclic cell topologies, in which each later node has two arbitrary sources.
fn topologies() -> Vec<HashSet<(usize, usize)>> {
    let pairs = |node| (0..6).flat_map(move |a| (0..a).map(move |b| [a, b])).filter(move |pair| !pair.contains(&node));
    let mut all = vec![HashSet::new()];
    for node in 2..6 {
        let longer = |edges: &HashSet<(usize, usize)>| {
            pairs(node)
                .map(|pair| edges.iter().copied().chain(pair.map(|from| (from, node))).collect())
                .collect::<Vec<_>>()
        };
        all = all.iter().flat_map(longer).collect();
    }
    all.retain(acyclic);
    all
}

fn acyclic(edges: &HashSet<(usize, usize)>) -> bool {
    let mut done = HashSet::from([0, 1]);
    for _ in 2..6 {
        let ready = |node: &usize| edges.iter().all(|(from, to)| to != node || done.contains(from));
        done.extend((2..6).filter(ready).collect::<Vec<_>>());
    }
    done.len() == 6
}

fn permutations() -> Vec<[usize; 6]> {
    let codes = (0..256).map(|code| [0, 1, 2 + code % 4, 2 + code / 4 % 4, 2 + code / 16 % 4, 2 + code / 64]);
    codes.filter(|numbers| numbers.iter().collect::<HashSet<_>>().len() == 6).collect()
}

/// The number of cycles of a permutation of the edges; `None` if it results in another topology.
fn cycles(edges: &HashSet<(usize, usize)>, numbers: &[usize; 6]) -> Option<u32> {
    let image = |(from, to): (usize, usize)| (numbers[from], numbers[to]);
    let mut left: HashSet<_> = edges.iter().copied().collect();
    if !edges.iter().all(|edge| edges.contains(&image(*edge))) {
        return None;
    }
    let mut cycles = 0;
    while let Some(start) = left.iter().next().copied() {
        cycles += 1;
        let mut edge = start;
        while left.remove(&edge) {
            edge = image(edge);
        }
    }
    Some(cycles)
}

#[test]
fn cells_are_counted_up_to_isomorphism() {
    // Burnside: the mean over all renumberings of the number of labelled cells that they do not change.
    let topologies = topologies();
    let fixed = permutations()
        .iter()
        .flat_map(|numbers| topologies.iter().filter_map(|edges| cycles(edges, numbers)))
        .map(|n| 7u64.pow(n))
        .sum::<u64>();
    assert_eq!(permutations().len(), 24);
    assert_eq!((fixed / 24, fixed % 24), (382_128_166, 0));
    assert_eq!(opened("darts").size(), 382_128_166f64.powi(2));
    let numbered = topologies.iter().filter(|edges| edges.iter().all(|(from, to)| from < to)).count();
    assert_eq!(numbered, 180);
}

#[test]
fn cells_with_operations_by_position_have_a_bound() {
    let definition = opened("darts").definition().unwrap().to_owned();
    let start = definition.find("ops = [").unwrap();
    let all = &definition[start + "ops = ".len()..][..definition[start..].find('\n').unwrap() - "ops = ".len()];
    let lists = [vec![all.replace("max_pool_3x3", "extra")], vec![all.to_owned(); 13]].concat().join(", ");
    let text = definition.replace(all, &format!("[{lists}]")).replace("[op]", "[op]\nextra = { kind = \"conv\" }");
    let space = FileSpace::parse(&text).unwrap();
    assert_eq!(space.edge_label(0, 8), Some("max_pool_3x3"), "eight operations, seven at each edge");
    assert!(space.size_is_bound());
    assert!(!opened("darts").size_is_bound());
}

/// The graph with the later nodes of its normal cell in another topological order.
fn renumbered(graph: &Graph, rng: &mut dyn Rng) -> Graph {
    loop {
        let numbers = permutations()[rng.random_range(0..24)];
        let number = |node: usize| numbers.get(node).copied().unwrap_or(node);
        let mut other = Graph::empty(12);
        if graph.edges().all(|(from, to, label)| other.set_edge(number(from), number(to), label).is_ok()) {
            return other;
        }
    }
}

#[test]
fn explorers_with_other_degrees_are_rejected() {
    for (text, fits) in
        [("uniform", true), ("erdos-renyi:0.25", true), ("watts-strogatz:4:0.75", false), ("barabasi-albert:2", false)]
    {
        let explorer: Explorer = text.parse().unwrap();
        assert_eq!(opened("darts").check_explorer(&explorer).is_ok(), fits, "{text}");
    }
    let message = opened("darts").check_explorer(&Explorer::BarabasiAlbert { edges: 5 }).unwrap_err().to_string();
    assert_eq!(
        message,
        "barabasi-albert:5 does not fit darts: the in-degrees of the part normal are bounded; use uniform"
    );
}

proptest! {
    #[test]
fn keys_do_not_depend_on_the_numbering(seed in any::<u64>()) {
        let graph = drawn(&*opened("darts"), seed);
        let other = renumbered(&graph, &mut StdRng::seed_from_u64(seed));
        let key = opened("darts").canonical(&graph).unwrap();
        prop_assert_eq!(&*opened("darts").canonical(&other).unwrap(), &key);
        let first = opened("darts").encode(&key).unwrap();
        prop_assert_eq!(opened("darts").canonical(&first).unwrap(), key, "the key is one of the texts");
    }

    #[test]
fn cells_with_different_operations_have_different_keys(seed in any::<u64>(), edge in 0usize..16) {
        let graph = drawn(&*opened("darts"), seed);
        let (from, to, label) = graph.edges().nth(edge).unwrap();
        let mut other = graph.clone();
        other.set_edge(from, to, label % 7 + 1).unwrap();
        prop_assert_ne!(opened("darts").canonical(&graph), opened("darts").canonical(&other));
    }
}
