//! Results of a search with shared weights: networks of the generator against random networks, and the networks trained
//! from scratch.

use super::figure::{FULL, figure};
use super::findings::Findings;
use super::format::percent;
use super::{scroll, section as frame};
use crate::report::plot::{Line, Plot};
use crate::report::svg::escaped;
use crate::search::{SharedOutcome, SharedRound};
use crate::statistics::Correlation;
use std::collections::BTreeSet;
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(shared) = &findings.shared else { return String::new() };
    let SharedOutcome { drawn, random, rise, correlation, correlation_of_macs, .. } = shared;
    let mut remark = format!(
        "At the end, networks drawn by the generator have a mean accuracy of {:.2} % with the shared weights, and \
         random networks {:.2} %: a difference of {rise:+.2} percentage points.",
        drawn.mean, random.mean
    );
    if let Some(Correlation { count, spearman, kendall }) = correlation {
        let _ = write!(
            remark,
            " Accuracies with shared weights and after training from scratch rank {count} networks with Spearman's rho \
             {spearman:.2} and Kendall's tau {kendall:.2}."
        );
    }
    if let Some(Correlation { spearman, kendall, .. }) = correlation_of_macs {
        let _ =
            write!(remark, " Multiply-adds, which take no training, rank them with {spearman:.2} and {kendall:.2}.");
    }
    remark.extend(shared.warning().map(|warning| format!(" Warning: {warning}.")));
    let text = format!("{}<p class=\"remark\">{}</p>\n{}", rounds(shared), escaped(&remark), trained(shared));
    frame("shared", "Shared weights", &text)
}

fn rounds(shared: &SharedOutcome) -> String {
    let line = |name: &str, colour: usize, value: fn(&SharedRound) -> Option<f64>| Line {
        name: name.to_owned(),
        points: shared.rounds.iter().filter_map(|round| Some([round.round as f64, value(round)?])).collect(),
        colour: Some(colour),
        ..Line::default()
    };
    let lines = [
        line("networks of the round", 0, |round| round.drawn),
        line("random networks", 3, |round| round.random),
        line("training batches", 4, |round| Some(round.train.accuracy)),
    ];
    let chart = Plot {
        title: "Mean accuracy of networks with the shared weights, %".into(),
        axes: ["round".into(), "accuracy, %".into()],
        lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
        ..Plot::default()
    };
    figure("shared-rounds", &chart, FULL)
}

fn trained(shared: &SharedOutcome) -> String {
    let mut text = String::from(
        "<table>\n<thead><tr><th>with shared weights</th><th>from scratch, validation</th><th>from scratch, test</th>\
         <th>architecture</th></tr></thead>\n<tbody>\n",
    );
    // The best network may also be drawn for the rank correlation; list it only once.
    let mut listed = BTreeSet::new();
    for child in shared.trained.iter().filter(|child| listed.insert(child.arch.as_str())) {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td><td class=\"arch\"><code>{}</code></td></tr>",
            percent(child.shared),
            percent(child.scratch),
            child.test.map_or_else(String::new, percent),
            escaped(&child.arch),
        );
    }
    text += "</tbody>\n</table>\n";
    format!(
        "<h3>Trained from scratch</h3>\n<p class=\"remark\">The first network is the result of the search. Accuracies \
         with shared weights are measured on all held-out images here.</p>\n{}",
        scroll("networks trained from scratch", &text)
    )
}
