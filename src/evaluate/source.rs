//! The reward source of a search.

use super::{Evaluator, SuperNet};
use std::ops::{Deref, DerefMut};

/// A reward source; it dereferences to its [`Evaluator`].
pub enum RewardSource {
    /// Rewards that do not change during the search.
    Fixed(Box<dyn Evaluator>),
    /// Rewards from shared weights, which may be trained during the search, so that earlier rewards become outdated.
    Shared(Box<SuperNet>),
}

impl RewardSource {
    /// Returns the shared weights, if rewards come from them.
    pub fn supernet(&mut self) -> Option<&mut SuperNet> {
        match self {
            Self::Fixed(_) => None,
            Self::Shared(supernet) => Some(supernet),
        }
    }
}

impl Deref for RewardSource {
    type Target = dyn Evaluator;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Fixed(evaluator) => &**evaluator,
            Self::Shared(supernet) => &**supernet,
        }
    }
}

impl DerefMut for RewardSource {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Fixed(evaluator) => &mut **evaluator,
            Self::Shared(supernet) => &mut **supernet,
        }
    }
}

impl<E: Evaluator + 'static> From<Box<E>> for RewardSource {
    fn from(evaluator: Box<E>) -> Self {
        Self::Fixed(evaluator)
    }
}

impl From<Box<dyn Evaluator>> for RewardSource {
    fn from(evaluator: Box<dyn Evaluator>) -> Self {
        Self::Fixed(evaluator)
    }
}

impl From<SuperNet> for RewardSource {
    fn from(supernet: SuperNet) -> Self {
        Self::Shared(Box::new(supernet))
    }
}
