//! The command line: one file per subcommand, for parsing and printing only.

mod arguments;
mod classes;
mod classify;
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
mod input_files;
mod interrupt;
mod logger;
mod manual;
mod network;
mod number;
mod outcome;
mod output;
mod predict;
mod profile;
mod progress;
mod report;
mod sample;
mod score;
mod search;
mod show;
mod space;
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

Results go to standard output; notes, progress and errors go to standard error. With --json, standard output is exactly one
JSON value; an error is {\"error\": {\"message\": ..., \"code\": ...}}. NO_COLOR=1 disables colours.

Exit codes: 0 success, 1 failure during execution, 2 wrong arguments or configuration, 130 ended by Ctrl-C, 143 by SIGTERM.
A closed standard output, as with `| head`, is not an error.";

/// Learn a distribution of good neural architectures with a graph generator.
#[derive(Debug, Parser)]
#[command(name = "graphpnas", version, arg_required_else_help = true, after_help = AFTER)]
struct Cli {
    /// Print errors only: no progress, no notes
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Print details: device, sizes of tables and data sets, every round
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
    Space(space::Args),
    Data(data::Args),
    Config(config::Args),
    Devices(devices::Args),
    Completions(completions::Args),
    Man(manual::Args),
}

/// Runs the command line of this process.
pub fn main() -> ExitCode {
    if let Err(error) = interrupt::handle_file_size_limit() {
        return exit_code(Err(error));
    }
    match arguments::parse() {
        Ok(cli) => exit_code(cli.run()),
        Err(error) if error.use_stderr() => exit_code(Err(error.into())),
        // Help and version go to standard output.
        Err(help) => exit_code(output::help(&help)),
    }
}

/// Reports an error and returns the exit code of the process.
fn exit_code(result: Result<(), CliError>) -> ExitCode {
    let Err(error) = result else { return ExitCode::SUCCESS };
    output::report_error(&error);
    ExitCode::from(error.exit_code())
}

impl Cli {
    fn run(self) -> Result<(), CliError> {
        output::set_verbosity(match self {
            Self { quiet: true, .. } => Verbosity::Quiet,
            Self { verbose: true, .. } => Verbosity::Verbose,
            _ => Verbosity::Normal,
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
            Command::Space(args) => space::run(&args),
            Command::Data(args) => data::run(&args),
            Command::Config(args) => config::run(&args),
            Command::Devices(args) => devices::run(&args),
            Command::Completions(args) => completions::run(&args),
            Command::Man(args) => manual::run(&args),
        }
    }
}
