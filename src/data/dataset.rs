//! A data set with its parts, read from a folder of any supported layout.

use super::decode::check_size;
use super::duplicates::find_duplicates;
use super::error::DataError;
use super::image_file::MAX_DECODED_BYTES;
use super::images::Images;
use super::part::Part;
use super::source::Source;
use super::warning::Warning;
use rayon::prelude::*;
use std::sync::Arc;

/// Options for opening a data set.
#[derive(Debug, Clone, PartialEq)]
pub struct OpenOptions {
    /// Height and width to resize the images to: cropped around the centre to this aspect ratio, then scaled.
    /// Without it all image files must have the same size.
    pub resize: Option<(usize, usize)>,
    /// If the folder has only one part: uses all its images as test images, and the first one also as training image.
    pub whole: bool,
    /// Limit on the memory of all decoded images, in bytes; above it, images are decoded on demand.
    pub max_bytes_in_memory: u64,
    /// Limit on the memory of one decoded image, in bytes; larger images are refused.
    pub max_image_bytes: u64,
    /// Fraction of each class that becomes the test part if the folder has only one part.
    pub test_fraction: f64,
    /// Seed that selects these test images.
    pub seed: u64,
    /// Uses the 20 coarse labels of CIFAR-100 instead of the 100 fine ones.
    pub coarse: bool,
}

impl Default for OpenOptions {
    fn default() -> Self {
        let (max_bytes_in_memory, max_image_bytes) = (2 << 30, MAX_DECODED_BYTES);
        Self {
            resize: None,
            whole: false,
            max_bytes_in_memory,
            max_image_bytes,
            test_fraction: 0.2,
            seed: 0,
            coarse: false,
        }
    }
}

/// A training part, a test part and an optional validation part with the same classes and image shape.
///
/// If there is no validation part, a search holds out validation images from the training part
/// ([`Split`](super::Split)).
///
/// ```
/// use graphpnas::data::Dataset;
///
/// let data = Dataset::procedural(0, 20, 10);
/// assert_eq!((data.train.len(), data.test.len(), data.classes().len()), (20, 10, 10));
/// ```
#[derive(Debug, Clone)]
pub struct Dataset {
    /// The layout: `cifar10`, `cifar100`, `tiny-imagenet`, `folders`, `signals` or `procedural`.
    pub layout: &'static str,
    /// Images to train on.
    pub train: Arc<Source>,
    /// Images to measure rewards on, if the data set has a validation part.
    pub validation: Option<Arc<Source>>,
    /// Images to test on. For TinyImageNet this is the validation part, because its test part has no labels.
    pub test: Arc<Source>,
    /// Warnings about the data set.
    pub warnings: Vec<Warning>,
}

impl Dataset {
    /// Resizes all images as with [`OpenOptions::resize`].
    ///
    /// # Errors
    /// A height or width that is not 1 to 4096 pixels, or signals of another length.
    pub fn resized(mut self, height: usize, width: usize) -> Result<Self, DataError> {
        let shape = self.train.shape();
        if let Source::Signals(_) = &*self.train {
            return match (shape.height, shape.width) == (height, width) {
                true => Ok(self),
                false => Err(DataError::SignalSize {
                    channels: shape.channels,
                    height: shape.height,
                    width: shape.width,
                    to_height: height,
                    to_width: width,
                }),
            };
        }
        check_size(height, width)?;
        let resized = |part: &Arc<Source>| match &**part {
            Source::Memory(images) => Arc::new(Source::Memory(images.resized(height, width))),
            Source::Files(files) => Arc::new(Source::Files(files.resized(height, width))),
            Source::Signals(_) => Arc::clone(part),
        };
        let changed = |part: &Arc<Source>| (part.shape().height, part.shape().width) != (height, width);
        let count = self.parts().filter(|(_, part)| changed(part)).map(|(_, part)| part.len()).sum();
        let total = self.parts().map(|(_, part)| part.len()).sum();
        (self.train, self.test) = (resized(&self.train), resized(&self.test));
        self.validation = self.validation.as_ref().map(resized);
        if count > 0 {
            self.warnings.push(Warning::Resized { count, total, height, width });
        }
        Ok(self)
    }

    /// The class names, indexed by label.
    pub fn classes(&self) -> &[String] {
        self.train.classes()
    }

    /// Decodes every image that is not in memory.
    ///
    /// # Errors
    /// An image file that cannot be read or decoded.
    pub fn check(&self) -> Result<(), DataError> {
        let first_error = |(_, part): (Part, &Arc<Source>)| {
            let read = |scratch: &mut Vec<u8>, image| part.read(image, scratch, |_| ()).err();
            (0..part.len()).into_par_iter().map_init(Vec::new, read).find_map_first(|error| error)
        };
        self.parts().filter(|(_, part)| !part.is_in_memory()).find_map(first_error).map_or(Ok(()), Err)
    }

    /// The parts: training, validation if there is one, and test.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &Arc<Source>)> {
        let validation = self.validation.as_ref().map(|part| (Part::Validation, part));
        std::iter::once((Part::Training, &self.train)).chain(validation).chain([(Part::Test, &self.test)])
    }

    /// Memory of all parts in bytes.
    pub fn memory(&self) -> u64 {
        self.parts().map(|(_, part)| part.memory()).sum()
    }

    pub(super) fn in_memory(layout: &'static str, train: Images, test: Images, warnings: Vec<Warning>) -> Self {
        let [train, test] = [train, test].map(|part| Arc::new(Source::Memory(part)));
        let mut data = Self { layout, train, validation: None, test, warnings };
        data.warn_of_duplicates();
        data
    }

    /// Adds a warning for each pair of parts in memory that share images.
    pub(super) fn warn_of_duplicates(&mut self) {
        let parts: Vec<_> = self.parts().filter_map(|(name, part)| Some((name, part.digests()?))).collect();
        let mut found = Vec::new();
        for (index, (second, images)) in parts.iter().enumerate() {
            for (first, others) in &parts[..index] {
                let duplicates = find_duplicates(others, images);
                found.extend(duplicates.map(|found| Warning::Duplicates { parts: [*first, *second], found }));
            }
        }
        self.warnings.extend(found);
    }
}
