use super::make;
use graphpnas::data::{
    DataError, Dataset, ImageShape, Loader, LoaderError, LoaderOptions, Normalization, OpenOptions, Source, Warning,
};
use std::path::Path;
use std::sync::Arc;

/// `train` with two classes of three 8x8 images, `val` with one image each.
fn small(folder: &Path) {
    for (class, colour) in [("bird", [10, 20, 30]), ("ant", [90, 80, 70])] {
        for index in 0..3 {
            let colour = colour.map(|value| value + index);
            make::image(&folder.join(format!("train/{class}/{index}.png")), 8, 8, colour);
        }
        make::image(&folder.join(format!("val/{class}/0.jpg")), 8, 8, colour.map(|value| value / 2));
    }
}

/// The warnings other than that about images of one colour, which the test images are.
fn other_warnings(data: &Dataset) -> Vec<String> {
    let others = data.warnings.iter().filter(|warning| !matches!(warning, Warning::Constant { .. }));
    others.map(ToString::to_string).collect()
}

const VALIDATION_IS_TEST: &str =
    "there is no test part, so val is used as the test part; validation images are held out from the training images";

fn resized(height: usize, width: usize) -> OpenOptions {
    OpenOptions { resize: Some((height, width)), ..OpenOptions::default() }
}

#[test]
fn classes_are_sorted_by_name() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::write(folder.path().join("train/ant/.DS_Store"), "hidden").unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.layout, data.classes()), ("folders", &["ant".to_owned(), "bird".to_owned()][..]));
    assert_eq!((data.train.len(), data.test.labels()), (6, &[0, 1][..]));
    let images = data.train.images().unwrap();
    assert_eq!(images.image(4).unwrap()[..64], [11; 64]);
    assert_eq!(images.image(4).unwrap()[128..], [31; 64]);
    assert_eq!(other_warnings(&data), [VALIDATION_IS_TEST]);
}

#[test]
fn a_single_part_is_split_by_seed() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..10 {
        make::image(&folder.path().join(format!("a/{index}.png")), 4, 4, [index; 3]);
        make::image(&folder.path().join(format!("b/{index}.png")), 4, 4, [100 + index; 3]);
    }
    let options = OpenOptions { test_fraction: 0.3, seed: 5, ..OpenOptions::default() };
    let [first, again] = [0, 1].map(|_| Dataset::open_with(folder.path(), &options).unwrap());
    assert_eq!((first.train.len(), first.test.len()), (14, 6));
    assert_eq!(first.test.images().unwrap().pixels(), again.test.images().unwrap().pixels());
    assert_eq!(first.test.labels(), [0, 0, 0, 1, 1, 1]);
    let other = Dataset::open_with(folder.path(), &OpenOptions { seed: 6, ..options }).unwrap();
    assert_ne!(first.test.images().unwrap().pixels(), other.test.images().unwrap().pixels());
}

#[test]
fn a_text_file_with_an_image_name_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::write(folder.path().join("train/ant/9.jpg"), "this is not an image").unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::Decode { path, .. } if path.ends_with("train/ant/9.jpg")), "{error:?}");
    assert!(error.to_string().contains("replace or remove it"), "{error}");
}

#[test]
fn damaged_images_never_panic() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["x.png", "x.jpg"] {
        small(folder.path());
        let path = folder.path().join("train/ant").join(name);
        make::image(&path, 24, 24, [7, 100, 200]);
        let good = std::fs::read(&path).unwrap();
        for cut in (0..good.len()).step_by(7) {
            std::fs::write(&path, &good[..cut]).unwrap();
            // Decoders may accept a JPEG file without its end.
            Dataset::open_with(folder.path(), &resized(8, 8)).ok();
            let mut bad = good.clone();
            bad[cut] ^= 0x55;
            std::fs::write(&path, &bad).unwrap();
            Dataset::open_with(folder.path(), &resized(8, 8)).ok();
        }
        std::fs::remove_file(path).unwrap();
    }
}

#[test]
fn an_empty_class_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::create_dir(folder.path().join("train/cow")).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::EmptyClass { path, .. } if path.ends_with("train/cow")), "{error:?}");
}

#[test]
fn classes_in_only_one_part() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    make::image(&folder.path().join("train/cow/0.png"), 8, 8, [1; 3]);
    let data = Dataset::open(folder.path()).unwrap();
    let warnings = other_warnings(&data);
    assert_eq!(warnings, [VALIDATION_IS_TEST, "the class 'cow' has no validation images"]);
    make::image(&folder.path().join("val/dog/0.png"), 8, 8, [1; 3]);
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::ExtraClass { path, like: None } if path.ends_with("val/dog")), "{error:?}");
}

#[test]
fn different_sizes_need_a_target_size() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    make::image(&folder.path().join("train/bird/9.png"), 20, 10, [200; 3]);
    for max_bytes_in_memory in [0, 1 << 20] {
        let options = OpenOptions { max_bytes_in_memory, ..OpenOptions::default() };
        let error = Dataset::open_with(folder.path(), &options).unwrap_err();
        let expected =
            "9.png has 20x10 pixels (height x width), but other images have 8x8; resize all images with --resize";
        assert!(error.to_string().contains(expected), "{error}");
    }
    let data = Dataset::open_with(folder.path(), &resized(6, 5)).unwrap();
    assert_eq!(data.train.shape(), ImageShape::rgb(6, 5));
    assert!(
        data.warnings.contains(&Warning::Resized { count: 9, total: 9, height: 6, width: 5 }),
        "{:?}",
        data.warnings
    );
    assert_eq!(data.train.images().unwrap().image(6).unwrap(), [200; 90]);
    assert!(Dataset::open_with(folder.path(), &resized(0, 5)).is_err());
    assert!(Dataset::open_with(folder.path(), &resized(5, 1 << 40)).is_err());
}

#[test]
fn greyscale_misnamed_and_skipped_files() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let grey = folder.path().join("train/ant/grey.png");
    image::GrayImage::from_pixel(8, 8, image::Luma([77])).save(&grey).unwrap();
    std::fs::rename(&grey, folder.path().join("train/ant/grey.JPEG")).unwrap();
    std::fs::write(folder.path().join("train/ant/notes.txt"), "no image").unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(data.train.images().unwrap().image(3).unwrap(), [77; 192]);
    let kinds =
        |warning: &Warning| matches!(warning, Warning::FilesSkipped { count: 1, kinds, .. } if kinds == "1 .txt");
    assert!(data.warnings.iter().any(kinds), "{:?}", data.warnings);
}

#[test]
fn folders_without_a_supported_layout_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(error, DataError::UnknownLayout { .. }), "{error:?}");
    let text = error.to_string();
    assert!(
        ["CIFAR-10 ", "CIFAR-100", "TinyImageNet", "image folders"].iter().all(|name| text.contains(name)),
        "{text}"
    );
    assert!(matches!(Dataset::open(folder.path().join("nowhere")).unwrap_err(), DataError::Read { .. }));
    std::fs::create_dir_all(folder.path().join("train")).unwrap();
    std::fs::create_dir_all(folder.path().join("val")).unwrap();
    assert!(matches!(Dataset::open(folder.path()).unwrap_err(), DataError::Empty { .. }));
}

#[test]
fn the_loader_returns_decode_errors() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let data =
        Dataset::open_with(folder.path(), &OpenOptions { max_bytes_in_memory: 0, ..OpenOptions::default() }).unwrap();
    assert!(matches!(*data.train, Source::Files(_)));
    std::fs::write(folder.path().join("train/ant/2.png"), "overwritten").unwrap();
    let loader = Loader::new(Arc::clone(&data.train), LoaderOptions::evaluate(2, Normalization::none(3))).unwrap();
    let batches: Vec<_> = loader.epoch(0).unwrap().collect();
    assert_eq!(batches.len(), 2, "one good batch, the error, and nothing after it");
    let error = batches[1].as_ref().unwrap_err();
    assert!(
        matches!(error, LoaderError::Data(DataError::Decode { path, .. }) if path.ends_with("ant/2.png")),
        "{error}"
    );
}
