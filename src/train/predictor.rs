//! Inference with a trained network: class probabilities of images or signals.

use super::checkpoint::SavedTraining;
use super::error::TrainError;
use super::interface::Interface;
use super::model::Model;
use crate::child::{Mode, Weights};
use crate::data::Normalization;
use crate::device::Device;
use crate::network::{Network, Shape};
use crate::nn::load_subset;
use crate::tape::{Plan, Store, StoreBuilder, Tape, Tensor};
use std::path::Path;

/// A network with the weights of a checkpoint, ready for inference on a device.
#[derive(Debug)]
pub struct Predictor {
    model: Model,
    normal: Normalization,
    store: Store,
    plan: Plan,
    inputs: Tensor,
    logits: Tensor,
    network: Network,
}

impl Predictor {
    /// The batch size.
    pub const BATCH: usize = 16;

    /// Loads the network of a checkpoint: the running means of its weights if the recipe has them, else the weights.
    ///
    /// # Errors
    /// A file that cannot be read, is damaged, is not a checkpoint, or lacks the normalisation of its inputs; a network
    /// that does not fit into the device's memory.
    pub fn load(path: &Path, device: &Device) -> Result<Self, TrainError> {
        let SavedTraining { model, recipe, .. } = SavedTraining::read(path)?;
        let incompatible = |why: &str| TrainError::Incompatible { path: path.to_owned(), why: why.to_owned() };
        let unknown = "it lacks the normalisation of its images; train the network again with this version";
        let normal = model.normal.clone().ok_or_else(|| incompatible(unknown))?;
        let channels = model.input[0];
        if [normal.mean.len(), normal.deviation.len()] != [channels; 2] {
            return Err(incompatible("its normalisation has another number of channels than the network's input"));
        }
        let network = model.network(0.0)?;
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, &network);
        let evaluated = if recipe.average.is_some() { weights.means(&mut builder) } else { weights };
        let mut store = builder.build(device)?;
        load_subset(&mut store, path)?;
        let mut tape = Tape::new();
        let inputs = tape.input(&Shape::Image(network.input).batched(Self::BATCH));
        let logits = network.record(&mut tape, &evaluated, inputs, Mode::Inference)?;
        let plan = Plan::new(&tape, &[logits], &store, device)?;
        Ok(Self { model, normal, store, plan, inputs, logits, network })
    }

    /// Returns the model.
    #[must_use]
    pub fn model(&self) -> &Model {
        &self.model
    }

    /// Returns the input and output format.
    #[must_use]
    pub fn interface(&self) -> Interface {
        Interface::of(&self.model)
    }

    /// Returns the probabilities of all classes for each image, whose bytes are `[channels, height, width]` in the size
    /// of the network's input.
    ///
    /// # Errors
    /// A network that takes signals, an image of another size, a failing device, or an output that is not finite.
    pub fn probabilities(&mut self, images: &[Vec<u8>]) -> Result<Vec<Vec<f64>>, TrainError> {
        if self.interface().takes_signals() {
            return Err(TrainError::InputKind { takes: "signals", given: "images" });
        }
        let found = self.classify(images, |byte| f32::from(byte) / 255.0)?;
        found.into_iter().map(|probabilities| probabilities.ok_or(TrainError::NotFinite)).collect()
    }

    /// Returns the probabilities of all classes for each signal, whose values are `[channels, length]` in the units of the
    /// training signals; `None` for a signal with values that are not finite once normalised, or for which the network's output
    /// is not.
    ///
    /// # Errors
    /// A network that takes images, a signal of another size, or a failing device.
    pub fn signal_probabilities(&mut self, signals: &[Vec<f32>]) -> Result<Vec<Option<Vec<f64>>>, TrainError> {
        match self.interface().takes_signals() {
            true => self.classify(signals, |value| value),
            false => Err(TrainError::InputKind { takes: "images", given: "signals" }),
        }
    }

    /// Returns the probabilities for each input, whose stored values are `[channels, height, width]`; `value` is a stored
    /// value before normalisation.
    fn classify<T: Copy>(
        &mut self,
        stored: &[Vec<T>],
        value: impl Fn(T) -> f32,
    ) -> Result<Vec<Option<Vec<f64>>>, TrainError> {
        let [channels, height, width] = self.network.input;
        let (plane, len) = (height * width, channels * height * width);
        if let Some(other) = stored.iter().find(|values| values.len() != len) {
            return Err(TrainError::InputSize { found: other.len(), expected: len });
        }
        let mut found = Vec::with_capacity(stored.len());
        for batch in stored.chunks(Self::BATCH) {
            let mut inputs = vec![0.0; Self::BATCH * len];
            for (values, input) in batch.iter().zip(inputs.chunks_exact_mut(len.max(1))) {
                for (index, (stored, input)) in values.iter().zip(input).enumerate() {
                    let channel = index / plane.max(1);
                    // Equal bit for bit to the loader of a training.
                    *input = (value(*stored) - self.normal.mean[channel]) / self.normal.deviation[channel];
                }
            }
            self.plan.write(self.inputs, &inputs)?;
            self.plan.run(&mut self.store)?;
            let logits = self.plan.read(self.logits)?;
            // The output for an input that is not finite can be finite, because ReLU turns NaN into 0.
            let usable = inputs.chunks_exact(len.max(1)).map(|input| input.iter().all(|value| value.is_finite()));
            let both = logits.chunks_exact(self.network.classes.max(1)).zip(usable).take(batch.len());
            found.extend(both.map(|(logits, usable)| if usable { softmax(logits) } else { None }));
        }
        Ok(found)
    }
}

/// Returns probabilities that sum to 1; `None` if a logit is not finite.
fn softmax(logits: &[f32]) -> Option<Vec<f64>> {
    let max = logits.iter().fold(f64::NEG_INFINITY, |max, logit| max.max(f64::from(*logit)));
    let powers: Vec<f64> = logits.iter().map(|logit| (f64::from(*logit) - max).exp()).collect();
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
