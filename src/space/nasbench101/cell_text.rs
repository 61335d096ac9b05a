//! The text of a cell, `0-1 0-2 1-2;conv3x3-bn-relu`: its edges, then the operations of its inner vertices.

use super::{INPUT, MAX_VERTICES, OPERATIONS, OUTPUT};
use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::text::Cursor;

/// Two vertices of the text and the byte their edge starts at.
type Edge = (usize, usize, usize);

/// Reads a text of the right form; whether the graph is a cell of the space is for the caller to ask.
pub(super) fn read(arch: &str) -> Result<Graph, ArchError> {
    let mut cursor = Cursor::new(arch);
    let edges = read_edges(&mut cursor)?;
    cursor.expect(";")?;
    let labels = read_operations(&mut cursor)?;
    let vertices = labels.len() + 2;
    let mut graph = Graph::empty(vertices);
    for (place, &label) in labels.iter().enumerate() {
        graph.label(place + 1, label);
    }
    graph.label(0, INPUT);
    graph.label(vertices - 1, OUTPUT);
    for edge in edges {
        add_edge(&mut graph, edge)?;
    }
    Ok(graph)
}

fn read_edges(cursor: &mut Cursor<'_>) -> Result<Vec<Edge>, ArchError> {
    let mut edges = Vec::new();
    loop {
        let position = cursor.position();
        let from = cursor.number(MAX_VERTICES)?;
        cursor.expect("-")?;
        edges.push((from, cursor.number(MAX_VERTICES)?, position));
        if !cursor.skip(" ") {
            return Ok(edges);
        }
    }
}

/// The node labels of the operations from here to the end.
fn read_operations(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, ArchError> {
    let mut labels = Vec::new();
    if cursor.at_end() {
        return Ok(labels);
    }
    loop {
        let place = cursor.word(&OPERATIONS, ' ')?;
        labels.push([1, 2, 3][place]);
        if labels.len() == MAX_VERTICES - 2 {
            cursor.end()?;
        }
        if !cursor.skip(" ") {
            return Ok(labels);
        }
    }
}

fn add_edge(graph: &mut Graph, (from, to, position): Edge) -> Result<(), ArchError> {
    let refused = if graph.has_edge(from, to) {
        "an edge that was not listed before".to_owned()
    } else {
        match graph.set_edge(from, to, 0) {
            Ok(()) => return Ok(()),
            Err(_) => format!("an edge i-j with i < j < {}", graph.nodes()),
        }
    };
    Err(ArchError { position, expected: refused, found: format!("`{from}-{to}`") })
}

/// Writes a pruned cell.
pub(super) fn write(cell: &Graph) -> String {
    let edges: Vec<String> = cell.edges().map(|(from, to, _)| format!("{from}-{to}")).collect();
    let operations: Vec<&str> = cell
        .node_labels()
        .iter()
        .filter_map(|&label| OPERATIONS.get(usize::from(label).checked_sub(1)?).copied())
        .collect();
    format!("{};{}", edges.join(" "), operations.join(" "))
}
