//! Human-readable formats of numbers.

/// Formats a percentage with three decimals, as in benchmark tables.
pub(super) fn percent(value: f64) -> String {
    format!("{value:.3} %")
}

/// Formats a duration in seconds with a suitable unit.
pub(super) fn seconds(value: f64) -> String {
    match value {
        ..1e-2 => format!("{:.2} ms", value * 1e3),
        ..1.0 => format!("{:.0} ms", value * 1e3),
        ..120.0 => format!("{value:.1} s"),
        ..7200.0 => format!("{:.1} min", value / 60.0),
        _ => format!("{:.1} h", value / 3600.0),
    }
}

/// Formats a probability given as its natural logarithm; small ones with a power of ten.
pub(super) fn probability(log: f64) -> String {
    let decimal = log / std::f64::consts::LN_10;
    if !decimal.is_finite() {
        return "0".to_owned();
    }
    if decimal > -4.0 {
        return format!("{:.3} %", 100.0 * log.exp());
    }
    let (power, digits) = (decimal.floor(), 10.0_f64.powf(decimal - decimal.floor()));
    format!("{digits:.1}e{power}")
}

/// Formats an ordinal number: 1st, 22nd.
pub(super) fn ordinal(number: usize) -> String {
    let end = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{end}")
}

#[cfg(test)]
mod tests {
    use super::{ordinal, probability, seconds};

    #[test]
    fn numbers_are_readable() {
        assert_eq!([1, 2, 3, 11, 22, 113, 60].map(ordinal), ["1st", "2nd", "3rd", "11th", "22nd", "113th", "60th"]);
        assert_eq!(
            [0.0012, 0.5, 12.34, 300.0, 9000.0].map(seconds),
            ["1.20 ms", "500 ms", "12.3 s", "5.0 min", "2.5 h"]
        );
        assert_eq!([0.0, -1.0, -1000.0].map(probability), ["100.000 %", "36.788 %", "5.1e-435"]);
    }
}
