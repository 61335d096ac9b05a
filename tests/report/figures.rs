//! Numbers in a report, compared with brute-force computations.

use graphpnas::generator::Drawn;
use graphpnas::report::html::{expected_best, pareto, probability_tables};
use graphpnas::search::Distribution;
use graphpnas::space::{self, Explorer};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Returns all permutations of some values.
fn orders(values: &[f64]) -> Vec<Vec<f64>> {
    if values.is_empty() {
        return vec![Vec::new()];
    }
    let first = |index: usize| {
        let mut rest = values.to_vec();
        let value = rest.remove(index);
        orders(&rest).into_iter().map(move |order| [&[value][..], &order].concat())
    };
    (0..values.len()).flat_map(first).collect()
}

#[test]
fn the_expected_best_is_the_mean_over_all_orders() {
    for values in [vec![3.0], vec![1.0, 2.0], vec![5.0, -1.0, 5.0, 2.5], vec![1.0, 7.0, 2.0, 2.0, 9.0, 4.0]] {
        let orders = orders(&values);
        let brute = |drawn: usize| {
            let best = orders.iter().map(|order| order[..drawn].iter().copied().fold(f64::MIN, f64::max));
            best.sum::<f64>() / orders.len() as f64
        };
        let actual = expected_best(&values);
        assert_eq!(actual.len(), values.len());
        for (index, best) in actual.iter().enumerate() {
            assert!((best - brute(index + 1)).abs() < 1e-12, "{values:?}, {} drawn: {best}", index + 1);
        }
    }
    let many: Vec<f64> = (0..5000).map(f64::from).collect();
    let actual = expected_best(&many);
    assert!(actual.windows(2).all(|pair| pair[0] < pair[1]) && (actual[0] - 2499.5).abs() < 1e-6);
    assert_eq!(actual[4999], 4999.0);
    assert_eq!(expected_best(&[]), [0.0; 0]);
}

#[test]
fn the_pareto_front_has_all_points_that_are_not_dominated() {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    for count in 0..40 {
        // Few different values, so that there are ties.
        let points: Vec<[f64; 2]> =
            (0..count).map(|_| [(); 2].map(|()| f64::from(rng.random_range(0..6_u8)))).collect();
        let dominates = |a: &[f64; 2], b: &[f64; 2]| a[0] <= b[0] && a[1] >= b[1] && a != b;
        let mut expected: Vec<usize> = (0..count)
            .filter(|index| {
                let (point, index) = (&points[*index], *index);
                !points.iter().any(|other| dominates(other, point)) && !points[..index].contains(point)
            })
            .collect();
        expected.sort_by(|a, b| points[*a][0].total_cmp(&points[*b][0]));
        assert_eq!(pareto(&points), expected, "{points:?}");
    }
}

#[test]
fn tables_contain_the_frequencies_of_the_draws() {
    for name in space::names() {
        let space = space::open(name).unwrap();
        let mut rng = ChaCha8Rng::seed_from_u64(4);
        let drawn: Vec<_> = (0..20)
            .map(|_| Drawn { graph: space.explore(&Explorer::ErdosRenyi { p: 0.4 }, &mut rng), log_probability: -1.0 })
            .collect();
        let frequency = |is: &dyn Fn(&Drawn) -> bool| drawn.iter().filter(|one| is(one)).count() as f64 / 20.0;
        let (nodes, mut cells) = (space.limits().max_nodes, 0);
        let tables = probability_tables(&Distribution::of(&drawn, &*space), &*space);
        for table in &tables {
            let part = match table.title.split(", ").nth(1) {
                Some("reduce") => 1,
                Some(stage) if stage.starts_with("stage_") => stage[6..].parse::<usize>().unwrap() - 1,
                _ => 0,
            };
            assert!(
                table.cells.len() == table.rows.len() && table.cells.iter().all(|row| row.len() == table.columns.len())
            );
            for (row, name) in table.rows.iter().enumerate() {
                for (column, other) in table.columns.iter().enumerate() {
                    let Some(actual) = table.cells[row][column] else { continue };
                    // Columns of searched values have the names of the choices.
                    let named = |text: &str| (0..nodes).position(|node| space.node_name(part, node) == text);
                    let node = |text: &str| part * nodes + text.parse().ok().or_else(|| named(text)).unwrap();
                    let expected = match &table.title {
                        title if title.starts_with("edge") => {
                            frequency(&|one| one.graph.has_edge(node(name), node(other)))
                        }
                        title if title.starts_with("operation of every edge") => {
                            let (from, to) = other.split_once('→').unwrap();
                            frequency(&|one| one.graph.edge_label(node(from), node(to)).unwrap_or(0) == row as u8)
                        }
                        _ => frequency(&|one| one.graph.node_labels().get(node(other)) == Some(&(row as u8))),
                    };
                    assert!((actual - expected).abs() < 1e-9, "{}: {name}, {other}: {actual}", table.title);
                    cells += 1;
                }
            }
        }
        assert!(cells >= 10 && tables.len() >= space.parts(), "{name}: {cells}");
    }
}
