//! `graphpnas data`: downloads data sets; converts, checks and describes benchmark files.

mod fetch;
mod table;
mod verify;

use super::error::CliError;
use clap::Subcommand;

const EXAMPLES: &str = "\
Examples:
  graphpnas data list
  graphpnas data fetch cifar10
  graphpnas search nasbench201 --data data/cifar-10-batches-bin
  graphpnas data convert nasbench_only108.tfrecord --space nasbench101 --out nasbench101.table
  graphpnas data verify nasbench101.table
  graphpnas data info nasbench201
  graphpnas search nasbench101 --table nasbench101.table

Supported benchmark files: the TFRecord files of NAS-Bench-101; the unpacked -simple folder of NATS-Bench's topology space
(its pickles are parsed as data and never executed); CSV files with the benchmark's columns; compact tables of
`data convert`. All of NAS-Bench-201 is built in. Not supported: single-file releases of NATS-Bench and NAS-Bench-201
(.pickle.pbz2, .pth), which cannot be read in parts, and Parquet, in which no benchmark is released.";

/// Download data sets; convert, check and describe benchmark files.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(fetch::ListArgs),
    Fetch(fetch::Args),
    Verify(verify::Args),
    Convert(table::ConvertArgs),
    Info(table::InfoArgs),
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    match &args.command {
        Command::List(args) => fetch::list(args),
        Command::Fetch(args) => fetch::run(args),
        Command::Verify(args) => verify::run(args),
        Command::Convert(args) => table::convert(args),
        Command::Info(args) => table::info(args),
    }
}
