//! `graphpnas score`: scores of networks without training, and how well they order a table.

use super::build::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::network::space_of;
use super::number::whole;
use super::output;
use super::rewards::{BUILT_IN, EMBEDDED, failed, images};
use crate::child::{Size, build};
use crate::data::{LoaderOptions, Order};
use crate::evaluate::{self, BuiltIn, Sheet};
use crate::graph::Graph;
use crate::score::{Measure, Scorer, Scores, UnknownMeasure, scored_size};
use crate::shown::Show;
use crate::space::{self, Explorer, Space};
use crate::statistics::Agreement;
use crate::train::{Parts, Recipe};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::collections::{BTreeMap, HashSet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

const EXAMPLES: &str = "\
Examples:
  graphpnas score nasbench201 -n 100 --table built-in --against cifar10_test_200
  graphpnas score nasbench201 -n 500 --data cifar-10-batches-bin --scores combined,macs --json
  graphpnas score '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'

A score orders networks; its value means nothing by itself, and one that orders one space well may order another wrongly. With
--table each score is compared with a column of the table: Kendall's tau-b and Spearman's rho over all architectures, and tau
over the better half of them, with standard errors by the bootstrap. 1 is the same order, 0 none, -1 the opposite.

Networks are scored narrow and shallow, with one cell a stage: they are ordered as well as the published ones in a fraction of the time.

`combined` is the sum of the logarithms of the ranks by expressivity, progressivity and multiply-adds among the architectures
that are scored together (after AZ-NAS, Lee and Ham 2024).";

/// Score architectures without training them
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Architectures, as their space writes them; or a space, of which random ones are drawn
    #[arg(value_name = "ARCH|SPACE", required = true)]
    what: Vec<String>,
    /// Search space of the architectures [default: the one whose text the first is]
    #[arg(long, value_name = "NAME")]
    space: Option<String>,
    /// Random architectures of the space; with --table, of those that it has
    #[arg(short = 'n', long, default_value_t = 100, value_parser = whole::<usize>("--count"))]
    count: usize,
    /// Scores, separated by commas [default: combined,macs,params,expressivity,progressivity,naswot,synflow]
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = measure)]
    scores: Vec<Measure>,
    /// Images: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH", default_value = EMBEDDED)]
    data: PathBuf,
    /// Height and width of the network's input, where image files have different sizes
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Images that networks are scored on
    #[arg(long, default_value_t = 8, value_parser = whole::<usize>("--batch"))]
    images: usize,
    /// First weights that scores are averaged over
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>("--repeats"))]
    repeats: u64,
    /// Table to compare the scores with: a file, or `built-in`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Column of the table [default: cifar10_test_200 of nasbench201, test108 or val108 of nasbench101]
    #[arg(long, value_name = "COLUMN", requires = "table")]
    against: Option<String>,
    /// Channels of the first stage [default: 16]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells of a stage [default: 1; for darts, where it is cells of the network, 3]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("--cells"))]
    cells: Option<usize>,
    /// Seed of the drawn architectures, the images and the first weights
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>("seed"))]
    seed: u64,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

fn measure(text: &str) -> Result<Measure, UnknownMeasure> {
    text.parse()
}

/// What is measured where nothing is named: all that need no gradients by the weights, and the flow.
const USUAL: [Measure; 7] = [
    Measure::Combined,
    Measure::Macs,
    Measure::Params,
    Measure::Expressivity,
    Measure::Progressivity,
    Measure::Naswot,
    Measure::Synflow,
];

/// The space, and the graphs where architectures are named.
type Asked = (Arc<dyn Space>, Option<Vec<Graph>>);

/// An architecture to score.
struct Subject {
    graph: Graph,
    arch: String,
    /// What the table says of it.
    truth: Option<f64>,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    space: &'static str,
    device: String,
    images: usize,
    repeats: u64,
    channels: usize,
    cells: usize,
    architectures: Vec<Row>,
    #[serde(skip_serializing_if = "Option::is_none")]
    against: Option<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    agreement: BTreeMap<Measure, Option<Agreement>>,
    /// Seconds of one core an architecture.
    seconds_each: f64,
}

#[derive(Serialize)]
struct Row {
    arch: String,
    /// A score that is no number, as of a network that no path leads through, is null.
    scores: Scores,
    #[serde(skip_serializing_if = "Option::is_none")]
    truth: Option<f64>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let device = open_device(&args.device)?;
    let (space, named) = args.subjects()?;
    let table = args.table.as_deref().map(|path| Truth::open(path, &*space, args.against.as_deref())).transpose()?;
    let subjects = match named {
        Some(graphs) => with_truth(graphs, &*space, table.as_ref())?,
        None => drawn(&*space, args.count, args.seed, table.as_ref())?,
    };
    let usual = scored_size(space.name());
    let size = Size { channels: args.channels.unwrap_or(usual.channels), cells: args.cells.unwrap_or(usual.cells) };
    let data = images(&args.data, args.resize.map(HeightWidth::pair), [2000, 1000])?;
    let parts =
        Parts::new(&data, &Recipe { batch: 1, ..Recipe::default() }, 0.0, args.seed, args.seed).map_err(failed)?;
    let batch = args.images.min(parts.train.images());
    let options = |options| LoaderOptions { batch, order: Order::Shuffled, augment: Default::default(), ..options };
    let batch = parts.train.with(options).and_then(|loader| loader.batch(0, 0));
    let batch = batch.map_err(|error| CliError::Failed(error.to_string()))?;
    let seeds: Vec<u64> = (0..args.repeats).map(|number| args.seed.wrapping_add(number)).collect();
    let scorer = Scorer::new(&batch, seeds, &device);
    let measures = if args.scores.is_empty() { &USUAL[..] } else { &args.scores[..] };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let bar = output::bar(subjects.len() as u64, "{bar:30} {pos} of {len} architectures{left}");
    let start = Instant::now();
    let network = |place: usize| build(space.name(), &subjects[place].graph, parts.task, size, 0.0).ok();
    let scores = scorer
        .score_all(subjects.len(), threads, measures, network, || bar.inc(1))
        .map_err(|error| CliError::Failed(error.to_string()))?;
    bar.finish_and_clear();
    let seconds = start.elapsed().as_secs_f64() * threads.min(subjects.len()) as f64 / subjects.len().max(1) as f64;
    let answer = Answer {
        space: space.name(),
        device: device.name().to_owned(),
        images: batch.len(),
        repeats: args.repeats,
        channels: size.channels,
        cells: size.cells,
        agreement: agreement(&subjects, &scores, measures),
        against: table.map(|table| table.column),
        architectures: rows(subjects, scores),
        seconds_each: seconds,
    };
    let text = if args.json { output::json(&answer)? } else { describe(&answer, measures) };
    output::print(&text)
}

impl Args {
    /// The space, and the graphs where architectures are named.
    fn subjects(&self) -> Result<Asked, CliError> {
        if let [name] = self.what.as_slice()
            && space::NAMES.contains(&name.as_str())
        {
            return Ok((space::by_name(name)?, None));
        }
        let first = self.what.first().map_or("", String::as_str);
        let space = space_of(self.space.as_deref(), first)?;
        let graph = |arch: &String| {
            let wrong = |why| CliError::Usage(format!("this is no {} architecture: {why}", space.name()));
            space.encode(arch).map_err(wrong)
        };
        let graphs = self.what.iter().map(graph).collect::<Result<Vec<_>, _>>()?;
        Ok((space, Some(graphs)))
    }
}

/// The column of a table that scores are compared with.
struct Truth {
    sheet: Sheet,
    column: String,
    path: PathBuf,
}

impl Truth {
    fn open(path: &Path, space: &dyn Space, column: Option<&str>) -> Result<Self, CliError> {
        let sheet = match BuiltIn::of(space.name()) {
            Some(built_in) if path == Path::new(BUILT_IN) => built_in.sheet()?,
            _ => evaluate::read(path, space.name(), &mut |_, _| {})?,
        };
        let names: Vec<&str> = sheet.columns().iter().map(|column| column.name.as_str()).collect();
        let usual = ["cifar10_test_200", "test108", "val108"];
        let wanted = column.or_else(|| usual.into_iter().find(|name| names.contains(name))).unwrap_or_default();
        if !names.contains(&wanted) {
            let known = names.join(", ");
            return Err(CliError::Usage(format!("--against must be a column of {}: {known}", path.shown())));
        }
        Ok(Self { column: wanted.to_owned(), sheet, path: path.to_owned() })
    }

    fn of(&self, key: &str) -> Option<f64> {
        let row = self.sheet.row(key)?;
        row.into_iter().find(|(name, _)| *name == self.column).map(|(_, value)| value)
    }
}

fn with_truth(graphs: Vec<Graph>, space: &dyn Space, table: Option<&Truth>) -> Result<Vec<Subject>, CliError> {
    let wrong = |error: space::InvalidGraph| CliError::Usage(error.to_string());
    let subject = |graph: Graph| {
        let (arch, key) = (space.decode(&graph).map_err(wrong)?, space.canonical(&graph).map_err(wrong)?);
        Ok(Subject { truth: table.and_then(|table| table.of(&key)), arch, graph })
    };
    graphs.into_iter().map(subject).collect()
}

/// Uniform draws for each architecture wanted, after which the table is taken to hold no more.
const DRAWS: usize = 1000;

/// Distinct random architectures; with a table, of those that it has.
fn drawn(space: &dyn Space, count: usize, seed: u64, table: Option<&Truth>) -> Result<Vec<Subject>, CliError> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let (mut subjects, mut known) = (Vec::new(), HashSet::new());
    for _ in 0..count.saturating_mul(DRAWS) {
        if subjects.len() >= count {
            break;
        }
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        let (Ok(arch), Ok(key)) = (space.decode(&graph), space.canonical(&graph)) else { continue };
        let truth = table.and_then(|table| table.of(&key));
        if (truth.is_some() || table.is_none()) && known.insert(key) {
            subjects.push(Subject { graph, arch, truth });
        }
    }
    match (subjects.len(), table) {
        (0, Some(table)) => {
            Err(CliError::Failed(format!("no random architecture is in the table {}", table.path.shown())))
        }
        (found, _) if found < count => {
            output::note(&format!("note: {found} of {count} architectures were found"));
            Ok(subjects)
        }
        _ => Ok(subjects),
    }
}

fn agreement(subjects: &[Subject], scores: &[Scores], measures: &[Measure]) -> BTreeMap<Measure, Option<Agreement>> {
    let of = |measure: &Measure| {
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
    measures.iter().map(of).collect()
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
        text.push_str(" architecture\n");
        for row in &answer.architectures {
            for measure in measures {
                let value = row.scores.get(measure).filter(|score| score.is_finite());
                let _ = write!(text, "{:>14} ", value.map_or_else(|| "-".to_owned(), |score| format!("{score:.4}")));
            }
            let _ = writeln!(text, " {}", row.arch);
        }
    }
    if let Some(against) = &answer.against {
        let _ = writeln!(text, "{} architectures of {} against {against}", answer.architectures.len(), answer.space);
        let _ = writeln!(
            text,
            "{:>15}  {:>16}  {:>16}  {:>17}",
            "score", "Kendall's tau", "Spearman's rho", "tau, better half"
        );
        for measure in measures {
            let _ = match answer.agreement.get(measure).copied().flatten() {
                None => writeln!(text, "{:>15}  cannot be compared: all values are the same", measure.name()),
                Some(found) => writeln!(text, "{}", agreement_line(*measure, &found)),
            };
        }
    }
    let _ = writeln!(
        text,
        "{} images, {} first weights, {} channels, {} cells, {:.1} ms of a core an architecture",
        answer.images,
        answer.repeats,
        answer.channels,
        answer.cells,
        1000.0 * answer.seconds_each
    );
    text
}

fn agreement_line(measure: Measure, found: &Agreement) -> String {
    let half = match (found.better_half, found.better_half_error) {
        (Some(half), Some(error)) => format!("{:8.3} +- {error:.3}", half.kendall),
        _ => "-".to_owned(),
    };
    format!(
        "{:>15}  {:7.3} +- {:.3}  {:7.3} +- {:.3}  {half}",
        measure.name(),
        found.all.kendall,
        found.kendall_error,
        found.all.spearman,
        found.spearman_error
    )
}
