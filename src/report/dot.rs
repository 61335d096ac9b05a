//! Drawings as Graphviz DOT files.

use super::diagram::Diagram;
use crate::space::diagram::{Arrow, Panel, Vertex, VertexKind};
use std::fmt::Write;

/// Returns the text of a DOT file.
#[must_use]
pub fn dot(diagram: &Diagram) -> String {
    let mut text = String::from("digraph architecture {\n");
    let _ = writeln!(text, "  label={}; labelloc=t; fontname=\"monospace\"; rankdir=TB;", quoted(&title(diagram)));
    text.push_str("  node [fontname=\"monospace\" shape=box style=\"rounded,filled\"];\n");
    for (number, panel) in diagram.panels.iter().enumerate() {
        add_panel(&mut text, number, panel);
    }
    text + "}\n"
}

fn title(diagram: &Diagram) -> String {
    format!("{}\n{}", diagram.space, diagram.arch)
}

fn add_panel(text: &mut String, number: usize, panel: &Panel) {
    let _ = writeln!(text, "  subgraph cluster_{number} {{\n    label={}; color=gray;", quoted(&panel.caption));
    for (node, vertex) in panel.nodes.iter().enumerate() {
        let _ = writeln!(text, "    n{number}_{node} [{}];", attributes(vertex));
    }
    for (index, arrow) in panel.arrows.iter().enumerate() {
        let Arrow { from, to, operation, skips } = arrow;
        let style = if *skips { " [style=dashed]" } else { "" };
        match operation {
            None => {
                let _ = writeln!(text, "    n{number}_{from} -> n{number}_{to}{style};");
            }
            Some(operation) => {
                let _ = writeln!(text, "    e{number}_{index} [{}];", attributes(operation));
                let _ = writeln!(text, "    n{number}_{from} -> e{number}_{index} [arrowhead=none];");
                let _ = writeln!(text, "    e{number}_{index} -> n{number}_{to};");
            }
        }
    }
    text.push_str("  }\n");
}

fn attributes(vertex: &Vertex) -> String {
    // Larger windows have a darker shade and a thicker border, as in SVG.
    let large = vertex.window.is_some_and(|window| window > 3);
    let colour = match (vertex.kind, large) {
        (VertexKind::Node, _) => "#e8eaed",
        (VertexKind::End, _) => "#ffffff",
        (VertexKind::Convolution, false) => "#a9cfff",
        (VertexKind::Convolution, true) => "#6aa8f5",
        (VertexKind::Pointwise, _) => "#deebff",
        (VertexKind::Separable, false) => "#d9c9ff",
        (VertexKind::Separable, true) => "#a98bf0",
        (VertexKind::Dilated, false) => "#fbcbe8",
        (VertexKind::Dilated, true) => "#e888c4",
        (VertexKind::AveragePool, _) => "#bfe8ac",
        (VertexKind::MaxPool, _) => "#ffd48a",
        (VertexKind::Skip, _) => "#d7dae0",
    };
    let border = if large { " penwidth=2.5" } else { "" };
    format!("label={} fillcolor=\"{colour}\"{border}", quoted(&vertex.text))
}

/// Quotes a text for DOT.
fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
