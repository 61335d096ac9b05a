//! Rewards against costs: all architectures, and the Pareto front.

use super::figure::{HALF, figure};
use super::findings::Findings;
use super::pareto::pareto;
use super::section as frame;
use crate::report::plot::{Line, Mark, Note, Plot, extent, padded, short};
use crate::report::svg::escaped;
use crate::run::{Meta, TrialRow};
use crate::shown::pluralized;

/// Ratio of the highest to the lowest cost above which the axis is logarithmic.
const WIDE: f64 = 15.0;

/// Charts with more dots than this have no tooltips.
const LABELLED: usize = 600;

/// Returns a cost of an architecture, if the ledger contains it.
type Cost = fn(&TrialRow) -> Option<f64>;

/// Rounds to thousandths; further digits vary between measurements.
fn milliseconds(seconds: f64) -> f64 {
    (1e6 * seconds).round() / 1e3
}

pub(super) fn section(findings: &Findings<'_>) -> String {
    let costs: [(&str, &str, Cost); 3] = [
        ("parameters", "parameters", |trial| trial.parameters.map(|count| count as f64)),
        ("multiply-adds", "multiply-adds for an image", |trial| trial.multiply_adds.map(|count| count as f64)),
        ("latency", "milliseconds for an image", |trial| trial.latency.map(milliseconds)),
    ];
    let best_costs = findings.best_cost.map(|cost| [cost.parameters as f64, cost.multiply_adds as f64]);
    let charts: Vec<String> = costs
        .iter()
        .enumerate()
        .filter_map(|(index, (id, name, cost))| {
            let trained = best_costs.and_then(|costs| costs.get(index).copied()).zip(findings.meta.best.as_ref());
            let trained = trained.map(|(cost, best)| [cost, best.reward]).filter(|[cost, _]| *cost > 0.0);
            chart(findings, id, name, *cost, trained)
        })
        .collect();
    if charts.is_empty() {
        return String::new();
    }
    let Meta { channels, cells, classes, device, input: [deep, high, wide], .. } = &findings.meta;
    let cells = pluralized(*cells, "cell", "cells");
    let mut remark = format!(
        "The line is the Pareto front: no other architecture of this run is both cheaper and better. The reward is \
         the {}. Costs are exact, for networks with {channels} channels and {cells} for images {deep}x{high}x{wide} \
         and {classes} classes.",
        findings.reward_name()
    );
    if findings.meta.best.is_some() {
        remark += " The diamond is the network that was trained from scratch at the end, the result of the search. Its \
                   accuracy is not comparable with those of the dots, so it is not part of the front.";
    }
    if findings.trials.iter().any(|trial| trial.latency.is_some()) {
        remark += &format!(
            " Milliseconds were measured on {device}, or on the previous device if the run was resumed on another one: \
             the median of a few forward passes of a single image."
        );
    }
    let text =
        format!("<div class=\"grid two\">\n{}</div>\n<p class=\"remark\">{}</p>\n", charts.concat(), escaped(&remark));
    let title = if findings.meta.reward.is_accuracy() { "Accuracy and cost" } else { "Reward and cost" };
    frame("costs", title, &text)
}

/// Draws a chart of the trials and of the best network, if that was trained from scratch at the end, by cost and
/// reward.
fn chart(findings: &Findings<'_>, id: &str, name: &str, cost: Cost, trained: Option<[f64; 2]>) -> Option<String> {
    // Networks without parameters are omitted, since a logarithmic axis has no zero.
    let known: Vec<_> = findings
        .done()
        .filter_map(|(_, reward, trial)| Some((cost(trial).filter(|cost| *cost > 0.0)?, reward, trial)))
        .collect();
    let points: Vec<[f64; 2]> = known.iter().map(|(cost, reward, _)| [*cost, *reward]).collect();
    let goal = findings.goal();
    let front = pareto(&points.iter().map(|[cost, reward]| [*cost, goal.turned(*reward)]).collect::<Vec<_>>());
    let (cheapest, best) = (points[*front.first()?], points[*front.last()?]);
    let most_expensive = points.iter().chain(&trained).fold(0.0_f64, |most, point| most.max(point[0]));
    let label = |(cost, reward, trial): &(f64, f64, &TrialRow)| {
        format!("{}, {} {name}\n{}", findings.shown(*reward), short(*cost), trial.arch)
    };
    let labels = |indices: &mut dyn Iterator<Item = usize>| match points.len() {
        ..=LABELLED => indices.map(|index| label(&known[index])).collect(),
        _ => Vec::new(),
    };
    let on_front = || front.iter().map(|index| points[*index]).collect::<Vec<_>>();
    let others = || (0..points.len()).filter(|index| !front.contains(index));
    let lines = vec![
        Line {
            name: "other architectures".into(),
            points: others().map(|index| points[index]).collect(),
            labels: labels(&mut others()),
            // Hollow dots have longer paths, so many dots are solid.
            shape: if points.len() <= LABELLED { Mark::Rings } else { Mark::Dots },
            colour: Some(4),
            ..Line::default()
        },
        Line {
            name: "Pareto front".into(),
            points: on_front(),
            shape: Mark::Steps,
            colour: Some(0),
            ..Line::default()
        },
        Line {
            name: pluralized(front.len(), "architecture on the front", "architectures on the front"),
            points: on_front(),
            labels: labels(&mut front.iter().copied()),
            shape: Mark::Dots,
            colour: Some(0),
            ..Line::default()
        },
        Line {
            name: "the best network, trained from scratch".into(),
            points: trained.into_iter().collect(),
            labels: trained
                .iter()
                .map(|[cost, reward]| format!("{}, {} {name}", findings.shown(*reward), short(*cost)))
                .collect(),
            shape: Mark::Diamonds,
            colour: Some(1),
            ..Line::default()
        },
    ];
    let unit = if id == "latency" { "ms" } else { id };
    let chart = Plot {
        title: format!("Reward against {name}"),
        axes: [name.to_owned(), findings.meta.reward.named("reward")],
        // Space for the note above the best reward.
        range: Some(padded(extent(points.iter().chain(&trained).map(|point| point[1])), 0.1)),
        logarithmic: most_expensive > WIDE * cheapest[0],
        lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
        notes: vec![Note { at: best, text: format!("{}, {} {unit}", findings.shown(best[1]), short(best[0])) }],
        ..Plot::default()
    };
    Some(figure(id, &chart, HALF))
}
