//! The configuration of a search: what the presets, files and `--set` spell out.

mod checks;
mod documentation;
mod error;
mod explore;
mod flags;
mod guide;
mod layers;
mod limits;
mod names;
mod nasbench101;
mod pool_score;
mod preset;
mod replay;
mod schedule;
mod text;

pub use error::ConfigError;
pub use explore::ExploreConfig;
pub use flags::{Flag, implied};
pub use guide::{CandidateSource, GuideConfig, Prior};
pub use layers::{Layers, Request};
pub use limits::LimitsConfig;
pub use nasbench101::{Dangling, NasBench101Config};
pub use pool_score::PoolScore;
pub use preset::{PRESETS, Preset};
pub use replay::{BaselineKind, ReplayConfig, RewardKind};
pub use schedule::ExploreSchedule;

use crate::device::Device;
use crate::evaluate::{OracleConfig, ProxyConfig, SuperNetConfig};
use crate::generator::lstm::LstmConfig;
use crate::generator::{GeneratorConfig, Order, Setup, TrainConfig, generator_kind};
use crate::score::Measure;
use crate::space::{self, Explorer, Space, UnknownSpace};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use text::seed_text;

/// Everything that decides how a search proceeds. A field's documentation is what `config init` writes beside its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Search space: nasbench101, nasbench201, enas, darts or randwire.
    pub space: String,
    /// Data set the reward is about; what a table calls it, or the name of the images.
    pub dataset: String,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// Seed of every random stream.
    #[serde(with = "seed_text")]
    pub seed: u64,
    /// Architectures evaluated a round.
    pub batch: usize,
    /// Whether to measure on the device how long the network of every architecture takes for an image.
    pub latency: bool,
    /// When to draw from a fixed distribution instead of the generator.
    pub explore: ExploreConfig,
    /// What the generator is trained with: the best graphs so far.
    pub replay: ReplayConfig,
    /// How the generator is trained.
    pub train: TrainConfig,
    /// Rules of the space nasbench101.
    pub nasbench101: NasBench101Config,
    /// What proposes architectures.
    pub generator: GeneratorConfig,
    /// The generator lstm.
    pub lstm: LstmConfig,
    /// A Gaussian process that chooses which of the drawn graphs are evaluated.
    pub guide: GuideConfig,
    /// How architectures are trained where rewards come from training (search --data).
    pub oracle: OracleConfig,
    /// Rewards from cheaper networks than those of `[oracle]`, on smaller images.
    pub proxy: ProxyConfig,
    /// Rewards from weights that all architectures share, on images; not in the space randwire.
    pub supernet: SuperNetConfig,
    /// Architectures that cost more are rejected unseen; 0 for no limit.
    pub limits: LimitsConfig,
}

impl Default for Config {
    /// The published procedure on the built-in table of NAS-Bench-201; presets say what is different.
    fn default() -> Self {
        Self {
            space: space::nasbench201::NAME.into(),
            dataset: "cifar10".into(),
            evaluations: 100,
            seed: 1,
            batch: 1,
            latency: false,
            explore: ExploreConfig::default(),
            replay: ReplayConfig::default(),
            train: TrainConfig::default(),
            nasbench101: NasBench101Config::default(),
            generator: GeneratorConfig::default(),
            lstm: LstmConfig::default(),
            guide: GuideConfig::default(),
            oracle: OracleConfig::default(),
            proxy: ProxyConfig::default(),
            supernet: SuperNetConfig::default(),
            limits: LimitsConfig::default(),
        }
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
        (self.guide.prior == Prior::Structure && self.guide.candidates > 1) || self.list_order() == Some(Order::Size)
    }

    /// What orders the list of its generator, where that proposes one.
    #[must_use]
    pub fn list_order(&self) -> Option<Order> {
        generator_kind(&self.generator.name)?.order
    }

    /// Whether its generator learns a distribution.
    #[must_use]
    pub fn learns(&self) -> bool {
        generator_kind(&self.generator.name).is_some_and(|kind| kind.learned)
    }

    /// What its generator is built from.
    #[must_use]
    pub fn generator_setup<'a>(&'a self, space: &'a Arc<dyn Space>, device: &'a Device) -> Setup<'a> {
        Setup {
            space,
            generator: &self.generator,
            train: &self.train,
            lstm: &self.lstm,
            batch: self.batch,
            evaluations: self.evaluations,
            device,
            list: Vec::new(),
        }
    }

    /// The graphs that are drawn in the beginning to explore those with the highest score; 0 for none.
    #[must_use]
    pub fn pool(&self) -> usize {
        self.explore.scored_pool()
    }

    /// What architectures are scored by, where the configuration asks for it.
    #[must_use]
    pub fn pool_measure(&self) -> Option<Measure> {
        let asks = self.pool() > 0 || self.list_order() == Some(Order::Score);
        asks.then(|| self.explore.score.measure()).flatten()
    }

    /// The space it names, under its rules.
    ///
    /// # Errors
    /// A name that no space has.
    pub fn search_space(&self) -> Result<Arc<dyn Space>, UnknownSpace> {
        match (self.space.as_str(), self.nasbench101.dangling) {
            (space::nasbench101::NAME, Dangling::Reject) => Ok(Arc::new(space::nasbench101::Strict)),
            (name, _) => space::by_name(name),
        }
    }

    /// The explorers it names, with their keys.
    fn explorers(&self) -> [(&'static str, Explorer); 2] {
        [("explore.explorer", self.explore.explorer), ("generator.explorer", self.generator.explorer)]
    }
}
