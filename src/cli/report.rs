//! `graphpnas report`: a run as one HTML page, from its ledger.

use super::error::CliError;
use super::outcome;
use super::output;
use super::subject;
use crate::child::Cost;
use crate::data::Fingerprint;
use crate::experiment::{BUILT_IN, EMBEDDED, ExperimentError};
use crate::generator::generator_kind;
use crate::network::{Size, Task};
use crate::report::html::{Findings, Origin, TrialRewards, html};
use crate::run::{CONFIG, Command, HISTORY, Ledger, Meta, Run, RunError, best_classes, best_network, is_own};
use crate::search::{ExploreConfig, Outcome};
use crate::shown::Show;
use crate::space::{self, Space};
use crate::train::{ClassResults, Saved};
use std::path::{Path, PathBuf};

/// The page's name in the folder of a run.
const REPORT: &str = "report.html";

const EXAMPLES: &str = "\
Examples:
  graphpnas report runs/a
  graphpnas report runs/a --open

A search writes the page at its end too; a run that is going on or was killed may be looked at as well. The page needs no
network and no other file: it can be sent as it is.";

/// Write a run's report as one HTML page, DIR/report.html.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of the run
    #[arg(value_name = "DIR")]
    folder: PathBuf,
    /// Open the page in the browser
    #[arg(long)]
    open: bool,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let ledger = subject::open(&args.folder)?;
    subject::warn_of_foreign(&args.folder, &ledger)?;
    let path = args.folder.join(REPORT);
    output::check(&path)?;
    output::file(&path, page(&args.folder, &ledger)?.as_bytes())?;
    output::print(&format!("{}\n", path.shown()))?;
    if !args.open {
        return Ok(());
    }
    let failed =
        |error| CliError::Failed(format!("no browser could be started ({error}); open {} by hand", path.shown()));
    open::that_detached(&path).map_err(failed)
}

/// Keeps the report of a run that has come to an end.
pub(super) fn keep_report(run: &Run) -> Result<(), CliError> {
    let page = page(run.folder().path(), run.ledger())?;
    Ok(run.folder().put(REPORT, page.as_bytes())?)
}

fn page(folder: &Path, ledger: &Ledger) -> Result<String, CliError> {
    let meta = ledger.meta()?;
    let space = space::by_name(&meta.space)?;
    let path = folder.join(CONFIG);
    let config = std::fs::read_to_string(&path)
        .map_err(|error| CliError::Failed(format!("cannot read {}: {error}", path.shown())))?;
    // One that cannot be read says nothing.
    let settings: toml::Table = config.parse().unwrap_or_default();
    let outcome = outcome(folder, &meta)?;
    Ok(html(&Findings {
        space: &*space,
        learns: generator_kind(&meta.generator).is_some_and(|kind| kind.learned),
        scored_pool: scored_pool(&settings),
        trial_rewards: trial_rewards(&settings),
        spent: outcome.as_ref().map(|outcome| outcome.seconds),
        confirmation: outcome.as_ref().and_then(|outcome| outcome.confirmation.clone()),
        shared: outcome.and_then(|outcome| outcome.supernet),
        best_cost: best_cost(&*space, &meta),
        origin: origin(folder, ledger, &meta)?,
        classes: classes(folder, ledger).unwrap_or_else(|error| {
            // A file of another run was warned of.
            if !matches!(error, CliError::Experiment(ExperimentError::Run(RunError::OtherRun { .. }))) {
                output::note(&format!("note: the report lacks the accuracy of every class: {error}"));
            }
            None
        }),
        meta,
        config,
        trials: ledger.trials()?,
        rounds: ledger.rounds()?,
        looks: ledger.distributions()?,
    }))
}

/// The outcome of a run that is over: what shared weights told is there only.
fn outcome(folder: &Path, meta: &Meta) -> Result<Option<Outcome>, CliError> {
    let file = folder.join(HISTORY);
    if meta.status != "finished" || !file.is_file() {
        return Ok(None);
    }
    is_own(folder, HISTORY)?;
    outcome::read(&file).map(Some)
}

/// Whether the explorer's draws were chosen by a score; a section that cannot be read says nothing.
fn scored_pool(config: &toml::Table) -> bool {
    let explore = config.get("explore").and_then(|section| section.clone().try_into::<ExploreConfig>().ok());
    explore.is_some_and(|explore| explore.scored_pool() > 0)
}

/// What the rewards of trials are measured with.
fn trial_rewards(config: &toml::Table) -> TrialRewards {
    let enabled =
        |section: &str| config.get(section).and_then(|section| section.get("enabled")?.as_bool()) == Some(true);
    match (enabled("supernet"), enabled("proxy")) {
        (true, _) => TrialRewards::Shared,
        (_, true) => TrialRewards::Proxies,
        _ => TrialRewards::Whole,
    }
}

/// What the network costs that was trained in the end; that of a trial is in the ledger.
fn best_cost(space: &dyn Space, meta: &Meta) -> Option<Cost> {
    let graph = space.encode(&meta.best.as_ref()?.arch).ok()?;
    let (task, size) =
        (Task { input: meta.input, classes: meta.classes }, Size { channels: meta.channels, cells: meta.cells });
    Some(space.network(&graph, task, size).ok()?.cost())
}

/// Where the rewards come from: the command says it, and a network that is kept knows its data.
fn origin(folder: &Path, ledger: &Ledger, meta: &Meta) -> Result<Origin, CliError> {
    let command = Command::read(folder)?;
    let name = |path: &Path| {
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
    };
    if let Some(table) = &command.table {
        return Ok(Origin::Table((table != Path::new(BUILT_IN)).then(|| name(table))));
    }
    let data = recorded(folder, ledger).unwrap_or_else(|error| {
        output::note(&format!("note: the report lacks the classes of the data: {error}"));
        None
    });
    Ok(match &command.data {
        None if data.is_none() && meta.dataset != EMBEDDED => Origin::Table(None),
        path => Origin::Images { path: path.as_deref().map_or_else(|| EMBEDDED.to_owned(), name), data },
    })
}

/// The data that the run trains on.
fn recorded(folder: &Path, ledger: &Ledger) -> Result<Option<Box<Fingerprint>>, CliError> {
    if let Some(data) = ledger.origin()?.and_then(|origin| origin.sources.data) {
        return Ok(Some(Box::new(data)));
    }
    let Some(arch) = ledger.best_arch()? else { return Ok(None) };
    let Some(path) = best_network(folder, &arch)? else { return Ok(None) };
    let saved = Saved::read(&path).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(saved.model.data.map(Box::new))
}

/// What the best network makes of the test images.
fn classes(folder: &Path, ledger: &Ledger) -> Result<Option<ClassResults>, CliError> {
    match ledger.best_arch()? {
        Some(arch) => Ok(best_classes(folder, &arch)?),
        None => Ok(None),
    }
}
