//! `graphpnas sample`: draw architectures from a generator that a search kept.

use super::device::open_device;
use super::error::CliError;
use super::number::{real, whole};
use super::output;
use super::subject::open;
use crate::device::Device;
use crate::generator::graphpnas::{self, Rollout, Saved, without_none};
use crate::generator::lstm::{self, Controller};
use crate::generator::{Drawn, FileError, KeptFile, SamplingPolicy, generator_kind};
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

The log-probability is the natural logarithm of the probability with which the generator draws exactly this labelled graph.
In a space whose edges carry labels, an edge drawn with label 0 counts as absent, so several graphs can mean the same
architecture. What the space does not allow is shown as invalid.

With --max-macs or --max-params only architectures within the limits are shown: draws of the same distribution, given the limits.
Where it hardly draws any, the temperature is raised until it does, and that is told. Networks have the size of the run's, or
the published one where only a file is given.";

/// Draw architectures from a trained generator, with their log-probabilities.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a search with --out, or its generator.safetensors
    generator: PathBuf,
    /// Architectures to draw
    #[arg(long, default_value_t = 10, value_parser = whole::<usize>("--count"))]
    count: usize,
    /// Seed of the draws
    #[arg(long, default_value_t = 1, value_parser = whole::<u64>("seed"))]
    seed: u64,
    /// Divide all logits by this: below 1 sharpens the distribution, above 1 flattens it
    #[arg(long, default_value_t = 1.0, value_parser = real("--temperature"))]
    temperature: f64,
    /// Show only architectures of at most so many multiply-adds, such as 50e6
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("limits.max_macs"), conflicts_with = "beam")]
    max_macs: Option<u64>,
    /// Show only architectures of at most so many parameters, such as 500e3
    #[arg(long, value_name = "COUNT", value_parser = whole::<u64>("limits.max_params"), conflicts_with = "beam")]
    max_params: Option<u64>,
    /// Instead of drawing, search for the likeliest architectures with a beam of this width
    #[arg(long, value_name = "WIDTH", conflicts_with_all = ["count", "seed"],
          value_parser = whole::<usize>("--beam"))]
    beam: Option<usize>,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Architectures that are drawn at a time: graphs take more memory than their texts.
const PORTION: usize = 10_000;

/// Architectures that are drawn at a time at least, where limits turn some away.
const TRIED_AT_ONCE: usize = 100;
/// So often nothing within the limits is drawn before the temperature is raised by this factor, up to that of a distribution that is nearly
/// uniform.
const PATIENCE: usize = 5;
const WARMER: f64 = 1.25;
const HOTTEST: f64 = 100.0;

/// One architecture of the answer.
#[derive(Serialize)]
struct Sampled {
    /// Its text, or null where the space does not allow it.
    arch: Option<String>,
    /// What is wrong with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    invalid: Option<String>,
    log_probability: f64,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Answer {
    space: String,
    device: String,
    /// By which logits were divided.
    temperature: f64,
    samples: Vec<Sampled>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let meta = args.generator.is_dir().then(|| open(&args.generator)?.meta().map_err(CliError::from)).transpose()?;
    let path = if meta.is_some() { args.generator.join(GENERATOR) } else { args.generator.clone() };
    if let Some(meta) = &meta {
        run::is_own(&args.generator, GENERATOR)?;
        if generator_kind(&meta.generator).is_none_or(|kind| !kind.learned) {
            return Err(CliError::Failed(format!(
                "the run {} has no generator to sample from: {} learns no distribution",
                args.generator.shown(),
                meta.generator
            )));
        }
    }
    let failed = |error: FileError| CliError::Failed(error.to_string());
    let file = KeptFile::open(&path).map_err(failed)?;
    let space = file.space().map_err(failed)?;
    let device = open_device(&args.device)?;
    let files = file.each().map_err(failed)?;
    let limits = args.limits(&space, meta.as_ref());
    let (samples, temperature) = args.draw(&files, &*space, limits.as_ref(), &device)?;
    let answer = Answer { space: space.name().to_owned(), device: device.name().to_owned(), temperature, samples };
    let text = if args.json { output::json(&answer)? } else { table(&answer) };
    output::print(&text)
}

impl Args {
    /// The limits on cost, where some are given, for networks of the run's size or the published one.
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
            None => (space.usual_task(), space.usual_size()),
        };
        CostLimits::new(config, Sizing { space: Arc::clone(space), task, size }, 1)
    }

    /// As many architectures as are asked for, within the limits, and the temperature that it took.
    fn draw(
        &self,
        files: &[KeptFile],
        space: &dyn Space,
        limits: Option<&CostLimits>,
        device: &Device,
    ) -> Result<(Vec<Sampled>, f64), CliError> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut samples: Vec<Sampled> = Vec::new();
        let (mut temperature, mut in_vain) = (self.temperature, 0);
        let least = if limits.is_some() { TRIED_AT_ONCE } else { 0 };
        while samples.is_empty() || (self.beam.is_none() && samples.len() < self.count) {
            // A beam has its own width.
            let missing = if self.beam.is_some() { usize::MAX } else { self.count - samples.len() };
            let count = PORTION.min(missing.max(least));
            let drawn = self.whole(files, (space.parts(), count), temperature, device, &mut rng)?;
            if drawn.is_empty() {
                break;
            }
            let admitted = drawn.iter().filter(|one| limits.is_none_or(|limits| limits.admit(&graph_of(one, space))));
            let before = samples.len();
            samples.extend(admitted.take(missing).map(|one| describe(one, space)));
            in_vain = if samples.len() == before { in_vain + 1 } else { 0 };
            if in_vain == PATIENCE {
                (temperature, in_vain) = (temperature * WARMER, 0);
            }
            if temperature > HOTTEST.max(self.temperature) {
                let text = "the generator draws no architecture within the limits, whatever the temperature; raise --max-macs or \
                            --max-params";
                return Err(CliError::Failed(text.into()));
            }
        }
        if temperature > self.temperature {
            output::note(&format!(
                "note: at temperature {} none was within the limits; these are draws at {temperature:.2}",
                self.temperature
            ));
        }
        Ok((samples, temperature))
    }

    /// So many architectures of `parts` parts, drawn by one generator for all of them or by one for each.
    fn whole(
        &self,
        files: &[KeptFile],
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
            (None, [all]) => all.chunks(parts).map(Drawn::side_by_side).collect(),
            (None, lists) => Drawn::joined(lists),
        })
    }

    /// `count` single parts or, where a beam is asked for, the likeliest ones.
    fn parts(
        &self,
        file: &KeptFile,
        count: usize,
        temperature: f64,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, CliError> {
        let unread = |error: FileError| CliError::Failed(error.to_string());
        let drawn = match file.generator() {
            lstm::NAME => self.lstm(&lstm::read(file).map_err(unread)?, (count, temperature), rng),
            graphpnas::NAME => self.graphpnas(&Saved::read(file).map_err(unread)?, (count, temperature), device, rng),
            other => return Err(unread(file.foreign(format!("the generator '{other}' is not known here")))),
        };
        drawn.map_err(|error| CliError::Failed(error.to_string()))
    }

    fn graphpnas(
        &self,
        saved: &Saved,
        (count, temperature): (usize, f64),
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let mut network = graphpnas::Network::new(saved.shape, device)?;
        network.reset(&saved.weights)?;
        let mut rollout = Rollout::new(&network, SamplingPolicy::at(temperature))?;
        match self.beam {
            Some(width) => rollout.beam(&mut network, width),
            None => rollout.draw(&mut network, count, rng),
        }
    }

    /// The controller draws on the processor, whatever the device.
    fn lstm(
        &self,
        network: &lstm::Network,
        (count, temperature): (usize, f64),
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let controller = Controller::new(network)?;
        if let Some(width) = self.beam {
            return Ok(controller.beam(width, SamplingPolicy::at(temperature)));
        }
        let drawn = controller.draw(count, SamplingPolicy::at(temperature), rng);
        Ok(drawn.into_iter().map(|sample| sample.drawn).collect())
    }
}

/// The graph that a draw stands for.
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
            (None, why) => format!("invalid: {}", why.as_deref().unwrap_or("not of the space")),
        };
        let _ = writeln!(text, "{:8.4}  {arch}", sampled.log_probability);
    }
    text
}
