//! Drawings of architectures of a space file.

use super::definition::Definition;
use super::part::{Carrier, Output, Part, Wiring};
use super::text::Architecture;
use super::tree::Tree;
use crate::graph::Graph;
use crate::space::diagram::{Arrow, Panel, Vertex, VertexKind};

/// Returns one panel for every part, and one for the choices if there are any.
pub(super) fn panels(definition: &Definition, architecture: &Architecture) -> Vec<Panel> {
    let mut panels = Vec::new();
    if !definition.choices.is_empty() {
        let chosen = definition.choices.iter().zip(&architecture.options).map(|(choice, option)| {
            let text = match &choice.options[*option].tree {
                Tree::Table(entries) => {
                    entries.iter().map(|(key, value)| format!("{key} {}", value.tree)).collect::<Vec<_>>().join(", ")
                }
                tree => tree.to_string().trim_matches('"').to_owned(),
            };
            Vertex::new(format!("{} = {text}", choice.name), VertexKind::Node)
        });
        panels.push(Panel { caption: "choices".to_owned(), nodes: chosen.collect(), arrows: Vec::new() });
    }
    let parts = definition.parts.iter().zip(&architecture.parts);
    panels.extend(parts.map(|(part, graph)| panel(part, graph)));
    panels
}

fn panel(part: &Part, graph: &Graph) -> Panel {
    let live = part.live(graph);
    let present = part.present(graph);
    // A part without input nodes gets one for the drawing.
    let shift = usize::from(part.inputs == 0);
    let has_end = part.output == Output::End;
    let nodes = graph.nodes();
    let shown = |node: usize| node < present && (live[node] || node < part.inputs);
    let numbers: Vec<Option<usize>> = (0..nodes)
        .scan(shift, |next, node| {
            let number = shown(node).then_some(*next);
            *next += usize::from(number.is_some());
            Some(number)
        })
        .collect();
    let vertex = |node: usize| match part.carrier {
        _ if node < part.inputs && part.inputs == 1 => Vertex::new("input", VertexKind::End),
        _ if node < part.inputs => Vertex::new(format!("input {}", node + 1), VertexKind::End),
        _ if has_end && node + 1 == nodes => Vertex::new("output", VertexKind::End),
        Carrier::Edge if part.output == Output::Last && node + 1 == nodes => Vertex::new("output", VertexKind::End),
        Carrier::Edge => Vertex::new(format!("node {node}"), VertexKind::Node),
        // Nodes of a part with one operation have label 0 and are told apart by their numbers.
        Carrier::Node if part.limits().node_labels == 0 && part.chooses_edges() => {
            Vertex { text: node.to_string(), ..Vertex::operation(part.ops.first().map(String::as_str)) }
        }
        Carrier::Node => {
            Vertex::operation(part.ops.get(part.op_of(graph.node_label(node)).unwrap_or(0)).map(String::as_str))
        }
    };
    let mut vertices = Vec::new();
    if shift == 1 {
        vertices.push(Vertex::new("input", VertexKind::End));
    }
    vertices.extend((0..nodes).filter(|node| shown(*node)).map(vertex));
    let at = |node: usize| numbers[node];
    let mut arrows = Vec::new();
    for node in (0..nodes).filter(|node| shown(*node)) {
        let Some(to) = at(node) else { continue };
        let linear = matches!(part.wiring, Wiring::Chain | Wiring::Skips);
        if linear {
            arrows.push(Arrow::plain(to - 1, to));
        }
        let reads: Vec<usize> = match part.chooses_edges() {
            true => graph.predecessors(node).filter(|from| shown(*from)).collect(),
            false if linear => Vec::new(),
            false => (0..node).collect(),
        };
        if !linear && reads.is_empty() && part.inputs == 0 {
            arrows.push(Arrow::plain(0, to));
        }
        for from in reads {
            let operation = (part.carrier == Carrier::Edge).then(|| {
                let label = graph.edge_label(from, node).unwrap_or(0);
                Vertex::operation(part.op_of(label).map(|index| part.ops[index].as_str()))
            });
            // With skips, an edge from j joins what node j reads, which is drawn one place earlier.
            let from = at(from).unwrap_or(0) - usize::from(part.wiring == Wiring::Skips);
            arrows.push(Arrow { from, to, operation, skips: part.wiring == Wiring::Skips });
        }
    }
    if matches!(part.output, Output::Leaves | Output::Inner) {
        let output = vertices.len();
        let is_output = |node: &usize| {
            shown(*node)
                && *node >= part.inputs
                && (part.output == Output::Inner || !graph.successors(*node).any(shown))
        };
        arrows.extend((0..nodes).filter(is_output).filter_map(at).map(|from| Arrow::plain(from, output)));
        vertices.push(Vertex::new("output", VertexKind::End));
    }
    Panel { caption: part.name.clone(), nodes: vertices, arrows }
}
