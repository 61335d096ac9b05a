//! Drawings: nothing overlaps, every operation is named, and the text form is as expected.

use crate::common::tags;
use graphpnas::graph::Graph;
use graphpnas::report::layout::{BOX, Placed, layout};
use graphpnas::report::{Diagram, dot, svg, terminal};
use graphpnas::space::{self, Explorer};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

const CELL: &str = "|nor_conv_3x3~0|+|none~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_1x1~1|skip_connect~2|";

/// Diagrams of every space: random graphs, and graphs without edges.
fn diagrams() -> Vec<Diagram> {
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    let mut diagrams = Vec::new();
    for name in space::names() {
        let space = space::open(name).unwrap();
        for p in [0.1, 0.5] {
            let graph = space.explore(&Explorer::ErdosRenyi { p }, &mut rng);
            diagrams.push(Diagram::new(&*space, &graph).unwrap());
        }
    }
    for empty in [space::nasbench201::NAME, "enas", "randwire"] {
        let space = space::open(empty).unwrap();
        let graph = Graph::empty(space.parts() * space.limits().max_nodes);
        diagrams.push(Diagram::new(&*space, &graph).unwrap());
    }
    diagrams
}

fn cell(arch: &str) -> Diagram {
    let space = crate::common::opened("nasbench201");
    Diagram::new(&*space, &space.encode(arch).unwrap()).unwrap()
}

#[test]
fn boxes_are_inside_the_drawing_and_do_not_overlap() {
    for panel in diagrams().iter().flat_map(|diagram| &diagram.panels) {
        let layout = layout(panel);
        let mut rows: BTreeMap<i64, Vec<&Placed>> = BTreeMap::new();
        for placed in layout.nodes.iter().chain(layout.operations.iter().flatten()) {
            assert!(placed.x - placed.width / 2.0 > -0.01 && placed.x + placed.width / 2.0 < layout.width + 0.01);
            assert!(placed.y >= BOX / 2.0 && placed.y <= layout.height - BOX / 2.0);
            rows.entry(placed.y.round() as i64).or_default().push(placed);
        }
        for row in rows.values_mut() {
            row.sort_by(|a, b| a.x.total_cmp(&b.x));
            for pair in row.windows(2) {
                let gap = pair[1].x - pair[0].x - (pair[0].width + pair[1].width) / 2.0;
                assert!(gap > 5.0, "{}: {pair:?}", panel.caption);
            }
        }
    }
}

#[test]
fn arrows_connect_their_boxes_and_point_downwards() {
    for panel in diagrams().iter().flat_map(|diagram| &diagram.panels) {
        let layout = layout(panel);
        for ((arrow, path), operation) in panel.arrows.iter().zip(&layout.paths).zip(&layout.operations) {
            let ends = [layout.nodes[arrow.from], layout.nodes[arrow.to]].map(|placed| [placed.x, placed.y]);
            assert_eq!([path[0], path[path.len() - 1]], ends);
            assert!(path.windows(2).all(|pair| pair[0][1] < pair[1][1]), "{path:?}");
            assert_eq!(operation.is_some(), arrow.operation.is_some());
            assert!(operation.is_none_or(|placed| path[1..path.len() - 1].contains(&[placed.x, placed.y])));
        }
    }
}

#[test]
fn svg_is_complete_and_deterministic() {
    for diagram in diagrams() {
        let text = svg(&diagram);
        assert!(tags(&text) > 10);
        assert!(!text.contains("NaN") && !text.contains("inf "), "{text}");
        assert!(text.contains("prefers-color-scheme: dark"));
        assert_eq!(text, svg(&diagram));
    }
}

#[test]
fn drawings_name_every_operation() {
    let diagram = cell(CELL);
    for text in [svg(&diagram), dot(&diagram), terminal(&diagram)] {
        for (name, count) in [("nor_conv_3x3", 1), ("avg_pool_3x3", 1), ("skip_connect", 2), ("nor_conv_1x1", 1)] {
            // Lines with ~ are titles with the architecture's text.
            let drawn = text.lines().filter(|line| line.contains(name) && !line.contains('~')).count();
            assert_eq!(drawn, count, "{name} in {text}");
        }
    }
}

#[test]
fn terminal_drawings_match_the_expected_text() {
    let expected = "\
cell
  input           ─┐
    nor_conv_3x3 <─┼─┐
  node 1         <─│─┴─┐
    avg_pool_3x3 <─│─┬─┤
  node 2         <─│─┴─│─┐
    skip_connect <─┴─┐ │ │
    nor_conv_1x1 <─┬─│─┘ │
    skip_connect <─│─│─┬─┘
  output         <─┴─┴─┘
";
    assert_eq!(terminal(&cell(CELL)), expected);
}

#[test]
fn dot_has_an_edge_to_and_from_every_operation() {
    let text = dot(&cell(CELL));
    assert!(text.starts_with("digraph architecture {\n") && text.ends_with("}\n"), "{text}");
    assert_eq!(text.matches(" -> ").count(), 2 * 5, "to and from every operation");
    assert_eq!(text.matches("subgraph").count(), 1);
}

#[test]
fn graphs_of_another_space_are_refused() {
    assert!(Diagram::new(&*crate::common::opened("darts"), &Graph::empty(4)).is_err());
}
