//! How good a network is on some images, and what an epoch brought.

use serde::{Deserialize, Serialize};

/// Accuracy and loss on a set of images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Images classified rightly, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy of an image, label smoothing of the recipe included.
    pub loss: f64,
}

/// Sums over images.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct Tally {
    pub images: u64,
    pub hits: f64,
    pub loss: f64,
}

impl Tally {
    /// Adds the losses and hits of a batch's first `images`.
    pub fn add(&mut self, losses: &[f32], hits: &[f32], images: usize) {
        let sum = |numbers: &[f32]| numbers.iter().take(images).map(|x| f64::from(*x)).sum::<f64>();
        self.images += images as u64;
        self.loss += sum(losses);
        self.hits += sum(hits);
    }

    /// The means; zero of no images.
    pub fn score(&self) -> Score {
        let images = self.images.max(1) as f64;
        Score { accuracy: 100.0 * self.hits / images, loss: self.loss / images }
    }
}

/// One epoch of a training.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochRecord {
    /// Its number, from 1.
    pub epoch: usize,
    /// The learning rate of its last step.
    pub rate: f64,
    /// On the augmented training images, while the weights changed.
    pub train: Score,
    /// On the held-out training images, where there are some and they were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Score>,
}
