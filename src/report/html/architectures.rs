//! The best architectures, drawn.

use super::findings::Findings;
use super::section as frame;
use super::words::{self, percent};
use crate::graph::Graph;
use crate::report::diagram::{Diagram, Kind};
use crate::report::plot::short;
use crate::report::svg::{class, escaped, inline};
use crate::run::TrialRow;
use std::collections::BTreeSet;
use std::fmt::Write;

/// How many are drawn; drawings of spaces with many nodes are large.
const DRAWN: usize = 6;
const DRAWN_LARGE: usize = 2;
const LARGE: usize = 8;

/// An architecture with what is written beside its drawing.
struct Card<'a> {
    title: String,
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
    let class = if is_large(findings) { "cards large" } else { "cards" };
    let _ = writeln!(text, "<div class=\"{class}\">");
    for (place, card) in cards.iter().enumerate() {
        let _ = write!(
            text,
            "<article>\n<h3>{}</h3>\n<p class=\"facts\">{}</p>\n<div class=\"canvas\">{}</div>\n<p class=\"arch\"><code>{}</code></p>\n\
             </article>\n",
            escaped(&card.title),
            card.facts.iter().map(|fact| format!("<span>{}</span>", escaped(fact))).collect::<Vec<_>>().join(" "),
            inline(&card.diagram, &format!("head-{place}")),
            escaped(card.arch),
        );
    }
    text.push_str("</div>\n");
    frame("best", "Best architectures", &text)
}

fn is_large(findings: &Findings<'_>) -> bool {
    findings.space.limits().max_nodes * findings.space.parts() > LARGE
}

fn cards<'a>(findings: &'a Findings<'_>) -> Vec<Card<'a>> {
    let count = if is_large(findings) { DRAWN_LARGE } else { DRAWN };
    let mut best: Vec<_> = findings.done().collect();
    best.sort_by(|a, b| b.1.total_cmp(&a.1));
    let found = findings.meta.best.as_ref().and_then(|best| {
        let graph = findings.space.encode(&best.arch).ok()?;
        let test = best.test.map(|test| format!("test {}", percent(test)));
        let facts = test.into_iter().chain(["trained from scratch".to_owned()]).collect();
        card(findings, percent(best.reward), &best.arch, &graph, facts)
    });
    let of_trials = best.into_iter().filter_map(|(evaluation, reward, trial)| {
        card(findings, percent(reward), &trial.arch, &trial.graph, facts(evaluation, trial))
    });
    found.into_iter().chain(of_trials).take(count).collect()
}

/// A graph that cannot be drawn has no card.
fn card<'a>(
    findings: &Findings<'_>,
    title: String,
    arch: &'a str,
    graph: &Graph,
    facts: Vec<String>,
) -> Option<Card<'a>> {
    Some(Card { title, arch, diagram: Diagram::new(findings.space, graph).ok()?, facts })
}

fn facts(evaluation: usize, trial: &TrialRow) -> Vec<String> {
    let mut facts: Vec<String> = trial.test.map(|test| format!("test {}", percent(test))).into_iter().collect();
    facts.extend(trial.parameters.map(|count| format!("{} parameters", short(count as f64))));
    facts.extend(trial.multiply_adds.map(|count| format!("{} multiply-adds", short(count as f64))));
    facts.extend(trial.latency.map(|seconds| format!("{} for an image", words::seconds(seconds))));
    facts.push(format!("evaluation {evaluation}"));
    facts
}

/// The operations that are drawn, by their colours.
fn legend(cards: &[Card<'_>]) -> String {
    let parts = || cards.iter().flat_map(|card| &card.diagram.parts);
    let on_nodes = parts().flat_map(|part| &part.nodes);
    let on_arrows = parts().flat_map(|part| part.arrows.iter().filter_map(|arrow| arrow.operation.as_ref()));
    let drawn = on_nodes.chain(on_arrows).filter(|vertex| !matches!(vertex.kind, Kind::Node | Kind::End));
    // Nodes of a stage have numbers for names and one operation.
    let name = |text: &str, kind: Kind| match text.parse::<usize>() {
        Ok(_) => class(kind).to_owned(),
        Err(_) => text.to_owned(),
    };
    let names: BTreeSet<_> = drawn.map(|vertex| (vertex.kind, name(&vertex.text, vertex.kind))).collect();
    if names.is_empty() {
        return String::new();
    }
    let mut text = String::from("<p class=\"legend\">");
    for (kind, name) in names {
        let _ = write!(
            text,
            "<span><svg class=\"drawing mark\" aria-hidden=\"true\" viewBox=\"0 0 22 12\"><g class=\"{}\">\
             <rect x=\"1\" y=\"1\" width=\"20\" height=\"10\" rx=\"5\"/></g></svg>{}</span> ",
            class(kind),
            escaped(&name)
        );
    }
    text + "</p>\n"
}
