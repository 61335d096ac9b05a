//! Linear layers and multilayer perceptrons.

use super::init::Init;
use crate::tape::{ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor};
use rand::Rng;

/// A linear layer x W^T + bias, with slots `PREFIX.weight` of `[outputs, inputs]` and `PREFIX.bias` of `[outputs]`.
#[derive(Debug, Clone)]
pub struct Linear {
    /// The weight's slot.
    pub weight: Slot,
    /// The bias's slot, if it has one.
    pub bias: Option<Slot>,
}

impl Linear {
    /// Adds the layer's slots, initialised as in PyTorch: uniform between +-1/sqrt(inputs), including the bias.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, outputs]: [usize; 2],
        bias: bool,
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        Self::with_init(builder, prefix, [inputs, outputs], bias.then_some(Init::Torch), Init::Torch, rng)
    }

    /// Adds the layer's slots, with the weight initialised by `weight`, and the bias by `bias` if there is one.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn with_init(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, outputs]: [usize; 2],
        bias: Option<Init>,
        weight: Init,
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        let values = weight.draw(outputs * inputs, inputs, outputs, rng);
        let weight = builder.add(format!("{prefix}.weight"), &[outputs, inputs], &values)?;
        let draw = |init: Init| {
            let values = init.draw(outputs, inputs, outputs, rng);
            builder.add(format!("{prefix}.bias"), &[outputs], &values)
        };
        Ok(Self { weight, bias: bias.map(draw).transpose()? })
    }

    /// Records the layer on x of `[.., inputs]`; the result is `[.., outputs]`.
    ///
    /// # Errors
    /// A last axis of another length.
    pub fn forward(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        self.record(tape, x, false)
    }

    /// Records the layer followed by a ReLU, in one launch.
    ///
    /// # Errors
    /// As [`Linear::forward`].
    pub fn forward_relu(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        self.record(tape, x, true)
    }

    fn record(&self, tape: &mut Tape, x: Tensor, relu: bool) -> Result<Tensor, ShapeError> {
        let weight = tape.stored(&self.weight);
        let bias = self.bias.as_ref().map(|bias| tape.stored(bias));
        tape.linear(x, weight, bias, relu)
    }
}

/// Linear layers with ReLU between them, and none after the last.
#[derive(Debug, Clone)]
pub struct Mlp {
    layers: Vec<Linear>,
}

impl Mlp {
    /// Adds the slots of layers between these `widths`, named as in PyTorch's `Sequential(Linear, ReLU, Linear, ..)`:
    /// `PREFIX.0.weight`, `PREFIX.0.bias`, `PREFIX.2.weight` and so on.
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        widths: &[usize],
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        let pairs = widths.windows(2).enumerate();
        let layer = |(at, pair): (usize, &[usize])| {
            Linear::new(builder, &format!("{prefix}.{}", 2 * at), [pair[0], pair[1]], true, rng)
        };
        Ok(Self { layers: pairs.map(layer).collect::<Result<_, _>>()? })
    }

    /// The layers in order.
    #[must_use]
    pub fn layers(&self) -> &[Linear] {
        &self.layers
    }

    /// Records the layers on x of `[.., first width]`; the result is `[.., last width]`.
    ///
    /// # Errors
    /// A last axis of another length.
    pub fn forward(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        let Some((last, hidden)) = self.layers.split_last() else { return Ok(x) };
        let x = hidden.iter().try_fold(x, |x, layer| layer.forward_relu(tape, x))?;
        last.forward(tape, x)
    }
}
