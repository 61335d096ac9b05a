//! The finalists of a search with proxies, trained for longer.

use super::findings::Findings;
use super::format::percent;
use super::{scroll, section as frame};
use crate::report::svg::escaped;
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(confirmation) = &findings.confirmation else { return String::new() };
    let steps = confirmation.steps;
    let mut table = format!(
        "<table>\n<thead><tr><th>after {steps} steps</th><th>reward of the search</th><th>architecture</th></tr></thead>\n<tbody>\n",
    );
    for finalist in &confirmation.finalists {
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{}</td><td class=\"arch\"><code>{}</code></td></tr>",
            finalist.longer.map_or_else(|| "training failed".to_owned(), percent),
            percent(finalist.reward),
            escaped(&finalist.arch)
        );
    }
    table += "</tbody>\n</table>\n";
    let mut remark = String::from(
        "The architectures with the best rewards and scores were trained for longer with another seed, because the \
         highest of many noisy rewards overestimates the accuracy, and short trainings favour networks that converge \
         fast. The best of them was then trained in full.",
    );
    if let (Some(noise), Some(spread)) = (confirmation.noise, confirmation.spread) {
        let _ = write!(
            remark,
            " The standard deviation of a reward between seeds is {noise:.2} points; that of all rewards is {spread:.2}."
        );
    }
    let warning = confirmation.warning().map_or_else(String::new, |text| format!(" Note: {text}."));
    let text = format!(
        "<p class=\"remark\">{}</p>\n{}",
        escaped(&(remark + &warning)),
        scroll("finalists with their rewards", &table)
    );
    frame("finalists", "Finalists", &text)
}
