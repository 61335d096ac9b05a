use super::{common, make};
use graphpnas::data::{DataError, Dataset, OpenOptions, Warning};
use std::path::Path;

#[test]
fn published_cifar10_files_are_read() {
    read(&common::fixture("cifar-10-batches-bin"), [20, 10]);
    if let Some(folder) = common::extra("cifar-10-batches-bin") {
        read(&folder, [1000, 200]);
    }
}

/// Reads a folder with the given numbers of training and test images per class.
fn read(folder: &Path, [train, test]: [usize; 2]) {
    let data = Dataset::open(folder).unwrap();
    assert_eq!((data.layout, data.train.len(), data.test.len()), ("cifar10", 10 * train, 10 * test));
    assert_eq!((data.classes()[0].as_str(), data.classes()[9].as_str()), ("airplane", "truck"));
    assert_eq!(data.memory(), 3074 * (data.train.len() + data.test.len()) as u64);
    for (source, each) in [(&data.train, train), (&data.test, test)] {
        let mut counts = [0; 10];
        source.labels().iter().for_each(|label| counts[usize::from(*label)] += 1);
        assert_eq!(counts, [each; 10]);
    }
    let file = std::fs::read(folder.join("data_batch_1.bin")).unwrap();
    let images = data.train.images().unwrap();
    let last = 10 * train - 1;
    assert_eq!(images.image(last).unwrap(), &file[last * 3073 + 1..]);
    assert_eq!(images.labels()[7], u16::from(file[7 * 3073]));
    assert!(images.image(last + 1).is_none());
    assert!(data.warnings.contains(&Warning::PartsMissing { found: 1, expected: 5 }), "{:?}", data.warnings);
    for warning in &data.warnings {
        println!("{warning}");
    }
}

#[test]
fn images_in_memory_and_image_files_are_resized_alike() {
    let folder = common::fixture("cifar-10-batches-bin");
    let original = Dataset::open(&folder).unwrap();
    let png = tempfile::tempdir().unwrap();
    let file = png.path().join("0.png");
    let planes = original.train.images().unwrap().image(0).unwrap();
    let pixel = |x: u32, y: u32| [0, 1, 2].map(|channel| planes[1024 * channel + (32 * y + x) as usize]);
    image::RgbImage::from_fn(32, 32, |x, y| image::Rgb(pixel(x, y))).save(&file).unwrap();
    for (height, width) in [(16, 16), (9, 14), (40, 1), (32, 32)] {
        let options = OpenOptions { resize: Some((height, width)), ..OpenOptions::default() };
        let data = Dataset::open_with(&folder, &options).unwrap();
        assert_eq!((data.train.shape().height, data.test.shape().width), (height, width));
        assert_eq!((data.train.labels(), data.classes()), (original.train.labels(), original.classes()));
        let expected = graphpnas::data::read_image(&file, height, width).unwrap();
        assert_eq!(data.train.images().unwrap().image(0).unwrap(), expected);
        let resized = Warning::Resized { count: 300, total: 300, height, width };
        assert_eq!(data.warnings.contains(&resized), (height, width) != (32, 32));
    }
    let wrong = OpenOptions { resize: Some((0, 5)), ..OpenOptions::default() };
    assert!(Dataset::open_with(&folder, &wrong).is_err());
}

#[test]
fn training_files_are_read_in_order() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.train.len(), data.test.len()), (30, 10));
    assert_eq!(data.train.images().unwrap().image(20).unwrap()[0], 100);
    assert_eq!(data.classes()[3], "cat", "the names are known without the file");
}

#[test]
fn a_cut_off_file_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    let path = folder.path().join("data_batch_2.bin");
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() - 1]).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Truncated { records: 9, bytes: 30729, .. }), "{error:?}");
    assert!(error.to_string().contains("data_batch_2.bin") && error.to_string().contains("fetch it again"), "{error}");
    std::fs::write(&path, []).unwrap();
    assert!(matches!(Dataset::open(folder.path()).unwrap_err(), DataError::Empty { .. }));
}

#[test]
fn the_error_for_a_label_out_of_range_names_the_record() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    let mut labels = [1; 20];
    labels[16] = 11;
    std::fs::write(folder.path().join("data_batch_2.bin"), make::records(&labels, 0)).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::Label { record: 17, label: 11, most: 9, .. }), "{error:?}");
    assert!(error.to_string().starts_with("record 17 of "), "{error}");
    assert!(error.to_string().contains("data_batch_2.bin: label 11 is not in 0 to 9"), "{error}");
}

#[test]
fn a_missing_part_and_wrong_class_names_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    std::fs::write(folder.path().join("batches.meta.txt"), "one\ntwo\n").unwrap();
    assert!(matches!(Dataset::open(folder.path()).unwrap_err(), DataError::Names { found: 2, expected: 10, .. }));
    std::fs::remove_file(folder.path().join("batches.meta.txt")).unwrap();
    std::fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::Read { path, .. } if path.ends_with("test_batch.bin")), "{error:?}");
}

#[test]
fn duplicates_across_parts_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    make::cifar10(folder.path());
    // Image 4 of the training part twice more, once with another label.
    let mut test = make::records(&[0, 1], 1000);
    let mut duplicate = make::records(&[4], 4);
    test.extend_from_slice(&duplicate);
    duplicate[0] = 7;
    test.extend_from_slice(&duplicate);
    std::fs::write(folder.path().join("test_batch.bin"), test).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let found = data.warnings.iter().find_map(|warning| match warning {
        Warning::Duplicates { found, .. } => Some((found.count, found.relabelled, found.first)),
        _ => None,
    });
    assert_eq!(found, Some((2, 1, (4, 2))));
    assert!(data.warnings.iter().any(|warning| warning.to_string().starts_with("2 test images are also")));
}

#[test]
fn cifar100_has_fine_and_coarse_labels() {
    let folder = tempfile::tempdir().unwrap();
    let record = |coarse: u8, fine: u8| [vec![coarse, fine], vec![fine; 3072]].concat();
    std::fs::write(folder.path().join("train.bin"), [record(19, 99), record(3, 40)].concat()).unwrap();
    std::fs::write(folder.path().join("test.bin"), record(0, 5)).unwrap();
    let fine = Dataset::open(folder.path()).unwrap();
    assert_eq!((fine.layout, fine.classes().len(), fine.train.labels()), ("cifar100", 100, &[99, 40][..]));
    let options = OpenOptions { coarse: true, ..OpenOptions::default() };
    let coarse = Dataset::open_with(folder.path(), &options).unwrap();
    assert_eq!((coarse.classes().len(), coarse.train.labels()), (20, &[19, 3][..]));
    std::fs::write(folder.path().join("test.bin"), record(20, 100)).unwrap();
    assert!(matches!(Dataset::open(folder.path()).unwrap_err(), DataError::Label { label: 100, most: 99, .. }));
    let error = Dataset::open_with(folder.path(), &options).unwrap_err();
    assert!(matches!(error, DataError::Label { label: 20, most: 19, record: 1, .. }));
}
