//! The best few of a search with cheap rewards, trained again with other seeds.

use super::findings::Findings;
use super::words::percent;
use super::{scroll, section as frame};
use crate::report::svg::escaped;
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some(confirmation) = &findings.confirmation else { return String::new() };
    let mut table = String::from(
        "<table>\n<thead><tr><th>mean reward</th><th>rewards, that of the search first</th><th>architecture</th></tr></thead>\n<tbody>\n",
    );
    for finalist in &confirmation.finalists {
        let rewards: Vec<String> = finalist.rewards.iter().map(|reward| percent(*reward)).collect();
        let _ = writeln!(
            table,
            "<tr><td>{}</td><td>{}</td><td class=\"arch\"><code>{}</code></td></tr>",
            percent(finalist.mean),
            rewards.join(", "),
            escaped(&finalist.arch)
        );
    }
    table += "</tbody>\n</table>\n";
    let mut remark = String::from(
        "The architectures that rewards and scores ranked first were trained again with other seeds: the highest of many noisy rewards \
         is too high. The first of them by mean reward and scores was trained in the end.",
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
