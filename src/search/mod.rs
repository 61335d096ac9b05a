//! The search: explore, propose, evaluate, remember, learn (docs/method.md section 3).

mod admit;
mod compare;
mod config;
mod confirm;
mod course;
mod distribution;
mod error;
mod evidence;
mod explained;
mod gather;
mod guide;
mod layers;
mod limits;
mod lstm;
mod needs;
mod noise;
mod observer;
mod outcome;
mod pool_score;
mod preset;
mod proxy;
mod replay;
mod run;
mod schedule;
mod several;
mod shared;
mod shared_end;
mod streams;
mod supernet;
mod trial;

pub use compare::{Arm, ArmSummary, Comparison, Point};
pub use config::{
    BaselineKind, CandidateSource, Config, Dangling, ExploreConfig, GeneratorConfig, GuideConfig, LARGEST, LISTED_EACH,
    LimitsConfig, NasBench101Config, OracleConfig, Prior, ReplayConfig, RewardKind, SCORE, TrainConfig,
    explores_itself, implied,
};
pub use confirm::{Confirmation, Finalist};
pub use course::Snapshot;
pub use distribution::{Distribution, Likely};
pub use error::SearchError;
pub use guide::{Belief, Guide, Surrogate};
pub use layers::{ConfigError, Layers, Request};
pub use limits::{CostLimits, Sizing};
pub use lstm::LstmConfig;
pub use needs::{Need, NeedError, Room, needs};
pub use observer::{Observer, Round, Silent};
pub use outcome::{Best, Outcome, Record, Rejected, Seconds};
pub use pool_score::PoolScore;
pub use preset::{PRESETS, Preset};
pub use proxy::ProxyConfig;
pub use replay::{Baseline, Replay};
pub use run::SearchLoop;
pub use schedule::Schedule;
pub use several::{Seeds, SeedsError, Spread, Summary, repeat};
pub use shared::{SharedOutcome, SharedRound, TrainedChild};
pub use streams::first_weights;
pub use supernet::SuperNetConfig;
pub use trial::{Answer, Ended, Source, Trial};
