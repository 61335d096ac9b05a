//! Reader of the NATS-Bench topology release `NATS-tss-v1_0-3ffb9-simple`; gives one row per architecture of
//! NAS-Bench-201.
//!
//! The folder has `meta.pickle.pbz2`, whose `meta_archs` lists the 15,625 architectures, and the pickles
//! `000000.pickle.pbz2` to `015624.pickle.pbz2`, compressed with bzip2. Each is a dictionary from the number of epochs
//! (`12`, `200`) to the results: `arch_str`; `dataset_seed`, the seeds by dataset; and `all_results` by dataset and
//! seed, with `epochs` and `eval_acc1es`, the accuracy in percent by split and epoch (`x-valid@11`). A table value is
//! the mean over the seeds after the last epoch; the columns are those of the CSV file. No code in a pickle is run.

use super::columns::Key;
use super::error::{FETCH_AGAIN, OTHER_FILE, Position, TableError};
use super::key;
use super::progress::Progress;
use super::sheet::{Column, Sheet, TableSpace};
use crate::pickle::{BUDGET, Pickle, Value};
use crate::space::nasbench201::NAME;
use rayon::prelude::*;
use std::io::Read;
use std::path::Path;

/// The columns, each with the keys of its value: epochs, dataset, split.
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

/// Files between two progress reports.
const REPORT: usize = 256;

/// The key of an architecture and its values in the order of [`COLUMNS`].
type Row = (u128, [f64; COLUMNS.len()]);

/// Reads all files of the folder in parallel, in chunks of [`REPORT`] files.
pub(super) fn read(folder: &Path, progress: Progress<'_>) -> Result<Sheet, TableError> {
    let archs = archs(folder)?;
    let mut rows: Vec<Row> = Vec::with_capacity(archs.len());
    for (part, chunk) in archs.chunks(REPORT).enumerate() {
        let first = part * REPORT;
        let read = chunk.par_iter().enumerate().map(|(index, arch)| row(folder, first + index, arch));
        rows.extend(read.collect::<Result<Vec<Row>, TableError>>()?);
        progress(rows.len() as u64, archs.len() as u64);
    }
    let keys: Vec<u128> = rows.iter().map(|(key, _)| *key).collect();
    let column = |(index, (name, _)): (usize, &(&str, [&str; 3]))| Column {
        name: (*name).into(),
        values: rows.iter().map(|(_, values)| values[index]).collect(),
    };
    let columns = COLUMNS.iter().enumerate().map(column).collect();
    Sheet::order(TableSpace::benchmark(NAME), &keys, columns)
        .map_err(|row| wrong(&folder.join(META), format!("{} is listed twice", archs[row])))
}

const META: &str = "meta.pickle.pbz2";

fn wrong(path: &Path, what: impl Into<String>) -> TableError {
    TableError::content(path, Position::File, what, FETCH_AGAIN)
}

/// Returns the architectures in the order of their files.
fn archs(folder: &Path) -> Result<Vec<String>, TableError> {
    let path = folder.join(META);
    if !path.exists() {
        let what = format!("this folder has no {META}, so it is not a NATS-Bench folder");
        return Err(TableError::content(folder, Position::File, what, OTHER_FILE));
    }
    let pickle = open(&path)?;
    let listed = pickle.root().get("meta_archs").ok_or_else(|| wrong(&path, "it has no list meta_archs"))?;
    let archs: Option<Vec<String>> = listed.items().map(|arch| arch.as_str().map(str::to_owned)).collect();
    archs.ok_or_else(|| wrong(&path, "an entry of meta_archs is not a string"))
}

fn row(folder: &Path, number: usize, arch: &str) -> Result<Row, TableError> {
    let path = folder.join(format!("{number:06}.pickle.pbz2"));
    let key = key::of_text(Key::Arch, arch).ok_or_else(|| wrong(&path, format!("'{arch}' is not an architecture")))?;
    let pickle = open(&path)?;
    let mut values = [0.0; COLUMNS.len()];
    for (value, (_, keys)) in values.iter_mut().zip(COLUMNS) {
        *value = mean(pickle.root(), arch, keys).map_err(|what| wrong(&path, what))?;
    }
    Ok((key, values))
}

/// Reads a pickle file, compressed or not.
fn open(path: &Path) -> Result<Pickle, TableError> {
    let mut bytes = std::fs::read(path).map_err(TableError::read(path))?;
    if bytes.starts_with(b"BZh") {
        let mut plain = Vec::new();
        let decoder = bzip2::read::MultiBzDecoder::new(&bytes[..]);
        // Limited, because a small file may decompress to any number of bytes.
        decoder.take(BUDGET as u64).read_to_end(&mut plain).map_err(|error| wrong(path, error.to_string()))?;
        if plain.len() == BUDGET {
            return Err(wrong(path, format!("it decompresses to more than {} MiB", BUDGET >> 20)));
        }
        bytes = plain;
    }
    Pickle::parse(&bytes).map_err(|error| {
        TableError::content(
            path,
            Position::Byte(error.offset as u64),
            error.fault.to_string(),
            "fetch the release again",
        )
    })
}

/// Returns the mean over the seeds of the accuracy after the last epoch.
fn mean(root: Value<'_>, arch: &str, [epochs, dataset, split]: [&str; 3]) -> Result<f64, String> {
    let trained = root.get(epochs).ok_or_else(|| format!("it has no results after {epochs} epochs"))?;
    match trained.get("arch_str").and_then(Value::as_str) {
        Some(found) if found == arch => {}
        found => return Err(format!("it has the architecture {}, not {arch}", found.unwrap_or("(none)"))),
    }
    let seeds = trained.get("dataset_seed").and_then(|seeds| seeds.get(dataset));
    let seeds = seeds.filter(|seeds| seeds.items().len() > 0);
    let seeds = seeds.ok_or_else(|| format!("it has no seeds of {dataset} for {epochs} epochs"))?.items();
    let (count, mut sum) = (seeds.len(), 0.0);
    for seed in seeds {
        let accuracy = seed.as_i64().and_then(|seed| last_accuracy(trained, dataset, seed, split));
        sum += accuracy.ok_or_else(|| format!("it has no accuracy {split} of {dataset} for {epochs} epochs"))?;
    }
    Ok(sum / count as f64)
}

fn last_accuracy(trained: Value<'_>, dataset: &str, seed: i64, split: &str) -> Option<f64> {
    let is_run = |key: Value<'_>| {
        let mut parts = key.items();
        parts.next().and_then(Value::as_str) == Some(dataset) && parts.next().and_then(Value::as_i64) == Some(seed)
    };
    let (_, run) = trained.get("all_results")?.entries().find(|(key, _)| is_run(*key))?;
    let last = run.get("epochs")?.as_i64()?.checked_sub(1)?;
    run.get("eval_acc1es")?.get(&format!("{split}@{last}"))?.as_f64()
}
