//! Reward against evaluations: all trials, the best so far, and the baseline of random draws.

use super::baseline::expected_best;
use super::figure::{FULL, figure};
use super::findings::{Findings, TrialRewards};
use super::section as frame;
use crate::report::plot::{Line, Mark, Note, Plot};
use crate::report::svg::escaped;
use crate::run::TrialRow;
use crate::shown::pluralized;

/// Charts with more dots than this have no tooltips, which would be most of the page.
const LABELLED: usize = 600;

/// Colours of the style sheet.
const BLUE: usize = 0;
const ORANGE: usize = 1;
const PURPLE: usize = 3;
const GREY: usize = 4;

/// The generator that draws at random.
const RANDOM: &str = "random";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some((at, best, _)) = findings.best_trial() else { return String::new() };
    let (baseline, remark) = baseline(findings);
    let (goal, worst) = (findings.goal(), worst_shown(findings, &baseline));
    let (drawn, outside): (Vec<_>, Vec<_>) =
        findings.done().partition(|(_, reward, _)| !goal.is_better(worst, *reward));
    let labelled = drawn.len() <= LABELLED;
    let dots = |name: &str, explored: bool, colour: usize, shape: Mark| {
        let chosen = || drawn.iter().filter(|(_, _, trial)| trial.explored() == explored);
        Line {
            name: name.to_owned(),
            points: chosen().map(|(evaluation, reward, _)| [*evaluation as f64, *reward]).collect(),
            labels: if labelled { chosen().map(|trial| label(findings, trial)).collect() } else { Vec::new() },
            shape,
            colour: Some(colour),
            ..Line::default()
        }
    };
    // Hollow dots have longer paths, so many dots are solid.
    let hollow = if labelled { Mark::Rings } else { Mark::Dots };
    let mut lines = vec![dots("random exploration", true, GREY, hollow), dots("generator", false, ORANGE, Mark::Dots)];
    let (name, shape) = (format!("{} the axis ({})", goal.worse_side(), outside.len()), Mark::Triangles);
    let points = outside.iter().map(|(evaluation, ..)| [*evaluation as f64, worst]).collect();
    lines.push(Line {
        name,
        points,
        shape,
        colour: Some(7),
        labels: outside.iter().map(|trial| label(findings, trial)).collect(),
        ..Line::default()
    });
    lines.push(Line {
        name: "random draws, expected best".into(),
        points: baseline,
        shape: Mark::Dashed,
        colour: Some(PURPLE),
        ..Line::default()
    });
    let limited = |reward: f64| goal.turned(goal.turned(reward).max(goal.turned(worst)));
    lines.push(Line {
        name: "best so far".into(),
        // Values outside the axis are drawn at its edge, as the markers are.
        points: best_so_far(findings).into_iter().map(|[at, reward]| [at, limited(reward)]).collect(),
        shape: Mark::Steps,
        colour: Some(BLUE),
        ..Line::default()
    });
    lines.retain(|line| !line.points.is_empty());
    let shown = || lines.iter().flat_map(|line| &line.points).map(|point| point[1]).chain([best, worst]);
    let (low, high) = (shown().fold(f64::INFINITY, f64::min), shown().fold(f64::NEG_INFINITY, f64::max));
    // Space for the note above the best reward.
    let padding = padding(findings, high - low, high.abs());
    let chart = Plot {
        title: format!(
            "Reward ({}) {}; each mark is one architecture",
            findings.reward_name(),
            findings.meta.reward.in_unit()
        ),
        axes: ["evaluations".into(), findings.meta.reward.named("reward")],
        range: Some([low - padding / 2.0, high + padding]),
        lines,
        notes: vec![Note { at: [at as f64, best], text: note(findings, best) }],
        ..Plot::default()
    };
    let mut remark = remark;
    if findings.trial_rewards == TrialRewards::Shared {
        remark.push_str(" Rewards of different rounds were measured with different shared weights.");
    }
    if let Some(best) = &findings.meta.best {
        let reward = findings.shown(best.reward);
        remark.push_str(&format!(
            " The result of the search, {reward}, is not in this chart: it is the {} of the network that was trained at the end.",
            findings.meta.reward_name
        ));
    }
    let text = format!("{}<p class=\"remark\">{}</p>\n", figure("curve", &chart, FULL), escaped(remark.trim()));
    frame("reward", "Reward against evaluations", &text)
}

/// Returns the note beside the best trial.
fn note(findings: &Findings<'_>, best: f64) -> String {
    format!("{} {}", findings.shown(best), findings.trial_rewards.measured()).trim_end().to_owned()
}

fn label(findings: &Findings<'_>, (evaluation, reward, trial): &(usize, f64, &TrialRow)) -> String {
    format!("evaluation {evaluation}: {}\n{}", findings.shown(*reward), trial.arch)
}

/// Returns the best reward so far: at the first evaluation, at every improvement, and at the end.
fn best_so_far(findings: &Findings<'_>) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    for (evaluation, reward, _) in findings.done() {
        if points.last().is_none_or(|last| findings.goal().is_better(reward, last[1])) {
            points.push([evaluation as f64, reward]);
        }
    }
    let end = findings.done().last().map(|(evaluation, ..)| evaluation as f64);
    if let (Some(end), Some(last)) = (end, points.last().copied()) {
        points.push([end, last[1]]);
    }
    points
}

/// Returns the expected best of the run's random draws in random order, and a description of this baseline.
fn baseline(findings: &Findings<'_>) -> (Vec<[f64; 2]>, String) {
    let is_random_search = findings.meta.generator == RANDOM;
    // Architectures selected from a scored pool are not random draws.
    let is_random = |trial: &TrialRow| (trial.explored() && !findings.scored_pool) || is_random_search;
    let random = findings.done().filter(|(_, _, trial)| is_random(trial));
    let goal = findings.goal();
    let rewards: Vec<f64> = random.map(|(_, reward, _)| goal.turned(reward)).collect();
    if rewards.len() < 2 {
        let remark = "This run has no random draws to compare with; compare it with other runs by graphpnas compare.";
        return (Vec::new(), remark.to_owned());
    }
    let points =
        expected_best(&rewards).into_iter().enumerate().map(|(index, best)| [(index + 1) as f64, goal.turned(best)]);
    let (source, count) =
        (if is_random_search { "this run" } else { "the random exploration of this run" }, rewards.len());
    let remark = format!(
        "The dashed line is the expected best reward of random search after each number of evaluations: the mean over \
         all orders of the {} that {source} drew. It ends at their number and does not extrapolate.",
        pluralized(count, "architecture", "architectures")
    );
    (points.collect(), remark)
}

/// Smallest space above and below percentages in a chart, in percentage points; for equal rewards of another unit relative
/// to their size.
const LEAST_PADDING: f64 = 0.05;

/// Returns the space above the rewards of a chart, whose values differ by `span` and are as large as `size`.
fn padding(findings: &Findings<'_>, span: f64, size: f64) -> f64 {
    let least = match findings.meta.reward.is_percent() {
        true => LEAST_PADDING,
        false if span == 0.0 => LEAST_PADDING * size.max(1.0),
        false => 0.0,
    };
    (span * 0.1).max(least)
}

/// Returns the worst reward on the vertical axis. It excludes outliers far from the others, which would compress the
/// rest.
fn worst_shown(findings: &Findings<'_>, baseline: &[[f64; 2]]) -> f64 {
    let goal = findings.goal();
    let mut rewards: Vec<f64> = findings.done().map(|(_, reward, _)| goal.turned(reward)).collect();
    rewards.sort_by(f64::total_cmp);
    let lowest = rewards.first().copied().unwrap_or(0.0);
    let quantile =
        |fraction: f64| rewards.get((fraction * (rewards.len() - 1) as f64) as usize).copied().unwrap_or(lowest);
    let fence = quantile(0.25) - 1.5 * (quantile(0.75) - quantile(0.25));
    let lines = baseline.first().map_or(f64::INFINITY, |point| goal.turned(point[1]));
    goal.turned(fence.min(lines).max(lowest))
}
