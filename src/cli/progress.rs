//! The progress line of a search on stderr: evaluations done, best reward, training speed, remaining time. Shown only on a
//! terminal.

use super::interrupt::Interrupt;
use super::output;
use crate::generator::PolicyUpdate;
use crate::search::{Best, Observer, RewardConfig, TrialRecord};
use crate::train::{Score, Watcher};
use indicatif::ProgressBar;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Minimum period over which images per second are averaged.
const WINDOW: Duration = Duration::from_secs(1);

/// A progress line shared by parallel runs.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    /// The best reward of all runs.
    best: Arc<Mutex<Option<f64>>>,
    reward: RewardConfig,
    interrupt: Interrupt,
    /// Evaluations of this run that the line already includes.
    shown: usize,
    rate: Rate,
}

/// Measures training speed in images per second.
#[derive(Clone)]
struct Rate {
    since: Instant,
    images: usize,
    /// Speed in the last complete window.
    known: Option<f64>,
}

impl Rate {
    fn add(&mut self, images: usize) {
        self.images += images;
        let elapsed = self.since.elapsed();
        if elapsed >= WINDOW {
            self.known = Some(self.images as f64 / elapsed.as_secs_f64());
            (self.since, self.images) = (Instant::now(), 0);
        }
    }
}

impl Progress {
    /// Creates a line for `total` evaluations over all runs, which stop after a signal.
    pub(super) fn new(total: usize, reward: RewardConfig, interrupt: Interrupt) -> Self {
        let bar = output::bar(total as u64, "{bar:30} {pos}/{len} evaluations, best {msg}{prefix}{left}");
        bar.set_message("-");
        let rate = Rate { since: Instant::now(), images: 0, known: None };
        Self { bar, best: Arc::default(), reward, interrupt, shown: 0, rate }
    }

    /// Removes the line before results or errors are printed.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Adds the run's evaluations up to this one. Evaluations of an earlier process take no time, so they reset the estimate
    /// of the remaining time.
    fn count(&mut self, evaluation: usize) {
        let new = evaluation.saturating_sub(self.shown);
        self.shown = evaluation;
        self.bar.inc(new as u64);
        if new > 1 {
            self.bar.reset_eta();
        }
    }

    /// Prints a detail above the line.
    fn detail(&self, text: impl FnOnce() -> String) {
        self.bar.suspend(|| output::detail(text));
    }
}

/// Shows the training of the current network.
impl Watcher for Progress {
    fn step_finished(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        self.rate.add(images);
        let rate = self.rate.known.map_or_else(String::new, |rate| format!(", {rate:.0} images/s"));
        self.bar.set_prefix(format!(", training in epoch {epoch}, step {step}: {:.1} %{rate}", score.accuracy));
    }

    fn stop(&mut self) -> bool {
        self.interrupt.received()
    }
}

impl Observer for Progress {
    fn evaluated(&mut self, record: &TrialRecord, best: &Best) {
        self.count(record.evaluation);
        let mut shown = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if shown.is_none_or(|shown| self.reward.goal.is_better(best.reward, shown)) {
            *shown = Some(best.reward);
            self.bar.set_message(self.reward.shown(best.reward));
        }
        self.detail(|| {
            let TrialRecord { evaluation, arch, reward, .. } = record;
            let [reward, best] = [*reward, best.reward].map(|value| self.reward.shown(value));
            format!("evaluation {evaluation}: {reward}, best {best}, {arch}")
        });
    }

    fn warns(&mut self, warning: &str) {
        self.bar.suspend(|| output::note(&format!("warning: {warning}")));
    }

    fn generator_updated(&mut self, round: u64, update: &PolicyUpdate) {
        self.detail(|| {
            let PolicyUpdate { steps, first_loss, last_loss } = update;
            format!("before round {round}: {steps} steps of the generator, loss {first_loss:.4} to {last_loss:.4}")
        });
    }

    fn stop(&mut self) -> bool {
        self.interrupt.received()
    }
}
