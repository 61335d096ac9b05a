//! `graphpnas search`: find a good architecture.

use super::build::{build_generator, open_device};
use super::error::CliError;
use super::folder::Folder;
use super::output;
use super::progress::Progress;
use super::rewards::{EMBEDDED, Rewards};
use crate::device::Device;
use crate::search::{Config, CostLimits, Outcome, Request, Search, Seeds, Spread, Summary, explores_itself, repeat};
use crate::space::{self, Space};
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// The preset of a search that is told nothing.
const DEFAULT: &str = "nasbench201-embedded";

const EXAMPLES: &str = "\
Examples:
  graphpnas search
  graphpnas search nasbench201 --data cifar-10-batches-bin --evaluations 30 --max-params 500000
  graphpnas search nasbench201 --table nasbench201.csv --dataset cifar10 --evaluations 100 --seed 1
  graphpnas search --preset nasbench201-imagenet16 --table nasbench201.csv --seeds 1..10 --json
  graphpnas search --preset nasbench201-cifar10-guided --table nasbench201.csv --evaluations 60
  graphpnas search nasbench101 --table nasbench101_30k.csv --set replay.top=30 --out runs/a
  graphpnas search --config my.toml --set train.epochs=50 --dry-run

Without arguments every architecture is trained for a few epochs on built-in images.
Presets: nasbench201-embedded,
as published: nasbench201-cifar10, nasbench201-cifar100, nasbench201-imagenet16, nasbench101-150, nasbench101-300,
model-guided: nasbench201-cifar10-guided, nasbench201-cifar100-guided, nasbench201-imagenet16-guided, nasbench101-guided.
Later settings override earlier ones: preset, --config, flags, --set.";

/// Search a space for its best architecture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Search space: nasbench201 or nasbench101 [default: of the preset]
    space: Option<String>,
    /// Table of the benchmark, where the rewards come from: a CSV file, a release, or what `data convert` wrote
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    table: Option<PathBuf>,
    /// Images to train every architecture on, for a few epochs: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
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
    /// Reject architectures with more parameters
    #[arg(long, value_name = "COUNT")]
    max_params: Option<u64>,
    /// Reject architectures with more multiply-adds for an image
    #[arg(long, value_name = "COUNT")]
    max_macs: Option<u64>,
    /// Reject architectures whose training step takes more bytes of memory
    #[arg(long, value_name = "BYTES")]
    max_memory: Option<u64>,
    /// Print the resolved configuration and stop
    #[arg(long)]
    dry_run: bool,
    /// What proposes architectures: graphpnas, lstm, or random, evolution or local-search, which explore by themselves
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
    rewards: Rewards,
    limits: Option<CostLimits>,
    device: Device,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let config = args.request().resolve()?;
    if args.dry_run {
        return output::print(&config.to_toml().map_err(|error| CliError::Text(error.to_string()))?);
    }
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let space = space::by_name(&config.space).map_err(|error| CliError::Usage(error.to_string()))?;
    let rewards = Rewards::open(&config, args.table.as_deref(), args.data.as_deref())?;
    let limits = rewards.limits(&config)?;
    let device = open_device(&args.device)?;
    let setup = Setup { args, config, space, rewards, limits, device };
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
        let itself = self.generator.as_deref().is_some_and(explores_itself);
        flag("--generator", "explore.schedule", itself.then(|| "none".into()));
        flag("--max-params", "limits.max_params", self.max_params.map(|count| count.to_string()));
        flag("--max-macs", "limits.max_macs", self.max_macs.map(|count| count.to_string()));
        flag("--max-memory", "limits.max_memory", self.max_memory.map(|bytes| bytes.to_string()));
        if let (Some(path), None) = (&self.data, &self.dataset) {
            let name = path.file_name().map_or(EMBEDDED.into(), |name| name.to_string_lossy().into_owned());
            flag("--data", "dataset", Some(name));
        }
        let preset = self.preset.as_deref().or_else(|| self.trains().then_some(DEFAULT));
        Request { preset, file: self.config.as_deref(), flags, sets: &self.sets }
    }

    /// Whether rewards come from training: images are named, or nothing at all is.
    fn trains(&self) -> bool {
        let nothing = self.space.is_none() && self.dataset.is_none() && self.table.is_none() && self.config.is_none();
        self.data.is_some() || nothing
    }
}

impl Setup<'_> {
    /// What would fail later fails here, before a folder is made.
    fn check(&self) -> Result<(), CliError> {
        match self.rewards.capacity() {
            Some(capacity) if self.config.evaluations > capacity => {
                return Err(crate::search::SearchError::Budget { asked: self.config.evaluations, capacity }.into());
            }
            _ => {}
        }
        self.rewards.evaluator(&self.config, &self.space, &self.device, crate::train::Silent)?;
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
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = if self.rewards.parallel() { cores } else { 1 };
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
        let summary = Summary::of(&runs, self.rewards.optimum());
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
        let evaluator = self.rewards.evaluator(&config, &self.space, &self.device, progress.clone())?;
        let mut search = Search::new(config.clone(), Arc::clone(&self.space), evaluator, generator)
            .on_device(self.device.name())
            .within(self.limits.clone());
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
        let _ = writeln!(text, "reward     {:.3} %  {}", best.reward, self.rewards.reward_name(&self.config));
        if let Some(test) = best.test {
            let _ = writeln!(text, "test       {test:.3} %  {}", self.rewards.test_name());
        }
        let _ = writeln!(
            text,
            "evaluated  {} architectures of {} on {}, seed {}, generator {} on {}",
            outcome.evaluations, outcome.space, outcome.dataset, outcome.seed, outcome.generator, outcome.device
        );
        let rejected = outcome.rejected;
        if rejected.over_limits + rejected.failed > 0 {
            let _ = writeln!(text, "rejected   {} over the limits, {} failed", rejected.over_limits, rejected.failed);
        }
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
        line(&mut text, "reward", summary.reward, "%", &self.rewards.reward_name(&self.config));
        line(&mut text, "test", summary.test, "%", self.rewards.test_name());
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
