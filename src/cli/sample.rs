//! `graphpnas sample`: draws architectures from a saved generator.

use super::device::open_device;
use super::error::CliError;
use super::number::{integer, real};
use super::output;
use super::subject::open;
use crate::device::Device;
use crate::generator::graphpnas::{self, Rollout, SavedGraphPnas, without_none};
use crate::generator::lstm::{self, Controller};
use crate::generator::{Drawn, FileError, SamplingPolicy, SavedFile, Target, generator_kind};
use crate::graph::Graph;
use crate::network::{Size, Task};
use crate::run::{self, GENERATOR, Meta};
use crate::search::{CostLimits, LimitsConfig, Sizing};
use crate::shown::Show;
use crate::space::Space;
use crate::tape::TapeError;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas search nasbench201 --dataset cifar10 --out runs/a
  graphpnas sample runs/a --count 20 --seed 1
  graphpnas sample runs/a/generator.safetensors --beam 5 --json
  graphpnas sample runs/a --max-macs 50e6

The log-probability is the natural logarithm of the probability that the generator draws exactly this labelled graph. In a
space with labelled edges, an edge with label 0 counts as absent, so several graphs can represent the same architecture.
Graphs that are not in the space are shown as invalid.

With --max-macs or --max-params only architectures within the limits are shown: samples of the distribution conditioned on
the limits. If such samples are too rare, the temperature is raised and a note is printed. Costs are those of networks of the
run's size, or of the published size if only a file is given.";

/// Draw architectures from a trained generator, with their log-probabilities.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a search, or its generator.safetensors
    generator: PathBuf,
    /// Number of architectures to draw
    #[arg(long, default_value_t = 10, value_parser = integer::<usize>("--count"))]
    count: usize,
    /// Seed of the draws
    #[arg(long, default_value_t = 1, value_parser = integer::<u64>("seed"))]
    seed: u64,
    /// Divide all logits by this: below 1 sharpens, above 1 flattens the distribution
    #[arg(long, default_value_t = 1.0, value_parser = real("--temperature"))]
    temperature: f64,
    /// Maximum number of multiply-adds per image, such as 50e6
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("limits.max_macs"), conflicts_with = "beam")]
    max_macs: Option<u64>,
    /// Maximum number of parameters, such as 500e3
    #[arg(long, value_name = "COUNT", value_parser = integer::<u64>("limits.max_params"), conflicts_with = "beam")]
    max_params: Option<u64>,
    /// Instead of drawing, find the most probable architectures by beam search of this width
    #[arg(long, value_name = "WIDTH", conflicts_with_all = ["count", "seed"],
          value_parser = integer::<usize>("--beam"))]
    beam: Option<usize>,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Maximum number of architectures drawn at a time, to limit the memory for graphs.
const CHUNK: usize = 10_000;

/// Minimum number of architectures drawn at a time if limits reject some.
const MIN_CHUNK: usize = 100;
/// Number of successive chunks without an architecture within the limits before the temperature is raised.
const PATIENCE: usize = 5;
/// Factor by which the temperature is raised.
const TEMPERATURE_FACTOR: f64 = 1.25;
/// Maximum temperature, at which the distribution is nearly uniform.
const MAX_TEMPERATURE: f64 = 100.0;

/// A drawn architecture.
#[derive(Serialize)]
struct Sampled {
    /// Text of the architecture; null if it is invalid.
    arch: Option<String>,
    /// Why it is invalid.
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<String>,
    log_probability: f64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    space: String,
    device: String,
    /// Divisor of the logits.
    temperature: f64,
    samples: Vec<Sampled>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let meta = args.generator.is_dir().then(|| open(&args.generator)?.meta().map_err(CliError::from)).transpose()?;
    let path = if meta.is_some() { args.generator.join(GENERATOR) } else { args.generator.clone() };
    if let Some(meta) = &meta {
        run::check_belongs_to_run(&args.generator, GENERATOR)?;
        if generator_kind(&meta.generator).is_none_or(|kind| !kind.learned) {
            return Err(CliError::Failed(format!(
                "the run {} has no generator to sample from: {} does not learn a distribution",
                args.generator.shown(),
                meta.generator
            )));
        }
    }
    let failed = |error: FileError| CliError::Failed(error.to_string());
    let file = SavedFile::open(&path).map_err(failed)?;
    let space = file.space().map_err(failed)?;
    let device = open_device(&args.device)?;
    let files = file.generators().map_err(failed)?;
    let limits = args.limits(&space, meta.as_ref());
    let (samples, temperature) = args.draw(&files, &*space, limits.as_ref(), &device)?;
    let answer = Answer { space: space.name().to_owned(), device: device.name().to_owned(), temperature, samples };
    let text = if args.json { output::json(&answer)? } else { table(&answer) };
    output::print(&text)
}

impl Args {
    /// Returns the cost limits, if any, for networks of the run's size or the published size.
    fn limits(&self, space: &Arc<dyn Space>, meta: Option<&Meta>) -> Option<CostLimits> {
        let config = LimitsConfig {
            max_params: self.max_params.unwrap_or(0),
            max_macs: self.max_macs.unwrap_or(0),
            max_memory: 0,
        };
        let (task, size) = match meta {
            Some(Meta { input, classes, channels, cells, .. }) => {
                (Task { input: *input, classes: *classes }, Size { channels: *channels, cells: *cells })
            }
            None => (space.published_task(), space.published_size()),
        };
        CostLimits::new(config, Sizing { space: Arc::clone(space), task, size }, 1)
    }

    /// Draws the requested number of architectures within the limits; also returns the final temperature.
    fn draw(
        &self,
        files: &[SavedFile],
        space: &dyn Space,
        limits: Option<&CostLimits>,
        device: &Device,
    ) -> Result<(Vec<Sampled>, f64), CliError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut samples: Vec<Sampled> = Vec::new();
        let (mut temperature, mut failures) = (self.temperature, 0);
        let min_count = if limits.is_some() { MIN_CHUNK } else { 0 };
        while samples.is_empty() || (self.beam.is_none() && samples.len() < self.count) {
            // The beam width determines the number of results.
            let missing = if self.beam.is_some() { usize::MAX } else { self.count - samples.len() };
            let count = CHUNK.min(missing.max(min_count));
            let drawn = self.architectures(files, (space.parts(), count), temperature, device, &mut rng)?;
            if drawn.is_empty() {
                break;
            }
            let admitted = drawn.iter().filter(|one| limits.is_none_or(|limits| limits.admit(&graph_of(one, space))));
            let before = samples.len();
            samples.extend(admitted.take(missing).map(|one| describe(one, space)));
            failures = if samples.len() == before { failures + 1 } else { 0 };
            if failures == PATIENCE {
                (temperature, failures) = (temperature * TEMPERATURE_FACTOR, 0);
            }
            if temperature > MAX_TEMPERATURE.max(self.temperature) {
                let text = "the generator drew no architecture within the limits at any temperature; raise --max-macs or \
                            --max-params";
                return Err(CliError::Failed(text.into()));
            }
        }
        if temperature > self.temperature {
            output::note(&format!(
                "note: too few architectures were within the limits at temperature {}; temperature raised to {temperature:.2}",
                self.temperature
            ));
        }
        Ok((samples, temperature))
    }

    /// Draws `count` architectures of `parts` parts, with one generator for all parts or one per part.
    fn architectures(
        &self,
        files: &[SavedFile],
        (parts, count): (usize, usize),
        temperature: f64,
        device: &Device,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Drawn>, CliError> {
        let each = parts / files.len().max(1);
        let mut draw = |file| self.parts(file, count.saturating_mul(each), temperature, device, rng);
        let lists = files.iter().map(&mut draw).collect::<Result<Vec<_>, _>>()?;
        Ok(match (self.beam, lists.as_slice()) {
            (Some(width), [all]) => Drawn::likeliest(&vec![all.clone(); parts], width),
            (Some(width), lists) => Drawn::likeliest(lists, width),
            (None, [all]) => all.chunks(parts).map(Drawn::disjoint_union).collect(),
            (None, lists) => Drawn::joined(lists),
        })
    }

    /// Draws `count` single parts or, with a beam, finds the most probable ones.
    fn parts(
        &self,
        file: &SavedFile,
        count: usize,
        temperature: f64,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, CliError> {
        let failed = |error: FileError| CliError::Failed(error.to_string());
        let target = file.target().map_err(failed)?;
        let drawn = match file.generator() {
            lstm::NAME => self.lstm(&lstm::read(file).map_err(failed)?, target, (count, temperature), rng),
            graphpnas::NAME => {
                self.graphpnas(&SavedGraphPnas::read(file).map_err(failed)?, target, (count, temperature), device, rng)
            }
            other => return Err(failed(file.invalid(format!("unknown generator '{other}'")))),
        };
        drawn.map_err(|error| CliError::Failed(error.to_string()))
    }

    fn graphpnas(
        &self,
        saved: &SavedGraphPnas,
        target: Target,
        (count, temperature): (usize, f64),
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let mut network = graphpnas::GraphNetwork::new(saved.dimensions, device)?;
        network.reset(&saved.weights)?;
        let mut rollout = Rollout::new(&network, SamplingPolicy::at(temperature))?.within(target);
        match self.beam {
            Some(width) => rollout.beam(&mut network, width),
            None => rollout.draw(&mut network, count, rng),
        }
    }

    /// Draws with the LSTM controller, which always runs on the CPU.
    fn lstm(
        &self,
        network: &lstm::LstmNetwork,
        target: Target,
        (count, temperature): (usize, f64),
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let controller = Controller::new(network)?.within(target);
        if let Some(width) = self.beam {
            return Ok(controller.beam(width, SamplingPolicy::at(temperature)));
        }
        let drawn = controller.draw(count, SamplingPolicy::at(temperature), rng);
        Ok(drawn.into_iter().map(|sample| sample.drawn).collect())
    }
}

/// The graph of a draw, without the edges labelled as absent.
fn graph_of(drawn: &Drawn, space: &dyn Space) -> Graph {
    if space.limits().edge_labels > 0 { without_none(&drawn.graph) } else { drawn.graph.clone() }
}

fn describe(drawn: &Drawn, space: &dyn Space) -> Sampled {
    let text = space.decode(&graph_of(drawn, space));
    let invalid = text.as_ref().err().map(ToString::to_string);
    Sampled { arch: text.ok(), invalid, log_probability: drawn.log_probability }
}

fn table(answer: &Answer) -> String {
    let mut text = String::from("   log p  architecture\n");
    for sampled in &answer.samples {
        let arch = match (&sampled.arch, &sampled.invalid) {
            (Some(arch), _) => arch.clone(),
            (None, why) => format!("invalid: {}", why.as_deref().unwrap_or("not in the search space")),
        };
        let _ = writeln!(text, "{:8.4}  {arch}", sampled.log_probability);
    }
    text
}
