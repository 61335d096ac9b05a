//! Names of keys: those that were renamed, and the one most like a mistyped one.

use crate::shown::line as shown_line;

/// Keys that had another name: the old one and that of today.
const RENAMED: [(&str, &str); 3] = [
    ("generator.loosen", "generator.epsilon"),
    ("oracle.halving", "oracle.reduction_factor"),
    ("oracle.first_look", "oracle.first_rung"),
];

/// The name that a key has today; an old one is noted.
pub(super) fn current_name<'a>(key: &'a str, place: &str) -> &'a str {
    let Some((old, new)) = RENAMED.iter().find(|(old, _)| *old == key) else { return key };
    log::info!("{}: the key {old} is called {new} now", shown_line(&place));
    new
}

/// The known key most like `key`: its name is the same but for a slip or two, whatever the section.
pub(super) fn nearest(key: &str, known: impl Iterator<Item = String>) -> Option<String> {
    let last = |key: &str| key.rsplit('.').next().unwrap_or("").to_owned();
    let far =
        |known: &String| distance(known, key).min(distance(&last(known), &last(key)) + usize::from(key.contains('.')));
    let slips = 1 + last(key).chars().count() / SLIP;
    known.filter(|known| distance(&last(known), &last(key)) <= slips).min_by_key(far)
}

/// Letters for each slip beyond the first.
const SLIP: usize = 6;

/// Letters to add, leave out, replace, or exchange with the next one (restricted Damerau-Levenshtein distance).
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
