//! The progress line on stderr: evaluations done, best so far, images a second where networks are trained, time left. Only on
//! a terminal.

use super::interrupt::Interrupt;
use super::output;
use crate::generator::PolicyUpdate;
use crate::search::{Best, Observer, Record};
use crate::train::{Score, Watcher};
use indicatif::ProgressBar;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Images a second are those of so long a time at least.
const WINDOW: Duration = Duration::from_secs(1);

/// A progress line that parallel runs share.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    best: Arc<Mutex<f64>>,
    interrupt: Interrupt,
    /// Evaluations of this run that the line shows already.
    shown: usize,
    rate: Rate,
}

/// How many images a second are trained on.
#[derive(Clone)]
struct Rate {
    since: Instant,
    images: usize,
    /// Of the last window.
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
    /// A line for `total` evaluations over all runs, which stop when a signal comes.
    pub(super) fn new(total: usize, interrupt: Interrupt) -> Self {
        let bar = output::bar(total as u64, "{bar:30} {pos}/{len} evaluations, best {msg}{prefix}{left}");
        bar.set_message("-");
        let rate = Rate { since: Instant::now(), images: 0, known: None };
        Self { bar, best: Arc::new(Mutex::new(f64::NEG_INFINITY)), interrupt, shown: 0, rate }
    }

    /// Removes the line, so that results and errors stand alone.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Shows the evaluations of the run up to this one. Those that an earlier process did take no time, and say nothing of the
    /// time that is left.
    fn count(&mut self, evaluation: usize) {
        let new = evaluation.saturating_sub(self.shown);
        self.shown = evaluation;
        self.bar.inc(new as u64);
        if new > 1 {
            self.bar.reset_eta();
        }
    }

    /// Tells a detail above the line.
    fn detail(&self, text: impl FnOnce() -> String) {
        self.bar.suspend(|| output::detail(text));
    }
}

/// Tells how the child that is trained now is doing.
impl Watcher for Progress {
    fn stepped(&mut self, epoch: usize, step: usize, images: usize, score: Score) {
        self.rate.add(images);
        let rate = self.rate.known.map_or_else(String::new, |rate| format!(", {rate:.0} images/s"));
        self.bar.set_prefix(format!(", training in epoch {epoch}, step {step}: {:.1} %{rate}", score.accuracy));
    }

    fn stop(&mut self) -> bool {
        self.interrupt.came()
    }
}

impl Observer for Progress {
    fn evaluated(&mut self, record: &Record, best: &Best) {
        self.count(record.evaluation);
        let mut shown = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if best.reward > *shown {
            *shown = best.reward;
            self.bar.set_message(format!("{:.3} %", best.reward));
        }
        self.detail(|| {
            let Record { evaluation, arch, reward, .. } = record;
            format!("evaluation {evaluation}: {reward:.3} %, best {:.3} %, {arch}", best.reward)
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
        self.interrupt.came()
    }
}
