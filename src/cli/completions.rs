//! `graphpnas completions`: prints shell completion scripts.

use super::error::CliError;
use super::{Cli, output};
use clap::CommandFactory;
use clap_complete::Shell;

const EXAMPLES: &str = "\
Examples:
  graphpnas completions bash > ~/.local/share/bash-completion/completions/graphpnas
  graphpnas completions zsh > ~/.zfunc/_graphpnas
  graphpnas completions fish > ~/.config/fish/completions/graphpnas.fish";

/// Print a shell completion script.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Shell
    shell: Shell,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "graphpnas", &mut script);
    output::print(&String::from_utf8_lossy(&script))
}
