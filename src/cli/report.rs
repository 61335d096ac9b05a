//! `graphpnas report`: a run as one HTML page, from its ledger.

use super::error::CliError;
use super::outcome;
use super::output;
use super::subject;
use crate::report::html::{Findings, html};
use crate::run::{CONFIG, HISTORY, Ledger, Meta, Run};
use crate::search::{Outcome, explores_itself};
use crate::shown::Show;
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
    let shared = outcome(folder, &meta)?.and_then(|outcome| outcome.supernet);
    Ok(html(&Findings {
        space: &*space,
        learns: !explores_itself(&meta.generator),
        meta,
        config,
        trials: ledger.trials()?,
        rounds: ledger.rounds()?,
        looks: ledger.distributions()?,
        shared,
    }))
}

/// The outcome of a run that is over: what shared weights told is there only.
fn outcome(folder: &Path, meta: &Meta) -> Result<Option<Outcome>, CliError> {
    let file = folder.join(HISTORY);
    if meta.status == "finished" && file.is_file() { outcome::read(&file).map(Some) } else { Ok(None) }
}
