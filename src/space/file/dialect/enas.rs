//! The text form of ENAS macro networks: the operation of each layer and its skip bits, output 0 first.

use super::{Dialect, only};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::space::file::part::{Part, Wiring};
use crate::space::literal::Value;
use crate::space::nasbench101::is_hash;
use crate::space::text::Cursor;
use crate::space::{ArchError, ArchText, Recognition};

/// The name of the published space.
const NAME: &str = "enas";
/// Its number of layers.
const LAYERS: usize = 12;
/// Its operations, in the order of their published numbers.
const OPERATIONS: [&str; 6] = ["conv3", "sepconv3", "conv5", "sepconv5", "avgpool3", "maxpool3"];
/// The number of integers in a published text.
const NUMBERS: usize = LAYERS * (LAYERS + 1) / 2;

pub(super) static DIALECT: Dialect = Dialect {
    name: NAME,
    space: NAME,
    parts: "exactly one part, with edges = \"skips\"",
    fits: |definition| only(definition).is_some_and(|part| part.wiring == Wiring::Skips),
    write,
    read,
    recognises,
    index: None,
    key: None,
};

fn write(parts: &[Part], graphs: &[Graph]) -> String {
    let (part, graph) = (&parts[0], &graphs[0]);
    let layer = |layer: usize| {
        let mut text = part.op_name(graph.node_label(layer)).to_owned();
        text.extend(graph.row(layer).map(|skip| if skip { " 1" } else { " 0" }));
        text
    };
    (0..graph.nodes()).map(layer).collect::<Vec<_>>().join(" | ")
}

/// Parses names of operations or their numbers, with skip bits.
fn read(parts: &[Part], cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let part = &parts[0];
    if matches!(cursor.peek(), Some('[' | '(')) {
        return Ok(vec![read_lists(part, cursor)?]);
    }
    let numbers: Vec<String> = (0..part.ops.len()).map(|number| number.to_string()).collect();
    let words: Vec<&str> = part.ops.iter().chain(&numbers).map(String::as_str).collect();
    let mut graph = Graph::empty(part.max_nodes);
    for layer in 0..part.max_nodes {
        let apart = cursor.space();
        if layer > 0 && !cursor.skip("|") && !apart {
            cursor.expect("|")?;
        }
        let operation = cursor.word(&words)? % part.ops.len();
        graph.label(layer, to_u8(operation) + part.first_label());
        for output in 0..layer {
            let apart = cursor.space();
            if !apart {
                cursor.expect(" ")?;
            }
            if cursor.word(&["0", "1"])? == 1 {
                graph.put(output, layer, 0);
            }
        }
    }
    Ok(vec![graph])
}

/// Parses the integers of a network: one list, or one list per layer, nested in another list or in sequence.
fn read_lists(part: &Part, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let depth = part.max_nodes;
    let count = depth * (depth + 1) / 2;
    let start = cursor.position();
    let mut values = Vec::new();
    while matches!(cursor.peek(), Some('[' | '(')) && values.len() <= depth {
        values.push(cursor.value()?);
        cursor.skip(",");
        cursor.space();
    }
    let layers = match values.as_slice() {
        [one] if one.list().is_some_and(|inner| !inner.iter().all(Value::is_number)) => one.list().unwrap_or(&[]),
        _ => &values,
    };
    let mut numbers = Vec::with_capacity(count);
    for (layer, value) in layers.iter().enumerate() {
        let inner = value.list().ok_or_else(|| cursor.expected_at(value.at, "a list of numbers"))?;
        if layers.len() > 1 && inner.len() != layer + 1 {
            let expected = format!("an operation and {layer} skips for layer {layer}");
            return Err(cursor.wrong_count(value.at, expected, inner.len()));
        }
        numbers.extend(inner);
    }
    if numbers.len() != count {
        let expected = format!("{count} numbers, an operation and the skips of each of {depth} layers");
        return Err(cursor.wrong_count(start, expected, numbers.len()));
    }
    let mut graph = Graph::empty(depth);
    let mut numbers = numbers.into_iter();
    for layer in 0..depth {
        for (index, value) in (&mut numbers).take(layer + 1).enumerate() {
            let below = if index == 0 { part.ops.len() } else { 2 };
            let number = value.integer().filter(|number| *number < below);
            match (index, number.ok_or_else(|| cursor.expected_at(value.at, &format!("a number below {below}")))?) {
                (0, operation) => graph.label(layer, to_u8(operation) + part.first_label()),
                (_, 1) => graph.put(index - 1, layer, 0),
                _ => {}
            }
        }
    }
    Ok(graph)
}

/// Returns whether a value has the form of a network: one list of all integers, one list per layer, or the first
/// layer's list.
fn has_form(value: &Value<'_>) -> bool {
    let Some(values) = value.list() else { return false };
    let numbers = values.iter().all(Value::is_number);
    let layer = |(value, layer): (&Value<'_>, usize)| value.list().is_some_and(|numbers| numbers.len() == layer);
    numbers && matches!(values.len(), 1 | NUMBERS) || values.len() == LAYERS && values.iter().zip(1..).all(layer)
}

fn recognises(text: &ArchText<'_>) -> Recognition {
    let several = |value: &Value<'_>| value.list().is_some_and(|list| list.len() > 1);
    let more_follow = text.after_value.trim_start().starts_with(['[', '(']);
    let lists = text.value.as_ref().is_some_and(|value| has_form(value) && (more_follow || several(value)));
    let number = || text.word.parse().is_ok_and(|number: usize| number < OPERATIONS.len());
    let operation = OPERATIONS.contains(&text.word) || number();
    // Texts of other spaces start with a number and a hyphen or a comma, or are a hash.
    let elsewhere = text.has_number_before('-') || text.has_number_before(',') || is_hash(text.word);
    Recognition::new(lists || operation && !elsewhere, false)
}
