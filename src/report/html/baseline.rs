//! How well random draws do: the line a search is to be above.

/// The expected best of the first 1, 2, .. n of some values in a random order.
///
/// With the values sorted, r_1 <= .. <= r_n, the best of k drawn without putting back is r_i with probability
/// C(i - 1, k - 1) / C(n, k): i is drawn, and the other k - 1 are among the lower i - 1.
#[must_use]
pub fn expected_best(values: &[f64]) -> Vec<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    (1..=sorted.len()).map(|drawn| expected(&sorted, drawn)).collect()
}

fn expected(sorted: &[f64], drawn: usize) -> f64 {
    let count = sorted.len() as f64;
    // From the highest value down: C(n - 1, k - 1) / C(n, k) = k / n, and then each from the one above it.
    let mut chance = drawn as f64 / count;
    let mut sum = 0.0;
    for (below, value) in sorted.iter().enumerate().rev() {
        sum += chance * value;
        if below < drawn {
            break;
        }
        chance *= (below + 1 - drawn) as f64 / below as f64;
    }
    sum
}
