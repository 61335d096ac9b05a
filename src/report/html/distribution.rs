//! The learned distribution: probabilities of edges and operations during the search, entropy, diversity, and the
//! likeliest of the last draws.

use super::figure::{HALF, figure};
use super::findings::Findings;
use super::format::probability;
use super::heat::{drawing, probability_tables, scale, width};
use super::spread::{is_spread, spread};
use super::{scroll, section as frame};
use crate::report::plot::{Line, Plot};
use crate::report::svg::escaped;
use crate::run::DistributionRow;
use crate::search::Likely;
use crate::shown::pluralized;
use std::collections::HashMap;
use std::fmt::Write;

/// Number of recorded distributions that are shown; fewer for spaces with more nodes than `LARGE`, which have large
/// tables.
const SHOWN: usize = 6;
const SHOWN_LARGE: usize = 3;
const LARGE: usize = 16;

/// Minimum width of a column of tables, in pixels.
const MIN_WIDTH: f64 = 300.0;

const TITLE: &str = "The learned distribution";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(last) = findings.distributions.last() else {
        return frame("distribution", TITLE, &format!("<p class=\"remark\">{}</p>\n", escaped(&absent(findings))));
    };
    let text = [
        format!("<p class=\"remark\">{}</p>\n{}", escaped(&remark(last)), scale()),
        tables(findings),
        format!("<div class=\"grid two\">\n{}{}</div>\n", entropy(findings), diversity(findings)),
        if is_spread(&last.distribution) { spread(findings, last) } else { likeliest(findings, last) },
    ];
    frame("distribution", TITLE, &text.concat())
}

fn absent(findings: &Findings<'_>) -> String {
    let generator = &findings.meta.generator;
    match findings.learns {
        false => format!("The generator {generator} learns no distribution, so there is none to show."),
        true => "The generator was not updated yet, so there is no distribution to show.".to_owned(),
    }
}

fn remark(last: &DistributionRow) -> String {
    format!(
        "Probabilities in percent, each time estimated from {} drawn after an update; a stronger colour means a higher \
         probability. The draws include those that the search would reject as invalid or already evaluated.",
        pluralized(last.distribution.samples, "graph", "graphs")
    )
}

/// Selects distributions at even distances, including the first and the last.
fn selected<'a>(findings: &'a Findings<'_>) -> Vec<&'a DistributionRow> {
    let nodes = findings.space.max_nodes();
    let count = if nodes > LARGE { SHOWN_LARGE } else { SHOWN };
    let last = findings.distributions.len().saturating_sub(1);
    let mut indices: Vec<usize> = (0..count).map(|number| number * last / (count - 1)).collect();
    indices.dedup();
    indices.iter().map(|index| &findings.distributions[*index]).collect()
}

fn tables(findings: &Findings<'_>) -> String {
    let (mut figures, mut widest) = (String::new(), MIN_WIDTH);
    for row in selected(findings) {
        let time = pluralized(findings.evaluations_before(row.round), "evaluation", "evaluations");
        let _ = writeln!(figures, "<figure class=\"look\">\n<figcaption>after {}</figcaption>", escaped(&time));
        for heat in probability_tables(&row.distribution, findings.space) {
            let drawing = scroll(&heat.title, &drawing(&heat));
            let _ = write!(figures, "<p class=\"small\">{}</p>\n{drawing}", escaped(&heat.title));
            widest = widest.max(width(&heat).ceil());
        }
        figures.push_str("</figure>\n");
    }
    format!("<div class=\"snapshots\" style=\"--snapshot:{widest}px\">\n{figures}</div>\n")
}

/// Returns a value of every recorded distribution against the evaluations before it.
fn over_time(findings: &Findings<'_>, name: &str, value: impl Fn(&DistributionRow) -> f64) -> Line {
    let point = |row: &DistributionRow| [findings.evaluations_before(row.round) as f64, value(row)];
    Line { name: name.to_owned(), points: findings.distributions.iter().map(point).collect(), ..Line::default() }
}

fn entropy(findings: &Findings<'_>) -> String {
    let chart = Plot {
        title: "Estimated entropy; the lower, the more certain the generator".into(),
        axes: ["evaluations".into(), "entropy, nats".into()],
        lines: vec![over_time(findings, "entropy", |row| row.distribution.entropy)],
        ..Plot::default()
    };
    figure("entropy", &chart, HALF)
}

fn diversity(findings: &Findings<'_>) -> String {
    let percentage =
        |count: usize, row: &DistributionRow| 100.0 * count as f64 / row.distribution.samples.max(1) as f64;
    let chart = Plot {
        title: "Diversity of draws".into(),
        axes: ["evaluations".into(), "fraction of the draws, %".into()],
        range: Some([0.0, 103.0]),
        lines: vec![
            over_time(findings, "distinct graphs", |row| percentage(row.distribution.distinct, row)),
            over_time(findings, "valid architectures", |row| percentage(row.distribution.valid, row)),
        ],
        ..Plot::default()
    };
    figure("diversity", &chart, HALF)
}

/// Lists the likeliest of the last draws, with their rewards if they were evaluated.
fn likeliest(findings: &Findings<'_>, last: &DistributionRow) -> String {
    let rewards: HashMap<&str, f64> = findings.done().map(|(_, reward, trial)| (trial.key.as_str(), reward)).collect();
    let key = |arch: &str| findings.space.canonical(&findings.space.encode(arch).ok()?).ok();
    let mut text = String::from(
        "<table>\n<thead><tr><th>probability</th><th>times drawn</th><th>reward</th>\
         <th>architecture</th></tr></thead>\n<tbody>\n",
    );
    for Likely { arch, log_probability, count } in &last.distribution.likeliest {
        let reward = arch.as_deref().and_then(key).and_then(|key| rewards.get(key.as_str()));
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{count}</td><td>{}</td><td class=\"arch\"><code>{}</code></td></tr>",
            probability(*log_probability),
            reward.map_or_else(|| "not evaluated".to_owned(), |reward| findings.shown(*reward)),
            escaped(arch.as_deref().unwrap_or("not an architecture of the space")),
        );
    }
    text += "</tbody>\n</table>\n";
    format!("<h3>Likeliest of the last draws</h3>\n{}", scroll("likeliest of the last draws", &text))
}
