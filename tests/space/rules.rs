//! Rules of parts that random graphs hardly ever satisfy.

use graphpnas::graph::Graph;
use graphpnas::space::{Explorer, FileSpace, Space};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use std::collections::BTreeSet;

/// A space with the operations a, b, c, d and a single part.
fn space(part: &str) -> FileSpace {
    let text = format!(
        "format = 1\nname = \"rules\"\n[op]\na = {{ kind = \"conv\" }}\nb = {{ kind = \"conv\", kernel = 5 }}\nc = {{ kind = \"pool\" \
         }}\nd = {{ kind = \"skip\" }}\n[part.p]\nops = [\"a\", \"b\", \"c\", \"d\"]\n{part}\n[[layer]]\nop = {{ kind = \"conv\" }}\n\
         channels = 4\n[[layer]]\npart = \"p\"\n[[layer]]\nop = {{ kind = \"head\" }}\n"
    );
    FileSpace::parse(&text).unwrap_or_else(|fault| panic!("{fault}\n{text}"))
}

/// Draws valid architectures and returns the number of different ones.
fn different(space: &FileSpace, draws: usize) -> usize {
    let mut rng = StdRng::seed_from_u64(5);
    let drawn = (0..draws).map(|_| {
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        space.validate(&graph).unwrap();
        space.decode(&graph).unwrap()
    });
    drawn.collect::<BTreeSet<_>>().len()
}

/// Draws a graph node by node within the masks, as generators do.
fn masked(space: &FileSpace, rng: &mut StdRng) -> Graph {
    let limits = space.limits();
    let mut graph = Graph::empty(0);
    while graph.nodes() < limits.max_nodes {
        let mask = space.row_mask(0, &graph).unwrap();
        let node = graph.nodes();
        graph = graph.with_added_node();
        if let Some(&label) = mask.labels.choose(rng) {
            graph.set_node_label(node, label).unwrap();
        }
        let most = mask.degree[1].min(node);
        let degree = rng.random_range(mask.degree[0].min(most)..=most);
        let mut sources: Vec<usize> = (0..node).filter(|from| mask.edges[*from].iter().any(Option::is_some)).collect();
        while graph.predecessors(node).count() < degree && !sources.is_empty() {
            let from = sources.swap_remove(rng.random_range(0..sources.len()));
            let present: Vec<u8> = mask.edges[from].iter().copied().flatten().collect();
            graph.set_edge(from, node, *present.choose(rng).unwrap()).unwrap();
        }
        if limits.output_label.is_some_and(|end| graph.node_label(node) == end) {
            break;
        }
    }
    graph
}

#[test]
fn a_great_minimum_of_an_operation_is_drawn() {
    // One in 200,000 chains has ten of the one or two of the other.
    let rules = "nodes = 12\ncount = [{ ops = [\"a\"], min = 9 }, { ops = [\"c\"], min = 2, max = 2 }]";
    let space = space(rules);
    assert!(different(&space, 200) > 150);
    let mut rng = StdRng::seed_from_u64(1);
    for _ in 0..100 {
        let graph = masked(&space, &mut rng);
        space.validate(&graph).unwrap();
    }
}

#[test]
fn exact_numbers_leave_neighbours_that_exchange_operations() {
    let space = space("nodes = 4\ncount = [{ ops = [\"c\"], min = 1, max = 1 }, { ops = [\"d\"], min = 0, max = 0 }]");
    let start = space.encode("n:c,a,a,a").unwrap();
    let texts: BTreeSet<String> = space.neighbours(&start).iter().map(|graph| space.decode(graph).unwrap()).collect();
    let expected = ["n:a,a,a,c", "n:a,a,c,a", "n:a,c,a,a", "n:c,a,a,b", "n:c,a,b,a", "n:c,b,a,a"];
    assert_eq!(texts, expected.map(str::to_owned).into());
    // All 4 * 2^3 architectures can be reached.
    let mut reached = BTreeSet::from([space.decode(&start).unwrap()]);
    let mut open = vec![start];
    while let Some(graph) = open.pop() {
        for next in space.neighbours(&graph) {
            if reached.insert(space.decode(&next).unwrap()) {
                open.push(next);
            }
        }
    }
    assert_eq!(reached.len(), 32);
}

#[test]
fn large_graphs_with_few_edges_are_drawn() {
    // Graphs of the output `last` lose many edges when they are pruned, so plain draws are often valid.
    for (output, least) in [("last", 5), ("leaves", 90), ("inner", 90)] {
        let rules = format!("edges = \"free\"\nnodes = 20\nmax_edges = 24\noutput = \"{output}\"");
        let space = space(&rules);
        assert!(different(&space, 60) > 50, "{output}");
        let mut rng = StdRng::seed_from_u64(1);
        let valid = (0..100).filter(|_| space.validate(&masked(&space, &mut rng)).is_ok()).count();
        assert!(valid > least, "{valid} of 100 with output {output}");
    }
    let rules = "edges = \"free\"\nnodes = 20\nmax_edges = 24\nin_degree = [1, 3]";
    assert!(different(&space(rules), 60) > 50);
}

#[test]
fn counts_of_edges_are_drawn() {
    let rules = "label = \"edge\"\nedges = \"free\"\nnodes = 6\ncount = [{ ops = [\"a\"], min = 8 }, { ops = [\"b\"], max = 1 }]";
    assert!(different(&space(rules), 60) > 50);
}

/// All eleven edges must have one of five operations, and every node has exactly one edge.
#[test]
fn counts_of_all_edges_are_drawn() {
    let rules = "label = \"edge\"\nedges = \"free\"\noutput = \"inner\"\nnodes = 12\nin_degree = 1\ncount = [{ ops = [\"a\"], min = 11 }]";
    assert!(different(&space(rules), 60) > 50);
}

#[test]
fn rules_that_nothing_satisfies_are_refused() {
    let text = space("nodes = 3")
        .text()
        .replace("nodes = 3", "nodes = 3\ncount = [{ ops = [\"a\"], min = 2 }, { ops = [\"b\", \"c\"], min = 2 }]");
    let fault = FileSpace::parse(&text).unwrap_err().to_string();
    assert!(fault.contains("none of 2000 random architectures satisfies the rules of the parts"), "{fault}");
}
