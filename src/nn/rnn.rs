//! Recurrent cells: two linear products and a fused kernel for the rest.

use super::init::Init;
use crate::tape::{ShapeError, Slot, StoreBuilder, Tape, TapeError, Tensor};
use rand::Rng;

/// The weights of a cell with so many gates, under PyTorch's names.
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

    /// x W_ih^T + b_ih.
    fn of_input(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        let (weight, bias) = (tape.stored(&self.weight_ih), tape.stored(&self.bias_ih));
        tape.linear(x, weight, Some(bias), false)
    }

    /// h W_hh^T + b_hh.
    fn of_state(&self, tape: &mut Tape, h: Tensor) -> Result<Tensor, ShapeError> {
        let (weight, bias) = (tape.stored(&self.weight_hh), tape.stored(&self.bias_hh));
        tape.linear(h, weight, Some(bias), false)
    }

    fn slots(&self) -> [&Slot; 4] {
        [&self.weight_ih, &self.weight_hh, &self.bias_ih, &self.bias_hh]
    }
}

/// A GRU cell (Cho et al. 2014, in PyTorch's form; gates r, z, n). Slots `PREFIX.weight_ih` of `[3 units, inputs]`,
/// `PREFIX.weight_hh` of `[3 units, units]`, `PREFIX.bias_ih` and `PREFIX.bias_hh` of `[3 units]`.
#[derive(Debug, Clone)]
pub struct GruCell(Weights);

impl GruCell {
    /// Adds the cell's slots, uniform between +-1/sqrt(units).
    ///
    /// # Errors
    /// What the builder refuses.
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, units]: [usize; 2],
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        Weights::new(builder, prefix, [inputs, units], 3, rng).map(Self)
    }

    /// Records a step: x of `[rows, inputs]` and the state of `[rows, units]` give the next state.
    ///
    /// # Errors
    /// Other shapes.
    pub fn forward(&self, tape: &mut Tape, x: Tensor, h: Tensor) -> Result<Tensor, ShapeError> {
        let (gi, gh) = (self.0.of_input(tape, x)?, self.0.of_state(tape, h)?);
        tape.gru_gates(gi, gh, h)
    }

    /// The slots `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
    #[must_use]
    pub fn slots(&self) -> [&Slot; 4] {
        self.0.slots()
    }
}

/// An LSTM cell (Hochreiter and Schmidhuber 1997, in PyTorch's form; gates i, f, g, o). Slots as those of
/// [`GruCell`], with four gates.
#[derive(Debug, Clone)]
pub struct LstmCell(Weights);

impl LstmCell {
    /// Adds the cell's slots, uniform between +-1/sqrt(units).
    ///
    /// # Errors
    /// What the builder refuses.
    pub fn new(
        builder: &mut StoreBuilder,
        prefix: &str,
        [inputs, units]: [usize; 2],
        rng: &mut dyn Rng,
    ) -> Result<Self, TapeError> {
        Weights::new(builder, prefix, [inputs, units], 4, rng).map(Self)
    }

    /// Records a step: x of `[rows, inputs]` and the states (h, c) of `[rows, units]` give the next states.
    ///
    /// # Errors
    /// Other shapes.
    pub fn forward(
        &self,
        tape: &mut Tape,
        x: Tensor,
        (h, c): (Tensor, Tensor),
    ) -> Result<(Tensor, Tensor), ShapeError> {
        let gi = self.project(tape, x)?;
        self.step(tape, gi, (h, c))
    }

    /// What the cell makes of its input before it looks at the state: x of `[.., inputs]` becomes `[.., 4 units]`. Where
    /// the inputs of all steps are known, one product serves them all.
    ///
    /// # Errors
    /// Other shapes.
    pub fn project(&self, tape: &mut Tape, x: Tensor) -> Result<Tensor, ShapeError> {
        self.0.of_input(tape, x)
    }

    /// Records a step on a projected input of `[rows, 4 units]`.
    ///
    /// # Errors
    /// Other shapes.
    pub fn step(
        &self,
        tape: &mut Tape,
        projected: Tensor,
        (h, c): (Tensor, Tensor),
    ) -> Result<(Tensor, Tensor), ShapeError> {
        let gh = self.0.of_state(tape, h)?;
        tape.lstm_gates(projected, gh, c)
    }

    /// The slots `weight_ih`, `weight_hh`, `bias_ih` and `bias_hh`.
    #[must_use]
    pub fn slots(&self) -> [&Slot; 4] {
        self.0.slots()
    }
}
