//! `graphpnas space init`: writes a commented space file to start from.

use crate::cli::config::create;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::shown::Show;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas space init my.toml
  graphpnas space init my-cell.toml --template cell
  graphpnas space init my-graph.toml --template free

Templates: macro, a chain of layers of variable length; cell, operations on the edges of a cell that is repeated; free, a
graph of nodes with any edges.";

/// Write a commented space file to start from.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// New file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Kind of space
    #[arg(long, value_enum, default_value = "macro")]
    template: Template,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Template {
    Macro,
    Cell,
    Free,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let text = match args.template {
        Template::Macro => include_str!("../../../presets/spaces/templates/macro.toml"),
        Template::Cell => include_str!("../../../presets/spaces/templates/cell.toml"),
        Template::Free => include_str!("../../../presets/spaces/templates/free.toml"),
    };
    create(&args.file, text)?;
    let file = args.file.shown();
    output::print(&format!("wrote {file}; next: graphpnas space check {file}, then graphpnas search {file}\n"))
}
