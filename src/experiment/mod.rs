//! Runs a search from a configuration: opens the reward source, builds generator and evaluators, checks the memory, and
//! saves the run to a folder if requested. The command line adds flags and output.

mod error;
mod evaluators;
#[cfg(feature = "runs")]
mod folder;
mod generator;
mod images;
#[cfg(feature = "runs")]
mod report;
mod rewards;
mod scoring;
mod search;
mod several;

pub use error::ExperimentError;
pub use evaluators::Evaluators;
#[cfg(feature = "cli")]
pub(crate) use folder::absolute;
#[cfg(feature = "runs")]
pub use folder::config_of;
pub use images::{EMBEDDED, OWN_IMAGES, images, log_reduced, log_remarks, matching};
#[cfg(feature = "runs")]
pub use report::{REPORT, report};
pub use rewards::{BUILT_IN, NewEvaluator, Rewards, default_table, sheet};
pub use scoring::{Built, Scoring};
pub use search::{NewGenerator, PreparedSearch, Search};
pub use several::Several;
