//! `graphpnas data`: data sets and benchmark files, from where they are published to what a search reads.

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

Benchmark files that are read: the TFRecord files of NAS-Bench-101; the unpacked -simple folder of NATS-Bench's topology
space, whose pickles are read as data and never run; CSV files with the benchmark's columns; and the compact tables written
here. All of NAS-Bench-201 is built in. Not read are NATS-Bench and NAS-Bench-201 releases in one file (.pickle.pbz2,
.pth), which cannot be read piece by piece, and Parquet, which no benchmark is released as.";

/// Fetch data sets; convert, check and describe benchmark files.
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
