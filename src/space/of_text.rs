//! Which space an architecture's text is of, told by its form alone.

use super::literal::{Fields, Kind, Value};
use super::text::{Cursor, is_name};
use super::{darts, enas, nasbench101, nasbench201, randwire};

/// The name of the space that writes its architectures like this, by what is in no other space's texts; the text need
/// not be one of its architectures. `None` where no space writes so, or more than one does.
#[must_use]
pub fn of_text(arch: &str) -> Option<&'static str> {
    let mut cursor = Cursor::open(arch).ok()?;
    if nasbench201::is_index(&cursor) || nasbench201::skip_frame(&mut cursor.clone()) {
        return Some(nasbench201::NAME);
    }
    let rest = cursor.rest();
    let word = cursor.clone().run(is_name);
    if nasbench101::is_hash(word) {
        return Some(nasbench101::NAME);
    }
    match cursor.peek()? {
        '|' => Some(nasbench201::NAME),
        '[' | '(' | '{' => match cursor.value() {
            Ok(value) => of_value(&value, cursor.rest()),
            Err(_) => of_broken(rest),
        },
        // What a path leads to may stand before a bracket.
        _ if rest.split('(').next().is_some_and(|name| name.ends_with("Genotype")) => Some(darts::NAME),
        _ if rest.split('(').next().is_some_and(|name| name.ends_with("ModelSpec")) => Some(nasbench101::NAME),
        _ if follows(rest, '-') => Some(nasbench101::NAME),
        _ if follows(rest, ',') => Some(randwire::NAME),
        _ if enas_operation(word) => Some(enas::NAME),
        // Broken texts, by what is in no other space's.
        _ if rest.contains(';') => Some(nasbench101::NAME),
        _ => (rest.contains(',') && rest.contains('|')).then_some(randwire::NAME),
    }
}

/// A list or a dictionary, and what follows it.
fn of_value(value: &Value<'_>, rest: &str) -> Option<&'static str> {
    if let Kind::Fields(Fields { named, .. }) = &value.kind
        && named.iter().any(|(name, ..)| matches!(*name, "normal" | "reduce"))
    {
        return Some(darts::NAME);
    }
    let lists = rest.trim_start().starts_with(['[', '(']);
    // What cannot be read either way still gets a sentence that says what is wrong with it.
    let pairs = |cell: &Value<'_>| cell.list().is_some_and(|pairs| pairs.len() == 8);
    let compact = value.list().is_some_and(|cells| cells.len() == darts::CELLS && cells.iter().all(pairs));
    let found = [
        (nasbench101::has_form(value), nasbench101::NAME),
        (nasbench201::has_form(value), nasbench201::NAME),
        (enas::has_form(value) && (lists || value.list().is_some_and(|list| list.len() > 1)), enas::NAME),
        (compact, darts::NAME),
    ];
    let mut found = found.into_iter().filter(|(is, _)| *is).map(|(_, name)| name);
    match (found.next(), found.next()) {
        // Six numbers are a cell of NAS-Bench-101 only if they are that of two vertices.
        (Some(nasbench101::NAME), Some(nasbench201::NAME)) if !nasbench101::is_smallest(value) => {
            Some(nasbench201::NAME)
        }
        (Some(name), None) => Some(name),
        _ => None,
    }
}

/// A text in brackets that cannot be read, by the names in it.
fn of_broken(text: &str) -> Option<&'static str> {
    let names = |names: &[&str]| names.iter().any(|name| text.contains(name));
    match text {
        _ if names(&["normal", "reduce"]) => Some(darts::NAME),
        _ if names(&["matrix", "adjacency", "module_operations", "bn-relu"]) => Some(nasbench101::NAME),
        _ if names(&["nor_conv", "avg_pool_3x3", "skip_connect"]) => Some(nasbench201::NAME),
        _ => None,
    }
}

/// Whether a text begins with a hexadecimal number and then this character, like `0-1` or `1,3`.
fn follows(text: &str, mark: char) -> bool {
    let after = text.trim_start_matches(|c: char| c.is_ascii_hexdigit());
    after.len() < text.len() && after.trim_start().starts_with(mark)
}

/// By name or by number.
fn enas_operation(word: &str) -> bool {
    enas::OPERATIONS.contains(&word) || word.parse().is_ok_and(|number: usize| number < enas::OPERATIONS.len())
}
