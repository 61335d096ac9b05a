//! Images that occur in two sets.

use super::images::Images;
use super::warning::Duplicates;
use md5::{Digest, Md5};
use rayon::prelude::*;
use std::collections::HashMap;

/// Returns the images of `second` whose pixels are also in `first`; `None` if there are none.
pub fn duplicates(first: &Images, second: &Images) -> Option<Duplicates> {
    if first.shape() != second.shape() {
        return None;
    }
    find_duplicates(&digests(first), &digests(second))
}

/// The MD5 digest and the label of an image.
pub(super) type Labelled = ([u8; 16], u16);

/// Returns the images of `second` whose digest is also in `first`.
pub(super) fn find_duplicates(first: &[Labelled], second: &[Labelled]) -> Option<Duplicates> {
    let mut known = HashMap::with_capacity(first.len());
    for (index, (digest, label)) in first.iter().enumerate() {
        known.entry(digest).or_insert((index, label));
    }
    let pair = |(index, (digest, label)): (usize, &Labelled)| {
        let (other, other_label) = known.get(digest)?;
        Some(((*other, index), *other_label != label))
    };
    let pairs: Vec<_> = second.iter().enumerate().filter_map(pair).collect();
    let relabelled = pairs.iter().filter(|(_, relabelled)| *relabelled).count();
    pairs.first().map(|(pair, _)| Duplicates { count: pairs.len(), relabelled, first: *pair })
}

/// The digest and the label of each image.
pub(super) fn digests(images: &Images) -> Vec<Labelled> {
    let all = images.pixels().par_chunks_exact(images.shape().len());
    all.zip(images.labels()).map(|(image, label)| (Md5::digest(image).into(), *label)).collect()
}
