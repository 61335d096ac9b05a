//! The identity of a data set, small enough to be saved in every checkpoint and run that used it.

use super::dataset::Dataset;
use super::message::list;
use super::signals::bytes;
use super::source::Source;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Bytes of pixels in a chunk; chunks are hashed in parallel.
const CHUNK: usize = 1 << 20;

/// The identity of a data set: class names, image shape, image counts and a digest of its content.
///
/// The outputs of a network are in the order of `classes`; other data sets are matched by class name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fingerprint {
    /// The layout, as [`Dataset::layout`].
    pub layout: String,
    /// The class names, in the order of the network's outputs.
    pub classes: Vec<String>,
    /// Channels, height and width of the network's input images.
    pub shape: [usize; 3],
    /// Number of training images of each class.
    pub train: Vec<usize>,
    /// Number of validation images of each class; empty without a validation part.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub validation: Vec<usize>,
    /// Number of test images of each class.
    pub test: Vec<usize>,
    /// SHA-256 in hexadecimal of labels and pixels or, for image files, of labels and the files' names, lengths and (up
    /// to 256 MiB of files per part) contents. It does not depend on the location of the folder, nor on whether images
    /// are decoded in memory or on demand.
    pub digest: String,
}

impl Fingerprint {
    /// Describes the first difference to another data set; `None` if both have the same images.
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
            return Some(format!("it has {has} validation part"));
        }
        let validation = ("validation", &self.validation, &other.validation);
        let parts = [("training", &self.train, &other.train), validation, ("test", &self.test, &other.test)];
        let counts = parts.into_iter().find_map(|(part, ours, theirs)| self.count_difference(part, ours, theirs));
        let content = || {
            (self.digest != other.digest).then(|| {
                "it has the same number of images per class, but their order, names or contents differ".to_owned()
            })
        };
        counts.or_else(content)
    }

    fn count_difference(&self, part: &str, ours: &[usize], theirs: &[usize]) -> Option<String> {
        let differ = || ours.iter().zip(theirs).zip(&self.classes).filter(|((ours, theirs), _)| ours != theirs);
        let ((before, now), class) = differ().next()?;
        let more = match differ().count() {
            1 => String::new(),
            count => format!(" ({} more classes differ)", count - 1),
        };
        let (total, all) = (theirs.iter().sum::<usize>(), ours.iter().sum::<usize>());
        Some(format!("it has {total} {part} images, not {all}; class '{class}' has {now}, not {before}{more}"))
    }
}

impl Dataset {
    /// Channels, height and width of the images.
    #[must_use]
    pub fn image_shape(&self) -> [usize; 3] {
        let shape = self.train.shape();
        [shape.channels, shape.height, shape.width]
    }

    /// [`Fingerprint::class_warnings`] of this data set.
    #[must_use]
    pub fn class_warnings(&self) -> Vec<String> {
        self.census().class_warnings()
    }

    /// The identity without the digest (empty), which would require reading all images.
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

/// Number of images of each class.
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
    match (part.file_digests(), part) {
        (Some(files), _) => files.iter().for_each(|file| digest.update(file)),
        (None, Source::Memory(images)) => {
            // Hashed in chunks to use all cores: CIFAR-10 has 184 MB.
            let chunks: Vec<_> = images.pixels().par_chunks(CHUNK).map(Sha256::digest).collect();
            chunks.iter().for_each(|chunk| digest.update(chunk));
        }
        (None, Source::Signals(signals)) => {
            let values = signals.values().par_chunks(CHUNK / 4);
            let chunks: Vec<_> = values.map(|values| Sha256::digest(bytes(values))).collect();
            chunks.iter().for_each(|chunk| digest.update(chunk));
        }
        (None, Source::Files(_)) => {}
    }
}
