//! `graphpnas predict`: classifies images with a trained network.

use super::classes::plain;
use super::device::open_device;
use super::error::CliError;
use super::image_files::{Found, find};
use super::number::integer;
use super::output;
use super::subject::Subject;
use crate::data::read_image;
use crate::space;
use crate::train::{Predictor, SavedTraining};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas predict runs/a photo.jpg
  graphpnas predict runs/a photos/ more/*.png --top 3 --json
  graphpnas predict cell.safetensors photo.jpg

Images are prepared as in training: EXIF orientation applied, transparency blended onto white, centre crop to the aspect
ratio of the network's input, resize (bilinear, antialiased), and normalisation by the training's mean and standard deviation.
Folders are searched recursively. An unreadable image is reported and the others are classified; the exit code is then 1.";

/// Classify images with a trained network.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a search that trained networks, or checkpoint of `graphpnas train`
    #[arg(value_name = "RUN|CHECKPOINT")]
    subject: String,
    /// Image files, or folders of images
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Trial of the run; only the best one has weights unless `graphpnas train RUN --trial` trained others
    #[arg(long, value_name = "NUMBER", value_parser = integer::<usize>("--trial"))]
    trial: Option<usize>,
    /// Number of most probable classes to print per image
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = integer::<usize>("--top"))]
    top: usize,
    /// Device: auto, cpu, an adapter's number, or part of its name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Predicted<'a> {
    space: String,
    arch: &'a str,
    device: &'a str,
    images: Vec<ImageResult>,
}

/// Predictions for one image, or the error.
#[derive(Serialize)]
struct ImageResult {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Prediction>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A predicted class.
#[derive(Serialize)]
struct Prediction {
    /// Name of the class, if known.
    class: Option<String>,
    /// Index of the class, from 0.
    index: usize,
    probability: f64,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let path = args.network()?;
    let device = open_device(&args.device)?;
    let mut predictor = Predictor::load(&path, &device)?;
    let names = predictor.interface().class_names;
    let model = predictor.model().clone();
    let [_, height, width] = model.input;
    if model.input[0] != 3 {
        let channels = model.input[0];
        return Err(CliError::Failed(format!(
            "the network takes images of {channels} channels, but image files are read with 3"
        )));
    }
    let mut images = Vec::new();
    let mut bad = 0;
    let found = find(&args.images);
    for batch in found.chunks(Predictor::BATCH) {
        let read = |found: &Found| match found {
            Found::File(path) => read_image(path, height, width).map_err(|error| error.to_string()),
            Found::BadFolder { why, .. } => Err(why.clone()),
        };
        let read: Vec<_> = batch.par_iter().map(read).collect();
        let readable: Vec<_> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
        let mut probabilities = predictor.probabilities(&readable)?.into_iter();
        for (found, read) in batch.iter().zip(read) {
            let path = found.path().to_string_lossy().into_owned();
            let (predictions, error) = match read {
                Ok(_) => (probabilities.next().map(|all| best(&all, names.as_deref(), args.top)), None),
                Err(why) => (None, Some(why)),
            };
            if let Some(why) = &error {
                bad += 1;
                output::report_input_error(why);
            }
            let result = ImageResult { path, predictions, error };
            if args.json {
                images.push(result);
            } else {
                output::print(&describe(&result))?;
            }
        }
    }
    if args.json {
        let predicted =
            Predicted { space: space::name_of(&model.space), arch: &model.arch, device: device.name(), images };
        output::print(&output::json(&predicted)?)?;
    }
    // Bad folders are not counted as images.
    let folders = found.iter().filter(|found| matches!(found, Found::BadFolder { .. })).count();
    match (bad - folders, folders) {
        (0, 0) => Ok(()),
        (0, _) => Err(CliError::InvalidInputs("some folders contain no readable images".into())),
        (bad, _) => {
            Err(CliError::InvalidInputs(format!("{bad} of {} images could not be read", found.len() - folders)))
        }
    }
}

impl Args {
    /// Returns the checkpoint's path.
    fn network(&self) -> Result<PathBuf, CliError> {
        match Subject::of(&self.subject, self.trial)? {
            Subject::Run(run) => run.network()?.ok_or_else(|| run.untrained()),
            Subject::Checkpoint(path, _) => Ok(path),
            Subject::Text => {
                // The file does not exist; reading it reports that.
                let path = PathBuf::from(&self.subject);
                SavedTraining::read(&path)?;
                Ok(path)
            }
        }
    }
}

/// Returns the most probable classes in descending order; ties are ordered by index.
fn best(probabilities: &[f64], names: Option<&[String]>, count: usize) -> Vec<Prediction> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    let class = |index: usize| names.and_then(|names| names.get(index)).cloned();
    let prediction = |index| Prediction { class: class(index), index, probability: probabilities[index] };
    order.into_iter().take(count).map(prediction).collect()
}

fn describe(image: &ImageResult) -> String {
    let Some(predictions) = &image.predictions else { return String::new() };
    let mut text = format!("{}\n", plain(&image.path));
    for Prediction { class, index, probability } in predictions {
        let name = class.as_deref().map_or_else(|| format!("class {index}"), plain);
        let _ = writeln!(text, "  {:>6.2} %  {name}", 100.0 * probability);
    }
    text
}
