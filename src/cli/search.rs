//! `graphpnas search`: searches for a good architecture.

mod request;
mod warnings;

use warnings::{list_ended, reward_warnings, unused_generator};

use super::config;
use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::interrupt::Interrupt;
use super::number::integer;
use super::outcome::{describe, describe_several};
use super::output;
use super::progress::Progress;
use crate::experiment::{EMBEDDED, ExperimentError, OWN_IMAGES, PreparedSearch, Rewards, Search};
use crate::run::{Command, Folder, Origin, RunError};
use crate::search::{Config, MeanStd, Preset, SearchError, Seeds};
use crate::space::{self, nasbench201};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Preset of a search without arguments.
pub(super) const DEFAULT: &str = "nasbench201-embedded";

/// Preset of a search that trains on images. Some spaces have a separate preset for a user's own images.
pub(super) fn on_images(space: Option<&str>, own: bool) -> &'static str {
    let preset_of = |space| {
        let preset_for = |dataset| Preset::find(Some(space), Some(dataset));
        if own { preset_for(OWN_IMAGES).or_else(|| preset_for(EMBEDDED)) } else { preset_for(EMBEDDED) }
    };
    // Spaces without presets for images, such as those from files, use the settings of NAS-Bench-201.
    let found = space.and_then(preset_of).or_else(|| preset_of(nasbench201::NAME));
    found.map_or(DEFAULT, |preset| preset.name)
}

const EXAMPLES: &str = "\
Examples:
  graphpnas search
  graphpnas search nasbench201 --data cifar-10-batches-bin --evaluations 30 --max-params 500000
  graphpnas search nasbench201 --dataset cifar10 --evaluations 100 --seed 1
  graphpnas search --preset nasbench201-imagenet16 --seeds 1..10 --json
  graphpnas search --preset nasbench201-cifar10-guided --evaluations 60
  graphpnas search nasbench101 --table nasbench101.table --set replay.top=30 --out runs/a
  graphpnas search my.toml --table my.csv --dataset latency --unit ms --goal min
  graphpnas search enas --data cifar-10-batches-bin --set supernet.correlate=10
  graphpnas search --config my.toml --set train.epochs=50 --dry-run
  graphpnas search --resume runs/a --evaluations 200

Without arguments every architecture is trained for a few epochs on built-in images. `search nasbench201` takes its rewards
from the built-in benchmark table; other benchmarks need --table.
`graphpnas config presets` lists the presets, `graphpnas config init` writes a configuration with every key explained.
Later settings override earlier ones: preset, --config, flags, --set.

A run saves its results in its folder immediately. A stopped or killed run continues with --resume and gives the same
result as an uninterrupted one. Ctrl-C stops it at the next step; a second Ctrl-C ends it at once.";

/// Search a space for its best architecture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Search space: a name (`graphpnas space list`) or a space file [default: from the preset]
    space: Option<String>,
    /// Reward table: CSV file, benchmark release or compact table [default: the built-in one for nasbench201]
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    table: Option<PathBuf>,
    /// Training images: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Resize images to this size, such as 48 or 48x64
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Dataset: cifar10, cifar100 or imagenet16; or the column of an own table [default: from the preset]
    #[arg(long)]
    dataset: Option<String>,
    /// Unit of the column of an own table: %, another word such as ms, or '' [default: from the preset, %]
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// Which values of that column are best: max or min [default: from the preset, max]
    #[arg(long, value_name = "max|min")]
    goal: Option<String>,
    /// Number of distinct architectures to evaluate
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("evaluations"))]
    evaluations: Option<u64>,
    /// Seed of the run; the same seed on the same device gives the same result
    #[arg(long, conflicts_with = "seeds", value_parser = integer::<u64>("seed"))]
    seed: Option<u64>,
    /// Run once per seed from A to B and report mean and standard deviation
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Preset to start from [default: that of the space and dataset]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// TOML file with settings that override the preset
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Reject architectures with more parameters
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("limits.max_params"))]
    max_params: Option<u64>,
    /// Reject architectures with more multiply-adds per image
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("limits.max_macs"))]
    max_macs: Option<u64>,
    /// Reject architectures whose training step needs more memory
    #[arg(long, value_name = "BYTES", value_parser = integer::<u64>("limits.max_memory"))]
    max_memory: Option<u64>,
    /// Measure the latency of every network for one image; enabled in presets that train networks
    #[arg(long)]
    latency: bool,
    /// Print the resolved configuration and stop
    #[arg(long)]
    dry_run: bool,
    /// Generator: graphpnas, lstm, random, evolution, local-search, largest or score
    #[arg(long, value_name = "NAME")]
    generator: Option<String>,
    /// Device: auto, cpu, an adapter's number, or part of its name [default: auto]
    #[arg(long)]
    device: Option<String>,
    /// New folder of the run [default: runs/SPACE-SEED-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder of a run to resume; --evaluations may raise its budget
    #[arg(long, value_name = "DIR", conflicts_with_all = ["space", "dataset", "unit", "goal", "seed", "seeds", "preset", "config", "sets",
          "max_params", "max_macs", "max_memory", "latency", "generator", "resize", "out"])]
    resume: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// A search to run or resume.
struct RequestedSearch {
    config: Config,
    command: Command,
    seeds: Option<Seeds>,
    /// The folder of a resumed run.
    resumed: Option<PathBuf>,
    /// The recorded origin of the resumed run.
    known: Option<Origin>,
}

/// A search whose inputs are checked and loaded.
struct CheckedSearch {
    request: RequestedSearch,
    prepared: PreparedSearch,
    interrupt: Interrupt,
}

/// A result with warnings.
#[derive(Serialize)]
struct Warned<'a, T> {
    #[serde(flatten)]
    result: &'a T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let request = args.requested()?;
    if args.dry_run {
        return output::print(&config::text(&request.config, args.json)?);
    }
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let setup = CheckedSearch::new(request)?;
    match setup.request.seeds {
        None => setup.one(args),
        Some(seeds) => setup.several(seeds, args),
    }
}

impl CheckedSearch {
    /// Loads all inputs, so that errors occur before a folder is created.
    fn new(request: RequestedSearch) -> Result<Self, CliError> {
        let RequestedSearch { config, command, known, .. } = &request;
        let mut search = Search::from(config.clone()).device(open_device(&command.device)?);
        if let Some(table) = &command.table {
            search = search.table(table);
        }
        if let Some(data) = &command.data {
            search = search.images(data);
        }
        let known = known.as_ref().and_then(|known| known.sources.data.clone());
        let prepared = search.classes_of(known).prepare()?;
        Ok(Self { interrupt: Interrupt::watch()?, request, prepared })
    }

    /// Creates or opens the folder of the run or runs.
    fn folder(&self, out: Option<&Path>) -> Result<Folder, CliError> {
        let RequestedSearch { config, seeds, resumed, .. } = &self.request;
        let seed = seeds.map_or_else(|| config.seed.to_string(), |seeds| seeds.to_string().replace("..", "-"));
        Ok(match (resumed, out) {
            (Some(folder), _) => Folder::open(folder)?,
            (None, Some(out)) => Folder::create(out)?,
            (None, None) => Folder::usual(&space::name_of(&config.space), &seed)?,
        })
    }

    fn one(&self, args: &Args) -> Result<(), CliError> {
        let config = &self.request.config;
        let progress = Progress::new(config.evaluations, config.reward.clone(), self.interrupt.clone());
        let search = self.prepared.build(config.seed, progress.clone())?;
        let folder = self.folder(args.out.as_deref())?;
        let path = folder.path().to_owned();
        let outcome = self.prepared.run_one(folder, &self.request.command, search, &mut progress.clone());
        progress.finish();
        let outcome = outcome.map_err(|error| self.interrupted(error, &path))?;
        if let Some(reason) = &outcome.ended_early {
            output::note(&format!("note: {reason}"));
        }
        let mut warnings = self.warnings(outcome.best.reward, outcome.best.test);
        warnings.extend(list_ended(&outcome));
        warnings.extend(reward_warnings(&outcome).map(|warning| format!("warning: {warning}")));
        if args.json {
            return output::print(&output::json(&Warned { result: &outcome, warnings })?);
        }
        let meta = self.prepared.meta(config.seed, &self.request.command);
        output::print(&describe(&outcome, &meta, &path, self.trains(), &warnings))
    }

    /// Turns the error of a search stopped by a signal into one that says how to resume.
    fn interrupted(&self, error: ExperimentError, folder: &Path) -> CliError {
        match error {
            ExperimentError::Run(RunError::Search(SearchError::Stopped { .. })) => {
                CliError::Interrupted { folder: folder.to_owned(), code: self.interrupt.exit_code() }
            }
            other => other.into(),
        }
    }

    /// Warnings about the budget, the classes, and accuracies no better than predicting the most frequent class.
    fn warnings(&self, reward: f64, test: Option<f64>) -> Vec<String> {
        let config = &self.request.config;
        let mut warnings: Vec<String> =
            self.prepared.rewards().few_steps(config).into_iter().chain(unused_generator(config)).collect();
        let Some(data) = &self.prepared.sources().data else { return warnings };
        let verdicts = [data.held_out_baseline_warning(reward), test.and_then(|test| data.test_baseline_warning(test))];
        warnings.extend(data.class_warnings().into_iter().chain(verdicts.into_iter().flatten()));
        warnings
    }

    fn several(&self, seeds: Seeds, args: &Args) -> Result<(), CliError> {
        let (RequestedSearch { config, command, .. }, prepared) = (&self.request, &self.prepared);
        prepared.check()?;
        let folder = self.folder(args.out.as_deref())?;
        let progress = Progress::new(config.evaluations * seeds.count(), config.reward.clone(), self.interrupt.clone());
        let several = prepared.run_set(seeds, &folder, command, &progress);
        progress.finish();
        let several = several.map_err(|error| self.interrupted(error, folder.path()))?;
        let seed_warnings = several
            .runs
            .iter()
            .flat_map(|run| reward_warnings(run).map(|warning| format!("warning: seed {}: {warning}", run.seed)));
        let mean = |spread: Option<MeanStd>| spread.map(|spread| spread.mean);
        let mut warnings = match mean(several.summary.reward) {
            Some(reward) => self.warnings(reward, mean(several.summary.test)),
            None => Vec::new(),
        };
        warnings.extend(seed_warnings);
        if args.json {
            return output::print(&output::json(&Warned { result: &several, warnings })?);
        }
        let text = describe_several(&several, &prepared.meta(config.seed, command), folder.path(), self.trains());
        output::print(&(text + &warnings.iter().map(|warning| format!("{warning}\n")).collect::<String>()))
    }

    /// Whether networks are trained.
    fn trains(&self) -> bool {
        matches!(self.prepared.rewards(), Rewards::Images(_))
    }
}
