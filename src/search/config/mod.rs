//! The configuration of a search, set by presets, files, flags and `--set`.

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
pub use names::{added_keys, current_key};
pub use nasbench101::{Dangling, NasBench101Config};
pub use pool_score::PoolScore;
pub use preset::{PRESETS, Preset};
pub use replay::{BaselineKind, ReplayConfig, RewardKind};
pub use schedule::ExploreSchedule;

use crate::device::Device;
use crate::evaluate::{OracleConfig, ProxyConfig, RewardConfig, SuperNetConfig};
use crate::generator::lstm::LstmConfig;
use crate::generator::{GeneratorConfig, GeneratorSetup, Order, PolicyUpdateConfig, generator_kind};
use crate::score::Measure;
use crate::space::{self, Explorer, FileSpace, Space, SpaceError};
use documented::DocumentedFields;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use text::seed_text;

/// All settings of a search. `config init` writes the documentation of each field above its key.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, DocumentedFields)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// Search space: nasbench101, nasbench201, enas, darts or randwire.
    pub space: String,
    /// Data set of the rewards: its name in the table, the column of the table, or the name of the images.
    pub dataset: String,
    /// Budget: distinct architectures to evaluate.
    pub evaluations: usize,
    /// Seed of all random streams.
    #[serde(with = "seed_text")]
    pub seed: u64,
    /// Architectures evaluated per round.
    pub batch: usize,
    /// Whether to measure the latency of every architecture for a single image on the device.
    pub latency: bool,
    /// Rewards: their unit, and which of them are best.
    pub reward: RewardConfig,
    /// Exploration: when to draw from a random distribution instead of the generator.
    pub explore: ExploreConfig,
    /// Replay set: the best graphs so far, on which the generator is trained.
    pub replay: ReplayConfig,
    /// Training of the generator.
    pub train: PolicyUpdateConfig,
    /// Rules of the space nasbench101.
    pub nasbench101: NasBench101Config,
    /// Generator, which proposes architectures.
    pub generator: GeneratorConfig,
    /// Settings of the generator lstm.
    pub lstm: LstmConfig,
    /// Surrogate guide: a Gaussian process that chooses which of the drawn graphs are evaluated.
    pub guide: GuideConfig,
    /// Training of architectures, if rewards come from images (search --data).
    pub oracle: OracleConfig,
    /// Proxy rewards, from cheaper networks than those of `[oracle]` on smaller images.
    pub proxy: ProxyConfig,
    /// Rewards from weights that all architectures share; for images, not in the space randwire.
    pub supernet: SuperNetConfig,
    /// Cost limits: architectures over a limit are rejected before the evaluation.
    pub limits: LimitsConfig,
}

impl Default for Config {
    /// The published procedure on the built-in table of NAS-Bench-201; presets override it.
    fn default() -> Self {
        Self {
            space: space::nasbench201::NAME.into(),
            dataset: "cifar10".into(),
            evaluations: 100,
            seed: 1,
            batch: 1,
            latency: false,
            reward: RewardConfig::default(),
            explore: ExploreConfig::default(),
            replay: ReplayConfig::default(),
            train: PolicyUpdateConfig::default(),
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
    /// Serialises the configuration as TOML, without loss.
    ///
    /// # Errors
    /// A number cannot be represented in TOML, which does not occur in a checked configuration.
    pub fn to_toml(&self) -> Result<String, toml::ser::Error> {
        toml::to_string(self)
    }

    /// Whether the search needs the structural features of networks.
    #[must_use]
    pub fn needs_structure(&self) -> bool {
        (self.guide.prior == Prior::Structure && self.guide.candidates > 1) || self.list_order() == Some(Order::Size)
    }

    /// Returns the order of the generator's list, if it proposes a list.
    #[must_use]
    pub fn list_order(&self) -> Option<Order> {
        generator_kind(&self.generator.name)?.order
    }

    /// Whether the generator learns a distribution.
    #[must_use]
    pub fn learns(&self) -> bool {
        generator_kind(&self.generator.name).is_some_and(|kind| kind.learned)
    }

    /// Returns the inputs for building the generator.
    #[must_use]
    pub fn generator_setup<'a>(&'a self, space: &'a Arc<dyn Space>, device: &'a Device) -> GeneratorSetup<'a> {
        GeneratorSetup {
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

    /// Size of the scored exploration pool; 0 for none.
    #[must_use]
    pub fn pool(&self) -> usize {
        self.explore.scored_pool()
    }

    /// Returns the measure that scores architectures, if the search needs scores.
    #[must_use]
    pub fn pool_measure(&self) -> Option<Measure> {
        let asks = self.pool() > 0 || self.list_order() == Some(Order::Score);
        asks.then(|| self.explore.score.measure()).flatten()
    }

    /// Returns the configured space.
    ///
    /// # Errors
    /// The space is unknown.
    pub fn search_space(&self) -> Result<Arc<dyn Space>, SpaceError> {
        match (self.space.as_str(), self.nasbench101.dangling) {
            (space::nasbench101::NAME, Dangling::Reject) => {
                let space = space::open_file(&self.space)?;
                Ok(Arc::new(FileSpace::clone(&space).rejecting_dangling()))
            }
            (name, _) => space::open(name),
        }
    }

    /// Returns the configured random distributions with their keys.
    fn explorers(&self) -> [(&'static str, Explorer); 2] {
        [("explore.explorer", self.explore.explorer), ("generator.explorer", self.generator.explorer)]
    }
}
