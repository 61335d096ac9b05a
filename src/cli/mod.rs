//! The command line: one file per subcommand, parsing and printing only.

mod arguments;
mod best;
mod classes;
mod compare;
mod completions;
mod config;
mod data;
mod device;
mod devices;
mod error;
mod evaluate;
mod export;
mod height_width;
mod images;
mod interrupt;
mod logger;
mod manual;
mod network;
mod number;
mod outcome;
mod output;
mod pictures;
mod predict;
mod profile;
mod progress;
mod report;
mod sample;
mod score;
mod search;
mod show;
mod subject;
mod train;
mod training;
mod trials;
mod weights;

use clap::{Parser, Subcommand};
use error::CliError;
use output::Verbosity;
use std::process::ExitCode;

const AFTER: &str = "\
Examples:
  graphpnas search
  graphpnas search nasbench201 --dataset cifar10 --evaluations 100 --seed 1 --json
  graphpnas help train

Results go to standard output, notes, progress and errors to standard error. With --json standard output gets exactly
one JSON value; an error is {\"error\": {\"message\": ..., \"code\": ...}}. NO_COLOR=1 takes the colours away.

Exit codes: 0 done, 1 failed under way, 2 wrong arguments or configuration, 130 ended by Ctrl-C, 143 by SIGTERM. A reader
of standard output that goes away, as head does, is no failure.";

/// Learn a distribution of good neural architectures with a graph generator.
#[derive(Debug, Parser)]
#[command(name = "graphpnas", version, arg_required_else_help = true, after_help = AFTER)]
struct Cli {
    /// Print errors only: no progress, no notes
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print details: the device, sizes of tables and data sets, every round
    #[arg(short, long, global = true)]
    verbose: bool,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Search(search::Args),
    Compare(compare::Args),
    Trials(trials::Args),
    Report(report::Args),
    Sample(sample::Args),
    Score(score::Args),
    Show(show::Args),
    Profile(profile::Args),
    Export(export::Args),
    Train(train::Args),
    Evaluate(evaluate::Args),
    Predict(predict::Args),
    Data(data::Args),
    Config(config::Args),
    Devices(devices::Args),
    Completions(completions::Args),
    Man(manual::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    if let Err(error) = interrupt::outlive_file_limit() {
        return end(Err(error));
    }
    match arguments::parse() {
        Ok(cli) => end(cli.run()),
        Err(error) if error.use_stderr() => end(Err(error.into())),
        // Help and version are results.
        Err(help) => end(output::help(&help)),
    }
}

fn end(result: Result<(), CliError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    output::complain(&error);
    ExitCode::from(error.exit_code())
}

impl Cli {
    fn run(self) -> Result<(), CliError> {
        output::speak(match self {
            Self { quiet: true, .. } => Verbosity::Quiet,
            Self { verbose: true, .. } => Verbosity::Verbose,
            _ => Verbosity::Usual,
        });
        logger::install();
        match self.command {
            Command::Search(args) => search::run(&args),
            Command::Compare(args) => compare::run(&args),
            Command::Trials(args) => trials::run(&args),
            Command::Report(args) => report::run(&args),
            Command::Sample(args) => sample::run(&args),
            Command::Score(args) => score::run(&args),
            Command::Show(args) => show::run(&args),
            Command::Profile(args) => profile::run(&args),
            Command::Export(args) => export::run(&args),
            Command::Train(args) => train::run(&args),
            Command::Evaluate(args) => evaluate::run(&args),
            Command::Predict(args) => predict::run(&args),
            Command::Data(args) => data::run(&args),
            Command::Config(args) => config::run(&args),
            Command::Devices(args) => devices::run(&args),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => manual::run(&args),
        }
    }
}
