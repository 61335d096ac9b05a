//! Accuracy against cost: every architecture a dot, and the front of those that none is both cheaper and better than.

use super::figure::{HALF, figure};
use super::findings::Findings;
use super::pareto::pareto;
use super::section as frame;
use super::words::percent;
use crate::report::plot::{Line, Note, Plot, Shape, extent, roomy, short};
use crate::report::svg::escaped;
use crate::run::{Meta, TrialRow};
use crate::shown::counted;

/// Costs whose highest is over so many times the lowest want a logarithmic axis.
const WIDE: f64 = 15.0;

/// With more dots than this they have no texts of their own.
const LABELLED: usize = 600;

/// What an architecture costs, where the ledger says so.
type Cost = fn(&TrialRow) -> Option<f64>;

/// To a thousandth: what is beyond differs from pass to pass.
fn milliseconds(seconds: f64) -> f64 {
    (1e6 * seconds).round() / 1e3
}

pub(super) fn section(findings: &Findings<'_>) -> String {
    let costs: [(&str, &str, Cost); 3] = [
        ("parameters", "parameters", |trial| trial.parameters.map(|count| count as f64)),
        ("multiply-adds", "multiply-adds for an image", |trial| trial.multiply_adds.map(|count| count as f64)),
        ("latency", "milliseconds for an image", |trial| trial.latency.map(milliseconds)),
    ];
    let of_best = findings.best_cost.map(|cost| [cost.parameters as f64, cost.multiply_adds as f64]);
    let charts: Vec<String> = costs
        .iter()
        .enumerate()
        .filter_map(|(place, (id, name, cost))| {
            let trained = of_best.and_then(|costs| costs.get(place).copied()).zip(findings.meta.best.as_ref());
            let trained = trained.map(|(cost, best)| [cost, best.reward]).filter(|[cost, _]| *cost > 0.0);
            chart(findings, id, name, *cost, trained)
        })
        .collect();
    if charts.is_empty() {
        return String::new();
    }
    let Meta { channels, cells, classes, device, input: [deep, high, wide], .. } = &findings.meta;
    let cells = counted(*cells, "cell", "cells");
    let mut remark = format!(
        "The line joins the Pareto front: no other architecture of this run is both cheaper and better than one on it. The reward is \
         the {}. Costs are exact and of the network with {channels} channels and {cells} for images {deep}x{high}x{wide} and \
         {classes} classes.",
        findings.reward_name()
    );
    if findings.meta.best.is_some() {
        remark += " The diamond is the network that was trained from scratch in the end, the result of the search; its accuracy is \
                   another measure than that of the dots, and so it is not on the front.";
    }
    if findings.trials.iter().any(|trial| trial.latency.is_some()) {
        remark += &format!(
            " Milliseconds were measured on {device}, or where the run was before it went on there: the middle one of a few passes of \
             one image alone."
        );
    }
    let text =
        format!("<div class=\"grid two\">\n{}</div>\n<p class=\"remark\">{}</p>\n", charts.concat(), escaped(&remark));
    frame("costs", "Accuracy and cost", &text)
}

/// A chart of the trials and, where it was trained in the end, of the best network: its cost and accuracy.
fn chart(findings: &Findings<'_>, id: &str, name: &str, cost: Cost, trained: Option<[f64; 2]>) -> Option<String> {
    // Of a network without parameters nothing can be drawn on a logarithmic axis, and little is to be learnt.
    let known: Vec<_> = findings
        .done()
        .filter_map(|(_, reward, trial)| Some((cost(trial).filter(|cost| *cost > 0.0)?, reward, trial)))
        .collect();
    let points: Vec<[f64; 2]> = known.iter().map(|(cost, reward, _)| [*cost, *reward]).collect();
    let front = pareto(&points);
    let (cheapest, best) = (points[*front.first()?], points[*front.last()?]);
    let most_expensive = points.iter().chain(&trained).fold(0.0_f64, |most, point| most.max(point[0]));
    let label = |(cost, reward, trial): &(f64, f64, &TrialRow)| {
        format!("{}, {} {name}\n{}", percent(*reward), short(*cost), trial.arch)
    };
    let labels = |places: &mut dyn Iterator<Item = usize>| match points.len() {
        ..=LABELLED => places.map(|place| label(&known[place])).collect(),
        _ => Vec::new(),
    };
    let on_front = || front.iter().map(|place| points[*place]).collect::<Vec<_>>();
    let others = || (0..points.len()).filter(|place| !front.contains(place));
    let lines = vec![
        Line {
            name: "other architectures".into(),
            points: others().map(|place| points[place]).collect(),
            labels: labels(&mut others()),
            // A hollow dot is a longer path.
            shape: if points.len() <= LABELLED { Shape::Rings } else { Shape::Dots },
            colour: Some(4),
            ..Line::default()
        },
        Line {
            name: "Pareto front".into(),
            points: on_front(),
            shape: Shape::Steps,
            colour: Some(0),
            ..Line::default()
        },
        Line {
            name: counted(front.len(), "architecture on it", "architectures on it"),
            points: on_front(),
            labels: labels(&mut front.iter().copied()),
            shape: Shape::Dots,
            colour: Some(0),
            ..Line::default()
        },
        Line {
            name: "the best network, trained from scratch".into(),
            points: trained.into_iter().collect(),
            labels: trained
                .iter()
                .map(|[cost, reward]| format!("{}, {} {name}", percent(*reward), short(*cost)))
                .collect(),
            shape: Shape::Diamonds,
            colour: Some(1),
            ..Line::default()
        },
    ];
    let unit = if id == "latency" { "ms" } else { id };
    let chart = Plot {
        title: format!("Reward against {name}"),
        axes: [name.to_owned(), "reward, %".into()],
        // Room for the note above the best.
        range: Some(roomy(extent(points.iter().chain(&trained).map(|point| point[1])), 0.1)),
        logarithmic: most_expensive > WIDE * cheapest[0],
        lines: lines.into_iter().filter(|line| !line.points.is_empty()).collect(),
        notes: vec![Note { at: best, text: format!("{}, {} {unit}", percent(best[1]), short(best[0])) }],
        ..Plot::default()
    };
    Some(figure(id, &chart, HALF))
}
