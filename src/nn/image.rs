//! Layers of image networks: convolution and batch normalisation.

use super::init::Init;
use crate::tape::{BatchNorm, ConvSettings, ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor};
use rand::Rng;

/// A convolution without bias, with the slot `PREFIX.weight` of `[filters, channels / groups, side, side]`.
#[derive(Debug, Clone)]
pub struct Conv2d {
    /// The weight's slot.
    pub weight: Slot,
    /// The bias's slot, if it has one.
    pub bias: Option<Slot>,
    /// Stride, padding, dilation, groups and ReLU.
    pub window: ConvSettings,
}

impl Conv2d {
    /// Adds the slot for a square kernel of `side` rows and columns, initialised by `init`.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [channels, filters, side]: [usize; 3],
        window: ConvSettings,
        init: Init,
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        let shape = [filters, channels / window.groups.max(1), side, side];
        let fans = [shape[1] * side * side, filters / window.groups.max(1) * side * side];
        let values = init.draw(shape.iter().product(), fans[0], fans[1], rng);
        let weight = builder.add(format!("{prefix}.weight"), &shape, &values)?;
        Ok(Self { weight, bias: None, window })
    }

    /// Adds a slot `PREFIX.bias` of `[filters]`, initially zero.
    #[must_use]
    pub fn with_bias(self, builder: &mut StoreBuilder, prefix: &str) -> Self {
        let bias = builder.zeros(format!("{prefix}.bias"), &self.weight.shape()[..1]);
        Self { bias: Some(bias), ..self }
    }

    /// Records the layer on x of `[N, channels, H, W]`.
    ///
    /// # Errors
    /// Another number of channels, or an image smaller than the kernel.
    pub fn forward(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        let weight = tape.stored(&self.weight);
        let bias = self.bias.as_ref().map(|bias| tape.stored(bias));
        tape.conv2d(x, weight, bias, self.window)
    }
}

/// Batch normalisation: slots `PREFIX.weight`, `PREFIX.bias` (if affine), `PREFIX.running_mean` and
/// `PREFIX.running_var`, each of `[channels]`.
#[derive(Debug, Clone)]
pub struct BatchNorm2d {
    /// Slots of the trainable weight and bias.
    pub affine: Option<[Slot; 2]>,
    /// Slots of the running mean and variance, which are not trainable.
    pub running: [Slot; 2],
}

impl BatchNorm2d {
    /// Adds the layer's slots: weight and running variance one, bias and running mean zero.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(builder: &mut StoreBuilder, prefix: &str, channels: usize, affine: bool) -> Result<Self, TapeError> {
        let mut add =
            |name: &str, value: f32| builder.add(format!("{prefix}.{name}"), &[channels], &vec![value; channels]);
        let affine = if affine { Some([add("weight", 1.0)?, add("bias", 0.0)?]) } else { None };
        Ok(Self { affine, running: [add("running_mean", 0.0)?, add("running_var", 1.0)?] })
    }

    /// Records the layer on x of `[N, channels, ..]`.
    ///
    /// # Errors
    /// Another number of channels.
    pub fn forward(&self, tape: &mut Tape, x: Tensor, settings: BatchNorm) -> Result<Tensor, ShapeError> {
        self.record(tape, x, settings, false)
    }

    /// Records the layer followed by a ReLU, in one launch.
    ///
    /// # Errors
    /// As [`BatchNorm2d::forward`].
    pub fn forward_relu(&self, tape: &mut Tape, x: Tensor, settings: BatchNorm) -> Result<Tensor, ShapeError> {
        self.record(tape, x, settings, true)
    }

    fn record(&self, tape: &mut Tape, x: Tensor, settings: BatchNorm, relu: bool) -> Result<Tensor, ShapeError> {
        let affine = self.affine.as_ref().map(|[weight, bias]| [tape.stored(weight), tape.stored(bias)]);
        let running = [tape.stored(&self.running[0]), tape.stored(&self.running[1])];
        tape.batch_norm(x, affine, running, settings, relu)
    }
}
