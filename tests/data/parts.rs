//! Detection of the parts of a data set by folder name.

use super::make;
use graphpnas::data::{DataError, Dataset, Part, Warning};
use std::path::Path;

/// Two classes with `count` images each; `shade` distinguishes the parts.
fn part(folder: &Path, name: &str, count: u8, shade: u8) {
    for (class, colour) in [("ant", 10), ("bird", 130)] {
        for index in 0..count {
            make::varied_image(
                &folder.join(name).join(class).join(format!("{index}.png")),
                6,
                6,
                colour + shade + index,
            );
        }
    }
}

fn counts(data: &Dataset) -> (usize, Option<usize>, usize) {
    (data.train.len(), data.validation.as_ref().map(|part| part.len()), data.test.len())
}

#[test]
fn train_validation_and_test_folders() {
    for [train, validation, test] in [
        ["train", "val", "test"],
        ["Train", "Valid", "Test"],
        ["TRAIN", "VALIDATION", "TEST"],
        ["training", "dev", "testing"],
        ["training_set", "eval", "test_set"],
        ["train2017", "val2017", "test2017"],
    ] {
        let folder = tempfile::tempdir().unwrap();
        part(folder.path(), train, 5, 0);
        part(folder.path(), validation, 3, 50);
        part(folder.path(), test, 2, 80);
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!((counts(&data), &data.warnings[..]), ((10, Some(6), 4), &[][..]), "{train} {validation} {test}");
        let validation = data.validation.as_ref().unwrap();
        assert_eq!(validation.labels(), [0, 0, 0, 1, 1, 1]);
        assert_eq!(validation.images().unwrap().image(0).unwrap()[0], 60, "images of the validation folder");
        assert_eq!(data.test.images().unwrap().image(0).unwrap()[0], 90, "images of the test folder");
        let names: Vec<_> = data.parts().map(|(part, _)| part).collect();
        assert_eq!(names, [Part::Training, Part::Validation, Part::Test]);
        let fingerprint = data.fingerprint();
        assert_eq!((fingerprint.train, fingerprint.validation, fingerprint.test), (vec![5, 5], vec![3, 3], vec![2, 2]));
    }
}

#[test]
fn the_validation_part_is_in_the_fingerprint() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 4, 0);
    part(folder.path(), "val", 2, 50);
    part(folder.path(), "test", 2, 80);
    let first = Dataset::open(folder.path()).unwrap().fingerprint();
    make::varied_image(&folder.path().join("val/ant/0.png"), 6, 6, 99);
    let second = Dataset::open(folder.path()).unwrap().fingerprint();
    assert_ne!(first.digest, second.digest);
}

#[test]
fn one_held_out_folder() {
    for (held_out, is_validation) in
        [("val", true), ("Valid", true), ("eval", true), ("Test", false), ("testing", false)]
    {
        let folder = tempfile::tempdir().unwrap();
        part(folder.path(), "train", 5, 0);
        part(folder.path(), held_out, 2, 50);
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(counts(&data), (10, None, 4), "{held_out}");
        let warning = [Warning::ValidationIsTest { name: held_out.into() }];
        assert_eq!(data.warnings, if is_validation { &warning[..] } else { &[] });
    }
}

#[test]
fn unused_folders_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 10, 0);
    part(folder.path(), "test", 2, 50);
    part(folder.path(), "holdout", 2, 60);
    part(folder.path(), "more\nold", 2, 70);
    part(folder.path(), ".hidden", 2, 70);
    let data = Dataset::open(folder.path()).unwrap();
    let names = vec!["holdout".to_owned(), "more\\nold".to_owned()];
    let used = vec!["train".to_owned(), "test".to_owned()];
    assert_eq!(data.warnings, [Warning::Unused { names, used }]);
    assert_eq!(data.warnings[0].to_string(), "unused folders: holdout, more\\nold; used folders: train, test");
}

#[test]
fn a_test_folder_without_labels_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 10, 0);
    for index in 0..4 {
        make::varied_image(&folder.path().join(format!("test/{index}.png")), 6, 6, index);
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(counts(&data), (16, None, 4), "a fifth of the training images");
    assert!(matches!(&data.warnings[..], [Warning::Unused { names, .. }] if names == &["test"]), "{:?}", data.warnings);
    part(folder.path(), "val", 3, 50);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!(counts(&data), (20, None, 6));
}

#[test]
fn two_folders_for_the_same_part_are_refused() {
    for (first, second) in [("val", "valid"), ("Test", "testing"), ("dev", "val"), ("Train", "train")] {
        let folder = tempfile::tempdir().unwrap();
        part(folder.path(), "train", 3, 0);
        part(folder.path(), first, 3, 50);
        part(folder.path(), second, 2, 80);
        let error = Dataset::open(folder.path()).unwrap_err();
        assert!(matches!(error, DataError::SamePart { .. }), "{error:?}");
        let text = error.to_string();
        assert!(text.contains(&format!("/{first} and ")) && text.contains(&format!("/{second} both")), "{text}");
    }
}

#[test]
fn classes_may_be_named_like_parts() {
    let folder = tempfile::tempdir().unwrap();
    for class in ["bus", "train", "test"] {
        for index in 0..5 {
            make::varied_image(
                &folder.path().join(class).join(format!("{index}.png")),
                6,
                6,
                index + class.as_bytes()[1],
            );
        }
    }
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.classes(), data.warnings.len()), (&["bus", "test", "train"].map(String::from)[..], 0));
}

#[test]
fn parts_without_classes_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["train", "test"] {
        for index in 0..5 {
            make::varied_image(
                &folder.path().join(name).join(format!("{index}.png")),
                6,
                6,
                index + name.as_bytes()[1],
            );
        }
    }
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::NoClasses { path } if path.ends_with("train")), "{error:?}");
    assert!(error.to_string().contains("named after its class"), "{error}");
}

#[test]
fn classes_are_matched_by_name() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 3, 0);
    make::varied_image(&folder.path().join("train/cow/0.png"), 6, 6, 77);
    part(folder.path(), "val", 2, 50);
    part(folder.path(), "test", 2, 80);
    make::varied_image(&folder.path().join("test/cow/0.png"), 6, 6, 78);
    let data = Dataset::open(folder.path()).unwrap();
    let missing = Warning::ClassesMissing { part: Part::Validation, count: 1, first: "cow".into() };
    assert_eq!((data.test.labels(), &data.warnings[..]), (&[0, 0, 1, 1, 2][..], &[missing][..]));
    std::fs::rename(folder.path().join("val/bird"), folder.path().join("val/Bird")).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::ExtraClass { like: Some(like), .. } if like == "bird"), "{error:?}");
    assert!(error.to_string().contains("(it has 'bird'); rename one of them"), "{error}");
}

#[test]
fn parts_are_checked_for_duplicates() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 3, 0);
    part(folder.path(), "val", 2, 50);
    part(folder.path(), "test", 2, 80);
    std::fs::copy(folder.path().join("val/ant/1.png"), folder.path().join("test/bird/9.png")).unwrap();
    let warnings = Dataset::open(folder.path()).unwrap().warnings;
    let text: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    let expected = "1 test images are also validation images, 1 of them with a different label \
                    (the first: test image 4 is validation image 1)";
    assert_eq!(text, [expected]);
}

/// Unpacking an archive into a folder of its own leaves a part in a folder of the same name.
#[test]
fn unambiguous_nested_folders_are_read() {
    let plain = tempfile::tempdir().unwrap();
    let (nested, wrapped) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for (part_name, count, shade) in [("train", 4, 0), ("val", 2, 50), ("test", 3, 80)] {
        part(plain.path(), part_name, count, shade);
        part(&nested.path().join(part_name), part_name, count, shade);
        part(&wrapped.path().join("set"), part_name, count, shade);
    }
    let expected = Dataset::open(plain.path()).unwrap();
    assert_eq!(expected.warnings, []);
    let twice = |outer: &Path, inner: &str| Warning::Nested { outer: outer.into(), inner: outer.join(inner) };
    let parts = ["train", "val", "test"].map(|name| twice(&nested.path().join(name), name));
    let wrapped_warnings = [twice(wrapped.path(), "set")];
    for (folder, warnings) in [(&nested, &parts[..]), (&wrapped, &wrapped_warnings)] {
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(data.fingerprint(), expected.fingerprint());
        assert_eq!(data.warnings, warnings);
        let check = graphpnas::data::check(folder.path(), &graphpnas::data::OpenOptions::default()).unwrap();
        assert_eq!((check.images(), check.bad.len(), &check.warnings[..]), (18, 0, warnings));
    }
    let text = wrapped_warnings[0].to_string();
    assert!(text.starts_with("the data set is read from ") && text.contains("set, the only entry of "), "{text}");
    // With another folder next to it, it may be a class without images.
    part(&nested.path().join("train"), "more", 2, 0);
    assert!(Dataset::open(nested.path()).is_err());
    // A test part alone has no training images.
    let test = tempfile::tempdir().unwrap();
    part(test.path(), "test", 2, 0);
    assert!(matches!(Dataset::open(test.path()), Err(DataError::UnknownLayout { .. })));
}
