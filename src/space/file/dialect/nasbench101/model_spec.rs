//! Cells as matrix and operations, as written by the benchmark's program and NASLib: `ModelSpec(matrix=[[0, 1], [0,
//! 0]], ops=['input', 'output'])`, the same as JSON or a Python dictionary with these names or those of the benchmark's
//! records, and NASLib's flat tuple.

use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::literal::{Fields, Kind, Value};
use crate::space::nasbench101::{INPUT, MAX_VERTICES, MIN_VERTICES, OPERATIONS, OUTPUT, prune};
use crate::space::text::Cursor;

/// The accepted names of the adjacency matrix.
pub(super) const MATRIX: [&str; 5] = ["matrix", "module_adjacency", "adjacency", "adjacency_matrix", "original_matrix"];
/// The accepted names of the operations.
pub(super) const LABELS: [&str; 5] = ["ops", "module_operations", "operations", "labels", "original_ops"];

/// The maximum number of vertices of a cell before pruning.
const MAX_UNPRUNED: usize = 64;

/// Names of operations and their node labels. The names in capitals are constants of the benchmark's program.
const WORDS: [(&str, u8); 14] = [
    ("input", INPUT),
    ("conv3x3-bn-relu", 1),
    ("conv1x1-bn-relu", 2),
    ("maxpool3x3", 3),
    ("output", OUTPUT),
    ("INPUT", INPUT),
    ("CONV3X3", 1),
    ("CONV1X1", 2),
    ("MAXPOOL3X3", 3),
    ("OUTPUT", OUTPUT),
    ("conv3x3", 1),
    ("conv1x1", 2),
    ("in", INPUT),
    ("out", OUTPUT),
];

/// The node labels of NASLib's operation numbers: `input`, `output`, `maxpool3x3`, `conv1x1-bn-relu`, `conv3x3-bn-relu`
/// (`naslib/search_spaces/nasbench101/conversions.py`).
const NASLIB: [u8; 5] = [INPUT, OUTPUT, 3, 2, 1];

/// Parses a cell, and prunes it if it has more than seven vertices. The caller checks that the result is a cell.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let value = cursor.value()?;
    cursor.close()?;
    let graph = match &value.kind {
        Kind::Fields(fields) => read_fields(cursor, fields)?,
        Kind::List(values) => match values.as_slice() {
            [matrix, operations] => read_parts(cursor, matrix, operations)?,
            numbers if numbers.iter().all(Value::is_number) => read_numbers(cursor, &value, numbers)?,
            _ => return Err(cursor.expected_at(value.at, "a matrix and operations, or NASLib's tuple of numbers")),
        },
        _ => return Err(cursor.expected_at(value.at, "a matrix and operations")),
    };
    let small = graph.nodes() <= MAX_VERTICES;
    Ok(if small { graph } else { prune(&graph).unwrap_or(graph) })
}

fn read_fields(cursor: &Cursor<'_>, fields: &Fields<'_>) -> Result<Graph, ArchError> {
    let [first, second] = [0, 1].map(|index| fields.values.get(index));
    let missing = |name| cursor.expected_at(fields.end, &format!("`{name}`"));
    let matrix = fields.get(&MATRIX).or(first).ok_or_else(|| missing("matrix"))?;
    let operations = fields.get(&LABELS).or(second).ok_or_else(|| missing("ops"))?;
    read_parts(cursor, matrix, operations)
}

fn read_parts(cursor: &Cursor<'_>, matrix: &Value<'_>, operations: &Value<'_>) -> Result<Graph, ArchError> {
    let edges = edges(cursor, matrix)?;
    let labels = labels(cursor, operations, edges.vertices)?;
    let mut graph = Graph::empty(edges.vertices);
    labels.into_iter().enumerate().for_each(|(node, label)| graph.label(node, label));
    edges.edges.into_iter().for_each(|(from, to)| graph.put(from, to, 0));
    Ok(graph)
}

/// The number of vertices and the edges of an adjacency matrix.
struct Matrix {
    vertices: usize,
    edges: Vec<(usize, usize)>,
}

impl Matrix {
    fn new(cursor: &Cursor<'_>, at: usize, vertices: usize) -> Result<Matrix, ArchError> {
        if (MIN_VERTICES..=MAX_UNPRUNED).contains(&vertices) {
            return Ok(Matrix { vertices, edges: Vec::new() });
        }
        Err(cursor.wrong_count(at, format!("{MIN_VERTICES} to {MAX_UNPRUNED} vertices"), vertices))
    }

    /// Adds an edge if the entry with this row-major index is 1; `at` is its byte offset in the text.
    fn entry(&mut self, cursor: &Cursor<'_>, at: usize, index: usize, bit: Option<usize>) -> Result<(), ArchError> {
        let (from, to) = (index / self.vertices, index % self.vertices);
        match bit {
            Some(0) => Ok(()),
            Some(1) if from < to => {
                self.edges.push((from, to));
                Ok(())
            }
            Some(1) => Err(cursor.expected_at(at, "0, because an edge leads to a later vertex")),
            _ => Err(cursor.expected_at(at, "0 or 1")),
        }
    }
}

/// Parses a matrix: rows of 0 and 1, a NumPy array of them, or one string of digits as in the benchmark's records.
fn edges(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Matrix, ArchError> {
    match &value.kind {
        // numpy.array([[...]], dtype=int8)
        Kind::Fields(Fields { name: "array" | "asarray" | "matrix", values, .. }) if !values.is_empty() => {
            edges(cursor, &values[0])
        }
        Kind::Word(bits) => {
            let square = |vertices: &usize| vertices * vertices == bits.len();
            let vertices = (MIN_VERTICES..=MAX_UNPRUNED).find(square);
            let vertices = vertices.ok_or_else(|| cursor.expected_at(value.at, "a square matrix"))?;
            let mut matrix = Matrix::new(cursor, value.at, vertices)?;
            for (index, bit) in bits.bytes().enumerate() {
                let bit = bit.checked_sub(b'0').map(usize::from);
                matrix.entry(cursor, value.at + index, index, bit)?;
            }
            Ok(matrix)
        }
        Kind::List(rows) => {
            let mut matrix = Matrix::new(cursor, value.at, rows.len())?;
            for (from, row) in rows.iter().enumerate() {
                let entries =
                    row.list().ok_or_else(|| cursor.expected_at(row.at, "a row of the matrix in brackets"))?;
                if entries.len() != rows.len() {
                    let expected = format!("{} entries, as there are rows", rows.len());
                    return Err(cursor.wrong_count(row.at, expected, entries.len()));
                }
                for (to, entry) in entries.iter().enumerate() {
                    matrix.entry(cursor, entry.at, from * rows.len() + to, entry.integer())?;
                }
            }
            Ok(matrix)
        }
        _ => Err(cursor.expected_at(value.at, "a matrix")),
    }
}

/// Parses the labels of all vertices; a text may leave out those of input and output.
fn labels(cursor: &Cursor<'_>, value: &Value<'_>, vertices: usize) -> Result<Vec<u8>, ArchError> {
    let mut words = Vec::new();
    match &value.kind {
        Kind::List(values) => {
            for value in values {
                let word = value.word().ok_or_else(|| cursor.expected_at(value.at, &known()))?;
                words.push((word.rsplit('.').next().unwrap_or(word), value.at));
            }
        }
        // The form of the benchmark's records.
        Kind::Word(text) => {
            let mut at = value.at;
            for word in text.split(',') {
                words.push((word.trim(), at + word.len() - word.trim_start().len()));
                at += word.len() + 1;
            }
        }
        _ => return Err(cursor.expected_at(value.at, "a list of operations")),
    }
    let mut labels = Vec::with_capacity(vertices);
    for (word, at) in words {
        let label = WORDS.iter().find(|(known, _)| *known == word).map(|(_, label)| *label);
        labels.push((label.ok_or_else(|| cursor.expected_at(at, &known()))?, at));
    }
    if labels.len() + 2 == vertices && labels.iter().all(|(label, _)| !matches!(*label, INPUT | OUTPUT)) {
        labels.insert(0, (INPUT, value.at));
        labels.push((OUTPUT, value.at));
    }
    if labels.len() != vertices {
        let expected = format!("{vertices} operations, as there are rows of the matrix");
        return Err(cursor.wrong_count(value.at, expected, labels.len()));
    }
    check_ends(cursor, &labels)?;
    Ok(labels.into_iter().map(|(label, _)| label).collect())
}

/// Requires that the first vertex, and no other, is the input, and the last one, and no other, the output.
fn check_ends(cursor: &Cursor<'_>, labels: &[(u8, usize)]) -> Result<(), ArchError> {
    let last = labels.len().saturating_sub(1);
    for (vertex, (label, at)) in labels.iter().enumerate() {
        let (fits, expected) = match vertex {
            0 => (*label == INPUT, "`input` at the first vertex".to_owned()),
            _ if vertex == last => (*label == OUTPUT, "`output` at the last vertex".to_owned()),
            _ => (!matches!(*label, INPUT | OUTPUT), OPERATIONS.join(", ")),
        };
        if !fits {
            return Err(cursor.expected_at(*at, &expected));
        }
    }
    Ok(())
}

fn known() -> String {
    format!("one of input, {}, output", OPERATIONS.join(", "))
}

/// Parses NASLib's tuple: the matrix row by row, then the numbers of all vertices' operations.
fn read_numbers(cursor: &Cursor<'_>, value: &Value<'_>, numbers: &[Value<'_>]) -> Result<Graph, ArchError> {
    let vertices = (MIN_VERTICES..=MAX_UNPRUNED).find(|vertices| vertices * (vertices + 1) == numbers.len());
    let vertices = vertices.ok_or_else(|| {
        cursor.wrong_count(
            value.at,
            "n * n + n numbers, a matrix and the operations of n vertices".into(),
            numbers.len(),
        )
    })?;
    let mut matrix = Matrix::new(cursor, value.at, vertices)?;
    let (entries, operations) = numbers.split_at(vertices * vertices);
    for (index, entry) in entries.iter().enumerate() {
        matrix.entry(cursor, entry.at, index, entry.integer())?;
    }
    let mut labels = Vec::with_capacity(vertices);
    for operation in operations {
        let label = operation.integer().and_then(|number| NASLIB.get(number));
        labels.push((*label.ok_or_else(|| cursor.expected_at(operation.at, "a number below 5"))?, operation.at));
    }
    check_ends(cursor, &labels)?;
    let mut graph = Graph::empty(vertices);
    labels.into_iter().enumerate().for_each(|(node, (label, _))| graph.label(node, label));
    matrix.edges.into_iter().for_each(|(from, to)| graph.put(from, to, 0));
    Ok(graph)
}
