//! Recurrent cells: two linear products and a fused kernel for the element-wise part.

use super::init::Init;
use crate::tape::{ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor};
use rand::Rng;

/// The weights of a cell, under PyTorch's names.
#[derive(Debug, Clone)]
struct Weights {
    weight_ih: Slot,
    weight_hh: Slot,
    bias_ih: Slot,
    bias_hh: Slot,
}

impl Weights {
    fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, units]: [usize; 2],
        gates: usize,
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        let mut add = |name: &str, shape: &[usize]| {
            let values = Init::Torch.draw(shape.iter().product(), units, units, rng);
            builder.add(format!("{prefix}.{name}"), shape, &values)
        };
        Ok(Self {
            weight_ih: add("weight_ih", &[gates * units, inputs])?,
            weight_hh: add("weight_hh", &[gates * units, units])?,
            bias_ih: add("bias_ih", &[gates * units])?,
            bias_hh: add("bias_hh", &[gates * units])?,
        })
    }

    /// Records x W_ih^T + b_ih.
    fn input_product(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        let (weight, bias) = (tape.stored(&self.weight_ih), tape.stored(&self.bias_ih));
        tape.linear(x, weight, Some(bias), false)
    }

    /// Records h W_hh^T + b_hh.
    fn state_product(&self, tape: &mut Tape, h: Tensor) -> Result<Tensor, ShapeError> {
        let (weight, bias) = (tape.stored(&self.weight_hh), tape.stored(&self.bias_hh));
        tape.linear(h, weight, Some(bias), false)
    }

    fn slots(&self) -> [&Slot; 4] {
        [&self.weight_ih, &self.weight_hh, &self.bias_ih, &self.bias_hh]
    }
}

/// A GRU cell (Cho et al. 2014, in PyTorch's form, with gates r, z, n). Slots `PREFIX.weight_ih` of
/// `[3 units, inputs]`, `PREFIX.weight_hh` of `[3 units, units]`, `PREFIX.bias_ih` and `PREFIX.bias_hh` of `[3 units]`.
#[derive(Debug, Clone)]
pub struct GruCell(Weights);

impl GruCell {
    /// Adds the cell's slots, initialised uniformly between +-1/sqrt(units).
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, units]: [usize; 2],
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        Weights::new(builder, prefix, [inputs, units], 3, rng).map(Self)
    }

    /// Records a step from x `[rows, inputs]` and the state `[rows, units]`. Returns the next state.
    ///
    /// # Errors
    /// Incompatible shapes.
    pub fn forward(&self, tape: &mut Tape, x: Tensor, h: Tensor) -> Result<Tensor, ShapeError> {
        let (gi, gh) = (self.0.input_product(tape, x)?, self.0.state_product(tape, h)?);
        tape.gru_gates(gi, gh, h)
    }

    /// Returns the slots `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
    #[must_use]
    pub fn slots(&self) -> [&Slot; 4] {
        self.0.slots()
    }
}

/// An LSTM cell (Hochreiter and Schmidhuber 1997, in PyTorch's form, with gates i, f, g, o). The slots are those of
/// [`GruCell`], with four gates.
#[derive(Debug, Clone)]
pub struct LstmCell(Weights);

impl LstmCell {
    /// Adds the cell's slots, initialised uniformly between +-1/sqrt(units).
    ///
    /// # Errors
    /// As [`StoreBuilder::add`].
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, units]: [usize; 2],
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        Weights::new(builder, prefix, [inputs, units], 4, rng).map(Self)
    }

    /// Records a step from x `[rows, inputs]` and the states (h, c) `[rows, units]`. Returns the next states.
    ///
    /// # Errors
    /// Incompatible shapes.
    pub fn forward(
        &self,
        tape: &mut Tape,
        x: Tensor,
        (h, c): (Tensor, Tensor),
    ) -> Result<(Tensor, Tensor), ShapeError> {
        let gi = self.project(tape, x)?;
        self.step(tape, gi, (h, c))
    }

    /// Records the projection of the input, which does not depend on the state: x `[.., inputs]` becomes
    /// `[.., 4 units]`. If the inputs of all steps are known, one product is enough for all of them.
    ///
    /// # Errors
    /// Incompatible shapes.
    pub fn project(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        self.0.input_product(tape, x)
    }

    /// Records a step from a projected input `[rows, 4 units]`.
    ///
    /// # Errors
    /// Incompatible shapes.
    pub fn step(
        &self,
        tape: &mut Tape,
        projected: Tensor,
        (h, c): (Tensor, Tensor),
    ) -> Result<(Tensor, Tensor), ShapeError> {
        let gh = self.0.state_product(tape, h)?;
        tape.lstm_gates(projected, gh, c)
    }

    /// Returns the slots `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
    #[must_use]
    pub fn slots(&self) -> [&Slot; 4] {
        self.0.slots()
    }
}
