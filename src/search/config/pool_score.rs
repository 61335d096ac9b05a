//! The key `explore.score`: the score that ranks a pool of architectures.

use crate::score::{Measure, UnknownMeasure};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// The score that ranks a pool of architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PoolScore {
    /// The measure that is best in most spaces.
    #[default]
    Auto,
    /// No score: architectures are explored in the order in which they are drawn.
    None,
    /// This measure.
    Of(Measure),
}

impl PoolScore {
    /// Returns the measure.
    #[must_use]
    pub fn measure(self) -> Option<Measure> {
        match self {
            Self::Auto => Some(Measure::Combined),
            Self::None => None,
            Self::Of(measure) => Some(measure),
        }
    }
}

impl fmt::Display for PoolScore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::None => f.write_str("none"),
            Self::Of(measure) => measure.fmt(f),
        }
    }
}

impl FromStr for PoolScore {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "auto" => Ok(Self::Auto),
            "none" => Ok(Self::None),
            name => name.parse().map(Self::Of).map_err(|error: UnknownMeasure| format!("{error}, auto or none")),
        }
    }
}

impl TryFrom<String> for PoolScore {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<PoolScore> for String {
    fn from(score: PoolScore) -> Self {
        score.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::PoolScore;
    use crate::score::Measure;

    #[test]
    fn names_parse_to_the_same_score() {
        for score in [PoolScore::Auto, PoolScore::None, PoolScore::Of(Measure::ShortestPath)] {
            assert_eq!(score.to_string().parse(), Ok(score));
        }
        let wrong = "size".parse::<PoolScore>().unwrap_err();
        assert!(
            wrong.starts_with("there is no score 'size'; it must be one of combined, ")
                && wrong.ends_with("auto or none")
        );
    }
}
