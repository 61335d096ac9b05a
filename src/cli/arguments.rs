//! Parses the command line of this process.

use super::Cli;
use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use clap::{ArgAction, Command, CommandFactory, FromArgMatches};
use std::num::{IntErrorKind, ParseFloatError, ParseIntError};

/// Parses the command line.
///
/// # Errors
/// A usage error, or the help or version text if it was requested.
pub(super) fn parse() -> Result<Cli, Error> {
    let mut command = with_negative_numbers(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os()).map_err(with_expected)?;
    Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
}

/// Makes `-1` in `--seed -1` an invalid value of `--seed` instead of an unknown argument.
fn with_negative_numbers(command: Command) -> Command {
    let command = command.mut_args(|arg| {
        let takes_value = matches!(arg.get_action(), ArgAction::Set | ArgAction::Append);
        if takes_value { arg.allow_negative_numbers(true) } else { arg }
    });
    command.mut_subcommands(with_negative_numbers)
}

/// Adds the accepted values to the standard library's errors of number parsing.
fn with_expected(error: Error) -> Error {
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
        _ => "it must be an integer, 0 or more",
    })
}
