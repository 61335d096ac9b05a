//! The learned distribution: how likely every edge and operation is as the search goes on, how certain the generator has
//! become, and what it likes to draw in the end.

use super::figure::{HALF, figure};
use super::findings::Findings;
use super::heat::{drawing, heats, scale, width};
use super::spread::{is_spread, spread};
use super::words::{percent, probability};
use super::{scroll, section as frame};
use crate::report::plot::{Line, Plot};
use crate::report::svg::escaped;
use crate::run::DistributionRow;
use crate::search::Likely;
use crate::shown::counted;
use std::collections::HashMap;
use std::fmt::Write;

/// Moments that are shown; spaces of many nodes have large tables.
const MOMENTS: usize = 6;
const MOMENTS_LARGE: usize = 3;
const LARGE: usize = 16;

/// The least pixels of a column of tables.
const LOOK: f64 = 300.0;

const TITLE: &str = "The learned distribution";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(last) = findings.looks.last() else {
        return frame("distribution", TITLE, &format!("<p class=\"remark\">{}</p>\n", escaped(&absent(findings))));
    };
    let text = [
        format!("<p class=\"remark\">{}</p>\n{}", escaped(&told(last)), scale()),
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

fn told(last: &DistributionRow) -> String {
    format!(
        "Probabilities in percent, estimated from {} drawn after an update each time; the stronger the colour, the likelier. They \
         are of draws before the search turns away what is invalid or known.",
        counted(last.distribution.samples, "graph", "graphs")
    )
}

/// The looks at even distances, the first and the last among them.
fn moments<'a>(findings: &'a Findings<'_>) -> Vec<&'a DistributionRow> {
    let nodes = findings.space.limits().max_nodes * findings.space.parts();
    let count = if nodes > LARGE { MOMENTS_LARGE } else { MOMENTS };
    let last = findings.looks.len().saturating_sub(1);
    let mut places: Vec<usize> = (0..count).map(|place| place * last / (count - 1)).collect();
    places.dedup();
    places.iter().map(|place| &findings.looks[*place]).collect()
}

fn tables(findings: &Findings<'_>) -> String {
    let (mut figures, mut widest) = (String::new(), LOOK);
    for look in moments(findings) {
        let when = counted(findings.evaluations_before(look.round), "evaluation", "evaluations");
        let _ = writeln!(figures, "<figure class=\"look\">\n<figcaption>after {}</figcaption>", escaped(&when));
        for heat in heats(&look.distribution, findings.space) {
            let drawing = scroll(&heat.title, &drawing(&heat));
            let _ = write!(figures, "<p class=\"small\">{}</p>\n{drawing}", escaped(&heat.title));
            widest = widest.max(width(&heat).ceil());
        }
        figures.push_str("</figure>\n");
    }
    format!("<div class=\"looks\" style=\"--look:{widest}px\">\n{figures}</div>\n")
}

/// A value of every look against the evaluations before it.
fn over_time(findings: &Findings<'_>, name: &str, value: impl Fn(&DistributionRow) -> f64) -> Line {
    let point = |look: &DistributionRow| [findings.evaluations_before(look.round) as f64, value(look)];
    Line { name: name.to_owned(), points: findings.looks.iter().map(point).collect(), ..Line::default() }
}

fn entropy(findings: &Findings<'_>) -> String {
    let chart = Plot {
        title: "Entropy, estimated: the lower, the more certain the generator".into(),
        axes: ["evaluations".into(), "entropy, nats".into()],
        lines: vec![over_time(findings, "entropy", |look| look.distribution.entropy)],
        ..Plot::default()
    };
    figure("entropy", &chart, HALF)
}

fn diversity(findings: &Findings<'_>) -> String {
    let share = |count: usize, look: &DistributionRow| 100.0 * count as f64 / look.distribution.samples.max(1) as f64;
    let chart = Plot {
        title: "Diversity of draws".into(),
        axes: ["evaluations".into(), "of the draws, %".into()],
        range: Some([0.0, 103.0]),
        lines: vec![
            over_time(findings, "different graphs", |look| share(look.distribution.distinct, look)),
            over_time(findings, "architectures of the space", |look| share(look.distribution.valid, look)),
        ],
        ..Plot::default()
    };
    figure("diversity", &chart, HALF)
}

/// The likeliest of the last draws, with what they were rewarded with where they were evaluated.
fn likeliest(findings: &Findings<'_>, last: &DistributionRow) -> String {
    let rewards: HashMap<&str, f64> = findings.done().map(|(_, reward, trial)| (trial.key.as_str(), reward)).collect();
    let key = |arch: &str| findings.space.canonical(&findings.space.encode(arch).ok()?).ok();
    let mut text = String::from(
        "<table>\n<thead><tr><th>probability</th><th>drawn</th><th>reward</th>\
         <th>architecture</th></tr></thead>\n<tbody>\n",
    );
    for Likely { arch, log_probability, count } in &last.distribution.likeliest {
        let reward = arch.as_deref().and_then(key).and_then(|key| rewards.get(key.as_str()));
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{count}</td><td>{}</td><td class=\"arch\"><code>{}</code></td></tr>",
            probability(*log_probability),
            reward.map_or_else(|| "not evaluated".to_owned(), |reward| percent(*reward)),
            escaped(arch.as_deref().unwrap_or("no architecture of the space")),
        );
    }
    text += "</tbody>\n</table>\n";
    format!("<h3>Likeliest of the last draws</h3>\n{}", scroll("likeliest of the last draws", &text))
}
