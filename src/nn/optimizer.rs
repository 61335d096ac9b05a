//! Optimizers: their state in the store, their updates on a tape, and the values of a step.

use crate::convert::to_f32;
use crate::kernel::optimizer::{AdamSettings, RmsPropSettings, SgdSettings};
use crate::tape::{Gradients, ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor, Update};
use serde::{Deserialize, Serialize};

/// An optimizer and its settings; in files `name` is `"sgd"`, `"adam"` or `"rmsprop"`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum OptimizerSettings {
    /// Stochastic gradient descent, optionally with momentum.
    Sgd(SgdSettings),
    /// Adam.
    Adam(AdamSettings),
    /// RMSprop.
    RmsProp(RmsPropSettings),
}

impl OptimizerSettings {
    /// Disables weight decay unless `decays`.
    fn with_decay(mut self, decays: bool) -> Self {
        let decay = match &mut self {
            Self::Sgd(settings) => &mut settings.decay,
            Self::Adam(settings) => &mut settings.decay,
            Self::RmsProp(settings) => &mut settings.decay,
        };
        *decay = if decays { *decay } else { 0.0 };
        self
    }
}

/// An optimizer of a set of parameters.
#[derive(Debug, Clone)]
pub struct Optimizer {
    settings: OptimizerSettings,
    parameters: Vec<Parameter>,
}

#[derive(Debug, Clone)]
struct Parameter {
    weights: Slot,
    settings: OptimizerSettings,
    momentum: Slot,
    /// The moving average of the squared gradient, except for SGD.
    square: Option<Slot>,
}

impl Optimizer {
    /// Adds the state of every parameter to the store: `PARAM.momentum` (for Adam the average of the gradient) and,
    /// except for SGD, `PARAM.square`. The flag of each parameter enables weight decay, if the settings have it.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        settings: OptimizerSettings,
        parameters: impl IntoIterator<Item = (Slot, bool)>,
    ) -> Result<Self, TapeError> {
        let mut parameter = |(weights, decays): (Slot, bool)| {
            let momentum = builder.zeros(format!("{}.momentum", weights.name()), weights.shape());
            let name = format!("{}.square", weights.name());
            let square = match settings {
                OptimizerSettings::Sgd(_) => None,
                OptimizerSettings::RmsProp(RmsPropSettings { tensorflow: true, .. }) => {
                    Some(builder.filled(name, weights.shape(), 1.0))
                }
                _ => Some(builder.zeros(name, weights.shape())),
            };
            Ok(Parameter { weights, settings: settings.with_decay(decays), momentum, square })
        };
        let parameters = parameters.into_iter().map(&mut parameter).collect::<Result<_, TapeError>>()?;
        Ok(Self { settings, parameters })
    }

    /// Records the update of every parameter that has a gradient. Returns the input of two values that
    /// [`Optimizer::now`] computes for each step.
    ///
    /// If `max_norm` is given, the gradients are clipped to this global norm.
    ///
    /// # Errors
    /// A gradient of another size than its parameter.
    pub fn record(&self, tape: &mut Tape, gradients: &Gradients, max_norm: Option<f32>) -> Result<Tensor, ShapeError> {
        let mut updated = Vec::new();
        for parameter in &self.parameters {
            let weights = tape.stored(&parameter.weights);
            updated.extend(gradients.of(weights).map(|gradient| (parameter, weights, gradient)));
        }
        let now = tape.input(&[2]);
        let all: Vec<_> = updated.iter().map(|(_, _, gradient)| *gradient).collect();
        let scale = match max_norm {
            Some(max_norm) if !all.is_empty() => tape.clip_by_norm(&all, max_norm)?,
            _ => tape.constant(&[1.0], &[1])?,
        };
        for (parameter, weights, gradient) in updated {
            parameter.record(tape, Update { weights, gradient, now, scale })?;
        }
        Ok(now)
    }

    /// Returns the values of the input for a step, counted from 1: the learning rate and 1. For Adam, the
    /// bias-corrected learning rate and sqrt(1 - beta2^t).
    #[must_use]
    pub fn now(&self, step: u64, learning_rate: f64) -> [f32; 2] {
        let OptimizerSettings::Adam(AdamSettings { beta1, beta2, .. }) = self.settings else {
            return [to_f32(learning_rate), 1.0];
        };
        let correction = |beta: f32| 1.0 - f64::from(beta).powf(step.max(1) as f64);
        [to_f32(learning_rate / correction(beta1)), to_f32(correction(beta2).sqrt())]
    }
}

impl Parameter {
    fn record(&self, tape: &mut Tape, update: Update) -> Result<(), ShapeError> {
        let momentum = tape.stored(&self.momentum);
        // Only SGD has no squares.
        let square = self.square.as_ref().map_or(momentum, |slot| tape.stored(slot));
        match self.settings {
            OptimizerSettings::Sgd(settings) => tape.sgd(settings, update, momentum),
            OptimizerSettings::Adam(settings) => tape.adam(settings, update, [momentum, square]),
            OptimizerSettings::RmsProp(settings) => tape.rmsprop(settings, update, [momentum, square]),
        }
    }
}
