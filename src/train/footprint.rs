//! How much memory a training takes, known before anything is allocated.

use super::error::TrainError;
use super::parts::EVALUATED;
use super::recipe::Recipe;
use crate::child::Weights;
use crate::network::Network;
use crate::nn::Optimizer;
use crate::tape::StoreBuilder;

/// Bytes of memory that a training takes on its device.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Footprint {
    /// Weights, their running means and the optimizer's state.
    pub store: u64,
    /// Everything that a step computes, at its peak.
    pub step: u64,
    /// Everything that an evaluation computes, at its peak.
    pub evaluation: u64,
}

impl Footprint {
    /// The footprint of training a network by a recipe.
    ///
    /// # Errors
    /// A recipe with an empty batch.
    pub fn of(network: &Network, recipe: &Recipe) -> Result<Self, TrainError> {
        let step = network.plan_cost(recipe.batch)?.peak;
        Ok(Self { store: Self::store(network, recipe)?, step, evaluation: network.evaluation_cost(EVALUATED)?.peak })
    }

    /// Bytes of a network's weights with what the optimizer keeps beside them.
    ///
    /// # Errors
    /// What the optimizer refuses.
    pub fn store(network: &Network, recipe: &Recipe) -> Result<u64, TrainError> {
        let mut builder = StoreBuilder::default();
        let weights = Weights::zeros(&mut builder, network);
        let _ = recipe.average.map(|_| weights.means(&mut builder));
        let parameters: Vec<_> = weights.parameters().map(|slot| (slot.clone(), true)).collect();
        Optimizer::new(&mut builder, recipe.optimizer, parameters)?;
        Ok((builder.len() as u64).saturating_mul(4))
    }

    /// All of it: both plans are kept at the same time.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.store.saturating_add(self.step).saturating_add(self.evaluation)
    }

    /// The largest buffer of it.
    #[must_use]
    pub fn largest(&self) -> u64 {
        self.store.max(self.step).max(self.evaluation)
    }
}
