//! Drawings of the best architectures.

use super::findings::Findings;
use super::format::{self, percent};
use super::matrix::{is_dense, matrix};
use super::{scroll, section as frame};
use crate::graph::Graph;
use crate::report::diagram::Diagram;
use crate::report::plot::short;
use crate::report::svg::{class, escaped, inline, is_textured};
use crate::run::TrialRow;
use crate::space::diagram::{Panel, Vertex, VertexKind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Number of drawn architectures; fewer for spaces with more nodes than `LARGE`, whose drawings are large.
const DRAWN: usize = 6;
const DRAWN_LARGE: usize = 2;
const LARGE: usize = 8;

/// The fraction of its size to which a drawing may shrink, so that its text stays readable; drawings of dense graphs do
/// not shrink.
const MIN_SCALE: f64 = 0.6;

/// The explanation of adjacency matrices.
const MATRIX: &str = "Each stage is shown as its adjacency matrix: the cell in row i and column j is filled if node j \
                      reads the result of node i. Nodes that read no other node read the input of the stage. The \
                      output of the stage is the mean of all results that no node reads.";

/// An architecture with the text beside its drawing.
struct Card<'a> {
    title: String,
    /// How the reward in the title was measured; empty if all cards agree.
    measure: &'static str,
    arch: &'a str,
    diagram: Diagram,
    facts: Vec<String>,
}

pub(super) fn section(findings: &Findings<'_>) -> String {
    let cards = cards(findings);
    if cards.is_empty() {
        return String::new();
    }
    let mut text = legend(&cards);
    if cards.iter().flat_map(|card| &card.diagram.panels).any(is_dense) {
        let _ = writeln!(text, "<p class=\"remark\">{}</p>", escaped(MATRIX));
    }
    let class = if is_large(findings) { "cards large" } else { "cards" };
    let _ = writeln!(text, "<div class=\"{class}\">");
    for (index, card) in cards.iter().enumerate() {
        let measure = match card.measure {
            "" => String::new(),
            measure => format!(" <small>{}</small>", escaped(measure)),
        };
        let _ = write!(
            text,
            "<article>\n<h3>{}{measure}</h3>\n<p class=\"facts\">{}</p>\n<div class=\"parts\">\n{}</div>\n\
             <p class=\"arch\"><code>{}</code></p>\n</article>\n",
            escaped(&card.title),
            card.facts.iter().map(|fact| format!("<span>{}</span>", escaped(fact))).collect::<Vec<_>>().join(" "),
            drawn(&card.diagram, index),
            escaped(card.arch),
        );
    }
    text.push_str("</div>\n");
    frame("best", "Best architectures", &text)
}

/// Draws the panels of an architecture: each as boxes and arrows, or as a matrix with a collapsed drawing.
fn drawn(diagram: &Diagram, card: usize) -> String {
    let mut text = String::new();
    for (index, panel) in diagram.panels.iter().enumerate() {
        let label = format!("{}: boxes and arrows", panel.caption);
        let min_scale = if is_dense(panel) { 1.0 } else { MIN_SCALE };
        let drawing = scroll(&label, &inline(panel, &label, &format!("head-{card}-{index}"), min_scale));
        // A single panel needs no caption.
        let caption = match diagram.panels.len() {
            1 => String::new(),
            _ => format!("<figcaption>{}</figcaption>\n", escaped(&panel.caption)),
        };
        let content = match is_dense(panel) {
            true => format!("{}{}", matrix(panel), collapsed(panel, &drawing)),
            false => drawing,
        };
        let _ = write!(text, "<figure class=\"part\">\n{caption}{content}</figure>\n");
    }
    text
}

fn collapsed(panel: &Panel, drawing: &str) -> String {
    format!(
        "<details>\n<summary>Show {} as boxes and arrows</summary>\n{drawing}</details>\n",
        escaped(panel.caption.split(':').next().unwrap_or_default())
    )
}

fn is_large(findings: &Findings<'_>) -> bool {
    findings.space.max_nodes() > LARGE
}

fn cards<'a>(findings: &'a Findings<'_>) -> Vec<Card<'a>> {
    let count = if is_large(findings) { DRAWN_LARGE } else { DRAWN };
    let mut best: Vec<_> = findings.done().collect();
    best.sort_by(|a, b| findings.goal().turned(b.1).total_cmp(&findings.goal().turned(a.1)));
    let trained = findings.meta.best.as_ref().and_then(|best| {
        let graph = findings.space.encode(&best.arch).ok()?;
        card(findings, findings.shown(best.reward), &best.arch, &graph, facts_of_trained(findings))
    });
    let trained = trained.map(|card| Card { measure: "trained from scratch", ..card });
    let measure = findings.trial_rewards.measured();
    let trial_cards = best.into_iter().filter_map(|(evaluation, reward, trial)| {
        let card =
            card(findings, findings.shown(reward), &trial.arch, &trial.graph, facts(findings, evaluation, trial))?;
        Some(Card { measure, ..card })
    });
    trained.into_iter().chain(trial_cards).take(count).collect()
}

/// Returns the card of an architecture, or `None` if its graph cannot be drawn.
fn card<'a>(
    findings: &Findings<'_>,
    title: String,
    arch: &'a str,
    graph: &Graph,
    facts: Vec<String>,
) -> Option<Card<'a>> {
    Some(Card { title, measure: "", arch, diagram: Diagram::new(findings.space, graph).ok()?, facts })
}

/// Returns the facts about the network that was trained from scratch at the end.
fn facts_of_trained(findings: &Findings<'_>) -> Vec<String> {
    let test = findings.meta.best.as_ref().and_then(|best| best.test);
    let mut facts: Vec<String> = test.map(|test| format!("test {}", percent(test))).into_iter().collect();
    if let Some(cost) = findings.best_cost {
        facts.push(format!("{} parameters", short(cost.parameters as f64)));
        facts.push(format!("{} multiply-adds", short(cost.multiply_adds as f64)));
    }
    let shared = findings.shared.as_ref().and_then(|shared| shared.trained.first());
    facts.extend(shared.map(|child| format!("with shared weights {}", percent(child.shared))));
    facts
}

fn facts(findings: &Findings<'_>, evaluation: usize, trial: &TrialRow) -> Vec<String> {
    let mut facts: Vec<String> = trial.test.map(|test| format!("test {}", findings.shown(test))).into_iter().collect();
    facts.extend(trial.parameters.map(|count| format!("{} parameters", short(count as f64))));
    facts.extend(trial.multiply_adds.map(|count| format!("{} multiply-adds", short(count as f64))));
    facts.extend(trial.latency.map(|seconds| format!("{} for an image", format::seconds(seconds))));
    facts.push(format!("evaluation {evaluation}"));
    facts
}

/// Returns the legend of the drawn operations.
fn legend(cards: &[Card<'_>]) -> String {
    let panels = || cards.iter().flat_map(|card| &card.diagram.panels).filter(|panel| !is_dense(panel));
    let on_nodes = panels().flat_map(|panel| &panel.nodes);
    let on_arrows = panels().flat_map(|panel| panel.arrows.iter().filter_map(|arrow| arrow.operation.as_ref()));
    let drawn = on_nodes.chain(on_arrows).filter(|vertex| !matches!(vertex.kind, VertexKind::Node | VertexKind::End));
    // Nodes of a RandWire stage have only numbers as names.
    let named = drawn.filter(|vertex| vertex.text.parse::<usize>().is_err());
    let all: BTreeMap<_, &Vertex> = named.map(|vertex| ((vertex.kind, vertex.text.as_str()), vertex)).collect();
    if all.is_empty() {
        return String::new();
    }
    let mut text = String::from("<p class=\"legend\">");
    for ((kind, name), vertex) in all {
        let rect = "x=\"1.5\" y=\"1.5\" width=\"27\" height=\"13\" rx=\"6\"";
        let texture = if is_textured(kind) { format!("<rect class=\"texture\" {rect}/>") } else { String::new() };
        let _ = write!(
            text,
            "<span><svg class=\"drawing mark\" aria-hidden=\"true\" viewBox=\"0 0 30 16\"><g class=\"{}\"><rect {rect}/>{texture}\
             </g></svg>{}</span> ",
            class(vertex),
            escaped(name)
        );
    }
    text + "</p>\n"
}
