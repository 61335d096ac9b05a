//! `graphpnas evaluate`: a trained network on test images.

use super::build::open_device;
use super::classes::{describe, majority, plain};
use super::error::CliError;
use super::images::{images_of, run_of};
use super::number::whole;
use super::output;
use super::rewards::{EMBEDDED, failed, images};
use super::subject::Subject;
use super::train::{TEST_IMAGES, fits, parts};
use crate::data::Dataset;
use crate::train::{ClassResult, ClassResults, Mistake, Model, Saved, Score, Trainer};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin --json
  graphpnas evaluate runs/a

Of a run that trained networks, the best one is measured, on the images that the run measured it on. Networks that
`graphpnas train RUN` keeps in the run's folder are measured on the run's images too.

With up to 20 classes the accuracy of each and the confusion matrix are printed (a row for each class, a column for what
its images were taken for), with more the worst of both; --json has all.";

/// Measure a checkpoint on test images, class by class
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Checkpoint that `graphpnas train --out` wrote, or folder of a search
    #[arg(value_name = "CHECKPOINT|RUN")]
    subject: String,
    /// Trial of the run; only the best one has weights unless `graphpnas train RUN --trial` trains others
    #[arg(long, value_name = "NUMBER", value_parser = whole::<usize>("--trial"))]
    trial: Option<usize>,
    /// Images: a folder, or `embedded` [default: those of the run; for a checkpoint, the built-in ones]
    #[arg(long, value_name = "PATH")]
    data: Option<PathBuf>,
    /// Height and width to bring image files to
    #[arg(long, value_name = "PIXELS", default_value_t = 0, requires = "data", value_parser = whole::<usize>("oracle.resize"))]
    resize: usize,
    /// Device: auto, cpu, a number, or a part of an adapter's name
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
    /// Share of the most frequent class in percent.
    majority: f64,
    per_class: &'a [ClassResult],
    confusion: &'a Option<Vec<Vec<u64>>>,
    mistakes: &'a [Mistake],
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let (path, saved, data) = args.network()?;
    let parts = parts(&data, &saved, 0.0)?;
    fits(&saved.model, &parts, &path)?;
    let device = open_device(&args.device)?;
    let mut trainer = Trainer::load(&path, &device).map_err(failed)?;
    let found = trainer.examine(&parts.test).map_err(failed)?.clone();
    let (epochs, images) = (trainer.history().len(), parts.test.images());
    let ClassResults { arch, score, classes, .. } = &found;
    let missing: Vec<_> = classes.iter().filter(|class| class.images == 0).map(|class| plain(&class.name)).collect();
    if !missing.is_empty() {
        let (count, of) = (missing.len(), classes.len());
        output::note(&format!("note: {count} of {of} classes have no test images: {}", missing.join(", ")));
    }
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
        })?);
    }
    output::print(&format!(
        "network    {arch}, after {epochs} epochs\ntest       {:.2} %, loss {:.4}, on {images} images\n\
         majority   {:.2} %, the share of the most frequent class\n{}",
        score.accuracy,
        score.loss,
        majority(&found),
        describe(&found)
    ))
}

impl Args {
    /// The checkpoint, what its header says, and the images.
    fn network(&self) -> Result<(PathBuf, Saved, Arc<Dataset>), CliError> {
        let (path, saved) = match Subject::of(&self.subject, self.trial)? {
            Subject::Run(run) => {
                let path = run.network()?.ok_or_else(|| run.untrained())?;
                let saved = Saved::read(&path).map_err(failed)?;
                (path, saved)
            }
            Subject::Checkpoint(path, saved) => (path, *saved),
            Subject::Text => {
                // Nothing is there, and reading it says so.
                let path = PathBuf::from(&self.subject);
                let saved = Saved::read(&path).map_err(failed)?;
                (path, saved)
            }
        };
        let data = self.images(&path, &saved)?;
        Ok((path, saved, data))
    }

    fn images(&self, path: &Path, saved: &Saved) -> Result<Arc<Dataset>, CliError> {
        if self.data.is_none()
            && let Some(data) = run_of(path).map(|folder| images_of(&folder)).transpose()?.flatten()
        {
            return Ok(data);
        }
        let path = self.data.as_deref().unwrap_or(Path::new(EMBEDDED));
        Ok(Arc::new(images(path, self.resize, [saved.recipe.batch.max(100), TEST_IMAGES])?))
    }
}
