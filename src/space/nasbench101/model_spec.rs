//! Cells as matrix and operations, the way the benchmark's own program and NASLib write them: `ModelSpec(matrix=[[0, 1],
//! [0, 0]], ops=['input', 'output'])`, the same as JSON or a Python dictionary under these or the records' names, and
//! NASLib's flat tuple.

use super::{INPUT, MAX_VERTICES, MIN_VERTICES, OUTPUT, prune};
use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::literal::{Fields, Kind, Value};
use crate::space::text::Cursor;

/// The names an adjacency matrix goes under.
pub(super) const MATRIX: [&str; 5] = ["matrix", "module_adjacency", "adjacency", "adjacency_matrix", "original_matrix"];
/// The names the operations go under.
pub(super) const LABELS: [&str; 5] = ["ops", "module_operations", "operations", "labels", "original_ops"];

/// The most vertices of a cell before pruning.
const MOST: usize = 64;

/// Operations as they are written, and their node labels. The capitals are constants of the benchmark's program.
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

/// NASLib's numbers of operations, by place: `input`, `output`, `maxpool3x3`, `conv1x1-bn-relu`, `conv3x3-bn-relu`
/// (`naslib/search_spaces/nasbench101/conversions.py`).
const NASLIB: [u8; 5] = [INPUT, OUTPUT, 3, 2, 1];

/// Reads a cell and prunes one of more vertices than the space has; whether what is left is a cell is for the caller to ask.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let value = cursor.value()?;
    cursor.close()?;
    let graph = match &value.kind {
        Kind::Fields(fields) => of_fields(cursor, fields)?,
        Kind::List(values) => match values.as_slice() {
            [matrix, operations] => of_parts(cursor, matrix, operations)?,
            numbers if numbers.iter().all(Value::is_number) => of_numbers(cursor, &value, numbers)?,
            _ => return Err(cursor.refuse(value.at, "a matrix and operations, or NASLib's tuple of numbers")),
        },
        _ => return Err(cursor.refuse(value.at, "a matrix and operations")),
    };
    let small = graph.nodes() <= MAX_VERTICES;
    Ok(if small { graph } else { prune(&graph).unwrap_or(graph) })
}

fn of_fields(cursor: &Cursor<'_>, fields: &Fields<'_>) -> Result<Graph, ArchError> {
    let [first, second] = [0, 1].map(|place| fields.values.get(place));
    let missing = |name| cursor.refuse(fields.end, &format!("`{name}`"));
    let matrix = fields.get(&MATRIX).or(first).ok_or_else(|| missing("matrix"))?;
    let operations = fields.get(&LABELS).or(second).ok_or_else(|| missing("ops"))?;
    of_parts(cursor, matrix, operations)
}

fn of_parts(cursor: &Cursor<'_>, matrix: &Value<'_>, operations: &Value<'_>) -> Result<Graph, ArchError> {
    let edges = edges(cursor, matrix)?;
    let labels = labels(cursor, operations, edges.vertices)?;
    let mut graph = Graph::empty(edges.vertices);
    labels.into_iter().enumerate().for_each(|(node, label)| graph.label(node, label));
    edges.edges.into_iter().for_each(|(from, to)| graph.put(from, to, 0));
    Ok(graph)
}

/// The number of vertices of a matrix, and its edges.
struct Matrix {
    vertices: usize,
    edges: Vec<(usize, usize)>,
}

impl Matrix {
    fn new(cursor: &Cursor<'_>, at: usize, vertices: usize) -> Result<Matrix, ArchError> {
        if (MIN_VERTICES..=MOST).contains(&vertices) {
            return Ok(Matrix { vertices, edges: Vec::new() });
        }
        Err(cursor.miscounted(at, format!("{MIN_VERTICES} to {MOST} vertices"), vertices))
    }

    /// Adds an edge where an entry, which stands at a byte of the text, is 1.
    fn entry(&mut self, cursor: &Cursor<'_>, at: usize, place: usize, bit: Option<usize>) -> Result<(), ArchError> {
        let (from, to) = (place / self.vertices, place % self.vertices);
        match bit {
            Some(0) => Ok(()),
            Some(1) if from < to => {
                self.edges.push((from, to));
                Ok(())
            }
            Some(1) => Err(cursor.refuse(at, "0, because an edge leads to a later vertex")),
            _ => Err(cursor.refuse(at, "0 or 1")),
        }
    }
}

/// Reads a matrix: rows of 0 and 1, an array of them, or all in one text as in the benchmark's records.
fn edges(cursor: &Cursor<'_>, value: &Value<'_>) -> Result<Matrix, ArchError> {
    match &value.kind {
        // numpy.array([[...]], dtype=int8)
        Kind::Fields(Fields { name: "array" | "asarray" | "matrix", values, .. }) if !values.is_empty() => {
            edges(cursor, &values[0])
        }
        Kind::Word(bits) => {
            let square = |vertices: &usize| vertices * vertices == bits.len();
            let vertices = (MIN_VERTICES..=MOST).find(square);
            let vertices = vertices.ok_or_else(|| cursor.refuse(value.at, "a square matrix"))?;
            let mut matrix = Matrix::new(cursor, value.at, vertices)?;
            for (place, bit) in bits.bytes().enumerate() {
                let bit = bit.checked_sub(b'0').map(usize::from);
                matrix.entry(cursor, value.at + place, place, bit)?;
            }
            Ok(matrix)
        }
        Kind::List(rows) => {
            let mut matrix = Matrix::new(cursor, value.at, rows.len())?;
            for (from, row) in rows.iter().enumerate() {
                let entries = row.list().ok_or_else(|| cursor.refuse(row.at, "a row of the matrix in brackets"))?;
                if entries.len() != rows.len() {
                    let expected = format!("{} entries, as there are rows", rows.len());
                    return Err(cursor.miscounted(row.at, expected, entries.len()));
                }
                for (to, entry) in entries.iter().enumerate() {
                    matrix.entry(cursor, entry.at, from * rows.len() + to, entry.whole())?;
                }
            }
            Ok(matrix)
        }
        _ => Err(cursor.refuse(value.at, "a matrix")),
    }
}

/// The labels of all vertices; a text may leave out those of input and output.
fn labels(cursor: &Cursor<'_>, value: &Value<'_>, vertices: usize) -> Result<Vec<u8>, ArchError> {
    let mut words = Vec::new();
    match &value.kind {
        Kind::List(values) => {
            for value in values {
                let word = value.word().ok_or_else(|| cursor.refuse(value.at, &known()))?;
                words.push((word.rsplit('.').next().unwrap_or(word), value.at));
            }
        }
        // As in the benchmark's records.
        Kind::Word(text) => {
            let mut at = value.at;
            for word in text.split(',') {
                words.push((word.trim(), at + word.len() - word.trim_start().len()));
                at += word.len() + 1;
            }
        }
        _ => return Err(cursor.refuse(value.at, "a list of operations")),
    }
    let mut labels = Vec::with_capacity(vertices);
    for (word, at) in words {
        let label = WORDS.iter().find(|(known, _)| *known == word).map(|(_, label)| *label);
        labels.push((label.ok_or_else(|| cursor.refuse(at, &known()))?, at));
    }
    if labels.len() + 2 == vertices && labels.iter().all(|(label, _)| !matches!(*label, INPUT | OUTPUT)) {
        labels.insert(0, (INPUT, value.at));
        labels.push((OUTPUT, value.at));
    }
    if labels.len() != vertices {
        let expected = format!("{vertices} operations, as there are rows of the matrix");
        return Err(cursor.miscounted(value.at, expected, labels.len()));
    }
    check_ends(cursor, &labels)?;
    Ok(labels.into_iter().map(|(label, _)| label).collect())
}

/// The first vertex is the input, the last one the output, and no other is either.
fn check_ends(cursor: &Cursor<'_>, labels: &[(u8, usize)]) -> Result<(), ArchError> {
    let last = labels.len().saturating_sub(1);
    for (vertex, (label, at)) in labels.iter().enumerate() {
        let (fits, expected) = match vertex {
            0 => (*label == INPUT, "`input` at the first vertex".to_owned()),
            _ if vertex == last => (*label == OUTPUT, "`output` at the last vertex".to_owned()),
            _ => (!matches!(*label, INPUT | OUTPUT), super::OPERATIONS.join(", ")),
        };
        if !fits {
            return Err(cursor.refuse(*at, &expected));
        }
    }
    Ok(())
}

fn known() -> String {
    format!("one of input, {}, output", super::OPERATIONS.join(", "))
}

/// Reads NASLib's tuple: the matrix row by row, then the numbers of all vertices' operations.
fn of_numbers(cursor: &Cursor<'_>, value: &Value<'_>, numbers: &[Value<'_>]) -> Result<Graph, ArchError> {
    let vertices = (MIN_VERTICES..=MOST).find(|vertices| vertices * (vertices + 1) == numbers.len());
    let vertices = vertices.ok_or_else(|| {
        cursor.miscounted(
            value.at,
            "n * n + n numbers, a matrix and the operations of n vertices".into(),
            numbers.len(),
        )
    })?;
    let mut matrix = Matrix::new(cursor, value.at, vertices)?;
    let (entries, operations) = numbers.split_at(vertices * vertices);
    for (place, entry) in entries.iter().enumerate() {
        matrix.entry(cursor, entry.at, place, entry.whole())?;
    }
    let mut labels = Vec::with_capacity(vertices);
    for operation in operations {
        let label = operation.whole().and_then(|number| NASLIB.get(number));
        labels.push((*label.ok_or_else(|| cursor.refuse(operation.at, "a number below 5"))?, operation.at));
    }
    check_ends(cursor, &labels)?;
    let mut graph = Graph::empty(vertices);
    labels.into_iter().enumerate().for_each(|(node, (label, _))| graph.label(node, label));
    matrix.edges.into_iter().for_each(|(from, to)| graph.put(from, to, 0));
    Ok(graph)
}
