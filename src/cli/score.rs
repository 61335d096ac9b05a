//! `graphpnas score`: zero-cost scores of networks, and their rank correlation with a table.

mod shared;
mod subjects;

use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::network::resolve_space;
use super::number::integer;
use super::output;
use crate::device::check_memory;
use crate::experiment::{Built, EMBEDDED, Scoring, images};
use crate::graph::Graph;
use crate::network::{Network, Size};
use crate::parallel;
use crate::score::{IMAGES, Measure, NetworkDepth, Scores, UnknownMeasure, scored_network_size};
use crate::shown::{Show, pluralized};
use crate::space::{self, BuildError, Space};
use crate::statistics::Agreement;
use serde::Serialize;
use shared::Inherited;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;
use subjects::{Subject, Truth, drawn, with_truth};

const EXAMPLES: &str = "\
Examples:
  graphpnas score nasbench201 -n 100 --table built-in --against cifar10_test_200
  graphpnas score nasbench201 -n 500 --data cifar-10-batches-bin --scores combined,macs --json
  graphpnas score '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'

A score ranks networks; its absolute value has no meaning, and a score that ranks one space well may rank another badly. With
--table each score is compared with a column of the table: Kendall's tau-b and Spearman's rho over all architectures, and tau
over the better half. From ten architectures on, bootstrap standard errors are printed. 1 means the same order, 0 no
correlation, -1 the reverse order.

Networks are scored with few channels and one cell per stage, which ranks them as well as the published size in a fraction of
the time. grad-norm and snip need the published depth and are correspondingly slower.

--shared RUN adds the accuracy and loss of each architecture with the shared weights of a search
(supernet.schedule=two-stage), on that search's held-out images.

`combined` is the sum of the log ranks by expressivity, progressivity and multiply-adds among the architectures scored
together (after AZ-NAS, Lee and Ham 2024).";

/// Score architectures without training them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Architectures as text; or a search space, to score random architectures
    #[arg(value_name = "ARCH|SPACE", required = true)]
    what: Vec<String>,
    /// Search space of the architectures [default: inferred from the first one]
    #[arg(long, value_name = "NAME")]
    space: Option<String>,
    /// Number of random architectures; with --table, drawn from the table [default: 100]
    #[arg(short = 'n', long, value_parser = integer::<usize>("--count"))]
    count: Option<usize>,
    /// Scores, separated by commas [default: combined,macs,params,expressivity,progressivity,naswot,synflow]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = measure)]
    scores: Vec<Measure>,
    /// Images: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH", default_value = EMBEDDED)]
    data: PathBuf,
    /// Resize images to this size, such as 48 or 48x64
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Number of images to score networks on
    #[arg(long, default_value_t = IMAGES, value_parser = integer::<usize>("--batch"))]
    images: usize,
    /// Number of random initialisations to average scores over
    #[arg(long, default_value_t = 1, value_parser = integer::<u64>("--repeats"))]
    repeats: u64,
    /// Table to compare the scores with: a file, or `built-in`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Column of the table [default: cifar10_test_200 for nasbench201, test108 or val108 for nasbench101]
    #[arg(long, value_name = "COLUMN", requires = "table")]
    against: Option<String>,
    /// Folder of a two-stage search with shared weights: adds accuracy and negative loss with these weights
    #[arg(long, value_name = "RUN")]
    shared: Option<PathBuf>,
    /// Channels of the first stage [default: 16]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells per stage [default: 1; for darts, cells of the network: 3; for grad-norm and snip: as published]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--cells"))]
    cells: Option<usize>,
    /// Seed of the random architectures, the images and the initial weights
    #[arg(long, default_value_t = 1, value_parser = integer::<u64>("seed"))]
    seed: u64,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

fn measure(text: &str) -> Result<Measure, UnknownMeasure> {
    text.parse()
}

/// Default number of random architectures.
const COUNT: usize = 100;

/// Default scores: those that need no gradients of the weights, and synflow.
const DEFAULT_SCORES: [Measure; 7] = [
    Measure::Combined,
    Measure::Macs,
    Measure::Params,
    Measure::Expressivity,
    Measure::Progressivity,
    Measure::Naswot,
    Measure::Synflow,
];

/// The space, and the graphs if architectures are named.
type Requested = (Arc<dyn Space>, Option<Vec<Graph>>);

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    space: String,
    device: String,
    images: usize,
    repeats: u64,
    channels: usize,
    cells: usize,
    /// Cells per stage for the measures that need the published depth.
    #[serde(rename = "cells_for_gradients", skip_serializing_if = "Option::is_none")]
    deeper: Option<usize>,
    architectures: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<String>,
    /// Number of architectures found in the table.
    #[serde(skip_serializing_if = "Option::is_none")]
    compared: Option<usize>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    agreement: BTreeMap<Measure, Option<Agreement>>,
    /// Core seconds per architecture.
    seconds_each: f64,
}

#[derive(Serialize)]
struct Row {
    arch: String,
    /// A score that is not finite, as for a network without a path from input to output, is null.
    scores: Scores,
    #[serde(skip_serializing_if = "Option::is_none")]
    truth: Option<f64>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let device = open_device(&args.device)?;
    let (space, named) = args.subjects()?;
    let table = args.table.as_deref().map(|path| Truth::open(path, &*space, args.against.as_deref())).transpose()?;
    let mut shared = args.shared.as_deref().map(|run| Inherited::open(run, &space, &device)).transpose()?;
    let subjects = match named {
        Some(graphs) => with_truth(graphs, &*space, table.as_ref())?,
        None => drawn(&*space, args.count.unwrap_or(COUNT), args.seed, table.as_ref())?,
    };
    let size = |depth| {
        let usual = scored_network_size(&*space, depth);
        Size { channels: args.channels.unwrap_or(usual.channels), cells: args.cells.unwrap_or(usual.cells) }
    };
    let data = images(&args.data, args.resize.map(HeightWidth::pair), [2000, 1000])?;
    if let Some(shared) = &shared {
        shared.note_other_images(&args.data, &data);
    }
    let weights = (0..args.repeats).map(|number| args.seed.wrapping_add(number)).collect();
    let scoring = Scoring { data: &data, images: args.images, held_out: 0.0, weights, seed: args.seed };
    let Built { scorer, task, images } = scoring.build(&device)?;
    if images < args.images {
        output::note(&format!("note: there are only {images} training images; networks are scored on all of them"));
    }
    let mut measures = if args.scores.is_empty() { DEFAULT_SCORES.to_vec() } else { args.scores.clone() };
    // Memory is checked for the deeper networks, which need more.
    let is_deep = measures.iter().any(|measure| measure.depth() == NetworkDepth::Published);
    let (shallow, deepest) =
        (size(NetworkDepth::Shallow), size(if is_deep { NetworkDepth::Published } else { NetworkDepth::Shallow }));
    let threads = parallel::cores();
    let at_once = device.threads(threads).min(subjects.len());
    for subject in subjects.iter().take(CHECKED) {
        check_size(space.network(&subject.graph, task, deepest), images, at_once)?;
    }
    let bar = output::bar(subjects.len() as u64, "{bar:30} {pos} of {len} architectures{left}");
    let start = Instant::now();
    let network = |place: usize, depth| space.network(&subjects[place].graph, task, size(depth)).ok();
    let mut scores = scorer
        .score_all(subjects.len(), threads, &measures, network, || bar.inc(1))
        .map_err(|error| CliError::Failed(error.to_string()))?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64();
    if let Some(shared) = &mut shared {
        let bar = output::bar(subjects.len() as u64, "{bar:30} {pos} of {len} architectures with shared weights{left}");
        shared.add(&subjects, &mut scores, || bar.inc(1))?;
        bar.finish_and_clear();
        measures.extend(shared::MEASURED);
    }
    let seconds_each = seconds * at_once as f64 / subjects.len().max(1) as f64;
    let answer = Answer {
        space: space.name().to_owned(),
        device: device.name().to_owned(),
        images,
        repeats: args.repeats,
        channels: shallow.channels,
        cells: shallow.cells,
        deeper: (deepest != shallow).then_some(deepest.cells),
        agreement: agreement(&subjects, &scores, &measures),
        compared: table.as_ref().map(|_| subjects.iter().filter(|subject| subject.truth.is_some()).count()),
        against: table.map(|table| table.column),
        architectures: rows(subjects, scores),
        seconds_each,
    };
    let text = if args.json { output::json(&answer)? } else { describe(&answer, &measures) };
    output::print(&text)
}

/// Number of architectures whose memory is checked before scoring.
const CHECKED: usize = 8;

/// Rejects a network size that is invalid in the space or needs too much memory for `at_once` parallel networks. A graph
/// without a network is accepted; it has no scores.
fn check_size(network: Result<Network, BuildError>, images: usize, at_once: usize) -> Result<(), CliError> {
    match network {
        Ok(network) => {
            let peak = network.plan_cost(images).map_or(u64::MAX, |plan| plan.peak);
            let weights = 8 * network.cost().parameters;
            let bytes = peak.saturating_add(weights).saturating_mul(at_once as u64);
            check_memory(bytes, &format!("scoring with {} in parallel", pluralized(at_once, "network", "networks")))
                .map_err(|error| CliError::Usage(format!("{error}; lower --channels, --cells or --images")))
        }
        Err(error @ (BuildError::Network(_) | BuildError::Layer { .. })) => Err(CliError::Usage(error.to_string())),
        Err(_) => Ok(()),
    }
}

impl Args {
    /// Returns the space, and the graphs if architectures are named.
    fn subjects(&self) -> Result<Requested, CliError> {
        if let [name] = self.what.as_slice()
            && (space::names().contains(&name.as_str()) || name.ends_with(".toml") || Path::new(name).is_file())
        {
            if self.space.as_ref().is_some_and(|space| space != name) {
                return Err(CliError::Usage(format!(
                    "--space applies only to architectures; {name} is already a space"
                )));
            }
            return Ok((space::open(name)?, None));
        }
        if self.count.is_some() {
            return Err(CliError::Usage(
                "--count applies only to random architectures of a space, but architectures are named".into(),
            ));
        }
        let first = self.what.first().map_or("", String::as_str);
        if Path::new(first).is_dir() {
            let text = "is a folder; give architectures or a space (`graphpnas show RUN` prints the best architecture of a run)";
            return Err(CliError::Usage(format!("{} {text}", Path::new(first).shown())));
        }
        let space = resolve_space(self.space.as_deref(), first)?;
        let graph = |arch: &String| {
            let wrong = |why| CliError::Usage(format!("invalid {} architecture: {why}", space.name()));
            space.encode(arch).map_err(wrong)
        };
        let graphs = self.what.iter().map(graph).collect::<Result<Vec<_>, _>>()?;
        Ok((space, Some(graphs)))
    }
}

fn agreement(subjects: &[Subject], scores: &[Scores], measures: &[Measure]) -> BTreeMap<Measure, Option<Agreement>> {
    let correlate = |measure: &Measure| {
        let pairs: Vec<(f64, f64)> = subjects
            .iter()
            .zip(scores)
            .filter_map(|(subject, scores)| Some((*scores.get(measure)?, subject.truth?)))
            .collect();
        (*measure, Agreement::of(&pairs))
    };
    if subjects.iter().all(|subject| subject.truth.is_none()) {
        return BTreeMap::new();
    }
    measures.iter().map(correlate).collect()
}

fn rows(subjects: Vec<Subject>, scores: Vec<Scores>) -> Vec<Row> {
    let row = |(Subject { arch, truth, .. }, scores)| Row { arch, scores, truth };
    subjects.into_iter().zip(scores).map(row).collect()
}

fn describe(answer: &Answer, measures: &[Measure]) -> String {
    let mut text = String::new();
    if answer.agreement.is_empty() || answer.architectures.len() <= 20 {
        for measure in measures {
            let _ = write!(text, "{:>14} ", measure.name());
        }
        if let Some(against) = &answer.against {
            let _ = write!(text, "{against:>16} ");
        }
        text.push_str(" architecture\n");
        for row in &answer.architectures {
            for measure in measures {
                let value = row.scores.get(measure).filter(|score| score.is_finite());
                let _ = write!(text, "{:>14} ", value.map_or_else(|| "-".to_owned(), |score| format!("{score:.4}")));
            }
            if answer.against.is_some() {
                let _ =
                    write!(text, "{:>16} ", row.truth.map_or_else(|| "-".to_owned(), |truth| format!("{truth:.3}")));
            }
            let _ = writeln!(text, " {}", row.arch);
        }
    }
    if let (Some(against), Some(compared)) = (&answer.against, answer.compared) {
        describe_agreement(&mut text, (answer, measures), against, compared);
    }
    let _ = writeln!(
        text,
        "images {}, initialisations {}, channels {}, cells {}{}; {:.1} core ms per architecture",
        answer.images,
        answer.repeats,
        answer.channels,
        answer.cells,
        answer.deeper.map_or_else(String::new, |cells| format!(" ({cells} for grad-norm and snip)")),
        1000.0 * answer.seconds_each
    );
    text
}

fn describe_agreement(text: &mut String, (answer, measures): (&Answer, &[Measure]), against: &str, compared: usize) {
    if compared < 2 {
        let _ = writeln!(
            text,
            "{compared} of these architectures in the table; at least 2 are needed for a rank correlation"
        );
        return;
    }
    let _ = writeln!(text, "{compared} architectures of {} against {against}", answer.space);
    let _ = writeln!(
        text,
        "{:>15}  {:>16}  {:>16}  {:>17}",
        "score", "Kendall's tau", "Spearman's rho", "tau, better half"
    );
    for measure in measures {
        let _ = match answer.agreement.get(measure).copied().flatten() {
            None => {
                let reason = format!("the score or {against} is constant or has no values");
                writeln!(text, "{:>15}  cannot be compared: {reason}", measure.name())
            }
            Some(found) => writeln!(text, "{}", agreement_line(*measure, &found)),
        };
    }
}

fn agreement_line(measure: Measure, found: &Agreement) -> String {
    let with_error = |value: f64, error: Option<f64>| {
        let error = error.map_or_else(String::new, |error| format!("+- {error:.3}"));
        format!("{value:7.3} {error:8}")
    };
    let Agreement { all, kendall_error, spearman_error, better_half, better_half_error } = found;
    let half = better_half.map_or_else(|| "-".to_owned(), |half| with_error(half.kendall, *better_half_error));
    let (kendall, spearman) = (with_error(all.kendall, *kendall_error), with_error(all.spearman, *spearman_error));
    format!("{:>15}  {kendall}  {spearman}   {}", measure.name(), half.trim_end())
}
