//! The report of a search: one HTML page that needs nothing else, with drawings of our own and without scripts.
//!
//! A [`Findings`] is all that is told; every section is a file here and makes its part of the page from it.

mod architectures;
mod baseline;
mod classes;
mod confirmation;
mod costs;
mod course;
mod curve;
mod data;
mod details;
mod distribution;
mod figure;
mod findings;
mod head;
mod heat;
mod matrix;
mod pareto;
mod shared;
mod spread;
mod words;

pub use baseline::expected_best;
pub use findings::{Findings, Origin, TrialRewards};
pub use heat::{Heat, heats};
pub use pareto::pareto;

use super::svg::escaped;
use super::{plot, svg};

/// The text of the page.
#[must_use]
pub fn html(findings: &Findings<'_>) -> String {
    let sections: [String; 10] = [
        curve::section(findings),
        architectures::section(findings),
        shared::section(findings),
        confirmation::section(findings),
        costs::section(findings),
        data::section(findings),
        classes::section(findings),
        distribution::section(findings),
        course::section(findings),
        details::section(findings),
    ];
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n\
         <meta name=\"color-scheme\" content=\"light dark\"/>\n<title>{}</title>\n<style>\n{}{}{}</style>\n</head>\n\
         <body>\n{}<main>\n{}{}</main>\n</body>\n</html>\n",
        escaped(&format!(
            "graphpnas: {} on {}, seed {}",
            findings.meta.space, findings.meta.dataset, findings.meta.seed
        )),
        plot::STYLE,
        svg::STYLE,
        include_str!("style.css"),
        // Not hidden: what is not displayed cannot be referred to.
        format_args!(
            "<svg class=\"drawing\" aria-hidden=\"true\" width=\"0\" height=\"0\" style=\"position:absolute\">{}</svg>\n",
            svg::textures()
        ),
        head::section(findings),
        sections.concat(),
    )
}

/// A section with its heading; nothing where it has no content.
fn section(id: &str, title: &str, content: &str) -> String {
    if content.is_empty() {
        return String::new();
    }
    format!("<section id=\"{id}\">\n<h2>{}</h2>\n{content}</section>\n", escaped(title))
}

/// Content that scrolls sideways within its place where it is wider, by touch, wheel or keys.
fn scroll(label: &str, content: &str) -> String {
    format!(
        "<div class=\"scroll\" role=\"region\" aria-label=\"{}\" tabindex=\"0\">\n{content}</div>\n",
        escaped(label)
    )
}
