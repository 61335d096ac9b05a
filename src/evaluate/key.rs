//! The keys of table rows: the hash of a cell (NAS-Bench-101) or the index of an architecture (NAS-Bench-201).

use super::columns::Key;
use crate::graph::Graph;
use crate::space;
use crate::space::nasbench201::{NAME, NODES, OPERATIONS};

/// Converts a text to a key; `None` for an invalid text.
///
/// A hash is read as a hexadecimal integer; the six operations of an architecture are the digits of an index in base
/// five.
pub(super) fn of_text(key: Key, text: &str) -> Option<u128> {
    match key {
        Key::Arch => space::open(NAME).ok()?.encode(text).ok().map(|graph| index(&graph)),
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
            let text = space::open(NAME).ok().and_then(|space| space.decode(&graph(number)).ok());
            text.unwrap_or_else(|| number.to_string())
        }
        Key::Canonical => format!("{number:032x}"),
    }
}

fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (1..NODES).flat_map(|to| (0..to).map(move |from| (from, to)))
}

fn index(graph: &Graph) -> u128 {
    let digit = |(from, to)| u128::from(graph.edge_label(from, to).unwrap_or(0));
    pairs().fold(0, |number, pair| number * OPERATIONS.len() as u128 + digit(pair))
}

fn graph(mut number: u128) -> Graph {
    let mut graph = Graph::empty(NODES);
    let all: Vec<_> = pairs().collect();
    for &(from, to) in all.iter().rev() {
        let digit = u8::try_from(number % OPERATIONS.len() as u128).unwrap_or(0);
        number /= OPERATIONS.len() as u128;
        if digit > 0 {
            graph.put(from, to, digit);
        }
    }
    graph
}
