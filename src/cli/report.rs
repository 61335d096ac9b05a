//! `graphpnas report`: a run as one HTML page, from its ledger.

use super::error::CliError;
use super::outcome;
use super::output;
use super::subject;
use crate::report::html::{About, Findings, Look, Round, Trial, html};
use crate::run::{CONFIG, HISTORY, Ledger, Meta, RoundRow, Run, TrialRow};
use crate::search::{Outcome, Seconds, explores_itself};
use crate::space;
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
    let path = args.folder.join(REPORT);
    output::file(&path, page(&args.folder, &ledger)?.as_bytes())?;
    output::print(&format!("{}\n", path.display()))?;
    if !args.open {
        return Ok(());
    }
    let failed =
        |error| CliError::Failed(format!("no browser could be started ({error}); open {} by hand", path.display()));
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
        .map_err(|error| CliError::Failed(format!("cannot read {}: {error}", path.display())))?;
    let outcome = outcome(folder, &meta)?;
    let (best, shared) = outcome.map_or((None, None), |outcome| (Some(outcome.best), outcome.supernet));
    let rounds = ledger.rounds()?;
    Ok(html(&Findings {
        space: &*space,
        about: about(&meta, config, rounds.last()),
        trials: ledger.trials()?.into_iter().map(trial).collect(),
        rounds: rounds.iter().map(round).collect(),
        looks: ledger
            .distributions()?
            .into_iter()
            .map(|row| Look { round: row.round, distribution: row.distribution })
            .collect(),
        best: best.filter(|_| shared.is_some()),
        shared,
    }))
}

/// The outcome of a run that is over: what shared weights told is there only.
fn outcome(folder: &Path, meta: &Meta) -> Result<Option<Outcome>, CliError> {
    let file = folder.join(HISTORY);
    if meta.status == "finished" && file.is_file() { outcome::read(&file).map(Some) } else { Ok(None) }
}

fn about(meta: &Meta, config: String, last: Option<&RoundRow>) -> About {
    let Meta { channels, cells, classes, input: [deep, high, wide], .. } = meta;
    About {
        space: meta.space.clone(),
        dataset: meta.dataset.clone(),
        generator: meta.generator.clone(),
        learns: !explores_itself(&meta.generator),
        device: meta.device.clone(),
        seed: meta.seed,
        evaluations: meta.evaluations,
        reward_name: meta.reward_name.clone(),
        test_name: meta.test_name.clone(),
        optimum: meta.optimum,
        status: meta.status.clone(),
        version: meta.version.clone(),
        command: meta.command.clone(),
        network: format!("{channels} channels and {cells} cells for images {deep}x{high}x{wide} and {classes} classes"),
        config,
        rejected: last.map(|round| round.rejected).unwrap_or_default(),
    }
}

fn trial(row: TrialRow) -> Trial {
    Trial {
        number: row.number,
        evaluation: row.evaluation,
        explored: row.source == "explorer",
        arch: row.arch,
        key: row.key,
        graph: row.graph,
        reward: row.reward,
        test: row.test,
        parameters: row.parameters,
        multiply_adds: row.multiply_adds,
        error: row.error,
    }
}

fn round(row: &RoundRow) -> Round {
    Round {
        number: row.round,
        probability: row.probability,
        loss: row.last_loss,
        seconds: Seconds {
            total: row.total_seconds,
            train: row.train_seconds,
            sample: row.sample_seconds,
            evaluate: row.evaluate_seconds,
        },
        evaluations: row.evaluations,
    }
}
