//! Opens and checks the images of a search or a training.

use super::error::ExperimentError;
use crate::data::{DataError, Dataset, Fingerprint, Matched, OpenOptions, Warning, procedural};
use crate::device::check_memory;
use std::path::Path;

/// The name of the built-in images.
pub const EMBEDDED: &str = "embedded";

/// The data set name of presets for the user's images.
pub const OWN_IMAGES: &str = "images";

/// Seed of the built-in images, independent of the seed of a run.
const EMBEDDED_SEED: u64 = 0;

/// Opens the images in a folder, or generates the built-in ones ([`EMBEDDED`]) with these numbers of training and test
/// images. Resizes them to a height and width if given.
///
/// # Errors
/// The folder cannot be read, the images do not fit into memory, or they cannot be resized.
pub fn images(
    path: &Path,
    resize: Option<(usize, usize)>,
    [train, test]: [usize; 2],
) -> Result<Dataset, ExperimentError> {
    if path == Path::new(EMBEDDED) {
        let bytes = (train as u64).saturating_add(test as u64).saturating_mul(procedural::SHAPE.len() as u64);
        check_memory(bytes, "the built-in images").map_err(|error| {
            ExperimentError::Refused(format!("{error}; lower oracle.train_images or oracle.test_images"))
        })?;
        let data = Dataset::procedural(EMBEDDED_SEED, train, test);
        let Some((height, width)) = resize else { return Ok(data) };
        return data.resized(height, width).map_err(|error| ExperimentError::Refused(error.to_string()));
    }
    let options = OpenOptions { resize, ..OpenOptions::default() };
    let remedy = if path.exists() { "" } else { "; set the location of the images with --data" };
    let failed = |error: DataError| ExperimentError::Failed(format!("{error}{remedy}"));
    let data = Dataset::open_with(path, &options).map_err(failed)?;
    for warning in data.warnings.iter().filter(|warning| !matches!(warning, Warning::ClassesMissing { .. })) {
        log::info!("{warning}");
    }
    let Dataset { layout, train, test, .. } = &data;
    log::debug!(
        "images: {layout}, {} training,{} {} test, {} classes, {} (channels x height x width)",
        train.len(),
        data.validation.as_ref().map_or_else(String::new, |part| format!(" {} validation,", part.len())),
        test.len(),
        data.classes().len(),
        train.shape()
    );
    Ok(data)
}

/// Logs remarks about the classes, such as imbalance, before a long training.
pub fn log_remarks(data: &Dataset) {
    data.class_warnings().iter().for_each(|remark| log_remark(remark));
}

/// Logs that a batch size exceeds the number of images and is reduced.
pub fn log_reduced(what: &str, batch: usize, images: usize, part: &str) {
    if batch > images {
        log::info!("{what} of {batch} exceeds the {images} {part} images; it is lowered to {images}");
    }
}

/// Sorts the classes of images into the order of a network's classes, by name.
///
/// # Errors
/// The network does not know a class.
pub fn matching(data: Dataset, known: &Fingerprint) -> Result<Dataset, ExperimentError> {
    let Matched { data, notes } = data.matching(known).map_err(|error| ExperimentError::Failed(error.to_string()))?;
    notes.iter().for_each(|note| log_remark(note));
    Ok(data)
}

/// Logs a text at the level of its prefix, `warning: ` or `note: `.
pub(super) fn log_remark(text: &str) {
    match text.strip_prefix("warning: ") {
        Some(warning) => log::warn!("{warning}"),
        None => log::info!("{}", text.trim_start_matches("note: ")),
    }
}
