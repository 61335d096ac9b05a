//! The Pareto front of cost and reward.

/// Returns the indices of the points (cost, reward) that no other point dominates, cheapest first; of equal points only
/// the first.
///
/// A point dominates another one if its cost is not higher and its reward not lower, and one of them differs.
#[must_use]
pub fn pareto(points: &[[f64; 2]]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..points.len()).collect();
    order.sort_by(|a, b| points[*a][0].total_cmp(&points[*b][0]).then(points[*b][1].total_cmp(&points[*a][1])));
    let mut best = f64::NEG_INFINITY;
    order.retain(|index| {
        let better = points[*index][1] > best;
        best = best.max(points[*index][1]);
        better
    });
    order
}
