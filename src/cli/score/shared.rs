//! Accuracy and loss of architectures that inherit the shared weights of a run, beside their scores.

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
use crate::space::Space;
use crate::train::Silent;
use std::path::Path;
use std::sync::Arc;

/// What is added.
pub(super) const MEASURED: [Measure; 2] = [Measure::SharedAccuracy, Measure::SharedLoss];

/// The shared weights of a run, on the images that it holds out.
pub(super) struct Inherited<'a> {
    folder: &'a Path,
    evaluator: RewardSource,
    /// The images that it has been trained on; none where they are the built-in ones.
    images: Option<Fingerprint>,
}

impl<'a> Inherited<'a> {
    /// Refuses a run without such weights before anything is scored.
    pub fn open(folder: &'a Path, space: &Arc<dyn Space>, device: &Device) -> Result<Self, CliError> {
        let refused = |why: &str| CliError::Usage(format!("--shared {}: {why}", folder.shown()));
        let known = run::unchanged(folder)?;
        let config = config_of(folder)?;
        if !config.supernet.enabled || config.supernet.schedule != SharingSchedule::TwoStage {
            return Err(refused(
                "only a run whose shared weights were trained before the search has such weights (supernet.enabled=true and \
                 supernet.schedule=two-stage)",
            ));
        }
        if config.space != space.name() {
            return Err(refused(&format!("its space is {}, not {}", config.space, space.name())));
        }
        let data = Command::read(folder)?.data;
        let rewards = Rewards::open(&config, None, data.as_deref())?;
        let rewards = rewards.matching(known.as_ref().and_then(|known| known.sources.data.as_ref()))?;
        let mut evaluator = rewards.evaluators(&config, space, device, Silent)?.rewards;
        let state = run::shared_weights(folder)?
            .ok_or_else(|| refused("it has no checkpoint yet; go on with it: graphpnas search --resume"))?;
        let restored = evaluator.supernet().map(|supernet| supernet.restore(&state));
        restored.transpose().map_err(|error| failed(folder, &error))?;
        let built_in = data.is_none_or(|data| data == Path::new(EMBEDDED));
        let images = if built_in { None } else { rewards.sources().data };
        Ok(Self { folder, evaluator, images })
    }

    /// What is said where other scores are measured on other images, which lie at `path`.
    pub fn tell_other_images(&self, path: &Path, data: &Dataset) {
        let others = match &self.images {
            Some(known) => *known != data.fingerprint(),
            None => path != Path::new(EMBEDDED),
        };
        if others {
            output::note(&format!(
                "note: accuracy and loss with shared weights are those on the images of {}, other scores those on --data",
                self.folder.shown()
            ));
        }
    }

    /// Adds accuracy and negative loss of every architecture: a small loss is good, and the order of a score is that of goodness.
    pub fn add(&mut self, subjects: &[Subject], scores: &mut [Scores], told: impl Fn()) -> Result<(), CliError> {
        let Some(supernet) = self.evaluator.supernet() else { return Ok(()) };
        for (subject, scores) in subjects.iter().zip(scores) {
            let score = supernet.score(&subject.graph).map_err(|error| failed(self.folder, &error))?;
            scores.extend([(Measure::SharedAccuracy, score.accuracy), (Measure::SharedLoss, -score.loss)]);
            told();
        }
        Ok(())
    }
}

fn failed(folder: &Path, error: &dyn std::fmt::Display) -> CliError {
    CliError::Failed(format!("{}: {error}", folder.shown()))
}
