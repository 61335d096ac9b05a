//! Writes to stdout and stderr. A closed stdout (`| head`) is not an error.
//!
//! Results go to stdout, everything else to stderr: notes and progress unless `--quiet`, details with `--verbose`,
//! errors always. With `--json` stdout is exactly one JSON value: the result or an error.

use super::error::{CliError, is_invalid_value};
use crate::disk;
use crate::run;
use crate::shown::{Show, message};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

/// Redraw interval of progress bars.
const TICK: Duration = Duration::from_millis(250);

/// What is printed on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Verbosity {
    /// Only errors and warnings about the result.
    Quiet,
    /// Also notes and progress.
    Normal,
    /// Also details.
    Verbose,
}

static VERBOSITY: OnceLock<Verbosity> = OnceLock::new();

/// Sets the verbosity, once at the start.
pub(super) fn set_verbosity(verbosity: Verbosity) {
    let _ = VERBOSITY.set(verbosity);
}

fn verbosity() -> Verbosity {
    VERBOSITY.get().copied().unwrap_or(Verbosity::Normal)
}

/// Creates a progress bar; hidden with `--quiet` or if stderr is not a terminal. `{left}` in the template is the remaining
/// time, empty while it is unknown.
pub(super) fn bar(length: u64, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() || verbosity() == Verbosity::Quiet {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("left", time_left));
    }
    bar.enable_steady_tick(TICK);
    bar
}

fn time_left(state: &ProgressState, text: &mut dyn std::fmt::Write) {
    let left = state.eta();
    if left >= Duration::from_secs(1) {
        // A failed write is harmless: the line is redrawn.
        let _ = write!(text, ", {:#} left", HumanDuration(left));
    }
}

/// Prints text to stdout.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    ignore_closed(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints help or the version to stdout, in colour on a terminal.
pub(super) fn help(help: &clap::Error) -> Result<(), CliError> {
    ignore_closed(help.print().and_then(|()| io::stdout().flush()))
}

/// Ignores a closed stdout.
fn ignore_closed(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(()),
    }
}

/// Writes a file completely or not at all. A path that is not a regular file, such as a device, is written to directly.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    disk::replace(path, bytes).map_err(|source| CliError::Write { path: path.into(), source })
}

/// Rejects a path that [`file`] cannot write to; called before the work that computes the contents.
pub(super) fn check(path: &Path) -> Result<(), CliError> {
    check_creatable(path, false)
}

/// Rejects an output path that is also an input of the command.
pub(super) fn check_not_input(path: &Path, input: &Path) -> Result<(), CliError> {
    let canonical = |path: &Path| path.canonicalize().ok();
    if canonical(path).is_some_and(|output| canonical(input) == Some(output)) {
        return Err(CliError::Usage(format!(
            "{} is the input and would be overwritten; choose another file with --out",
            path.shown()
        )));
    }
    Ok(())
}

/// As [`check`]; with `creates_folders`, missing parent folders are allowed if they can be created.
pub(super) fn check_creatable(path: &Path, creates_folders: bool) -> Result<(), CliError> {
    if run::is_run_file(path) {
        let shown = path.shown();
        return Err(CliError::Usage(format!(
            "{shown} belongs to a run and would be overwritten; choose another file with --out"
        )));
    }
    let checked = if creates_folders { disk::check_below(path) } else { disk::check(path) };
    checked.map_err(|source| match source.kind() {
        ErrorKind::IsADirectory => {
            CliError::Failed(format!("cannot write {}: it is a folder; choose a file name", path.shown()))
        }
        ErrorKind::NotFound if !creates_folders => CliError::Failed(format!(
            "cannot write {}: its folder does not exist; create the folder or choose another file",
            path.shown()
        )),
        _ => CliError::Write { path: path.into(), source },
    })
}

/// Formats a value as JSON with a final line break.
pub(super) fn json(value: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Text(error.to_string()))?;
    Ok(text + "\n")
}

/// What `--json` prints instead of a result after an error.
#[derive(Serialize)]
struct Failure {
    error: ErrorBody,
}

#[derive(Serialize)]
struct ErrorBody {
    message: String,
    /// The exit code.
    code: u8,
}

/// Prints an error on stderr and, with `--json`, also on stdout.
pub(super) fn report_error(error: &CliError) {
    match error {
        CliError::Arguments(error) if !is_invalid_value(error) => drop(error.print()),
        _ => write_line(&format!("error: {error}")),
    }
    let as_json = std::env::args_os().take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if as_json && !matches!(error, CliError::Stdout(_) | CliError::InvalidInputs(_)) {
        let failure = Failure { error: ErrorBody { message: error.to_string(), code: error.exit_code() } };
        // A failure to write is ignored: the error is already on stderr.
        let _ = json(&failure).and_then(|text| print(&text));
    }
}

/// Prints an error about a single input on stderr; the command continues.
pub(super) fn report_input_error(what: &str) {
    write_line(&format!("error: {what}"));
}

/// Prints a note on stderr, unless `--quiet`.
pub(super) fn note(text: &str) {
    if verbosity() > Verbosity::Quiet {
        write_line(text);
    }
}

/// Prints a warning on stderr, even with `--quiet`: the result may be mistaken for something else.
pub(super) fn warning(text: &str) {
    write_line(text);
}

/// Prints a detail on stderr, with `--verbose` only.
pub(super) fn detail(text: impl FnOnce() -> String) {
    if verbosity() >= Verbosity::Verbose {
        write_line(&text());
    }
}

/// Writes a line to stderr; a failure cannot be reported and is ignored.
fn write_line(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", message(text));
}
