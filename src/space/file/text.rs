//! The text forms of architectures of a space file.

use super::definition::{Definition, Dialect};
use super::error::Fault;
use super::part::{Carrier, MAX_NODES, Part, Wiring};
use super::tree::Value;
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

/// Checks that the text form suits the parts.
pub(super) fn check_dialect(definition: &Definition, place: &Value) -> Result<(), Fault> {
    let one = match definition.parts.as_slice() {
        [part] if definition.choices.is_empty() => Some(part),
        _ => None,
    };
    let (name, fits, form) = match definition.dialect {
        Dialect::General => return Ok(()),
        Dialect::Digits => (
            "digits",
            one.is_some_and(|part| {
                let few = part.options.iter().all(|options| options.len() <= 10);
                part.wiring == Wiring::Chain && !part.may_be_shorter() && few
            }),
            "a chain of a fixed number of nodes with at most 10 operations each",
        ),
        Dialect::NasBench201 => (
            "nasbench201",
            one.is_some_and(|part| part.carrier == Carrier::Edge && part.wiring == Wiring::All && part.inputs == 1),
            "a part with label = \"edge\", edges = \"all\" and one input",
        ),
        Dialect::Enas => {
            ("enas", one.is_some_and(|part| part.wiring == Wiring::Skips), "a part with edges = \"skips\"")
        }
    };
    match fits {
        true => Ok(()),
        false => {
            Err(place.fault(format!("the text form {name} needs a space of exactly one part and no choices: {form}")))
        }
    }
}

/// The maximum length of a text in bytes. 16 parts of 64 nodes, whose 2,016 edges have operations with names of 60 bytes,
/// take 2.2 million.
const MAX_BYTES: usize = 1 << 22;

/// Writes an architecture.
pub(super) fn write(definition: &Definition, architecture: &Architecture) -> String {
    match (definition.dialect, definition.parts.as_slice(), architecture.parts.as_slice()) {
        (Dialect::Digits, [part], [graph]) => {
            let digit = |(node, label): (usize, &u8)| {
                let place = part.options[node].iter().position(|option| option == label).unwrap_or(0);
                char::from(b'0' + to_u8(place))
            };
            graph.node_labels().iter().enumerate().map(digit).collect()
        }
        (Dialect::NasBench201, [part], [graph]) => write_nasbench201(part, graph),
        (Dialect::Enas, [part], [graph]) => {
            let layer = |layer: usize| {
                let mut text = op_name(part, graph.node_label(layer)).to_owned();
                text.extend(graph.row(layer).map(|skip| if skip { " 1" } else { " 0" }));
                text
            };
            (0..graph.nodes()).map(layer).collect::<Vec<_>>().join(" | ")
        }
        _ => write_general(definition, architecture),
    }
}

fn op_name(part: &Part, label: u8) -> &str {
    part.op_of(label).map_or("", |index| part.ops[index].as_str())
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
        let names = (part.inputs..last.min(part.present(graph))).map(|node| op_name(part, graph.node_label(node)));
        lists.push(format!("n:{}", names.collect::<Vec<_>>().join(",")));
    }
    if part.chooses_edges() {
        let edges = graph.edges().map(|(from, to, label)| match part.carrier {
            Carrier::Node => format!("{from}-{to}"),
            Carrier::Edge => format!("{from}-{to}={}", op_name(part, label)),
        });
        lists.push(format!("e:{}", edges.collect::<Vec<_>>().join(",")));
    }
    lists.join(";")
}

/// Whether the text of a part lists its nodes.
fn lists_nodes(part: &Part) -> bool {
    part.carrier == Carrier::Node && (part.limits().node_labels > 0 || !part.chooses_edges())
}

fn write_nasbench201(part: &Part, graph: &Graph) -> String {
    let none = part.zero.as_deref().unwrap_or("none");
    let mut text = String::new();
    for (from, to) in part.pairs(graph.nodes()) {
        if from == 0 {
            text.push_str(if to == 1 { "|" } else { "+|" });
        }
        let name = graph.edge_label(from, to).map_or(none, |label| op_name(part, label));
        text.push_str(&format!("{name}~{from}|"));
    }
    text
}

/// Parses an architecture; the graphs may violate the rules of their parts.
pub(super) fn read(definition: &Definition, text: &str) -> Result<Architecture, ArchError> {
    let mut names = vec!["n", "e"];
    names.extend(definition.choices.iter().map(|choice| choice.name.as_str()));
    let fields: &[&str] = if definition.dialect == Dialect::General { &names } else { &[] };
    let mut cursor = Cursor::open_with(text, fields, MAX_BYTES)?;
    let architecture = match (definition.dialect, definition.parts.as_slice()) {
        (Dialect::Digits, [part]) => one(read_digits(part, &mut cursor)?),
        (Dialect::NasBench201, [part]) => one(read_nasbench201(part, &mut cursor)?),
        (Dialect::Enas, [part]) => one(read_enas(part, &mut cursor)?),
        _ => read_general(definition, &mut cursor)?,
    };
    cursor.close()?;
    Ok(architecture)
}

fn one(graph: Graph) -> Architecture {
    Architecture { options: Vec::new(), parts: vec![graph] }
}

fn read_digits(part: &Part, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let mut graph = Graph::empty(part.max_nodes);
    for node in 0..part.max_nodes {
        cursor.space();
        let options = &part.options[node];
        let digit = cursor.peek().filter(|c| is_digit(*c)).and_then(|c| c.to_digit(10));
        let label = digit.and_then(|digit| options.get(digit as usize));
        let expected = || format!("a digit from 0 to {} for node {node}", options.len() - 1);
        graph.label(node, *label.ok_or_else(|| cursor.expected_here(&expected()))?);
        cursor.step();
    }
    Ok(graph)
}

fn read_nasbench201(part: &Part, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
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
        if label > 0 {
            graph.put(from, to, to_u8(label));
        }
    }
    Ok(graph)
}

fn read_enas(part: &Part, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let names: Vec<&str> = part.ops.iter().map(String::as_str).collect();
    let mut graph = Graph::empty(part.max_nodes);
    for layer in 0..part.max_nodes {
        if layer > 0 {
            cursor.expect("|")?;
        }
        graph.label(layer, to_u8(cursor.word(&names)?) + part.first_label());
        for output in 0..layer {
            if cursor.word(&["0", "1"])? == 1 {
                graph.put(output, layer, 0);
            }
        }
    }
    Ok(graph)
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
