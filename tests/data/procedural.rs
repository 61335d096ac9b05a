use graphpnas::data::{Dataset, Source};
use md5::{Digest, Md5};

#[test]
fn a_seed_gives_the_same_bytes_on_every_machine() {
    let data = Dataset::procedural(42, 100, 50);
    let mut hasher = Md5::new();
    for part in [&data.train, &data.test] {
        hasher.update(part.images().unwrap().pixels());
    }
    let digest: String = hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, "9822f1774a37c4f35be14e085533a134");
}

#[test]
fn images_do_not_depend_on_the_size_of_the_data_set() {
    let (few, many) = (Dataset::procedural(3, 25, 10), Dataset::procedural(3, 60, 30));
    let pixels = |source: &Source| source.images().unwrap().pixels().to_vec();
    assert!(pixels(&many.train).starts_with(&pixels(&few.train)) && pixels(&many.test).starts_with(&pixels(&few.test)));
    assert_ne!(pixels(&few.train)[..3072], pixels(&few.test)[..3072]);
    assert_ne!(pixels(&few.train), pixels(&Dataset::procedural(4, 25, 10).train));
    assert_eq!(few.train.labels()[8..12], [8, 9, 0, 1]);
    assert_eq!(few.classes().len(), 10);
}

#[test]
fn a_large_set_has_the_requested_images() {
    let data = Dataset::procedural(0, 2_000, 1_000);
    assert_eq!((data.train.len(), data.test.len(), data.memory()), (2_000, 1_000, 3_000 * 3074));
}

/// Each image as pixels from -0.5 to 0.5, with its label.
fn vectors(source: &Source) -> Vec<(Vec<f32>, usize)> {
    let images = source.images().unwrap().pixels().chunks(3072);
    let vector = |image: &[u8]| image.iter().map(|byte| f32::from(*byte) / 255.0 - 0.5).collect();
    images.zip(source.labels()).map(|(image, label)| (vector(image), usize::from(*label))).collect()
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn accuracy(test: &[(Vec<f32>, usize)], score: impl Fn(usize, &[f32]) -> f32) -> f64 {
    let best = |image: &[f32]| (0..10).max_by(|a, b| score(*a, image).total_cmp(&score(*b, image))).unwrap();
    test.iter().filter(|(image, label)| best(image) == *label).count() as f64 / test.len() as f64
}

#[test]
fn a_linear_model_on_the_pixels_fails() {
    let data = Dataset::procedural(11, 2_000, 1_000);
    let (train, test) = (vectors(&data.train), vectors(&data.test));
    let mut weights = vec![vec![0.0; 3072]; 10];
    let mut biases = [0.0; 10];
    for epoch in 0..15 {
        let rate = 0.01 / (1 + epoch) as f32;
        for (image, label) in &train {
            let scores: Vec<f32> = weights.iter().zip(&biases).map(|(w, b)| dot(w, image) + b).collect();
            let top = scores.iter().copied().fold(f32::MIN, f32::max);
            let total: f32 = scores.iter().map(|score| (score - top).exp()).sum();
            for class in 0..10 {
                let error = (scores[class] - top).exp() / total - f32::from(u8::from(class == *label));
                weights[class].iter_mut().zip(image).for_each(|(w, x)| *w -= rate * error * x);
                biases[class] -= rate * error;
            }
        }
    }
    let score = |class: usize, image: &[f32]| dot(&weights[class], image) + biases[class];
    let (on_train, on_test) = (accuracy(&train, score), accuracy(&test, score));
    println!("softmax regression: {on_train} on the training part, {on_test} on the test part");
    assert!(on_train > 0.25, "it must fit the training images better than chance");
    assert!(on_test < 0.5, "{on_test}");
}

#[test]
fn a_nearest_centroid_classifier_fails() {
    let data = Dataset::procedural(12, 2_000, 1_000);
    let mut means = vec![vec![0.0; 3072]; 10];
    for (image, label) in vectors(&data.train) {
        means[label].iter_mut().zip(&image).for_each(|(mean, x)| *mean += x / 200.0);
    }
    let found = accuracy(&vectors(&data.test), |class, image| {
        2.0 * dot(&means[class], image) - dot(&means[class], &means[class])
    });
    println!("nearest centroid: {found}");
    assert!(found < 0.5, "{found}");
}
