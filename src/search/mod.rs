//! The search loop: explore or propose, evaluate, update the replay set, train the generator (docs/method.md section
//! 3).

mod candidates;
mod compare;
mod config;
mod confirmation;
mod distribution;
mod error;
mod evaluate;
mod final_training;
mod guide;
mod limits;
mod memory_needs;
mod observer;
mod outcome;
mod replay;
mod replay_rescore;
mod reward_noise;
mod run;
mod seeds;
mod state;
mod streams;
mod supernet;
mod trial;

pub use crate::evaluate::{Goal, RewardConfig};
pub use crate::train::Silent;
pub use compare::{Arm, ArmSummary, Comparison, Point};
pub use config::{
    BaselineKind, CandidateSource, Config, ConfigError, Dangling, ExploreConfig, ExploreSchedule, Flag, GuideConfig,
    Layers, LimitsConfig, NasBench101Config, PRESETS, PoolScore, Preset, Prior, ReplayConfig, Request, RewardKind,
    added_keys, current_key, implied,
};
pub use confirmation::{Confirmation, Finalist};
pub use distribution::{Distribution, Likely};
pub use error::SearchError;
pub use guide::{Guide, Posterior, Surrogate};
pub use limits::{CostLimits, Sizing};
pub use memory_needs::{AvailableMemory, MemoryError, MemoryNeed, memory_needs};
pub use observer::{Observer, Round};
pub use outcome::{Best, Outcome, Rejected, Seconds, TrialRecord};
pub use replay::{Baseline, Replay};
pub use run::SearchLoop;
pub use seeds::{MeanStd, Seeds, SeedsError, Summary, repeat};
pub use state::Snapshot;
pub use streams::first_weights;
pub use supernet::{SharedOutcome, SharedRound, TrainedChild};
pub use trial::{ProposalSource, Trial, TrialEnd, TrialResult};
