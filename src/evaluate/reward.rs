//! The section `[reward]`: the unit of the rewards, and which of them are best.

use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The unit of accuracies.
const PERCENT: &str = "%";

/// The section `[reward]`. The default is an accuracy: percent, the largest is best.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct RewardConfig {
    /// Unit of the rewards: % for percentages from 0 to 100; any other word, or none, for all finite numbers.
    pub unit: String,
    /// Which rewards are best: max (the largest) or min (the smallest).
    pub goal: Goal,
}

/// Which values are best.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Goal {
    /// The largest.
    #[default]
    Max,
    /// The smallest.
    Min,
}

impl Default for RewardConfig {
    fn default() -> Self {
        Self { unit: PERCENT.into(), goal: Goal::Max }
    }
}

impl Goal {
    /// Turns a value so that larger is better: the value itself, or its negative. It is its own inverse; 0 stays 0.
    #[must_use]
    pub fn turned(self, value: f64) -> f64 {
        match self {
            Self::Max => value,
            Self::Min => 0.0 - value,
        }
    }

    /// Whether the first value is better than the second one.
    #[must_use]
    pub fn is_better(self, one: f64, other: f64) -> bool {
        self.turned(one) > self.turned(other)
    }

    /// Returns the best value; `None` for no values.
    pub fn best(self, values: impl Iterator<Item = f64>) -> Option<f64> {
        values.map(|value| self.turned(value)).reduce(f64::max).map(|best| self.turned(best))
    }

    /// Its name in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Max => "max",
            Self::Min => "min",
        }
    }

    /// The adjective of the best value: `highest` or `lowest`.
    #[must_use]
    pub fn superlative(self) -> &'static str {
        match self {
            Self::Max => "highest",
            Self::Min => "lowest",
        }
    }

    /// The side of the best value on which all others are: `below` or `above`.
    #[must_use]
    pub fn worse_side(self) -> &'static str {
        match self {
            Self::Max => "below",
            Self::Min => "above",
        }
    }
}

impl RewardConfig {
    /// Accepts all finite numbers; used to read a column that is not a reward.
    #[must_use]
    pub fn any() -> Self {
        Self { unit: String::new(), goal: Goal::Max }
    }

    /// Whether the rewards are percentages from 0 to 100.
    #[must_use]
    pub fn is_percent(&self) -> bool {
        self.unit == PERCENT
    }

    /// Whether the rewards are accuracies: percentages of which the largest is best.
    #[must_use]
    pub fn is_accuracy(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a reward can have this value.
    #[must_use]
    pub fn accepts(&self, value: f64) -> bool {
        if self.is_percent() { (0.0..=100.0).contains(&value) } else { value.is_finite() }
    }

    /// Describes the accepted values.
    #[must_use]
    pub fn accepted(&self) -> &'static str {
        if self.is_percent() { "a percentage from 0 to 100" } else { "a finite number" }
    }

    /// Formats a value without its unit: percentages with three decimals, as in benchmark tables, others with six
    /// significant digits.
    #[must_use]
    pub fn number(&self, value: f64) -> String {
        if self.is_percent() { format!("{value:.3}") } else { significant(value) }
    }

    /// Formats a value with its unit.
    #[must_use]
    pub fn shown(&self, value: f64) -> String {
        format!("{} {}", self.number(value), self.unit).trim_end().to_owned()
    }

    /// Appends the unit to the name of a value: `reward, %`.
    #[must_use]
    pub fn named(&self, name: &str) -> String {
        if self.unit.is_empty() { name.to_owned() } else { format!("{name}, {}", self.unit) }
    }

    /// Describes the unit in a sentence: `in percent`, `in ms` or `without a unit`.
    #[must_use]
    pub fn in_unit(&self) -> String {
        match self.unit.as_str() {
            PERCENT => "in percent".into(),
            "" => "without a unit".into(),
            unit => format!("in {unit}"),
        }
    }

    /// Names unit and goal in a sentence, such as `in ms, of which the lowest is best`.
    #[must_use]
    pub fn described(&self) -> String {
        format!("{}, of which the {} is best", self.in_unit(), self.goal.superlative())
    }
}

/// Significant digits of a value that is no percentage.
const DIGITS: i32 = 6;

/// Formats a number with at most six significant digits, or all digits of an integer; with a power of ten if it is very
/// small or large.
fn significant(value: f64) -> String {
    let magnitude = value.abs();
    if !value.is_finite() {
        return value.to_string();
    }
    if value == 0.0 {
        return "0".into();
    }
    if !(1e-4..1e15).contains(&magnitude) {
        let text = format!("{value:.5e}");
        let (digits, power) = text.split_once('e').unwrap_or((&text, "0"));
        return format!("{}e{power}", without_zeros(digits));
    }
    #[expect(clippy::cast_possible_truncation, reason = "from -4 to 15")]
    let order = magnitude.log10().floor() as i32;
    let decimals = usize::try_from(DIGITS - 1 - order).unwrap_or(0);
    without_zeros(&format!("{value:.decimals$}")).to_owned()
}

/// Removes zeros at the end of the decimals.
fn without_zeros(text: &str) -> &str {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { text }
}

#[cfg(test)]
mod tests {
    use super::{Goal, RewardConfig};

    #[test]
    fn the_goal_decides_what_is_best() {
        let values = || [3.0, -2.0, 0.0].into_iter();
        assert_eq!((Goal::Max.best(values()), Goal::Min.best(values())), (Some(3.0), Some(-2.0)));
        assert!(Goal::Min.is_better(-2.0, 0.0) && !Goal::Min.is_better(1.0, 1.0) && Goal::Max.is_better(1.0, 0.0));
        for goal in [Goal::Max, Goal::Min] {
            assert!(goal.turned(0.0).is_sign_positive());
            assert!(values().all(|value| goal.turned(goal.turned(value)) == value));
        }
    }

    #[test]
    fn values_are_shown_with_their_unit() {
        let unit = |unit: &str| RewardConfig { unit: unit.into(), ..RewardConfig::default() };
        assert_eq!(unit("%").shown(84.892), "84.892 %");
        assert_eq!(unit("").shown(-1.5), "-1.5");
        let numbers =
            [0.0, 12.0, 1.0 / 3.0, 123_456_789.0, 123.456_789, -0.000_123, 1e-9, 2.5e20, 0.1 + 0.2, 99_999.96];
        let shown = ["0", "12", "0.333333", "123456789", "123.457", "-0.000123", "1e-9", "2.5e20", "0.3", "100000"];
        assert_eq!(numbers.map(|number| unit("ms").number(number)), shown);
        assert_eq!([f64::NAN, f64::INFINITY].map(|number| unit("").number(number)), ["NaN", "inf"]);
    }

    #[test]
    fn percentages_end_at_100_and_other_units_do_not() {
        let any = RewardConfig::any();
        assert!(any.accepts(-3.0) && any.accepts(1e9) && !any.accepts(f64::NAN) && !any.accepts(f64::INFINITY));
        let accuracy = RewardConfig::default();
        assert!(accuracy.accepts(100.0) && !accuracy.accepts(100.1) && !accuracy.accepts(-0.1));
        assert!(accuracy.is_accuracy() && !RewardConfig { goal: Goal::Min, ..accuracy }.is_accuracy());
    }
}
