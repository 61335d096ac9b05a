//! The text form of NAS-Bench-201 cells: `|op~0|+|op~0|op~1|+|op~0|op~1|op~2|`, one group per node from node 1 on.
//!
//! Cells with the published operations can be written in four more forms: `nasbench201:INDEX`, the index from 0 to 15624
//! in the benchmark's order, which is also the `index` of its tables and the number of NATS-Bench's files;
//! `Structure(4 nodes with |...|+...)` and the list of nodes `[(('none', 0),), (('none', 0), ...), ...]`, as printed by
//! the benchmark's program; and NASLib's six numbers `(1, 0, 4, 3, 2, 2)`, the operations of the edges 0-1, 0-2, 0-3, 1-2,
//! 1-3 and 2-3: 0 for `skip_connect`, 1 `none`, 2 `nor_conv_3x3`, 3 `nor_conv_1x1`, 4 `avg_pool_3x3`.

use super::genotype::NAMES as GENOTYPE_FIELDS;
use super::{Dialect, only, order};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::space::file::part::{Carrier, Part, Wiring};
use crate::space::literal::{Kind, Value};
use crate::space::nasbench201::{NAME, NODES, OPERATIONS};
use crate::space::text::{Cursor, is_name, one_of};
use crate::space::{ArchError, ArchText, Recognition};

/// The indices into [`OPERATIONS`] of NASLib's operation numbers: `skip_connect`, `none`, `nor_conv_3x3`,
/// `nor_conv_1x1`, `avg_pool_3x3` (`naslib/search_spaces/nasbench201/conversions.py`).
const NASLIB: [usize; 5] = [1, 0, 3, 2, 4];

pub(super) static DIALECT: Dialect = Dialect {
    name: NAME,
    space: NAME,
    parts: "exactly one part, with label = \"edge\", edges = \"all\" and one input",
    fits: |definition| {
        only(definition)
            .is_some_and(|part| part.carrier == Carrier::Edge && part.wiring == Wiring::All && part.inputs == 1)
    },
    write,
    read,
    recognises,
    index: Some(order::index_of),
    key: None,
};

/// Whether a part has the published operations and nodes.
fn is_published(part: &Part) -> bool {
    let ops = part.zero.iter().chain(&part.ops);
    part.max_nodes == NODES && ops.map(String::as_str).eq(OPERATIONS)
}

fn write(parts: &[Part], graphs: &[Graph]) -> String {
    let (part, graph) = (&parts[0], &graphs[0]);
    let none = part.zero.as_deref().unwrap_or("none");
    let mut text = String::new();
    for (from, to) in part.pairs(graph.nodes()) {
        if from == 0 {
            text.push_str(if to == 1 { "|" } else { "+|" });
        }
        let name = graph.edge_label(from, to).map_or(none, |label| part.op_name(label));
        text.push_str(&format!("{name}~{from}|"));
    }
    text
}

fn read(parts: &[Part], cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let part = &parts[0];
    if is_published(part) {
        if matches!(cursor.peek(), Some('[' | '(')) {
            let value = cursor.value()?;
            return Ok(vec![read_value(cursor, &value)?]);
        }
        if is_index(cursor) {
            let index = cursor.number(order::CELLS)?;
            return Ok(vec![order::cell(index).unwrap_or_else(|| Graph::empty(NODES))]);
        }
    }
    let framed = skip_frame(cursor);
    let none = part.zero.as_deref();
    let names: Vec<&str> = none.into_iter().chain(part.ops.iter().map(String::as_str)).collect();
    let mut graph = Graph::empty(part.max_nodes);
    for (from, to) in part.pairs(part.max_nodes) {
        if from == 0 {
            if to > 1 {
                cursor.expect("+")?;
            }
            cursor.expect("|")?;
        }
        let label = cursor.word(&names)? + usize::from(none.is_none());
        cursor.expect("~")?;
        cursor.expect(&from.to_string())?;
        cursor.expect("|")?;
        put_operation(&mut graph, from, to, label);
    }
    if framed {
        cursor.expect(")")?;
    }
    Ok(vec![graph])
}

/// Adds an edge with the operation of this label; 0 adds no edge.
pub(super) fn put_operation(graph: &mut Graph, from: usize, to: usize, operation: usize) {
    if operation > 0 {
        graph.put(from, to, to_u8(operation));
    }
}

/// Returns the six pairs of nodes of the published cells, ordered by `(to, from)` as in the text.
pub(super) fn pairs() -> impl Iterator<Item = (usize, usize)> {
    (1..NODES).flat_map(|to| (0..to).map(move |from| (from, to)))
}

/// Steps over `Structure(4 nodes with`, which the benchmark's program prints before a text; returns whether it was
/// there.
fn skip_frame(cursor: &mut Cursor<'_>) -> bool {
    let mut after = cursor.clone();
    let named = after.run(is_name).ends_with("Structure");
    let framed = named && after.skip("(") && after.skip("4") && after.skip("nodes") && after.skip("with");
    if framed {
        *cursor = after;
    }
    framed
}

/// Returns whether a text is `nasbench201:` and a number.
pub(in crate::space) fn is_index(cursor: &Cursor<'_>) -> bool {
    cursor.name() == NAME && cursor.peek().is_some_and(|next| next.is_ascii_digit() || next == '-')
}

/// Parses NASLib's numbers, or the operations of each node with their sources.
fn read_value(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Graph, ArchError> {
    let Kind::List(values) = &value.kind else { return Err(cursor.expected_at(value.at, "a list")) };
    let mut graph = Graph::empty(NODES);
    if values.iter().any(Value::is_number) {
        if values.len() != pairs().count() {
            return Err(cursor.wrong_count(
                value.at,
                "six numbers, the operations of the edges".to_owned(),
                values.len(),
            ));
        }
        let edges = (0..NODES).flat_map(|from| (from + 1..NODES).map(move |to| (from, to)));
        for ((from, to), value) in edges.zip(values) {
            let index = value.integer().and_then(|number| NASLIB.get(number));
            put_operation(
                &mut graph,
                from,
                to,
                *index.ok_or_else(|| cursor.expected_at(value.at, "a number below 5"))?,
            );
        }
        return Ok(graph);
    }
    if values.len() != NODES - 1 {
        return Err(cursor.wrong_count(value.at, "the operations of three nodes".to_owned(), values.len()));
    }
    for (node, to) in values.iter().zip(1..) {
        let sources =
            node.list().ok_or_else(|| cursor.expected_at(node.at, "a list of pairs `('operation', node)`"))?;
        if sources.len() != to {
            return Err(cursor.wrong_count(node.at, format!("{to} pairs `('operation', node)`"), sources.len()));
        }
        for (source, from) in sources.iter().zip(0..) {
            let Some([operation, number]) = source.list() else {
                return Err(cursor.expected_at(source.at, "a pair `('operation', node)`"));
            };
            let index = operation.word().and_then(|word| OPERATIONS.iter().position(|known| *known == word));
            let index = index.ok_or_else(|| cursor.expected_at(operation.at, &one_of(&OPERATIONS)))?;
            if number.integer() != Some(from) {
                return Err(cursor.expected_at(number.at, &format!("`{from}`")));
            }
            put_operation(&mut graph, from, to, index);
        }
    }
    Ok(graph)
}

/// Returns whether a value has the form of a cell: six numbers, or three nodes.
fn has_form(value: &Value<'_>) -> bool {
    let Some(values) = value.list() else { return false };
    let numbers = values.len() == pairs().count() && values.iter().all(Value::is_number);
    let pairs = |node: &Value<'_>| {
        node.list().is_some_and(|pairs| pairs.iter().all(|pair| pair.list().is_some_and(|pair| pair.len() == 2)))
    };
    numbers || values.len() == NODES - 1 && values.iter().all(pairs)
}

fn recognises(text: &ArchText<'_>) -> Recognition {
    let printed = text.cursor.peek() == Some('|') || skip_frame(&mut text.cursor.clone());
    let complete = printed || text.value.as_ref().is_some_and(has_form);
    let named = text.is_broken_with(&["nor_conv", "avg_pool_3x3", "skip_connect"]);
    Recognition::new(complete, named && !text.is_broken_with(&GENOTYPE_FIELDS))
}
