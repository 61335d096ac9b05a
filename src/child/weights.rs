//! The weights of a network: names, shapes, initial values and slots in a store.

use super::error::ChildError;
use crate::network::{Initial, Network, WeightSpec};
use crate::nn::{Init, fill_normal};
use crate::tape::{Slot, Store, StoreBuilder, TapeError};
use rand::SeedableRng;
use rand_chacha::ChaCha8Rng;
use std::convert::Infallible;

/// The maximum length of constant weights that are written together with drawn ones.
const MAX_SHORT: usize = 1 << 16;

/// The slots of a network's weights in a store.
///
/// ```
/// use graphpnas::child::Weights;
/// use graphpnas::device::Device;
/// use graphpnas::network::Builder;
/// use graphpnas::tape::StoreBuilder;
///
/// let mut network = Builder::new([3, 8, 8])?;
/// let output = network.classifier(Builder::INPUT, 10, 0.0)?;
/// let network = network.finish(output)?;
/// let mut builder = StoreBuilder::default();
/// let weights = Weights::new(&mut builder, &network, 1)?;
/// let store = builder.build(&Device::Cpu)?;
/// assert_eq!(weights.all().map(|slot| slot.len()).sum::<usize>(), 3 * 10 + 10);
/// assert_eq!(store.slots().len(), 2);
/// # Ok::<(), graphpnas::child::ChildError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Weights {
    slots: Vec<Vec<Slot>>,
    /// Whether each slot is trained by gradient.
    trained: Vec<Vec<bool>>,
}

impl Weights {
    /// Adds a slot for every weight, under PyTorch's names, such as `NODE.weight` and `NODE.running_mean`.
    ///
    /// Initial values are those of [`crate::network::NetworkOperation::weights`], which follow the benchmarks' trainers.
    ///
    /// # Errors
    /// Those of the store builder.
    pub fn new(builder: &mut StoreBuilder, network: &Network, seed: u64) -> Result<Self, ChildError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let weights = each(network, |name, weight| match weight.initial {
            // Short constants stay in one block with their neighbours, which needs only one write to the device.
            Initial::Constant(value) if weight.len() <= MAX_SHORT => {
                builder.add_with(name, &weight.shape, |numbers| numbers.fill(value))
            }
            Initial::Constant(0.0) => Ok(builder.zeros(name, &weight.shape)),
            Initial::Constant(value) => Ok(builder.filled(name, &weight.shape, value)),
            Initial::KaimingNormal { fan } => builder.add_with(name, &weight.shape, |numbers| {
                Init::KaimingNormal.fill(numbers, fan, fan, &mut rng);
            }),
            Initial::Normal { deviation } => {
                builder.add_with(name, &weight.shape, |numbers| fill_normal(numbers, deviation, &mut rng))
            }
        });
        Ok(weights?)
    }

    /// Adds the same slots with zeros, for weights that are loaded later.
    pub fn zeros(builder: &mut StoreBuilder, network: &Network) -> Self {
        let Ok(weights) = each(network, |name, weight| Ok::<_, Infallible>(builder.zeros(name, &weight.shape)));
        weights
    }

    /// Finds the slots by name in a store that also has weights of other networks; nothing is added or copied.
    ///
    /// # Errors
    /// [`TapeError::UnknownSlot`] for a missing slot, [`TapeError::Length`] for a slot of another shape.
    pub fn within(store: &Store, network: &Network) -> Result<Self, ChildError> {
        let find = |name: String, weight: &WeightSpec| {
            let slot = store.slot(&name)?;
            let (expected, given) = (weight.len(), slot.len());
            match slot.shape() == weight.shape {
                true => Ok(slot.clone()),
                false => Err(TapeError::Length { what: name, expected, given }),
            }
        };
        Ok(each(network, find)?)
    }

    /// Adds slots `ema.NAME` for the running means of all weights, initially zero.
    pub fn means(&self, builder: &mut StoreBuilder) -> Self {
        let mut slot = |slot: &Slot| builder.zeros(format!("ema.{}", slot.name()), slot.shape());
        let slots = self.slots.iter().map(|node| node.iter().map(&mut slot).collect()).collect();
        Self { slots, trained: self.trained.clone() }
    }

    /// Returns all slots, in the order of the nodes.
    pub fn all(&self) -> impl Iterator<Item = &Slot> {
        self.slots.iter().flatten()
    }

    /// Returns the slots of a node, in the order of [`Network::weights`].
    #[must_use]
    pub fn of(&self, node: usize) -> &[Slot] {
        self.slots.get(node).map_or(&[], Vec::as_slice)
    }

    /// Returns the slots that are trained by gradient, in the order of the nodes.
    pub fn parameters(&self) -> impl Iterator<Item = &Slot> {
        self.all().zip(self.trained.iter().flatten()).filter(|(_, trained)| **trained).map(|(slot, _)| slot)
    }
}

/// Calls `make` with the name of every weight and returns the weights with the slots that it returns.
fn each<E>(network: &Network, mut make: impl FnMut(String, &WeightSpec) -> Result<Slot, E>) -> Result<Weights, E> {
    let mut weights = Weights { slots: Vec::new(), trained: Vec::new() };
    for node in &network.nodes {
        let specs = network.weights(node);
        weights.trained.push(specs.iter().map(|weight| weight.trained).collect());
        let slots = specs.iter().map(|weight| make(format!("{}.{}", node.name, weight.suffix), weight));
        weights.slots.push(slots.collect::<Result<_, E>>()?);
    }
    Ok(weights)
}
