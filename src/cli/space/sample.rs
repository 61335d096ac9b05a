//! `graphpnas space sample` and `draw`: random architectures of a space.

use super::open;
use crate::cli::error::CliError;
use crate::cli::number::integer;
use crate::cli::output;
use crate::report::{Diagram, svg, terminal};
use crate::shown::Show;
use crate::space::Explorer;
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::path::PathBuf;

const SAMPLE_EXAMPLES: &str = "\
Examples:
  graphpnas space sample nasbench201 --count 5
  graphpnas space sample my.toml --seed 2 --json
  graphpnas space sample randwire --explorer erdos-renyi:0.2 --count 1";

const DRAW_EXAMPLES: &str = "\
Examples:
  graphpnas space draw my.toml
  graphpnas space draw nasbench-macro 01220121
  graphpnas space draw darts --seed 3 --svg cell.svg";

/// Print random architectures of a space, one per line.
#[derive(Debug, clap::Args)]
#[command(after_help = SAMPLE_EXAMPLES)]
pub(super) struct SampleArgs {
    /// Name of a space or path of a space file
    #[arg(value_name = "SPACE")]
    space: String,
    /// Number of architectures
    #[arg(long, value_name = "COUNT", default_value_t = 10, value_parser = integer::<usize>("--count"))]
    count: usize,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1, value_parser = integer::<u64>("seed"))]
    seed: u64,
    /// Random distribution, such as uniform or erdos-renyi:0.3
    #[arg(long, value_name = "NAME", default_value = "uniform")]
    explorer: Explorer,
    /// Print the architectures as one JSON value
    #[arg(long)]
    json: bool,
}

/// Draw an architecture of a space in the terminal: a random one, or a given one.
#[derive(Debug, clap::Args)]
#[command(after_help = DRAW_EXAMPLES)]
pub(super) struct DrawArgs {
    /// Name of a space or path of a space file
    #[arg(value_name = "SPACE")]
    space: String,
    /// Text of the architecture [default: a random one]
    #[arg(value_name = "ARCH", conflicts_with = "seed")]
    arch: Option<String>,
    /// Seed of the random architecture [default: 1]
    #[arg(long, value_parser = integer::<u64>("seed"))]
    seed: Option<u64>,
    /// File to write a drawing to
    #[arg(long, value_name = "FILE")]
    svg: Option<PathBuf>,
}

#[derive(Serialize)]
struct Sample {
    arch: String,
    canonical: String,
}

/// Prints random architectures.
pub(super) fn sample(args: &SampleArgs) -> Result<(), CliError> {
    let space = open(&args.space)?;
    space.check_explorer(&args.explorer).map_err(|error| CliError::Usage(error.to_string()))?;
    let mut rng = ChaCha8Rng::seed_from_u64(args.seed);
    let failed = |error: crate::space::InvalidGraph| CliError::Failed(error.to_string());
    let one = |_| {
        let graph = space.explore(&args.explorer, &mut rng);
        let canonical = space.canonical(&graph).map_err(failed)?;
        Ok(Sample { arch: space.decode(&graph).map_err(failed)?, canonical })
    };
    let samples: Vec<Sample> = (0..args.count).map(one).collect::<Result<_, CliError>>()?;
    output::print(&match args.json {
        true => output::json(&samples)?,
        false => samples.iter().map(|sample| format!("{}\n", sample.arch)).collect(),
    })
}

/// Prints the drawing of an architecture.
pub(super) fn draw(args: &DrawArgs) -> Result<(), CliError> {
    args.svg.as_deref().map_or(Ok(()), output::check)?;
    let space = open(&args.space)?;
    let graph = match &args.arch {
        Some(arch) => {
            let name = space.name();
            space
                .encode(arch)
                .map_err(|error| CliError::Usage(format!("this is not a {name} architecture: {error}")))?
        }
        None => space.explore(&Explorer::Uniform, &mut ChaCha8Rng::seed_from_u64(args.seed.unwrap_or(1))),
    };
    let diagram = Diagram::new(&*space, &graph).map_err(|error| CliError::Failed(error.to_string()))?;
    let arch = space.decode(&graph).map_err(|error| CliError::Failed(error.to_string()))?;
    let mut text = format!("{}\narchitecture   {arch}\n", terminal(&diagram));
    if let Some(path) = &args.svg {
        output::file(path, svg(&diagram).as_bytes())?;
        text.push_str(&format!("saved          {}\n", path.shown()));
    }
    output::print(&text)
}
