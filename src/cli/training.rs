//! The progress bar of a training on stderr: epoch, loss, accuracy, speed, remaining time. Shown only on a terminal.

use super::output;
use crate::train::{EpochRecord, Score, Watcher};
use indicatif::ProgressBar;

/// A bar over all steps of a training.
pub(super) struct Bar {
    bar: ProgressBar,
    epochs: usize,
    steps: usize,
    batch: usize,
}

impl Bar {
    /// Creates a bar for `epochs` epochs of `steps` steps with this batch size.
    pub(super) fn new(epochs: usize, steps: usize, batch: usize) -> Self {
        let bar = output::bar((epochs * steps) as u64, "{bar:30} {msg}{left}");
        bar.set_message("preparing");
        Self { bar, epochs, steps, batch }
    }

    /// Removes the bar before results or errors are printed.
    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watcher for Bar {
    fn step_finished(&mut self, epoch: usize, step: usize, _: usize, score: Score) {
        self.bar.set_position(((epoch - 1) * self.steps + step) as u64);
        let images = self.bar.per_sec() * self.batch as f64;
        let Score { accuracy, loss } = score;
        self.bar.set_message(format!(
            "epoch {epoch}/{}, loss {loss:.3}, accuracy {accuracy:.1} %, {images:.0} images/s",
            self.epochs
        ));
    }

    fn epoch_finished(&mut self, record: &EpochRecord) {
        let EpochRecord { epoch, train, validation, .. } = record;
        let held_out = validation.map_or_else(String::new, |score| format!(", validation {:.2} %", score.accuracy));
        let text = format!("epoch {epoch}: training {:.2} %{held_out}", train.accuracy);
        // Queried before `suspend`, while the bar's state is available.
        let shown = !self.bar.is_hidden();
        self.bar.suspend(|| match validation.is_some() && shown {
            true => output::note(&text),
            false => output::detail(|| text),
        });
    }
}
