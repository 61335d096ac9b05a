//! A distribution of which every draw is another graph: there the likeliest of the draws mean nothing, but means over the draws do.

use super::findings::Findings;
use super::heat::{Heat, heats};
use super::scroll;
use super::words::probability;
use crate::report::svg::escaped;
use crate::run::DistributionRow;
use crate::search::Distribution;
use crate::shown::counted;
use std::fmt::Write;

/// A list of the likeliest is given unless the likeliest draw would be expected less often than this among as many draws.
const SELDOM: f64 = 0.01;

/// Edges whose probability is this near to 0 or 1 are decided.
const DECIDED: f64 = 0.05;

/// Whether all draws differ and each is so unlikely that another set of draws would have none of them.
pub(super) fn is_spread(distribution: &Distribution) -> bool {
    let highest = distribution.likeliest.iter().map(|one| one.log_probability).fold(f64::NEG_INFINITY, f64::max);
    let samples = distribution.samples as f64;
    distribution.distinct == distribution.samples && highest + samples.ln() < SELDOM.ln()
}

/// What changed from the first look at the generator to the last, in means over the draws.
pub(super) fn spread(findings: &Findings<'_>, last: &DistributionRow) -> String {
    let first = findings.looks.first().unwrap_or(last);
    let highest = last.distribution.likeliest.first().map_or(f64::NEG_INFINITY, |one| one.log_probability);
    let told = format!(
        "All of the last {} differ, and the likeliest of them has the probability {}, so a list of the likeliest would say \
         nothing. An entropy of {:.0} nats is that of {} equally likely graphs. These means over the draws show what the generator \
         has learned:",
        counted(last.distribution.samples, "graph", "graphs"),
        probability(highest),
        last.distribution.entropy,
        power(last.distribution.entropy),
    );
    let when = |look: &DistributionRow| counted(findings.evaluations_before(look.round), "evaluation", "evaluations");
    let mut table = format!(
        "<table class=\"plain\">\n<thead><tr><th>mean over the draws</th><th class=\"number\">after {}</th>\
         <th class=\"number\">after {}</th></tr></thead>\n<tbody>\n",
        escaped(&when(first)),
        escaped(&when(last))
    );
    let tables = |look: &DistributionRow| heats(&look.distribution, findings.space);
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
    let (told, table) = (escaped(&told), scroll("means over the draws", &table));
    format!("<h3>What the draws have in common</h3>\n<p class=\"remark\">{told}</p>\n{table}")
}

/// The figures of a table: of edges their number and how many are decided, of operations how often each is drawn.
fn means(heat: &Heat) -> Vec<(String, String)> {
    let known = |row: &Vec<Option<f64>>| row.iter().flatten().copied().collect::<Vec<f64>>();
    let of = heat.title.split_once(", ").map_or_else(String::new, |(_, part)| format!(", {part}"));
    if heat.title.starts_with("edge") {
        let all: Vec<f64> = heat.cells.iter().flat_map(known).collect();
        let decided = all.iter().filter(|share| !(DECIDED..=1.0 - DECIDED).contains(*share)).count();
        return vec![
            (format!("edges of {} possible{of}", all.len()), format!("{:.1}", all.iter().sum::<f64>())),
            (format!("edges drawn almost always or almost never{of}"), decided.to_string()),
        ];
    }
    let share = |row: &Vec<Option<f64>>| {
        let row = known(row);
        100.0 * row.iter().sum::<f64>() / row.len().max(1) as f64
    };
    let rows = heat.rows.iter().zip(&heat.cells);
    rows.map(|(name, row)| (format!("{name}, share of the operations{of}"), format!("{:.1} %", share(row)))).collect()
}

/// The exponential of an entropy in nats, as a power of ten where it is large.
fn power(entropy: f64) -> String {
    match entropy / std::f64::consts::LN_10 {
        decimal if decimal < 6.0 => format!("{:.0}", entropy.exp()),
        decimal => format!("1e{decimal:.0}"),
    }
}
