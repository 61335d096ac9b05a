//! The configuration of a search: what the presets, files and `--set` spell out.

use super::lstm::LstmConfig;
use super::pool_score::PoolScore;
use super::proxy::ProxyConfig;
use super::schedule::Schedule;
use super::supernet::SuperNetConfig;
use crate::convert::to_f32;
use crate::generator::Improvement;
use crate::score::Measure;
use crate::space::{self, Explorer, Space, UnknownSpace, nasbench101};
use crate::train::{Recipe, recipe, recipe_names};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Everything that decides the course of a search.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Name of the search space.
    pub space: String,
    /// Dataset the reward is about.
    pub dataset: String,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// Seed of every random stream. TOML's numbers end at 2^63 - 1; larger seeds are written as text.
    #[serde(with = "seed_text")]
    pub seed: u64,
    /// Architectures evaluated a round (B).
    pub batch: usize,
    /// Whether it is measured how long the network of every evaluated architecture takes for an image.
    #[serde(default)]
    pub latency: bool,
    /// When to explore and how.
    pub explore: ExploreConfig,
    /// What the generator is taught with.
    pub replay: ReplayConfig,
    /// How the generator is taught.
    pub train: TrainConfig,
    /// Rules of the space nasbench101.
    #[serde(default)]
    pub nasbench101: NasBench101Config,
    /// Which generator, and its size.
    pub generator: GeneratorConfig,
    /// The generator `lstm`.
    #[serde(default)]
    pub lstm: LstmConfig,
    /// Which of the drawn graphs are evaluated.
    #[serde(default)]
    pub guide: GuideConfig,
    /// How children are trained where rewards come from training.
    #[serde(default)]
    pub oracle: OracleConfig,
    /// Rewards from cheaper networks.
    #[serde(default)]
    pub proxy: ProxyConfig,
    /// Rewards from weights that children share.
    #[serde(default)]
    pub supernet: SuperNetConfig,
    /// What an architecture may cost.
    #[serde(default)]
    pub limits: LimitsConfig,
}

/// The section `[oracle]`; used with `--data` and by the presets on the embedded images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OracleConfig {
    /// Channels of the first stage.
    pub channels: usize,
    /// Cells of a stage, or of the whole network where it has no stages.
    pub cells: usize,
    /// Name of the recipe.
    pub recipe: String,
    /// Epochs of a child; the recipe's schedule is fitted to them.
    pub epochs: usize,
    /// Images of a step.
    pub batch: usize,
    /// The highest learning rate.
    pub learning_rate: f64,
    /// Decay of an exponential moving average of the weights, which then are what is evaluated; 0 for none.
    pub average: f64,
    /// Ends a child after so many steps, where not 0.
    pub steps: u64,
    /// Ends a child after so many seconds, where not 0; the seed then no longer fixes the rewards.
    pub seconds: f64,
    /// Part of the training images that rewards are measured on.
    pub validation: f64,
    /// With 2 or more, one child in so many goes on after each look of a successive halving; 0 for none.
    pub halving: usize,
    /// Epochs before the first look of the halving.
    pub first_look: usize,
    /// Training images of the embedded data set.
    pub train_images: usize,
    /// Test images of the embedded data set.
    pub test_images: usize,
    /// Height that images are brought to, and width unless `resize_width` is another; 0 keeps their size.
    pub resize: usize,
    /// Width that images are brought to, where it is not the height; 0 for as wide as high.
    pub resize_width: usize,
}

impl Default for OracleConfig {
    fn default() -> Self {
        Self {
            channels: 8,
            cells: 1,
            recipe: "quick".into(),
            epochs: 3,
            batch: 64,
            learning_rate: 0.1,
            average: 0.0,
            steps: 0,
            seconds: 0.0,
            validation: 0.25,
            halving: 0,
            first_look: 1,
            train_images: 2000,
            test_images: 1000,
            resize: 0,
            resize_width: 0,
        }
    }
}

impl OracleConfig {
    /// A recipe with its batch size, learning rate, weight average and epochs.
    #[must_use]
    pub fn fitted(&self, mut recipe: Recipe) -> Recipe {
        recipe.batch = self.batch;
        recipe.rate.rate = self.learning_rate;
        if self.average > 0.0 {
            recipe.average = Some(to_f32(self.average));
        }
        recipe.with_epochs(self.epochs)
    }

    /// Height and width that images are brought to; none where they keep theirs.
    #[must_use]
    pub fn size(&self) -> Option<(usize, usize)> {
        match (self.resize, self.resize_width) {
            (0, 0) => None,
            (side, 0) | (0, side) => Some((side, side)),
            both => Some(both),
        }
    }
}

/// The section `[limits]`: architectures that cost more are rejected unseen; 0 stands for no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct LimitsConfig {
    /// Parameters.
    pub max_params: u64,
    /// Multiply-adds of one image.
    pub max_macs: u64,
    /// Bytes of memory of a training step at its peak.
    pub max_memory: u64,
}

/// The section `[explore]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExploreConfig {
    /// Probability of exploring by round.
    pub schedule: Schedule,
    /// The probability for `constant`, the number of rounds for `first`; unused by the others.
    pub value: f64,
    /// The fixed distribution drawn from.
    #[serde(with = "explorer_text")]
    pub explorer: Explorer,
    /// Graphs that are drawn in the beginning, of which those with the highest score are explored; 0 for every graph as it is
    /// drawn.
    #[serde(default)]
    pub pool: usize,
    /// The score of the pool, and of the generator `score`.
    #[serde(default)]
    pub score: PoolScore,
    /// Whether the generator learns the best tenth of the pool first, which evaluated graphs then replace one by one.
    #[serde(default)]
    pub warm_start: bool,
}

impl ExploreConfig {
    /// Graphs that are drawn to explore those with the highest score; 0 where nothing is scored.
    #[must_use]
    pub fn scored_pool(&self) -> usize {
        if self.score == PoolScore::None { 0 } else { self.pool }
    }
}

/// The section `[replay]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplayConfig {
    /// Size of the replay set (T).
    pub top: usize,
    /// Form of the training reward.
    pub reward: RewardKind,
    /// What the reward baseline is a mean of.
    #[serde(default)]
    pub baseline: BaselineKind,
    /// Decay of the reward baseline; 0 for none.
    pub baseline_decay: f64,
}

/// Form of the training reward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RewardKind {
    /// Rank from worst over size of the replay set.
    Cdf,
    /// The accuracy as a fraction.
    Accuracy,
}

/// What the reward baseline is an exponentially weighted mean of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BaselineKind {
    /// The mean training reward of the replay set, one step an update of the generator.
    #[default]
    ReplayMean,
    /// The mean reward, as a fraction, of the architectures that a round evaluated, one step a round, from 0; the authors'
    /// own, with decay 0.5 (docs/method.md section 3).
    BatchMean,
}

/// The section `[nasbench101]`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct NasBench101Config {
    /// What becomes of vertices on no path from input to output.
    pub dangling: Dangling,
}

/// What becomes of a NAS-Bench-101 graph with vertices on no path from input to output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Dangling {
    /// They are pruned, as the benchmark does.
    #[default]
    Prune,
    /// The graph is invalid, as in the authors' runs.
    Reject,
}

/// The section `[train]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrainConfig {
    /// Passes over the replay set in one lesson (E).
    pub epochs: usize,
    /// Graphs an optimizer step.
    pub batch: usize,
    /// Adam's learning rate.
    pub learning_rate: f64,
    /// Whether each lesson starts from new random weights.
    pub restart: bool,
}

/// The section `[generator]`; the sizes are those of docs/method.md section 2.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GeneratorConfig {
    /// `graphpnas`, `lstm`, `random`, `evolution`, `local-search`, `largest` or `score`.
    pub name: String,
    /// What `random` draws from, `evolution` its first population and `local-search` the starts of its climbs.
    #[serde(with = "explorer_text")]
    pub explorer: Explorer,
    /// Hidden size H.
    pub hidden: usize,
    /// Mixture components K.
    pub mixtures: usize,
    /// Message-passing layers.
    pub layers: usize,
    /// Hidden size of the attention network.
    pub attention_hidden: usize,
    /// One generator for each part of an architecture (a stage, a cell) instead of one for all.
    #[serde(default)]
    pub per_part: bool,
    /// Divides all logits when sampling.
    pub temperature: f64,
    /// What every attempt of a round after its fourth adds to the part of the decisions that is drawn uniformly.
    #[serde(default)]
    pub loosen: f64,
    /// Graphs alive in `evolution`.
    pub population: usize,
    /// Graphs of which `evolution` takes the best as a parent.
    pub sample: usize,
    /// When `local-search` moves on.
    pub improvement: Improvement,
}

/// The section `[guide]`: how to choose among drawn graphs ([`super::Guide`]).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct GuideConfig {
    /// New graphs drawn for each that is evaluated; with 1, as published, there is nothing to choose and no guide.
    pub candidates: usize,
    /// Standard deviations added to the expected reward: 0 trusts the guide, more tries what it knows little about.
    pub confidence: f64,
    /// The similarity of two graphs is exp(-decay * number of differences).
    pub decay: f64,
    /// Variance of what the process does not explain, where the variance of all rewards is 1; noise that is measured (`proxy.repeats`)
    /// is added.
    pub noise: f64,
    /// What is known of an architecture beside its graph.
    pub prior: Prior,
    /// What the graphs are drawn from.
    pub source: CandidateSource,
}

/// What the guide knows of an architecture before it is evaluated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Prior {
    /// Nothing.
    #[default]
    None,
    /// Its structural measures ([`crate::score::FEATURES`]), whose weights are learnt from the rewards.
    Structure,
}

/// What the guide chooses from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CandidateSource {
    /// The generator's draws.
    #[default]
    Generator,
    /// A tenth from the generator, the neighbours of the best graphs so far, and uniform draws for the rest.
    Mixed,
}

impl Default for GuideConfig {
    /// The published procedure, which has no guide.
    fn default() -> Self {
        Self {
            candidates: 1,
            confidence: 2.0,
            decay: 0.3,
            noise: 0.01,
            prior: Prior::None,
            source: CandidateSource::Generator,
        }
    }
}

/// Names of the generators there are.
pub(super) const GENERATORS: [&str; 7] = ["graphpnas", "lstm", "random", "evolution", "local-search", LARGEST, SCORE];

/// The generator that evaluates the networks with the most multiply-adds first.
pub const LARGEST: &str = "largest";

/// The generator that evaluates the networks with the highest score first.
pub const SCORE: &str = "score";

/// Of the networks that these two order at most so many for each evaluation, to spare for those that a table lacks or limits turn
/// away.
pub const LISTED_EACH: usize = 20;

/// Whether a generator explores by itself, untaught.
#[must_use]
pub fn explores_itself(generator: &str) -> bool {
    !["graphpnas", "lstm"].contains(&generator)
}

/// What goes with a generator that a flag asks for: rounds of another explorer before one that explores by itself would blur a
/// comparison, unless they are those of a scored pool, which is the same for all; and a list has an order of its own.
#[must_use]
pub fn implied(generator: &str, explores_pool: bool) -> &'static [(&'static str, &'static str)] {
    const NO_EXPLORATION: (&str, &str) = ("explore.schedule", "none");
    match generator {
        LARGEST | SCORE => &[NO_EXPLORATION, ("guide.candidates", "1")],
        _ if explores_itself(generator) && !explores_pool => &[NO_EXPLORATION],
        _ => &[],
    }
}

/// A key and what is wrong with its value.
pub(super) type Complaint = (&'static str, String);

impl LimitsConfig {
    /// The keys of the limits that are set.
    #[must_use]
    pub fn keys(&self) -> Vec<&'static str> {
        let all = [
            ("limits.max_params", self.max_params),
            ("limits.max_macs", self.max_macs),
            ("limits.max_memory", self.max_memory),
        ];
        all.into_iter().filter(|(_, limit)| *limit > 0).map(|(key, _)| key).collect()
    }
}

impl Config {
    /// The configuration as TOML text that reads back to the same configuration.
    ///
    /// # Errors
    /// When a number does not fit TOML, which a checked configuration rules out.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// Whether it asks for what is known of networks from their structure.
    #[must_use]
    pub fn needs_structure(&self) -> bool {
        (self.guide.prior == Prior::Structure && self.guide.candidates > 1) || self.generator.name == LARGEST
    }

    /// The graphs that are drawn in the beginning to explore those with the highest score; 0 for none.
    #[must_use]
    pub fn pool(&self) -> usize {
        self.explore.scored_pool()
    }

    /// What architectures are scored by, where the configuration asks for it.
    #[must_use]
    pub fn pool_measure(&self) -> Option<Measure> {
        let asks = self.pool() > 0 || self.generator.name == SCORE;
        asks.then(|| self.explore.score.measure()).flatten()
    }

    /// The space it names, under its rules.
    ///
    /// # Errors
    /// A name that no space has.
    pub fn search_space(&self) -> Result<Arc<dyn Space>, UnknownSpace> {
        match (self.space.as_str(), self.nasbench101.dangling) {
            (nasbench101::NAME, Dangling::Reject) => Ok(Arc::new(nasbench101::Strict)),
            (name, _) => space::by_name(name),
        }
    }

    /// The explorers it names, with their keys.
    pub(super) fn explorers(&self) -> [(&'static str, Explorer); 2] {
        [("explore.explorer", self.explore.explorer), ("generator.explorer", self.generator.explorer)]
    }

    /// The first value that does not suit the others; the range of each for itself is in [`crate::bounds`].
    pub(super) fn complaint(&self) -> Option<Complaint> {
        self.unknown_name()
            .or_else(|| self.unfit())
            .or_else(|| self.supernet.complaint(&self.space))
            .or_else(|| self.proxy.complaint(self.supernet.enabled, self.replay.reward))
    }

    fn unknown_name(&self) -> Option<Complaint> {
        if self.dataset.chars().any(char::is_control) {
            return Some(("dataset", format!("must be one line, not {:?}", self.dataset)));
        }
        if recipe(&self.oracle.recipe).is_none() {
            return Some(("oracle.recipe", format!("must be one of {}, not '{}'", recipe_names(), self.oracle.recipe)));
        }
        if !GENERATORS.contains(&self.generator.name.as_str()) {
            let known = GENERATORS.join(", ");
            return Some(("generator.name", format!("must be one of {known}, not '{}'", self.generator.name)));
        }
        None
    }

    fn unfit(&self) -> Option<Complaint> {
        if let Some(must) = self.explore.schedule.complaint(self.explore.value) {
            return Some(("explore.value", format!("{must}, not {}", self.explore.value)));
        }
        if self.generator.name == SCORE && self.explore.score == PoolScore::None {
            return Some(("explore.score", "must be auto or a score with the generator score, not none".into()));
        }
        if [LARGEST, SCORE].contains(&self.generator.name.as_str()) && self.guide.candidates > 1 {
            let text = format!("must be 1 with the generator {}, which has an order of its own", self.generator.name);
            return Some(("guide.candidates", text));
        }
        self.halving_complaint()
    }

    fn halving_complaint(&self) -> Option<Complaint> {
        if self.oracle.halving > 1 && (self.proxy.enabled || self.supernet.enabled) {
            let text = "must be 0 with proxy.enabled or supernet.enabled, whose rewards come from elsewhere";
            return Some(("oracle.halving", text.into()));
        }
        (self.oracle.halving == 1).then(|| ("oracle.halving", "must be 0 for none or 2 to 1000, not 1".into()))
    }
}

/// Seeds up to 2^63 - 1 are numbers, larger ones text.
mod seed_text {
    use serde::{Deserializer, Serializer, de};

    pub(super) fn serialize<S: Serializer>(seed: &u64, to: S) -> Result<S::Ok, S::Error> {
        if i64::try_from(*seed).is_ok() { to.serialize_u64(*seed) } else { to.collect_str(seed) }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
        from.deserialize_any(Seed)
    }

    struct Seed;

    impl de::Visitor<'_> for Seed {
        type Value = u64;

        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("a seed, 0 to 18446744073709551615, in quotes above 9223372036854775807")
        }

        fn visit_u64<E: de::Error>(self, seed: u64) -> Result<u64, E> {
            Ok(seed)
        }

        fn visit_i64<E: de::Error>(self, seed: i64) -> Result<u64, E> {
            u64::try_from(seed).map_err(|_| E::invalid_value(de::Unexpected::Signed(seed), &self))
        }

        fn visit_str<E: de::Error>(self, seed: &str) -> Result<u64, E> {
            seed.parse().map_err(|_| E::invalid_value(de::Unexpected::Str(seed), &self))
        }
    }
}

/// Explorers are spelled as text ("uniform", "erdos-renyi:0.25").
mod explorer_text {
    use crate::space::Explorer;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(explorer: &Explorer, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(explorer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Explorer, D::Error> {
        String::deserialize(from)?.parse().map_err(D::Error::custom)
    }
}
