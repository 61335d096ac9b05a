//! The text form of a cell, `0-1 0-2 1-2;conv3x3-bn-relu`: its edges, then the operations of its inner vertices.

use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::nasbench101::{INPUT, MAX_VERTICES, OPERATIONS, OUTPUT};
use crate::space::text::{Cursor, is_digit, is_name};

/// The two vertices of an edge and the byte offset of its text.
type Edge = (usize, usize, usize);

/// Parses a text; the caller checks that the graph is a cell of the space. Commas between edges and operations are
/// optional.
pub(super) fn read(cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let edges = read_edges(cursor)?;
    cursor.expect(";")?;
    let labels = read_operations(cursor)?;
    let vertices = labels.len() + 2;
    let mut graph = Graph::empty(vertices);
    for (index, &label) in labels.iter().enumerate() {
        graph.label(index + 1, label);
    }
    graph.label(0, INPUT);
    graph.label(vertices - 1, OUTPUT);
    for edge in edges {
        add_edge(cursor, &mut graph, edge)?;
    }
    Ok(graph)
}

fn read_edges(cursor: &mut Cursor<'_>) -> Result<Vec<Edge>, ArchError> {
    let mut edges = Vec::new();
    loop {
        cursor.space();
        let position = cursor.position();
        let from = cursor.number(MAX_VERTICES)?;
        cursor.expect("-")?;
        edges.push((from, cursor.number(MAX_VERTICES)?, position));
        let separated = cursor.skip(",") | cursor.space();
        if !separated || !cursor.peek().is_some_and(is_digit) {
            return Ok(edges);
        }
    }
}

/// Parses the operations at the cursor into node labels.
fn read_operations(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, ArchError> {
    let mut labels = Vec::new();
    cursor.space();
    while cursor.peek().is_some_and(is_name) {
        if labels.len() == MAX_VERTICES - 2 {
            return Err(cursor.expected_here(&format!("the end of the text after {} operations", labels.len())));
        }
        labels.push([1, 2, 3][cursor.word(&OPERATIONS)?]);
        if !(cursor.skip(",") | cursor.space()) {
            break;
        }
        cursor.space();
    }
    Ok(labels)
}

fn add_edge(cursor: &Cursor<'_>, graph: &mut Graph, (from, to, position): Edge) -> Result<(), ArchError> {
    let expected = if graph.has_edge(from, to) {
        "an edge that was not listed before".to_owned()
    } else {
        match graph.set_edge(from, to, 0) {
            Ok(()) => return Ok(()),
            Err(_) => format!("an edge i-j with i < j < {}", graph.nodes()),
        }
    };
    Err(cursor.expected_at(position, &expected))
}

/// Returns the text of a pruned cell.
pub(super) fn write(cell: &Graph) -> String {
    let edges: Vec<String> = cell.edges().map(|(from, to, _)| format!("{from}-{to}")).collect();
    let operations: Vec<&str> = cell
        .node_labels()
        .iter()
        .filter_map(|&label| OPERATIONS.get(usize::from(label).checked_sub(1)?).copied())
        .collect();
    format!("{};{}", edges.join(" "), operations.join(" "))
}
