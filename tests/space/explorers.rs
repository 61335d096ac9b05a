//! The fixed random distributions.

use crate::common::opened;
use graphpnas::graph::Graph;
use graphpnas::space::{self, Explorer, ExplorerError, FileSpace, InvalidGraph, Space, nasbench101};
use rand::{SeedableRng, rngs::StdRng};

#[test]
fn explorers_round_trip_through_text() {
    for text in [
        "uniform",
        "erdos-renyi:0.25",
        "erdos-renyi:1",
        "erdos-renyi:0.1..0.9",
        "watts-strogatz:4:0.75",
        "sized-erdos-renyi:3..7:0.25",
        "barabasi-albert:5",
    ] {
        assert_eq!(text.parse::<Explorer>().unwrap().to_string(), text);
    }
    for text in ["", "Uniform", "erdos-renyi", "uniform:1", "watts-strogatz", "barabasi-albert"] {
        assert_eq!(text.parse::<Explorer>(), Err(ExplorerError::Unknown(text.into())));
    }
    for number in ["", "x", "-0.1", "1.5", "NaN", "inf"] {
        let rejected = Err(ExplorerError::Probability(number.into()));
        assert_eq!(format!("erdos-renyi:{number}").parse::<Explorer>(), rejected);
        assert_eq!(format!("watts-strogatz:4:{number}").parse::<Explorer>(), rejected);
        assert_eq!(format!("erdos-renyi:0..{number}").parse::<Explorer>(), rejected);
    }
    let backwards = Err(ExplorerError::Probability("0.4..0.1".into()));
    assert_eq!("erdos-renyi:0.4..0.1".parse::<Explorer>(), backwards);
    for number in ["", "x", "0", "-2", "3", "4.0"] {
        let rejected = Err(ExplorerError::Neighbours(number.into()));
        assert_eq!(format!("watts-strogatz:{number}:0.5").parse::<Explorer>(), rejected);
    }
    for number in ["", "x", "0", "-1", "5:1"] {
        let rejected = Err(ExplorerError::Edges(number.into()));
        assert_eq!(format!("barabasi-albert:{number}").parse::<Explorer>(), rejected);
    }
}

/// The fraction of present edges in 2,000 draws, all of which must be valid.
fn edge_density(space: &dyn Space, explorer: Explorer) -> f64 {
    let mut rng = StdRng::seed_from_u64(7);
    let nodes = space.limits().max_nodes;
    let mut edges = 0;
    for _ in 0..2000 {
        let graph = space.explore(&explorer, &mut rng);
        assert_eq!(space.validate(&graph), Ok(()));
        assert_eq!(graph.nodes(), nodes);
        edges += graph.edge_count();
    }
    edges as f64 / (2000 * nodes * (nodes - 1) / 2) as f64
}

#[test]
fn explorers_draw_valid_graphs_of_the_right_density() {
    let sparse = Explorer::ErdosRenyi { p: 0.25 };
    let density = edge_density(&*opened("nasbench201"), sparse);
    assert!((density - 0.25).abs() < 0.02, "{density}");
    let density = edge_density(&*opened("nasbench201"), Explorer::Uniform);
    assert!((density - 0.8).abs() < 0.02, "{density}");
    // Rejecting unconnected cells raises the density; the limit of 9 edges lowers that of the uniform explorer.
    let density = edge_density(&*opened("nasbench101"), sparse);
    assert!((0.25..0.38).contains(&density), "{density}");
    let density = edge_density(&*opened("nasbench101"), Explorer::Uniform);
    assert!((0.35..0.5).contains(&density), "{density}");
}

/// NAS-Bench-101 in which graphs with dangling vertices are invalid.
fn without_dangling() -> FileSpace {
    FileSpace::clone(&space::open_file("nasbench101").unwrap()).rejecting_dangling()
}

#[test]
fn the_authors_explorer_of_nasbench101_draws_all_sizes_without_dangling_vertices() {
    let mut rng = StdRng::seed_from_u64(7);
    let explorer: Explorer = "sized-erdos-renyi:3..7:0.25".parse().unwrap();
    let strict = without_dangling();
    let mut sizes = [0; 8];
    for _ in 0..1000 {
        let graph = strict.explore(&explorer, &mut rng);
        assert_eq!(strict.validate(&graph), Ok(()));
        assert_eq!(nasbench101::prune(&graph).unwrap(), graph);
        sizes[graph.nodes()] += 1;
    }
    assert!(sizes[..3] == [0; 3] && sizes[3..].iter().all(|count| (150..250).contains(count)), "{sizes:?}");
    // The benchmark's rule prunes instead: sizes are as drawn, and some vertices dangle.
    let drawn: Vec<_> = (0..200).map(|_| opened("nasbench101").explore(&explorer, &mut rng)).collect();
    assert!(drawn.iter().any(|graph| nasbench101::prune(graph).unwrap() != *graph));
    assert!(drawn.iter().any(|graph| graph.nodes() == 3) && drawn.iter().any(|graph| graph.nodes() == 7));
}

#[test]
fn dangling_vertices_are_pruned_or_rejected() {
    let graph = opened("nasbench101").encode("0-1 0-2 1-4;maxpool3x3 conv3x3-bn-relu conv1x1-bn-relu").unwrap();
    let strict = without_dangling();
    let rejected = Err(InvalidGraph::Dangling { count: 2 });
    assert_eq!(strict.validate(&graph), rejected);
    assert_eq!(strict.decode(&graph).map(|_| ()), rejected);
    assert_eq!(strict.canonical(&graph).map(|_| ()), rejected);
    let pruned = strict.encode("0-1 0-2 1-4;maxpool3x3 conv3x3-bn-relu conv1x1-bn-relu").unwrap();
    assert_eq!(strict.decode(&pruned), opened("nasbench101").decode(&graph));
    assert_eq!(strict.canonical(&pruned), opened("nasbench101").canonical(&graph));
    for text in ["7..3:0.25", "0..3:0.25", "3..7", "3..7:2", "x..7:0.25", "5:0.25"] {
        assert!(format!("sized-erdos-renyi:{text}").parse::<Explorer>().is_err(), "{text}");
    }
    for (space, fits) in
        [(&strict as &dyn Space, true), (&*opened("nasbench201"), false), (&*opened("randwire"), false)]
    {
        assert_eq!(space.check_explorer(&"sized-erdos-renyi:3..7:0.25".parse().unwrap()).is_ok(), fits);
    }
    assert!(strict.check_explorer(&"sized-erdos-renyi:3..8:0.25".parse().unwrap()).is_err());
}

#[test]
fn densities_vary_more_with_a_range_of_probabilities() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut counts = |explorer| {
        let mut edges: Vec<usize> =
            (0..300).map(|_| opened("randwire").explore(&explorer, &mut rng).split(3)[0].edge_count()).collect();
        edges.sort_unstable();
        [edges[3], edges[150], edges[296]]
    };
    let [least, middle, most] = counts(Explorer::AnyDensity { from: 0.1, to: 0.5 });
    let [fewer, half, more] = counts(Explorer::ErdosRenyi { p: 0.3 });
    // A stage has 496 pairs of nodes.
    assert!((30..70).contains(&least) && (130..170).contains(&middle) && (230..285).contains(&most));
    assert!((110..135).contains(&fewer) && (140..160).contains(&half) && (165..190).contains(&more));
}

#[test]
fn explorers_without_valid_graphs_terminate() {
    let mut rng = StdRng::seed_from_u64(1);
    let mut explorers: Vec<_> = [0.0, 1.0, -3.0, 7.0, f64::NAN].map(|p| Explorer::ErdosRenyi { p }).into();
    explorers.push(Explorer::AnyDensity { from: f64::NAN, to: 2.0 });
    for number in [0, 1, 4, 5, 33, usize::MAX] {
        explorers.push(Explorer::BarabasiAlbert { edges: number });
        explorers.push(Explorer::WattsStrogatz { neighbours: number, p: 0.75 });
    }
    for explorer in explorers {
        for name in space::names() {
            let space = space::open(name).unwrap();
            let graph = space.explore(&explorer, &mut rng);
            assert_eq!(space.validate(&graph), Ok(()));
        }
    }
}

#[test]
fn erdos_renyi_labels_are_uniform() {
    let mut rng = StdRng::seed_from_u64(3);
    let mut counts = [0u32; 5];
    for _ in 0..4000 {
        let graph = opened("nasbench201").explore(&Explorer::ErdosRenyi { p: 0.5 }, &mut rng);
        graph.edges().for_each(|(_, _, label)| counts[usize::from(label)] += 1);
    }
    assert_eq!(counts[0], 0);
    assert!(counts[1..].iter().all(|n| (2800..3200).contains(n)), "{counts:?}");
}

/// 200 stages of 32 nodes.
fn stages(text: &str) -> Vec<Graph> {
    let mut rng = StdRng::seed_from_u64(5);
    let explorer = text.parse().unwrap();
    let space = opened("randwire");
    let draw = |_| space.explore(&explorer, &mut rng).split(3).remove(0);
    (0..200).map(draw).collect()
}

fn degree(graph: &Graph, node: usize) -> usize {
    graph.predecessors(node).count() + graph.successors(node).count()
}

#[test]
fn watts_strogatz_preserves_the_number_of_edges() {
    for stage in stages("watts-strogatz:4:0") {
        let near = |(from, to, _): (usize, usize, u8)| (to - from).min(32 + from - to) <= 2;
        assert!(stage.edges().all(near) && (0..32).all(|node| degree(&stage, node) == 4));
    }
    let rewired = stages("watts-strogatz:4:0.75");
    assert!(rewired.iter().all(|stage| stage.edge_count() == 64));
    // A clockwise edge is not rewired with probability 1/4; a few rewired edges join ring neighbours by chance.
    let near = |stage: &Graph| stage.edges().filter(|(from, to, _)| (to - from).min(32 + from - to) <= 2).count();
    let near_fraction = rewired.iter().map(near).sum::<usize>() as f64 / (64 * 200) as f64;
    assert!((0.25..0.4).contains(&near_fraction), "{near_fraction}");
    let least = |stage: &Graph| (0..32).map(|node| degree(stage, node)).min();
    assert!(rewired.iter().all(|stage| least(stage) >= Some(2)), "each node still starts its two clockwise edges");
}

#[test]
fn barabasi_albert_joins_each_node_to_the_same_number() {
    let stages = stages("barabasi-albert:5");
    for stage in &stages {
        let into: Vec<_> = (0..32).map(|node| stage.predecessors(node).count()).collect();
        assert_eq!(into, [[0; 5].as_slice(), &[5; 27]].concat());
    }
    let mean = |node| stages.iter().map(|stage| degree(stage, node)).sum::<usize>() as f64 / 200.0;
    assert!(mean(5) > 2.0 * mean(25), "early nodes have higher degrees: {} {}", mean(5), mean(25));
}

#[test]
fn explorers_with_too_many_edges_are_rejected() {
    let spaces: [(&dyn Space, usize); 4] = [
        (&*opened("nasbench201"), 4),
        (&*opened("nasbench101"), 7),
        (&*opened("enas"), 12),
        (&*opened("randwire"), 32),
    ];
    for (space, nodes) in spaces {
        for number in [2, 4, 6, 8, 12, 30, 32] {
            let ring = Explorer::WattsStrogatz { neighbours: number, p: 0.75 };
            assert_eq!(space.check_explorer(&ring).is_ok(), number < nodes);
            assert_eq!(space.check_explorer(&Explorer::BarabasiAlbert { edges: number }).is_ok(), number < nodes);
        }
        assert_eq!(space.check_explorer(&Explorer::Uniform), Ok(()));
    }
    let message =
        opened("nasbench201").check_explorer(&"watts-strogatz:4:0.75".parse().unwrap()).unwrap_err().to_string();
    let reason = "its graphs have 4 nodes, so the neighbours must be below that, not 4";
    assert_eq!(message, format!("watts-strogatz:4:0.75 does not fit nasbench201: {reason}"));
}
