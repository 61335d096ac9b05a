//! Reading everything of a data set to find all that is wrong with it, where opening it ends at the first fault.

use super::cifar;
use super::dataset::{Dataset, OpenOptions};
use super::decode::{Seen, check_size};
use super::error::DataError;
use super::listed::{self, Listed};
use super::load::oddities;
use super::notes::Notes;
use super::picture::{self, Extent, Picture};
use super::source::Source;
use super::tree::Listing;
use super::warning::{Labelled, Part, Warning, twins};
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::Path;

/// What there is in a data set's folder, and what is wrong with it.
#[derive(Debug)]
pub struct Check {
    /// The layout, as [`Dataset::layout`].
    pub layout: &'static str,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The parts and how many images of each class can be read, in the order of the classes.
    pub parts: Vec<(Part, Vec<usize>)>,
    /// Whether all is in one part, of which a part to test on is taken when the data set is used.
    pub is_one_part: bool,
    /// Height and width of images, and how many have them; the most frequent first.
    pub sizes: Vec<((usize, usize), usize)>,
    /// What cannot be used, each with its file or folder.
    pub bad: Vec<DataError>,
    /// What is odd.
    pub warnings: Vec<Warning>,
}

/// What was seen of a picture.
struct Found {
    extent: Extent,
    digest: [u8; 16],
    seen: Seen,
}

/// Reads every image of the data set in the folder `path`.
///
/// Images of several sizes are no fault here. With [`OpenOptions::resize`] it is told how many are of another size.
///
/// # Errors
/// A folder that cannot be read, has no known layout, or names parts and classes in a way that leaves nothing to look at.
pub fn check(path: impl AsRef<Path>, options: &OpenOptions) -> Result<Check, DataError> {
    let folder = path.as_ref();
    std::fs::read_dir(folder).map_err(|source| DataError::Read { path: folder.into(), source })?;
    options.resize.map_or(Ok(()), |(height, width)| check_size(height, width))?;
    if let Some(inner) = Dataset::wrapped(folder) {
        let mut check = check(&inner, options)?;
        check.warnings.insert(0, Warning::Nested { outer: folder.into(), inner });
        return Ok(check);
    }
    if Dataset::is_binary(folder) {
        return binary(folder, options);
    }
    let mut notes = Notes::of_all_faults();
    match listed::list(folder, &mut notes) {
        Ok(Some(listed)) => Ok(pictures(&listed, options, notes)),
        // Opening tells of what else is known and not read.
        Ok(None) => Dataset::open_with(folder, options).map(|data| Check::of(&data)),
        Err(error) => {
            let (warnings, mut bad) = notes.done();
            if bad.is_empty() {
                return Err(error);
            }
            bad.push(error);
            let (classes, parts, sizes) = (Vec::new(), Vec::new(), Vec::new());
            Ok(Check { layout: "folders", classes, parts, is_one_part: false, sizes, bad, warnings })
        }
    }
}

/// A data set of few large files: those that are wrong, or its content.
fn binary(folder: &Path, options: &OpenOptions) -> Result<Check, DataError> {
    match Dataset::open_with(folder, options) {
        Ok(data) => Ok(Check::of(&data)),
        Err(error) => {
            let mut bad = cifar::faults(folder, options.coarse);
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

    /// Images that can be read, in all parts.
    #[must_use]
    pub fn images(&self) -> usize {
        self.parts.iter().flat_map(|(_, counts)| counts).sum()
    }
}

fn counts<'a>(classes: usize, labels: impl IntoIterator<Item = &'a u16>) -> Vec<usize> {
    let mut counts = vec![0; classes];
    for label in labels {
        if let Some(count) = counts.get_mut(usize::from(*label)) {
            *count += 1;
        }
    }
    counts
}

/// Decodes every picture as it is.
fn pictures(listed: &Listed, options: &OpenOptions, mut notes: Notes) -> Check {
    let (mut parts, mut bad, mut seen) = (Vec::new(), Vec::new(), Vec::new());
    let mut sizes: BTreeMap<Extent, usize> = BTreeMap::new();
    let mut digests: Vec<(Part, Vec<Labelled>)> = Vec::new();
    for (part, Listing { paths, labels }) in listed.parts() {
        let found: Vec<_> = paths.par_iter().map(|path| look(path, options.picture_bound)).collect();
        let mut good = Vec::new();
        for ((found, path), label) in found.into_iter().zip(paths).zip(labels) {
            match found {
                Ok(Found { seen: Seen { cut_off: true, .. }, .. }) => {
                    bad.push(DataError::CutOff { path: path.clone() })
                }
                Ok(found) => {
                    *sizes.entry(found.extent).or_default() += 1;
                    seen.push((found.seen, path.as_path()));
                    good.push((found.digest, *label));
                }
                Err(error) => bad.push(error),
            }
        }
        parts.push((part, counts(listed.classes.len(), good.iter().map(|(_, label)| label))));
        digests.push((part, good));
    }
    notes.warnings.extend(oddities(&seen));
    notes.warnings.extend(duplicates(&digests));
    notes.warnings.extend(resized(&sizes, options));
    let mut sizes: Vec<_> = sizes.into_iter().map(|(size, count)| ((size.height, size.width), count)).collect();
    sizes.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (warnings, mut faults) = notes.done();
    faults.extend(bad);
    let (layout, classes, is_one_part) = (listed.layout, listed.classes.clone(), listed.test.is_none());
    Check { layout, classes, parts, is_one_part, sizes, bad: faults, warnings }
}

fn look(path: &Path, most: u64) -> Result<Found, DataError> {
    let mut extent = Extent { height: 0, width: 0 };
    let Picture { colours, cut_off, room: _room } = picture::decode(path, most, |found| {
        extent = found;
        picture::narrow(path, found, [0, 0, found.width, found.height])
    })?;
    let bytes = colours.as_raw();
    let digest = Md5::new().chain_update(colours.width().to_le_bytes()).chain_update(bytes).finalize().into();
    let constant = bytes.len() > 3 && bytes.chunks_exact(3).all(|pixel| bytes.starts_with(pixel));
    Ok(Found { extent, digest, seen: Seen { cut_off, constant } })
}

/// Pictures of one part that are also in another.
fn duplicates(parts: &[(Part, Vec<Labelled>)]) -> Vec<Warning> {
    let mut found = Vec::new();
    for (place, (second, pictures)) in parts.iter().enumerate() {
        for (first, others) in &parts[..place] {
            found.extend(twins(others, pictures).map(|found| Warning::Duplicates { parts: [*first, *second], found }));
        }
    }
    found
}

fn resized(sizes: &BTreeMap<Extent, usize>, options: &OpenOptions) -> Option<Warning> {
    let (height, width) = options.resize?;
    let other = sizes.iter().filter(|(size, _)| (size.height, size.width) != (height, width));
    let count = other.map(|(_, count)| count).sum();
    (count > 0).then(|| Warning::Resized { count, of: sizes.values().sum(), height, width })
}
