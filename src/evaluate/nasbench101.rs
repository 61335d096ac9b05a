//! Reader of the NAS-Bench-101 files `nasbench_only108.tfrecord` and `nasbench_full.tfrecord`; gives one row per cell.
//!
//! A record is one training run of a cell, as a JSON array: the hash of the cell, the number of epochs (4, 12, 36 or
//! 108), the adjacency matrix row by row as `0` and `1`, the operations of all vertices separated by commas, and the
//! metrics as a protocol buffer in base64. Each cell was trained three times for each number of epochs. A row has the
//! means of the three runs: validation and test accuracy as fractions (`val4`, `test4`, ...), training time in seconds
//! for the largest number of epochs (`train_time`), and the number of parameters (`params`).

use super::columns::Key;
use super::error::{FETCH_AGAIN, Position, TableError};
use super::key;
use super::metrics::{self, Evaluated, Metrics};
use super::progress::Progress;
use super::sheet::{Column, Sheet, TableSpace};
use super::tfrecord::{Fault, Records};
use crate::graph::Graph;
use crate::space;
use crate::space::nasbench101::{INPUT, MAX_VERTICES, MIN_VERTICES, NAME, OPERATIONS, OUTPUT};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

const EPOCHS: [u32; 4] = [4, 12, 36, 108];
const REPEATS: u32 = 3;
/// Evaluations in a record: before the first step, half-way and at the end.
const EVALUATIONS: usize = 3;
/// Records between two progress reports.
const REPORT: u64 = 4096;

/// Hash, epochs, adjacency, operations, metrics.
type Fields = (String, u32, String, String, String);

/// Sums over the training runs of a cell for one number of epochs.
#[derive(Clone, Copy, Default)]
struct Runs {
    count: u32,
    validation: f64,
    test: f64,
    seconds: f64,
}

/// The accumulated records of a cell, of constant size.
struct Cell {
    /// The last graph for which the hash was checked.
    code: u64,
    parameters: u32,
    runs: [Runs; EPOCHS.len()],
}

/// Reads all records. The memory is one record and about 200 bytes for each of the 423,624 cells.
pub(super) fn read(path: &Path, progress: Progress<'_>) -> Result<Sheet, TableError> {
    let file = File::open(path).map_err(TableError::read(path))?;
    let total = file.metadata().map_err(TableError::read(path))?.len();
    read_records(path, BufReader::with_capacity(1 << 20, file), total, progress)
}

/// Reads all records of NAS-Bench-101 from `source`. `total` is its length for progress reports; `path` names it in
/// errors.
///
/// # Errors
/// A source that cannot be read, or invalid records.
pub fn read_records(path: &Path, source: impl Read, total: u64, progress: Progress<'_>) -> Result<Sheet, TableError> {
    let mut records = Records::new(source);
    let mut cells = HashMap::new();
    loop {
        let added = match records.next_record() {
            Ok(Some(data)) => add(&mut cells, data),
            Ok(None) => break,
            Err(fault) => return Err(broken(path, &records, fault)),
        };
        added.map_err(|what| TableError::content(path, position(&records), what, FETCH_AGAIN))?;
        if records.position().0.is_multiple_of(REPORT) {
            progress(records.bytes(), total);
        }
    }
    progress(total, total);
    sheet(&cells).map_err(|what| TableError::content(path, Position::File, what, FETCH_AGAIN))
}

fn position<R: Read>(records: &Records<R>) -> Position {
    let (number, offset) = records.position();
    Position::Record { number, offset }
}

fn broken<R: Read>(path: &Path, records: &Records<R>, fault: Fault) -> TableError {
    match fault {
        Fault::Read(source) => TableError::Read { path: path.into(), source },
        fault => TableError::content(path, position(records), fault.to_string(), FETCH_AGAIN),
    }
}

/// Adds a training run to its cell.
fn add(cells: &mut HashMap<u128, Cell>, data: &[u8]) -> Result<(), String> {
    let fields: Fields = serde_json::from_slice(data).map_err(|error| {
        format!("the record is not an array of hash, epochs, adjacency, operations and metrics ({error})")
    })?;
    let (hash, epochs, adjacency, operations, metrics) = fields;
    let number = key::of_text(Key::Canonical, &hash).ok_or_else(|| format!("'{hash}' is not the hash of a cell"))?;
    let budget = EPOCHS.iter().position(|known| *known == epochs);
    let budget = budget.ok_or_else(|| format!("the number of epochs is {epochs}, not 4, 12, 36 or 108"))?;
    let (graph, code) = graph(&adjacency, &operations)?;
    let (end, parameters) = end_of_training(&metrics, epochs)?;
    let cell = cells.entry(number).or_insert(Cell { code: 0, parameters, runs: [Runs::default(); EPOCHS.len()] });
    if cell.code != code {
        check_hash(&graph, &hash)?;
        cell.code = code;
    }
    if cell.parameters != parameters {
        return Err(format!(
            "the cell {hash} has {parameters} parameters, but {} in a previous record",
            cell.parameters
        ));
    }
    let runs = &mut cell.runs[budget];
    if runs.count == REPEATS {
        return Err(format!("the cell {hash} has more than {REPEATS} training runs of {epochs} epochs"));
    }
    runs.count += 1;
    runs.validation += end.validation;
    runs.test += end.test;
    runs.seconds += end.seconds;
    Ok(())
}

/// Parses the cell of a record; also returns a nonzero integer that encodes the graph.
fn graph(adjacency: &str, operations: &str) -> Result<(Graph, u64), String> {
    let labels = operations.split(',').map(label).collect::<Option<Vec<u8>>>();
    let labels = labels.ok_or_else(|| format!("'{operations}' is not a valid list of operations"))?;
    let vertices = labels.len();
    let bits = adjacency.as_bytes();
    if !(MIN_VERTICES..=MAX_VERTICES).contains(&vertices) || bits.len() != vertices * vertices {
        return Err(format!("'{adjacency}' is not an adjacency matrix of {vertices} vertices (a cell has 2 to 7)"));
    }
    let mut graph = Graph::empty(vertices);
    let mut code = 1;
    for (vertex, &label) in labels.iter().enumerate() {
        graph.label(vertex, label);
        code = code * 5 + u64::from(label);
    }
    for (index, bit) in bits.iter().enumerate() {
        let (from, to) = (index / vertices, index % vertices);
        match bit {
            b'0' => {}
            b'1' if from < to => graph.put(from, to, 0),
            _ => return Err(format!("'{adjacency}' is not an upper triangular matrix of 0 and 1")),
        }
        if from < to {
            code = code * 2 + u64::from(bit & 1);
        }
    }
    Ok((graph, code))
}

fn label(operation: &str) -> Option<u8> {
    match operation {
        "input" => Some(INPUT),
        "output" => Some(OUTPUT),
        _ => [1, 2, 3].into_iter().zip(OPERATIONS).find(|(_, name)| *name == operation).map(|(label, _)| label),
    }
}

fn check_hash(graph: &Graph, hash: &str) -> Result<(), String> {
    let space = space::open(NAME).map_err(|error| error.to_string())?;
    match space.canonical(graph) {
        Ok(found) if found == hash => Ok(()),
        Ok(found) => Err(format!("the cell's hash is {found}, not {hash}")),
        Err(reason) => Err(format!("the cell is not in the search space: {reason}")),
    }
}

/// Returns the last evaluation of a training run and the number of parameters.
fn end_of_training(text: &str, epochs: u32) -> Result<(Evaluated, u32), String> {
    // The base64 text has a line break after every 76 characters.
    let text: String = text.split_ascii_whitespace().collect();
    let bytes = STANDARD.decode(text).map_err(|error| format!("the metrics are not in base64 ({error})"))?;
    let Metrics { evaluations, parameters } = metrics::read(&bytes)?;
    let [_, _, end]: [Evaluated; EVALUATIONS] = evaluations
        .try_into()
        .map_err(|found: Vec<_>| format!("the metrics have {} evaluations, not {EVALUATIONS}", found.len()))?;
    if (end.epoch - f64::from(epochs)).abs() > 0.5 {
        return Err(format!("the training run ends after {} epochs, not {epochs}", end.epoch));
    }
    let fraction = |value: f64| (0.0..=1.0).contains(&value);
    if !(fraction(end.validation) && fraction(end.test) && end.seconds >= 0.0) {
        return Err("an accuracy is not in 0 to 1, or the training time is negative".into());
    }
    Ok((end, parameters))
}

/// Computes the means. Every cell must have three training runs for each number of epochs in the file.
fn sheet(cells: &HashMap<u128, Cell>) -> Result<Sheet, String> {
    let mut keys: Vec<u128> = cells.keys().copied().collect();
    keys.sort_unstable();
    let rows: Vec<&Cell> = keys.iter().filter_map(|key| cells.get(key)).collect();
    let trained = |budget: usize| rows.iter().any(|cell| cell.runs[budget].count > 0);
    let budgets: Vec<usize> = (0..EPOCHS.len()).filter(|&budget| trained(budget)).collect();
    for (key, cell) in keys.iter().zip(&rows) {
        if let Some(&budget) = budgets.iter().find(|&&budget| cell.runs[budget].count != REPEATS) {
            let (count, epochs) = (cell.runs[budget].count, EPOCHS[budget]);
            return Err(format!("the cell {key:032x} has {count} training runs of {epochs} epochs, not {REPEATS}"));
        }
    }
    let Some(&longest) = budgets.last() else { return Err("the file has no records".into()) };
    let column = |name: String, value: &dyn Fn(&Cell) -> f64| Column {
        name,
        values: rows.iter().map(|cell| value(cell)).collect(),
    };
    let mean = |sum: f64| sum / f64::from(REPEATS);
    let mut columns = Vec::new();
    for (name, sum) in [("val", (|runs| runs.validation) as fn(&Runs) -> f64), ("test", |runs| runs.test)] {
        let budget_column =
            |&budget: &usize| column(format!("{name}{}", EPOCHS[budget]), &|cell: &Cell| mean(sum(&cell.runs[budget])));
        columns.extend(budgets.iter().map(budget_column));
    }
    columns.push(column("train_time".into(), &|cell| mean(cell.runs[longest].seconds)));
    columns.push(column("params".into(), &|cell| f64::from(cell.parameters)));
    Sheet::order(TableSpace::benchmark(NAME), &keys, columns).map_err(|_| "a cell is listed twice".into())
}
