//! Drawings for Graphviz.

use super::diagram::{Arrow, Diagram, Kind, Part, Vertex};
use std::fmt::Write;

/// The text of a DOT file.
#[must_use]
pub fn dot(diagram: &Diagram) -> String {
    let mut text = String::from("digraph architecture {\n");
    let _ = writeln!(text, "  label={}; labelloc=t; fontname=\"monospace\"; rankdir=TB;", quoted(&title(diagram)));
    text.push_str("  node [fontname=\"monospace\" shape=box style=\"rounded,filled\"];\n");
    for (number, part) in diagram.parts.iter().enumerate() {
        add(&mut text, number, part);
    }
    text + "}\n"
}

fn title(diagram: &Diagram) -> String {
    format!("{}\n{}", diagram.space, diagram.arch)
}

fn add(text: &mut String, number: usize, part: &Part) {
    let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label={}; color=gray;", quoted(&part.caption));
    for (node, vertex) in part.nodes.iter().enumerate() {
        let _ = writeln!(text, "    n{number}_{node} [{}];", look(vertex));
    }
    for (place, arrow) in part.arrows.iter().enumerate() {
        let Arrow { from, to, operation, skips } = arrow;
        let style = if *skips { " [style=dashed]" } else { "" };
        match operation {
            None => {
                let _ = writeln!(text, "    n{number}_{from} -> n{number}_{to}{style};");
            }
            Some(operation) => {
                let _ = writeln!(text, "    e{number}_{place} [{}];", look(operation));
                let _ = writeln!(text, "    n{number}_{from} -> e{number}_{place} [arrowhead=none];");
                let _ = writeln!(text, "    e{number}_{place} -> n{number}_{to};");
            }
        }
    }
    text.push_str("  }\n");
}

fn look(vertex: &Vertex) -> String {
    let colour = match vertex.kind {
        Kind::Node => "#e8eaed",
        Kind::End => "#ffffff",
        Kind::Convolution => "#9ecbff",
        Kind::Pointwise => "#a5e3e0",
        Kind::Separable => "#cdb8ff",
        Kind::Dilated => "#f5b8e0",
        Kind::AveragePool => "#b5e3a5",
        Kind::MaxPool => "#ffd28a",
        Kind::Skip => "#d7dae0",
    };
    format!("label={} fillcolor=\"{colour}\"", quoted(&vertex.text))
}

/// A DOT text in quotes.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
