//! `graphpnas report`: writes a run's report as one HTML page, from its ledger.

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
use crate::run::{
    CONFIG, Command, HISTORY, Ledger, Meta, Run, RunError, best_classes, best_network, check_belongs_to_run,
};
use crate::search::{ExploreConfig, Outcome};
use crate::shown::Show;
use crate::space::{self, Space};
use crate::train::{ClassResults, SavedTraining};
use std::path::{Path, PathBuf};

/// File name of the report in a run's folder.
const REPORT: &str = "report.html";

const EXAMPLES: &str = "\
Examples:
  graphpnas report runs/a
  graphpnas report runs/a --open

A search writes the report at its end; this command also works while a run is in progress or after it was killed. The page
is self-contained: it needs no network connection and no other files.";

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
    subject::warn_of_other_run_files(&args.folder, &ledger)?;
    let path = args.folder.join(REPORT);
    output::check(&path)?;
    output::file(&path, page(&args.folder, &ledger)?.as_bytes())?;
    output::print(&format!("{}\n", path.shown()))?;
    if !args.open {
        return Ok(());
    }
    let failed = |error| CliError::Failed(format!("cannot start a browser ({error}); open {} manually", path.shown()));
    open::that_detached(&path).map_err(failed)
}

/// Saves the report of a finished run.
pub(super) fn save_report(run: &Run) -> Result<(), CliError> {
    let page = page(run.folder().path(), run.ledger())?;
    Ok(run.folder().put(REPORT, page.as_bytes())?)
}

fn page(folder: &Path, ledger: &Ledger) -> Result<String, CliError> {
    let meta = ledger.meta()?;
    let space = space::by_name(&meta.space)?;
    let path = folder.join(CONFIG);
    let config = std::fs::read_to_string(&path)
        .map_err(|error| CliError::Failed(format!("cannot read {}: {error}", path.shown())))?;
    // An unreadable configuration counts as empty.
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
            // A file of another run was already reported.
            if !matches!(error, CliError::Experiment(ExperimentError::Run(RunError::OtherRun { .. }))) {
                output::note(&format!("note: the report omits per-class accuracies: {error}"));
            }
            None
        }),
        meta,
        config,
        trials: ledger.trials()?,
        rounds: ledger.rounds()?,
        distributions: ledger.distributions()?,
    }))
}

/// Reads the outcome of a finished run. The results of shared weights are stored only there.
fn outcome(folder: &Path, meta: &Meta) -> Result<Option<Outcome>, CliError> {
    let file = folder.join(HISTORY);
    if meta.status != "finished" || !file.is_file() {
        return Ok(None);
    }
    check_belongs_to_run(folder, HISTORY)?;
    outcome::read(&file).map(Some)
}

/// Whether exploration evaluates the best of a scored pool; an unreadable section counts as no.
fn scored_pool(config: &toml::Table) -> bool {
    let explore = config.get("explore").and_then(|section| section.clone().try_into::<ExploreConfig>().ok());
    explore.is_some_and(|explore| explore.scored_pool() > 0)
}

/// How the rewards of trials are measured.
fn trial_rewards(config: &toml::Table) -> TrialRewards {
    let enabled =
        |section: &str| config.get(section).and_then(|section| section.get("enabled")?.as_bool()) == Some(true);
    match (enabled("supernet"), enabled("proxy")) {
        (true, _) => TrialRewards::Shared,
        (_, true) => TrialRewards::Proxies,
        _ => TrialRewards::Complete,
    }
}

/// Cost of the network that was trained at the end; the costs of trials are in the ledger.
fn best_cost(space: &dyn Space, meta: &Meta) -> Option<Cost> {
    let graph = space.encode(&meta.best.as_ref()?.arch).ok()?;
    let (task, size) =
        (Task { input: meta.input, classes: meta.classes }, Size { channels: meta.channels, cells: meta.cells });
    Some(space.network(&graph, task, size).ok()?.cost())
}

/// Source of the rewards, from the run's command, ledger and best network.
fn origin(folder: &Path, ledger: &Ledger, meta: &Meta) -> Result<Origin, CliError> {
    let command = Command::read(folder)?;
    let name = |path: &Path| {
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
    };
    if let Some(table) = &command.table {
        return Ok(Origin::Table((table != Path::new(BUILT_IN)).then(|| name(table))));
    }
    let data = recorded(folder, ledger).unwrap_or_else(|error| {
        output::note(&format!("note: the report omits the classes of the data: {error}"));
        None
    });
    Ok(match &command.data {
        None if data.is_none() && meta.dataset != EMBEDDED => Origin::Table(None),
        path => Origin::Images { path: path.as_deref().map_or_else(|| EMBEDDED.to_owned(), name), data },
    })
}

/// Fingerprint of the run's training data, from the ledger or the best network.
fn recorded(folder: &Path, ledger: &Ledger) -> Result<Option<Box<Fingerprint>>, CliError> {
    if let Some(data) = ledger.origin()?.and_then(|origin| origin.sources.data) {
        return Ok(Some(Box::new(data)));
    }
    let Some(arch) = ledger.best_arch()? else { return Ok(None) };
    let Some(path) = best_network(folder, &arch)? else { return Ok(None) };
    let saved = SavedTraining::read(&path).map_err(|error| CliError::Failed(error.to_string()))?;
    Ok(saved.model.data.map(Box::new))
}

/// Per-class test results of the best network.
fn classes(folder: &Path, ledger: &Ledger) -> Result<Option<ClassResults>, CliError> {
    match ledger.best_arch()? {
        Some(arch) => Ok(best_classes(folder, &arch)?),
        None => Ok(None),
    }
}
