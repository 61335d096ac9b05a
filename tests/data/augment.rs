use super::{common, make};
use graphpnas::data::{
    Augment, Crop, Dataset, ImageShape, Loader, LoaderError, LoaderOptions, Normalization, Padding, Source,
};
use std::path::Path;
use std::sync::Arc;

/// All images of epoch 0, in one batch.
fn augmented(source: &Arc<Source>, augment: Augment) -> Vec<f32> {
    let normal = Normalization { mean: vec![0.5; 3], deviation: vec![0.25; 3] };
    let options = LoaderOptions { augment, seed: 9, ..LoaderOptions::evaluate(source.len(), normal) };
    Loader::new(Arc::clone(source), options).unwrap().batch(0, 0).unwrap().inputs().to_vec()
}

fn normal(byte: u8) -> f32 {
    (f32::from(byte) / 255.0 - 0.5) / 0.25
}

const SHAPE: ImageShape = ImageShape::rgb(6, 7);

/// The normalised image after a shift with `padding`, optionally mirrored.
fn shifted(pixels: &[u8], shift: (i32, i32), flip: bool, padding: Padding) -> Vec<f32> {
    let mirror = |index: i32, size: i32| match index {
        index if index < 0 => -index,
        index if index >= size => 2 * (size - 1) - index,
        index => index,
    };
    let mut out = Vec::new();
    for (channel, row, column) in (0..3).flat_map(|c| (0..6).flat_map(move |r| (0..7).map(move |x| (c, r, x)))) {
        let column = if flip { 6 - column } else { column };
        let (y, x) = (row + shift.0, column + shift.1);
        let inside = (0..6).contains(&y) && (0..7).contains(&x);
        let byte = if inside || padding == Padding::Reflect {
            pixels[(channel * 42 + mirror(y, 6) * 7 + mirror(x, 7)) as usize]
        } else {
            0
        };
        out.push(normal(byte));
    }
    out
}

#[test]
fn default_augmentation_only_normalises() {
    let source = make::images(3, SHAPE);
    let expected: Vec<f32> = source.images().unwrap().pixels().iter().map(|byte| normal(*byte)).collect();
    assert_eq!(augmented(&source, Augment::default()), expected);
}

#[test]
fn every_crop_is_a_shift_of_the_image() {
    let source = make::images(400, SHAPE);
    for padding in [Padding::Zero, Padding::Reflect] {
        let augment = Augment { crop: Some(Crop { pad: 2, padding }), flip: true, cutout: 0 };
        let all = augmented(&source, augment);
        let mut seen = std::collections::HashSet::new();
        for (index, image) in all.chunks(126).enumerate() {
            let pixels = source.images().unwrap().image(index).unwrap();
            let shifts = (0..50).map(|n| (n / 10 - 2, n % 5 - 2, n / 5 % 2 == 1));
            let how = shifts.clone().find(|(y, x, flip)| shifted(pixels, (*y, *x), *flip, padding) == image);
            seen.insert(how.expect("a shift, mirrored or not"));
        }
        assert_eq!(seen.len(), 50, "every shift and both directions occur");
    }
}

#[test]
fn cutout_sets_a_square_to_the_mean() {
    let source = make::images(300, ImageShape::rgb(8, 8));
    let plain = augmented(&source, Augment::default());
    let cut = augmented(&source, Augment { cutout: 4, ..Augment::default() });
    let mut areas = std::collections::HashSet::new();
    for (plain, cut) in plain.chunks(192).zip(cut.chunks(192)) {
        // No byte is normalised to 0, so every 0 belongs to the cutout.
        assert!(!plain.contains(&0.0) && plain.iter().zip(cut).all(|(a, b)| *b == 0.0 || a == b));
        let holes: Vec<usize> = cut.chunks(64).map(|plane| plane.iter().filter(|x| **x == 0.0).count()).collect();
        assert!(holes[0] == holes[1] && holes[1] == holes[2], "the same hole in each channel");
        areas.insert(holes[0]);
    }
    assert_eq!((areas.iter().min(), areas.iter().max()), (Some(&4), Some(&16)), "clipped at the edges: 2x2 to 4x4");
}

#[test]
fn invalid_paddings_and_statistics_are_refused() {
    let source = make::images(4, SHAPE);
    let with = |augment, normal| {
        let options = LoaderOptions { augment, ..LoaderOptions::evaluate(2, normal) };
        Loader::new(Arc::clone(&source), options).map(|_| ())
    };
    let crop = |pad, padding| Augment { crop: Some(Crop { pad, padding }), ..Augment::default() };
    let good = Normalization::none(3);
    assert!(with(crop(5, Padding::Reflect), good.clone()).is_ok());
    assert!(matches!(with(crop(6, Padding::Reflect), good.clone()), Err(LoaderError::PadTooLarge { pad: 6, .. })));
    assert!(with(crop(7, Padding::Zero), good.clone()).is_ok());
    assert!(matches!(with(crop(usize::MAX, Padding::Zero), good), Err(LoaderError::PadTooLarge { .. })));
    assert!(matches!(with(Augment::default(), Normalization::none(1)), Err(LoaderError::Normal { .. })));
    let flat = Normalization { mean: vec![0.0; 3], deviation: vec![1.0, 0.0, 1.0] };
    assert!(matches!(with(Augment::default(), flat), Err(LoaderError::Normal { .. })));
}

#[test]
fn cutout_larger_than_the_image() {
    let source = make::images(2, SHAPE);
    let augment = Augment { cutout: 1000, ..Augment::default() };
    assert!(augmented(&source, augment).iter().all(|value| *value == 0.0));
}

#[test]
fn statistics_of_cifar10_match_the_published_ones() {
    // The mean of 200 images has a standard error of 0.01.
    statistics(&common::fixture("cifar-10-batches-bin"), 0.03);
    if let Some(folder) = common::extra("cifar-10-batches-bin") {
        statistics(&folder, 0.01);
    }
}

/// Checks the statistics of a folder against the published ones, and that they normalise to mean 0 and variance 1.
fn statistics(folder: &Path, tolerance: f32) {
    let data = Dataset::open(folder).unwrap();
    let found = Normalization::of(&data.train).unwrap();
    let known = Normalization::cifar10();
    for (a, b) in found.mean.iter().zip(&known.mean).chain(found.deviation.iter().zip(&known.deviation)) {
        assert!((a - b).abs() < tolerance, "{found:?}");
    }
    let images = data.train.len();
    let options = LoaderOptions::evaluate(images, found);
    let batch = Loader::new(Arc::clone(&data.train), options).unwrap().batch(0, 0).unwrap();
    for channel in 0..3 {
        let values = || batch.inputs().chunks(1024).skip(channel).step_by(3).flatten().map(|value| f64::from(*value));
        let count = (1024 * images) as f64;
        let mean = values().sum::<f64>() / count;
        let square = values().map(|value| value * value).sum::<f64>() / count;
        assert!(mean.abs() < 1e-4 && (square - 1.0).abs() < 1e-4, "channel {channel}: {mean}, {square}");
    }
}

#[test]
fn a_constant_channel_has_standard_deviation_1() {
    let classes = ["one"].map(String::from).into();
    let images = graphpnas::data::Images::new(vec![51; 24], vec![0, 0], classes, ImageShape::rgb(2, 2)).unwrap();
    let normal = Normalization::of(&Source::Memory(images)).unwrap();
    assert_eq!((normal.mean, normal.deviation), (vec![0.2; 3], vec![1.0; 3]));
}
