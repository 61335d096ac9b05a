//! The weights of a network: names, shapes, initial values and slots in a store.

use super::error::ChildError;
use crate::network::{Initial, Network, Node, WeightSpec};
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
}

impl Weights {
    /// Adds a slot for every weight, under PyTorch's names: `NODE.weight`, `NODE.bias`, `NODE.running_mean` and
    /// `NODE.running_var`.
    ///
    /// Initial values are those of the benchmarks' trainers: convolutions normal with variance 2/fan_out, where fan_out
    /// is filters / groups * kernel elements (He et al. 2015); linear layers normal with standard deviation 0.01, biases 0;
    /// normalisation 1 and 0; position embeddings normal with standard deviation 0.02 (Dosovitskiy et al. 2021); weights
    /// of a weighted sum 0, so that every input starts with sigmoid(0) = 1/2.
    ///
    /// # Errors
    /// Those of the store builder.
    pub fn new(builder: &mut StoreBuilder, network: &Network, seed: u64) -> Result<Self, ChildError> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let slots = each(network, |_, name, weight| match weight.initial {
            // Short constants stay in one block with their neighbours, which needs only one write to the device.
            Initial::Constant(value) if weight.len() <= MAX_SHORT => {
                builder.add_with(name, &weight.shape, |numbers| numbers.fill(value))
            }
            Initial::Constant(0.0) => Ok(builder.zeros(name, &weight.shape)),
            Initial::Constant(value) => Ok(builder.filled(name, &weight.shape, value)),
            Initial::KaimingNormal { fan_out } => builder.add_with(name, &weight.shape, |numbers| {
                Init::KaimingNormal.fill(numbers, fan_out, fan_out, &mut rng);
            }),
            Initial::Normal { deviation } => {
                builder.add_with(name, &weight.shape, |numbers| fill_normal(numbers, deviation, &mut rng))
            }
        });
        Ok(Self { slots: slots? })
    }

    /// Adds the same slots with zeros, for weights that are loaded later.
    pub fn zeros(builder: &mut StoreBuilder, network: &Network) -> Self {
        let Ok(slots) = each(network, |_, name, weight| Ok::<_, Infallible>(builder.zeros(name, &weight.shape)));
        Self { slots }
    }

    /// Finds the slots by name in a store that also has weights of other networks; nothing is added or copied.
    ///
    /// # Errors
    /// [`TapeError::UnknownSlot`] for a missing slot, [`TapeError::Length`] for a slot of another shape.
    pub fn within(store: &Store, network: &Network) -> Result<Self, ChildError> {
        let find = |_: &Node, name: String, weight: &WeightSpec| {
            let slot = store.slot(&name)?;
            let (expected, given) = (weight.len(), slot.len());
            match slot.shape() == weight.shape {
                true => Ok(slot.clone()),
                false => Err(TapeError::Length { what: name, expected, given }),
            }
        };
        Ok(Self { slots: each(network, find)? })
    }

    /// Adds slots `ema.NAME` for the running means of all weights, initially zero.
    pub fn means(&self, builder: &mut StoreBuilder) -> Self {
        let mut slot = |slot: &Slot| builder.zeros(format!("ema.{}", slot.name()), slot.shape());
        Self { slots: self.slots.iter().map(|node| node.iter().map(&mut slot).collect()).collect() }
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
        self.all().filter(|slot| slot.name().ends_with(".weight") || slot.name().ends_with(".bias"))
    }
}

/// Calls `make` with node, name and shape of every weight and returns the slots by node.
fn each<E>(
    network: &Network,
    mut make: impl FnMut(&Node, String, &WeightSpec) -> Result<Slot, E>,
) -> Result<Vec<Vec<Slot>>, E> {
    let node_slots = |node: &Node| {
        let weights = network.weights(node).into_iter();
        weights.map(|weight| make(node, format!("{}.{}", node.name, weight.suffix), &weight)).collect()
    };
    network.nodes.iter().map(node_slots).collect()
}
