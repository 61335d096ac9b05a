//! What a data set was made of, small enough to be kept in every checkpoint and run that used it.

use super::dataset::Dataset;
use super::source::Source;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

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
    /// SHA-256 of labels and pixels or, where images are decoded on demand, of labels, paths and lengths; hexadecimal.
    pub digest: String,
}

impl Dataset {
    /// The identity of this data set.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let shape = self.train.shape();
        let mut digest = Sha256::new();
        self.parts().for_each(|(_, part)| add(&mut digest, part));
        Fingerprint {
            layout: self.layout.to_owned(),
            classes: self.classes().to_vec(),
            shape: [shape.channels, shape.height, shape.width],
            train: counts(&self.train),
            validation: self.validation.as_deref().map(counts).unwrap_or_default(),
            test: counts(&self.test),
            digest: digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect(),
        }
    }
}

fn counts(part: &Source) -> Vec<usize> {
    let mut counts = vec![0; part.classes().len()];
    for label in part.labels() {
        if let Some(count) = counts.get_mut(usize::from(*label)) {
            *count += 1;
        }
    }
    counts
}

fn add(digest: &mut Sha256, part: &Source) {
    for label in part.labels() {
        digest.update(label.to_le_bytes());
    }
    match part {
        Source::Memory(images) => digest.update(images.pixels()),
        Source::Files(files) => {
            for path in &files.paths {
                digest.update(path.as_os_str().as_encoded_bytes());
                let length = std::fs::metadata(path).map_or(0, |found| found.len());
                digest.update(length.to_le_bytes());
            }
        }
    }
}
