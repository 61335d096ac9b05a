//! `graphpnas compare`: compares search methods over several seeds.

use super::device::open_device;
use super::error::CliError;
use super::interrupt::Interrupt;
use super::number::{integer, real};
use super::output;
use super::progress::Progress;
use crate::device::Device;
use crate::experiment::{Rewards, Search};
use crate::report::{Line, Plot, plot};
use crate::run::{self, Folder, HISTORY, Ledger, Sources};
use crate::search::{Arm, ArmSummary, Comparison, Config, Flag, Goal, MeanStd, Request, RewardConfig, Seeds, implied};
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

Runs every preset with every generator and every seed, and loads folders written by `search --out`. Each method is tested
against the first one; p is the two-sided p-value of the exact Wilcoxon-Mann-Whitney rank test. --out saves compare.json,
compare.csv (the curves) and compare.svg.";

/// Run or load several search methods and compare them.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folders of earlier searches, one method each; NAME=DIR sets its name
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
    /// Seeds of every method
    #[arg(long, value_name = "A..B", default_value = "1..10")]
    seeds: Seeds,
    /// Benchmark table with the rewards [default: the built-in one for nasbench201]
    #[arg(long, value_name = "FILE", conflicts_with = "data")]
    table: Option<PathBuf>,
    /// Training images: a folder, or `embedded` for the built-in ones
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Distinct architectures to evaluate per run
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("evaluations"))]
    evaluations: Option<u64>,
    /// Set one key of the configurations; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    sets: Vec<String>,
    /// Target reward in the unit of the rewards [default: with --preset, the best one in the table]
    #[arg(long, value_name = "REWARD", allow_negative_numbers = true, value_parser = real("--target"))]
    target: Option<f64>,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// New folder for compare.json, compare.csv and compare.svg
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Print the comparison as one JSON value
    #[arg(long)]
    json: bool,
}

/// A search method to run.
struct Plan {
    name: String,
    config: Config,
    rewards: Arc<Rewards>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    if args.folders.is_empty() && args.presets.is_empty() {
        let text = "nothing to compare; give folders of earlier searches, or configurations with --preset";
        return Err(CliError::Usage(text.into()));
    }
    if let Some(out) = &args.out {
        Folder::check(out)?;
    }
    let mut arms: Vec<_> = args.folders.iter().map(|text| load(text)).collect::<Result<_, _>>()?;
    warn_of_differences(&args.folders);
    let plans = args.plans()?;
    let reward = common_reward(&arms, &plans)?;
    check_target(args.target, &reward)?;
    let optimum = plans.first().and_then(|plan| plan.rewards.optimum());
    let device = open_device(&args.device)?;
    // Created before the searches, so that an unwritable folder fails early.
    let out = args.out.as_deref().map(Folder::create).transpose()?;
    let progress = Progress::new(
        plans.iter().map(|plan| plan.config.evaluations).sum::<usize>() * args.seeds.count(),
        reward,
        Interrupt::default(),
    );
    let ran: Result<Vec<_>, _> = plans.iter().map(|plan| plan.run(args.seeds, &device, &progress)).collect();
    progress.finish();
    arms.extend(ran?);
    if plans.iter().any(|plan| plan.config.proxy.enabled || plan.config.supernet.enabled) {
        output::note(
            "note: the curves and the evaluations to the target use rewards during the search; the best rewards and p use the \
             networks that were trained at the end",
        );
    }
    let comparison = Comparison::of(&arms, args.target.or(optimum));
    if let Some(out) = &out {
        save(out, &comparison)?;
    }
    let saved = out.map_or_else(String::new, |out| format!("saved {}\n", out.path().shown()));
    output::print(&if args.json { output::json(&comparison)? } else { describe(&comparison) + &saved })
}

impl Args {
    /// Resolves the searches to run and loads their rewards.
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
        flags.extend(self.evaluations.map(|count| Flag::integer("--evaluations", "evaluations", count)));
        Request { preset: Some(preset), file: None, flags, sets: &self.sets }
    }
}

impl Plan {
    /// Runs every seed; in parallel if a single run does not use all cores.
    fn run(&self, seeds: Seeds, device: &Device, progress: &Progress) -> Result<Arm, CliError> {
        let search = Search::from(self.config.clone()).rewards(Arc::clone(&self.rewards)).device(device.clone());
        let runs = search.run_seeds(seeds, progress)?.runs;
        Ok(Arm { name: self.name.clone(), runs })
    }
}

/// Returns the unit and goal of all rewards, which must be the same to compare them.
fn common_reward(arms: &[Arm], plans: &[Plan]) -> Result<RewardConfig, CliError> {
    let saved = arms.iter().flat_map(|arm| arm.runs.iter().map(|run| (&arm.name, &run.reward)));
    let mut all = saved.chain(plans.iter().map(|plan| (&plan.name, &plan.config.reward)));
    let Some((first, known)) = all.next() else { return Ok(RewardConfig::default()) };
    match all.find(|(_, reward)| *reward != known) {
        Some((name, reward)) => Err(CliError::Usage(format!(
            "the rewards of {name} are {}, those of {first} {}; they cannot be compared",
            reward.described(),
            known.described()
        ))),
        None => Ok(known.clone()),
    }
}

fn check_target(target: Option<f64>, reward: &RewardConfig) -> Result<(), CliError> {
    match target.filter(|target| !reward.accepts(*target)) {
        Some(target) => Err(CliError::Usage(format!("--target {target}: must be {}", reward.accepted()))),
        None => Ok(()),
    }
}

/// Warns of saved runs whose rewards come from different tables or images.
fn warn_of_differences(folders: &[String]) {
    let sources = folders.iter().filter_map(|text| Some((text, sources_of(&named(text).1)?)));
    let mut sources = sources.collect::<Vec<_>>().into_iter();
    let Some((first, known)) = sources.next() else { return };
    for (text, other) in sources {
        let what = match (&known, &other) {
            (Sources { table: Some(one), .. }, Sources { table: Some(other), .. }) => one.difference(other),
            (Sources { data: Some(one), .. }, Sources { data: Some(other), .. }) => one.difference(other),
            _ => Some("one run takes its rewards from a table, the other from training on images".to_owned()),
        };
        if let Some(what) = what {
            output::note(&format!("warning: the rewards of {text} are not comparable with those of {first}: {what}"));
        }
    }
}

/// The reward sources of a saved run, or of the first run in a folder of several.
fn sources_of(folder: &Path) -> Option<Sources> {
    let recorded = |folder: &Path| Ledger::open_read(folder).ok()?.origin().ok()?.map(|origin| origin.sources);
    let mut below: Vec<_> = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path()).collect();
    below.sort();
    recorded(folder).or_else(|| below.iter().find_map(|folder| recorded(folder)))
}

/// Splits an argument into the arm's name and its folder.
fn named(text: &str) -> (String, PathBuf) {
    match text.split_once('=') {
        Some((name, path)) => (name.to_owned(), PathBuf::from(path)),
        None => (text.trim_end_matches('/').to_owned(), PathBuf::from(text)),
    }
}

/// Loads the run in a folder, or one run from each of its subfolders, ordered by seed.
fn load(text: &str) -> Result<Arm, CliError> {
    let (name, path) = named(text);
    let mut files = vec![path.join(HISTORY)];
    if path.as_os_str().is_empty() {
        return Err(CliError::Usage(format!("'{text}' names no folder; write FOLDER or NAME=FOLDER")));
    }
    let unreadable = |error| CliError::Failed(format!("cannot read the folder {}: {error}", path.shown()));
    let entries = std::fs::read_dir(&path).map_err(unreadable)?;
    files.extend(entries.filter_map(|entry| Some(entry.ok()?.path().join(HISTORY))));
    let present = files.iter().filter(|file| file.is_file());
    let load = |file: &PathBuf| {
        run::check_belongs_to_run(file.parent().unwrap_or(&path), HISTORY)?;
        Ok::<_, CliError>(run::read_outcome(file)?)
    };
    let mut runs = present.map(load).collect::<Result<Vec<_>, _>>()?;
    runs.sort_by_key(|run| run.seed);
    match runs.is_empty() {
        false => Ok(Arm { name, runs }),
        true => Err(CliError::Failed(format!(
            "{} and its subfolders have no {HISTORY}; give a folder written by `search --out`",
            path.shown()
        ))),
    }
}

fn save(folder: &Folder, comparison: &Comparison) -> Result<(), CliError> {
    folder.put_json("compare.json", comparison)?;
    folder.put("compare.csv", csv(comparison).as_bytes())?;
    Ok(folder.put("compare.svg", plot(&chart(comparison)).as_bytes())?)
}

/// The curves as CSV, one row per arm and evaluation.
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
    let curve = |arm: &ArmSummary| Line {
        name: arm.name.clone(),
        points: arm.curve.iter().map(|point| [point.evaluation as f64, point.mean]).collect(),
        band: arm.curve.iter().map(|point| [point.quartiles[0], point.quartiles[2]]).collect(),
        ..Line::default()
    };
    Plot {
        title: "Best reward so far: mean, band from lower to upper quartile".into(),
        axes: ["evaluations".into(), comparison.reward.named("best reward")],
        range: range(comparison),
        lines: comparison.arms.iter().map(curve).collect(),
        ..Plot::default()
    }
}

/// Range of the reward axis. It starts at the worst arm after a tenth of its evaluations; earlier rewards would compress
/// the rest of the plot.
fn range(comparison: &Comparison) -> Option<[f64; 2]> {
    let goal = comparison.reward.goal;
    let curves = || comparison.arms.iter().map(|arm| &arm.curve);
    let early = curves().filter_map(|curve| curve.get(curve.len() / 10));
    let low = early.map(|point| goal.turned(point.mean)).reduce(f64::min)?;
    let last = curves().filter_map(|curve| curve.last());
    let high = last.flat_map(|point| [point.quartiles[0], point.quartiles[2], point.mean]);
    let high = high.map(|value| goal.turned(value)).reduce(f64::max)?;
    let margin = (high - low) * 0.05;
    let [worst, best] = [goal.turned(low - margin), goal.turned(high + margin)];
    (high > low).then_some([worst.min(best), worst.max(best)])
}

/// Names of the columns after the first one.
fn heads(reward: &RewardConfig) -> [String; 9] {
    let (best, test) = (reward.named("best reward"), reward.named("its test"));
    ["runs", &best, "median", "best", &test, "reached", "after", "seconds", "p"].map(str::to_owned)
}

/// Smallest widths of these columns.
const WIDTHS: [usize; 9] = [4, 17, 7, 7, 17, 7, 6, 8, 7];

fn cells(arm: &ArmSummary, reward: &RewardConfig) -> [String; 9] {
    let dash = || "-".to_owned();
    [
        arm.runs.to_string(),
        spread(arm.reward, reward),
        reward.number(arm.median),
        reward.number(arm.best),
        spread(arm.test, reward),
        arm.reached.map_or_else(dash, |count| format!("{count}/{}", arm.runs)),
        arm.evaluations_to_target.map_or_else(dash, |count| count.to_string()),
        arm.seconds.map_or_else(dash, |seconds| format!("{:.2}", seconds.mean)),
        arm.p.map_or_else(dash, |p| if p < 1e-4 { "<0.0001".into() } else { format!("{p:.4}") }),
    ]
}

fn describe(comparison: &Comparison) -> String {
    let reward = &comparison.reward;
    let rows = comparison.arms.iter().map(|arm| (arm.name.as_str(), cells(arm, reward)));
    let rows: Vec<_> = std::iter::once(("search", heads(reward))).chain(rows).collect();
    let names = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, cells) in &rows {
        let _ = write!(text, "{name:<names$}");
        for (place, (cell, least)) in cells.iter().zip(WIDTHS).enumerate() {
            let width = rows.iter().map(|(_, cells)| cells[place].chars().count()).fold(least, usize::max);
            let _ = write!(text, "  {cell:>width$}");
        }
        text.push('\n');
    }
    if let Some(target) = comparison.target {
        let most = if reward.goal == Goal::Max { "at least" } else { "at most" };
        let target = reward.shown(target);
        let _ =
            writeln!(text, "\nreached: runs with a reward of {most} {target}; after: median evaluations until then");
    }
    if let Some(first) = comparison.arms.first().filter(|_| comparison.arms.len() > 1) {
        let _ = writeln!(text, "p: two-sided p-value of the rank test against {}", first.name);
    }
    text
}

fn spread(spread: Option<MeanStd>, reward: &RewardConfig) -> String {
    match spread {
        Some(MeanStd { mean, deviation: Some(deviation) }) => {
            format!("{} +- {}", reward.number(mean), reward.number(deviation))
        }
        Some(MeanStd { mean, deviation: None }) => reward.number(mean),
        None => "-".into(),
    }
}
