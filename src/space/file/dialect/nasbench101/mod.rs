//! The text form of NAS-Bench-101 cells, `0-1 0-2 1-2;conv3x3-bn-relu`: the edges, then the inner operations.
//!
//! Three more forms can be parsed: matrix and operations, as `ModelSpec(matrix=..., ops=...)`, as JSON or as a Python
//! dictionary with the benchmark's or NASLib's names (`module_adjacency`, `module_operations`); NASLib's tuple, the
//! matrix row by row and then the operations as numbers, 0 for `input`, 1 `output`, 2 `maxpool3x3`, 3 `conv1x1-bn-relu`
//! and 4 `conv3x3-bn-relu`; and the benchmark's hash of a cell, which is searched for among all cells. Cells of more
//! than seven vertices are pruned when parsed.

mod cell_text;
mod model_spec;

use super::genotype::NAMES as GENOTYPE_FIELDS;
use super::{Dialect, only};
use crate::graph::{Graph, hash};
use crate::space::file::part::Part;
use crate::space::literal::{Fields, Kind, Value};
use crate::space::nasbench101::{
    MAX_VERTICES, MIN_VERTICES, NAME, OPERATIONS, cell_hash, find_cell_by_hash, is_hash, parse_hash,
};
use crate::space::text::{Cursor, is_digit};
use crate::space::{ArchError, ArchText, Recognition};

pub(super) static DIALECT: Dialect = Dialect {
    name: NAME,
    space: NAME,
    parts: "exactly one part, with rule = \"nasbench101\" and the operations conv3x3-bn-relu, conv1x1-bn-relu and maxpool3x3",
    fits: |definition| only(definition).is_some_and(|part| part.nasbench101 && part.ops == OPERATIONS),
    // The text of the pruned cell, the edges ordered by `(to, from)`.
    write: |parts, graphs| cell_text::write(&pruned(parts, graphs)),
    read,
    recognises,
    index: None,
    // The benchmark's hash, 32 hexadecimal digits.
    key: Some(|parts, graphs| hash::hex(&cell_hash(&pruned(parts, graphs)))),
};

fn pruned(parts: &[Part], graphs: &[Graph]) -> Graph {
    parts[0].pruned(&graphs[0])
}

/// Parses a text; its first characters determine the form. The graph has all vertices of the text, including those that
/// pruning would remove, unless there are more than seven.
fn read(_: &[Part], cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let start = cursor.position();
    let word = cursor.clone().run(|c| c.is_ascii_alphanumeric());
    if let Some(hash) = parse_hash(word) {
        cursor.run(|c| c.is_ascii_alphanumeric());
        cursor.close()?;
        let cell = find_cell_by_hash(&hash);
        return Ok(vec![cell.ok_or_else(|| cursor.expected_at(start, "the hash of one of the 423,624 cells"))?]);
    }
    let cell = match cursor.peek() {
        Some(c) if is_digit(c) => cell_text::read(cursor)?,
        Some('[' | '(' | '{') => model_spec::read(cursor)?,
        Some(c) if c.is_ascii_alphabetic() => model_spec::read(cursor)?,
        _ => return Err(cursor.expected_here("edges such as `0-1 1-2`, a matrix and operations, or a cell's hash")),
    };
    Ok(vec![cell])
}

fn recognises(text: &ArchText<'_>) -> Recognition {
    // A list of six numbers belongs to NAS-Bench-201, unless it is the cell of two vertices.
    let is_cell = |value: &Value<'_>| has_form(value) && (!is_of_two_vertices(value) || is_smallest(value));
    let edges = !text.is_bracketed() && text.has_number_before('-');
    let complete = is_hash(text.word) || text.calls("ModelSpec") || edges;
    let names = ["matrix", "adjacency", "module_operations", "bn-relu"];
    let damaged = text.is_broken_with(&names) && !text.is_broken_with(&GENOTYPE_FIELDS)
        || !text.is_bracketed() && text.rest().contains(';');
    Recognition::new(complete || text.value.as_ref().is_some_and(is_cell), damaged)
}

/// Returns whether a value has the form of a cell: a matrix and operations, or NASLib's tuple. A list of six numbers is
/// ambiguous: it may also be six operations of NAS-Bench-201.
fn has_form(value: &Value<'_>) -> bool {
    match &value.kind {
        Kind::Fields(Fields { name: "ModelSpec", .. }) => true,
        Kind::Fields(fields) => fields.get(&model_spec::MATRIX).is_some() || fields.get(&model_spec::LABELS).is_some(),
        Kind::List(values) => match values.as_slice() {
            [matrix, operations] => {
                matrix.list().is_some()
                    && operations.list().is_some_and(|list| list.iter().all(|name| name.word().is_some()))
            }
            numbers => {
                let sizes = (MIN_VERTICES..=MAX_VERTICES).map(|vertices| vertices * (vertices + 1));
                numbers.iter().all(Value::is_number) && sizes.into_iter().any(|size| size == numbers.len())
            }
        },
        _ => false,
    }
}

/// Returns whether a value is NASLib's tuple of the two-vertex cell, whose six numbers are also a cell of
/// NAS-Bench-201.
fn is_smallest(value: &Value<'_>) -> bool {
    let numbers = value.list().map(|values| values.iter().map(Value::integer).collect::<Vec<_>>());
    numbers.is_some_and(|numbers| numbers == [0, 1, 0, 0, 0, 1].map(Some))
}

/// Returns whether a value has as many numbers as a cell of two vertices.
fn is_of_two_vertices(value: &Value<'_>) -> bool {
    value.list().is_some_and(|values| values.len() == MIN_VERTICES * (MIN_VERTICES + 1))
}
