//! Settings of proxies: the section `[proxy]` of the configuration.

use super::OracleConfig;
use crate::convert::to_usize;
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};

/// The section `[proxy]`: rewards from cheaper networks than those of `[oracle]`, on smaller images. They are narrow rather than
/// shallow: in shallow networks skip connections, which the best architectures have, make no difference (docs/results.md).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct ProxyConfig {
    /// Whether they come from there; the best architecture is then trained as `[oracle]` says in the end.
    pub enabled: bool,
    /// Height that images are reduced to, the width in proportion; smaller images keep their size.
    pub height: usize,
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// Name of the recipe.
    pub recipe: String,
    /// Steps of a network's training.
    pub steps: u64,
    /// Batch size.
    pub batch: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Decay of an exponential moving average of the weights, which then are what is evaluated; 0 for none.
    pub average: f64,
    /// Networks of the exploration that are trained again with another seed; how much their rewards vary is added to
    /// guide.noise.
    pub repeats: usize,
    /// The best networks, which are trained for longer before one is named.
    pub finalists: usize,
    /// Steps of a finalist's training.
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
    /// Height and width of images that were of another size.
    #[must_use]
    pub fn size(&self, [height, width]: [usize; 2]) -> (usize, usize) {
        if height <= self.height {
            return (height, width);
        }
        (self.height, ((width * self.height + height / 2) / height).max(1))
    }

    /// The training of its networks for this many steps, on this many images; other settings have their defaults.
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

/// The epochs of a number of steps, rounded up; the schedule of the learning rate is fitted to them.
pub(super) fn epochs_of(steps: u64, images: usize, batch: usize) -> usize {
    let each = (images / batch.clamp(1, images.max(1))).max(1) as u64;
    to_usize(steps.div_ceil(each))
}

#[cfg(test)]
mod tests {
    use super::ProxyConfig;

    #[test]
    fn only_larger_images_are_reduced_and_keep_their_ratio() {
        let proxy = ProxyConfig::default();
        assert_eq!(
            [[32, 32], [8, 12], [48, 64], [4000, 30]].map(|size| proxy.size(size)),
            [(16, 16), (8, 12), (16, 21), (16, 1)]
        );
    }
}
