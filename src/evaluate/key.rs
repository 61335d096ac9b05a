//! The keys of table rows: the hash of a cell (NAS-Bench-101) or the index of an architecture (NAS-Bench-201).

use super::columns::Key;
use crate::space;
use crate::space::nasbench201::{NAME, cell_of_number, number_of_cell};

/// Converts a text to a key; `None` for an invalid text.
///
/// A hash is read as a hexadecimal integer; the six operations of an architecture are the digits of an index in base
/// five.
pub(super) fn of_text(key: Key, text: &str) -> Option<u128> {
    match key {
        Key::Arch => space::open(NAME).ok()?.encode(text).ok().map(|graph| number_of_cell(&graph) as u128),
        Key::Canonical => {
            let digits = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
            (text.len() == 32 && digits(text)).then(|| u128::from_str_radix(text, 16).ok())?
        }
    }
}

/// Converts a key back to its text.
pub(super) fn to_text(key: Key, number: u128) -> String {
    match key {
        Key::Arch => {
            let cell = usize::try_from(number).ok().map(cell_of_number);
            let text = cell.and_then(|cell| space::open(NAME).ok()?.decode(&cell).ok());
            text.unwrap_or_else(|| number.to_string())
        }
        Key::Canonical => format!("{number:032x}"),
    }
}
