//! The space floor: texts, validity, canonical keys, explorers, neighbours, and the published tables.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod darts;
mod enas;
mod explorers;
mod nasbench;
mod randwire;

use graphpnas::space::{self, Space};
use proptest::prelude::*;

fn position_and_message(space: &dyn Space, arch: &str) -> (usize, String) {
    let error = space.encode(arch).expect_err(arch);
    (error.position, error.to_string())
}

/// A graph drawn uniformly with a seed.
fn drawn(space: &dyn Space, seed: u64) -> graphpnas::graph::Graph {
    use rand::SeedableRng;
    space.explore(&space::Explorer::Uniform, &mut rand::rngs::StdRng::seed_from_u64(seed))
}

#[test]
fn spaces_are_found_by_name() {
    for name in space::NAMES {
        assert_eq!(space::by_name(name).unwrap().name(), name);
    }
    let error = space::by_name("nasbench").err().unwrap();
    let known = "nasbench101, nasbench201, enas, darts, randwire";
    assert_eq!(error.to_string(), format!("unknown space `nasbench`; known: {known}"));
}

proptest! {
    #[test]
    fn texts_survive_a_round_trip(seed in any::<u64>()) {
        for name in space::NAMES {
            let space = space::by_name(name).unwrap();
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
    fn graphs_are_made_of_their_parts(seed in any::<u64>()) {
        for name in space::NAMES {
            let space = space::by_name(name).unwrap();
            let graph = drawn(&*space, seed);
            let parts = graph.split(space.parts());
            prop_assert!(parts.iter().all(|part| part.nodes() == space.limits().max_nodes));
            prop_assert_eq!(graphpnas::graph::Graph::side_by_side(&parts), graph);
        }
    }

    #[test]
    fn any_text_is_read_or_refused(text in "[|+~;0-9 a-z_Ω-]{0,40}") {
        for name in space::NAMES {
            if let Err(error) = space::by_name(name).unwrap().encode(&text) {
                prop_assert!(text.is_char_boundary(error.position));
            }
        }
    }

    #[test]
    fn a_damaged_text_is_refused_at_its_damage(seed in any::<u64>(), at in any::<prop::sample::Index>()) {
        for name in ["nasbench201", "enas", "darts", "randwire"] {
            let space = space::by_name(name).unwrap();
            let mut text = space.decode(&drawn(&*space, seed)).unwrap();
            let at = at.index(text.len());
            text.replace_range(at..=at, "Ω");
            let error = space.encode(&text).unwrap_err();
            prop_assert!(error.position <= at && text.is_char_boundary(error.position), "{}", error);
        }
    }
}
