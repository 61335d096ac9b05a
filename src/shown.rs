//! Escaping of paths and names in messages: on one line, without control characters, and unambiguous.

use std::ffi::OsStr;
use std::fmt::{self, Write};
use std::path::Path;

/// Escaping of text from outside, so that it is escaped to print.
///
/// Control characters and characters that change the text direction are escaped (`\n`, `\u{1b}`); bytes that are not
/// UTF-8 become `\xff`. A backslash becomes `\\` (except on Windows, where it separates folders), so that different
/// names are always shown differently.
pub trait Show {
    /// Returns the escaped text.
    fn shown(&self) -> Shown<'_>;
}

/// The result of [`Show::shown`], for `{}`.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(&'a OsStr);

impl Show for Path {
    fn shown(&self) -> Shown<'_> {
        Shown(self.as_os_str())
    }
}

impl Show for OsStr {
    fn shown(&self) -> Shown<'_> {
        Shown(self)
    }
}

impl Show for str {
    fn shown(&self) -> Shown<'_> {
        Shown(OsStr::new(self))
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut text = String::with_capacity(self.0.len());
        for chunk in self.0.as_encoded_bytes().utf8_chunks() {
            for letter in chunk.valid().chars() {
                match letter {
                    '\\' if !cfg!(windows) => text.push_str(r"\\"),
                    letter if is_hidden(letter) => text.extend(letter.escape_default()),
                    letter => text.push(letter),
                }
            }
            for byte in chunk.invalid() {
                write!(text, "\\x{byte:02x}")?;
            }
        }
        f.pad(&text)
    }
}

/// Whether a terminal interprets a character instead of showing it.
fn is_hidden(letter: char) -> bool {
    let changes_direction =
        matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || changes_direction || matches!(letter, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Escapes the control characters of a complete message, except line breaks and tabs.
pub fn message(text: &str) -> String {
    escaped(text, |letter| matches!(letter, '\n' | '\t') || !is_hidden(letter))
}

/// Escapes the control characters of a sentence, including line breaks. Backslashes are not escaped, since parts of the
/// sentence may have been escaped before.
pub fn line(text: &str) -> String {
    escaped(text, |letter| !is_hidden(letter))
}

fn escaped(text: &str, is_allowed: impl Fn(char) -> bool) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match is_allowed(letter) {
            true => escaped.push(letter),
            false => escaped.extend(letter.escape_default()),
        }
    }
    escaped
}

/// Formats a count with its noun.
#[must_use]
pub fn pluralized(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// Returns the most similar known name or dotted key. Its last part may differ by a few typing errors; the section may differ.
pub fn nearest(key: &str, known: impl Iterator<Item = String>) -> Option<String> {
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
            let mut smallest = (rows[i][j] + usize::from(x != y)).min(row[j] + 1).min(rows[i][j + 1] + 1);
            if i > 0 && j > 0 && *x == b[j - 1] && a[i - 1] == *y {
                smallest = smallest.min(rows[i - 1][j - 1] + 1);
            }
            row.push(smallest);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::{Show, line, message};
    use std::path::Path;

    #[test]
    fn usual_names_are_not_escaped() {
        for name in ["data/cifar-10", "Äpfel und Birnen", "猫/1.png", "a'b\"c"] {
            assert_eq!(Path::new(name).shown().to_string(), name);
        }
        assert_eq!(format!("{:<6}|", "cat".shown()), "cat   |");
    }

    #[test]
    fn control_characters_are_escaped() {
        assert_eq!("a\nb\tc\u{1b}[2J\u{202e}d".shown().to_string(), r"a\nb\tc\u{1b}[2J\u{202e}d");
        assert_eq!(message("two\nlines\u{1b}[2J"), "two\nlines\\u{1b}[2J");
        assert_eq!(line("two\nli\tnes\u{1b}\\n"), "two\\nli\\tnes\\u{1b}\\n");
    }

    #[cfg(unix)]
    #[test]
    fn different_names_are_shown_differently() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let names: [&[u8]; 5] = [b"a\xff", b"a\xfe", br"a\xff", br"a\\xff", "a\u{fffd}".as_bytes()];
        let shown: std::collections::BTreeSet<_> =
            names.iter().map(|name| OsStr::from_bytes(name).shown().to_string()).collect();
        assert_eq!(shown.len(), names.len(), "{shown:?}");
        assert!(shown.contains(r"a\xff"));
    }
}
