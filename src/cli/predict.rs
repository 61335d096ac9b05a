//! `graphpnas predict`: the classes of pictures, by a trained network.

use super::classes::plain;
use super::device::open_device;
use super::error::CliError;
use super::number::whole;
use super::output;
use super::pictures::{Found, find};
use super::subject::Subject;
use crate::data::read_picture;
use crate::train::{Predictor, Saved};
use rayon::prelude::*;
use serde::Serialize;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas predict runs/a photo.jpg
  graphpnas predict runs/a photos/ more/*.png --top 3 --json
  graphpnas predict cell.safetensors photo.jpg

Pictures are prepared as in training: turned by their EXIF orientation, transparency put on white, cut around the centre to
the ratio of height to width of the network's input, scaled to it (bilinear, antialiased), and normalised by the mean and
standard deviation of the training. Of a folder, all pictures in it and in the folders below are taken. A picture that cannot
be read is named and the others are classified all the same; the exit code is then 1.";

/// Classify pictures with a trained network.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a search that trained networks, or checkpoint that `graphpnas train` wrote
    #[arg(value_name = "RUN|CHECKPOINT")]
    subject: String,
    /// Picture files, or folders of them
    #[arg(value_name = "IMAGE", required = true)]
    images: Vec<PathBuf>,
    /// Trial of the run; only the best one has weights unless `graphpnas train RUN --trial` trains others
    #[arg(long, value_name = "NUMBER", value_parser = whole::<usize>("--trial"))]
    trial: Option<usize>,
    /// Likeliest classes to tell of each picture
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = whole::<usize>("--top"))]
    top: usize,
    /// Device: auto, cpu, a number, or a part of an adapter's name
    #[arg(long, default_value = "auto")]
    device: String,
    /// Print the result as one JSON value
    #[arg(long)]
    json: bool,
}

/// What `--json` prints.
#[derive(Serialize)]
struct Predicted<'a> {
    space: &'a str,
    arch: &'a str,
    device: &'a str,
    images: Vec<OfPicture>,
}

/// What came of a picture.
#[derive(Serialize)]
struct OfPicture {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Prediction>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A class of a picture.
#[derive(Serialize)]
struct Prediction {
    /// The name of the class, where it is known.
    class: Option<String>,
    /// Its number, from 0.
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
        return Err(CliError::Failed(format!("the network takes images of {channels} channels, pictures have 3")));
    }
    let mut images = Vec::new();
    let mut bad = 0;
    let found = find(&args.images);
    for batch in found.chunks(Predictor::BATCH) {
        let read = |found: &Found| match found {
            Found::File(path) => read_picture(path, height, width).map_err(|error| error.to_string()),
            Found::Wrong { why, .. } => Err(why.clone()),
        };
        let read: Vec<_> = batch.par_iter().map(read).collect();
        let pictures: Vec<_> = read.iter().filter_map(|read| read.as_ref().ok().cloned()).collect();
        let mut probabilities = predictor.probabilities(&pictures)?.into_iter();
        for (found, read) in batch.iter().zip(read) {
            let path = found.path().to_string_lossy().into_owned();
            let (predictions, error) = match read {
                Ok(_) => (probabilities.next().map(|all| best(&all, names.as_deref(), args.top)), None),
                Err(why) => (None, Some(why)),
            };
            if let Some(why) = &error {
                bad += 1;
                output::complain_of(why);
            }
            let of_picture = OfPicture { path, predictions, error };
            if args.json {
                images.push(of_picture);
            } else {
                output::print(&describe(&of_picture))?;
            }
        }
    }
    if args.json {
        let predicted = Predicted { space: &model.space, arch: &model.arch, device: device.name(), images };
        output::print(&output::json(&predicted)?)?;
    }
    // A folder that has no pictures, or cannot be read, is no picture.
    let folders = found.iter().filter(|found| matches!(found, Found::Wrong { .. })).count();
    match (bad - folders, folders) {
        (0, 0) => Ok(()),
        (0, _) => Err(CliError::Found("not every folder has pictures that can be read".into())),
        (bad, _) => Err(CliError::Found(format!("{bad} of {} pictures could not be read", found.len() - folders))),
    }
}

impl Args {
    /// The checkpoint.
    fn network(&self) -> Result<PathBuf, CliError> {
        match Subject::of(&self.subject, self.trial)? {
            Subject::Run(run) => run.network()?.ok_or_else(|| run.untrained()),
            Subject::Checkpoint(path, _) => Ok(path),
            Subject::Text => {
                // Nothing is there, and reading it says so.
                let path = PathBuf::from(&self.subject);
                Saved::read(&path)?;
                Ok(path)
            }
        }
    }
}

/// The likeliest classes, the first of equals first.
fn best(probabilities: &[f64], names: Option<&[String]>, count: usize) -> Vec<Prediction> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    let class = |index: usize| names.and_then(|names| names.get(index)).cloned();
    let prediction = |index| Prediction { class: class(index), index, probability: probabilities[index] };
    order.into_iter().take(count).map(prediction).collect()
}

fn describe(picture: &OfPicture) -> String {
    let Some(predictions) = &picture.predictions else { return String::new() };
    let mut text = format!("{}\n", plain(&picture.path));
    for Prediction { class, index, probability } in predictions {
        let name = class.as_deref().map_or_else(|| format!("class {index}"), plain);
        let _ = writeln!(text, "  {:>6.2} %  {name}", 100.0 * probability);
    }
    text
}
