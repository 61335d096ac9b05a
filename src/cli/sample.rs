//! `graphpnas sample`: draw architectures from a generator that a search kept.

use super::build::open_device;
use super::error::CliError;
use super::number::{real, whole};
use super::output;
use crate::device::Device;
use crate::generator::graphpnas::{self, Rollout, Saved, without_none};
use crate::generator::lstm::{self, Controller};
use crate::generator::{Drawn, FileError, KeptFile, Softness};
use crate::run::{self, GENERATOR};
use crate::space::Space;
use crate::tape::TapeError;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas search nasbench201 --dataset cifar10 --out runs/a
  graphpnas sample runs/a --count 20 --seed 1
  graphpnas sample runs/a/generator.safetensors --beam 5 --json

The log-probability is the natural logarithm of the probability with which the generator draws exactly this labelled graph.
In a space whose edges carry labels, an edge drawn with label 0 counts as absent, so several graphs can mean the same
architecture. What the space does not allow is shown as invalid.";

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
    samples: Vec<Sampled>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let path = if args.generator.is_dir() { args.generator.join(GENERATOR) } else { args.generator.clone() };
    if args.generator.is_dir() {
        run::is_own(&args.generator, GENERATOR)?;
    }
    let failed = |error: FileError| CliError::Failed(error.to_string());
    let file = KeptFile::open(&path).map_err(failed)?;
    let space = file.space().map_err(failed)?;
    let device = open_device(&args.device)?;
    let (files, mut rng) = (file.each().map_err(failed)?, ChaCha8Rng::seed_from_u64(args.seed));
    let mut samples: Vec<Sampled> = Vec::new();
    while samples.is_empty() || (args.beam.is_none() && samples.len() < args.count) {
        let count = PORTION.min(args.count - samples.len());
        let drawn = args.whole(&files, (space.parts(), count), &device, &mut rng)?;
        samples.extend(drawn.iter().map(|one| describe(one, &*space)));
        if drawn.is_empty() {
            break;
        }
    }
    let answer = Answer { space: space.name().to_owned(), device: device.name().to_owned(), samples };
    let text = if args.json { output::json(&answer)? } else { table(&answer) };
    output::print(&text)
}

impl Args {
    /// So many architectures of `parts` parts, drawn by one generator for all of them or by one for each.
    fn whole(
        &self,
        files: &[KeptFile],
        (parts, count): (usize, usize),
        device: &Device,
        rng: &mut ChaCha8Rng,
    ) -> Result<Vec<Drawn>, CliError> {
        let each = parts / files.len().max(1);
        let mut draw = |file| self.parts(file, count.saturating_mul(each), device, rng);
        let lists = files.iter().map(&mut draw).collect::<Result<Vec<_>, _>>()?;
        Ok(match (self.beam, lists.as_slice()) {
            (Some(width), [all]) => Drawn::likeliest(&vec![all.clone(); parts], width),
            (Some(width), lists) => Drawn::likeliest(lists, width),
            (None, [all]) => all.chunks(parts).map(Drawn::side_by_side).collect(),
            (None, lists) => Drawn::joined(lists),
        })
    }

    /// `count` single parts or, where a beam is asked for, the likeliest ones.
    fn parts(&self, file: &KeptFile, count: usize, device: &Device, rng: &mut dyn Rng) -> Result<Vec<Drawn>, CliError> {
        let unread = |error: FileError| CliError::Failed(error.to_string());
        let drawn = match file.generator() {
            lstm::NAME => self.lstm(&lstm::read(file).map_err(unread)?, count, rng),
            graphpnas::NAME => self.graphpnas(&Saved::read(file).map_err(unread)?, count, device, rng),
            other => return Err(unread(file.foreign(format!("the generator '{other}' is not known here")))),
        };
        drawn.map_err(|error| CliError::Failed(error.to_string()))
    }

    fn graphpnas(
        &self,
        saved: &Saved,
        count: usize,
        device: &Device,
        rng: &mut dyn Rng,
    ) -> Result<Vec<Drawn>, TapeError> {
        let mut network = graphpnas::Network::new(saved.shape, device)?;
        network.reset(&saved.weights)?;
        let mut rollout = Rollout::new(&network, Softness::at(self.temperature))?;
        match self.beam {
            Some(width) => rollout.beam(&mut network, width),
            None => rollout.draw(&mut network, count, rng),
        }
    }

    /// The controller draws on the processor, whatever the device.
    fn lstm(&self, network: &lstm::Network, count: usize, rng: &mut dyn Rng) -> Result<Vec<Drawn>, TapeError> {
        let controller = Controller::new(network)?;
        if let Some(width) = self.beam {
            return Ok(controller.beam(width, Softness::at(self.temperature)));
        }
        let drawn = controller.draw(count, Softness::at(self.temperature), rng);
        Ok(drawn.into_iter().map(|sample| sample.drawn).collect())
    }
}

fn describe(drawn: &Drawn, space: &dyn Space) -> Sampled {
    let labelled = space.limits().edge_labels > 0;
    let graph = if labelled { without_none(&drawn.graph) } else { drawn.graph.clone() };
    let text = space.decode(&graph);
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
