//! The progress line on stderr: evaluations done, best so far, time left. Only on a terminal.

use super::interrupt::Interrupt;
use crate::search::{Best, Observer, Record};
use crate::train::{Score, Watcher};
use indicatif::{ProgressBar, ProgressStyle};
use std::io::IsTerminal;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

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
        let bar = if std::io::stderr().is_terminal() { line(total) } else { ProgressBar::hidden() };
        Self { bar, best: Arc::new(Mutex::new(f64::NEG_INFINITY)), interrupt }
    }

    /// Removes the line, so that results and errors stand alone.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

fn line(total: usize) -> ProgressBar {
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} evaluations, best {msg}{prefix}, {eta} left")
    {
        bar.set_style(style);
    }
    bar.set_message("-");
    bar.enable_steady_tick(Duration::from_millis(250));
    bar
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
    fn evaluated(&mut self, _: &Record, best: &Best) {
        let mut shown = self.best.lock().unwrap_or_else(PoisonError::into_inner);
        if best.reward > *shown {
            *shown = best.reward;
            self.bar.set_message(format!("{:.3} %", best.reward));
        }
        self.bar.inc(1);
    }

    fn stop(&mut self) -> bool {
        self.interrupt.came()
    }
}
