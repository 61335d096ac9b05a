//! Reward against evaluations: every trial, the best so far, and how random draws do.

use super::baseline::expected_best;
use super::figure::{WHOLE, figure};
use super::findings::{Findings, TrialRewards};
use super::section as frame;
use super::words::percent;
use crate::report::plot::{Line, Note, Plot, Shape};
use crate::report::svg::escaped;
use crate::run::TrialRow;
use crate::shown::counted;

/// With more dots than this they are not told apart by pointing at them: their texts would be most of the page.
const LABELLED: usize = 600;

/// Colours of the style sheet.
const BLUE: usize = 0;
const ORANGE: usize = 1;
const PURPLE: usize = 3;
const GREY: usize = 4;

/// Generators whose own draws are random.
const RANDOM: &str = "random";

pub(super) fn section(findings: &Findings<'_>) -> String {
    let Some((at, best, _)) = findings.best_trial() else { return String::new() };
    let (baseline, told) = baseline(findings);
    let floor = floor(findings, &baseline);
    let (drawn, below): (Vec<_>, Vec<_>) = findings.done().partition(|(_, reward, _)| *reward >= floor);
    let labelled = drawn.len() <= LABELLED;
    let dots = |name: &str, explored: bool, colour: usize, shape: Shape| {
        let chosen = || drawn.iter().filter(|(_, _, trial)| trial.explored() == explored);
        Line {
            name: name.to_owned(),
            points: chosen().map(|(evaluation, reward, _)| [*evaluation as f64, *reward]).collect(),
            labels: if labelled { chosen().map(label).collect() } else { Vec::new() },
            shape,
            colour: Some(colour),
            ..Line::default()
        }
    };
    // A hollow dot is a longer path.
    let hollow = if labelled { Shape::Rings } else { Shape::Dots };
    let mut lines =
        vec![dots("the explorer's", true, GREY, hollow), dots("the generator's", false, ORANGE, Shape::Dots)];
    let (name, shape) = (format!("below the axis ({})", below.len()), Shape::Triangles);
    let points = below.iter().map(|(evaluation, ..)| [*evaluation as f64, floor]).collect();
    lines.push(Line {
        name,
        points,
        shape,
        colour: Some(7),
        labels: below.iter().map(label).collect(),
        ..Line::default()
    });
    lines.push(Line {
        name: "random draws, expected best".into(),
        points: baseline,
        shape: Shape::Dashed,
        colour: Some(PURPLE),
        ..Line::default()
    });
    lines.push(Line {
        name: "best so far".into(),
        // What is below the axis is at its edge, as the marks are.
        points: best_so_far(findings).into_iter().map(|[at, reward]| [at, reward.max(floor)]).collect(),
        shape: Shape::Steps,
        colour: Some(BLUE),
        ..Line::default()
    });
    lines.retain(|line| !line.points.is_empty());
    let high = lines.iter().flat_map(|line| &line.points).fold(best, |high, point| high.max(point[1]));
    // Room for the note above the best.
    let room = ((high - floor) * 0.1).max(0.05);
    let chart = Plot {
        title: format!("Reward, the {}, in percent; each mark is an architecture", findings.reward_name()),
        axes: ["evaluations".into(), "reward, %".into()],
        range: Some([floor - room / 2.0, high + room]),
        lines,
        notes: vec![Note { at: [at as f64, best], text: note(findings, best) }],
        ..Plot::default()
    };
    let mut told = told;
    if findings.trial_rewards == TrialRewards::Shared {
        told.push_str(" Rewards of different rounds were measured with different shared weights.");
    }
    if let Some(best) = &findings.meta.best {
        let reward = percent(best.reward);
        told.push_str(&format!(
            " The result of the search, {reward}, is not in this chart: it is the {} of the network that was trained in the end.",
            findings.meta.reward_name
        ));
    }
    let text = format!("{}<p class=\"remark\">{}</p>\n", figure("curve", &chart, WHOLE), escaped(told.trim()));
    frame("reward", "Reward against evaluations", &text)
}

/// What is written beside the best trial.
fn note(findings: &Findings<'_>, best: f64) -> String {
    format!("{} {}", percent(best), findings.trial_rewards.measured()).trim_end().to_owned()
}

fn label((evaluation, reward, trial): &(usize, f64, &TrialRow)) -> String {
    format!("evaluation {evaluation}: {}\n{}", percent(*reward), trial.arch)
}

/// The best reward so far, at its first evaluation, wherever it rises, and at the end.
fn best_so_far(findings: &Findings<'_>) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    for (evaluation, reward, _) in findings.done() {
        if points.last().is_none_or(|last| reward > last[1]) {
            points.push([evaluation as f64, reward]);
        }
    }
    let end = findings.done().last().map(|(evaluation, ..)| evaluation as f64);
    if let (Some(end), Some(last)) = (end, points.last().copied()) {
        points.push([end, last[1]]);
    }
    points
}

/// The expected best of the run's own random draws in random order, and what it is in words.
fn baseline(findings: &Findings<'_>) -> (Vec<[f64; 2]>, String) {
    let itself = findings.meta.generator == RANDOM;
    // The best of a scored pool are no random draws.
    let is_random = |trial: &TrialRow| (trial.explored() && !findings.scored_pool) || itself;
    let of = findings.done().filter(|(_, _, trial)| is_random(trial));
    let rewards: Vec<f64> = of.map(|(_, reward, _)| reward).collect();
    if rewards.len() < 2 {
        let why = "This run has no random draws to compare with: see graphpnas compare for runs of other generators.";
        return (Vec::new(), why.to_owned());
    }
    let points = expected_best(&rewards).into_iter().enumerate().map(|(place, best)| [(place + 1) as f64, best]);
    let (whose, count) = (if itself { "this run drew" } else { "the explorer drew for this run" }, rewards.len());
    let told = format!(
        "The dashed line is the expected best of the first so many of the {} that {whose}, over all orders of them; it ends where \
         these do, and says nothing of random search beyond.",
        counted(count, "architecture", "architectures")
    );
    (points.collect(), told)
}

/// The lowest reward that has its place in the chart: a few failures far below all others would press the rest together.
fn floor(findings: &Findings<'_>, baseline: &[[f64; 2]]) -> f64 {
    let mut rewards: Vec<f64> = findings.done().map(|(_, reward, _)| reward).collect();
    rewards.sort_by(f64::total_cmp);
    let lowest = rewards.first().copied().unwrap_or(0.0);
    let quartile = |share: f64| rewards.get((share * (rewards.len() - 1) as f64) as usize).copied().unwrap_or(lowest);
    let fence = quartile(0.25) - 1.5 * (quartile(0.75) - quartile(0.25));
    let lines = baseline.first().map_or(f64::INFINITY, |point| point[1]);
    fence.min(lines).max(lowest)
}
