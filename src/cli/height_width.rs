//! Parses `--resize`: height and width in pixels, as `48` or `48x64`.

use crate::data::MAX_SIDE;
use std::fmt;
use std::str::FromStr;

/// Size to which images are resized, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct HeightWidth {
    pub(super) height: usize,
    pub(super) width: usize,
}

impl HeightWidth {
    /// The size as `(height, width)`.
    pub(super) fn pair(self) -> (usize, usize) {
        (self.height, self.width)
    }
}

impl FromStr for HeightWidth {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let side = |text: &str| text.parse().ok().filter(|side| (1..=MAX_SIDE).contains(side));
        let (height, width) = text.split_once(['x', 'X']).unwrap_or((text, text));
        match (side(height), side(width)) {
            (Some(height), Some(width)) => Ok(Self { height, width }),
            _ => Err(format!("must be one side or HEIGHTxWIDTH, such as 48 or 48x64, each 1 to {MAX_SIDE} pixels")),
        }
    }
}

impl fmt::Display for HeightWidth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}x{}", self.height, self.width)
    }
}

#[cfg(test)]
mod tests {
    use super::HeightWidth;

    #[test]
    fn parses_one_or_two_sides() {
        let size = |text: &str| text.parse().map(HeightWidth::pair);
        assert_eq!(size("48"), Ok((48, 48)));
        assert_eq!(size("48x64"), Ok((48, 64)));
        for invalid in ["", "0", "x", "48x", "48x0", "4097", "-1", "48x64x3", "48 x 64", "99999999999999999999"] {
            assert!(size(invalid).is_err_and(|text| text.contains("48x64")), "{invalid}");
        }
    }
}
