//! Unexpected entries in image folders: other files, pipes and sockets, names that are not valid UTF-8.

use super::make;
use graphpnas::data::{DataError, Dataset, Warning, check};
use std::path::Path;

/// Two classes of five images each.
fn small(folder: &Path) {
    for (class, colour) in [("ant", 10), ("bird", 130)] {
        for index in 0..5 {
            make::varied_image(&folder.join(class).join(format!("{index}.png")), 6, 6, colour + index);
        }
    }
}

#[test]
fn skipped_files_are_counted_by_extension() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    let write = |name: &str| std::fs::write(folder.path().join(name), "something").unwrap();
    (0..7).for_each(|index| write(&format!("ant/{index}.txt")));
    (0..3).for_each(|index| write(&format!("bird/{index}.HEIC")));
    (0..2).for_each(|index| write(&format!("bird/{index}")));
    std::fs::create_dir(folder.path().join("bird/deeper")).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    let text = data.warnings[0].to_string();
    let expected =
        "13 entries are not images in a supported format: 7 .txt, 3 .heic, 2 without extension, 1 folder (the first: ";
    assert!(data.warnings.len() == 1 && text.starts_with(expected) && text.ends_with("ant/0.txt)"), "{text}");
    // A class without images.
    std::fs::create_dir(folder.path().join("cow")).unwrap();
    let error = Dataset::open(folder.path()).unwrap_err().to_string();
    assert!(
        error.contains("cow has no image in a supported format") && error.contains("it contains nothing"),
        "{error}"
    );
    (0..3).for_each(|index| write(&format!("cow/{index}.avif")));
    write("cow/list.txt");
    let error = Dataset::open(folder.path()).unwrap_err();
    assert!(matches!(&error, DataError::EmptyClass { path, .. } if path.ends_with("cow")), "{error:?}");
    assert!(error.to_string().contains("it contains 3 .avif, 1 .txt"), "{error}");
}

#[test]
fn images_outside_class_folders_are_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    make::varied_image(&folder.path().join("stray.png"), 6, 6, 7);
    let warnings = Dataset::open(folder.path()).unwrap().warnings;
    assert_eq!(warnings, [Warning::NoClass { count: 1, first: folder.path().join("stray.png") }]);
}

#[test]
fn system_folders_are_not_classes() {
    let folder = tempfile::tempdir().unwrap();
    small(folder.path());
    std::fs::create_dir_all(folder.path().join("__MACOSX/ant")).unwrap();
    std::fs::create_dir_all(folder.path().join(".ipynb_checkpoints")).unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.classes().len(), &data.warnings[..]), (2, &[][..]));
}

#[cfg(unix)]
mod unix {
    use super::{make, small};
    use graphpnas::data::{DataError, Dataset, Warning, check, read_image};
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    use std::path::Path;
    use std::process::Command;

    fn pipe(path: &Path) {
        assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
    }

    /// Opening a pipe waits forever, so this test would not end.
    #[test]
    fn special_files_are_never_opened() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let class = folder.path().join("ant");
        pipe(&class.join("p.png"));
        symlink("/dev/zero", class.join("q.png")).unwrap();
        let _socket = UnixListener::bind(class.join("s.png")).unwrap();
        symlink(class.join("nowhere.png"), class.join("t.png")).unwrap();
        symlink(class.join("u.png"), class.join("u.png")).unwrap();
        symlink(class.join("p.png"), class.join("v.png")).unwrap();
        // A link to an image is an image, a link to the parent folder is a folder.
        symlink(class.join("0.png"), class.join("w.png")).unwrap();
        symlink(folder.path(), class.join("x")).unwrap();
        pipe(&folder.path().join("pipe"));
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(data.train.len() + data.test.len(), 11);
        let special_files = |warnings: &[Warning]| {
            let special = warnings.iter().find_map(|warning| match warning {
                Warning::NotRegular { count, .. } => Some((*count, warning.to_string())),
                _ => None,
            });
            special.unwrap()
        };
        let (count, text) = special_files(&data.warnings);
        assert!(count == 7 && text.starts_with("entries that are not regular files"), "{text}");
        let checked = check(folder.path(), &Default::default()).unwrap();
        assert_eq!((checked.bad.len(), checked.images(), special_files(&checked.warnings).0), (0, 11, 7));
        for name in ["p.png", "q.png", "s.png", "v.png"] {
            let error = read_image(class.join(name), 4, 4).unwrap_err();
            assert!(matches!(error, DataError::NotRegular { .. }), "{error}");
        }
        assert!(matches!(read_image(class.join("t.png"), 4, 4), Err(DataError::Read { .. })));
        assert!(matches!(read_image(class.join("u.png"), 4, 4), Err(DataError::Read { .. })));
    }

    #[test]
    fn pipes_instead_of_data_set_files_are_refused() {
        for name in ["data_batch_1.bin", "test_batch.bin", "train.bin", "test.bin", "wnids.txt", "batches.meta.txt"] {
            let folder = tempfile::tempdir().unwrap();
            if name == "batches.meta.txt" {
                make::cifar10(folder.path());
            }
            pipe(&folder.path().join(name));
            assert!(Dataset::open(folder.path()).is_err(), "{name}");
        }
    }

    #[test]
    fn names_that_are_not_utf8_stay_distinct() {
        let folder = tempfile::tempdir().unwrap();
        let names: [&[u8]; 4] = [b"a\xfe", b"a\xff", br"a\xff", "a\u{fffd}".as_bytes()];
        for (index, name) in names.iter().enumerate() {
            for part in ["train", "test"] {
                let class = folder.path().join(part).join(OsStr::from_bytes(name));
                for file in [&b"f\xfe.png"[..], b"f\xff.png", "f\u{fffd}.png".as_bytes()] {
                    let colour = (index * 40 + usize::from(file[1]) % 7 * 3 + part.len()) as u8;
                    make::varied_image(&class.join("0.png"), 6, 6, colour);
                    std::fs::rename(class.join("0.png"), class.join(OsStr::from_bytes(file))).unwrap();
                }
            }
        }
        let data = Dataset::open(folder.path()).unwrap();
        // Sorted by the bytes of the names: a backslash is 0x5c, U+FFFD starts with 0xef.
        assert_eq!(data.classes(), [r"a\\xff", "a\u{fffd}", r"a\xfe", r"a\xff"]);
        for part in [&data.train, &data.test] {
            assert_eq!(part.labels(), [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3]);
        }
        let found = |label: usize| data.test.images().unwrap().image(3 * label).unwrap()[0] / 40;
        assert_eq!([found(0), found(1), found(2), found(3)], [2, 3, 0, 1], "the classes of both parts are the same");
    }

    #[test]
    fn messages_have_no_control_characters() {
        let folder = tempfile::tempdir().unwrap();
        small(folder.path());
        let class = folder.path().join("c\n\u{1b}[31mfake: all is well");
        std::fs::create_dir(&class).unwrap();
        std::fs::write(class.join("x\u{7}\r.png"), "not an image").unwrap();
        std::fs::write(class.join("y\u{1b}.t\nxt"), "not an image").unwrap();
        let error = Dataset::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains(r"c\n\u{1b}[31mfake: all is well/x\u{7}\r.png cannot be decoded"), "{error}");
        std::fs::remove_file(class.join("x\u{7}\r.png")).unwrap();
        let error = Dataset::open(folder.path()).unwrap_err().to_string();
        assert!(error.contains(r"it contains 1 .t\nxt") && !error.contains(char::is_control), "{error}");
        make::varied_image(&class.join("0.png"), 6, 6, 77);
        make::varied_image(&class.join("1.png"), 6, 6, 78);
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(data.classes()[2], r"c\n\u{1b}[31mfake: all is well");
        assert!(data.warnings.iter().all(|warning| !warning.to_string().contains(char::is_control)));
    }
}

#[test]
fn a_check_lists_all_errors() {
    let folder = tempfile::tempdir().unwrap();
    for part in ["train", "val", "test"] {
        for (class, colour) in [("ant", 10), ("bird", 130)] {
            for index in 0..3 {
                let path = folder.path().join(part).join(class).join(format!("{index}.png"));
                make::varied_image(&path, 6 + u32::from(index == 2), 6, colour + index + part.as_bytes()[0]);
            }
        }
    }
    let write = |name: &str| std::fs::write(folder.path().join(name), "not an image").unwrap();
    ["train/ant/8.png", "train/bird/9.jpg", "val/ant/9.gif", "test/bird/9.webp"].into_iter().for_each(write);
    std::fs::create_dir(folder.path().join("train/cow")).unwrap();
    make::varied_image(&folder.path().join("test/dog/0.png"), 6, 6, 1);
    let checked = check(folder.path(), &Default::default()).unwrap();
    let names: Vec<_> = checked.bad.iter().map(|error| error.path().unwrap().strip_prefix(&folder).unwrap()).collect();
    let expected =
        ["train/cow", "test/dog", "train/ant/8.png", "train/bird/9.jpg", "val/ant/9.gif", "test/bird/9.webp"];
    assert_eq!(names, expected.map(Path::new));
    assert_eq!(checked.classes, ["ant", "bird", "cow"]);
    assert!(checked.parts.iter().all(|(_, counts)| counts == &[3, 3, 0]), "{:?}", checked.parts);
    assert_eq!(checked.sizes, [((6, 6), 12), ((7, 6), 6)]);
    assert!(
        matches!(&checked.bad[0], DataError::EmptyClass { .. })
            && matches!(&checked.bad[1], DataError::ExtraClass { .. })
    );
}

/// If images are decoded on demand, only a sample is checked, with a warning.
#[test]
fn images_decoded_on_demand_are_sampled() {
    use graphpnas::data::OpenOptions;
    let folder = tempfile::tempdir().unwrap();
    for index in 0..40_u8 {
        for (class, colour) in [("ant", 10), ("bird", 130)] {
            let path = folder.path().join(class).join(format!("{index}.png"));
            make::varied_image(&path, 6, 6, colour + index);
        }
    }
    let blank = folder.path().join("ant/blank.png");
    make::image(&blank, 6, 6, [7, 7, 7]);
    let options = OpenOptions { max_bytes_in_memory: 10, ..OpenOptions::default() };
    let data = Dataset::open_with(folder.path(), &options).unwrap();
    let expected = [
        Warning::DuplicatesUnchecked,
        Warning::Sampled { checked: 81, total: 81 },
        Warning::Constant { count: 1, first: blank },
    ];
    assert_eq!(data.warnings, expected);
    for index in 0..250_u8 {
        make::varied_image(&folder.path().join(format!("bird/more{index}.png")), 6, 6, index);
    }
    let data = Dataset::open_with(folder.path(), &options).unwrap();
    let sampled = data.warnings.iter().find(|warning| matches!(warning, Warning::Sampled { .. })).unwrap().to_string();
    assert!(sampled.starts_with("only 256 of 331 images were checked"), "{sampled}");
    assert!(sampled.ends_with("`data verify` checks all"), "{sampled}");
}
