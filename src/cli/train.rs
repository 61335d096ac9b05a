//! `graphpnas train`: trains one architecture, from scratch or from a checkpoint.

mod images;
mod recipe;
mod result;

pub(super) use images::{check_task, match_classes, parts, size_of};

use images::check_same_data;
use recipe::extend;
use result::{describe, summary};

use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::images::{BEST, run_of};
use super::network::resolve_space;
use super::number::{integer, real};
use super::output;
use super::subject::{RunSubject, Subject};
use super::training::Bar;
use crate::data::Dataset;
use crate::device::Device;
use crate::network::Size;
use crate::run::quoted;
use crate::shown::Show;
use crate::train::{HeldOut, Model, Parts, SavedTraining, TrainError, Trainer, Until};
use std::path::{Path, PathBuf};

const EXAMPLES: &str = "\
Examples:
  graphpnas train '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|' \\
      --data cifar-10-batches-bin --epochs 10 --batch 128 --cells 1 --seed 1 --out cell.safetensors
  graphpnas train runs/a --epochs 100
  graphpnas train runs/a --trial 7 --epochs 100 --out seven.safetensors
  graphpnas train --resume cell.safetensors --data cifar-10-batches-bin --epochs 20
  graphpnas train '0-1 1-2;conv3x3-bn-relu' --space nasbench101 --channels 16 --json
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin

--data takes a folder (CIFAR-10 or CIFAR-100, TinyImageNet, image files in one folder per class, or signals as NumPy arrays),
or `embedded` for the built-in images. Recipes: nasbench201, nasbench101, enas, darts, randwire, quick; by default that of
the space.

The folder of a search selects its best architecture, or that of --trial. It is trained from scratch on the run's images and
in the run's size, with the run's recipe, batch size and learning rate, and saved in DIR/trained/trial-N.safetensors. A run
on a table has no images; give some with --data.

--resume continues a training; --epochs then sets its new total number of epochs and adapts the learning rate schedule. A
cosine continues as in a training of the new length, which raises the rate of a finished training; constant, stepped and
restarting schedules continue as if the training had had the new length from the start.";

/// Train an architecture, or the best one of a search, on images
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Text of an architecture, or folder of a search
    #[arg(value_name = "ARCH|RUN", required_unless_present = "resume", conflicts_with = "resume")]
    arch: Option<String>,
    /// Number of the run's trial, as in `graphpnas trials` [default: the best one]
    #[arg(long, value_name = "NUMBER", conflicts_with = "resume", value_parser = integer::<usize>("--trial"))]
    trial: Option<usize>,
    /// Images: a folder, or `embedded` [default: those of the run, else `embedded`]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Search space of the architecture [default: inferred from its text]
    #[arg(long, conflicts_with = "resume")]
    space: Option<String>,
    /// Training recipe [default: that of the run or space]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    recipe: Option<String>,
    /// TOML file with a recipe
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipe", "resume"])]
    config: Option<PathBuf>,
    /// Number of epochs; adapts the learning rate schedule [default: from the recipe]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("recipe.epochs"))]
    epochs: Option<usize>,
    /// Batch size
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = integer::<usize>("--batch"))]
    batch: Option<usize>,
    /// Maximum learning rate
    #[arg(long, value_name = "RATE", conflicts_with = "resume", value_parser = real("--rate"))]
    rate: Option<f64>,
    /// Channels of the first stage [default: those of the run, else as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = integer::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells per stage, or of the network if it has no stages [default: those of the run, else as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = integer::<usize>("--cells"))]
    cells: Option<usize>,
    /// Seed of weights, batches and augmentation [default: that of the run, else 1]
    #[arg(long, conflicts_with = "resume", value_parser = integer::<u64>("seed"))]
    seed: Option<u64>,
    /// Fraction of the training images to hold out for validation [default: 0, with --resume as before]
    #[arg(long, value_name = "FRACTION", value_parser = real("--validation"))]
    validation: Option<f64>,
    /// Number of epochs between validations
    #[arg(long, value_name = "EPOCHS", default_value_t = 1, value_parser = integer::<usize>("--every"))]
    every: usize,
    /// Resize images to this size, such as 48 or 48x64 [default with --resume: the network's input size]
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Number of built-in training images [default: that of the run, else 2000]
    #[arg(long, value_name = "COUNT", value_parser = integer::<usize>("oracle.train_images"))]
    train_images: Option<usize>,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Checkpoint to write after every epoch [default for a run: DIR/trained/trial-N.safetensors]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Checkpoint to continue from; updated after every epoch unless --out is given
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Default number of built-in training images.
const TRAIN_IMAGES: usize = 2000;

/// Number of built-in test images.
pub(super) const TEST_IMAGES: usize = 1000;

/// Runs `train`.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let device = open_device(&args.device)?;
    let (mut trainer, parts, out) = match &args.resume {
        Some(path) => args.resume(path, &device)?,
        None => args.start(&device)?,
    };
    trainer = trainer.evaluating_every(args.every);
    train(&mut trainer, &parts, out.as_deref())?;
    let test = trainer.evaluate(&parts.test)?;
    let trained = summary(&trainer, &device, test);
    output::print(&if args.json {
        output::json(&trained)?
    } else {
        describe(&trained, out.as_deref(), args.data.as_deref())
    })
}

/// Trains and saves the checkpoint after every epoch.
fn train(trainer: &mut Trainer, parts: &Parts, out: Option<&Path>) -> Result<(), CliError> {
    let mut bar = Bar::new(trainer.recipe().epochs, parts.train.batches(), trainer.recipe().batch);
    let mut run_epochs = || {
        while !trainer.is_done() {
            let next = trainer.history().len() + 1;
            trainer.run(parts, Until::Epoch(next), &mut bar)?;
            out.map_or(Ok(()), |path| trainer.save(path))?;
        }
        Ok::<_, TrainError>(())
    };
    let result = run_epochs();
    bar.finish();
    Ok(result?)
}

impl Args {
    /// Prepares a training that continues a checkpoint.
    fn resume(&self, path: &Path, device: &Device) -> Result<(Trainer, Parts, Option<PathBuf>), CliError> {
        let saved = SavedTraining::read(path)?;
        let run = run_of(path);
        if self.out.is_none() && run.as_ref().is_some_and(|run| path.parent() == Some(&run.join(BEST))) {
            return Err(CliError::Usage(format!(
                "{} is the best network of a run and must not be changed; choose a file for the continued training with --out",
                path.shown()
            )));
        }
        let held_out = self.held_out(&saved, path)?;
        let out = self.out.clone().unwrap_or_else(|| path.to_owned());
        check_replaceable(&out)?;
        output::check(&out)?;
        let data = self.images(run.as_deref(), Some(size_of(&saved.model)))?;
        let data = match_classes(data, &saved.model, path)?;
        check_same_data(&data, &saved.model, path)?;
        check_task(&saved.model, &data, path)?;
        let parts = parts(&data, &saved, held_out)?;
        let mut trainer = Trainer::load(path, device)?.holding_out(held_out);
        if let Some(epochs) = self.epochs {
            extend(&mut trainer, epochs, parts.train.batches())?;
        }
        Ok((trainer, parts, Some(out)))
    }

    /// Prepares a training from scratch.
    fn start(&self, device: &Device) -> Result<(Trainer, Parts, Option<PathBuf>), CliError> {
        let text = self.arch.as_deref().unwrap_or_default();
        let run = match Subject::of(text, self.trial)? {
            Subject::Run(run) => Some(*run),
            Subject::Text => None,
            Subject::Checkpoint(path, _) => {
                let file = quoted(&path.shown().to_string());
                let message = format!("{text} is a checkpoint; continue it with: graphpnas train --resume {file}");
                return Err(CliError::Usage(message));
            }
        };
        let out = self.out(run.as_ref())?;
        out.as_deref()
            .map_or(Ok(()), |out| check_replaceable(out).and_then(|()| output::check_creatable(out, run.is_some())))?;
        let data = self.images(run.as_ref().map(|run| run.folder.as_path()), None)?;
        let (recipe, seed) = (self.fitted_recipe(run.as_ref(), &data)?, self.seed(run.as_ref()));
        let parts = Parts::new(&data, &recipe, self.validation_fraction(), seed, seed)?;
        let model = self.model(run.as_ref(), &parts, &data)?;
        let trainer = Trainer::new(model, recipe, seed, device)?;
        let trainer = trainer.holding_out(HeldOut { fraction: self.validation_fraction(), seed });
        if let (Some(run), Some(out)) = (&run, &out) {
            if let Some(folder) = out.parent() {
                let failed = |source| CliError::Write { path: out.clone(), source };
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            let trial = run.trial.map_or_else(String::new, |number| format!(" (trial {number})"));
            output::note(&format!("training {}{trial}; saved in {} after every epoch", run.arch, out.shown()));
        }
        Ok((trainer, parts, out))
    }

    /// Fraction of the training images that a training from scratch holds out.
    fn validation_fraction(&self) -> f64 {
        self.validation.unwrap_or(0.0)
    }

    /// The images held out by a continued training: the same as from its start.
    fn held_out(&self, saved: &SavedTraining, path: &Path) -> Result<HeldOut, CliError> {
        let held_out = saved.held_out.unwrap_or(HeldOut { fraction: self.validation_fraction(), seed: saved.seed });
        let Some(given) = self.validation.filter(|given| *given != held_out.fraction) else { return Ok(held_out) };
        let fraction = held_out.fraction;
        Err(CliError::Usage(format!(
            "--validation {given}: the training in {} holds out {fraction} of the training images, which cannot be changed; omit \
             --validation or start a new training",
            path.shown()
        )))
    }

    /// The checkpoint to write; by default, for a run's network, in the run's folder.
    fn out(&self, run: Option<&RunSubject>) -> Result<Option<PathBuf>, CliError> {
        let (None, Some(run)) = (&self.out, run) else { return Ok(self.out.clone()) };
        let path = run.trained();
        if !path.exists() {
            return Ok(Some(path));
        }
        let shown = path.shown();
        Err(CliError::Usage(format!(
            "{shown} already exists; continue it with: graphpnas train --resume {} --epochs COUNT, choose another file with \
             --out, or remove it",
            quoted(&shown.to_string())
        )))
    }

    fn seed(&self, run: Option<&RunSubject>) -> u64 {
        self.seed.or_else(|| run.map(|run| run.meta.seed)).unwrap_or(1)
    }

    fn model(&self, run: Option<&RunSubject>, parts: &Parts, data: &Dataset) -> Result<Model, CliError> {
        let default = match run {
            Some(run) => {
                let Size { channels, cells } = run.sizes().1;
                let model = Model::new(&run.meta.space, &run.arch, parts.task)?;
                Model { channels, cells, ..model }
            }
            None => {
                let arch = self.arch.as_deref().unwrap_or_default();
                Model::new(&self.space()?, arch, parts.task)?
            }
        };
        let (channels, cells) = (self.channels.unwrap_or(default.channels), self.cells.unwrap_or(default.cells));
        let (normal, data) = (Some(parts.normal.clone()), Some(data.fingerprint()));
        Ok(Model { channels, cells, normal, data, ..default })
    }

    /// The given space, or the one inferred from the architecture's text.
    fn space(&self) -> Result<String, CliError> {
        let arch = self.arch.as_deref().unwrap_or_default();
        Ok(resolve_space(self.space.as_deref(), arch)?.reference().to_owned())
    }
}

/// Rejects an output file that exists and is not a checkpoint.
fn check_replaceable(out: &Path) -> Result<(), CliError> {
    let is_other =
        out.metadata().is_ok_and(|found| found.is_file() && found.len() > 0) && SavedTraining::read(out).is_err();
    match is_other {
        true => Err(CliError::Usage(format!(
            "{} exists and is not a checkpoint; choose another file with --out, or remove it",
            out.shown()
        ))),
        false => Ok(()),
    }
}
