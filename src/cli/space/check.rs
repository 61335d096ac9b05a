//! `graphpnas space check`: builds the networks of random architectures.

use super::list::Described;
use crate::cli::error::CliError;
use crate::cli::network::image;
use crate::cli::number::integer;
use crate::cli::output;
use crate::network::{Size, Task};
use crate::space::{self, Explorer, Space};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::fmt::Write;

const EXAMPLES: &str = "\
Examples:
  graphpnas space check my.toml
  graphpnas space check my.toml --input 1x28x28 --classes 10 --count 1000
  graphpnas space check nasbench-macro --json

Reads the file, counts the architectures, and builds the networks of random ones. An error names line and key, or the
architecture whose network cannot be built.";

/// Check a space file: its rules, its size, and the networks of random architectures.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Name of a space or path of a space file
    #[arg(value_name = "SPACE")]
    space: String,
    /// Number of random architectures
    #[arg(long, value_name = "COUNT", default_value_t = 100, value_parser = integer::<usize>("--count"))]
    count: usize,
    /// Seed of the random architectures
    #[arg(long, default_value_t = 1, value_parser = integer::<u64>("seed"))]
    seed: u64,
    /// Classes [default: that of the space, usually 10]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--classes"))]
    classes: Option<usize>,
    /// Channels, height and width of an image [default: that of the space, usually 3x32x32]
    #[arg(long, value_name = "CxHxW", value_parser = image)]
    input: Option<[usize; 3]>,
    /// Channels of the first stage [default: the setting `channels`]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells [default: the setting `cells`]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("--cells"))]
    cells: Option<usize>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// The network of an architecture.
#[derive(Debug, Clone, Serialize)]
struct Measured {
    arch: String,
    parameters: u64,
    multiply_adds: u64,
    operations: usize,
}

#[derive(Serialize)]
struct Checked {
    #[serde(flatten)]
    space: Described,
    /// Number of random architectures.
    checked: usize,
    /// Number of different ones.
    distinct: usize,
    /// Their networks; `None` if operations are external.
    #[serde(flatten)]
    networks: Option<Networks>,
}

#[derive(Serialize)]
struct Networks {
    input: [usize; 3],
    classes: usize,
    smallest: Measured,
    largest: Measured,
    median: Measured,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let space = space::open_file(&args.space)?;
    let unused = space.unused_choices();
    if let Some(first) = unused.first() {
        let names = unused.join(", ");
        output::warning(&format!(
            "warning: nothing uses {names} of [choice]; write \"{{{first}}}\" where its value belongs, or remove it"
        ));
    }
    let (task, size) = (space.published_task(), space.published_size());
    let task = Task { input: args.input.unwrap_or(task.input), classes: args.classes.unwrap_or(task.classes) };
    let size = Size { channels: args.channels.unwrap_or(size.channels), cells: args.cells.unwrap_or(size.cells) };
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let mut keys = std::collections::HashSet::new();
    let mut measured = Vec::new();
    for _ in 0..args.count {
        let graph = space.explore(&Explorer::Uniform, &mut rng);
        let failed = |why: &dyn std::fmt::Display| {
            let arch = space.decode(&graph).unwrap_or_default();
            CliError::Usage(format!("the network of the architecture '{arch}' cannot be built: {why}"))
        };
        keys.insert(space.canonical(&graph).map_err(|error| failed(&error))?);
        if !space.has_networks() {
            continue;
        }
        let network = space.network(&graph, task, size).map_err(|error| failed(&error))?;
        let cost = network.cost();
        measured.push(Measured {
            arch: space.decode(&graph).map_err(|error| failed(&error))?,
            parameters: cost.parameters,
            multiply_adds: cost.multiply_adds,
            operations: network.nodes.len() - 1,
        });
    }
    measured.sort_by(|a, b| (a.multiply_adds, a.parameters, &a.arch).cmp(&(b.multiply_adds, b.parameters, &b.arch)));
    let at = |place: usize| measured.get(place).cloned();
    let extremes = at(0).zip(at(measured.len() / 2)).zip(measured.last().cloned());
    let networks = extremes.map(|((smallest, median), largest)| Networks {
        input: task.input,
        classes: task.classes,
        smallest,
        median,
        largest,
    });
    let checked = Checked { space: Described::new(&*space), checked: args.count, distinct: keys.len(), networks };
    output::print(&if args.json { output::json(&checked)? } else { describe(&checked, &*space) })
}

fn describe(checked: &Checked, space: &dyn Space) -> String {
    let Checked { checked: count, distinct, networks, .. } = checked;
    let mut text = checked.space.text(space);
    let Some(Networks { input: [channels, height, width], classes, smallest, median, largest }) = networks else {
        let _ = writeln!(
            text,
            "networks       none, because operations are of the kind external: rewards are those of a table (--table FILE)\n\
             architectures  {count} random ones, {distinct} of them different"
        );
        return text;
    };
    let _ = writeln!(
        text,
        "networks       {count} random architectures, {distinct} of them different, for {channels}x{height}x{width} images and \
         {classes} classes"
    );
    for (name, one) in [("smallest", smallest), ("median", median), ("largest", largest)] {
        let Measured { arch, parameters, multiply_adds, operations } = one;
        let _ = writeln!(
            text,
            "{name:<14} {parameters} parameters, {multiply_adds} multiply-adds, {operations} operations: {arch}"
        );
    }
    text
}
