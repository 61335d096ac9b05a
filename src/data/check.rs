//! Checks a complete data set and lists all problems, whereas opening it stops at the first error.

use super::cifar;
use super::dataset::{Dataset, OpenOptions};
use super::decode::{DecodeFlags, check_size};
use super::duplicates::{Labelled, find_duplicates};
use super::error::DataError;
use super::image_file::{self, DecodedImage, Extent};
use super::listed::{self, Listed};
use super::load::decode_warnings;
use super::notes::Notes;
use super::part::Part;
use super::signal_files;
use super::source::Source;
use super::tree::Listing;
use super::warning::Warning;
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// The content of a data set folder and its problems.
#[derive(Debug)]
pub struct Check {
    /// The layout, as [`Dataset::layout`].
    pub layout: &'static str,
    /// The class names.
    pub classes: Vec<String>,
    /// The parts, each with the number of readable images per class, in the order of the classes.
    pub parts: Vec<(Part, Vec<usize>)>,
    /// Whether there is only one part, from which the test part is split off when the data set is opened.
    pub is_one_part: bool,
    /// Height and width of the images, each with the number of images, most frequent first.
    pub sizes: Vec<((usize, usize), usize)>,
    /// Errors, each with its file or folder.
    pub bad: Vec<DataError>,
    /// Warnings.
    pub warnings: Vec<Warning>,
}

/// A decoded image file.
struct Inspected {
    extent: Extent,
    digest: [u8; 16],
    flags: DecodeFlags,
}

/// Reads every image of the data set in the folder `path`.
///
/// Images of different sizes are not an error here. With [`OpenOptions::resize`] the images of other sizes are counted.
///
/// # Errors
/// A folder that cannot be read, has no supported layout, or has no usable parts or classes.
pub fn check(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Check, DataError> {
    let folder = path.as_ref();
    std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.into(), source })?;
    if signal_files::is_layout(folder) {
        return Dataset::open_with(folder, options).map(|data| Check::of(&data));
    }
    options.resize.map_or(Ok(()), |(height, width)| check_size(height, width))?;
    if let Some(inner) = Dataset::wrapped(folder) {
        let mut check = check(&inner, options)?;
        check.warnings.insert(0, Warning::Nested { outer: folder.into(), inner });
        return Ok(check);
    }
    if Dataset::is_binary(folder) {
        return binary(folder, options);
    }
    let mut notes = Notes::collecting_errors();
    match listed::list(folder, &mut notes) {
        Ok(Some(listed)) => Ok(image_files(&listed, options, notes)),
        // Opening returns the error for an unsupported format.
        Ok(None) => Dataset::open_with(folder, options).map(|data| Check::of(&data)),
        Err(error) => {
            let (warnings, mut bad) = notes.finish();
            if bad.is_empty() {
                return Err(error);
            }
            bad.push(error);
            let (classes, parts, sizes) = (Vec::new(), Vec::new(), Vec::new());
            Ok(Check { layout: "folders", classes, parts, is_one_part: false, sizes, bad, warnings })
        }
    }
}

/// Checks a data set of few large files: lists the damaged files, or else the content.
fn binary(folder: &Path, options: &OpenOptions) -> Result<Check, DataError> {
    match Dataset::open_with(folder, options) {
        Ok(data) => Ok(Check::of(&data)),
        Err(error) => {
            let mut bad = cifar::file_errors(folder, options.coarse);
            if bad.is_empty() {
                bad.push(error);
            }
            let layout = if cifar::training_files(folder).is_empty() { "cifar100" } else { "cifar10" };
            let (classes, parts, sizes, warnings) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
            Ok(Check { layout, classes, parts, is_one_part: false, sizes, bad, warnings })
        }
    }
}

impl Check {
    fn of(data: &Dataset) -> Self {
        let classes = data.classes().to_vec();
        let parts = data.parts().map(|(part, source)| (part, counts(classes.len(), source.labels()))).collect();
        let shape = data.train.shape();
        let images = data.parts().map(|(_, source)| Source::len(source)).sum();
        Self {
            layout: data.layout,
            classes,
            parts,
            is_one_part: false,
            sizes: vec![((shape.height, shape.width), images)],
            bad: Vec::new(),
            warnings: data.warnings.clone(),
        }
    }

    /// Number of readable images in all parts.
    #[must_use]
    pub fn images(&self) -> usize {
        self.parts.iter().flat_map(|(_, counts)| counts).sum()
    }
}

/// Returns the number of images of each class.
pub(super) fn counts<'a>(classes: usize, labels: impl IntoIterator<Item = &'a u16>) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for label in labels {
        if let Some(count) = counts.get_mut(usize::from(*label)) {
            *count += 1;
        }
    }
    counts
}

/// Decodes every image file without resizing it.
fn image_files(listed: &Listed, options: &OpenOptions, mut notes: Notes) -> Check {
    let (mut parts, mut bad, mut flags) = (Vec::new(), Vec::new(), Vec::new());
    let mut sizes: BTreeMap<Extent, usize> = BTreeMap::new();
    let mut digests: Vec<(Part, Vec<Labelled>)> = Vec::new();
    for (part, Listing { paths, labels }) in listed.parts() {
        let found: Vec<_> = paths.par_iter().map(|path| inspect(path, options.max_image_bytes)).collect();
        let mut good = Vec::new();
        for ((found, path), label) in found.into_iter().zip(paths).zip(labels) {
            match found {
                Ok(Inspected { flags: DecodeFlags { cut_off: true, .. }, .. }) => {
                    bad.push(DataError::CutOff { path: path.clone() })
                }
                Ok(found) => {
                    *sizes.entry(found.extent).or_default() += 1;
                    flags.push((found.flags, path.as_path()));
                    good.push((found.digest, *label));
                }
                Err(error) => bad.push(error),
            }
        }
        parts.push((part, counts(listed.classes.len(), good.iter().map(|(_, label)| label))));
        digests.push((part, good));
    }
    notes.warnings.extend(decode_warnings(&flags));
    notes.warnings.extend(duplicates(&digests));
    notes.warnings.extend(resized(&sizes, options));
    let mut sizes: Vec<_> = sizes.into_iter().map(|(size, count)| ((size.height, size.width), count)).collect();
    sizes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (warnings, mut errors) = notes.finish();
    errors.extend(bad);
    let (layout, classes, is_one_part) = (listed.layout, listed.classes.clone(), listed.test.is_none());
    Check { layout, classes, parts, is_one_part, sizes, bad: errors, warnings }
}

fn inspect(path: &Path, most: u64) -> Result<Inspected, DataError> {
    let mut extent = Extent { height: 0, width: 0 };
    let DecodedImage { pixels, cut_off, reservation: _reservation } = image_file::decode(path, most, |found| {
        extent = found;
        image_file::narrow(path, found, [0, 0, found.width, found.height])
    })?;
    let bytes = pixels.as_raw();
    let digest = Md5::new().chain_update(pixels.width().to_le_bytes()).chain_update(bytes).finalize().into();
    let constant = bytes.len() > 3 && bytes.chunks_exact(3).all(|pixel| bytes.starts_with(pixel));
    Ok(Inspected { extent, digest, flags: DecodeFlags { cut_off, constant } })
}

/// Finds images of one part that are also in another.
fn duplicates(parts: &[(Part, Vec<Labelled>)]) -> Vec<Warning> {
    let mut found = Vec::new();
    for (index, (second, images)) in parts.iter().enumerate() {
        for (first, others) in &parts[..index] {
            found.extend(
                find_duplicates(others, images).map(|found| Warning::Duplicates { parts: [*first, *second], found }),
            );
        }
    }
    found
}

fn resized(sizes: &BTreeMap<Extent, usize>, options: &OpenOptions) -> Option<Warning> {
    let (height, width) = options.resize?;
    let other = sizes.iter().filter(|(size, _)| (size.height, size.width) != (height, width));
    let count = other.map(|(_, count)| count).sum();
    (count > 0).then(|| Warning::Resized { count, total: sizes.values().sum(), height, width })
}
