//! The Pareto front: what nothing else is both cheaper and better than.

/// Places of the points (cost, reward) that no other point dominates, cheapest first; the first one of equals.
///
/// A point dominates another that costs no less and is rewarded no more, and differs in one of both.
#[must_use]
pub fn pareto(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*a][0].total_cmp(&points[*b][0]).then(points[*b][1].total_cmp(&points[*a][1])));
    let mut best = f64::NEG_INFINITY;
    order.retain(|place| {
        let better = points[*place][1] > best;
        best = best.max(points[*place][1]);
        better
    });
    order
}
