//! The best few of a search with cheap rewards, trained for longer.

use super::findings::Findings;
use super::words::percent;
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
        "The architectures that rewards and scores ranked first were trained for longer and with another seed: the highest of many \
         noisy rewards is too high, and short trainings favour networks that learn fast. The best of them was trained in the end.",
    );
    if let (Some(noise), Some(spread)) = (confirmation.noise, confirmation.spread) {
        let _ = write!(
            remark,
            " From seed to seed a reward has a standard deviation of {noise:.2} points; that of all rewards is {spread:.2}."
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
