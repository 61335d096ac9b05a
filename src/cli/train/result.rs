//! What a training prints at its end.

use crate::device::Device;
use crate::experiment::EMBEDDED;
use crate::run::quoted;
use crate::shown::{Show, pluralized};
use crate::train::{EpochRecord, Model, Score, Trainer};
use serde::Serialize;
use std::fmt::Write;
use std::path::Path;

/// What `train --json` prints.
#[derive(Serialize)]
pub(super) struct Trained {
    #[serde(flatten)]
    model: Model,
    device: String,
    seed: u64,
    epochs: usize,
    parameters: u64,
    multiply_adds: u64,
    train: Score,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Score>,
    test: Score,
    seconds: f64,
    images_per_second: f64,
    history: Vec<EpochRecord>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

/// Summarises a training and its evaluation on the test images.
pub(super) fn summary(trainer: &Trainer, device: &Device, test: Score) -> Trained {
    let cost = trainer.network().cost();
    let last = trainer.history().last();
    Trained {
        model: trainer.model().clone(),
        device: device.name().to_owned(),
        seed: trainer.seed(),
        epochs: trainer.history().len(),
        parameters: cost.parameters,
        multiply_adds: cost.multiply_adds,
        train: last.map_or(test, |record| record.train),
        validation: last.and_then(|record| record.validation),
        test,
        seconds: trainer.seconds(),
        images_per_second: trainer.images_per_second(),
        history: trainer.history().to_vec(),
        warnings: warnings(trainer.model(), last.and_then(|record| record.validation), test),
    }
}

/// Warnings about the training classes, and accuracies no better than predicting the most frequent class.
fn warnings(model: &Model, validation: Option<Score>, test: Score) -> Vec<String> {
    let Some(data) = &model.data else { return Vec::new() };
    let held_out = validation.and_then(|score| data.held_out_baseline_warning(score.accuracy));
    data.class_warnings().into_iter().chain(held_out).chain(data.test_baseline_warning(test.accuracy)).collect()
}

/// Formats a summary for people: `out` is the checkpoint, `data` the images that were given.
pub(super) fn describe(trained: &Trained, out: Option<&Path>, data: Option<&Path>) -> String {
    let Trained { model, train, test, .. } = trained;
    let mut text = format!("network    {}\n", model.arch);
    let _ = writeln!(
        text,
        "size       {}, {}, {} parameters, {:.1} M multiply-adds",
        pluralized(model.channels, "channel", "channels"),
        pluralized(model.cells, "cell", "cells"),
        trained.parameters,
        trained.multiply_adds as f64 / 1e6
    );
    let _ = writeln!(text, "train      {:.2} %, loss {:.4}", train.accuracy, train.loss);
    if let Some(held_out) = trained.validation {
        let _ = writeln!(text, "validation {:.2} %, loss {:.4}", held_out.accuracy, held_out.loss);
    }
    let _ = writeln!(text, "test       {:.2} %, loss {:.4}", test.accuracy, test.loss);
    let _ = writeln!(
        text,
        "seconds    {:.1} for {} on {}, {:.0} images/s",
        trained.seconds,
        pluralized(trained.epochs, "epoch", "epochs"),
        trained.device,
        trained.images_per_second
    );
    if let Some(path) = out {
        let file = quoted(&path.shown().to_string());
        let _ = writeln!(text, "saved      {}", path.shown());
        let given = data.filter(|path| *path != Path::new(EMBEDDED));
        let data = given.map_or_else(String::new, |path| format!(" --data {}", quoted(&path.shown().to_string())));
        let _ = writeln!(text, "next       graphpnas evaluate {file}{data}");
        let onnx = quoted(&path.with_extension("onnx").shown().to_string());
        let _ = writeln!(text, "           graphpnas export {file} --format onnx --out {onnx}");
    } else {
        text.push_str("saved      nothing; --out FILE saves the network\n");
    }
    for warning in &trained.warnings {
        let _ = writeln!(text, "{warning}");
    }
    text
}
