//! The memory of a training, computed before anything is allocated.

use super::error::TrainError;
use super::parts::EVALUATION_BATCH;
use super::recipe::Recipe;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::Optimizer;
use crate::tape::StoreBuilder;

/// The memory of a training on its device, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Weights, their running means and the optimizer's state.
    pub store: u64,
    /// The peak of a step's tensors.
    pub step: u64,
    /// The peak of an evaluation's tensors.
    pub evaluation: u64,
}

impl Footprint {
    /// Returns the footprint of training a network with a recipe.
    ///
    /// # Errors
    /// A recipe with an empty batch.
    pub fn of(network: &Network, recipe: &Recipe) -> Result<Self, TrainError> {
        let step = network.plan_cost(recipe.batch)?.peak;
        Ok(Self {
            store: Self::store(network, recipe)?,
            step,
            evaluation: network.evaluation_cost(EVALUATION_BATCH)?.peak,
        })
    }

    /// Returns the bytes of a network's weights and of the optimizer's state.
    ///
    /// # Errors
    /// Those of [`Optimizer::new`].
    pub fn store(network: &Network, recipe: &Recipe) -> Result<u64, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, network);
        let _ = recipe.average.map(|_| weights.means(&mut builder));
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        Ok((builder.len() as u64).saturating_mul(4))
    }

    /// Returns the sum: both plans are allocated at the same time.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.store.saturating_add(self.step).saturating_add(self.evaluation)
    }

    /// Returns the largest buffer.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.store.max(self.step).max(self.evaluation)
    }
}
