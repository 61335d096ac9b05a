//! `graphpnas search`: find a good architecture.

use super::best::keep_best;
use super::config;
use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::interrupt::Interrupt;
use super::number::whole;
use super::outcome::{Several, describe, describe_several};
use super::output;
use super::progress::Progress;
use super::report::keep_report;
use crate::experiment::{
    EMBEDDED, ExperimentError, OWN_IMAGES, PreparedSearch, Rewards, Search, absolute, config_of, usual_table,
};
use crate::generator::generator_kind;
use crate::run::{self, CONFIG, Command, Folder, Origin, RunError};
use crate::search::{
    Config, Confirmation, Flag, Outcome, Preset, Request, SearchError, SearchLoop, Seeds, SharedOutcome, Spread,
    Summary, implied, repeat,
};
use crate::shown::{Show, counted};
use crate::space::nasbench201;
use serde::Serialize;
use std::path::{Path, PathBuf};

/// The preset of a search that is told nothing.
pub(super) const DEFAULT: &str = "nasbench201-embedded";

/// The preset of a search that trains on images: there is one for the built-in images and, in some spaces, one for others.
pub(super) fn on_images(space: Option<&str>, own: bool) -> &'static str {
    let of = |dataset| Preset::find(Some(space.unwrap_or(nasbench201::NAME)), Some(dataset));
    let found = if own { of(OWN_IMAGES).or_else(|| of(EMBEDDED)) } else { of(EMBEDDED) };
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
  graphpnas search enas --data cifar-10-batches-bin --set supernet.correlate=10
  graphpnas search --config my.toml --set train.epochs=50 --dry-run
  graphpnas search --resume runs/a --evaluations 200

Without arguments every architecture is trained for a few epochs on built-in images. `search nasbench201` looks rewards
up in the benchmark's table, which is built in; other benchmarks need --table.
`graphpnas config presets` lists the presets, `graphpnas config init` writes a configuration with every key explained.
Later settings override earlier ones: preset, --config, flags, --set.

Everything a run finds is kept in its folder at once. One that was stopped or killed goes on with --resume, and finds what
it would have found without the interruption. Ctrl-C stops it at the next step; a second one ends it at once.";

/// Search a space for its best architecture.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Search space: nasbench201, nasbench101, enas, darts or randwire [default: of the preset]
    space: Option<String>,
    /// Table of rewards: a CSV file, a release, or what `data convert` wrote [default: built in for nasbench201]
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    table: Option<PathBuf>,
    /// Images to train every architecture on, for a few epochs: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Height and width to bring images to, such as 48 or 48x64
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Dataset: cifar10, cifar100 or imagenet16 [default: of the preset]
    #[arg(long)]
    dataset: Option<String>,
    /// Distinct architectures to evaluate
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("evaluations"))]
    evaluations: Option<u64>,
    /// Seed of the run; the same seed on the same device gives the same history
    #[arg(long, conflicts_with = "seeds", value_parser = whole::<u64>("seed"))]
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
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("limits.max_params"))]
    max_params: Option<u64>,
    /// Reject architectures with more multiply-adds for an image
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("limits.max_macs"))]
    max_macs: Option<u64>,
    /// Reject architectures whose training step takes more bytes of memory
    #[arg(long, value_name = "BYTES", value_parser = whole::<u64>("limits.max_memory"))]
    max_memory: Option<u64>,
    /// Measure on the device how long every network takes for an image; presets that train do so anyway
    #[arg(long)]
    latency: bool,
    /// Print the resolved configuration and stop
    #[arg(long)]
    dry_run: bool,
    /// What proposes architectures: graphpnas, lstm, random, evolution, local-search, largest or score
    #[arg(long, value_name = "NAME")]
    generator: Option<String>,
    /// Device: auto, cpu, a number, or a part of an adapter's name [default: auto]
    #[arg(long)]
    device: Option<String>,
    /// New folder to keep the run in [default: runs/SPACE-SEED-TIME]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Folder of a run to go on with, up to its budget or a larger one given with --evaluations
    #[arg(long, value_name = "DIR", conflicts_with_all = ["space", "dataset", "seed", "seeds", "preset", "config", "sets",
          "max_params", "max_macs", "max_memory", "latency", "generator", "resize", "out"])]
    resume: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What is to be searched, and where it is kept.
struct Task {
    config: Config,
    command: Command,
    seeds: Option<Seeds>,
    /// The folder of a run that was begun before.
    begun: Option<PathBuf>,
    /// What that run was made of.
    known: Option<Origin>,
}

/// Everything checked and loaded before the first run.
struct Setup {
    task: Task,
    prepared: PreparedSearch,
    interrupt: Interrupt,
}

/// A result with what is odd about it.
#[derive(Serialize)]
struct Warned<'a, T> {
    #[serde(flatten)]
    result: &'a T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let task = args.task()?;
    if args.dry_run {
        return output::print(&config::text(&task.config, args.json)?);
    }
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let setup = Setup::new(task)?;
    match setup.task.seeds {
        None => setup.one(args),
        Some(seeds) => setup.several(&seeds.to_vec(), args),
    }
}

impl Args {
    /// A new search, or one that goes on.
    fn task(&self) -> Result<Task, CliError> {
        let (table, data) = (self.table.clone().map(absolute), self.data.clone().map(absolute));
        let Some(begun) = &self.resume else {
            let config = self.request().resolve()?;
            let table = table.or_else(|| usual_table(&config, data.as_deref()));
            let command = Command {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                arguments: std::env::args_os().skip(1).map(|arg| arg.to_string_lossy().into_owned()).collect(),
                table,
                data,
                device: self.device.clone().unwrap_or_else(|| "auto".to_owned()),
                seeds: self.seeds.map(|seeds| seeds.to_string()),
                run: None,
                seal: None,
            };
            return Ok(Task { config, command, seeds: self.seeds, begun: None, known: None });
        };
        let known = run::unchanged(begun)?;
        let kept = Command::read(begun)?;
        let seeds = kept.seeds.as_ref().map(|seeds| seeds.parse()).transpose();
        let seeds = seeds.map_err(|error| CliError::Failed(format!("{}: {error}", begun.shown())))?;
        let command = Command {
            // Whoever names the other kind of rewards does not want the kept one.
            table: if data.is_some() { table } else { table.clone().or(kept.table) },
            data: if self.table.is_some() { data } else { data.clone().or(kept.data) },
            device: self.device.clone().unwrap_or(kept.device),
            ..kept
        };
        Ok(Task { config: self.resumed(begun)?, command, seeds, begun: Some(begun.clone()), known })
    }

    /// The configuration of the run that goes on.
    fn resumed(&self, begun: &Path) -> Result<Config, CliError> {
        let kept = config_of(begun)?;
        let Some(evaluations) = self.evaluations else { return Ok(kept) };
        if evaluations < kept.evaluations as u64 {
            return Err(CliError::Usage(format!(
                "--evaluations {evaluations}: the budget of this run is {} and can only be raised",
                kept.evaluations
            )));
        }
        let flags = vec![Flag::integer("--evaluations", "evaluations", evaluations as u64)];
        Ok(Request { preset: None, file: Some(&begun.join(CONFIG)), flags, sets: &[] }.resolve()?)
    }

    /// Whether the preset or the assignments explore a scored pool, which is the same for all generators.
    fn explores_pool(&self) -> bool {
        let (preset, file) = (self.named_preset(), self.config.as_deref());
        let flags = self.space.iter().map(|space| Flag::text("space", "space", space)).collect();
        let request = Request { preset, file, flags, sets: &self.sets };
        request.resolve().is_ok_and(|config| config.pool() > 0)
    }

    fn request(&self) -> Request<'_> {
        let text = |name, key, value: &Option<String>| value.as_ref().map(|value| Flag::text(name, key, value));
        let integer = |name, key, value: Option<u64>| value.map(|value| Flag::integer(name, key, value));
        // 0 stands for as wide as high.
        let width = |size: HeightWidth| if size.width == size.height { 0 } else { size.width as u64 };
        let mut flags: Vec<Flag> = [
            text("space", "space", &self.space),
            text("--dataset", "dataset", &self.dataset),
            integer("--evaluations", "evaluations", self.evaluations.map(|count| count as u64)),
            integer("--seed", "seed", self.seed),
            text("--generator", "generator.name", &self.generator),
            integer("--max-params", "limits.max_params", self.max_params),
            integer("--max-macs", "limits.max_macs", self.max_macs),
            integer("--max-memory", "limits.max_memory", self.max_memory),
            integer("--resize", "oracle.resize", self.resize.map(|size| size.height as u64)),
            integer("--resize", "oracle.resize_width", self.resize.map(width)),
            self.latency.then(|| Flag::boolean("--latency", "latency", true)),
        ]
        .into_iter()
        .flatten()
        .collect();
        if let Some(generator) = &self.generator {
            flags.extend(implied("--generator", generator, self.explores_pool()));
        }
        if let (Some(path), None) = (&self.data, &self.dataset) {
            let name = path.file_name().map_or(EMBEDDED.into(), |name| name.shown().to_string());
            flags.push(Flag::text("--data", "dataset", name));
        }
        Request { preset: self.named_preset(), file: self.config.as_deref(), flags, sets: &self.sets }
    }

    /// The preset that is asked for, or the usual one of images; none leaves it to the space.
    fn named_preset(&self) -> Option<&str> {
        let own = self.data.as_deref().is_some_and(|path| path != Path::new(EMBEDDED));
        let usual = || self.trains().then(|| on_images(self.space.as_deref(), own));
        self.preset.as_deref().or_else(usual)
    }

    /// Whether rewards come from training: images are named, or nothing at all is.
    fn trains(&self) -> bool {
        let nothing = self.space.is_none() && self.dataset.is_none() && self.table.is_none() && self.config.is_none();
        self.data.is_some() || nothing
    }
}

/// What is to be said where a list of architectures had fewer than the budget.
fn list_ended(outcome: &Outcome) -> Option<String> {
    let (drawn, generator) = (outcome.rejected.fallbacks, outcome.generator.as_str());
    let proposes_list = generator_kind(generator).is_some_and(|kind| kind.order.is_some());
    (proposes_list && drawn > 0).then(|| {
        format!(
            "warning: the list of the generator {generator} had too few architectures within the limits: {} drawn at random",
            counted(drawn, "evaluation is", "evaluations are")
        )
    })
}

/// What is to be said of rewards that hardly rank architectures.
fn of_rewards(outcome: &Outcome) -> impl Iterator<Item = String> {
    let proxies = outcome.confirmation.as_ref().and_then(Confirmation::warning);
    proxies.into_iter().chain(outcome.supernet.as_ref().and_then(SharedOutcome::warning))
}

/// What is to be said where the budget ends before the generator's turn comes.
fn unused_generator(config: &Config) -> Option<String> {
    let rounds = config.evaluations.div_ceil(config.batch.max(1)) as u64;
    let explores = |round| config.explore.schedule.probability(config.explore.value, round) >= 1.0;
    (config.learns() && (0..rounds).all(explores)).then(|| {
        format!(
            "warning: all {} evaluations are of the explorer, and the generator {} proposed none: raise --evaluations, or lower \
             explore.value",
            config.evaluations, config.generator.name
        )
    })
}

impl Setup {
    /// Loads everything. What would fail later fails here, before a folder is made.
    fn new(task: Task) -> Result<Self, CliError> {
        let Task { config, command, known, .. } = &task;
        let mut search = Search::from(config.clone()).device(open_device(&command.device)?);
        if let Some(table) = &command.table {
            search = search.table(table);
        }
        if let Some(data) = &command.data {
            search = search.images(data);
        }
        let known = known.as_ref().and_then(|known| known.sources.data.clone());
        let prepared = search.classes_of(known).prepare()?;
        Ok(Self { interrupt: Interrupt::watch()?, task, prepared })
    }

    /// The folder of the run or runs, made or found.
    fn folder(&self, out: Option<&Path>) -> Result<Folder, CliError> {
        let Task { config, seeds, begun, .. } = &self.task;
        let seed = seeds.map_or_else(|| config.seed.to_string(), |seeds| seeds.to_string().replace("..", "-"));
        Ok(match (begun, out) {
            (Some(begun), _) => Folder::open(begun)?,
            (None, Some(out)) => Folder::create(out)?,
            (None, None) => Folder::usual(&config.space, &seed)?,
        })
    }

    fn one(&self, args: &Args) -> Result<(), CliError> {
        let config = &self.task.config;
        let progress = Progress::new(config.evaluations, self.interrupt.clone());
        let search = self.prepared.build(config.seed, progress.clone())?;
        let folder = self.folder(args.out.as_deref())?;
        let path = folder.path().to_owned();
        let outcome = self.search((config.seed, search), folder, None, &progress);
        progress.finish();
        let outcome = outcome.map_err(|error| self.interrupted(error, &path))?;
        if let Some(reason) = &outcome.ended_early {
            output::note(&format!("note: {reason}"));
        }
        let mut warnings = self.warnings(outcome.best.reward, outcome.best.test);
        warnings.extend(list_ended(&outcome));
        warnings.extend(of_rewards(&outcome).map(|warning| format!("warning: {warning}")));
        if args.json {
            return output::print(&output::json(&Warned { result: &outcome, warnings })?);
        }
        let meta = self.prepared.meta(config.seed, &self.task.command);
        output::print(&describe(&outcome, &meta, &path, self.trains(), &warnings))
    }

    /// An error that says how to go on where the search was stopped by a signal.
    fn interrupted(&self, error: CliError, folder: &Path) -> CliError {
        match error {
            CliError::Experiment(ExperimentError::Run(RunError::Search(SearchError::Stopped { .. }))) => {
                CliError::Interrupted { folder: folder.to_owned(), code: self.interrupt.exit_code() }
            }
            other => other,
        }
    }

    /// What is odd about the budget, about the classes, and about accuracies that need no network.
    fn warnings(&self, reward: f64, test: Option<f64>) -> Vec<String> {
        let config = &self.task.config;
        let mut warnings: Vec<String> =
            self.prepared.rewards().few_steps(config).into_iter().chain(unused_generator(config)).collect();
        let Some(data) = &self.prepared.sources().data else { return warnings };
        let verdicts = [data.held_out_verdict(reward), test.and_then(|test| data.test_verdict(test))];
        warnings.extend(data.remarks().into_iter().chain(verdicts.into_iter().flatten()));
        warnings
    }

    fn several(&self, seeds: &[u64], args: &Args) -> Result<(), CliError> {
        let (Task { config, command, .. }, prepared) = (&self.task, &self.prepared);
        prepared.check()?;
        let folder = self.folder(args.out.as_deref())?;
        let (id, notes) = run::begin_set(&folder, command, config, prepared.device().name(), prepared.sources())?;
        notes.iter().for_each(|text| output::note(text));
        let progress = Progress::new(config.evaluations * seeds.len(), self.interrupt.clone());
        // What runs beside it would be in a latency too.
        let threads = if config.latency { 1 } else { prepared.rewards().threads() };
        let runs = repeat(seeds, threads, |seed| {
            let path = folder.of_seed(seed);
            // A set of runs that was interrupted has begun some of them.
            let begun = !matches!(Command::read(&path), Err(RunError::NoRun { .. }));
            let below = if begun { Folder::open(&path) } else { Folder::create(&path) };
            let search = prepared.build(seed, progress.clone())?;
            self.search((seed, search), below?, Some(format!("{id}-{seed}")), &progress)
        });
        progress.finish();
        let runs = runs.map_err(|error| self.interrupted(error, folder.path()))?;
        let summary = Summary::of(&runs, prepared.rewards().optimum());
        folder.put_json("summary.json", &summary)?;
        let of_rewards: Vec<String> = runs
            .iter()
            .flat_map(|run| of_rewards(run).map(|warning| format!("warning: seed {}: {warning}", run.seed)))
            .collect();
        let several = Several { runs, summary };
        let mean = |spread: Option<Spread>| spread.map(|spread| spread.mean);
        let mut warnings = match mean(several.summary.reward) {
            Some(reward) => self.warnings(reward, mean(several.summary.test)),
            None => Vec::new(),
        };
        warnings.extend(of_rewards);
        if args.json {
            return output::print(&output::json(&Warned { result: &several, warnings })?);
        }
        let text = describe_several(&several, &prepared.meta(config.seed, command), folder.path(), self.trains());
        output::print(&(text + &warnings.iter().map(|warning| format!("{warning}\n")).collect::<String>()))
    }

    /// One run, from its beginning or from where it was interrupted.
    fn search(
        &self,
        (seed, search): (u64, SearchLoop),
        folder: Folder,
        id: Option<String>,
        progress: &Progress,
    ) -> Result<Outcome, CliError> {
        let of_several = id.is_some();
        let command = Command { seeds: None, run: id.or(self.task.command.run.clone()), ..self.task.command.clone() };
        let run = self.prepared.begin(folder, seed, &command)?;
        // Of several runs it is told once.
        run.notes().iter().filter(|_| !of_several).for_each(|text| output::note(text));
        run.anew().into_iter().for_each(output::note);
        let outcome = run.search(&mut self.prepared.recorded(search), &mut progress.clone());
        if matches!(outcome, Ok(_) | Err(RunError::Search(SearchError::Stopped { .. }))) {
            keep_best(&run)?;
            keep_report(&run)?;
        }
        Ok(outcome?)
    }

    /// Whether networks are trained.
    fn trains(&self) -> bool {
        matches!(self.prepared.rewards(), Rewards::Images(_))
    }
}
