//! `graphpnas show`: draws an architecture in the terminal and prints its network's cost.

use super::error::CliError;
use super::network::Source;
use super::number::integer;
use super::output;
use crate::experiment::sheet;
use crate::report::{Description, Diagram, svg, terminal};
use crate::shown::Show;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas show '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|'
  graphpnas show '0-1 0-2 1-3 2-3;conv3x3-bn-relu maxpool3x3' --channels 64 --svg cell.svg
  graphpnas show '0-1 0-2 1-3 2-3;conv3x3-bn-relu maxpool3x3' --json
  graphpnas show 00005c142e6f48ac74fdcf73e3439874 --table nasbench101.csv
  graphpnas show \"$(cat genotype.py)\"

Architectures are accepted in the formats of papers and other programs: a genotype over several lines, with a name before it;
a matrix and operations as JSON or ModelSpec(...), or a hash, of NAS-Bench-101; the integers of NASLib.

In the drawing each line is a node or an operation. Its output runs down a lane to the right, and the lines that read it join
the lane. Costs are exact; nothing is run to compute them.";

/// Draw an architecture and print its network's cost.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    #[command(flatten)]
    source: Source,
    /// Batch size of the training step whose memory is printed
    #[arg(long, default_value_t = 64, value_parser = integer::<usize>("--batch"))]
    batch: usize,
    /// File to write a drawing to
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
    /// Benchmark table to look the architecture up in: a file, or `built-in`
    #[arg(long, value_name = "FILE")]
    table: Option<PathBuf>,
    /// Print the result, without the drawing, as one JSON value
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    args.svg.as_deref().map_or(Ok(()), output::check)?;
    let child = args.source.build()?;
    let diagram = Diagram::new(&*child.space, &child.graph).map_err(|error| CliError::Usage(error.to_string()))?;
    let description = child.describe(args.batch)?;
    let figures = args.table.as_deref().map(|path| Figures::read(path, &description)).transpose()?;
    if let Some(path) = &args.svg {
        output::file(path, svg(&diagram).as_bytes())?;
    }
    let text = if args.json {
        output::json(&Shown { description, table: figures })?
    } else {
        let figures = figures.map(|figures| figures.describe()).unwrap_or_default();
        describe(&description, &diagram) + &figures
    };
    output::print(&text)
}

/// What `--json` prints.
#[derive(Serialize)]
struct Shown {
    #[serde(flatten)]
    description: Description,
    #[serde(skip_serializing_if = "Option::is_none")]
    table: Option<Figures>,
}

/// Values of an architecture in a benchmark table, in the table's units.
#[derive(Serialize)]
struct Figures {
    file: PathBuf,
    figures: BTreeMap<String, f64>,
}

impl Figures {
    fn read(path: &Path, description: &Description) -> Result<Self, CliError> {
        let sheet = sheet(path, &description.space)?;
        let row = sheet.row(&description.canonical).ok_or_else(|| {
            CliError::Failed(format!(
                "the table {} does not have the architecture {}",
                path.shown(),
                description.canonical
            ))
        })?;
        let figures = row.into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
        Ok(Self { file: path.to_owned(), figures })
    }

    fn describe(&self) -> String {
        let mut text = format!("\ntable    {}\n", self.file.shown());
        for (name, value) in &self.figures {
            let _ = writeln!(text, "{value:>12}  {name}");
        }
        text
    }
}

fn describe(description: &Description, diagram: &Diagram) -> String {
    let Description { space, arch, index, canonical, graph, input, classes, channels, cells, cost, .. } = description;
    let [depth, height, width] = input;
    let mut text = format!("{space}  {arch}\n");
    if let Some(index) = index {
        let _ = writeln!(text, "index  {space}:{index}");
    }
    if canonical != arch {
        let _ = writeln!(text, "counted as  {canonical}");
    }
    let _ = writeln!(text, "valid: {} nodes, {} edges\n", graph.nodes(), graph.edge_count());
    let _ = writeln!(text, "{}", terminal(diagram));
    let _ = writeln!(
        text,
        "network  {channels} channels, {cells} cells, images {depth}x{height}x{width}, {classes} classes"
    );
    let _ = writeln!(text, "{:>12}  parameters", thousands(cost.parameters));
    let _ = writeln!(text, "{:>12}  multiply-adds per image", thousands(cost.multiply_adds));
    let _ = writeln!(text, "{:>12}  activations per image", bytes(cost.activation_bytes));
    let (peak, batch, launches) = (bytes(cost.training_peak_bytes), cost.batch, cost.training_launches);
    let _ = writeln!(text, "{peak:>12}  at the peak of a training step on {batch} images, {launches} launches");
    text
}

/// Formats 1234567 as `1,234,567`.
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Formats a number of bytes in B, KiB, MiB or GiB.
fn bytes(number: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    match units.into_iter().find(|(shift, _)| number >> shift > 0) {
        Some((shift, unit)) => format!("{:.1} {unit}", number as f64 / (1_u64 << shift) as f64),
        None => format!("{number} B"),
    }
}
