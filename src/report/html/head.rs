//! The head of the page: the result in one sentence, and key figures.

use super::findings::{Findings, TrialRewards};
use super::format::{ordinal, seconds};
use crate::report::svg::escaped;
use crate::run::Meta;
use crate::shown::pluralized;
use std::fmt::Write;

pub(super) fn section(findings: &Findings<'_>) -> String {
    let meta = &findings.meta;
    format!(
        "<header>\n<p class=\"kicker\">graphpnas search report</p>\n<h1>{}</h1>\n<p class=\"sentence\">{}</p>\n{}</header>\n",
        escaped(&format!("{} on {}", findings.space.name(), meta.dataset)),
        escaped(&sentence(findings)),
        figures(findings),
    )
}

/// Returns the result in one sentence, or why there is none.
fn sentence(findings: &Findings<'_>) -> String {
    let Meta { evaluations, test_name, .. } = &findings.meta;
    let space = findings.space.name();
    let count = findings.done().count();
    let Some(best) = findings.winner() else {
        let failed = findings.trials.iter().filter(|trial| trial.error.is_some()).count();
        let reason = match failed {
            0 => "it has not evaluated any architecture yet".to_owned(),
            _ => format!("{} got no reward", pluralized(failed, "architecture", "architectures")),
        };
        return format!("The search in {space} has no result yet: {reason}.");
    };
    let test = best.test.map_or_else(String::new, |test| format!(" and {} {test_name}", findings.shown(test)));
    let what = format!("{} {}{test}", findings.shown(best.reward), findings.winner_name());
    let time = seconds(findings.seconds().total);
    let remark = match count < *evaluations {
        true => format!(" The budget was {evaluations} evaluations; {}.", status(&findings.meta.status)),
        false => String::new(),
    };
    format!("{} The search took {time}.{remark}", found(findings, &what))
}

/// Describes which architecture is the best, and how it was found.
fn found(findings: &Findings<'_>, what: &str) -> String {
    let (Meta { generator, .. }, space) = (&findings.meta, findings.space.name());
    let evaluated = pluralized(findings.done().count(), "architecture", "architectures");
    match (findings.meta.best.is_some(), findings.best_trial()) {
        (true, _) if findings.trial_rewards == TrialRewards::Proxies => format!(
            "The best network, trained from scratch, has {what}. It ranked first among the finalists of \
             {evaluated} of {space}, which were evaluated with proxies: cheaper networks on smaller images."
        ),
        (true, _) => format!(
            "The best network, trained from scratch, has {what}. The generator {generator} drew it after {evaluated} \
             of {space} had been evaluated {}.",
            findings.trial_rewards.measured()
        ),
        (false, Some((evaluation, ..))) => {
            let nth = ordinal(evaluation);
            let remark = match findings.trial_rewards {
                TrialRewards::Complete => "",
                _ => " No network has been trained from scratch yet.",
            };
            format!(
                "The best of {evaluated} of {space} in this search with the generator {generator} has {what}; it was \
                 the {nth} evaluation.{remark}"
            )
        }
        _ => format!("The best of {evaluated} of {space} has {what}."),
    }
}

fn status(status: &str) -> &str {
    match status {
        "finished" => "no further new architecture was found",
        "stopped" => "the search was stopped and can be resumed",
        "failed" => "the search failed and can be resumed",
        _ => "the search is still running, or was killed and can be resumed",
    }
}

fn figures(findings: &Findings<'_>) -> String {
    let meta = &findings.meta;
    let mut all = Vec::new();
    if let Some(best) = findings.winner() {
        all.push((findings.shown(best.reward), findings.winner_name().to_owned()));
        all.extend(best.test.map(|test| (findings.shown(test), meta.test_name.clone())));
        if let (Some(_), Some((evaluation, reward, _))) = (&meta.best, findings.best_trial()) {
            let nth = ordinal(evaluation);
            all.push((
                findings.shown(reward),
                format!("the highest {}, in the {nth} evaluation", findings.reward_name()),
            ));
        }
        if let Some(optimum) = meta.optimum {
            let reward = &meta.reward;
            let gap = reward.goal.turned(optimum) - reward.goal.turned(best.reward);
            let gap = if gap > 0.0 { reward.number(gap) } else { "0".to_owned() };
            let unit = if reward.is_percent() { "percentage points" } else { &reward.unit };
            let what = format!("{unit} {} the optimum, {}", reward.goal.worse_side(), reward.shown(optimum));
            all.push((gap, what.trim_start().to_owned()));
        }
    }
    all.push((format!("{} of {}", findings.done().count(), meta.evaluations), "architectures evaluated".into()));
    all.push((seconds(findings.seconds().total), format!("on {}", meta.device)));
    let mut text = String::from("<dl class=\"tiles\">\n");
    for (value, name) in all {
        let _ = writeln!(text, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(&name), escaped(&value));
    }
    text + "</dl>\n"
}
