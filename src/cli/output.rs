//! Writing to stdout and stderr; a reader that went away (`| head`) is not an error.
//!
//! Results go to stdout, everything else to stderr: notes and progress unless `--quiet`, details with `--verbose`,
//! errors always. With `--json` stdout gets exactly one JSON value, which tells an error where there is no result.

use super::error::{CliError, is_of_value};
use crate::disk;
use crate::run;
use crate::shown::{Show, message};
use indicatif::{HumanDuration, ProgressBar, ProgressState, ProgressStyle};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

/// How often a progress bar is drawn anew while nothing happens.
const TICK: Duration = Duration::from_millis(250);

/// How much is told on stderr.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd)]
pub(super) enum Verbosity {
    /// Errors.
    Quiet,
    /// And notes and progress.
    Usual,
    /// And details.
    Verbose,
}

static VERBOSITY: OnceLock<Verbosity> = OnceLock::new();

/// Says once, at the start, how much is told.
pub(super) fn speak(verbosity: Verbosity) {
    let _ = VERBOSITY.set(verbosity);
}

fn verbosity() -> Verbosity {
    VERBOSITY.get().copied().unwrap_or(Verbosity::Usual)
}

/// A progress bar, hidden unless somebody is looking and wants to see it. `{left}` in its template is the time left, and
/// nothing as long as it is unknown.
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
        // A line that cannot be drawn is drawn again soon.
        let _ = write!(text, ", {:#} left", HumanDuration(left));
    }
}

/// Prints text to stdout.
pub(super) fn print(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    written(out.write_all(text.as_bytes()).and_then(|()| out.flush()))
}

/// Prints help or the version to stdout, in colour where it is looked at.
pub(super) fn help(help: &clap::Error) -> Result<(), CliError> {
    written(help.print().and_then(|()| io::stdout().flush()))
}

/// A reader that went away is no failure.
fn written(result: io::Result<()>) -> Result<(), CliError> {
    match result {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(CliError::Stdout(error)),
        _ => Ok(()),
    }
}

/// Writes a file whole or not at all; what is there and is no file, such as a device, is written to as it is.
pub(super) fn file(path: &Path, bytes: &[u8]) -> Result<(), CliError> {
    disk::replace(path, bytes).map_err(|source| CliError::Write { path: path.into(), source })
}

/// Refuses a path that [`file`] could not write to, before the work begins whose result is to go there.
pub(super) fn check(path: &Path) -> Result<(), CliError> {
    check_below(path, false)
}

/// Refuses to write over a file that a command reads: what it holds would be lost, or the result would be of half a file.
pub(super) fn check_apart(path: &Path, read: &Path) -> Result<(), CliError> {
    let place = |path: &Path| path.canonicalize().ok();
    if place(path).is_some_and(|place_of_path| place(read) == Some(place_of_path)) {
        return Err(CliError::Usage(format!(
            "{} is what is read, and would be replaced; name another file with --out",
            path.shown()
        )));
    }
    Ok(())
}

/// The same; where folders are made for the file, it is enough that they can be.
pub(super) fn check_below(path: &Path, made: bool) -> Result<(), CliError> {
    if run::keeps(path) {
        let shown = path.shown();
        return Err(CliError::Usage(format!(
            "{shown} is a file of a run, and would be replaced; name another file with --out"
        )));
    }
    let checked = if made { disk::check_below(path) } else { disk::check(path) };
    checked.map_err(|source| match source.kind() {
        ErrorKind::IsADirectory => {
            CliError::Failed(format!("cannot write {}: it is a folder; name a file to write", path.shown()))
        }
        ErrorKind::NotFound if !made => CliError::Failed(format!(
            "cannot write {}: the folder it would be in is not there; make that, or name another file",
            path.shown()
        )),
        _ => CliError::Write { path: path.into(), source },
    })
}

/// A value as JSON text with a final line break.
pub(super) fn json(value: &impl Serialize) -> Result<String, CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::Text(error.to_string()))?;
    Ok(text + "\n")
}

/// What `--json` prints in place of a result.
#[derive(Serialize)]
struct Failure {
    error: Told,
}

#[derive(Serialize)]
struct Told {
    message: String,
    /// The exit code.
    code: u8,
}

/// Tells an error on stderr, and on stdout too where the command line asks for JSON.
pub(super) fn complain(error: &CliError) {
    match error {
        CliError::Arguments(wrong) if !is_of_value(wrong) => drop(wrong.print()),
        _ => tell(&format!("error: {error}")),
    }
    let as_json = std::env::args_os().take_while(|arg| arg != "--").any(|arg| arg == "--json");
    if as_json && !matches!(error, CliError::Stdout(_) | CliError::Found(_)) {
        let failure = Failure { error: Told { message: error.to_string(), code: error.exit_code() } };
        // The error is told already; a stdout that cannot be written to is not worth another.
        let _ = json(&failure).and_then(|text| print(&text));
    }
}

/// Tells on stderr what is wrong with a part of the work, while the rest goes on.
pub(super) fn complain_of(what: &str) {
    tell(&format!("error: {what}"));
}

/// Tells a remark on stderr.
pub(super) fn note(text: &str) {
    if verbosity() > Verbosity::Quiet {
        tell(text);
    }
}

/// Tells what has to be known whatever was asked for: a result that is not what it may be taken for.
pub(super) fn warning(text: &str) {
    tell(text);
}

/// Tells what only the curious want to know.
pub(super) fn detail(text: impl FnOnce() -> String) {
    if verbosity() >= Verbosity::Verbose {
        tell(&text());
    }
}

/// A failing write leaves nothing to be done.
fn tell(text: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", message(text));
}
