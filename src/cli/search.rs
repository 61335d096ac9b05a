//! `graphpnas search`: find a good architecture.

use super::build::{build_generator, open_device};
use super::error::CliError;
use super::folder::Folder;
use super::output;
use super::progress::Progress;
use crate::device::Device;
use crate::evaluate::{Benchmark, Table, TableEvaluator};
use crate::search::{Config, Outcome, Request, Search, Seeds, Spread, Summary, repeat};
use crate::space::{self, Space};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas search nasbench201 --table nasbench201.csv --dataset cifar10 --evaluations 100 --seed 1
  graphpnas search --preset nasbench201-imagenet16 --table nasbench201.csv --seeds 1..10 --json
  graphpnas search nasbench101 --table nasbench101_30k.csv --set replay.top=30 --out runs/a
  graphpnas search --config my.toml --set train.epochs=50 --dry-run

Presets: nasbench201-cifar10, nasbench201-cifar100, nasbench201-imagenet16, nasbench101-150, nasbench101-300.
Later settings override earlier ones: preset, --config, flags, --set.";

/// Search a space for its best architecture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Search space: nasbench201 or nasbench101 [default: of the preset]
    space: Option<String>,
    /// CSV table of the benchmark, where the rewards come from
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Dataset: cifar10, cifar100 or imagenet16 [default: of the preset]
    #[arg(long)]
    dataset: Option<String>,
    /// Distinct architectures to evaluate
    #[arg(long, value_name = "COUNT")]
    evaluations: Option<u64>,
    /// Seed of the run; the same seed on the same device gives the same history
    #[arg(long, conflicts_with = "seeds")]
    seed: Option<u64>,
    /// Repeat with the seeds A to B and report mean and standard deviation
    #[arg(long, value_name = "A..B")]
    seeds: Option<Seeds>,
    /// Named configuration to start from [default: that of the space and dataset]
    #[arg(long, value_name = "NAME")]
    preset: Option<String>,
    /// TOML file with settings that override the preset
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Set one key of the configuration; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Print the resolved configuration and stop
    #[arg(long)]
    dry_run: bool,
    /// What proposes architectures: graphpnas, random, evolution or local-search (which explore by themselves)
    #[arg(long, value_name = "NAME")]
    generator: Option<String>,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// New folder to keep config.toml, history.json and generator.safetensors in
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--seeds --json` prints.
#[derive(Serialize)]
struct Several {
    runs: Vec<Outcome>,
    summary: Summary,
}

/// Everything checked and loaded before the first run.
struct Setup<'a> {
    args: &'a Args,
    config: Config,
    space: Arc<dyn Space>,
    table: Arc<Table>,
    benchmark: Benchmark,
    device: Device,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let config = args.request().resolve()?;
    let benchmark = Benchmark::find(&config.space, &config.dataset)?;
    if args.dry_run {
        return output::print(&config.to_toml().map_err(|error| CliError::Text(error.to_string()))?);
    }
    let Some(path) = &args.table else {
        return Err(CliError::Usage(format!("no table given; name the CSV of {} with --table FILE", config.space)));
    };
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let space = space::by_name(&config.space).map_err(|error| CliError::Usage(error.to_string()))?;
    let table = Arc::new(Table::open(path, &config.space, &config.dataset)?);
    let device = open_device(&args.device)?;
    let setup = Setup { args, config, space, table, benchmark, device };
    setup.check()?;
    let folder = args.out.as_deref().map(Folder::create).transpose()?;
    let result = match args.seeds {
        None => setup.one(folder.as_ref()),
        Some(seeds) => setup.several(&seeds.to_vec(), folder.as_ref()),
    };
    if let (Err(_), Some(folder)) = (&result, &folder) {
        folder.abandon();
    }
    result
}

impl Args {
    fn request(&self) -> Request<'_> {
        let mut flags = Vec::new();
        let mut flag = |flag, key, value: Option<String>| flags.extend(value.map(|value| (flag, key, value)));
        flag("space", "space", self.space.clone());
        flag("--dataset", "dataset", self.dataset.clone());
        flag("--evaluations", "evaluations", self.evaluations.map(|count| count.to_string()));
        flag("--seed", "seed", self.seed.map(|seed| seed.to_string()));
        flag("--generator", "generator.name", self.generator.clone());
        // The others explore by themselves; rounds of another explorer before them would blur the comparison.
        let itself = self.generator.as_deref().is_some_and(|name| name != "graphpnas");
        flag("--generator", "explore.schedule", itself.then(|| "none".into()));
        Request { preset: self.preset.as_deref(), file: self.config.as_deref(), flags, sets: &self.sets }
    }
}

impl Setup<'_> {
    /// What would fail later fails here, before a folder is made.
    fn check(&self) -> Result<(), CliError> {
        let capacity = self.table.len();
        if self.config.evaluations > capacity {
            return Err(crate::search::SearchError::Budget { asked: self.config.evaluations, capacity }.into());
        }
        build_generator(&self.config, &self.space, &self.device).map(|_| ())
    }

    fn one(&self, folder: Option<&Folder>) -> Result<(), CliError> {
        let progress = Progress::new(self.config.evaluations);
        let outcome = self.search(self.config.seed, &progress, folder);
        progress.finish();
        let outcome = outcome?;
        if let Some(reason) = &outcome.ended_early {
            output::note(&format!("note: {reason}"));
        }
        let text = if self.args.json { output::json(&outcome)? } else { self.describe(&outcome) };
        output::print(&text)
    }

    fn several(&self, seeds: &[u64], folder: Option<&Folder>) -> Result<(), CliError> {
        let progress = Progress::new(self.config.evaluations * seeds.len());
        let threads = std::thread::available_parallelism().map_or(1, usize::from);
        let runs = repeat(seeds, threads, |seed| {
            let folder = folder.map(|folder| folder.of_seed(seed)).transpose()?;
            let result = self.search(seed, &progress, folder.as_ref());
            if let (Err(_), Some(folder)) = (&result, &folder) {
                folder.abandon();
            }
            result
        });
        progress.finish();
        let runs = runs?;
        let summary = Summary::of(&runs, Some(self.table.optimum()));
        if let Some(folder) = folder {
            folder.keep_json("summary.json", &summary)?;
        }
        let several = Several { runs, summary };
        let text = if self.args.json { output::json(&several)? } else { self.describe_several(&several) };
        output::print(&text)
    }

    fn search(&self, seed: u64, progress: &Progress, folder: Option<&Folder>) -> Result<Outcome, CliError> {
        let config = Config { seed, ..self.config.clone() };
        let generator = build_generator(&config, &self.space, &self.device)?;
        let evaluator = Box::new(TableEvaluator::new(Arc::clone(&self.table), Arc::clone(&self.space)));
        let mut search =
            Search::new(config.clone(), Arc::clone(&self.space), evaluator, generator).on_device(self.device.name());
        let mut progress = progress.clone();
        let outcome = search.run(&mut progress)?;
        if let Some(folder) = folder {
            search.teach(&mut progress)?;
            folder.keep(&config, &outcome, search.generator())?;
        }
        Ok(outcome)
    }

    fn describe(&self, outcome: &Outcome) -> String {
        let Outcome { best, seconds, .. } = outcome;
        let mut text = format!("best cell  {}\n", best.arch);
        let _ = writeln!(text, "reward     {:.3} %  {}", best.reward, self.benchmark.reward_name);
        if let Some(test) = best.test {
            let _ = writeln!(text, "test       {test:.3} %  {}", self.benchmark.test_name);
        }
        let _ = writeln!(
            text,
            "evaluated  {} architectures of {} on {}, seed {}, generator {} on {}",
            outcome.evaluations, outcome.space, outcome.dataset, outcome.seed, outcome.generator, outcome.device
        );
        let _ = writeln!(
            text,
            "seconds    {:.2} (train {:.2}, sample {:.2}, evaluate {:.2})",
            seconds.total, seconds.train, seconds.sample, seconds.evaluate
        );
        text
    }

    fn describe_several(&self, several: &Several) -> String {
        let mut text = String::new();
        for run in &several.runs {
            let test = run.best.test.map_or_else(String::new, |test| format!("  test {test:.3} %"));
            let _ = writeln!(text, "seed {:<4} reward {:.3} %{test}  {}", run.seed, run.best.reward, run.best.arch);
        }
        let summary = &several.summary;
        line(&mut text, "reward", summary.reward, "%", self.benchmark.reward_name);
        line(&mut text, "test", summary.test, "%", self.benchmark.test_name);
        line(&mut text, "seconds", summary.seconds, "s", "a run");
        if let (Some(found), Some(optimum)) = (summary.found_optimum, summary.optimum) {
            let _ = writeln!(text, "optimum    found in {found} of {} runs ({optimum:.3} %)", summary.runs);
        }
        text
    }
}

fn line(text: &mut String, name: &str, spread: Option<Spread>, unit: &str, what: &str) {
    let Some(Spread { mean, deviation }) = spread else { return };
    let deviation = deviation.map_or_else(String::new, |deviation| format!(" +- {deviation:.3}"));
    let _ = writeln!(text, "{name:<9}  {mean:.3}{deviation} {unit}  {what}");
}
