//! The command line: one file per subcommand, parsing and printing only.
//!
//! Exit codes: 0 done, 1 failure, 2 wrong usage, 130 and 143 stopped by Ctrl-C and SIGTERM.

mod best;
mod build;
mod compare;
mod data;
mod devices;
mod error;
mod export;
mod interrupt;
mod network;
mod outcome;
mod output;
mod progress;
mod rewards;
mod sample;
mod search;
mod show;
mod subject;
mod train;
mod training;
mod trials;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

/// Learn a distribution of good neural architectures with a graph generator.
#[derive(Debug, Parser)]
#[command(name = "graphpnas", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Search(search::Args),
    Compare(compare::Args),
    Trials(trials::Args),
    Sample(sample::Args),
    Show(show::Args),
    Export(export::Args),
    Train(train::Args),
    Evaluate(train::EvaluateArgs),
    Data(data::Args),
    Devices(devices::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version go to stdout with code 0, mistakes to stderr with code 2; a closed pipe is no mistake.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let result = match cli.command {
        Command::Search(args) => search::run(&args),
        Command::Compare(args) => compare::run(&args),
        Command::Trials(args) => trials::run(&args),
        Command::Sample(args) => sample::run(&args),
        Command::Show(args) => show::run(&args),
        Command::Export(args) => export::run(&args),
        Command::Train(args) => train::run(&args),
        Command::Evaluate(args) => train::evaluate(&args),
        Command::Data(args) => data::run(&args),
        Command::Devices(args) => devices::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::complain(&error);
            error.exit_code()
        }
    }
}
