//! How the run went: where its time went, the updates of the generator, and what was rejected.

use super::figure::{THIRD, figure};
use super::findings::Findings;
use super::section as frame;
use super::words::seconds;
use crate::report::plot::{Line, Plot, Shape};
use crate::report::svg::escaped;
use crate::run::RoundRow;
use crate::search::{Rejected, Seconds};
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    if findings.rounds.is_empty() {
        return String::new();
    }
    let figures = [
        chart(findings, "loss", "Loss of the generator after every update", "loss", |round| round.last_loss),
        chart(findings, "exploration", "Probability of exploring", "probability", |round| Some(round.probability)),
        chart(findings, "seconds", "Seconds of every round", "seconds", |round| Some(round.total_seconds)),
    ];
    let text = format!(
        "{}<div class=\"grid three\">\n{}</div>\n{}",
        times(&findings.seconds()),
        figures.concat(),
        rejected(findings.rounds.last().map(|round| round.rejected).unwrap_or_default())
    );
    frame("course", "How it went", &text)
}

/// A bar of the parts of the time, with its legend.
fn times(all: &Seconds) -> String {
    let other = (all.total - all.train - all.sample - all.evaluate).max(0.0);
    let parts = [
        ("teaching the generator", all.train),
        ("drawing", all.sample),
        ("evaluating", all.evaluate),
        ("other", other),
    ];
    let (mut bar, mut legend) =
        (String::from("<div class=\"bar\" aria-hidden=\"true\">"), String::from("<p class=\"legend\">"));
    for (place, (name, time)) in parts.iter().enumerate() {
        let share = 100.0 * time / all.total.max(f64::MIN_POSITIVE);
        let _ = write!(bar, "<span class=\"t{place}\" style=\"width:{share:.2}%\"></span>");
        let _ = write!(
            legend,
            "<span><span class=\"swatch t{place}\"></span>{} {} ({share:.0} %)</span> ",
            escaped(name),
            seconds(*time)
        );
    }
    format!("{bar}</div>\n{legend}</p>\n")
}

fn chart(findings: &Findings<'_>, id: &str, title: &str, unit: &str, value: fn(&RoundRow) -> Option<f64>) -> String {
    let points: Vec<_> = findings.rounds.iter().filter_map(|round| Some([round.round as f64, value(round)?])).collect();
    // A single update makes no curve.
    if points.len() < 2 {
        return String::new();
    }
    let shape = if id == "exploration" { Shape::Steps } else { Shape::Solid };
    let chart = Plot {
        title: title.to_owned(),
        axes: ["round".into(), unit.to_owned()],
        range: (id == "exploration").then_some([-0.03, 1.03]),
        lines: vec![Line { name: unit.to_owned(), points, shape, ..Line::default() }],
        ..Plot::default()
    };
    figure(id, &chart, THIRD)
}

fn rejected(rejected: Rejected) -> String {
    let Rejected { invalid, seen, not_in_table, over_limits, failed, fallbacks } = rejected;
    let all = [
        (invalid, "that were no architecture of the space"),
        (seen, "drawn before"),
        (not_in_table, "that the table does not have"),
        (over_limits, "over the limits on cost"),
        (failed, "that got no reward"),
    ];
    let counts: Vec<_> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let mut told = Vec::new();
    if !counts.is_empty() {
        told.push(format!("Draws turned away: {}.", counts.join(", ")));
    }
    if fallbacks > 0 {
        told.push(format!("{fallbacks} came from the explorer because the generator had nothing new."));
    }
    match told.is_empty() {
        true => String::new(),
        false => format!("<p class=\"remark\">{}</p>\n", escaped(&told.join(" "))),
    }
}
