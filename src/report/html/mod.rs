//! The report of a search: one self-contained HTML page with inline SVG drawings and without scripts.
//!
//! [`Findings`] is the input. Every section of the page has its own module here.

mod architectures;
mod baseline;
mod classes;
mod confirmation;
mod costs;
mod data;
mod distribution;
mod figure;
mod findings;
mod format;
mod head;
mod heat;
mod matrix;
mod pareto;
mod progress;
mod reproduction;
mod reward;
mod shared;
mod spread;

pub use baseline::expected_best;
pub use findings::{Findings, Origin, TrialRewards};
pub use heat::{ProbabilityTable, probability_tables};
pub use pareto::pareto;

use super::svg::escaped;
use super::{plot, svg};

/// Returns the text of the page.
#[must_use]
pub fn html(findings: &Findings<'_>) -> String {
    let sections: [String; 10] = [
        reward::section(findings),
        architectures::section(findings),
        shared::section(findings),
        confirmation::section(findings),
        costs::section(findings),
        data::section(findings),
        classes::section(findings),
        distribution::section(findings),
        progress::section(findings),
        reproduction::section(findings),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n<style>\n{}{}{}</style>\n</head>\n\
         <body>\n{}<main>\n{}{}</main>\n</body>\n</html>\n",
        escaped(&format!(
            "graphpnas: {} on {}, seed {}",
            findings.space.name(),
            findings.meta.dataset,
            findings.meta.seed
        )),
        plot::STYLE,
        svg::STYLE,
        include_str!("style.css"),
        // Size 0 instead of `display: none`, since elements that are not displayed cannot be referenced.
        format_args!(
            "<svg class=\"drawing\" aria-hidden=\"true\" width=\"0\" height=\"0\" style=\"position:absolute\">{}</svg>\n",
            svg::textures()
        ),
        head::section(findings),
        sections.concat(),
    )
}

/// Returns a section with its heading, or nothing without content.
fn section(id: &str, title: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{content}</section>\n", escaped(title))
}

/// Wraps content that may be wider than the page, so that it scrolls horizontally by touch, wheel or keys.
fn scroll(label: &str, content: &str) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{content}</div>\n",
        escaped(label)
    )
}
