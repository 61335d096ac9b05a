//! The files that describe a run to people: its report, and its best architecture as text, JSON and drawing.

use super::error::ExperimentError;
use super::images::EMBEDDED;
use super::rewards::BUILT_IN;
use crate::child::Cost;
use crate::data::Fingerprint;
use crate::generator::generator_kind;
use crate::network::{Size, Task};
use crate::report::html::{Findings, Origin, TrialRewards, html};
use crate::report::{Description, Diagram, svg};
use crate::run::{
    CONFIG, Command, DESCRIBED, HISTORY, Ledger, Meta, Run, RunError, TEXT, best_classes, best_network,
    check_belongs_to_run, read_outcome,
};
use crate::search::{ExploreConfig, Outcome};
use crate::shown::Show;
use crate::space::{self, Space};
use crate::train::{ClassResults, Interface, SavedTraining};
use std::path::Path;

/// File name of the report in a run's folder.
pub const REPORT: &str = "report.html";

/// File of the drawing of the best architecture.
const DRAWING: &str = "best/drawing.svg";

/// Batch size of the training step whose cost is described.
const BATCH: usize = 64;

/// Returns the report of the run in a folder, a self-contained HTML page. The run may still be in progress.
///
/// # Errors
/// The folder has no run, or its ledger or configuration cannot be read.
pub fn report(folder: &Path) -> Result<String, ExperimentError> {
    page(folder, &Ledger::open_read(folder)?)
}

/// Saves the report and the best architecture so far.
pub(super) fn save_description(run: &Run) -> Result<(), ExperimentError> {
    save_best(run)?;
    let page = page(run.folder().path(), run.ledger())?;
    Ok(run.folder().put(REPORT, page.as_bytes())?)
}

/// Saves the best architecture as text, JSON and drawing; does nothing before the first one.
fn save_best(run: &Run) -> Result<(), ExperimentError> {
    let (ledger, folder) = (run.ledger(), run.folder());
    let (Some(arch), meta) = (ledger.best_arch()?, ledger.meta()?) else { return Ok(()) };
    let failed = |error: &dyn std::fmt::Display| ExperimentError::Failed(error.to_string());
    let space = space::open(&meta.space)?;
    let graph = space.encode(&arch).map_err(|error| failed(&error))?;
    let (task, size) = sizes(&meta);
    let network = space.network(&graph, task, size).map_err(|error| failed(&error))?;
    let trained = best_network(folder.path(), &arch)?.map(|path| SavedTraining::read(&path)).transpose()?;
    let interface = trained.map_or_else(|| Interface::untrained(task.input), |saved| Interface::of(&saved.model));
    let described =
        Description::new(&*space, &graph, &network, size, interface, BATCH).map_err(|error| failed(&error))?;
    let described = Description { run: Some(run.id().to_owned()), ..described };
    let diagram = Diagram::new(&*space, &graph).map_err(|error| failed(&error))?;
    folder.put(TEXT, format!("{}\n", described.arch).as_bytes())?;
    folder.put_json(DESCRIBED, &described)?;
    Ok(folder.put(DRAWING, svg(&diagram).as_bytes())?)
}

/// Task and size of a run's networks.
fn sizes(meta: &Meta) -> (Task, Size) {
    let Meta { input, classes, channels, cells, .. } = *meta;
    (Task { input, classes }, Size { channels, cells })
}

/// The report from a run's ledger and folder.
fn page(folder: &Path, ledger: &Ledger) -> Result<String, ExperimentError> {
    let meta = ledger.meta()?;
    let space = space::open(&meta.space)?;
    let path = folder.join(CONFIG);
    let config = std::fs::read_to_string(&path)
        .map_err(|error| ExperimentError::Failed(format!("cannot read {}: {error}", path.shown())))?;
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
            if !matches!(error, ExperimentError::Run(RunError::OtherRun { .. })) {
                log::info!("the report omits per-class accuracies: {error}");
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
fn outcome(folder: &Path, meta: &Meta) -> Result<Option<Outcome>, ExperimentError> {
    let file = folder.join(HISTORY);
    if meta.status != "finished" || !file.is_file() {
        return Ok(None);
    }
    check_belongs_to_run(folder, HISTORY)?;
    Ok(Some(read_outcome(&file)?))
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
    let (task, size) = sizes(meta);
    Some(space.network(&graph, task, size).ok()?.cost())
}

/// Source of the rewards, from the run's command, ledger and best network.
fn origin(folder: &Path, ledger: &Ledger, meta: &Meta) -> Result<Origin, ExperimentError> {
    let command = Command::read(folder)?;
    let name = |path: &Path| {
        path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
    };
    if let Some(table) = &command.table {
        return Ok(Origin::Table((table != Path::new(BUILT_IN)).then(|| name(table))));
    }
    let data = data_of(folder, ledger).unwrap_or_else(|error| {
        log::info!("the report omits the classes of the data: {error}");
        None
    });
    Ok(match &command.data {
        None if data.is_none() && meta.dataset != EMBEDDED => Origin::Table(None),
        path => Origin::Images { path: path.as_deref().map_or_else(|| EMBEDDED.to_owned(), name), data },
    })
}

/// Fingerprint of the run's training data, from the ledger or the best network.
fn data_of(folder: &Path, ledger: &Ledger) -> Result<Option<Box<Fingerprint>>, ExperimentError> {
    if let Some(data) = ledger.origin()?.and_then(|origin| origin.sources.data) {
        return Ok(Some(Box::new(data)));
    }
    let Some(arch) = ledger.best_arch()? else { return Ok(None) };
    let Some(path) = best_network(folder, &arch)? else { return Ok(None) };
    let saved = SavedTraining::read(&path).map_err(|error| ExperimentError::Failed(error.to_string()))?;
    Ok(saved.model.data.map(Box::new))
}

/// Per-class test results of the best network.
fn classes(folder: &Path, ledger: &Ledger) -> Result<Option<ClassResults>, ExperimentError> {
    match ledger.best_arch()? {
        Some(arch) => Ok(best_classes(folder, &arch)?),
        None => Ok(None),
    }
}
