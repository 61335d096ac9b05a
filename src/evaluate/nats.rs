//! The NATS-Bench topology release `NATS-tss-v1_0-3ffb9-simple`, as one row an architecture of NAS-Bench-201.
//!
//! The folder has `meta.pickle.pbz2`, whose `meta_archs` lists the 15,625 architectures, and `000000.pickle.pbz2` to
//! `015624.pickle.pbz2`, pickles compressed by bzip2. One of these is a dictionary from the number of epochs, `12` and
//! `200`, to what the trainings gave: `arch_str`; `dataset_seed`, the seeds by data set; and `all_results`, by data set
//! and seed, with `epochs` and `eval_acc1es`, the accuracy in percent by set and epoch (`x-valid@11`). A figure is the
//! mean over the seeds after the last epoch; the columns are those of the CSV file. Nothing in a pickle is run.

use super::columns::Key;
use super::error::{FETCH_AGAIN, OTHER_FILE, Place, TableError};
use super::file::Watch;
use super::key;
use super::sheet::{Column, Sheet};
use crate::pickle::{BUDGET, Pickle, Value};
use crate::space::nasbench201::NAME;
use rayon::prelude::*;
use std::io::Read;
use std::path::Path;

/// A column, and where its figure stands: epochs, data set, set.
const COLUMNS: [(&str, [&str; 3]); 9] = [
    ("cifar10_valid_12", ["12", "cifar10-valid", "x-valid"]),
    ("cifar10_test_12", ["12", "cifar10", "ori-test"]),
    ("cifar10_test_200", ["200", "cifar10", "ori-test"]),
    ("cifar100_valid_12", ["12", "cifar100", "x-valid"]),
    ("cifar100_test_12", ["12", "cifar100", "x-test"]),
    ("cifar100_test_200", ["200", "cifar100", "x-test"]),
    ("imagenet16_valid_12", ["12", "ImageNet16-120", "x-valid"]),
    ("imagenet16_test_12", ["12", "ImageNet16-120", "x-test"]),
    ("imagenet16_test_200", ["200", "ImageNet16-120", "x-test"]),
];

/// Files read between two reports of progress.
const REPORT: usize = 256;

/// An architecture's key and its figures in the order of [`COLUMNS`].
type Row = (u128, [f64; COLUMNS.len()]);

/// Reads all files of the folder, several at a time, and holds no more of them than that.
pub(super) fn read(folder: &Path, watch: Watch<'_>) -> Result<Sheet, TableError> {
    let archs = archs(folder)?;
    let mut rows: Vec<Row> = Vec::with_capacity(archs.len());
    for (part, chunk) in archs.chunks(REPORT).enumerate() {
        let first = part * REPORT;
        let read = chunk.par_iter().enumerate().map(|(place, arch)| row(folder, first + place, arch));
        rows.extend(read.collect::<Result<Vec<Row>, TableError>>()?);
        watch(rows.len() as u64, archs.len() as u64);
    }
    let keys: Vec<u128> = rows.iter().map(|(key, _)| *key).collect();
    let column = |(place, (name, _)): (usize, &(&str, [&str; 3]))| Column {
        name: (*name).into(),
        values: rows.iter().map(|(_, figures)| figures[place]).collect(),
    };
    let columns = COLUMNS.iter().enumerate().map(column).collect();
    Sheet::order(NAME, &keys, columns)
        .map_err(|row| wrong(&folder.join(META), format!("{} stands there a second time", archs[row])))
}

const META: &str = "meta.pickle.pbz2";

fn wrong(path: &Path, what: impl Into<String>) -> TableError {
    TableError::content(path, Place::Whole, what, FETCH_AGAIN)
}

/// The architectures in the order of their files.
fn archs(folder: &Path) -> Result<Vec<String>, TableError> {
    let path = folder.join(META);
    if !path.exists() {
        let what = format!("this folder has no {META}, which that of NATS-Bench has");
        return Err(TableError::content(folder, Place::Whole, what, OTHER_FILE));
    }
    let pickle = open(&path)?;
    let listed = pickle.root().get("meta_archs").ok_or_else(|| wrong(&path, "it has no list meta_archs"))?;
    let archs: Option<Vec<String>> = listed.items().map(|arch| arch.as_str().map(str::to_owned)).collect();
    archs.ok_or_else(|| wrong(&path, "an entry of meta_archs is no text"))
}

fn row(folder: &Path, number: usize, arch: &str) -> Result<Row, TableError> {
    let path = folder.join(format!("{number:06}.pickle.pbz2"));
    let key = key::of_text(Key::Arch, arch).ok_or_else(|| wrong(&path, format!("'{arch}' is no architecture")))?;
    let pickle = open(&path)?;
    let mut figures = [0.0; COLUMNS.len()];
    for (figure, (_, place)) in figures.iter_mut().zip(COLUMNS) {
        *figure = mean(pickle.root(), arch, place).map_err(|what| wrong(&path, what))?;
    }
    Ok((key, figures))
}

/// The pickle in a file, compressed or not.
fn open(path: &Path) -> Result<Pickle, TableError> {
    let mut bytes = std::fs::read(path).map_err(TableError::read(path))?;
    if bytes.starts_with(b"BZh") {
        let mut plain = Vec::new();
        let decoder = bzip2::read::MultiBzDecoder::new(&bytes[..]);
        // A small file may stand for any number of bytes.
        decoder.take(BUDGET as u64).read_to_end(&mut plain).map_err(|error| wrong(path, error.to_string()))?;
        if plain.len() == BUDGET {
            return Err(wrong(path, format!("it stands for more than {} MiB", BUDGET >> 20)));
        }
        bytes = plain;
    }
    Pickle::parse(&bytes).map_err(|error| {
        TableError::content(path, Place::Byte(error.offset as u64), error.fault.to_string(), "fetch the release again")
    })
}

/// The mean over the seeds of the accuracy after the last epoch.
fn mean(root: Value<'_>, arch: &str, [epochs, dataset, set]: [&str; 3]) -> Result<f64, String> {
    let trained = root.get(epochs).ok_or_else(|| format!("it has no results after {epochs} epochs"))?;
    match trained.get("arch_str").and_then(Value::as_str) {
        Some(found) if found == arch => {}
        found => return Err(format!("it is about {} instead of {arch}", found.unwrap_or("nothing"))),
    }
    let seeds = trained.get("dataset_seed").and_then(|seeds| seeds.get(dataset));
    let seeds = seeds.filter(|seeds| seeds.items().len() > 0);
    let seeds = seeds.ok_or_else(|| format!("it has no seeds of {dataset} for {epochs} epochs"))?.items();
    let (count, mut sum) = (seeds.len(), 0.0);
    for seed in seeds {
        let accuracy = seed.as_i64().and_then(|seed| last_accuracy(trained, dataset, seed, set));
        sum += accuracy.ok_or_else(|| format!("it has no accuracy {set} of {dataset} for {epochs} epochs"))?;
    }
    Ok(sum / count as f64)
}

fn last_accuracy(trained: Value<'_>, dataset: &str, seed: i64, set: &str) -> Option<f64> {
    let is_run = |key: Value<'_>| {
        let mut parts = key.items();
        parts.next().and_then(Value::as_str) == Some(dataset) && parts.next().and_then(Value::as_i64) == Some(seed)
    };
    let (_, run) = trained.get("all_results")?.entries().find(|(key, _)| is_run(*key))?;
    let last = run.get("epochs")?.as_i64()?.checked_sub(1)?;
    run.get("eval_acc1es")?.get(&format!("{set}@{last}"))?.as_f64()
}
