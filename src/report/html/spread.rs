//! A distribution so broad that all draws differ. A list of the likeliest draws is then meaningless, so means over the
//! draws are shown.

use super::findings::Findings;
use super::format::probability;
use super::heat::{ProbabilityTable, probability_tables};
use super::scroll;
use crate::report::svg::escaped;
use crate::run::DistributionRow;
use crate::search::Distribution;
use crate::shown::pluralized;
use std::fmt::Write;

/// Expected number of occurrences of the likeliest draw among as many draws, below which the distribution is broad.
const RARE: f64 = 0.01;

/// Edges whose probability is within this distance of 0 or 1 count as decided.
const DECIDED: f64 = 0.05;

/// Whether all draws differ and each is so unlikely that another set of draws would contain none of them.
pub(super) fn is_spread(distribution: &Distribution) -> bool {
    let highest = distribution.likeliest.iter().map(|one| one.log_probability).fold(f64::NEG_INFINITY, f64::max);
    let samples = distribution.samples as f64;
    distribution.distinct == distribution.samples && highest + samples.ln() < RARE.ln()
}

/// Shows means over the draws of the first and the last recorded distribution.
pub(super) fn spread(findings: &Findings<'_>, last: &DistributionRow) -> String {
    let first = findings.distributions.first().unwrap_or(last);
    let highest = last.distribution.likeliest.first().map_or(f64::NEG_INFINITY, |one| one.log_probability);
    let remark = format!(
        "All of the last {} differ, and even the likeliest of them has only the probability {}, so a list of the \
         likeliest would be meaningless. The entropy of {:.0} nats is that of {} equally likely graphs. The following \
         means over the draws show what the generator has learned:",
        pluralized(last.distribution.samples, "graph", "graphs"),
        probability(highest),
        last.distribution.entropy,
        power(last.distribution.entropy),
    );
    let time = |row: &DistributionRow| pluralized(findings.evaluations_before(row.round), "evaluation", "evaluations");
    let mut table = format!(
        "<table class=\"plain\">\n<thead><tr><th>mean over the draws</th><th class=\"number\">after {}</th>\
         <th class=\"number\">after {}</th></tr></thead>\n<tbody>\n",
        escaped(&time(first)),
        escaped(&time(last))
    );
    let tables = |row: &DistributionRow| probability_tables(&row.distribution, findings.space);
    for (before, after) in tables(first).iter().zip(&tables(last)) {
        for ((name, old), (_, new)) in means(before).into_iter().zip(means(after)) {
            let _ = writeln!(
                table,
                "<tr><td>{}</td><td class=\"number\">{old}</td><td class=\"number\">{new}</td></tr>",
                escaped(&name)
            );
        }
    }
    table += "</tbody>\n</table>\n";
    let (remark, table) = (escaped(&remark), scroll("means over the draws", &table));
    format!("<h3>Means over the draws</h3>\n<p class=\"remark\">{remark}</p>\n{table}")
}

/// Returns the means of a table: for edges their number and how many are decided, for operations how often each is
/// drawn.
fn means(heat: &ProbabilityTable) -> Vec<(String, String)> {
    let known = |row: &Vec<Option<f64>>| row.iter().flatten().copied().collect::<Vec<f64>>();
    let suffix = heat.title.split_once(", ").map_or_else(String::new, |(_, part)| format!(", {part}"));
    if heat.title.starts_with("edge") {
        let all: Vec<f64> = heat.cells.iter().flat_map(known).collect();
        let decided = all.iter().filter(|probability| !(DECIDED..=1.0 - DECIDED).contains(*probability)).count();
        return vec![
            (format!("edges of {} possible{suffix}", all.len()), format!("{:.1}", all.iter().sum::<f64>())),
            (format!("edges drawn almost always or almost never{suffix}"), decided.to_string()),
        ];
    }
    let mean = |row: &Vec<Option<f64>>| {
        let row = known(row);
        100.0 * row.iter().sum::<f64>() / row.len().max(1) as f64
    };
    let rows = heat.rows.iter().zip(&heat.cells);
    rows.map(|(name, row)| (format!("{name}, fraction of the operations{suffix}"), format!("{:.1} %", mean(row))))
        .collect()
}

/// Formats the exponential of an entropy in nats; large ones as a power of ten.
fn power(entropy: f64) -> String {
    match entropy / std::f64::consts::LN_10 {
        decimal if decimal < 6.0 => format!("{:.0}", entropy.exp()),
        decimal => format!("1e{decimal:.0}"),
    }
}
