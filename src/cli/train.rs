//! `graphpnas train`: one architecture, from scratch or from a checkpoint.

use super::build::open_device;
use super::error::CliError;
use super::network::space_of;
use super::number::{real, whole};
use super::output;
use super::rewards::{EMBEDDED, failed, images};
use super::training::Bar;
use crate::data::Dataset;
use crate::device::Device;
use crate::train::{EpochRecord, Model, Parts, RECIPES, Recipe, Saved, Score, Trainer, Until, recipe};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas train '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|' \\
      --data cifar-10-batches-bin --epochs 10 --batch 128 --cells 1 --seed 1 --out cell.safetensors
  graphpnas train --resume cell.safetensors --data cifar-10-batches-bin
  graphpnas train '0-1 1-2;conv3x3-bn-relu' --space nasbench101 --channels 16 --json
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin

--data takes a folder (CIFAR-10 or CIFAR-100 binaries, TinyImageNet, or image files in a folder per class), or `embedded`
for the built-in images. Recipes: nasbench201, nasbench101, enas, darts, randwire, quick; that of the space by default.";

/// Train an architecture on images
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The architecture's text
    #[arg(required_unless_present = "resume", conflicts_with = "resume")]
    arch: Option<String>,
    /// Images: a folder, or `embedded`
    #[arg(long, value_name = "PATH", default_value = EMBEDDED)]
    data: PathBuf,
    /// Search space of the architecture [default: the one whose text it is]
    #[arg(long, conflicts_with = "resume")]
    space: Option<String>,
    /// Recipe to start from [default: that of the space]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    recipe: Option<String>,
    /// TOML file with a recipe
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipe", "resume"])]
    config: Option<PathBuf>,
    /// Passes over the training images; the learning rate's schedule is fitted to them
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("recipe.epochs"))]
    epochs: Option<usize>,
    /// Images of a step
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--batch"))]
    batch: Option<usize>,
    /// The highest learning rate
    #[arg(long, value_name = "RATE", conflicts_with = "resume", value_parser = real("--rate"))]
    rate: Option<f64>,
    /// Channels of the first stage [default: as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells of a stage, or of the whole network where it has no stages [default: as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--cells"))]
    cells: Option<usize>,
    /// Seed of weights, batches and augmentation
    #[arg(long, default_value_t = 1, conflicts_with = "resume", value_parser = whole::<u64>("seed"))]
    seed: u64,
    /// Part of the training images to hold out and look at after epochs
    #[arg(long, value_name = "SHARE", default_value_t = 0.0, value_parser = real("--validation"))]
    validation: f64,
    /// Look at the held-out images after every so many epochs
    #[arg(long, value_name = "EPOCHS", default_value_t = 1, value_parser = whole::<usize>("--every"))]
    every: usize,
    /// Height and width to bring image files to
    #[arg(long, value_name = "PIXELS", default_value_t = 0, value_parser = whole::<usize>("oracle.resize"))]
    resize: usize,
    /// Training images of the built-in data set
    #[arg(long, value_name = "COUNT", default_value_t = 2000, value_parser = whole::<usize>("oracle.train_images"))]
    train_images: usize,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Checkpoint to write after every epoch
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Checkpoint to go on from; it is also written to unless --out names another
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Test images of the built-in data set.
pub(super) const TEST_IMAGES: usize = 1000;

/// What `train --json` prints.
#[derive(Serialize)]
struct Trained {
    #[serde(flatten)]
    model: Model,
    device: String,
    seed: u64,
    epochs: usize,
    parameters: u64,
    multiply_adds: u64,
    train: Score,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Score>,
    test: Score,
    seconds: f64,
    images_per_second: f64,
    history: Vec<EpochRecord>,
}

/// Runs `train`.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let device = open_device(&args.device)?;
    let data = images(&args.data, args.resize, [args.train_images, TEST_IMAGES])?;
    let (mut trainer, parts, out) = match &args.resume {
        Some(path) => {
            let saved = Saved::read(path).map_err(failed)?;
            let parts = parts(&data, &saved, args.validation)?;
            fits(&saved.model, &parts, path)?;
            let trainer = Trainer::load(path, &device).map_err(failed)?;
            (trainer, parts, Some(args.out.as_ref().unwrap_or(path)))
        }
        None => {
            let recipe = args.recipe()?;
            let parts = Parts::new(&data, &recipe, args.validation, args.seed, args.seed).map_err(failed)?;
            let model = args.model(&parts, &data)?;
            (Trainer::new(model, recipe, args.seed, &device).map_err(failed)?, parts, args.out.as_ref())
        }
    };
    trainer = trainer.evaluating_every(args.every);
    learn(&mut trainer, &parts, out.map(PathBuf::as_path))?;
    let test = trainer.evaluate(&parts.test).map_err(failed)?;
    let trained = summary(&trainer, &device, test);
    output::print(&if args.json { output::json(&trained)? } else { describe(&trained, out.map(PathBuf::as_path)) })
}

/// Trains epoch by epoch, and keeps each.
fn learn(trainer: &mut Trainer, parts: &Parts, out: Option<&Path>) -> Result<(), CliError> {
    let mut bar = Bar::new(trainer.recipe().epochs, parts.train.batches(), trainer.recipe().batch);
    let mut work = || {
        while !trainer.is_done() {
            let next = trainer.history().len() + 1;
            trainer.run(parts, Until::Epoch(next), &mut bar)?;
            out.map_or(Ok(()), |path| trainer.save(path))?;
        }
        Ok(())
    };
    let result = work();
    bar.finish();
    result.map_err(failed)
}

impl Args {
    fn recipe(&self) -> Result<Recipe, CliError> {
        let mut chosen = match &self.config {
            Some(path) => read_recipe(path)?,
            None => {
                let name = match &self.recipe {
                    Some(name) => name.clone(),
                    None => self.space()?,
                };
                let known = || RECIPES.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
                let unknown = || CliError::Usage(format!("unknown recipe '{name}'; known are {}", known()));
                recipe(&name).ok_or_else(unknown)?
            }
        };
        chosen.batch = self.batch.unwrap_or(chosen.batch);
        chosen.rate.rate = self.rate.unwrap_or(chosen.rate.rate);
        if let Some(epochs) = self.epochs {
            chosen = chosen.with_epochs(epochs);
        }
        chosen.check().map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(chosen)
    }

    fn model(&self, parts: &Parts, data: &Dataset) -> Result<Model, CliError> {
        let arch = self.arch.as_deref().unwrap_or_default();
        let usual = Model::new(&self.space()?, arch, parts.task).map_err(failed)?;
        let (channels, cells) = (self.channels.unwrap_or(usual.channels), self.cells.unwrap_or(usual.cells));
        let (normal, data) = (Some(parts.normal.clone()), Some(data.fingerprint()));
        Ok(Model { channels, cells, normal, data, ..usual })
    }

    /// The space named, or told from the architecture's text.
    fn space(&self) -> Result<String, CliError> {
        let arch = self.arch.as_deref().unwrap_or_default();
        Ok(space_of(self.space.as_deref(), arch)?.name().to_owned())
    }
}

fn read_recipe(path: &Path) -> Result<Recipe, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::Failed(format!("cannot read the recipe {}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        CliError::Usage(format!("{}, line {line}: {}", path.display(), error.message().replace('\n', " ")))
    })
}

/// The images of a checkpoint's training, normalised as they were there.
pub(super) fn parts(data: &Dataset, saved: &Saved, validation: f64) -> Result<Parts, CliError> {
    let Saved { model, recipe, seed, .. } = saved;
    Parts::normalised(data, recipe, validation, [*seed, *seed], model.normal.as_ref()).map_err(failed)
}

/// Refuses images that a checkpoint's network was not made for.
pub(super) fn fits(model: &Model, parts: &Parts, path: &Path) -> Result<(), CliError> {
    let task = parts.task;
    if (model.input, model.classes) == (task.input, task.classes) {
        return Ok(());
    }
    Err(CliError::Failed(format!(
        "the network in {} takes images of {:?} in {} classes, not of {:?} in {}; name its data with --data",
        path.display(),
        model.input,
        model.classes,
        task.input,
        task.classes
    )))
}

fn summary(trainer: &Trainer, device: &Device, test: Score) -> Trained {
    let cost = trainer.network().cost();
    let last = trainer.history().last();
    Trained {
        model: trainer.model().clone(),
        device: device.name().to_owned(),
        seed: trainer.seed(),
        epochs: trainer.history().len(),
        parameters: cost.parameters,
        multiply_adds: cost.multiply_adds,
        train: last.map_or(test, |record| record.train),
        validation: last.and_then(|record| record.validation),
        test,
        seconds: trainer.seconds(),
        images_per_second: trainer.images_per_second(),
        history: trainer.history().to_vec(),
    }
}

fn describe(trained: &Trained, out: Option<&Path>) -> String {
    let Trained { model, train, test, .. } = trained;
    let mut text = format!("network    {}\n", model.arch);
    let _ = writeln!(
        text,
        "size       {} channels, {} cells, {} parameters, {:.1} M multiply-adds",
        model.channels,
        model.cells,
        trained.parameters,
        trained.multiply_adds as f64 / 1e6
    );
    let _ = writeln!(text, "train      {:.2} %, loss {:.4}", train.accuracy, train.loss);
    if let Some(held_out) = trained.validation {
        let _ = writeln!(text, "validation {:.2} %, loss {:.4}", held_out.accuracy, held_out.loss);
    }
    let _ = writeln!(text, "test       {:.2} %, loss {:.4}", test.accuracy, test.loss);
    let _ = writeln!(
        text,
        "seconds    {:.1} for {} epochs on {}, {:.0} images/s",
        trained.seconds, trained.epochs, trained.device, trained.images_per_second
    );
    if let Some(path) = out {
        let _ = writeln!(text, "kept       {}", path.display());
    }
    text
}
