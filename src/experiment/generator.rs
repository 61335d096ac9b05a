//! Builds the configured generator.

use super::error::ExperimentError;
use crate::device::Device;
use crate::generator::{
    Generator, GeneratorError, GeneratorKind, GeneratorSetup, LISTED_EACH, Order, generator_kind, generator_names,
};
use crate::graph::Graph;
use crate::score::{PoolScorer, StructuralFeatures};
use crate::search::{Config, CostLimits, SearchError, first_weights};
use crate::space::Space;
use std::sync::Arc;

/// Inputs for sorting architectures before the search, for generators that propose a list; without them, lists are
/// empty.
#[derive(Default)]
pub(super) struct Ordering<'a> {
    pub(super) structure: Option<&'a StructuralFeatures>,
    pub(super) scorer: Option<&'a PoolScorer>,
    /// Cost limits of architectures.
    pub(super) limits: Option<&'a CostLimits>,
}

/// Scored networks per evaluation of the budget, in total at least [`MIN_SCORED`].
const SCORED_EACH: usize = 5;
const MIN_SCORED: usize = 500;

/// Builds the generator of `config` on a device.
pub(super) fn build_generator(
    config: &Config,
    space: &Arc<dyn Space>,
    by: Ordering<'_>,
    device: &Device,
) -> Result<Box<dyn Generator>, ExperimentError> {
    let unknown = || ExperimentError::Refused(format!("generator.name must be one of {}", generator_names()));
    let kind: &GeneratorKind = generator_kind(&config.generator.name).ok_or_else(unknown)?;
    let list = kind.order.map(|order| listed(config, &**space, &by, order)).transpose()?.unwrap_or_default();
    let setup = GeneratorSetup { list, ..config.generator_setup(space, device) };
    (kind.build)(setup, &mut first_weights(config.seed)).map_err(|error| match error {
        GeneratorError::Dimensions(_) | GeneratorError::Memory { .. } => ExperimentError::Refused(error.to_string()),
        error => ExperimentError::Failed(error.to_string()),
    })
}

/// Builds the list of a generator that proposes a list.
fn listed(config: &Config, space: &dyn Space, by: &Ordering<'_>, order: Order) -> Result<Vec<Graph>, ExperimentError> {
    let mut rng = first_weights(config.seed);
    match (order, by.structure, by.scorer) {
        (Order::Size, Some(structure), _) => {
            let count = config.evaluations.saturating_mul(LISTED_EACH);
            let admits = |graph: &Graph| by.limits.is_none_or(|limits| limits.admit(graph));
            Ok(structure.largest(count, admits, &mut rng))
        }
        (Order::Score, _, Some(scorer)) => {
            let count = config.evaluations.saturating_mul(SCORED_EACH).max(MIN_SCORED);
            let explorer = config.generator.explorer;
            let drawn = (0..count).map(|_| space.explore(&explorer, &mut rng)).collect();
            Ok(scorer.best_first(drawn).map_err(SearchError::from)?)
        }
        _ => Ok(Vec::new()),
    }
}
