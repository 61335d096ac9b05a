//! How to reproduce the run: command, device and configuration; and its failed trials.

use super::findings::Findings;
use super::section as frame;
use crate::report::svg::escaped;
use crate::run::Meta;
use crate::shown::pluralized;
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Meta { command, version, device, seed, .. } = &findings.meta;
    let text = format!(
        "<p>This command started the run. With another --out it gives the same history on the same device.</p>\n<pre>{}</pre>\n\
         <p class=\"remark\">{}</p>\n<details>\n<summary>Configuration</summary>\n<pre>{}</pre>\n</details>\n{}",
        escaped(command),
        escaped(&format!("graphpnas {version}, device {device}, seed {seed}.")),
        escaped(&findings.config),
        failures(findings),
    );
    frame("repeat", "Reproduction", &text)
}

fn failures(findings: &Findings<'_>) -> String {
    let failed: Vec<_> =
        findings.trials.iter().filter_map(|trial| Some((trial.number, &trial.arch, trial.error.as_ref()?))).collect();
    if failed.is_empty() {
        return String::new();
    }
    let count = pluralized(failed.len(), "architecture without a reward", "architectures without a reward");
    let mut text = format!("<details>\n<summary>{count}</summary>\n<ul>\n");
    for (number, arch, error) in failed {
        let _ = writeln!(text, "<li>{number}: <code>{}</code>: {}</li>", escaped(arch), escaped(error));
    }
    text + "</ul>\n</details>\n"
}
