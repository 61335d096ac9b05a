//! The arguments of this process, parsed.

use super::Cli;
use clap::{ArgAction, Command, CommandFactory, Error, FromArgMatches};

/// Parses the command line.
///
/// # Errors
/// What is wrong with it; or help or the version, where they are asked for.
pub(super) fn parse() -> Result<Cli, Error> {
    let mut command = with_negative_numbers(Cli::command());
    let matches = command.try_get_matches_from_mut(std::env::args_os())?;
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
