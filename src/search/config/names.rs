//! Names of keys: renamed keys, and suggestions for mistyped keys.

use crate::shown::line as shown_line;

/// Renamed keys: old and current name.
const RENAMED: [(&str, &str); 3] = [
    ("generator.loosen", "generator.epsilon"),
    ("oracle.halving", "oracle.reduction_factor"),
    ("oracle.first_look", "oracle.first_rung"),
];

/// Keys that are newer than runs which can be resumed, with the value that such runs have, in TOML.
const ADDED: [(&str, &str); 2] = [("reward.goal", "\"max\""), ("reward.unit", "\"%\"")];

/// Returns the keys that a run of an earlier version may lack, with its values in TOML.
pub fn added_keys() -> impl Iterator<Item = (&'static str, &'static str)> {
    ADDED.into_iter()
}

/// Returns the current name of a dotted key, which may be an old name.
#[must_use]
pub fn current_key(key: &str) -> &str {
    RENAMED.iter().find(|(old, _)| *old == key).map_or(key, |(_, new)| new)
}

/// The same; logs a note for an old name.
pub(super) fn noted_key<'a>(key: &'a str, place: &str) -> &'a str {
    let current = current_key(key);
    if current != key {
        log::info!("{}: the key {key} was renamed to {current}", shown_line(place));
    }
    current
}
