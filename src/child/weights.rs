//! The weights of a network: their names and shapes, their first values, their places in a store.

use super::error::ChildError;
use crate::network::{Network, Node, Operation, WeightShape};
use crate::nn::{Init, fill_normal};
use crate::tape::{Slot, Store, StoreBuilder, TapeError};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;

/// Weights of one value that are written like drawn ones.
const SHORT: usize = 1 << 16;

/// The places of a network's weights in a store.
#[derive(Debug, Clone)]
pub struct Weights {
    slots: Vec<Vec<Slot>>,
}

impl Weights {
    /// Adds a slot for every weight, under PyTorch's names: `NODE.weight`, `NODE.bias`, `NODE.running_mean` and
    /// `NODE.running_var`.
    ///
    /// First values, as the trainers of the benchmarks draw them: convolutions normal with variance 2/fan_out, where
    /// fan_out is filters / groups * kernel^2 (He et al. 2015); linear layers normal with deviation 0.01, biases 0;
    /// batch normalisation 1 and 0; weights of a weighted sum 0, so that every input starts with sigmoid(0) = 1/2.
    ///
    /// # Errors
    /// What the builder refuses.
    pub fn new(builder: &mut StoreBuilder, network: &Network, seed: u64) -> Result<Self, ChildError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let slots = each(network, |node, name, weight| match first_value(node, weight) {
            // Short ones stay in one run with their neighbours, which reaches the device in one write.
            First::All(value) if weight.len() <= SHORT => {
                builder.add_with(name, &weight.shape, |numbers| numbers.fill(value))
            }
            First::All(0.0) => Ok(builder.zeros(name, &weight.shape)),
            First::All(value) => Ok(builder.filled(name, &weight.shape, value)),
            First::Drawn => builder.add_with(name, &weight.shape, |numbers| draw(node, numbers, &mut rng)),
        });
        Ok(Self { slots: slots? })
    }

    /// The same slots with zeros, for weights that come from elsewhere.
    pub fn zeros(builder: &mut StoreBuilder, network: &Network) -> Self {
        let Ok(slots) = each(network, |_, name, weight| Ok::<_, Infallible>(builder.zeros(name, &weight.shape)));
        Self { slots }
    }

    /// The slots of the same names in a store that holds other networks' weights too; nothing is added or copied.
    ///
    /// # Errors
    /// [`TapeError::UnknownSlot`], and a slot of another shape.
    pub fn within(store: &Store, network: &Network) -> Result<Self, ChildError> {
        let find = |_: &Node, name: String, weight: &WeightShape| {
            let slot = store.slot(&name)?;
            let (expected, given) = (weight.len(), slot.len());
            match slot.shape() == weight.shape {
                true => Ok(slot.clone()),
                false => Err(TapeError::Length { what: name, expected, given }),
            }
        };
        Ok(Self { slots: each(network, find)? })
    }

    /// Slots for running means of all of them, named `ema.NAME`; zero at first.
    pub fn means(&self, builder: &mut StoreBuilder) -> Self {
        let mut slot = |slot: &Slot| builder.zeros(format!("ema.{}", slot.name()), slot.shape());
        Self { slots: self.slots.iter().map(|node| node.iter().map(&mut slot).collect()).collect() }
    }

    /// Every slot, in the order of the nodes.
    pub fn all(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten()
    }

    /// The slots of a node, in the order of [`Network::weights`].
    #[must_use]
    pub fn of(&self, node: usize) -> &[Slot] {
        self.slots.get(node).map_or(&[], Vec::as_slice)
    }

    /// The slots that are learnt by gradient, in the order of the nodes.
    pub fn parameters(&self) -> impl Iterator<Item = &Slot> {
        self.all().filter(|slot| slot.name().ends_with(".weight") || slot.name().ends_with(".bias"))
    }
}

/// A slot for every weight of every node, made from the node, the weight's name and the weight.
fn each<E>(
    network: &Network,
    mut make: impl FnMut(&Node, String, &WeightShape) -> Result<Slot, E>,
) -> Result<Vec<Vec<Slot>>, E> {
    let own = |node: &Node| {
        let weights = network.weights(node).into_iter();
        weights.map(|weight| make(node, format!("{}.{}", node.name, weight.suffix), &weight)).collect()
    };
    network.nodes.iter().map(own).collect()
}

/// What a weight begins with.
enum First {
    /// One number everywhere.
    All(f32),
    /// Numbers of its own ([`draw`]).
    Drawn,
}

fn first_value(node: &Node, weight: &WeightShape) -> First {
    match (node.operation, weight.suffix) {
        (Operation::Conv2d { .. } | Operation::Linear { .. }, "weight") => First::Drawn,
        (Operation::BatchNorm { .. }, "weight" | "running_var") => First::All(1.0),
        _ => First::All(0.0),
    }
}

/// Draws the weights of a convolution or a linear layer.
fn draw(node: &Node, numbers: &mut [f32], rng: &mut dyn Rng) {
    match node.operation {
        Operation::Conv2d { filters, kernel, groups, .. } => {
            let fan_out = filters / groups * kernel * kernel;
            Init::KaimingNormal.fill(numbers, fan_out, fan_out, rng);
        }
        _ => fill_normal(numbers, 0.01, rng),
    }
}
