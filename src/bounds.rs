//! The allowed range of every number from outside: configuration keys, recipe keys and flags.
//!
//! A single table, so that every number is checked before it is used and every message can name its range. Ranges are
//! wide enough for all practical trainings, and narrow enough that no arithmetic on sizes overflows.

use std::fmt;

/// The range of a key or flag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    /// Integers, both ends included.
    Integer {
        /// The minimum.
        min: u64,
        /// The maximum.
        max: u64,
    },
    /// Real numbers.
    Real {
        /// The minimum.
        min: f64,
        /// The maximum.
        max: f64,
        /// Whether `min` and `max` are included.
        ends: [bool; 2],
    },
}

/// The range of a key or flag.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bound {
    /// The dotted key, `recipe.KEY` for a key of a recipe, or `--FLAG` for a flag that does not set a key.
    pub key: &'static str,
    /// The allowed values.
    pub range: Range,
    /// The unit, or empty if there is none.
    pub unit: &'static str,
}

const fn integer(key: &'static str, min: u64, max: u64, unit: &'static str) -> Bound {
    Bound { key, range: Range::Integer { min, max }, unit }
}

const fn real(key: &'static str, min: f64, max: f64, unit: &'static str) -> Bound {
    Bound { key, range: Range::Real { min, max, ends: [true, true] }, unit }
}

/// Above `min`, up to `max`.
const fn above(key: &'static str, min: f64, max: f64) -> Bound {
    Bound { key, range: Range::Real { min, max, ends: [false, true] }, unit: "" }
}

/// From `min` to below `max`.
const fn below(key: &'static str, min: f64, max: f64) -> Bound {
    Bound { key, range: Range::Real { min, max, ends: [true, false] }, unit: "" }
}

/// Between `min` and `max`, both excluded.
const fn between(key: &'static str, min: f64, max: f64) -> Bound {
    Bound { key, range: Range::Real { min, max, ends: [false, false] }, unit: "" }
}

/// Maximum channels of a network's first stage.
const CHANNELS: u64 = 1 << 14;
/// Maximum cells per stage.
const CELLS: u64 = 128;
/// Maximum batch size of image networks.
const BATCH: u64 = 1 << 16;
/// Maximum epochs of a training.
const EPOCHS: u64 = 100_000;
/// Maximum duration of a training: a year.
const SECONDS: f64 = 31_536_000.0;
/// Maximum learning rate. A rate at which a training diverges is not an error here: the training reports it.
const RATE: f64 = 1e30;
/// Maximum weight decay, epsilon and factor of a schedule.
const FACTOR: f64 = 1000.0;

/// Parses a number with an exponent if it is an integer without rounding.
fn exact(text: &str) -> Option<u64> {
    let number: f64 = text.parse().ok()?;
    let is_exact =
        text.contains(['e', 'E']) && number.fract() == 0.0 && (0.0..9_007_199_254_740_992.0).contains(&number);
    if is_exact { format!("{number:.0}").parse().ok() } else { None }
}

/// The table of bounds.
pub const BOUNDS: &[Bound] = &[
    integer("evaluations", 1, 1_000_000, "architectures"),
    integer("seed", 0, u64::MAX, ""),
    integer("batch", 1, 10_000, "architectures"),
    real("explore.value", 0.0, 1_000_000.0, ""),
    integer("explore.pool", 0, 100_000, "graphs"),
    integer("replay.top", 1, 100_000, "graphs"),
    below("replay.baseline_decay", 0.0, 1.0),
    integer("train.epochs", 1, EPOCHS, "epochs"),
    integer("train.batch", 1, 10_000, "graphs"),
    above("train.learning_rate", 0.0, RATE),
    integer("generator.hidden", 4, 320, "units"),
    integer("generator.mixtures", 1, 1000, "components"),
    integer("generator.layers", 1, 100, "layers"),
    integer("generator.attention_hidden", 4, 1024, "units"),
    real("generator.temperature", 0.001, 1000.0, ""),
    real("generator.epsilon", 0.0, 1.0, ""),
    integer("generator.population", 1, 100_000, "graphs"),
    integer("generator.sample", 1, 100_000, "graphs"),
    integer("lstm.hidden", 1, 1024, "units"),
    above("lstm.learning_rate", 0.0, RATE),
    real("lstm.entropy", 0.0, 1000.0, ""),
    below("lstm.baseline_decay", 0.0, 1.0),
    between("lstm.skip_target", 0.0, 1.0),
    real("lstm.skip_weight", 0.0, 1000.0, ""),
    integer("guide.candidates", 1, 10_000, "graphs"),
    real("guide.confidence", 0.0, 1000.0, "standard deviations"),
    above("guide.decay", 0.0, 1000.0),
    above("guide.noise", 0.0, 1000.0),
    integer("oracle.channels", 1, CHANNELS, "channels"),
    integer("oracle.cells", 1, CELLS, "cells"),
    integer("oracle.epochs", 1, EPOCHS, "epochs"),
    integer("oracle.batch", 1, BATCH, "images"),
    above("oracle.learning_rate", 0.0, RATE),
    below("oracle.average", 0.0, 1.0),
    integer("oracle.steps", 0, 1_000_000_000, "steps"),
    real("oracle.seconds", 0.0, SECONDS, "seconds"),
    between("oracle.validation", 0.0, 1.0),
    integer("oracle.reduction_factor", 0, 1000, ""),
    integer("oracle.first_rung", 1, EPOCHS, "epochs"),
    integer("oracle.train_images", 1, 1_000_000, "images"),
    integer("oracle.test_images", 1, 1_000_000, "images"),
    integer("oracle.resize", 0, 4096, "pixels"),
    integer("oracle.resize_width", 0, 4096, "pixels"),
    integer("proxy.height", 1, 4096, "pixels"),
    integer("proxy.channels", 1, CHANNELS, "channels"),
    integer("proxy.cells", 1, CELLS, "cells"),
    integer("proxy.steps", 1, 1_000_000, "steps"),
    integer("proxy.batch", 1, BATCH, "images"),
    above("proxy.learning_rate", 0.0, RATE),
    below("proxy.average", 0.0, 1.0),
    integer("proxy.finalists", 1, 10_000, "architectures"),
    integer("proxy.repeats", 0, 10_000, "architectures"),
    integer("proxy.finalist_steps", 1, 1_000_000, "steps"),
    integer("supernet.rounds", 1, 100_000, "rounds"),
    integer("supernet.channels", 1, CHANNELS, "channels"),
    integer("supernet.cells", 1, CELLS, "cells"),
    integer("supernet.batch", 1, BATCH, "images"),
    above("supernet.learning_rate", 0.0, RATE),
    integer("supernet.steps", 0, 1_000_000, "steps"),
    integer("supernet.reward_batch", 1, BATCH, "images"),
    integer("supernet.keep", 1, 100_000, "architectures"),
    integer("supernet.probes", 0, 10_000, "architectures"),
    integer("supernet.plans", 1, 1000, "plans"),
    integer("supernet.finalists", 1, 10_000, "architectures"),
    integer("supernet.correlate", 0, 10_000, "architectures"),
    integer("limits.max_params", 0, i64::MAX as u64, "parameters"),
    integer("limits.max_macs", 0, i64::MAX as u64, "multiply-adds"),
    integer("limits.max_memory", 0, i64::MAX as u64, "bytes"),
    integer("recipe.epochs", 1, EPOCHS, "epochs"),
    integer("recipe.batch", 1, BATCH, "images"),
    below("recipe.smoothing", 0.0, 1.0),
    above("recipe.clip", 0.0, 1e9),
    below("recipe.average", 0.0, 1.0),
    below("recipe.drop_path", 0.0, 1.0),
    real("recipe.optimizer.momentum", 0.0, 1.0, ""),
    real("recipe.optimizer.decay", 0.0, FACTOR, ""),
    below("recipe.optimizer.beta1", 0.0, 1.0),
    below("recipe.optimizer.beta2", 0.0, 1.0),
    real("recipe.optimizer.smoothing", 0.0, 1.0, ""),
    above("recipe.optimizer.epsilon", 0.0, FACTOR),
    real("recipe.rate.rate", 0.0, RATE, ""),
    real("recipe.rate.warmup", 0.0, EPOCHS as f64, "epochs"),
    above("recipe.rate.schedule.every", 0.0, EPOCHS as f64),
    real("recipe.rate.schedule.factor", 0.0, FACTOR, ""),
    above("recipe.rate.schedule.over", 0.0, EPOCHS as f64),
    above("recipe.rate.schedule.first", 0.0, EPOCHS as f64),
    integer("recipe.rate.schedule.multiple", 1, 1000, ""),
    real("recipe.rate.schedule.end", 0.0, RATE, ""),
    integer("recipe.augment.crop.pad", 0, 4096, "pixels"),
    integer("recipe.augment.cutout", 0, 1 << 14, "pixels"),
    integer("--batch", 1, BATCH, "images"),
    integer("--beam", 1, 100_000, "prefixes"),
    integer("--cells", 1, CELLS, "cells"),
    integer("--channels", 1, CHANNELS, "channels"),
    integer("--classes", 1, 1_000_000, "classes"),
    integer("--count", 1, 1_000_000, "architectures"),
    integer("--every", 1, EPOCHS, "epochs"),
    integer("--image-channels", 1, 1 << 14, "channels"),
    integer("--input", 1, 1 << 14, "channels or pixels"),
    integer("--limit", 0, u64::MAX, "trials"),
    above("--rate", 0.0, RATE),
    integer("--repeats", 1, 1000, "initialisations"),
    integer("--runs", 1, 100_000, "runs"),
    real("--target", -1e300, 1e300, ""),
    real("--temperature", 0.001, 1000.0, ""),
    integer("--top", 1, 1_000_000, "classes"),
    integer("--trial", 1, u64::MAX, "trials"),
    below("--validation", 0.0, 1.0),
    integer("explorer.neighbours", 2, 1000, "nodes"),
    integer("explorer.edges", 1, 1000, "edges"),
    integer("explorer.nodes", 1, 1000, "nodes"),
];

/// Returns the bound of a key or flag, if it has one.
#[must_use]
pub fn bound(key: &str) -> Option<&'static Bound> {
    BOUNDS.iter().find(|bound| bound.key == key)
}

/// Returns the maximum of an integer key or flag, or 0 if it has no such bound.
#[must_use]
pub fn max_of(key: &str) -> usize {
    match bound(key).map(|bound| bound.range) {
        Some(Range::Integer { max, .. }) => usize::try_from(max).unwrap_or(usize::MAX),
        _ => 0,
    }
}

impl Bound {
    /// Parses an integer in the range.
    ///
    /// # Errors
    /// A message with the range and the text.
    pub fn parse_integer(&self, text: &str) -> Result<u64, String> {
        let Range::Integer { min, max } = self.range else { return Err(self.refusal(&text)) };
        match text.parse::<u64>().ok().or_else(|| exact(text)) {
            Some(number) if (min..=max).contains(&number) => Ok(number),
            // Numbers such as 1e20, -1 or 2^70 are out of range; `many` is not a number.
            _ if text.parse::<f64>().is_ok_and(|number| !number.is_finite() || number.fract() == 0.0) => {
                Err(self.refusal(&text))
            }
            _ => Err(format!("must be an integer, {self}, not {text:?}")),
        }
    }

    /// Parses a real number in the range.
    ///
    /// # Errors
    /// A message with the range and the text.
    pub fn real(&self, text: &str) -> Result<f64, String> {
        match text.parse::<f64>() {
            Ok(number) if self.has(number) => Ok(number),
            Ok(_) => Err(self.refusal(&text)),
            Err(_) => Err(format!("must be a number, {self}, not {text:?}")),
        }
    }

    /// Whether a number is in the range; false for NaN.
    #[must_use]
    pub fn has(&self, number: f64) -> bool {
        match self.range {
            Range::Integer { min, max } => number.fract() == 0.0 && number >= min as f64 && number <= max as f64,
            Range::Real { min, max, ends } => {
                let over = if ends[0] { number >= min } else { number > min };
                over && if ends[1] { number <= max } else { number < max }
            }
        }
    }

    /// Returns a message with the range and the rejected value.
    #[must_use]
    pub fn refusal(&self, found: &dyn fmt::Display) -> String {
        format!("must be {self}, not {found}")
    }
}

/// Formats a number, with an exponent if it is large.
fn short(number: f64) -> String {
    if number.abs() < 1e9 { number.to_string() } else { format!("{number:e}") }
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.range {
            Range::Integer { min, max } => write!(f, "{min} to {max}")?,
            Range::Real { min, max, ends } => {
                let (min, max) = (short(min), short(max));
                match ends {
                    [true, true] => write!(f, "{min} to {max}")?,
                    [false, true] => write!(f, "above {min} and up to {max}")?,
                    [true, false] => write!(f, "{min} to below {max}")?,
                    [false, false] => write!(f, "above {min} and below {max}")?,
                }
            }
        }
        if self.unit.is_empty() { Ok(()) } else { write!(f, " {}", self.unit) }
    }
}

#[cfg(test)]
mod tests {
    use super::{BOUNDS, bound};

    #[test]
    fn every_key_is_unique() {
        for (place, one) in BOUNDS.iter().enumerate() {
            assert!(BOUNDS[place + 1..].iter().all(|other| other.key != one.key), "{}", one.key);
        }
    }

    #[test]
    fn error_messages_name_the_range_and_the_value() {
        let seconds = bound("oracle.seconds").unwrap();
        assert_eq!(seconds.real("1e20"), Err("must be 0 to 31536000 seconds, not 1e20".to_owned()));
        assert_eq!(seconds.real("nan"), Err("must be 0 to 31536000 seconds, not nan".to_owned()));
        assert_eq!(seconds.real("soon"), Err("must be a number, 0 to 31536000 seconds, not \"soon\"".to_owned()));
        let batch = bound("batch").unwrap();
        for text in ["0", "-1", "9223372036854775807", "99999999999999999999999", "1e20", "inf"] {
            assert_eq!(batch.parse_integer(text), Err(format!("must be 1 to 10000 architectures, not {text}")));
        }
        assert_eq!(
            batch.parse_integer("1.5"),
            Err("must be an integer, 1 to 10000 architectures, not \"1.5\"".to_owned())
        );
        assert_eq!(batch.parse_integer("10000"), Ok(10_000));
        assert_eq!(bound("seed").unwrap().parse_integer("18446744073709551615"), Ok(u64::MAX));
        assert_eq!(bound("lstm.skip_target").unwrap().to_string(), "above 0 and below 1");
        assert!(!bound("replay.baseline_decay").unwrap().has(1.0));
    }
}
