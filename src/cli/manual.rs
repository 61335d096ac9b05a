//! `graphpnas man`: generates manual pages from the help texts.

use super::error::CliError;
use super::{Cli, output};
use clap::{Command, CommandFactory};
use clap_mangen::Man;
use std::fs;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas man | man -l -
  graphpnas man ~/.local/share/man/man1";

/// Print the manual page, or write the pages of all subcommands to a folder.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder for one page per subcommand; created if missing
    dir: Option<PathBuf>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let mut command = Cli::command().disable_help_subcommand(true);
    command.build();
    let Some(dir) = &args.dir else {
        return output::print(&String::from_utf8_lossy(&page(&command)?.1));
    };
    fs::create_dir_all(dir).map_err(|source| CliError::Write { path: dir.clone(), source })?;
    for command in with_subcommands(&command) {
        let (name, bytes) = page(command)?;
        output::file(&dir.join(name), &bytes)?;
    }
    Ok(())
}

/// Returns the file name and contents of a command's page.
fn page(command: &Command) -> Result<(String, Vec<u8>), CliError> {
    let man = Man::new(command.clone());
    let mut bytes = Vec::new();
    man.render(&mut bytes).map_err(|error| CliError::Text(error.to_string()))?;
    Ok((man.get_filename(), bytes))
}

fn with_subcommands(command: &Command) -> Vec<&Command> {
    let subcommands = command.get_subcommands().flat_map(with_subcommands);
    std::iter::once(command).chain(subcommands).collect()
}
