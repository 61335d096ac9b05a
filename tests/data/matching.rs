//! Fingerprints of data sets, and matching of classes by name.

use super::make;
use graphpnas::data::{DataError, Dataset, Fingerprint, OpenOptions};
use std::path::Path;

/// `train` and `test` with three classes of two and one 8x8 images.
fn pets(folder: &Path) {
    for (class, tone) in [("ant", 10), ("bee", 90), ("cat", 170)] {
        for index in 0..3 {
            let part = if index < 2 { "train" } else { "test" };
            make::image(&folder.join(format!("{part}/{class}/{index}.png")), 8, 8, [tone, tone + index, tone]);
        }
    }
}

fn fingerprint(folder: &Path) -> Fingerprint {
    Dataset::open(folder).unwrap().fingerprint()
}

/// Returns the difference that a change to a data set causes.
fn difference(change: impl FnOnce(&Path)) -> String {
    let folder = tempfile::tempdir().unwrap();
    pets(folder.path());
    let before = fingerprint(folder.path());
    change(folder.path());
    before.difference(&fingerprint(folder.path())).unwrap()
}

#[test]
fn a_fingerprint_does_not_depend_on_the_location_or_on_decoding_on_demand() {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    folders.iter().for_each(|folder| pets(folder.path()));
    let here = fingerprint(folders[0].path());
    assert_eq!(here, fingerprint(folders[1].path()));
    let on_demand = OpenOptions { max_bytes_in_memory: 0, ..OpenOptions::default() };
    let on_demand = Dataset::open_with(folders[1].path(), &on_demand).unwrap();
    assert!(on_demand.train.images().is_none());
    assert_eq!(here, on_demand.fingerprint());
    assert_eq!((&here.train[..], &here.test[..], here.shape), (&[2, 2, 2][..], &[1, 1, 1][..], [3, 8, 8]));
    assert_eq!(here.difference(&here), None);
}

#[test]
fn differences_are_described() {
    let renamed = difference(|folder| {
        for part in ["train", "test"] {
            std::fs::rename(folder.join(part).join("bee"), folder.join(part).join("wasp")).unwrap();
        }
    });
    assert_eq!(renamed, "its classes are 'ant', 'cat', 'wasp', not 'ant', 'bee', 'cat'");
    let fewer = difference(|folder| std::fs::remove_file(folder.join("train/cat/1.png")).unwrap());
    assert_eq!(fewer, "it has 5 training images, not 6; class 'cat' has 1, not 2");
    let content = "it has the same number of images per class, but their order, names or contents differ";
    let moved = difference(|folder| {
        std::fs::rename(folder.join("train/cat/1.png"), folder.join("train/cat/7.png")).unwrap();
    });
    assert_eq!(moved, content);
    // A file of the same name and length.
    let edited = difference(|folder| {
        let path = folder.join("train/cat/1.png");
        let image = std::fs::read(&path).unwrap();
        make::image(&path, 8, 8, [171, 170, 172]);
        assert_eq!(image.len(), std::fs::read(&path).unwrap().len());
        assert_ne!(image, std::fs::read(&path).unwrap());
    });
    assert_eq!(edited, content);
}

/// The same images with the class names in another order.
#[test]
fn labels_are_matched_by_class_name() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    let names = ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];
    let known = fingerprint(folder.path());
    assert_eq!(known.classes, names);
    let mut swapped = names;
    swapped.swap(0, 3);
    std::fs::write(folder.path().join("batches.meta.txt"), swapped.join("\n")).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let labels = data.train.labels().to_vec();
    assert_eq!(labels[..4], [0, 1, 2, 3]);
    let matched = data.matching(&known).unwrap();
    assert_eq!(matched.data.classes(), names);
    assert_eq!(matched.data.train.labels()[..4], [3, 1, 2, 0], "the label of 'cat' is that of the network");
    assert!(matched.notes.len() == 1 && matched.notes[0].contains("another order"), "{:?}", matched.notes);
    let (reordered, records) = (
        matched.data.train.images().unwrap(),
        make::records(&labels.iter().map(|l| *l as u8).take(20).collect::<Vec<_>>(), 0),
    );
    assert_eq!(reordered.image(5).unwrap()[..4], records[5 * 3073 + 1..][..4], "images stay with their labels");
    assert_eq!(matched.data.test.labels()[..4], [3, 1, 2, 0]);
}

#[test]
fn a_class_without_images_is_a_warning_and_an_unknown_class_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    pets(folder.path());
    let known = fingerprint(folder.path());
    for part in ["train", "test"] {
        std::fs::remove_dir_all(folder.path().join(part).join("bee")).unwrap();
    }
    let matched = Dataset::open(folder.path()).unwrap().matching(&known).unwrap();
    assert_eq!(matched.data.train.labels(), [0, 0, 2, 2]);
    assert_eq!(matched.data.classes(), ["ant", "bee", "cat"]);
    assert!(matched.notes[0].contains("no images of these classes of the network: 'bee'"), "{:?}", matched.notes);
    std::fs::rename(folder.path().join("train/cat"), folder.path().join("train/dog")).unwrap();
    std::fs::rename(folder.path().join("test/cat"), folder.path().join("test/dog")).unwrap();
    let refused = Dataset::open(folder.path()).unwrap().matching(&known).unwrap_err();
    assert!(matches!(&refused, DataError::Classes { unknown, .. } if unknown == &["dog"]));
    let message = refused.to_string();
    assert!(
        message.contains("classes of the network: 'ant', 'bee', 'cat'; classes of the data set: 'ant', 'dog'"),
        "{message}"
    );
}

/// If the network's or the data set's classes have no names, they are matched by number.
#[test]
fn numbered_classes_are_matched_by_number() {
    let data = Dataset::procedural(1, 20, 10);
    let named = data.fingerprint();
    let numbers = Fingerprint { classes: (0..10).map(|number| format!("class {number}")).collect(), ..named.clone() };
    let matched = data.clone().matching(&numbers).unwrap();
    assert_eq!(matched.data.train.labels(), data.train.labels());
    assert!(matched.notes[0].contains("matched by number"));
    assert_eq!(data.clone().matching(&named).unwrap().notes, [""; 0]);
}

#[test]
fn accuracies_no_better_than_a_constant_prediction_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    pets(folder.path());
    for index in 3..6 {
        make::image(&folder.path().join(format!("test/cat/{index}.png")), 8, 8, [1, 2, index]);
    }
    let known = fingerprint(folder.path());
    // Four of six test images are cats.
    let warning = known.test_baseline_warning(66.6).unwrap();
    assert!(warning.contains("no better than always predicting 'cat', the class of 66.67 %"), "{warning}");
    assert!(known.test_baseline_warning(100.0 * 4.0 / 6.0).is_some() && known.test_baseline_warning(66.7).is_none());
    assert!(known.held_out_baseline_warning(33.3).is_some() && known.held_out_baseline_warning(34.0).is_none());
    assert_eq!(known.class_warnings(), [""; 0]);
    let one = Fingerprint { classes: vec!["cat".into()], train: vec![3], test: vec![2], ..known.clone() };
    assert!(one.class_warnings()[0].contains("only one class, 'cat'") && one.test_baseline_warning(100.0).is_none());
    let untested = Fingerprint { test: vec![0, 1, 1], ..known };
    assert!(
        untested.class_warnings()[0].contains("1 class has no test images: 'ant'"),
        "{:?}",
        untested.class_warnings()
    );
}
