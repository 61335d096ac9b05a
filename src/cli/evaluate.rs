//! `graphpnas evaluate`: tests a trained network.

use super::classes::{describe, majority};
use super::device::open_device;
use super::error::CliError;
use super::height_width::HeightWidth;
use super::images::{images_of, run_of};
use super::number::integer;
use super::output;
use super::subject::Subject;
use super::train::{TEST_IMAGES, check_task, match_classes, parts, size_of};
use crate::data::{Dataset, Fingerprint, OpenOptions};
use crate::experiment::{EMBEDDED, images};
use crate::shown::Show;
use crate::train::{ClassResult, ClassResults, HeldOut, Mistake, Model, SavedTraining, Score, Trainer};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin --json
  graphpnas evaluate runs/a

For a run that trained networks, this tests the best one on the run's test images. Networks that `graphpnas train RUN` saved
in the run's folder are tested on the run's images too.

With up to 20 classes the accuracy of every class and the confusion matrix are printed (rows: actual class, columns:
predicted class), otherwise the worst classes and confusions; --json has all.";

/// Test a trained network on images, with per-class results
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Checkpoint of `graphpnas train --out`, or folder of a search
    #[arg(value_name = "CHECKPOINT|RUN", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    subject: String,
    /// Trial of the run; only the best one has weights unless `graphpnas train RUN --trial` trained others
    #[arg(long, value_name = "NUMBER", value_parser = integer::<usize>("--trial"))]
    trial: Option<usize>,
    /// Images: a folder, or `embedded` [default: those of the run; for a checkpoint, the built-in ones]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Resize images to this size, such as 48 or 48x64 [default: the network's input size]
    #[arg(long, value_name = "N|HxW", requires = "data")]
    resize: Option<HeightWidth>,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Evaluated<'a> {
    #[serde(flatten)]
    model: &'a Model,
    device: &'a str,
    epochs: usize,
    images: usize,
    test: Score,
    /// Percentage of images in the most frequent class.
    majority: f64,
    per_class: &'a [ClassResult],
    confusion: &'a Option<Vec<Vec<u64>>>,
    mistakes: &'a [Mistake],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let (path, saved, data) = args.network()?;
    let data = match_classes(Arc::unwrap_or_clone(data), &saved.model, &path)?;
    let is_run = args.data.is_none() && Path::new(&args.subject).is_dir();
    if let (Some(known), true) = (&saved.model.data, is_run)
        && let Some(what) = known.difference(&data.fingerprint())
    {
        output::note(&format!("warning: the data set has changed since the run: {what}"));
    }
    check_task(&saved.model, &data, &path)?;
    // Only the test images are used, so nothing is held out.
    let parts = parts(&data, &saved, HeldOut { fraction: 0.0, seed: saved.seed })?;
    let device = open_device(&args.device)?;
    let mut trainer = Trainer::load(&path, &device)?;
    let found = trainer.evaluate_per_class(&parts.test)?.clone();
    let (epochs, images) = (trainer.history().len(), parts.test.images());
    let ClassResults { arch, score, classes, .. } = &found;
    // The census omits the digest, which takes seconds for a large data set.
    let measured = data.census();
    let warnings: Vec<String> =
        measured.test_class_warnings().into_iter().chain(measured.test_baseline_warning(score.accuracy)).collect();
    let warning_lines = warnings.iter().map(|warning| format!("{warning}\n")).collect::<String>();
    if args.json {
        return output::print(&output::json(&Evaluated {
            model: &saved.model,
            device: device.name(),
            epochs,
            images,
            test: *score,
            majority: majority(&found),
            per_class: classes,
            confusion: &found.confusion,
            mistakes: &found.mistakes,
            warnings,
        })?);
    }
    output::print(&format!(
        "network    {arch}, after {epochs} epochs\ntest       {:.2} %, loss {:.4}, on {images} images\n\
         majority   {:.2} %, the fraction of images in the most frequent class\n{}{warning_lines}",
        score.accuracy,
        score.loss,
        majority(&found),
        describe(&found)
    ))
}

/// Tests on all images of a folder without train and test parts, if the network was trained on other images.
fn undivided(data: Dataset, path: &Path, resize: (usize, usize), model: &Model) -> Result<Dataset, CliError> {
    // Counts are compared first: the digest of a large data set takes seconds.
    let trained_on = |known: &Fingerprint| {
        let found = data.census();
        (&known.train, &known.test) == (&found.train, &found.test) && known.digest == data.fingerprint().digest
    };
    if path == Path::new(EMBEDDED) || model.data.as_ref().is_none_or(trained_on) {
        return Ok(data);
    }
    let options = OpenOptions { resize: Some(resize), whole: true, ..OpenOptions::default() };
    let all = Dataset::open_with(path, &options).map_err(|error| CliError::Failed(error.to_string()))?;
    if all.test.len() == data.test.len() {
        return Ok(data);
    }
    let (shown, count) = (path.shown(), all.test.len());
    output::note(&format!(
        "note: {shown} has no test part and the network was trained on other images; testing on all {count} images"
    ));
    Ok(all)
}

impl Args {
    /// Returns the checkpoint's path and header, and the images.
    fn network(&self) -> Result<(PathBuf, SavedTraining, Arc<Dataset>), CliError> {
        let (path, saved) = match Subject::of(&self.subject, self.trial)? {
            Subject::Run(run) => {
                let path = run.network()?.ok_or_else(|| run.untrained())?;
                let saved = SavedTraining::read(&path)?;
                (path, saved)
            }
            Subject::Checkpoint(path, saved) => (path, *saved),
            Subject::Text => {
                // The file does not exist; reading it reports that.
                let path = PathBuf::from(&self.subject);
                let saved = SavedTraining::read(&path)?;
                (path, saved)
            }
        };
        let data = self.images(&path, &saved)?;
        Ok((path, saved, data))
    }

    fn images(&self, path: &Path, saved: &SavedTraining) -> Result<Arc<Dataset>, CliError> {
        if self.data.is_none()
            && let Some(data) = run_of(path).map(|folder| images_of(&folder)).transpose()?.flatten()
        {
            return Ok(data);
        }
        let path = self.data.as_deref().unwrap_or(Path::new(EMBEDDED));
        let resize = self.resize.map_or_else(|| size_of(&saved.model), HeightWidth::pair);
        let data = images(path, Some(resize), [saved.recipe.batch.max(100), TEST_IMAGES])?;
        Ok(Arc::new(undivided(data, path, resize, &saved.model)?))
    }
}
