//! What a data set was made of, small enough to be kept in every checkpoint and run that used it.

use super::dataset::Dataset;
use super::matching::list;
use super::source::Source;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Image files of this many bytes together or less are read whole for their marks; of more, names and lengths alone count.
const READ_WHOLE: u64 = 256 << 20;

/// Bytes of pixels that are hashed at a time, several of these at once.
const CHUNK: usize = 1 << 20;

/// What is known of an image file wherever it lies: a hash of its name, length and, in sets that are not too large, content.
pub(super) type Mark = [u8; 16];

/// The identity of a data set: class names, image shape, counts and a digest of its content.
///
/// A network's outputs follow the order of `classes`; whoever meets images a second time matches classes by name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The layout it was read from, as [`Dataset::layout`].
    pub layout: String,
    /// The names of the classes, in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Channels, height and width of the images as the network sees them.
    pub shape: [usize; 3],
    /// Training images of each class.
    pub train: Vec<usize>,
    /// Validation images of each class; empty where the data set has no part for validation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<usize>,
    /// Test images of each class.
    pub test: Vec<usize>,
    /// SHA-256, hexadecimal, of labels and pixels or, where images come from files, of labels and the files' names, lengths
    /// and (up to 256 MiB of files a part) contents. It is the same wherever the folder lies, and whether its images are decoded
    /// into memory or on demand.
    pub digest: String,
}

impl Fingerprint {
    /// What is different in another data set, in words that name a class, a number or the content; none where both hold the
    /// same images, wherever they lie.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<String> {
        if self.classes != other.classes {
            return Some(format!("its classes are {}, not {}", list(&other.classes), list(&self.classes)));
        }
        if self.shape != other.shape {
            let [[c, h, w], [channels, height, width]] = [self.shape, other.shape];
            return Some(format!("its images are {channels}x{height}x{width}, not {c}x{h}x{w}"));
        }
        if self.validation.is_empty() != other.validation.is_empty() {
            let has = if other.validation.is_empty() { "no" } else { "a" };
            return Some(format!("it has {has} validation part of its own"));
        }
        let validation = ("validation", &self.validation, &other.validation);
        let parts = [("training", &self.train, &other.train), validation, ("test", &self.test, &other.test)];
        let counts = parts.into_iter().find_map(|(part, ours, theirs)| self.count_difference(part, ours, theirs));
        let content = || {
            (self.digest != other.digest)
                .then(|| "it has as many images of each class, but their order, names or contents differ".to_owned())
        };
        counts.or_else(content)
    }

    fn count_difference(&self, part: &str, ours: &[usize], theirs: &[usize]) -> Option<String> {
        let differ = || ours.iter().zip(theirs).zip(&self.classes).filter(|((ours, theirs), _)| ours != theirs);
        let ((before, now), class) = differ().next()?;
        let more = match differ().count() {
            1 => String::new(),
            count => format!(" (and other numbers of {} more classes)", count - 1),
        };
        let (total, all) = (theirs.iter().sum::<usize>(), ours.iter().sum::<usize>());
        Some(format!("it has {total} {part} images, not {all}; of class '{class}' {now}, not {before}{more}"))
    }
}

impl Dataset {
    /// Channels, height and width of its images.
    #[must_use]
    pub fn image_shape(&self) -> [usize; 3] {
        let shape = self.train.shape();
        [shape.channels, shape.height, shape.width]
    }

    /// [`Fingerprint::remarks`] of this data set.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.census().remarks()
    }

    /// The identity but for the digest, which is empty: that takes longest, as all images are read for it.
    #[must_use]
    pub fn census(&self) -> Fingerprint {
        Fingerprint {
            layout: self.layout.to_owned(),
            classes: self.classes().to_vec(),
            shape: self.image_shape(),
            train: counts(&self.train),
            validation: self.validation.as_deref().map(counts).unwrap_or_default(),
            test: counts(&self.test),
            digest: String::new(),
        }
    }

    /// The identity of this data set.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let mut digest = Sha256::new();
        self.parts().for_each(|(_, part)| add(&mut digest, part));
        Fingerprint { digest: hexadecimal(&digest.finalize()), ..self.census() }
    }
}

/// Bytes as hexadecimal digits.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Images of each class.
pub(super) fn counts(part: &Source) -> Vec<usize> {
    let mut counts = vec![0; part.classes().len()];
    for label in part.labels() {
        if let Some(count) = counts.get_mut(usize::from(*label)) {
            *count += 1;
        }
    }
    counts
}

fn add(digest: &mut Sha256, part: &Source) {
    digest.update((part.len() as u64).to_le_bytes());
    for label in part.labels() {
        digest.update(label.to_le_bytes());
    }
    match (part.marks(), part.images()) {
        (Some(marks), _) => marks.iter().for_each(|mark| digest.update(mark)),
        (None, Some(images)) => {
            // Hashed in pieces, so that several cores can: CIFAR-10 has 184 MB.
            let pieces: Vec<_> = images.pixels().par_chunks(CHUNK).map(Sha256::digest).collect();
            pieces.iter().for_each(|piece| digest.update(piece));
        }
        (None, None) => {}
    }
}

/// The marks of image files. A file that cannot be read is told of when it is decoded.
pub(super) fn marks(paths: &[PathBuf]) -> Arc<[Mark]> {
    let lengths: Vec<u64> =
        paths.par_iter().map(|path| std::fs::metadata(path).map_or(0, |found| found.len())).collect();
    let whole = lengths.iter().fold(0u64, |sum, length| sum.saturating_add(*length)) <= READ_WHOLE;
    let marks = paths.par_iter().zip(&lengths).map(|(path, length)| {
        let content = if whole { content(path).unwrap_or(0) } else { 0 };
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        let hash = Sha256::new().chain_update(length.to_le_bytes()).chain_update(content.to_le_bytes());
        let mut mark = Mark::default();
        mark.iter_mut().zip(hash.chain_update(name).finalize()).for_each(|(byte, hashed)| *byte = hashed);
        mark
    });
    marks.collect::<Vec<_>>().into()
}

/// CRC-32C of a file.
fn content(path: &Path) -> std::io::Result<u32> {
    let (mut file, mut buffer, mut sum) = (File::open(path)?, vec![0; 1 << 16], 0);
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(sum),
            count => sum = crc32c::crc32c_append(sum, buffer.get(..count).unwrap_or_default()),
        }
    }
}
