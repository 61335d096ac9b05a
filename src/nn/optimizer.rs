//! Optimizers: their state in the store, their updates on a tape, and the numbers of a step.

use crate::convert::to_f32;
use crate::kernel::optimizer::{AdamSettings, RmsPropSettings, SgdSettings};
use crate::tape::{Gradients, ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor, Update};
use serde::{Deserialize, Serialize};

/// Which optimizer; in files `name = "sgd"`, `"adam"` or `"rmsprop"` beside its numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum OptimizerSettings {
    /// Stochastic gradient descent, with momentum or without.
    Sgd(SgdSettings),
    /// Adam.
    Adam(AdamSettings),
    /// RMSprop.
    RmsProp(RmsPropSettings),
}

impl OptimizerSettings {
    /// The same without weight decay unless `decays`.
    fn decaying(mut self, decays: bool) -> Self {
        let decay = match &mut self {
            Self::Sgd(settings) => &mut settings.decay,
            Self::Adam(settings) => &mut settings.decay,
            Self::RmsProp(settings) => &mut settings.decay,
        };
        *decay = if decays { *decay } else { 0.0 };
        self
    }
}

/// An optimizer of some parameters.
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
    /// Means of the squared gradient, for those that have them.
    square: Option<Slot>,
}

impl Optimizer {
    /// Adds the state of every parameter to the store: `PARAM.momentum` (Adam: the gradient's mean) and, but for SGD,
    /// `PARAM.square`. With each parameter comes whether it has weight decay, if the settings have one.
    ///
    /// # Errors
    /// What the builder refuses.
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
            Ok(Parameter { weights, settings: settings.decaying(decays), momentum, square })
        };
        let parameters = parameters.into_iter().map(&mut parameter).collect::<Result<_, TapeError>>()?;
        Ok(Self { settings, parameters })
    }

    /// Records the update of every parameter that has a gradient, and returns the input of two numbers that says what
    /// step it is ([`Optimizer::now`]).
    ///
    /// With `longest`, all gradients together are made no longer than that before.
    ///
    /// # Errors
    /// A gradient of another size than its parameter.
    pub fn record(&self, tape: &mut Tape, gradients: &Gradients, longest: Option<f32>) -> Result<Tensor, ShapeError> {
        let mut found = Vec::new();
        for parameter in &self.parameters {
            let weights = tape.stored(&parameter.weights);
            found.extend(gradients.of(weights).map(|gradient| (parameter, weights, gradient)));
        }
        let now = tape.input(&[2]);
        let all: Vec<_> = found.iter().map(|(_, _, gradient)| *gradient).collect();
        let scale = match longest {
            Some(longest) if !all.is_empty() => tape.clip_by_norm(&all, longest)?,
            _ => tape.constant(&[1.0], &[1])?,
        };
        for (parameter, weights, gradient) in found {
            parameter.record(tape, Update { weights, gradient, now, scale })?;
        }
        Ok(now)
    }

    /// What to write to the input before a step, counted from 1: the learning rate, for Adam corrected as its means have
    /// not settled yet, and Adam's sqrt(1 - beta2^t).
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
    fn record(&self, tape: &mut Tape, of: Update) -> Result<(), ShapeError> {
        let momentum = tape.stored(&self.momentum);
        // Only SGD is without squares.
        let square = self.square.as_ref().map_or(momentum, |slot| tape.stored(slot));
        match self.settings {
            OptimizerSettings::Sgd(settings) => tape.sgd(settings, of, momentum),
            OptimizerSettings::Adam(settings) => tape.adam(settings, of, [momentum, square]),
            OptimizerSettings::RmsProp(settings) => tape.rmsprop(settings, of, [momentum, square]),
        }
    }
}
