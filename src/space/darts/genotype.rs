//! The text form `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], reduce=[...], ...)`, also as
//! a dictionary.

use super::{CELL_NODES, IN_DEGREE, INPUTS, OPERATIONS};
use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::literal::{Fields, Kind, Value};
use crate::space::text::{Cursor, one_of};

/// The names of the cells, in the order of the graph's parts.
const NAMES: [&str; super::CELLS] = ["normal", "reduce"];

/// The names of all fields, in the order of positional arguments.
const FIELDS: [&str; 4] = ["normal", "normal_concat", "reduce", "reduce_concat"];

/// The nodes that every cell concatenates: all but the inputs.
const CONCAT: &str = "[2, 3, 4, 5]";

/// The number of pairs of a cell.
const PAIRS: usize = IN_DEGREE * (CELL_NODES - INPUTS);

/// Parses both cells.
pub(super) fn read(arch: &str) -> Result<Graph, ArchError> {
    let mut cursor = Cursor::open(arch)?;
    let value = cursor.value()?;
    cursor.close()?;
    let Kind::Fields(fields) = &value.kind else { return Err(cursor.expected_at(value.at, "`Genotype(`")) };
    if !matches!(fields.name, "Genotype" | "") {
        return Err(cursor.expected_at(value.at, "`Genotype(`"));
    }
    let unknown = fields.named.iter().find(|(name, ..)| !fields.name.is_empty() && !FIELDS.contains(name));
    if let Some((_, at, _)) = unknown {
        return Err(cursor.expected_at(*at, &one_of(&FIELDS)));
    }
    if let Some(value) = fields.values.get(FIELDS.len()) {
        return Err(cursor.expected_at(value.at, "`)`"));
    }
    let mut cells = Vec::with_capacity(NAMES.len());
    for name in NAMES {
        let cell = field(&cursor, fields, name, "[...]")?;
        cells.push(read_cell(&cursor, cell)?);
        check_concat(&cursor, field(&cursor, fields, &format!("{name}_concat"), CONCAT)?)?;
    }
    Ok(Graph::disjoint_union(&cells))
}

/// Returns the named value or, if the values have no names, the positional one.
fn field<'v, 'a>(
    cursor: &Cursor<'a>,
    fields: &'v Fields<'a>,
    name: &str,
    like: &str,
) -> Result<&'v Value<'a>, ArchError> {
    let positional = FIELDS.iter().position(|known| *known == name).and_then(|index| fields.values.get(index));
    fields.get(&[name]).or(positional).ok_or_else(|| cursor.expected_at(fields.end, &format!("`{name}={like}`")))
}

/// Requires the nodes 2 to 5, as a list in any order or as a range.
fn check_concat(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<(), ArchError> {
    let (values, range) = match &value.kind {
        Kind::Fields(Fields { name: "list" | "tuple", values, .. }) if values.len() == 1 => {
            return check_concat(cursor, &values[0]);
        }
        Kind::Fields(Fields { name: "range", values, .. }) => (values, true),
        Kind::List(values) => (values, false),
        _ => return Err(cursor.expected_at(value.at, &format!("`{CONCAT}`"))),
    };
    let mut numbers: Vec<_> = values.iter().map(Value::integer).collect();
    if !range {
        numbers.sort_unstable();
    }
    let all = if range { vec![Some(INPUTS), Some(CELL_NODES)] } else { (INPUTS..CELL_NODES).map(Some).collect() };
    if numbers == all { Ok(()) } else { Err(cursor.expected_at(value.at, &format!("`{CONCAT}`"))) }
}

/// Parses the eight pairs of a cell, which may be grouped by node.
fn read_cell(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Graph, ArchError> {
    let Some(items) = value.list() else {
        return Err(cursor.expected_at(value.at, "a list of pairs `('operation', node)`"));
    };
    let grouped = |item: &Value<'_>| item.list().is_some_and(|pairs| pairs.iter().all(|pair| pair.list().is_some()));
    let mut pairs = Vec::with_capacity(PAIRS);
    for item in items {
        match item.list().filter(|_| grouped(item)) {
            Some(group) if group.len() == IN_DEGREE => pairs.extend(group),
            Some(group) => return Err(cursor.wrong_count(item.at, format!("{IN_DEGREE} pairs a node"), group.len())),
            None => pairs.push(item),
        }
    }
    if pairs.len() != PAIRS {
        let last = CELL_NODES - 1;
        let expected = format!("{PAIRS} pairs, {IN_DEGREE} for each of the nodes {INPUTS} to {last}");
        return Err(cursor.wrong_count(value.at, expected, pairs.len()));
    }
    let mut cell = Graph::empty(CELL_NODES);
    for (index, pair) in pairs.into_iter().enumerate() {
        read_pair(cursor, pair, &mut cell, INPUTS + index / IN_DEGREE)?;
    }
    Ok(cell)
}

/// Parses `('operation', from)`, an edge into `node`.
fn read_pair(cursor: &Cursor<'_>, pair: &Value<'_>, cell: &mut Graph, node: usize) -> Result<(), ArchError> {
    let Some([operation, source]) = pair.list() else {
        return Err(cursor.expected_at(pair.at, "a pair `('operation', node)`"));
    };
    if operation.is_number() {
        let names =
            "an operation's name such as 'sep_conv_3x3', because NASLib and BANANAS number operations differently";
        return Err(cursor.expected_at(operation.at, names));
    }
    let index = operation.word().and_then(|word| OPERATIONS[1..].iter().position(|known| *known == word));
    let index = index.ok_or_else(|| cursor.expected_at(operation.at, &one_of(&OPERATIONS[1..])))?;
    let from = source.integer().filter(|from| *from < node);
    let from = from.ok_or_else(|| cursor.expected_at(source.at, &format!("a number below {node}")))?;
    if cell.has_edge(from, node) {
        let expected = format!("a node other than {from}, which feeds node {node} already");
        return Err(cursor.expected_at(source.at, &expected));
    }
    cell.put(from, node, [1, 2, 3, 4, 5, 6, 7][index]);
    Ok(())
}

/// Returns the text of the cells, each node's pairs in the order of their sources.
pub(super) fn write(cells: &[Graph]) -> String {
    let cell = |(name, cell): (&str, &Graph)| {
        let pairs: Vec<String> = cell.edges().map(write_pair).collect();
        format!("{name}=[{}], {name}_concat={CONCAT}", pairs.join(", "))
    };
    let cells: Vec<String> = NAMES.into_iter().zip(cells).map(cell).collect();
    format!("Genotype({})", cells.join(", "))
}

fn write_pair((from, _, label): (usize, usize, u8)) -> String {
    let operation = OPERATIONS.get(usize::from(label)).unwrap_or(&OPERATIONS[0]);
    format!("('{operation}', {from})")
}
