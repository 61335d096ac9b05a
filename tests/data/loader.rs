use super::make;
use graphpnas::data::{
    Augment, Batch, Dataset, ImageShape, LastBatch, Loader, LoaderError, LoaderOptions, Normalization, Order, Source,
};
use std::sync::Arc;

const SHAPE: ImageShape = ImageShape::rgb(2, 2);

fn all(loader: &Loader, epoch: u64) -> Vec<Batch> {
    loader.epoch(epoch).unwrap().collect::<Result<_, _>>().unwrap()
}

fn indices(batches: &[Batch]) -> Vec<usize> {
    batches.iter().flat_map(|batch| batch.indices().to_vec()).collect()
}

fn augmenting(threads: usize) -> (Arc<Source>, LoaderOptions) {
    let source = Dataset::procedural(1, 203, 1).train;
    let augment = Augment { cutout: 8, ..Augment::cifar() };
    let options = LoaderOptions {
        augment,
        threads,
        last: LastBatch::Keep,
        ..LoaderOptions::train(50, Normalization::none(3), 4)
    };
    (source, options)
}

#[test]
fn batches_do_not_depend_on_the_number_of_threads() {
    let bytes = [1, 2, 3].map(|threads| {
        let (source, options) = augmenting(threads);
        let batches = all(&Loader::new(source, options).unwrap(), 3);
        batches.iter().map(|batch| (batch.inputs().to_vec(), batch.labels().to_vec())).collect::<Vec<_>>()
    });
    assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2]);
}

#[test]
fn prefetching_does_not_change_batches() {
    let (source, options) = augmenting(2);
    for prefetch in [0, 1, 3] {
        let options = LoaderOptions { prefetch, ..options.clone() };
        let loader = Loader::new(Arc::clone(&source), options).unwrap();
        let prefetched: Vec<_> = loader.epoch(7).unwrap().map(|batch| batch.unwrap().inputs().to_vec()).collect();
        let plain: Vec<_> = (0..5).map(|k| loader.batch(7, k).unwrap().inputs().to_vec()).collect();
        assert!(prefetched == plain);
        let late: Vec<_> = loader.epoch_from(7, 3).unwrap().map(|batch| batch.unwrap().inputs().to_vec()).collect();
        assert!(late == plain[3..]);
        assert_eq!(loader.epoch_from(7, 9).unwrap().count(), 0);
    }
}

#[test]
fn epochs_and_seeds_differ_in_order_but_have_the_same_images() {
    let (source, options) = augmenting(1);
    let loader = Loader::new(Arc::clone(&source), options.clone()).unwrap();
    let other = Loader::new(source, LoaderOptions { seed: 5, ..options }).unwrap();
    let orders = [all(&loader, 0), all(&loader, 1), all(&other, 0)].map(|batches| indices(&batches));
    assert!(orders[0] != orders[1] && orders[0] != orders[2]);
    for mut order in orders {
        order.sort_unstable();
        assert_eq!(order, (0..203).collect::<Vec<_>>());
    }
}

#[test]
fn augmentation_does_not_depend_on_the_batch_position() {
    let (source, options) = augmenting(1);
    let shuffled = Loader::new(Arc::clone(&source), options.clone()).unwrap();
    let plain = Loader::new(source, LoaderOptions { order: Order::Plain, batch: 203, ..options }).unwrap();
    let plain = plain.batch(2, 0).unwrap();
    for batch in shuffled.epoch(2).unwrap().map(Result::unwrap) {
        for (index, image) in batch.indices().iter().zip(batch.inputs().chunks(3072)) {
            assert!(plain.inputs().chunks(3072).nth(*index).unwrap() == image);
        }
    }
}

#[test]
fn the_last_batch_is_dropped_kept_or_wrapped() {
    let source = make::images(10, SHAPE);
    for (last, lengths, fresh) in
        [(LastBatch::Drop, vec![4, 4], 4), (LastBatch::Keep, vec![4, 4, 2], 2), (LastBatch::Wrap, vec![4, 4, 4], 2)]
    {
        let options = LoaderOptions { last, ..LoaderOptions::train(4, Normalization::none(3), 1) };
        let loader = Loader::new(Arc::clone(&source), options).unwrap();
        let batches = all(&loader, 0);
        assert_eq!(batches.iter().map(Batch::len).collect::<Vec<_>>(), lengths);
        assert_eq!((batches.len(), batches.last().unwrap().fresh()), (loader.batches(), fresh));
        if last == LastBatch::Wrap {
            assert_eq!(batches[2].indices()[2..], batches[0].indices()[..2]);
        }
    }
}

#[test]
fn labels_match_images() {
    let source = make::images(10, SHAPE);
    let indices = vec![7, 2, 2, 9];
    let options = LoaderOptions::evaluate(4, Normalization::none(3));
    let batch = Loader::over(Arc::clone(&source), indices.clone(), options).unwrap().batch(0, 0).unwrap();
    assert_eq!((batch.indices(), batch.labels()), (&indices[..], &[1, 0, 0, 1][..]));
    for (index, image) in indices.iter().zip(batch.inputs().chunks(12)) {
        let bytes: Vec<u8> = image.iter().map(|value| (value * 255.0).round() as u8).collect();
        assert_eq!(bytes, source.images().unwrap().image(*index).unwrap());
    }
}

#[test]
fn invalid_batches_and_indices_are_refused() {
    let source = make::images(10, SHAPE);
    let with = |batch| Loader::new(Arc::clone(&source), LoaderOptions::train(batch, Normalization::none(3), 0));
    assert!(matches!(with(11), Err(LoaderError::BatchTooLarge { batch: 11, images: 10 })));
    assert!(matches!(with(0), Err(LoaderError::EmptyBatch)));
    assert!(matches!(with(5).unwrap().batch(0, 2), Err(LoaderError::NoSuchBatch { batch: 2, batches: 2 })));
    let options = LoaderOptions::train(1, Normalization::none(3), 0);
    let over = |indices| Loader::over(Arc::clone(&source), indices, options.clone());
    assert!(matches!(over(vec![3, 10]), Err(LoaderError::Index { index: 10, images: 10 })));
    assert!(matches!(over(vec![]), Err(LoaderError::BatchTooLarge { batch: 1, images: 0 })));
}

/// Runs `work` on a thread; fails after a minute.
fn within_a_minute(work: impl FnOnce() + Send + 'static) {
    let (done, finished) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        work();
        done.send(()).unwrap();
    });
    finished.recv_timeout(std::time::Duration::from_secs(60)).expect("it hangs or panicked");
}

#[test]
fn an_epoch_dropped_early_does_not_hang() {
    within_a_minute(|| {
        let (source, options) = augmenting(2);
        for (taken, prefetch) in [(0, 0), (0, 2), (1, 0), (1, 1), (2, 3), (5, 1)] {
            let options = LoaderOptions { prefetch, batch: 10, ..options.clone() };
            let mut epoch = Loader::new(Arc::clone(&source), options).unwrap().epoch(0).unwrap();
            let batches: Vec<Batch> = epoch.by_ref().take(taken).map(Result::unwrap).collect();
            drop(epoch);
            assert_eq!(batches.len(), taken, "batches outlive their epoch");
        }
    });
}

#[test]
fn waiting_inside_a_rayon_pool_of_one_thread_does_not_hang() {
    within_a_minute(|| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        let count = pool.install(|| {
            let (source, options) = augmenting(1);
            Loader::new(source, options).unwrap().epoch(0).unwrap().count()
        });
        assert_eq!(count, 5);
    });
}

#[test]
fn buffers_are_reused() {
    let source = make::images(400, SHAPE);
    let options = LoaderOptions { prefetch: 1, ..LoaderOptions::train(4, Normalization::none(3), 1) };
    let loader = Loader::new(source, options).unwrap();
    let seen: std::collections::HashSet<_> = loader.epoch(0).unwrap().map(|b| b.unwrap().inputs().as_ptr()).collect();
    assert!(seen.len() <= 6, "{} buffers for 100 batches", seen.len());
}
