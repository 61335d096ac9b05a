//! Accuracy and loss of a network, and the record of an epoch.

use serde::{Deserialize, Serialize};

/// Accuracy and loss on a set of images.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Correctly classified images, in percent.
    pub accuracy: f64,
    /// Mean cross-entropy, including the recipe's label smoothing.
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

    /// Returns the means; zero without images.
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
    /// The score on the augmented training images, computed during training.
    pub train: Score,
    /// The score on the held-out images, if there are some and they were evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub validation: Option<Score>,
}
