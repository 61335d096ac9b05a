//! `graphpnas evaluate`: a trained network on test images.

use super::build::open_device;
use super::error::CliError;
use super::number::whole;
use super::output;
use super::rewards::{EMBEDDED, Rewards, failed, images};
use super::subject::{Subject, network};
use super::train::{TEST_IMAGES, fits, parts};
use crate::data::Dataset;
use crate::run::{CONFIG, Command};
use crate::search::Request;
use crate::train::{Model, Saved, Score, Trainer};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::Arc;

const EXAMPLES: &str = "\
Examples:
  graphpnas evaluate cell.safetensors --data cifar-10-batches-bin --json
  graphpnas evaluate runs/a

Of a run that trained networks, the best one is measured, on the images that the run measured it on.";

/// Measure a checkpoint on test images
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Checkpoint that `graphpnas train --out` wrote, or folder of a search
    #[arg(value_name = "CHECKPOINT|RUN")]
    subject: String,
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
struct Evaluated {
    #[serde(flatten)]
    model: Model,
    device: String,
    epochs: usize,
    images: usize,
    test: Score,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let (path, saved, data) = args.network()?;
    let parts = parts(&data, &saved, 0.0)?;
    fits(&saved.model, &parts, &path)?;
    let device = open_device(&args.device)?;
    let mut trainer = Trainer::load(&path, &device).map_err(failed)?;
    let test = trainer.evaluate(&parts.test).map_err(failed)?;
    let (epochs, images) = (trainer.history().len(), parts.test.images());
    let evaluated = Evaluated { model: saved.model, device: device.name().to_owned(), epochs, images, test };
    if args.json {
        return output::print(&output::json(&evaluated)?);
    }
    let Score { accuracy, loss } = test;
    let arch = &evaluated.model.arch;
    output::print(&format!(
        "network    {arch}, after {epochs} epochs\ntest       {accuracy:.2} %, loss {loss:.4}, on {images} images\n"
    ))
}

impl Args {
    /// The checkpoint, what its header says, and the images.
    fn network(&self) -> Result<(PathBuf, Saved, Arc<Dataset>), CliError> {
        let (path, saved) = match Subject::of(&self.subject)? {
            Subject::Run { folder, arch, .. } => {
                let nothing = || CliError::Failed(format!("the run {} trained no network", folder.display()));
                let path = network(&folder, &arch)?.ok_or_else(nothing)?;
                let saved = Saved::read(&path).map_err(failed)?;
                let data = if self.data.is_some() { self.images(&saved)? } else { images_of(&folder)? };
                return Ok((path, saved, data));
            }
            Subject::Checkpoint(path, saved) => (path, *saved),
            Subject::Text => {
                // Nothing is there, and reading it says so.
                let path = PathBuf::from(&self.subject);
                let saved = Saved::read(&path).map_err(failed)?;
                (path, saved)
            }
        };
        let data = self.images(&saved)?;
        Ok((path, saved, data))
    }

    fn images(&self, saved: &Saved) -> Result<Arc<Dataset>, CliError> {
        let path = self.data.as_deref().unwrap_or(Path::new(EMBEDDED));
        Ok(Arc::new(images(path, self.resize, [saved.recipe.batch.max(100), TEST_IMAGES])?))
    }
}

/// The images that a run trains on.
fn images_of(folder: &Path) -> Result<Arc<Dataset>, CliError> {
    let file = folder.join(CONFIG);
    let config = Request { preset: None, file: Some(&file), flags: Vec::new(), sets: &[] }.resolve()?;
    match Rewards::open(&config, None, Command::read(folder)?.data.as_deref())? {
        Rewards::Images(data) => Ok(data),
        Rewards::Table { .. } => Err(CliError::Failed(format!("the run {} has no images", folder.display()))),
    }
}
