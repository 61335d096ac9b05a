//! Proxy settings: the section `[proxy]` of the configuration.

use super::OracleConfig;
use crate::convert::to_usize;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[proxy]`: rewards from cheaper networks than those of `[oracle]`, on smaller images. Proxies are narrow
/// instead of shallow, because skip connections, which the best architectures have, have no effect in shallow networks
/// (docs/results.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyConfig {
    /// Whether rewards come from proxies; the best architecture is then trained with the settings of `[oracle]` at the
    /// end.
    pub enabled: bool,
    /// Height in pixels that larger images are reduced to, with the width in proportion; smaller images keep their
    /// size.
    pub height: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells per stage, or of the complete network in spaces without stages.
    pub cells: usize,
    /// Training recipe: quick, or the recipe of a space.
    pub recipe: String,
    /// Training steps of a proxy.
    pub steps: u64,
    /// Batch size.
    pub batch: usize,
    /// Maximum learning rate.
    pub learning_rate: f64,
    /// Decay of an exponential moving average of the weights, which is evaluated instead of the weights; 0 for none.
    pub average: f64,
    /// Explored networks that are trained again with another seed; the estimated noise of rewards is added to
    /// guide.noise.
    pub repeats: usize,
    /// Number of best architectures that are trained for finalist_steps before the best one is chosen.
    pub finalists: usize,
    /// Training steps of a finalist.
    pub finalist_steps: u64,
}

impl Default for ProxyConfig {
    fn default() -> Self {
        Self {
            enabled: false,
            height: 16,
            channels: 8,
            cells: 3,
            recipe: "quick".into(),
            steps: 230,
            batch: 32,
            learning_rate: 0.1,
            average: 0.0,
            repeats: 4,
            finalists: 6,
            finalist_steps: 920,
        }
    }
}

impl ProxyConfig {
    /// Returns the reduced height and width of images.
    #[must_use]
    pub fn size(&self, [height, width]: [usize; 2]) -> (usize, usize) {
        if height <= self.height {
            return (height, width);
        }
        (self.height, ((width * self.height + height / 2) / height).max(1))
    }

    /// Returns the training settings of proxies for these numbers of steps and images; other settings have their
    /// defaults.
    #[must_use]
    pub fn training(&self, steps: u64, images: usize) -> OracleConfig {
        OracleConfig {
            channels: self.channels,
            cells: self.cells,
            recipe: self.recipe.clone(),
            steps,
            epochs: epochs_of(steps, images, self.batch),
            batch: self.batch,
            learning_rate: self.learning_rate,
            average: self.average,
            ..OracleConfig::default()
        }
    }
}

/// Returns the number of epochs of a number of steps, rounded up; the learning-rate schedule spans them.
pub(super) fn epochs_of(steps: u64, images: usize, batch: usize) -> usize {
    let steps_per_epoch = (images / batch.clamp(1, images.max(1))).max(1) as u64;
    to_usize(steps.div_ceil(steps_per_epoch))
}

#[cfg(test)]
mod tests {
    use super::ProxyConfig;

    #[test]
    fn only_larger_images_are_reduced_in_proportion() {
        let proxy = ProxyConfig::default();
        assert_eq!(
            [[32, 32], [8, 12], [48, 64], [4000, 30]].map(|size| proxy.size(size)),
            [(16, 16), (8, 12), (16, 21), (16, 1)]
        );
    }
}
