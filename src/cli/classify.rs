//! Classifies the images or signals of files, a batch at a time.

use super::error::CliError;
use super::input_files::{Content, Found};
use crate::data::{DataError, SignalReader, read_image};
use crate::formats::{FileFormat, detect};
use crate::shown::Show;
use crate::train::{Predictor, TrainError};
use rayon::prelude::*;
use std::path::Path;

/// The result for an image or a signal, or for a file or folder without any.
pub(super) struct Classified<'a> {
    pub path: &'a Path,
    /// The number of the signal in its file, from 0; none for an image, and for a file that cannot be read.
    pub signal: Option<usize>,
    /// The probability of every class, or the error.
    pub probabilities: Result<Vec<f64>, String>,
}

/// The stored values of an image or a signal, or the error.
struct Input<'a, T> {
    path: &'a Path,
    signal: Option<usize>,
    values: Result<Vec<T>, String>,
}

/// Classifies all images or signals in the order of the files; at most one batch is in memory.
///
/// # Errors
/// A failing device, images whose output is not finite, or the first error of `each`.
pub(super) fn classify<'a>(
    predictor: &mut Predictor,
    content: Content,
    found: &'a [Found],
    mut each: impl FnMut(Classified<'a>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let [channels, height, width] = predictor.model().input;
    match content {
        Content::Image => {
            for files in found.chunks(Predictor::BATCH) {
                let batch = files.par_iter().map(|found| image(found, [height, width])).collect();
                let classify =
                    |images: &[Vec<u8>]| Ok(predictor.probabilities(images)?.into_iter().map(Some).collect());
                finish(batch, classify, &mut each)?;
            }
        }
        Content::Signals => {
            let mut inputs = found.iter().flat_map(|found| signals(found, [channels, width]));
            loop {
                let batch: Vec<_> = inputs.by_ref().take(Predictor::BATCH).collect();
                if batch.is_empty() {
                    break;
                }
                finish(batch, |signals: &[Vec<f32>]| predictor.signal_probabilities(signals), &mut each)?;
            }
        }
    }
    Ok(())
}

/// Classifies a batch; inputs that could not be read keep their error.
fn finish<'a, T>(
    batch: Vec<Input<'a, T>>,
    classify: impl FnOnce(&[Vec<T>]) -> Result<Vec<Option<Vec<f64>>>, TrainError>,
    each: &mut impl FnMut(Classified<'a>) -> Result<(), CliError>,
) -> Result<(), CliError> {
    let (mut stored, mut places) = (Vec::new(), Vec::new());
    for Input { path, signal, values } in batch {
        places.push((path, signal, values.map(|values| stored.push(values))));
    }
    let mut found = classify(&stored)?.into_iter();
    for (path, signal, read) in places {
        let probabilities = read.and_then(|()| found.next().flatten().ok_or_else(|| not_finite(path, signal)));
        each(Classified { path, signal, probabilities })?;
    }
    Ok(())
}

fn not_finite(path: &Path, signal: Option<usize>) -> String {
    let (shown, signal) = (path.shown(), signal.unwrap_or_default());
    format!(
        "{shown} has in signal {signal} values for which the network's output is not a number: they are far from those of the \
         training, or the training diverged"
    )
}

fn image(found: &Found, [height, width]: [usize; 2]) -> Input<'_, u8> {
    let values = match found {
        Found::File(path) => read_image(path, height, width).map_err(|error| refusal(path, Content::Image, &error)),
        Found::BadFolder { why, .. } => Err(why.clone()),
    };
    Input { path: found.path(), signal: None, values }
}

/// The signals of a file, which are read one after another, or one error.
fn signals(found: &Found, [channels, length]: [usize; 2]) -> Box<dyn Iterator<Item = Input<'_, f32>> + '_> {
    let path = found.path();
    let reader = match found {
        Found::File(path) => {
            SignalReader::open(path, channels, length).map_err(|error| refusal(path, Content::Signals, &error))
        }
        Found::BadFolder { why, .. } => Err(why.clone()),
    };
    match reader {
        Ok(reader) => Box::new(reader.enumerate().map(move |(signal, values)| Input {
            path,
            signal: Some(signal),
            values: values.map_err(|error| error.to_string()),
        })),
        Err(why) => Box::new(std::iter::once(Input { path, signal: None, values: Err(why) })),
    }
}

/// Returns why a file cannot be read: it is one for another network, or the error.
fn refusal(path: &Path, content: Content, error: &DataError) -> String {
    let shown = path.shown();
    match (content, detect(path)) {
        (Content::Image, Some(FileFormat::Npy)) => {
            format!("{shown} is a NumPy array, but the network takes images; give image files")
        }
        (Content::Signals, Some(FileFormat::Image)) => {
            format!("{shown} is an image, but the network takes signals; give NumPy arrays (.npy)")
        }
        _ => error.to_string(),
    }
}
