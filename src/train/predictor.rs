//! A trained network at work: probabilities of classes for pictures.

use super::checkpoint::SavedTraining;
use super::error::TrainError;
use super::interface::Interface;
use super::model::Model;
use crate::child::{Mode, Weights};
use crate::data::Normal;
use crate::device::Device;
use crate::network::{Network, Shape};
use crate::nn::load_subset;
use crate::tape::{Plan, Store, StoreBuilder, Tape, Tensor};
use std::path::Path;

/// A network with the weights of a checkpoint, ready for inference on a device.
#[derive(Debug)]
pub struct Predictor {
    model: Model,
    normal: Normal,
    store: Store,
    plan: Plan,
    images: Tensor,
    logits: Tensor,
    network: Network,
}

impl Predictor {
    /// Images that are classified at a time.
    pub const BATCH: usize = 16;

    /// Loads the network of a checkpoint: its weights or, where the training keeps these, their running means.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, is no checkpoint, or does not say by what its images were normalised; a
    /// network that does not fit the device.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let SavedTraining { model, recipe, .. } = SavedTraining::read(path)?;
        let foreign = |why: &str| TrainError::Foreign { path: path.to_owned(), why: why.to_owned() };
        let unknown = "it does not say by what its images were normalised; train the network again with this version";
        let normal = model.normal.clone().ok_or_else(|| foreign(unknown))?;
        let channels = model.input[0];
        if [normal.mean.len(), normal.deviation.len()] != [channels; 2] {
            return Err(foreign("it normalises images of another number of channels than the network takes"));
        }
        let network = model.network(0.0)?;
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, &network);
        let shown = if recipe.average.is_some() { weights.means(&mut builder) } else { weights };
        let mut store = builder.build(device)?;
        load_subset(&mut store, path)?;
        let mut tape = Tape::new();
        let images = tape.input(&Shape::Image(network.input).batched(Self::BATCH));
        let logits = network.record(&mut tape, &shown, images, Mode::Inference)?;
        let plan = Plan::new(&tape, &[logits], &store, device)?;
        Ok(Self { model, normal, store, plan, images, logits, network })
    }

    /// What is predicted with.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// What goes in and what comes out.
    #[must_use]
    pub fn interface(&self) -> Interface {
        Interface::of(&self.model)
    }

    /// The probabilities of all classes for each picture, whose bytes are `[channels, height, width]` in the size of the
    /// network's input.
    ///
    /// # Errors
    /// A picture of another size, a failing device, or an output that is not a number.
    pub fn probabilities(&mut self, pictures: &[Vec<u8>]) -> Result<Vec<Vec<f64>>, TrainError> {
        let [channels, height, width] = self.network.input;
        let (plane, len) = (height * width, channels * height * width);
        if let Some(picture) = pictures.iter().find(|picture| picture.len() != len) {
            return Err(TrainError::Picture { bytes: picture.len(), expected: len });
        }
        let mut found = Vec::with_capacity(pictures.len());
        for batch in pictures.chunks(Self::BATCH) {
            let mut numbers = vec![0.0; Self::BATCH * len];
            for (picture, room) in batch.iter().zip(numbers.chunks_exact_mut(len.max(1))) {
                for (place, (byte, number)) in picture.iter().zip(room).enumerate() {
                    let channel = place / plane.max(1);
                    // As the loader of a training has it, to the bit.
                    *number = (f32::from(*byte) / 255.0 - self.normal.mean[channel]) / self.normal.deviation[channel];
                }
            }
            self.plan.write(self.images, &numbers)?;
            self.plan.run(&mut self.store)?;
            let logits = self.plan.read(self.logits)?;
            for logits in logits.chunks_exact(self.network.classes.max(1)).take(batch.len()) {
                found.push(softmax(logits).ok_or(TrainError::NoNumber)?);
            }
        }
        Ok(found)
    }
}

/// Probabilities that sum to 1; none of logits that are not finite numbers.
fn softmax(logits: &[f32]) -> Option<Vec<f64>> {
    let most = logits.iter().fold(f64::NEG_INFINITY, |most, logit| most.max(f64::from(*logit)));
    let powers: Vec<f64> = logits.iter().map(|logit| (f64::from(*logit) - most).exp()).collect();
    let sum: f64 = powers.iter().sum();
    let finite = logits.iter().all(|logit| logit.is_finite());
    finite.then(|| powers.iter().map(|power| power / sum).collect())
}

#[cfg(test)]
mod tests {
    use super::softmax;

    #[test]
    fn probabilities_sum_to_one() {
        let found = softmax(&[1000.0, 1001.0, -1000.0]).unwrap();
        assert!((found.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        assert!((found[1] / found[0] - std::f64::consts::E).abs() < 1e-9);
        for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            assert_eq!(softmax(&[number, 0.0]), None, "{number}");
        }
    }
}
