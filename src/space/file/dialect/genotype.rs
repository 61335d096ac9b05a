//! The text form `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], reduce=[...], ...)`, also as
//! a dictionary.

use super::Dialect;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::space::file::part::{Carrier, Join, Output, Part, Wiring};
use crate::space::literal::{Fields, Kind, Value};
use crate::space::text::{Cursor, one_of};
use crate::space::{ArchError, ArchText, Recognition};

/// The input nodes of a cell, and the number of edges into each later node.
const INPUTS: usize = 2;
const IN_DEGREE: usize = 2;

/// The largest number of nodes of a cell, because all numberings of the later nodes are compared.
const MAX_NODES: usize = 8;

pub(super) static DIALECT: Dialect = Dialect {
    name: "genotype",
    space: "darts",
    parts: "two parts `normal` and `reduce` with the same operations: label = \"edge\", edges = \"free\", inputs = 2, \
            in_degree = 2, output = \"inner\", output_join = \"concat\", at most 8 nodes",
    fits: |definition| {
        let is_cell = |(part, name): (&Part, &str)| {
            part.name == name
                && (part.carrier, part.wiring, part.inputs) == (Carrier::Edge, Wiring::Free, INPUTS)
                && part.in_degree == Some([IN_DEGREE; 2])
                && (part.output, part.output_join) == (Output::Inner, Join::Concat)
                && part.max_nodes <= MAX_NODES
        };
        let [normal, reduce] = definition.parts.as_slice() else { return false };
        [normal, reduce].into_iter().zip(NAMES).all(is_cell)
            && normal.max_nodes == reduce.max_nodes
            && normal.ops == reduce.ops
    },
    write: |parts, graphs| write(&Cells::of(&parts[0]), graphs),
    read: |parts, cursor| read(&Cells::of(&parts[0]), cursor),
    recognises,
    index: None,
    key: Some(|parts, graphs| {
        let first: Vec<Graph> = graphs.iter().map(first_numbering).collect();
        write(&Cells::of(&parts[0]), &first)
    }),
};

/// The names of the cells, in the order of the graph's parts.
pub(in crate::space) const NAMES: [&str; 2] = ["normal", "reduce"];

/// The names of all fields, in the order of positional arguments.
const FIELDS: [&str; 4] = ["normal", "normal_concat", "reduce", "reduce_concat"];

/// The cells that a genotype describes.
struct Cells<'a> {
    /// The number of nodes of a cell, the two inputs included.
    nodes: usize,
    /// The operations, in the order of the edge labels from 1 on.
    operations: Vec<&'a str>,
}

impl<'a> Cells<'a> {
    fn of(part: &'a Part) -> Self {
        Self { nodes: part.max_nodes, operations: part.ops.iter().map(String::as_str).collect() }
    }

    /// The nodes that every cell concatenates: all but the inputs.
    fn concat(&self) -> String {
        let nodes: Vec<_> = (INPUTS..self.nodes).map(|node| node.to_string()).collect();
        format!("[{}]", nodes.join(", "))
    }

    /// The number of pairs of a cell.
    fn pairs(&self) -> usize {
        IN_DEGREE * (self.nodes - INPUTS)
    }
}

/// Parses both cells.
fn read(cells: &Cells<'_>, cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let value = cursor.value()?;
    let cursor = &*cursor;
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
    let mut graphs = Vec::with_capacity(NAMES.len());
    for name in NAMES {
        graphs.push(read_cell(cells, cursor, field(cursor, fields, name, "[...]")?)?);
        check_concat(cells, cursor, field(cursor, fields, &format!("{name}_concat"), &cells.concat())?)?;
    }
    Ok(graphs)
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

/// Requires all nodes but the inputs, as a list in any order or as a range.
fn check_concat(cells: &Cells<'_>, cursor: &Cursor<'_>, value: &Value<'_>) -> Result<(), ArchError> {
    let expected = || format!("`{}`", cells.concat());
    let (values, range) = match &value.kind {
        Kind::Fields(Fields { name: "list" | "tuple", values, .. }) if values.len() == 1 => {
            return check_concat(cells, cursor, &values[0]);
        }
        Kind::Fields(Fields { name: "range", values, .. }) => (values, true),
        Kind::List(values) => (values, false),
        _ => return Err(cursor.expected_at(value.at, &expected())),
    };
    let mut numbers: Vec<_> = values.iter().map(Value::integer).collect();
    if !range {
        numbers.sort_unstable();
    }
    let all = if range { vec![Some(INPUTS), Some(cells.nodes)] } else { (INPUTS..cells.nodes).map(Some).collect() };
    if numbers == all { Ok(()) } else { Err(cursor.expected_at(value.at, &expected())) }
}

/// Parses the pairs of a cell, which may be grouped by node.
fn read_cell(cells: &Cells<'_>, cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Graph, ArchError> {
    let Some(items) = value.list() else {
        return Err(cursor.expected_at(value.at, "a list of pairs `('operation', node)`"));
    };
    let grouped = |item: &Value<'_>| item.list().is_some_and(|pairs| pairs.iter().all(|pair| pair.list().is_some()));
    let mut pairs = Vec::with_capacity(cells.pairs());
    for item in items {
        match item.list().filter(|_| grouped(item)) {
            Some(group) if group.len() == IN_DEGREE => pairs.extend(group),
            Some(group) => return Err(cursor.wrong_count(item.at, format!("{IN_DEGREE} pairs a node"), group.len())),
            None => pairs.push(item),
        }
    }
    if pairs.len() != cells.pairs() {
        let (count, last) = (cells.pairs(), cells.nodes - 1);
        let expected = format!("{count} pairs, {IN_DEGREE} for each of the nodes {INPUTS} to {last}");
        return Err(cursor.wrong_count(value.at, expected, pairs.len()));
    }
    let mut cell = Graph::empty(cells.nodes);
    for (index, pair) in pairs.into_iter().enumerate() {
        read_pair(cells, cursor, pair, &mut cell, INPUTS + index / IN_DEGREE)?;
    }
    Ok(cell)
}

/// Parses `('operation', from)`, an edge into `node`.
fn read_pair(
    cells: &Cells<'_>,
    cursor: &Cursor<'_>,
    pair: &Value<'_>,
    cell: &mut Graph,
    node: usize,
) -> Result<(), ArchError> {
    let Some([operation, source]) = pair.list() else {
        return Err(cursor.expected_at(pair.at, "a pair `('operation', node)`"));
    };
    if operation.is_number() {
        let names =
            "an operation's name such as 'sep_conv_3x3', because NASLib and BANANAS number operations differently";
        return Err(cursor.expected_at(operation.at, names));
    }
    let index = operation.word().and_then(|word| cells.operations.iter().position(|known| *known == word));
    let index = index.ok_or_else(|| cursor.expected_at(operation.at, &one_of(&cells.operations)))?;
    let from = source.integer().filter(|from| *from < node);
    let from = from.ok_or_else(|| cursor.expected_at(source.at, &format!("a number below {node}")))?;
    if cell.has_edge(from, node) {
        let expected = format!("a node other than {from}, which feeds node {node} already");
        return Err(cursor.expected_at(source.at, &expected));
    }
    cell.put(from, node, to_u8(index + 1));
    Ok(())
}

/// Returns the text of the cells, each node's pairs in the order of their sources.
fn write(cells: &Cells<'_>, graphs: &[Graph]) -> String {
    let pair = |(from, _, label): (usize, usize, u8)| {
        let operation = usize::from(label).checked_sub(1).and_then(|index| cells.operations.get(index));
        format!("('{}', {from})", operation.unwrap_or(&"none"))
    };
    let cell = |(name, graph): (&str, &Graph)| {
        let pairs: Vec<String> = graph.edges().map(pair).collect();
        format!("{name}=[{}], {name}_concat={}", pairs.join(", "), cells.concat())
    };
    let texts: Vec<String> = NAMES.into_iter().zip(graphs).map(cell).collect();
    format!("Genotype({})", texts.join(", "))
}

fn recognises(text: &ArchText<'_>) -> Recognition {
    let complete = text.calls("Genotype") || text.value.as_ref().is_some_and(has_form);
    Recognition::new(complete, text.is_broken_with(&NAMES))
}

/// Returns whether a value has the form of a genotype: its named fields, or two lists of eight pairs.
fn has_form(value: &Value<'_>) -> bool {
    if let Kind::Fields(Fields { named, .. }) = &value.kind {
        return named.iter().any(|(name, ..)| NAMES.contains(name));
    }
    // Accepts incomplete genotypes, so that the parser can report what is missing.
    let pairs = |cell: &Value<'_>| cell.list().is_some_and(|pairs| pairs.len() == 8);
    value.list().is_some_and(|cells| cells.len() == NAMES.len() && cells.iter().all(pairs))
}

/// Returns the cell under the numbering of its later nodes with the lexicographically smallest edges.
fn first_numbering(cell: &Graph) -> Graph {
    let mut first = cell.clone();
    let key = |cell: &Graph| cell.edges().map(|(from, to, label)| (to, from, label)).collect::<Vec<_>>();
    let mut numbers: Vec<usize> = (0..cell.nodes()).collect();
    for_each_order(&mut numbers, INPUTS, &mut |numbers| {
        if let Some(other) = renumbered(cell, numbers).filter(|other| key(other) < key(&first)) {
            first = other;
        }
    });
    first
}

/// Calls a function with every order of the numbers from a position on.
fn for_each_order(numbers: &mut Vec<usize>, from: usize, call: &mut dyn FnMut(&[usize])) {
    if from >= numbers.len() {
        return call(numbers);
    }
    for other in from..numbers.len() {
        numbers.swap(from, other);
        for_each_order(numbers, from + 1, call);
        numbers.swap(from, other);
    }
}

/// Returns the cell with node `i` renumbered to `numbers[i]`; `None` if an edge would lead backwards.
fn renumbered(cell: &Graph, numbers: &[usize]) -> Option<Graph> {
    let mut renumbered = Graph::empty(cell.nodes());
    for (from, to, label) in cell.edges() {
        renumbered.set_edge(numbers[from], numbers[to], label).ok()?;
    }
    Some(renumbered)
}
