//! Search spaces: texts, validity, canonical keys, explorers, neighbours, and the published tables.

use crate::common;
mod darts;
mod enas;
mod explorers;
mod files;
mod forms;
mod nasbench;
mod random_files;
mod randwire;
mod rules;
mod signals;
mod transformer;

use std::collections::HashSet;

use graphpnas::graph::Graph;
use graphpnas::space::{self, Explorer, InvalidGraph, Space};
use proptest::prelude::*;
use rand::{SeedableRng, rngs::StdRng};

fn position_and_message(space: &dyn Space, arch: &str) -> (usize, String) {
    let error = space.encode(arch).expect_err(arch);
    (error.position, error.to_string())
}

/// The spaces whose texts are recognised without a name.
const INFERABLE: [&str; 5] = ["nasbench101", "nasbench201", "enas", "darts", "randwire"];

/// The error of a violated rule.
fn rule(what: &str) -> Result<(), InvalidGraph> {
    Err(InvalidGraph::Rule(what.to_owned()))
}

/// A graph drawn uniformly with a seed.
fn drawn(space: &dyn Space, seed: u64) -> Graph {
    space.explore(&Explorer::Uniform, &mut StdRng::seed_from_u64(seed))
}

/// The number of different node labels and edges; a changed source of a DARTS edge counts once.
fn changes(graph: &Graph, other: &Graph) -> usize {
    let labels = graph.node_labels().iter().zip(other.node_labels()).filter(|(a, b)| a != b).count();
    let edges: HashSet<_> = graph.edges().map(|(from, to, _)| (from, to)).collect();
    let others: HashSet<_> = other.edges().map(|(from, to, _)| (from, to)).collect();
    let relabelled = edges.intersection(&others).filter(|(a, b)| graph.edge_label(*a, *b) != other.edge_label(*a, *b));
    labels + relabelled.count() + edges.difference(&others).count().max(others.difference(&edges).count())
}

#[test]
fn spaces_have_the_expected_number_of_neighbours() {
    let count = |name: &str| {
        let space = space::open(name).unwrap();
        space.neighbours(&drawn(&*space, 1)).len()
    };
    assert_eq!(count("nasbench201"), 6 * 4);
    assert_eq!(count("enas"), 12 * 5 + 66);
    assert_eq!(count("darts"), 2 * (8 * 6 + 12), "operations and sources");
    assert_eq!(count("randwire"), 3 * 496);
}

#[test]
fn spaces_are_opened_by_name() {
    for name in space::names() {
        assert_eq!(space::open(name).unwrap().name(), name);
    }
    let error = space::open("nasbench").err().unwrap();
    let known = "nasbench101, nasbench201, enas, darts, randwire, nasbench-macro";
    assert!(error.to_string().starts_with(&format!("unknown space `nasbench`; known: {known}")), "{error}");
    assert!(error.to_string().ends_with("or the path of a space file, such as ./my-space.toml"), "{error}");
}

proptest! {
    #[test]
    fn texts_survive_a_round_trip(seed in any::<u64>()) {
        for name in space::names() {
            let space = space::open(name).unwrap();
            let graph = drawn(&*space, seed);
            prop_assert_eq!(space.validate(&graph), Ok(()));
            let text = space.decode(&graph).unwrap();
            let again = space.encode(&text).unwrap();
            prop_assert_eq!(space.decode(&again).unwrap(), text);
            prop_assert_eq!(space.canonical(&again), space.canonical(&graph));
            // A cell of NAS-Bench-101 is pruned when it is written.
            prop_assert!(name == "nasbench101" || again == graph);
        }
    }

    #[test]
fn graphs_are_composed_of_their_parts(seed in any::<u64>()) {
        for name in space::names() {
            let space = space::open(name).unwrap();
            let graph = drawn(&*space, seed);
            let parts = graph.split(space.parts());
            prop_assert!(parts.iter().all(|part| part.nodes() == space.limits().max_nodes));
            prop_assert_eq!(Graph::disjoint_union(&parts), graph);
        }
    }

    #[test]
fn the_space_is_inferred_from_a_text(seed in any::<u64>()) {
        for name in INFERABLE {
            let space = space::open(name).unwrap();
            let text = space.decode(&drawn(&*space, seed)).unwrap();
            prop_assert_eq!(space::infer_space(&text), Some(name), "{}", text);
        }
    }

    #[test]
fn any_text_is_parsed_or_rejected(text in "[|+~;0-9 a-z_Ω-]{0,40}") {
        for name in space::names() {
            if let Err(error) = space::open(name).unwrap().encode(&text) {
                prop_assert!(text.is_char_boundary(error.position));
            }
        }
    }

    #[test]
fn errors_of_damaged_texts_are_at_or_before_the_damage(seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        for name in ["nasbench201", "enas", "darts", "randwire"] {
            let space = space::open(name).unwrap();
            let mut text = space.decode(&drawn(&*space, seed)).unwrap();
            let at = at.index(text.len());
            text.replace_range(at..=at, "Ω");
            let error = space.encode(&text).unwrap_err();
            prop_assert!(error.position <= at && text.is_char_boundary(error.position), "{}", error);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
fn neighbours_are_valid_and_differ_in_one_change(seed in any::<u64>()) {
        for name in space::names() {
            let space = space::open(name).unwrap();
            let graph = drawn(&*space, seed);
            let neighbours = space.neighbours(&graph);
            prop_assert!(neighbours.iter().all(|other| space.validate(other).is_ok() && changes(&graph, other) == 1));
            let distinct: HashSet<_> = neighbours.iter().collect();
            prop_assert_eq!(distinct.len(), neighbours.len());
            let mutant = space.mutate(&graph, &mut StdRng::seed_from_u64(seed));
            prop_assert!(distinct.contains(&mutant));
        }
    }
}
