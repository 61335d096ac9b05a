//! Warnings about the result of a search.

use crate::generator::generator_kind;
use crate::search::{Config, Confirmation, Outcome, SharedOutcome};
use crate::shown::pluralized;

/// Warning if a generator's list of architectures was shorter than the budget.
pub(super) fn list_ended(outcome: &Outcome) -> Option<String> {
    let (drawn, generator) = (outcome.rejected.fallbacks, outcome.generator.as_str());
    let proposes_list = generator_kind(generator).is_some_and(|kind| kind.order.is_some());
    (proposes_list && drawn > 0).then(|| {
        format!(
            "warning: the list of the generator {generator} had too few architectures within the limits; {} drawn at random",
            pluralized(drawn, "evaluation is", "evaluations are")
        )
    })
}

/// Warnings about rewards that hardly rank architectures.
pub(super) fn reward_warnings(outcome: &Outcome) -> impl Iterator<Item = String> {
    let proxies = outcome.confirmation.as_ref().and_then(Confirmation::warning);
    proxies.into_iter().chain(outcome.supernet.as_ref().and_then(SharedOutcome::warning))
}

/// Warning if the budget ends before the generator is used.
pub(super) fn unused_generator(config: &Config) -> Option<String> {
    let rounds = config.evaluations.div_ceil(config.batch.max(1)) as u64;
    let explores = |round| config.explore.schedule.probability(config.explore.value, round) >= 1.0;
    (config.learns() && (0..rounds).all(explores)).then(|| {
        format!(
            "warning: all {} evaluations were random exploration and the generator {} was not used; raise --evaluations or \
             lower explore.value",
            config.evaluations, config.generator.name
        )
    })
}
