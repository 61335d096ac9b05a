//! The text forms of architectures of a space file.

use super::definition::Definition;
use super::part::{Carrier, MAX_NODES, Part};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::space::ArchError;
use crate::space::text::{Cursor, is_digit, is_name, one_of};

/// An architecture: the option of every choice, and the graph of every part.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Architecture {
    pub(super) options: Vec<usize>,
    pub(super) parts: Vec<Graph>,
}

/// The maximum length of a text in bytes. 16 parts of 64 nodes, whose 2,016 edges have operations with names of 60 bytes,
/// take 2.2 million.
const MAX_BYTES: usize = 1 << 22;

/// Writes an architecture.
pub(super) fn write(definition: &Definition, architecture: &Architecture) -> String {
    match definition.dialect {
        Some(dialect) => (dialect.write)(&definition.parts, &architecture.parts),
        None => write_general(definition, architecture),
    }
}

fn write_general(definition: &Definition, architecture: &Architecture) -> String {
    let mut fields = Vec::new();
    if !definition.choices.is_empty() {
        let chosen = definition.choices.iter().zip(&architecture.options);
        let texts = chosen.map(|(choice, option)| format!("{}={}", choice.name, choice.text(*option)));
        fields.push(texts.collect::<Vec<_>>().join(" "));
    }
    for (part, graph) in definition.parts.iter().zip(&architecture.parts) {
        fields.push(write_part(part, graph));
    }
    fields.join(" | ")
}

/// Writes `n:` and `e:` of a part's graph.
pub(super) fn write_part(part: &Part, graph: &Graph) -> String {
    let mut lists = Vec::new();
    if lists_nodes(part) {
        let last = graph.nodes() - usize::from(part.end_label().is_some());
        let names = (part.inputs..last.min(part.present(graph))).map(|node| part.op_name(graph.node_label(node)));
        lists.push(format!("n:{}", names.collect::<Vec<_>>().join(",")));
    }
    if part.chooses_edges() {
        let edges = graph.edges().map(|(from, to, label)| match part.carrier {
            Carrier::Node => format!("{from}-{to}"),
            Carrier::Edge => format!("{from}-{to}={}", part.op_name(label)),
        });
        lists.push(format!("e:{}", edges.collect::<Vec<_>>().join(",")));
    }
    lists.join(";")
}

/// Whether the text of a part lists its nodes.
fn lists_nodes(part: &Part) -> bool {
    part.carrier == Carrier::Node && (part.limits().node_labels > 0 || !part.chooses_edges())
}

/// Parses an architecture; the graphs may violate the rules of their parts.
pub(super) fn read(definition: &Definition, text: &str) -> Result<Architecture, ArchError> {
    // Published text forms have no named fields.
    let mut fields = Vec::new();
    if definition.dialect.is_none() {
        fields.extend(["n", "e"]);
        fields.extend(definition.choices.iter().map(|choice| choice.name.as_str()));
    }
    let mut cursor = Cursor::open_with(text, &fields, MAX_BYTES)?;
    let architecture = match definition.dialect {
        Some(dialect) => Architecture { options: Vec::new(), parts: (dialect.read)(&definition.parts, &mut cursor)? },
        None => read_general(definition, &mut cursor)?,
    };
    cursor.close()?;
    Ok(architecture)
}

fn read_general(definition: &Definition, cursor: &mut Cursor<'_>) -> Result<Architecture, ArchError> {
    let mut options = Vec::new();
    for choice in &definition.choices {
        cursor.expect(&choice.name)?;
        cursor.expect("=")?;
        cursor.space();
        let at = cursor.position();
        let word = cursor.run(|c| is_name(c) || c == '-');
        let texts: Vec<String> = (0..choice.options.len()).map(|option| choice.text(option)).collect();
        let found = texts.iter().position(|text| text == word);
        options.push(
            found.ok_or_else(|| {
                cursor.expected_at(at, &one_of(&texts.iter().map(String::as_str).collect::<Vec<_>>()))
            })?,
        );
    }
    let mut parts = Vec::new();
    for part in &definition.parts {
        if !parts.is_empty() || !options.is_empty() {
            cursor.expect("|")?;
        }
        parts.push(read_part(part, cursor)?);
    }
    Ok(Architecture { options, parts })
}

fn read_part(part: &Part, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let names: Vec<&str> = part.ops.iter().map(String::as_str).collect();
    let mut labels = Vec::new();
    if lists_nodes(part) {
        cursor.expect("n")?;
        cursor.expect(":")?;
        let most = part.positions(part.max_nodes);
        cursor.space();
        let mut more = part.positions(part.min_nodes) > 0 || cursor.peek().is_some_and(is_name);
        while more {
            cursor.space();
            let at = cursor.position();
            if labels.len() == most {
                return Err(cursor.expected_at(at, &format!("at most {most} operations")));
            }
            labels.push(to_u8(cursor.word(&names)?) + part.first_label());
            more = cursor.skip(",");
        }
    }
    let end = part.end_label();
    let nodes = match end {
        Some(_) => part.inputs + labels.len() + 1,
        None => part.max_nodes,
    };
    let fewest = part.positions(part.min_nodes);
    if lists_nodes(part) && labels.len() < fewest {
        return Err(cursor.expected_here(&format!("at least {fewest} operations")));
    }
    let mut graph = Graph::empty(nodes);
    labels.iter().enumerate().for_each(|(index, label)| graph.label(part.inputs + index, *label));
    if let Some(end) = end {
        graph.label(nodes - 1, end);
    }
    if !part.chooses_edges() {
        return Ok(graph);
    }
    if lists_nodes(part) {
        cursor.expect(";")?;
    }
    cursor.expect("e")?;
    cursor.expect(":")?;
    cursor.space();
    let mut more = cursor.peek().is_some_and(is_digit);
    while more {
        let at = cursor.position();
        let from = cursor.number(MAX_NODES)?;
        cursor.expect("-")?;
        let to = cursor.number(MAX_NODES)?;
        let label = match part.carrier {
            Carrier::Node => 0,
            Carrier::Edge => {
                cursor.expect("=")?;
                to_u8(cursor.word(&names)?) + 1
            }
        };
        if graph.has_edge(from, to) || graph.set_edge(from, to, label).is_err() {
            return Err(cursor.expected_at(at, &format!("an edge from a lower to a higher node below {nodes}, once")));
        }
        more = cursor.skip(",");
        cursor.space();
    }
    Ok(graph)
}
