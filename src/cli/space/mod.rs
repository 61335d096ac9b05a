//! `graphpnas space`: lists, describes, checks, samples, draws and starts search spaces.

mod check;
mod init;
mod list;
mod sample;

use super::error::CliError;
use crate::space::{self, Space};
use clap::Subcommand;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas space list
  graphpnas space init my.toml --template macro
  graphpnas space check my.toml
  graphpnas space draw my.toml --seed 2 --svg network.svg
  graphpnas space sample my.toml --count 5
  graphpnas search my.toml

A space file defines operations, the graphs that are searched and the network around them. Every command that takes a space
takes the path of a space file. docs/guide/spaces.md explains the format.";

/// List, describe, check, sample and draw search spaces; start a space file.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::ListArgs),
    Show(list::ShowArgs),
    Check(check::Args),
    Sample(sample::SampleArgs),
    Draw(sample::DrawArgs),
    Init(init::Args),
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List(args) => list::list(args),
        Command::Show(args) => list::show(args),
        Command::Check(args) => check::run(args),
        Command::Sample(args) => sample::sample(args),
        Command::Draw(args) => sample::draw(args),
        Command::Init(args) => init::run(args),
    }
}

/// Opens the space of an argument.
fn open(name: &str) -> Result<Arc<dyn Space>, CliError> {
    Ok(space::open(name)?)
}

/// Formats the number of architectures.
fn size(space: &dyn Space) -> String {
    let (size, log2) = (space.size(), space.log2_size());
    let bound = if space.size_is_bound() { "at most " } else { "" };
    match size {
        size if size < 1e6 => format!("{bound}{size}"),
        size if size < 1e300 => format!("{bound}{size:.4e}"),
        _ => format!("{bound}2^{log2:.1}"),
    }
}
