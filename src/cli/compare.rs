//! `graphpnas compare`: several kinds of search beside each other.

use super::device::open_device;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::number::{real, whole};
use super::outcome;
use super::output;
use super::progress::Progress;
use crate::device::Device;
use crate::experiment::{Rewards, Search};
use crate::report::{Line, Plot, plot};
use crate::run::{self, Folder, HISTORY, Ledger, Sources};
use crate::search::{Arm, ArmSummary, Comparison, Config, Flag, Request, Seeds, Spread, implied, repeat};
use crate::shown::Show;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas compare --preset nasbench201-cifar10-continual --seeds 1..10 --out compared
  graphpnas compare --preset nasbench201-cifar10 --preset nasbench201-cifar10-guided \\
      --generators graphpnas,lstm,random --json
  graphpnas compare runs/a runs/b 'with dropout=runs/c' --target 84.5

Every preset is run with every generator and every seed; folders that `search --out` wrote are loaded. The first kind is
the one that the others are tested against: p is the two-sided probability of so different ranks by chance (exact rank
test of Wilcoxon, Mann and Whitney). --out keeps compare.json, compare.csv (the curves) and compare.svg.";

/// Run or load several kinds of search and compare them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders of earlier searches, each one kind; NAME=DIR gives it another name
    #[arg(value_name = "RUN")]
    folders: Vec<String>,
    /// Named configuration to run with every generator; may be repeated
    #[arg(long = "preset", value_name = "NAME")]
    presets: Vec<String>,
    /// Generators, separated by commas
    #[arg(
        long,
        value_name = "NAMES",
        value_delimiter = ',',
        default_value = "graphpnas,lstm,evolution,local-search,random"
    )]
    generators: Vec<String>,
    /// Seeds of every kind
    #[arg(long, value_name = "A..B", default_value = "1..10")]
    seeds: Seeds,
    /// Table of the benchmark, where the rewards come from [default: built in for nasbench201]
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    table: Option<PathBuf>,
    /// Images to train every architecture on: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Distinct architectures to evaluate in every run
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("evaluations"))]
    evaluations: Option<u64>,
    /// Set one key of the configurations; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Reward that counts as reached, in percent [default: with --preset, the best in the table]
    #[arg(long, value_name = "PERCENT", value_parser = real("--target"))]
    target: Option<f64>,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// New folder to keep compare.json, compare.csv and compare.svg in
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the comparison as one JSON value
    #[arg(long)]
    json: bool,
}

/// A kind of search that is to be run.
struct Plan {
    name: String,
    config: Config,
    rewards: Arc<Rewards>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    if args.folders.is_empty() && args.presets.is_empty() {
        let text = "nothing to compare; name folders of earlier searches, or configurations with --preset";
        return Err(CliError::Usage(text.into()));
    }
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let mut arms: Vec<_> = args.folders.iter().map(|text| load(text)).collect::<Result<_, _>>()?;
    tell_differences(&args.folders);
    let plans = args.plans()?;
    let optimum = plans.first().and_then(|plan| plan.rewards.optimum());
    let device = open_device(&args.device)?;
    // Made before the searches: what cannot be kept is not searched for.
    let out = args.out.as_deref().map(Folder::create).transpose()?;
    let progress = Progress::new(
        plans.iter().map(|plan| plan.config.evaluations).sum::<usize>() * args.seeds.count(),
        Interrupt::default(),
    );
    let ran: Result<Vec<_>, _> = plans.iter().map(|plan| plan.run(&args.seeds.to_vec(), &device, &progress)).collect();
    progress.finish();
    arms.extend(ran?);
    if plans.iter().any(|plan| plan.config.proxy.enabled || plan.config.supernet.enabled) {
        output::note(
            "note: curves and evaluations to the target are of rewards during the search, best rewards and p of the networks that \
             were trained in the end",
        );
    }
    let comparison = Comparison::of(&arms, args.target.or(optimum));
    if let Some(out) = &out {
        keep(out, &comparison)?;
    }
    let kept = out.map_or_else(String::new, |out| format!("kept {}\n", out.path().shown()));
    output::print(&if args.json { output::json(&comparison)? } else { describe(&comparison) + &kept })
}

impl Args {
    /// The searches to run, checked and with their rewards loaded.
    fn plans(&self) -> Result<Vec<Plan>, CliError> {
        let mut plans = Vec::new();
        for preset in &self.presets {
            let mut rewards = None;
            for generator in &self.generators {
                let config = self.request(preset, generator).resolve()?;
                let rewards = match &rewards {
                    Some(rewards) => Arc::clone(rewards),
                    None => {
                        let opened = Rewards::open(&config, self.table.as_deref(), self.data.as_deref())?;
                        opened.log_remarks();
                        Arc::clone(rewards.insert(Arc::new(opened)))
                    }
                };
                let name = if self.presets.len() > 1 { format!("{preset} {generator}") } else { generator.clone() };
                plans.push(Plan { name, config, rewards });
            }
        }
        Ok(plans)
    }

    fn request<'a>(&'a self, preset: &'a str, generator: &str) -> Request<'a> {
        let mut flags = vec![Flag::text("--generators", "generator.name", generator)];
        let asked = Request { preset: Some(preset), sets: &self.sets, ..Request::default() }.resolve();
        flags.extend(implied("--generators", generator, asked.is_ok_and(|config| config.pool() > 0)));
        flags.extend(self.evaluations.map(|count| Flag::integer("--evaluations", "evaluations", count as u64)));
        Request { preset: Some(preset), file: None, flags, sets: &self.sets }
    }
}

impl Plan {
    /// Runs it with every seed; several runs at once where a run leaves processors idle.
    fn run(&self, seeds: &[u64], device: &Device, progress: &Progress) -> Result<Arm, CliError> {
        let search = Search::from(self.config.clone()).rewards(Arc::clone(&self.rewards)).device(device.clone());
        let prepared = search.prepare()?;
        let runs = repeat(seeds, self.rewards.threads(), |seed| {
            Ok::<_, CliError>(prepared.build(seed, progress.clone())?.run(&mut progress.clone())?)
        });
        Ok(Arm { name: self.name.clone(), runs: runs? })
    }
}

/// Warns of kept runs whose rewards are not of the same table or images.
fn tell_differences(folders: &[String]) {
    let sources = folders.iter().filter_map(|text| Some((text, sources_of(&named(text).1)?)));
    let mut sources = sources.collect::<Vec<_>>().into_iter();
    let Some((first, known)) = sources.next() else { return };
    for (text, other) in sources {
        let what = match (&known, &other) {
            (Sources { table: Some(one), .. }, Sources { table: Some(other), .. }) => one.difference(other),
            (Sources { data: Some(one), .. }, Sources { data: Some(other), .. }) => one.difference(other),
            _ => Some("its rewards are of a table where the other's are of images, or the other way round".to_owned()),
        };
        if let Some(what) = what {
            output::note(&format!(
                "warning: the rewards of {text} are of something else than those of {first}: {what}"
            ));
        }
    }
}

/// What the rewards of a kept run are of, or those of the first of several.
fn sources_of(folder: &Path) -> Option<Sources> {
    let of_run = |folder: &Path| Ledger::open_read(folder).ok()?.origin().ok()?.map(|origin| origin.sources);
    let mut below: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    below.sort();
    of_run(folder).or_else(|| below.iter().find_map(|folder| of_run(folder)))
}

/// The name of an arm, and its folder.
fn named(text: &str) -> (String, PathBuf) {
    match text.split_once('=') {
        Some((name, path)) => (name.to_owned(), PathBuf::from(path)),
        None => (text.trim_end_matches('/').to_owned(), PathBuf::from(text)),
    }
}

/// The runs in a folder: its own, or one of each folder in it, in the order of the seeds.
fn load(text: &str) -> Result<Arm, CliError> {
    let (name, path) = named(text);
    let mut files = vec![path.join(HISTORY)];
    if path.as_os_str().is_empty() {
        return Err(CliError::Usage(format!("'{text}' names no folder; write FOLDER or NAME=FOLDER")));
    }
    let unread = |error| CliError::Failed(format!("cannot read the folder {}: {error}", path.shown()));
    let entries = std::fs::read_dir(&path).map_err(unread)?;
    files.extend(entries.filter_map(|entry| Some(entry.ok()?.path().join(HISTORY))));
    let present = files.iter().filter(|file| file.is_file());
    let own = |file: &PathBuf| {
        run::is_own(file.parent().unwrap_or(&path), HISTORY).map_err(CliError::from).and_then(|()| outcome::read(file))
    };
    let mut runs = present.map(own).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|run| run.seed);
    match runs.is_empty() {
        false => Ok(Arm { name, runs }),
        true => Err(CliError::Failed(format!(
            "{} holds no {HISTORY}, nor do the folders in it; name a folder that `search --out` wrote",
            path.shown()
        ))),
    }
}

fn keep(folder: &Folder, comparison: &Comparison) -> Result<(), CliError> {
    folder.put_json("compare.json", comparison)?;
    folder.put("compare.csv", csv(comparison).as_bytes())?;
    Ok(folder.put("compare.svg", plot(&chart(comparison)).as_bytes())?)
}

/// The curves, a row an arm and evaluation.
fn csv(comparison: &Comparison) -> String {
    let mut text = String::from("search,evaluation,mean,deviation,lower_quartile,median,upper_quartile\n");
    for arm in &comparison.arms {
        let name = format!("\"{}\"", arm.name.replace('"', "\"\""));
        for point in &arm.curve {
            let [low, median, high] = point.quartiles;
            let (at, mean, deviation) = (point.evaluation, point.mean, point.deviation);
            let _ = writeln!(text, "{name},{at},{mean},{deviation},{low},{median},{high}");
        }
    }
    text
}

fn chart(comparison: &Comparison) -> Plot {
    let line = |arm: &ArmSummary| Line {
        name: arm.name.clone(),
        points: arm.curve.iter().map(|point| [point.evaluation as f64, point.mean]).collect(),
        band: arm.curve.iter().map(|point| [point.quartiles[0], point.quartiles[2]]).collect(),
        ..Line::default()
    };
    Plot {
        title: "Best reward so far: mean, band from lower to upper quartile".into(),
        axes: ["evaluations".into(), "best reward, %".into()],
        range: range(comparison),
        lines: comparison.arms.iter().map(line).collect(),
        ..Plot::default()
    }
}

/// From the worst arm after a tenth of its evaluations: what comes before would press the rest together.
fn range(comparison: &Comparison) -> Option<[f64; 2]> {
    let curves = || comparison.arms.iter().map(|arm| &arm.curve);
    let early = curves().filter_map(|curve| curve.get(curve.len() / 10));
    let low = early.map(|point| point.mean).reduce(f64::min)?;
    let high = curves().filter_map(|curve| curve.last()).map(|point| point.quartiles[2].max(point.mean));
    let high = high.reduce(f64::max)?;
    let room = (high - low) * 0.05;
    (high > low).then_some([low - room, high + room])
}

fn describe(comparison: &Comparison) -> String {
    let names = comparison.arms.iter().map(|arm| arm.name.chars().count()).max().unwrap_or(0).max("search".len());
    let mut text = format!(
        "{:<names$}  {:>4}  {:>17}  {:>7}  {:>7}  {:>17}  {:>7}  {:>6}  {:>8}  {:>7}\n",
        "search", "runs", "best reward, %", "median", "best", "its test, %", "reached", "after", "seconds", "p"
    );
    for arm in &comparison.arms {
        let reached = arm.reached.map_or_else(|| "-".into(), |count| format!("{count}/{}", arm.runs));
        let after = arm.evaluations_to_target.map_or_else(|| "-".into(), |count| count.to_string());
        let p = arm.p.map_or_else(|| "-".into(), |p| if p < 1e-4 { "<0.0001".into() } else { format!("{p:.4}") });
        let _ = writeln!(
            text,
            "{:<names$}  {:>4}  {:>17}  {:>7.3}  {:>7.3}  {:>17}  {reached:>7}  {after:>6}  {:>8}  {p:>7}",
            arm.name,
            arm.runs,
            spread(arm.reward, 3),
            arm.median,
            arm.best,
            spread(arm.test, 3),
            arm.seconds.map_or_else(|| "-".into(), |seconds| format!("{:.2}", seconds.mean)),
        );
    }
    if let Some(target) = comparison.target {
        let _ = writeln!(text, "\nreached: runs that found a reward of {target:.3} %; after: their median evaluations");
    }
    if let Some(first) = comparison.arms.first().filter(|_| comparison.arms.len() > 1) {
        let _ = writeln!(text, "p: chance of ranks so different from {}'s, were there no difference", first.name);
    }
    text
}

fn spread(spread: Option<Spread>, digits: usize) -> String {
    match spread {
        Some(Spread { mean, deviation: Some(deviation) }) => format!("{mean:.digits$} +- {deviation:.digits$}"),
        Some(Spread { mean, deviation: None }) => format!("{mean:.digits$}"),
        None => "-".into(),
    }
}
