//! The expected best reward of random search, the baseline of a search.

/// Returns the expected best of the first 1, 2, .. n values in a random order.
///
/// With sorted values r_1 <= .. <= r_n, the best of k values drawn without replacement is r_i with probability
/// C(i - 1, k - 1) / C(n, k): r_i is drawn, and the other k - 1 are among the i - 1 lower values.
#[must_use]
pub fn expected_best(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (1..=sorted.len()).map(|drawn| expected(&sorted, drawn)).collect()
}

fn expected(sorted: &[f64], drawn: usize) -> f64 {
    let count = sorted.len() as f64;
    // Start with the highest value, C(n - 1, k - 1) / C(n, k) = k / n, and compute each probability from the previous
    // one.
    let mut probability = drawn as f64 / count;
    let mut sum = 0.0;
    for (below, value) in sorted.iter().enumerate().rev() {
        sum += probability * value;
        if below < drawn {
            break;
        }
        probability *= (below + 1 - drawn) as f64 / below as f64;
    }
    sum
}
