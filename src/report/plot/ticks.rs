//! Axis ranges, ticks at round numbers, and number formatting.

/// A logarithmic axis with more decades than this has ticks only at powers of ten.
const DECADES: f64 = 2.5;

/// Extends a range on both sides by a fraction of its length.
pub(in crate::report) fn padded([low, high]: [f64; 2], fraction: f64) -> [f64; 2] {
    let padding = (high - low) * fraction;
    [low - padding, high + padding]
}

/// Returns the range of the finite values; never empty, so that values can be scaled by its length.
pub(in crate::report) fn extent(values: impl Iterator<Item = f64>) -> [f64; 2] {
    let finite = values.filter(|value| value.is_finite());
    let [low, high] = finite.fold([f64::INFINITY, f64::NEG_INFINITY], |[low, high], x| [low.min(x), high.max(x)]);
    match () {
        () if low > high => [0.0, 1.0],
        () if low == high => [low - 0.5, high + 0.5],
        () => [low, high],
    }
}

/// Returns about `count` round numbers between two values, at a distance of 1, 2 or 5 times a power of ten.
pub(super) fn ticks([low, high]: [f64; 2], count: f64) -> Vec<f64> {
    let target = (high - low) / count;
    let power = 10.0_f64.powf(target.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].map(|factor| factor * power).into_iter().find(|step| *step >= target);
    let step = step.unwrap_or(target);
    let first = (low / step).ceil() as i64;
    // Round to the decimals of the step, so that 0.3 is not printed as 0.30000000000000004.
    let decimals = (-step.log10().floor()).max(0.0) as i32;
    let round = |value: f64| (value * 10.0_f64.powi(decimals)).round() / 10.0_f64.powi(decimals);
    (first..)
        .map(|multiple| multiple as f64 * step)
        .take_while(|value| *value <= high + 1e-9 * step)
        .map(round)
        .collect()
}

/// Returns the powers of ten, or 1, 2 and 5 times them, between two values that are given as decimal logarithms.
pub(super) fn powers([low, high]: [f64; 2]) -> Vec<f64> {
    let factors: &[f64] = if high - low > DECADES { &[1.0] } else { &[1.0, 2.0, 5.0] };
    let decades = low.floor() as i32..=high.ceil() as i32;
    let all = decades.flat_map(|power| factors.iter().map(move |factor| factor * 10.0_f64.powi(power)));
    all.filter(|value| (low - 1e-9..=high + 1e-9).contains(&value.log10())).collect()
}

/// Formats a number with few characters, with the suffixes k, M and G.
pub(in crate::report) fn short(value: f64) -> String {
    // Numbers of four digits would not get shorter with a suffix.
    let units = [(1e9, 1e9, "G"), (1e6, 1e6, "M"), (1e4, 1e3, "k")];
    let size = value.abs();
    if size >= 1e12 || (size > 0.0 && size < 1e-4) {
        return format!("{value:.2e}").replace(".00e", "e");
    }
    match units.into_iter().find(|(least, ..)| size >= *least) {
        Some((_, size, letter)) => {
            let digits = format!("{:.2}", value / size);
            format!("{}{letter}", digits.trim_end_matches('0').trim_end_matches('.'))
        }
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::{extent, powers, short, ticks};

    #[test]
    fn ticks_are_round() {
        assert_eq!(ticks([0.0, 100.0], 6.0), [0.0, 20.0, 40.0, 60.0, 80.0, 100.0]);
        assert_eq!(ticks([0.1, 0.42], 6.0), [0.1, 0.2, 0.3, 0.4]);
        assert_eq!(ticks([83.13, 84.9], 6.0), [83.5, 84.0, 84.5]);
    }

    #[test]
    fn few_decades_have_more_ticks() {
        assert_eq!(powers([5.0, 6.0]), [1e5, 2e5, 5e5, 1e6]);
        assert_eq!(powers([0.5, 3.2]), [10.0, 100.0, 1000.0]);
    }

    #[test]
    fn numbers_are_short() {
        let texts = [0.25, 84.5, 2000.0, 50_000.0, 1_250_000.0, -3e9, 5e30, 0.000_025, 0.0].map(short);
        assert_eq!(texts, ["0.25", "84.5", "2000", "50k", "1.25M", "-3G", "5e30", "2.50e-5", "0"]);
    }

    #[test]
    fn ranges_are_never_empty() {
        assert_eq!(extent([3.0].into_iter()), [2.5, 3.5]);
        assert_eq!(extent([f64::NAN].into_iter()), [0.0, 1.0]);
    }
}
