//! Numbers of flags, read within their range ([`crate::bounds`]).

use crate::bounds::bound;

/// A reader of whole numbers in the range of a key or flag.
pub(super) fn whole<T: TryFrom<u64>>(key: &'static str) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text: &str| {
        let bound = bound(key).ok_or_else(|| format!("has no range for {key}"))?;
        T::try_from(bound.whole(text)?).map_err(|_| bound.refusal(&text))
    }
}

/// A reader of numbers in the range of a key or flag.
pub(super) fn real(key: &'static str) -> impl Fn(&str) -> Result<f64, String> + Clone {
    move |text: &str| bound(key).ok_or_else(|| format!("has no range for {key}"))?.real(text)
}
