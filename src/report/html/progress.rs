//! The progress of the run: durations, policy updates, and rejected draws.

use super::figure::{THIRD, figure};
use super::findings::Findings;
use super::format::seconds;
use super::section as frame;
use crate::report::plot::{Line, Mark, Plot};
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
        chart(findings, "exploration", "Exploration probability", "probability", |round| Some(round.probability)),
        chart(findings, "seconds", "Duration of every round in seconds", "seconds", |round| Some(round.total_seconds)),
    ];
    let text = format!(
        "{}<div class=\"grid three\">\n{}</div>\n{}",
        times(&findings.seconds()),
        figures.concat(),
        rejected(findings.rounds.last().map(|round| round.rejected).unwrap_or_default())
    );
    frame("course", "Progress", &text)
}

/// Draws a bar of durations with its legend.
fn times(all: &Seconds) -> String {
    let other = (all.total - all.train - all.sample - all.evaluate).max(0.0);
    let parts = [
        ("training the generator", all.train),
        ("drawing graphs", all.sample),
        ("evaluating networks", all.evaluate),
        ("other", other),
    ];
    let (mut bar, mut legend) =
        (String::from("<div class=\"bar\" aria-hidden=\"true\">"), String::from("<p class=\"legend\">"));
    for (index, (name, time)) in parts.iter().enumerate() {
        let percentage = 100.0 * time / all.total.max(f64::MIN_POSITIVE);
        let _ = write!(bar, "<span class=\"t{index}\" style=\"width:{percentage:.2}%\"></span>");
        let _ = write!(
            legend,
            "<span><span class=\"swatch t{index}\"></span>{} {} ({percentage:.0} %)</span> ",
            escaped(name),
            seconds(*time)
        );
    }
    format!("{bar}</div>\n{legend}</p>\n")
}

fn chart(findings: &Findings<'_>, id: &str, title: &str, unit: &str, value: fn(&RoundRow) -> Option<f64>) -> String {
    let points: Vec<_> = findings.rounds.iter().filter_map(|round| Some([round.round as f64, value(round)?])).collect();
    // A single point is not a curve.
    if points.len() < 2 {
        return String::new();
    }
    let shape = if id == "exploration" { Mark::Steps } else { Mark::Solid };
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
        (invalid, "not in the space"),
        (seen, "drawn before"),
        (not_in_table, "not in the table"),
        (over_limits, "over the cost limits"),
        (failed, "without a reward"),
    ];
    let counts: Vec<_> =
        all.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    let mut remarks = Vec::new();
    if !counts.is_empty() {
        remarks.push(format!("Rejected draws: {}.", counts.join(", ")));
    }
    if fallbacks > 0 {
        remarks.push(format!("{fallbacks} came from random exploration because the generator drew nothing new."));
    }
    match remarks.is_empty() {
        true => String::new(),
        false => format!("<p class=\"remark\">{}</p>\n", escaped(&remarks.join(" "))),
    }
}
