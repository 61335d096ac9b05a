//! `graphpnas predict`: classifies images or signals with a trained network.

use super::classes::plain;
use super::classify::{Classified, classify};
use super::device::open_device;
use super::error::CliError;
use super::input_files::{Content, Found, find};
use super::number::integer;
use super::output;
use super::subject::Subject;
use crate::space;
use crate::train::{Predictor, SavedTraining};
use serde::Serialize;
use std::borrow::Cow;
use std::fmt::Write;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  graphpnas predict runs/a photo.jpg
  graphpnas predict runs/a photos/ more/*.png --top 3 --json
  graphpnas predict cell.safetensors photo.jpg
  graphpnas predict runs/waves signals.npy --top 1

Images are prepared as in training: EXIF orientation applied, transparency blended onto white, centre crop to the aspect
ratio of the network's input, resize (bilinear, antialiased), and normalisation by the training's mean and standard deviation.
Signals are arrays of n x channels x length, channels x length for a single one, or n x length for one channel, and are
normalised in the same way; the results are those of FILE.npy[0], FILE.npy[1], and so on.
Folders are searched recursively, for signals without y_train.npy, y_val.npy and y_test.npy. An unreadable image, signal or file
is reported and the others are classified; the exit code is then 1.";

/// Classify images or signals with a trained network.
#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Folder of a search that trained networks, or checkpoint of `graphpnas train`
    #[arg(value_name = "RUN|CHECKPOINT")]
    subject: String,
    /// Image files, or NumPy arrays of signals (.npy) if the network takes signals, or folders of them
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Trial of the run; only the best one has weights unless `graphpnas train RUN --trial` trained others
    #[arg(long, value_name = "NUMBER", value_parser = integer::<usize>("--trial"))]
    trial: Option<usize>,
    /// Number of most probable classes to print per image or signal
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
    #[serde(skip_serializing_if = "Option::is_none")]
    images: Option<Vec<InputResult<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    signals: Option<Vec<InputResult<'a>>>,
}

/// Predictions for one image or signal, or the error.
#[derive(Serialize)]
struct InputResult<'a> {
    path: Cow<'a, str>,
    /// The number of the signal in its file, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    signal: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    predictions: Option<Vec<Prediction<'a>>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// A predicted class.
#[derive(Serialize)]
struct Prediction<'a> {
    /// Name of the class, if known.
    class: Option<&'a str>,
    /// Index of the class, from 0.
    index: usize,
    probability: f64,
}

/// Numbers of images, signals and files that could not be used.
#[derive(Default)]
struct Failures {
    /// Files that could not be read.
    files: usize,
    /// Folders without readable files.
    folders: usize,
    /// Single signals of files.
    signals: usize,
}

/// Runs the subcommand.
pub(super) fn run(args: &Args) -> Result<(), CliError> {
    let path = args.network()?;
    let device = open_device(&args.device)?;
    let mut predictor = Predictor::load(&path, &device)?;
    let interface = predictor.interface();
    let model = predictor.model().clone();
    let content = if interface.takes_signals() { Content::Signals } else { Content::Image };
    if content == Content::Image && model.input[0] != 3 {
        let channels = model.input[0];
        return Err(CliError::Failed(format!(
            "the network takes images of {channels} channels, but image files are read with 3"
        )));
    }
    let names = interface.class_names.as_deref();
    let found = find(&args.files, content);
    let folders = found.iter().filter(|found| matches!(found, Found::BadFolder { .. })).count();
    let mut failures = Failures { folders, ..Failures::default() };
    let (mut results, mut signals) = (Vec::new(), 0);
    classify(&mut predictor, content, &found, |Classified { path, signal, probabilities }| {
        signals += usize::from(signal.is_some());
        let (predictions, error) = match probabilities {
            Ok(all) => (Some(best(&all, names, args.top)), None),
            Err(why) => (None, Some(why)),
        };
        if let Some(why) = &error {
            *if signal.is_some() { &mut failures.signals } else { &mut failures.files } += 1;
            output::report_input_error(why);
        }
        let result = InputResult { path: path.to_string_lossy(), signal, predictions, error };
        if args.json {
            results.push(result);
            return Ok(());
        }
        output::print(&describe(&result))
    })?;
    if args.json {
        let (images, signals) = match content {
            Content::Image => (Some(results), None),
            Content::Signals => (None, Some(results)),
        };
        let (space, arch, device) = (space::name_of(&model.space), &model.arch, device.name());
        output::print(&output::json(&Predicted { space, arch, device, images, signals })?)?;
    }
    // Bad folders are not counted as files.
    failures.files -= folders;
    failures.outcome(content, found.len() - folders, signals)
}

impl Failures {
    /// Returns the error of the command, if something could not be used; `files` and `signals` are all that were found.
    fn outcome(&self, content: Content, files: usize, signals: usize) -> Result<(), CliError> {
        let kind = if content == Content::Image { "images" } else { "files" };
        let mut parts = Vec::new();
        if self.files > 0 {
            parts.push(format!("{} of {files} {kind} could not be read", self.files));
        }
        if self.signals > 0 {
            parts.push(format!("{} of {signals} signals could not be classified", self.signals));
        }
        if parts.is_empty() && self.folders > 0 {
            let kind = if content == Content::Image { "images" } else { "arrays of signals" };
            parts.push(format!("some folders contain no readable {kind}"));
        }
        if parts.is_empty() { Ok(()) } else { Err(CliError::InvalidInputs(parts.join(", and "))) }
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
fn best<'a>(probabilities: &[f64], names: Option<&'a [String]>, count: usize) -> Vec<Prediction<'a>> {
    let mut order: Vec<usize> = (0..probabilities.len()).collect();
    order.sort_by(|a, b| probabilities[*b].total_cmp(&probabilities[*a]));
    let class = |index: usize| names.and_then(|names| names.get(index)).map(String::as_str);
    let prediction = |index| Prediction { class: class(index), index, probability: probabilities[index] };
    order.into_iter().take(count).map(prediction).collect()
}

fn describe(result: &InputResult<'_>) -> String {
    let Some(predictions) = &result.predictions else { return String::new() };
    let place = result.signal.map_or_else(String::new, |signal| format!("[{signal}]"));
    let mut text = format!("{}{place}\n", plain(&result.path));
    for Prediction { class, index, probability } in predictions {
        let name = class.map_or_else(|| format!("class {index}"), plain);
        let _ = writeln!(text, "  {:>6.2} %  {name}", 100.0 * probability);
    }
    text
}
