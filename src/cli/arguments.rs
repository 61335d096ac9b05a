//! The arguments of this process, parsed.

use super::Cli;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{ArgAction, Command, CommandFactory, FromArgMatches};
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

/// Parses the command line.
///
/// # Errors
/// What is wrong with it; or help or the version, where they are asked for.
pub(super) fn parse() -> Result<Cli, Error> {
    let mut command = with_negative_numbers(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os()).map_err(explained)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// The same command, in which `--seed -1` gives `--seed` a wrong value, instead of an unknown argument `-1`.
fn with_negative_numbers(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let takes = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        if takes { arg.allow_negative_numbers(true) } else { arg }
    });
    command.mut_subcommands(with_negative_numbers)
}

/// The error with what a number may be, where the standard library says only that a text is none.
fn explained(error: Error) -> Error {
    let Some(expected) = std::error::Error::source(&error).and_then(expected) else { return error };
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    };
    match (text(ContextKind::InvalidArg), text(ContextKind::InvalidValue)) {
        (Some(name), Some(value)) => {
            Error::raw(ErrorKind::ValueValidation, format!("invalid value '{value}' for '{name}': {expected}\n"))
        }
        _ => error,
    }
}

fn expected(source: &(dyn std::error::Error + 'static)) -> Option<&'static str> {
    if source.is::<ParseFloatError>() {
        return Some("it must be a number");
    }
    Some(match source.downcast_ref::<ParseIntError>()?.kind() {
        IntErrorKind::PosOverflow => "it is too large",
        _ => "it must be a whole number, 0 or more",
    })
}
