//! Checks of values against each other. [`crate::bounds`] has the range of each single value.

use super::{BaselineKind, Config, PoolScore, RewardKind};
use crate::evaluate::{ProxyConfig, SharingSchedule, SuperNetConfig};
use crate::generator::lstm::Training;
use crate::generator::{Order, generator_kind, generator_names};
use crate::space::{Space, weight_sharing_spaces};
use crate::train::{recipe, recipe_names};

/// A key and the problem of its value.
pub(super) type Problem = (&'static str, String);

/// Returns the first value that is incompatible with the others.
pub(super) fn problem(config: &Config) -> Option<Problem> {
    unknown_name(config)
        .or_else(|| reward(config))
        .or_else(|| generator(config))
        .or_else(|| halving(config))
        .or_else(|| supernet(&config.supernet, &*config.search_space().ok()?))
        .or_else(|| proxy(&config.proxy, config.supernet.enabled, config.replay.reward))
}

fn unknown_name(config: &Config) -> Option<Problem> {
    if config.dataset.chars().any(char::is_control) {
        return Some(("dataset", format!("must be one line, not {:?}", config.dataset)));
    }
    if generator_kind(&config.generator.name).is_none() {
        let known = generator_names();
        return Some(("generator.name", format!("must be one of {known}, not '{}'", config.generator.name)));
    }
    unknown_recipe("oracle.recipe", &config.oracle.recipe)
}

fn unknown_recipe(key: &'static str, name: &str) -> Option<Problem> {
    recipe(name).is_none().then(|| (key, format!("must be one of {}, not '{name}'", recipe_names())))
}

/// The largest number of characters of a unit.
const MAX_UNIT: usize = 16;

/// Checks the unit, and the settings that need accuracies.
fn reward(config: &Config) -> Option<Problem> {
    let unit = &config.reward.unit;
    if unit.chars().count() > MAX_UNIT || unit.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Some((
            "reward.unit",
            format!("must be one word of up to {MAX_UNIT} characters, or empty, not {unit:?}"),
        ));
    }
    if config.reward.is_accuracy() {
        return None;
    }
    let (replay, reinforce) = (&config.replay, config.lstm.training == Training::Reinforce);
    let needs: [(&'static str, bool, &str); 5] = [
        ("replay.reward", replay.reward == RewardKind::Accuracy, "\"cdf\""),
        (
            "replay.baseline",
            replay.baseline == BaselineKind::BatchMean && replay.baseline_decay > 0.0,
            "\"replay-mean\"",
        ),
        ("lstm.training", reinforce && config.generator.name == "lstm", "\"replay\""),
        ("proxy.enabled", config.proxy.enabled, "false"),
        ("supernet.enabled", config.supernet.enabled, "false"),
    ];
    needs.into_iter().find(|(_, needed, _)| *needed).map(|(key, _, must)| {
        (key, format!("must be {must} unless rewards are percentages (reward.unit = \"%\") and reward.goal is \"max\""))
    })
}

fn generator(config: &Config) -> Option<Problem> {
    if let Some(must) = config.explore.schedule.problem(config.explore.value) {
        return Some(("explore.value", format!("{must}, not {}", config.explore.value)));
    }
    if config.list_order() == Some(Order::Score) && config.explore.score == PoolScore::None {
        return Some(("explore.score", "must be auto or a score with the generator score, not none".into()));
    }
    (config.list_order().is_some() && config.guide.candidates > 1).then(|| {
        let name = &config.generator.name;
        ("guide.candidates", format!("must be 1 with the generator {name}, which proposes a fixed list"))
    })
}

fn halving(config: &Config) -> Option<Problem> {
    let factor = config.oracle.reduction_factor;
    if factor > 1 && (config.proxy.enabled || config.supernet.enabled) {
        let text = "must be 0 with proxy.enabled or supernet.enabled, whose rewards do not come from [oracle]";
        return Some(("oracle.reduction_factor", text.into()));
    }
    (factor == 1).then(|| ("oracle.reduction_factor", "must be 0 for none or 2 to 1000, not 1".into()))
}

fn supernet(config: &SuperNetConfig, space: &dyn Space) -> Option<Problem> {
    let (name, sharing) = (space.name(), weight_sharing_spaces());
    if config.enabled && config.schedule == SharingSchedule::Alternating && space.alternating().is_none() {
        let why = format!(
            "must be \"two-stage\" in the space {name}; \"alternating\" is for spaces with the key `shared`, such as enas"
        );
        return Some(("supernet.schedule", why));
    }
    if config.enabled && !space.shares_weights() {
        let why = format!("must be false: networks of {name} share no weights, those of {} do", sharing.join(", "));
        return Some(("supernet.enabled", why));
    }
    if config.correlate == 1 {
        return Some(("supernet.correlate", "must be 0 for none or 2 to 10000, not 1".into()));
    }
    unknown_recipe("supernet.recipe", &config.recipe)
}

fn proxy(config: &ProxyConfig, shares_weights: bool, reward: RewardKind) -> Option<Problem> {
    if config.enabled && shares_weights {
        return Some((
            "proxy.enabled",
            "must be false with supernet.enabled, whose rewards come from shared weights".into(),
        ));
    }
    if config.enabled && reward == RewardKind::Accuracy {
        // The replay rewards include scores, as a sum of log ranks, which is not an accuracy.
        return Some(("replay.reward", "must be \"cdf\" with proxy.enabled, not \"accuracy\"".into()));
    }
    if config.enabled && config.finalist_steps < config.steps {
        return Some((
            "proxy.finalist_steps",
            format!("must be at least proxy.steps, which is {}, not {}", config.steps, config.finalist_steps),
        ));
    }
    unknown_recipe("proxy.recipe", &config.recipe)
}
