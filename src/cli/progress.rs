//! The progress line on stderr: evaluations done, best so far, time left. Only on a terminal.

use super::interrupt::Interrupt;
use super::output;
use crate::generator::Lesson;
use crate::search::{Best, Observer, Record};
use crate::train::{Score, Watcher};
use indicatif::ProgressBar;
use std::sync::{Arc, Mutex, PoisonError};

/// A progress line that parallel runs share.
#[derive(Clone)]
pub(super) struct Progress {
    bar: ProgressBar,
    best: Arc<Mutex<f64>>,
    interrupt: Interrupt,
}

impl Progress {
    /// A line for `total` evaluations over all runs, which stop when a signal comes.
    pub(super) fn new(total: usize, interrupt: Interrupt) -> Self {
        let bar = output::bar(total as u64, "{bar:30} {pos}/{len} evaluations, best {msg}{prefix}, {eta} left");
        bar.set_message("-");
        Self { bar, best: Arc::new(Mutex::new(f64::NEG_INFINITY)), interrupt }
    }

    /// Removes the line, so that results and errors stand alone.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }

    /// Tells a detail above the line.
    fn detail(&self, text: impl FnOnce() -> String) {
        self.bar.suspend(|| output::detail(text));
    }
}

/// Tells how the child that is trained now is doing.
impl Watcher for Progress {
    fn stepped(&mut self, epoch: usize, step: usize, score: Score) {
        self.bar.set_prefix(format!(", child in epoch {epoch}, step {step}: {:.1} %", score.accuracy));
    }

    fn stop(&mut self) -> bool {
        self.interrupt.came()
    }
}

impl Observer for Progress {
    fn evaluated(&mut self, record: &Record, best: &Best) {
        let mut shown = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if best.reward > *shown {
            *shown = best.reward;
            self.bar.set_message(format!("{:.3} %", best.reward));
        }
        self.bar.inc(1);
        self.detail(|| {
            let Record { evaluation, arch, reward, .. } = record;
            format!("evaluation {evaluation}: {reward:.3} %, best {:.3} %, {arch}", best.reward)
        });
    }

    fn taught(&mut self, round: u64, lesson: &Lesson) {
        self.detail(|| {
            let Lesson { steps, first_loss, last_loss } = lesson;
            format!("before round {round}: {steps} steps of the generator, loss {first_loss:.4} to {last_loss:.4}")
        });
    }

    fn stop(&mut self) -> bool {
        self.interrupt.came()
    }
}
