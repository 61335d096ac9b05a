//! Opens listed files as a data set: checks the sizes in the file headers, then decodes now or on demand.

use super::dataset::{Dataset, OpenOptions};
use super::decode::{DecodeFlags, Decoding, Size, decode_into};
use super::digest::file_digests;
use super::error::DataError;
use super::image_file::{Extent, extent};
use super::images::Images;
use super::listed::Listed;
use super::notes::Notes;
use super::source::{Files, Source};
use super::split::{Split, SplitOptions};
use super::tree::Listing;
use super::warning::Warning;
use crate::device::check_memory;
use rayon::prelude::*;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Opens the data set of listed files.
///
/// # Errors
/// Files that cannot be read or are too large, different sizes without [`OpenOptions::resize`], or a split with an
/// empty side.
pub(super) fn load(listed: Listed, options: &OpenOptions, mut notes: Notes) -> Result<Dataset, DataError> {
    let Listed { layout, classes, train, validation, test } = listed;
    let (train, test) = match test {
        Some(test) => (train, test),
        None if options.whole => (train.select(&[0]), train),
        None => split(&train, options)?,
    };
    let listings: Vec<&Listing> = [Some(&train), validation.as_ref(), Some(&test)].into_iter().flatten().collect();
    let paths: Vec<&Path> = listings.iter().flat_map(|listing| &listing.paths).map(PathBuf::as_path).collect();
    let size = size(&paths, options, &mut notes)?;
    let decoding = Decoding { size, max_bytes: options.max_image_bytes };
    let bytes = (paths.len() as u64).saturating_mul(size.shape().len() as u64);
    let buffers = if bytes <= options.max_bytes_in_memory { allocate(&listings, size) } else { None };
    let classes: Arc<[String]> = classes.into();
    let mut data = {
        let parts = match buffers {
            Some(buffers) => decode_all(&listings, buffers, decoding, &classes, &mut notes)?,
            None => {
                notes.warnings.push(Warning::DuplicatesUnchecked);
                sample(&paths, decoding, &mut notes)?;
                listings.into_iter().map(|listing| on_demand(listing.clone(), decoding, &classes)).collect()
            }
        };
        let has_validation = validation.is_some();
        dataset(layout, parts, has_validation)?
    };
    if !options.whole {
        data.warn_of_duplicates();
    }
    let (warnings, _) = notes.finish();
    data.warnings.splice(0..0, warnings);
    Ok(data)
}

fn dataset(layout: &'static str, parts: Vec<Arc<Source>>, has_validation: bool) -> Result<Dataset, DataError> {
    let mut parts = parts.into_iter();
    let missing = || DataError::Invalid("a part of the data set is missing".into());
    let train = parts.next().ok_or_else(missing)?;
    let validation = if has_validation { parts.next() } else { None };
    let test = parts.next().ok_or_else(missing)?;
    Ok(Dataset { layout, train, validation, test, warnings: Vec::new() })
}

/// Splits the files of a single part into a training and a test part.
fn split(all: &Listing, options: &OpenOptions) -> Result<(Listing, Listing), DataError> {
    let split_options = SplitOptions { fraction: options.test_fraction, seed: options.seed, stratified: true };
    let split = Split::new(&all.labels, split_options)?;
    Ok((all.select(&split.train), all.select(&split.validation)))
}

/// Returns the requested size, or else the common size of all files.
fn size(paths: &[&Path], options: &OpenOptions, notes: &mut Notes) -> Result<Size, DataError> {
    // Checked now, so that a file that is too large or of another size does not stop a run hours later.
    let extents = extents(paths, options.max_image_bytes)?;
    let Some(usual) = most_frequent(&extents) else {
        return Err(DataError::Invalid("there are no images to train on".into()));
    };
    let Some((height, width)) = options.resize else {
        let other = paths.iter().zip(&extents).find(|(_, extent)| **extent != usual);
        let Extent { height, width } = usual;
        return match other {
            None => Ok(Size::Exact { height, width }),
            Some((path, Extent { height: found_height, width: found_width })) => {
                let (path, found_height, found_width) = (path.to_path_buf(), *found_height, *found_width);
                Err(DataError::MixedSizes { path, found_height, found_width, height, width })
            }
        };
    };
    let count = extents.iter().filter(|extent| (extent.height, extent.width) != (height, width)).count();
    if count > 0 {
        notes.warnings.push(Warning::Resized { count, total: extents.len(), height, width });
    }
    Ok(Size::Resize { height, width })
}

/// Returns the sizes of all files, or the error of the first file that cannot be read.
fn extents(paths: &[&Path], most: u64) -> Result<Vec<Extent>, DataError> {
    let extents: Vec<_> = paths.par_iter().map(|path| extent(path, most)).collect();
    extents.into_iter().collect()
}

/// Returns the most frequent size; of several, the smallest.
fn most_frequent(extents: &[Extent]) -> Option<Extent> {
    let mut counts: BTreeMap<Extent, usize> = BTreeMap::new();
    extents.iter().for_each(|extent| *counts.entry(*extent).or_default() += 1);
    let most = counts.values().max().copied()?;
    counts.into_iter().find(|(_, count)| *count == most).map(|(extent, _)| extent)
}

/// Allocates the pixel buffers of every listing; `None` if there is not enough free memory.
fn allocate(listings: &[&Listing], size: Size) -> Option<Vec<Vec<u8>>> {
    let bytes = |listing: &Listing| listing.paths.len().checked_mul(size.shape().len());
    let all = listings.iter().try_fold(0, |sum: usize, listing| sum.checked_add(bytes(listing)?))?;
    check_memory(all as u64, "images").ok()?;
    let one = |listing: &&Listing| {
        let (mut pixels, bytes) = (Vec::new(), bytes(listing)?);
        pixels.try_reserve_exact(bytes).ok()?;
        pixels.resize(bytes, 0);
        Some(pixels)
    };
    listings.iter().map(one).collect()
}

fn on_demand(Listing { paths, labels }: Listing, decoding: Decoding, classes: &Arc<[String]>) -> Arc<Source> {
    let file_digests = file_digests(&paths);
    Arc::new(Source::Files(Files { paths, labels, classes: Arc::clone(classes), decoding, file_digests }))
}

/// Decodes every listing to its buffer.
fn decode_all(
    listings: &[&Listing],
    buffers: Vec<Vec<u8>>,
    decoding: Decoding,
    classes: &Arc<[String]>,
    notes: &mut Notes,
) -> Result<Vec<Arc<Source>>, DataError> {
    let (mut parts, mut flags) = (Vec::new(), Vec::new());
    for (listing, mut pixels) in listings.iter().zip(buffers) {
        let shape = decoding.size.shape();
        let slots = pixels.par_chunks_exact_mut(shape.len().max(1)).zip(&listing.paths);
        let decoded: Vec<_> = slots.map(|(slot, path)| decode_into(path, decoding, slot)).collect();
        for (decoded, path) in decoded.into_iter().zip(&listing.paths) {
            flags.push((decoded?, path.as_path()));
        }
        let images = Images::new(pixels, listing.labels.clone(), Arc::clone(classes), shape)?;
        let images = images.with_file_digests(file_digests(&listing.paths));
        parts.push(Arc::new(Source::Memory(images)));
    }
    notes.warnings.extend(decode_warnings(&flags));
    Ok(parts)
}

/// Number of images to check in a data set that is decoded on demand.
const SAMPLED: usize = 256;

/// Decodes a sample of the images, evenly spread over all, and adds warnings about them.
fn sample(paths: &[&Path], decoding: Decoding, notes: &mut Notes) -> Result<(), DataError> {
    let (total, checked) = (paths.len(), paths.len().min(SAMPLED));
    let pixels = decoding.size.shape().len();
    let indices: Vec<usize> = (0..checked).map(|number| number * total / checked).collect();
    let decode = |buffer: &mut Vec<u8>, index: usize| {
        let path = paths[index];
        decode_into(path, decoding, buffer).map(|flags| (flags, path))
    };
    let flags = indices.into_par_iter().map_init(|| vec![0; pixels], decode);
    let flags = flags.collect::<Vec<_>>().into_iter().collect::<Result<Vec<_>, _>>()?;
    notes.warnings.push(Warning::Sampled { checked, total });
    notes.warnings.extend(decode_warnings(&flags));
    Ok(())
}

/// Returns warnings about decoded images.
pub(super) fn decode_warnings(decoded: &[(DecodeFlags, &Path)]) -> impl Iterator<Item = Warning> {
    let flagged = |flag: fn(&DecodeFlags) -> bool| {
        let mut paths = decoded.iter().filter(|(flags, _)| flag(flags)).map(|(_, path)| *path);
        paths.next().map(|first| (1 + paths.count(), first.to_path_buf()))
    };
    let constant = flagged(|flags| flags.constant).map(|(count, first)| Warning::Constant { count, first });
    let cut_off = flagged(|flags| flags.cut_off).map(|(count, first)| Warning::CutOff { count, first });
    constant.into_iter().chain(cut_off)
}
