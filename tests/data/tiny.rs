use super::{common, make};
use graphpnas::data::{DataError, Dataset, Loader, LoaderOptions, Normalization, OpenOptions, Source, Warning};
use std::path::Path;
use std::sync::Arc;

#[test]
fn published_tiny_imagenet_files_are_read() {
    read(&common::fixture("tiny-imagenet-200"), 10, [5, 1]);
    if let Some(folder) = common::extra("tiny-imagenet-200") {
        read(&folder, 200, [40, 8]);
    }
}

/// Reads a folder with the given numbers of classes and of training and validation images per class.
fn read(folder: &Path, classes: usize, [train, test]: [usize; 2]) {
    let data = Dataset::open(folder).unwrap();
    let counts = (data.train.len(), data.test.len());
    assert_eq!((data.layout, counts), ("tiny-imagenet", (classes * train, classes * test)));
    assert_eq!((data.classes().len(), data.classes()[0].as_str()), (classes, "Egyptian cat"), "the order of wnids.txt");
    assert_eq!(data.train.shape().to_string(), "3x64x64");
    let images = data.train.images().expect("100 MB fit in memory");
    let last = images.labels().last().copied().map(usize::from);
    assert_eq!((images.labels()[0], last), (0, Some(classes - 1)));
    let decoded = image::open(folder.join("train/n02124075/images/n02124075_0.JPEG")).unwrap().to_rgb8();
    assert_eq!(images.image(0).unwrap()[2 * 4096 + 65], decoded.get_pixel(1, 1).0[2]);
    for warning in &data.warnings {
        println!("{warning}");
    }
}

#[test]
fn a_data_set_above_the_memory_limit_is_decoded_on_demand() {
    let folder = common::fixture("tiny-imagenet-200");
    let options = OpenOptions { max_bytes_in_memory: 1 << 10, resize: Some((16, 20)), ..OpenOptions::default() };
    let data = Dataset::open_with(&folder, &options).unwrap();
    assert!(matches!(*data.train, Source::Files(_)) && data.memory() < 1 << 14);
    assert!(data.warnings.contains(&Warning::DuplicatesUnchecked));
    let indices: Vec<usize> = (0..50).step_by(3).collect();
    let few = |source: &Arc<Source>| {
        let options = LoaderOptions { threads: 2, ..LoaderOptions::evaluate(5, Normalization::imagenet()) };
        let loader = Loader::over(Arc::clone(source), indices.clone(), options).unwrap();
        let batches: Result<Vec<_>, _> = loader.epoch(0).unwrap().collect();
        batches.unwrap().iter().flat_map(|batch| batch.inputs().to_vec()).collect::<Vec<f32>>()
    };
    let on_demand = few(&data.train);
    assert_eq!(on_demand.len(), 17 * 3 * 16 * 20);
    let in_memory = Dataset::open_with(&folder, &OpenOptions { max_bytes_in_memory: 1 << 30, ..options }).unwrap();
    assert!(in_memory.train.images().is_some() && on_demand == few(&in_memory.train));
}

/// Two classes with two training images and one validation image each.
fn small(folder: &Path) {
    std::fs::write(folder.join("wnids.txt"), "n2\nn1\n").unwrap();
    std::fs::write(folder.join("words.txt"), "n1\tcat, pet\nn3\tcow\n").unwrap();
    for (id, colour) in [("n1", [200, 0, 0]), ("n2", [0, 200, 0])] {
        for index in 0..2 {
            let colour = colour.map(|value| value + index);
            make::image(&folder.join(format!("train/{id}/images/{id}_{index}.JPEG")), 8, 8, colour);
        }
        make::image(&folder.join(format!("val/images/{id}.JPEG")), 8, 8, colour.map(|value| value / 2));
    }
    std::fs::write(folder.join("val/val_annotations.txt"), "n1.JPEG\tn1\t0\t0\t7\t7\nn2.JPEG\tn2\t0\t0\t7\t7\n")
        .unwrap();
}

#[test]
fn label_order_is_that_of_wnids_and_names_are_those_of_words() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.classes(), ["n2", "cat"]);
    assert_eq!((data.train.labels(), data.test.labels()), (&[0, 0, 1, 1][..], &[1, 0][..]));
}

/// The labels of both parts.
fn labels(folder: &Path) -> [Vec<u16>; 2] {
    let data = Dataset::open(folder).unwrap();
    assert_eq!((data.layout, data.classes().len()), ("tiny-imagenet", 2));
    [data.train.labels().to_vec(), data.test.labels().to_vec()]
}

#[test]
fn a_validation_part_sorted_into_class_folders() {
    for deeper in ["", "images"] {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let val = folder.path().join("val");
        for id in ["n1", "n2"] {
            std::fs::create_dir_all(val.join(id).join(deeper)).unwrap();
            let name = format!("{id}.JPEG");
            std::fs::rename(val.join("images").join(&name), val.join(id).join(deeper).join(&name)).unwrap();
        }
        // Common scripts leave the list and the empty folder, or remove them.
        std::fs::remove_dir(val.join("images")).unwrap();
        assert_eq!(labels(folder.path()), [vec![0, 0, 1, 1], vec![1, 0]], "labels of wnids.txt: n2, n1");
        assert_eq!(Dataset::open(folder.path()).unwrap().classes(), ["n2", "cat"]);
        std::fs::remove_file(val.join("val_annotations.txt")).unwrap();
        assert_eq!(labels(folder.path()), [vec![0, 0, 1, 1], vec![1, 0]]);
    }
}

#[test]
fn a_folder_without_the_list_of_classes() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::remove_file(folder.path().join("wnids.txt")).unwrap();
    // Now in the order of the folders' names: n1, n2.
    assert_eq!(labels(folder.path()), [vec![0, 0, 1, 1], vec![0, 1]]);
    assert_eq!(Dataset::open(folder.path()).unwrap().classes(), ["cat", "n2"]);
    // Without the annotations too, it is read as class folders with a subfolder `images`.
    std::fs::remove_file(folder.path().join("val/val_annotations.txt")).unwrap();
    std::fs::remove_dir_all(folder.path().join("val")).unwrap();
    for id in ["n1", "n2"] {
        make::image(&folder.path().join(format!("val/{id}/images/0.JPEG")), 8, 8, [9; 3]);
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.layout, data.train.len(), data.test.labels()), ("folders", 4, &[0, 1][..]));
}

#[test]
fn a_test_part_with_labels_is_the_test_part() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    make::image(&folder.path().join("test/images/t.JPEG"), 8, 8, [9; 3]);
    let data = Dataset::open(folder.path()).unwrap();
    assert!(data.validation.is_none() && data.test.len() == 2);
    assert!(data.warnings.iter().any(|warning| warning.to_string().starts_with("unused folders: test;")));
    std::fs::remove_dir_all(folder.path().join("test")).unwrap();
    make::image(&folder.path().join("test/n1/t.JPEG"), 8, 8, [9; 3]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.validation.as_ref().map(|part| part.len()), data.test.labels()), (Some(2), &[1][..]));
}

#[test]
fn duplicate_class_names_get_their_ids() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::write(folder.path().join("words.txt"), "n1\tcrane, machine\nn2\tcrane, bird\n").unwrap();
    assert_eq!(Dataset::open(folder.path()).unwrap().classes(), ["crane (n2)", "crane (n1)"]);
    for list in ["n1\nn1\n", "n1\n..\n", "n1\n../n2\n"] {
        std::fs::write(folder.path().join("wnids.txt"), list).unwrap();
        let error = Dataset::open(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::Line { line: 2, .. }), "{error:?}");
    }
}

#[test]
fn errors_of_annotations_name_the_line() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let cases = [
        ("n1.JPEG\tn1\nn2.JPEG\tn9\n", "class n9 is not in wnids.txt"),
        ("n1.JPEG\tn1\nn2.JPEG\n", "expected a file and a class"),
        ("n1.JPEG\tn1\nn3.JPEG\tn1\n", "val/images/n3.JPEG does not exist"),
        ("n1.JPEG\tn1\n../../wnids.txt\tn1\n", "is not the name of a file"),
    ];
    for (text, message) in cases {
        std::fs::write(folder.path().join("val/val_annotations.txt"), text).unwrap();
        let error = Dataset::open(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::Line { line: 2, .. }), "{error:?}");
        assert!(error.to_string().contains(message), "{error}");
    }
}
