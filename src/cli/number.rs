//! Parsers of numeric flags that check the allowed range ([`crate::bounds`]).

use crate::bounds::bound;

/// Returns a parser of integers in the range of a key or flag.
pub(super) fn integer<T: TryFrom<u64>>(key: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text: &str| {
        let bound = bound(key).ok_or_else(|| format!("no range is defined for {key}"))?;
        T::try_from(bound.parse_integer(text)?).map_err(|_| bound.refusal(&text))
    }
}

/// Returns a parser of real numbers in the range of a key or flag.
pub(super) fn real(key: &'static str) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text: &str| bound(key).ok_or_else(|| format!("no range is defined for {key}"))?.real(text)
}
