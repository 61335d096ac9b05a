//! Data benchmarks: `cargo bench --bench data`. Throughput is in images a second.
#![allow(clippy::unwrap_used, clippy::expect_used, missing_docs)]

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use graphpnas::data::{Augment, Dataset, Loader, LoaderOptions, Normalization};
use std::hint::black_box;
use std::sync::Arc;

const BATCH: usize = 256;

/// Batches of CIFAR's size with CIFAR's augmentation, on one thread and on all cores.
fn assemble(criterion: &mut Criterion) {
    let source = Dataset::procedural(0, 10 * BATCH, 10).train;
    let mut group = criterion.benchmark_group("assemble 3x32x32");
    group.throughput(Throughput::Elements(source.len() as u64));
    let plain = Augment::default();
    for (name, augment, threads) in [
        ("plain, 1 thread", plain, 1),
        ("crop, flip, cutout, 1 thread", Augment { cutout: 16, ..Augment::cifar() }, 1),
        ("crop, flip, cutout, all cores", Augment { cutout: 16, ..Augment::cifar() }, 0),
    ] {
        let options = LoaderOptions { augment, threads, ..LoaderOptions::train(BATCH, Normalization::cifar10(), 0) };
        let loader = Loader::new(Arc::clone(&source), options).unwrap();
        let mut epoch = 0;
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                epoch += 1;
                loader.epoch(epoch).unwrap().for_each(|batch| drop(black_box(batch.unwrap())));
            });
        });
    }
    group.finish();
}

fn render(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("render 3x32x32");
    group.throughput(Throughput::Elements(1_000));
    group.bench_function("procedural", |bencher| bencher.iter(|| black_box(Dataset::procedural(0, 1_000, 0))));
    group.finish();
}

criterion_group!(benches, assemble, render);
criterion_main!(benches);
