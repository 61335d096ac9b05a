//! The search: explore, propose, evaluate, remember, learn (docs/method.md section 3).

mod admit;
mod compare;
mod config;
mod confirm;
mod distribution;
mod error;
mod evidence;
mod gather;
mod guide;
mod limits;
mod needs;
mod noise;
mod observer;
mod outcome;
mod replay;
mod run;
mod several;
mod shared;
mod shared_end;
mod state;
mod streams;
mod trial;

pub use compare::{Arm, ArmSummary, Comparison, Point};
pub use config::{
    BaselineKind, CandidateSource, Config, ConfigError, Dangling, ExploreConfig, ExploreSchedule, Flag, GuideConfig,
    Layers, LimitsConfig, NasBench101Config, PRESETS, PoolScore, Preset, Prior, ReplayConfig, Request, RewardKind,
    implied,
};
pub use confirm::{Confirmation, Finalist};
pub use distribution::{Distribution, Likely};
pub use error::SearchError;
pub use guide::{Guide, Posterior, Surrogate};
pub use limits::{CostLimits, Sizing};
pub use needs::{AvailableMemory, Need, NeedError, needs};
pub use observer::{Observer, Round, Silent};
pub use outcome::{Best, Outcome, Rejected, Seconds, TrialRecord};
pub use replay::{Baseline, Replay};
pub use run::SearchLoop;
pub use several::{MeanStd, Seeds, SeedsError, Summary, repeat};
pub use shared::{SharedOutcome, SharedRound, TrainedChild};
pub use state::Snapshot;
pub use streams::first_weights;
pub use trial::{Answer, Ended, ProposalSource, Trial};
