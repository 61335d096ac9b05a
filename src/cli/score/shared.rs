//! Adds accuracy and loss with the shared weights of a run to the scores.

use super::subjects::Subject;
use crate::cli::error::CliError;
use crate::cli::output;
use crate::data::{Dataset, Fingerprint};
use crate::device::Device;
use crate::evaluate::{RewardSource, SharingSchedule};
use crate::experiment::{EMBEDDED, Rewards, config_of};
use crate::run::{self, Command};
use crate::score::{Measure, Scores};
use crate::shown::Show;
use crate::space::{self, Space};
use crate::train::Silent;
use std::path::Path;
use std::sync::Arc;

/// The added measures.
pub(super) const MEASURED: [Measure; 2] = [Measure::SharedAccuracy, Measure::SharedLoss];

/// The shared weights of a run, evaluated on its held-out images.
pub(super) struct Inherited<'a> {
    folder: &'a Path,
    evaluator: RewardSource,
    /// Fingerprint of its training images; `None` for the built-in ones.
    images: Option<Fingerprint>,
}

impl<'a> Inherited<'a> {
    /// Opens the shared weights of a run.
    ///
    /// # Errors
    /// If the run has none, or belongs to another space.
    pub fn open(folder: &'a Path, space: &Arc<dyn Space>, device: &Device) -> Result<Self, CliError> {
        let invalid = |why: &str| CliError::Usage(format!("--shared {}: {why}", folder.shown()));
        let known = run::checked_origin(folder)?;
        let config = config_of(folder)?;
        if !config.supernet.enabled || config.supernet.schedule != SharingSchedule::TwoStage {
            return Err(invalid(
                "the run must have trained shared weights before the search (supernet.enabled=true and \
                 supernet.schedule=two-stage)",
            ));
        }
        if config.space != space.reference() {
            let own = space::name_of(&config.space);
            return Err(invalid(&format!("its space is {own}, not {}", space.name())));
        }
        let data = Command::read(folder)?.data;
        let rewards = Rewards::open(&config, None, data.as_deref())?;
        let rewards = rewards.matching(known.as_ref().and_then(|known| known.sources.data.as_ref()))?;
        let mut evaluator = rewards.evaluators(&config, space, device, Silent)?.rewards;
        let state = run::shared_weights(folder)?
            .ok_or_else(|| invalid("it has no checkpoint yet; resume it with graphpnas search --resume"))?;
        let restored = evaluator.supernet().map(|supernet| supernet.restore(&state));
        restored.transpose().map_err(|error| failed(folder, &error))?;
        let built_in = data.is_none_or(|data| data == Path::new(EMBEDDED));
        let images = if built_in { None } else { rewards.sources().data };
        Ok(Self { folder, evaluator, images })
    }

    /// Prints a note if the other scores are measured on different images, given by `path`.
    pub fn note_other_images(&self, path: &Path, data: &Dataset) {
        let differ = match &self.images {
            Some(known) => *known != data.fingerprint(),
            None => path != Path::new(EMBEDDED),
        };
        if differ {
            output::note(&format!(
                "note: accuracy and loss with shared weights use the images of {}, the other scores those of --data",
                self.folder.shown()
            ));
        }
    }

    /// Adds accuracy and negative loss of every architecture. The loss is negated because higher scores must be better.
    pub fn add(&mut self, subjects: &[Subject], scores: &mut [Scores], progress: impl Fn()) -> Result<(), CliError> {
        let Some(supernet) = self.evaluator.supernet() else { return Ok(()) };
        for (subject, scores) in subjects.iter().zip(scores) {
            let score = supernet.score(&subject.graph).map_err(|error| failed(self.folder, &error))?;
            scores.extend([(Measure::SharedAccuracy, score.accuracy), (Measure::SharedLoss, -score.loss)]);
            progress();
        }
        Ok(())
    }
}

fn failed(folder: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::Failed(format!("{}: {error}", folder.shown()))
}
