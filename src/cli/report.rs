//! `graphpnas report`: writes a run's report as one HTML page, from its ledger.

use super::error::CliError;
use super::output;
use super::subject;
use crate::experiment::{REPORT, report};
use crate::shown::Show;
use std::path::PathBuf;

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
    output::file(&path, report(&args.folder)?.as_bytes())?;
    output::print(&format!("{}\n", path.shown()))?;
    if !args.open {
        return Ok(());
    }
    let failed = |error| CliError::Failed(format!("cannot start a browser ({error}); open {} manually", path.shown()));
    open::that_detached(&path).map_err(failed)
}
