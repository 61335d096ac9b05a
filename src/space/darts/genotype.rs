//! The text `Genotype(normal=[('sep_conv_3x3', 0), ...], normal_concat=[2, 3, 4, 5], reduce=[...], ...)`.

use super::{CELL_NODES, IN_DEGREE, INPUTS, OPERATIONS};
use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::text::Cursor;

/// The names of the cells, in the order of the text and of the graph.
const NAMES: [&str; super::CELLS] = ["normal", "reduce"];

/// What every text concatenates: all later nodes.
const CONCAT: &str = "[2, 3, 4, 5]";

/// Reads both cells.
pub(super) fn read(arch: &str) -> Result<Graph, ArchError> {
    let mut cursor = Cursor::new(arch);
    let mut cells = Vec::with_capacity(NAMES.len());
    cursor.expect("Genotype(")?;
    for name in NAMES {
        if !cells.is_empty() {
            cursor.expect(", ")?;
        }
        cursor.expect(&format!("{name}=["))?;
        cells.push(read_cell(&mut cursor)?);
        cursor.expect(&format!("], {name}_concat="))?;
        if !cursor.skip("range(2, 6)") {
            cursor.expect(CONCAT)?;
        }
    }
    cursor.expect(")")?;
    cursor.end()?;
    Ok(Graph::side_by_side(&cells))
}

fn read_cell(cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let mut cell = Graph::empty(CELL_NODES);
    for pair in 0..IN_DEGREE * (CELL_NODES - INPUTS) {
        if pair > 0 {
            cursor.expect(", ")?;
        }
        read_pair(cursor, &mut cell, INPUTS + pair / IN_DEGREE)?;
    }
    Ok(cell)
}

/// Reads `('operation', from)`, an edge into `node`.
fn read_pair(cursor: &mut Cursor<'_>, cell: &mut Graph, node: usize) -> Result<(), ArchError> {
    cursor.expect("('")?;
    let place = cursor.word(&OPERATIONS[1..], '\'')?;
    cursor.expect("', ")?;
    let position = cursor.position();
    let from = cursor.number(node)?;
    if cell.has_edge(from, node) {
        let expected = format!("a node other than {from}, which feeds node {node} already");
        return Err(ArchError { position, expected, found: format!("`{from}`") });
    }
    cell.put(from, node, [1, 2, 3, 4, 5, 6, 7][place]);
    cursor.expect(")")
}

/// Writes the cells, each node's pairs in the order of their sources.
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
