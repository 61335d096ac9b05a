//! Names of keys: renamed keys, and suggestions for mistyped keys.

use crate::shown::line as shown_line;

/// Renamed keys: old and current name.
const RENAMED: [(&str, &str); 3] = [
    ("generator.loosen", "generator.epsilon"),
    ("oracle.halving", "oracle.reduction_factor"),
    ("oracle.first_look", "oracle.first_rung"),
];

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

/// Returns the most similar known key. Its last part may differ by a few typing errors; the section may differ.
pub(super) fn nearest(key: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or("").to_owned();
    let difference =
        |known: &String| distance(known, key).min(distance(&last(known), &last(key)) + usize::from(key.contains('.')));
    let errors = 1 + last(key).chars().count() / LETTERS_PER_ERROR;
    known.filter(|known| distance(&last(known), &last(key)) <= errors).min_by_key(difference)
}

/// Letters per accepted typing error beyond the first.
const LETTERS_PER_ERROR: usize = 6;

/// Restricted Damerau-Levenshtein distance: insertions, deletions, substitutions and transpositions.
fn distance(a: &str, b: &str) -> usize {
    let [a, b] = [a, b].map(|text| text.chars().collect::<Vec<_>>());
    let mut rows = vec![(0..=b.len()).collect::<Vec<usize>>()];
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let mut least = (rows[i][j] + usize::from(x != y)).min(row[j] + 1).min(rows[i][j + 1] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}
