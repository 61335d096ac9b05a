//! `graphpnas train`: one architecture, from scratch or from a checkpoint.

use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::images::{BEST, images_of, run_of};
use super::network::space_of;
use super::number::{real, whole};
use super::output;
use super::subject::{OfRun, Subject};
use super::training::Bar;
use crate::data::Dataset;
use crate::device::Device;
use crate::evaluate::OracleConfig;
use crate::experiment::{EMBEDDED, config_of, images, log_lowered, log_remarks, matching};
use crate::network::{Size, Task};
use crate::run::{Command, quoted};
use crate::shown::{Show, counted};
use crate::train::{
    EpochRecord, HeldOut, Model, Parts, Recipe, Saved, Score, TrainError, Trainer, Until, recipe, recipe_names,
};
use serde::Serialize;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas train '|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|' \\
      --data cifar-10-batches-bin --epochs 10 --batch 128 --cells 1 --seed 1 --out cell.safetensors
  graphpnas train runs/a --epochs 100
  graphpnas train runs/a --trial 7 --epochs 100 --out seven.safetensors
  graphpnas train --resume cell.safetensors --data cifar-10-batches-bin --epochs 20
  graphpnas train '0-1 1-2;conv3x3-bn-relu' --space nasbench101 --channels 16 --json
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin

--data takes a folder (CIFAR-10 or CIFAR-100 binaries, TinyImageNet, or image files in a folder per class), or `embedded`
for the built-in images. Recipes: nasbench201, nasbench101, enas, darts, randwire, quick; that of the space by default.

The folder of a search stands for its best architecture, or that of --trial: it is trained from scratch on the run's images
in the run's size, by the run's recipe, batch and learning rate, and kept in DIR/trained/trial-N.safetensors. A run that
looked its rewards up in a table has no images; name some with --data.

--resume goes on with a training; with --epochs it becomes one of so many epochs. The schedule of the learning rate is then
fitted to these: a cosine goes on where a training of that length would be, which raises the rate of one that had ended;
constant, stepped and restarting schedules go on as if the training had had that length from the start.";

/// Train an architecture, or the best one of a search, on images
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// The architecture's text, or folder of a search
    #[arg(value_name = "ARCH|RUN", required_unless_present = "resume", conflicts_with = "resume")]
    arch: Option<String>,
    /// Trial of the run whose architecture is trained, by its number in `graphpnas trials` [default: the best one]
    #[arg(long, value_name = "NUMBER", conflicts_with = "resume", value_parser = whole::<usize>("--trial"))]
    trial: Option<usize>,
    /// Images: a folder, or `embedded` [default: those of the run, else `embedded`]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Search space of the architecture [default: the one whose text it is]
    #[arg(long, conflicts_with = "resume")]
    space: Option<String>,
    /// Recipe to start from [default: that of the run or space]
    #[arg(long, value_name = "NAME", conflicts_with = "resume")]
    recipe: Option<String>,
    /// TOML file with a recipe
    #[arg(long, value_name = "FILE", conflicts_with_all = ["recipe", "resume"])]
    config: Option<PathBuf>,
    /// Passes over the training images; the learning rate's schedule is fitted to them [default: of the recipe]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("recipe.epochs"))]
    epochs: Option<usize>,
    /// Batch size
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--batch"))]
    batch: Option<usize>,
    /// The highest learning rate
    #[arg(long, value_name = "RATE", conflicts_with = "resume", value_parser = real("--rate"))]
    rate: Option<f64>,
    /// Channels of the first stage [default: of the run, else as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--channels"))]
    channels: Option<usize>,
    /// Cells of a stage, or of the whole network where it has no stages [default: of the run, else as published]
    #[arg(long, value_name = "COUNT", conflicts_with = "resume", value_parser = whole::<usize>("--cells"))]
    cells: Option<usize>,
    /// Seed of weights, batches and augmentation [default: of the run, else 1]
    #[arg(long, conflicts_with = "resume", value_parser = whole::<u64>("seed"))]
    seed: Option<u64>,
    /// Part of the training images to hold out and look at after epochs [default: 0, with --resume as before]
    #[arg(long, value_name = "SHARE", value_parser = real("--validation"))]
    validation: Option<f64>,
    /// Look at the held-out images after every so many epochs
    #[arg(long, value_name = "EPOCHS", default_value_t = 1, value_parser = whole::<usize>("--every"))]
    every: usize,
    /// Height and width to bring images to, such as 48 or 48x64 [default with --resume: those of the network]
    #[arg(long, value_name = "N|HxW")]
    resize: Option<HeightWidth>,
    /// Training images of the built-in data set [default: of the run, else 2000]
    #[arg(long, value_name = "COUNT", value_parser = whole::<usize>("oracle.train_images"))]
    train_images: Option<usize>,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Checkpoint to write after every epoch [default: of a run's network, DIR/trained/trial-N.safetensors]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Checkpoint to go on from; it is also written to unless --out names another
    #[arg(long, value_name = "FILE")]
    resume: Option<PathBuf>,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// Training images of the built-in data set.
const TRAIN_IMAGES: usize = 2000;

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Runs `train`.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let device = open_device(&args.device)?;
    let (mut trainer, parts, out) = match &args.resume {
        Some(path) => args.resumed(path, &device)?,
        None => args.begun(&device)?,
    };
    trainer = trainer.evaluating_every(args.every);
    learn(&mut trainer, &parts, out.as_deref())?;
    let test = trainer.evaluate(&parts.test)?;
    let trained = summary(&trainer, &device, test);
    output::print(&if args.json {
        output::json(&trained)?
    } else {
        describe(&trained, out.as_deref(), args.data.as_deref())
    })
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
        Ok::<_, TrainError>(())
    };
    let result = work();
    bar.finish();
    Ok(result?)
}

impl Args {
    /// A training from a checkpoint.
    fn resumed(&self, path: &Path, device: &Device) -> Result<(Trainer, Parts, Option<PathBuf>), CliError> {
        let saved = Saved::read(path)?;
        let run = run_of(path);
        if self.out.is_none() && run.as_ref().is_some_and(|run| path.parent() == Some(&run.join(BEST))) {
            return Err(CliError::Usage(format!(
                "{} is the best network of a run, and is kept as the run trained it; name a file for the longer training with \
                 --out",
                path.shown()
            )));
        }
        let held_out = self.held_out(&saved, path)?;
        let out = self.out.clone().unwrap_or_else(|| path.to_owned());
        replaceable(&out)?;
        output::check(&out)?;
        let data = self.images(run.as_deref(), Some(size_of(&saved.model)))?;
        let data = of_checkpoint(data, &saved.model, path)?;
        same(&data, &saved.model, path)?;
        let parts = parts(&data, &saved, held_out)?;
        fits(&saved.model, &parts, path)?;
        let mut trainer = Trainer::load(path, device)?.holding_out(held_out);
        if let Some(epochs) = self.epochs {
            extend(&mut trainer, epochs, parts.train.batches())?;
        }
        Ok((trainer, parts, Some(out)))
    }

    /// A training from scratch.
    fn begun(&self, device: &Device) -> Result<(Trainer, Parts, Option<PathBuf>), CliError> {
        let text = self.arch.as_deref().unwrap_or_default();
        let run = match Subject::of(text, self.trial)? {
            Subject::Run(run) => Some(*run),
            Subject::Text => None,
            Subject::Checkpoint(path, _) => {
                let file = quoted(&path.shown().to_string());
                let go_on = format!("{text} is a checkpoint; go on with its training: graphpnas train --resume {file}");
                return Err(CliError::Usage(go_on));
            }
        };
        let out = self.out(run.as_ref())?;
        out.as_deref().map_or(Ok(()), |out| replaceable(out).and_then(|()| output::check_below(out, run.is_some())))?;
        let data = self.images(run.as_ref().map(|run| run.folder.as_path()), None)?;
        let (recipe, seed) = (self.fitted_recipe(run.as_ref(), &data)?, self.seed(run.as_ref()));
        let parts = Parts::new(&data, &recipe, self.share(), seed, seed)?;
        let model = self.model(run.as_ref(), &parts, &data)?;
        let trainer = Trainer::new(model, recipe, seed, device)?;
        let trainer = trainer.holding_out(HeldOut { share: self.share(), seed });
        if let (Some(run), Some(out)) = (&run, &out) {
            if let Some(folder) = out.parent() {
                let failed = |source| CliError::Write { path: out.clone(), source };
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            let trial = run.trial.map_or_else(String::new, |number| format!(" (trial {number})"));
            output::note(&format!("training {}{trial}; it is kept in {} after every epoch", run.arch, out.shown()));
        }
        Ok((trainer, parts, out))
    }

    /// Part of the training images that a training from scratch holds out.
    fn share(&self) -> f64 {
        self.validation.unwrap_or(0.0)
    }

    /// The training images that a training goes on without: those that it was begun without.
    fn held_out(&self, saved: &Saved, path: &Path) -> Result<HeldOut, CliError> {
        let kept = saved.held_out.unwrap_or(HeldOut { share: self.share(), seed: saved.seed });
        let Some(asked) = self.validation.filter(|asked| *asked != kept.share) else { return Ok(kept) };
        let share = kept.share;
        Err(CliError::Usage(format!(
            "--validation {asked}: the training in {} holds out {share} of the training images and goes on so; leave out \
             --validation, or begin a new training",
            path.shown()
        )))
    }

    /// Where the network is kept.
    fn out(&self, run: Option<&OfRun>) -> Result<Option<PathBuf>, CliError> {
        let (None, Some(run)) = (&self.out, run) else { return Ok(self.out.clone()) };
        let path = run.trained();
        if !path.exists() {
            return Ok(Some(path));
        }
        let shown = path.shown();
        Err(CliError::Usage(format!(
            "{shown} is there already; go on with it: graphpnas train --resume {} --epochs COUNT, name another file with \
             --out, or remove it",
            quoted(&shown.to_string())
        )))
    }

    /// The images that are named, those of the run, or the built-in ones; images are brought to the size asked for,
    /// else to that of the network.
    fn images(&self, run: Option<&Path>, network: Option<(usize, usize)>) -> Result<Dataset, CliError> {
        let data = match (&self.data, run) {
            (None, Some(folder)) if self.resize.is_none() && self.train_images.is_none() => {
                let nothing = || {
                    CliError::Usage(format!(
                        "the run {} looked its rewards up in a table and has no images; name some with --data PATH (--data \
                         {EMBEDDED} for the built-in ones)",
                        folder.shown()
                    ))
                };
                Arc::unwrap_or_clone(images_of(folder)?.ok_or_else(nothing)?)
            }
            _ => self.named_images(run, network)?,
        };
        log_remarks(&data);
        if self.share() > 0.0 && data.validation.is_some() {
            output::note(
                "note: the images have a validation part of their own; --validation takes none of the training images",
            );
        }
        Ok(data)
    }

    /// Refuses what would be passed over: the built-in images alone can be more or fewer.
    fn check_count(&self, path: &Path) -> Result<(), CliError> {
        match self.train_images {
            Some(_) if path != Path::new(EMBEDDED) => Err(CliError::Usage(format!(
                "--train-images is for the built-in images, and those of {} are given",
                path.shown()
            ))),
            _ => Ok(()),
        }
    }

    fn named_images(&self, run: Option<&Path>, network: Option<(usize, usize)>) -> Result<Dataset, CliError> {
        let of_run = match (&self.data, run) {
            (None, Some(folder)) => Command::read(folder)?.data,
            _ => None,
        };
        let path = self.data.clone().or(of_run).unwrap_or_else(|| PathBuf::from(EMBEDDED));
        self.check_count(&path)?;
        let resize = self.resize.map(HeightWidth::pair).or(network);
        Ok(images(&path, resize, [self.train_images.unwrap_or(TRAIN_IMAGES), TEST_IMAGES])?)
    }

    fn seed(&self, run: Option<&OfRun>) -> u64 {
        self.seed.or_else(|| run.map(|run| run.meta.seed)).unwrap_or(1)
    }

    fn recipe(&self, run: Option<&OfRun>) -> Result<Recipe, CliError> {
        let mut chosen = match (&self.config, &self.recipe, run) {
            (Some(path), ..) => read_recipe(path)?,
            (None, Some(name), _) => named(name)?,
            (None, None, Some(run)) => recipe_of(run)?,
            (None, None, None) => named(&self.space()?)?,
        };
        chosen.batch = self.batch.unwrap_or(chosen.batch);
        chosen.rate.rate = self.rate.unwrap_or(chosen.rate.rate);
        if let Some(epochs) = self.epochs {
            chosen = chosen.with_epochs(epochs);
        }
        chosen.check().map_err(|error| CliError::Usage(error.to_string()))?;
        Ok(chosen)
    }

    /// The recipe with a batch that is no larger than the images to learn from.
    fn fitted_recipe(&self, run: Option<&OfRun>, data: &Dataset) -> Result<Recipe, CliError> {
        let mut recipe = self.recipe(run)?;
        let [train, _] = Parts::sizes(data, self.share(), self.seed(run))?;
        log_lowered("a batch", recipe.batch, train, "training");
        recipe.batch = recipe.batch.min(train.max(1));
        Ok(recipe)
    }

    fn model(&self, run: Option<&OfRun>, parts: &Parts, data: &Dataset) -> Result<Model, CliError> {
        let usual = match run {
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

/// Makes a training longer, and says what its learning rate does.
fn extend(trainer: &mut Trainer, epochs: usize, batches: usize) -> Result<(), CliError> {
    let before = trainer.recipe().clone();
    let scheduled = trainer.rate(batches);
    trainer.extend(epochs).map_err(|error| CliError::Usage(error.to_string()))?;
    trainer.recipe().check().map_err(|error| CliError::Usage(error.to_string()))?;
    let (after, rate, old) = (trainer.recipe(), trainer.rate(batches), before.epochs);
    if after.epochs == old {
        return Ok(());
    }
    output::note(&match (after.rate.schedule == before.rate.schedule, after.rate.warmup == before.rate.warmup) {
        (true, true) => format!(
            "the training now has {epochs} epochs instead of {old}; its learning rate goes on at {rate:.3e}, as if it had had \
             them from the start"
        ),
        _ => format!(
            "the training now has {epochs} epochs instead of {old}; the schedule of its learning rate is fitted to them, so \
             that it goes on at {rate:.3e} instead of {scheduled:.3e}"
        ),
    });
    Ok(())
}

/// The recipe of a name.
fn named(name: &str) -> Result<Recipe, CliError> {
    recipe(name).ok_or_else(|| CliError::Usage(format!("unknown recipe '{name}'; known are {}", recipe_names())))
}

/// The recipe that a run trains by, in its own length, or that of the space where the run trains nothing.
fn recipe_of(run: &OfRun) -> Result<Recipe, CliError> {
    if Command::read(&run.folder)?.table.is_some() {
        return named(&run.meta.space);
    }
    let config = config_of(&run.folder)?;
    let epochs = named(&config.oracle.recipe)?.epochs;
    Ok(OracleConfig { epochs, ..config.oracle }.fitted_recipe())
}

fn read_recipe(path: &Path) -> Result<Recipe, CliError> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| CliError::Failed(format!("cannot read the recipe {}: {error}", path.shown())))?;
    toml::from_str(&text).map_err(|error| {
        let line = error.span().map_or(1, |span| text[..span.start].lines().count().max(1));
        CliError::Usage(format!("{}, line {line}: {}", path.shown(), error.message().replace('\n', " ")))
    })
}

/// The images of a checkpoint's training, normalised as they were there.
pub(super) fn parts(data: &Dataset, saved: &Saved, held_out: HeldOut) -> Result<Parts, CliError> {
    let (Saved { model, recipe, .. }, HeldOut { share, seed }) = (saved, held_out);
    // To look at images takes no batch of training images.
    let [train, _] = Parts::sizes(data, share, seed)?;
    let recipe = &Recipe { batch: recipe.batch.min(train.max(1)), ..recipe.clone() };
    Ok(Parts::normalised(data, recipe, share, [seed, saved.seed], model.normal.as_ref())?)
}

/// Images whose labels are the outputs of a checkpoint's network; its classes are matched by name.
pub(super) fn of_checkpoint(data: Dataset, model: &Model, path: &Path) -> Result<Dataset, CliError> {
    match &model.data {
        // What cannot be fed to the network at all is told so.
        Some(known) if data.image_shape() == model.input => Ok(matching(data, known)?),
        Some(_) => Ok(data),
        None => {
            output::note(&format!(
                "note: {} does not say which classes it was trained on, as checkpoints of earlier versions do not; they are taken \
                 in the order of the data",
                path.shown()
            ));
            Ok(data)
        }
    }
}

/// Refuses to go on with a training on other images than it was begun with, wherever they lie.
fn same(data: &Dataset, model: &Model, path: &Path) -> Result<(), CliError> {
    let Some(what) = model.data.as_ref().and_then(|known| known.difference(&data.fingerprint())) else { return Ok(()) };
    Err(CliError::Failed(format!(
        "the training in {} cannot go on: the data set is not the one that it was begun with: {what}; give that with --data (of \
         the built-in images, as many with --train-images)",
        path.shown()
    )))
}

/// Height and width of the images that a network takes.
pub(super) fn size_of(model: &Model) -> (usize, usize) {
    let [_, height, width] = model.input;
    (height, width)
}

/// Refuses images that a checkpoint's network was not made for.
pub(super) fn fits(model: &Model, parts: &Parts, path: &Path) -> Result<(), CliError> {
    let task = parts.task;
    if (model.input, model.classes) == (task.input, task.classes) {
        return Ok(());
    }
    let built_in = task == Task::CIFAR10;
    Err(CliError::Failed(format!(
        "the network in {} takes images of {:?} in {} classes, not of {:?} in {}{}; name its data with --data",
        path.shown(),
        model.input,
        model.classes,
        task.input,
        task.classes,
        if built_in { " as those that are built in" } else { "" }
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
        warnings: warnings(trainer.model(), last.and_then(|record| record.validation), test),
    }
}

/// Refuses to replace a file that is no checkpoint.
fn replaceable(out: &Path) -> Result<(), CliError> {
    let is_other = out.metadata().is_ok_and(|found| found.is_file() && found.len() > 0) && Saved::read(out).is_err();
    match is_other {
        true => Err(CliError::Usage(format!(
            "{} is there and is no checkpoint of a training; name another file with --out, or remove it",
            out.shown()
        ))),
        false => Ok(()),
    }
}

/// What is odd about the classes that a network was trained on, and about accuracies that need no network.
fn warnings(model: &Model, validation: Option<Score>, test: Score) -> Vec<String> {
    let Some(data) = &model.data else { return Vec::new() };
    let held_out = validation.and_then(|score| data.held_out_verdict(score.accuracy));
    data.remarks().into_iter().chain(held_out).chain(data.test_verdict(test.accuracy)).collect()
}

fn describe(trained: &Trained, out: Option<&Path>, data: Option<&Path>) -> String {
    let Trained { model, train, test, .. } = trained;
    let mut text = format!("network    {}\n", model.arch);
    let _ = writeln!(
        text,
        "size       {}, {}, {} parameters, {:.1} M multiply-adds",
        counted(model.channels, "channel", "channels"),
        counted(model.cells, "cell", "cells"),
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
        "seconds    {:.1} for {} on {}, {:.0} images/s",
        trained.seconds,
        counted(trained.epochs, "epoch", "epochs"),
        trained.device,
        trained.images_per_second
    );
    if let Some(path) = out {
        let file = quoted(&path.shown().to_string());
        let _ = writeln!(text, "kept       {}", path.shown());
        let given = data.filter(|path| *path != Path::new(EMBEDDED));
        let data = given.map_or_else(String::new, |path| format!(" --data {}", quoted(&path.shown().to_string())));
        let _ = writeln!(text, "next       graphpnas evaluate {file}{data}");
        let onnx = quoted(&path.with_extension("onnx").shown().to_string());
        let _ = writeln!(text, "           graphpnas export {file} --format onnx --out {onnx}");
    } else {
        text.push_str("kept       nothing; --out FILE keeps the network\n");
    }
    for warning in &trained.warnings {
        let _ = writeln!(text, "{warning}");
    }
    text
}
