//! Signals as NumPy arrays: reading, errors, normalisation and augmentation.

use super::common::npy;
use graphpnas::data::{
    Augment, Crop, Dataset, Loader, LoaderOptions, Normalization, OpenOptions, Padding, Part, SignalReader, Signals,
    Source, check,
};
use std::path::Path;
use std::sync::Arc;

/// Writes the arrays of a part: `count` signals of two channels and five values, with labels 0, 1, 0, ...
fn part(folder: &Path, name: &str, count: usize) {
    let values: Vec<f32> = (0..count * 10).map(|i| i as f32 / 4.0 - 3.0).collect();
    let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
    npy(&folder.join(format!("x_{name}.npy")), "<f4", &[count, 2, 5], &bytes);
    let labels: Vec<u8> = (0..count as i64).flat_map(|i| (i % 2).to_le_bytes()).collect();
    npy(&folder.join(format!("y_{name}.npy")), "<i8", &[count], &labels);
}

fn signals(source: &Source) -> &Signals {
    match source {
        Source::Signals(signals) => signals,
        other => panic!("{other:?}"),
    }
}

fn refusal(folder: &Path) -> String {
    Dataset::open(folder).unwrap_err().to_string()
}

#[test]
fn arrays_are_read_as_signals() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 6);
    part(folder.path(), "val", 3);
    part(folder.path(), "test", 4);
    std::fs::write(folder.path().join("classes.txt"), "still\nmoving\n").unwrap();
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.layout, data.classes()), ("signals", &["still".to_owned(), "moving".to_owned()][..]));
    assert_eq!(data.parts().map(|(_, part)| part.len()).collect::<Vec<_>>(), [6, 3, 4]);
    assert_eq!(data.image_shape(), [2, 1, 5]);
    let train = signals(&data.train);
    assert_eq!(train.signal(1).unwrap(), [-0.5, -0.25, 0.0, 0.25, 0.5, 0.75, 1.0, 1.25, 1.5, 1.75]);
    assert_eq!(train.labels(), [0, 1, 0, 1, 0, 1]);
    assert_eq!(data.train.memory(), 6 * 10 * 4 + 6 * 2);
    // All parts start with the same signals.
    let warnings: Vec<_> = data.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 3, "{warnings:?}");
    // The digest depends on the values.
    let fingerprint = data.fingerprint();
    assert_eq!(Dataset::open(folder.path()).unwrap().fingerprint(), fingerprint);
    part(folder.path(), "test", 3);
    assert_ne!(Dataset::open(folder.path()).unwrap().fingerprint().digest, fingerprint.digest);
    let found = check(folder.path(), &OpenOptions::default()).unwrap();
    assert_eq!((found.layout, found.images(), found.sizes[0]), ("signals", 12, ((1, 5), 12)));
    assert_eq!(found.parts[0], (Part::Training, vec![3, 3]));
}

/// The start of an array of version 2 with a header of this length, and no header.
fn long_header(length: u32) -> Vec<u8> {
    [&b"\x93NUMPY\x02\x00"[..], &length.to_le_bytes(), b"{'descr': '<f4', "].concat()
}

#[test]
fn headers_of_later_versions_are_read() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 10);
    let path = folder.path().join("x_train.npy");
    let expected = signals(&Dataset::open(folder.path()).unwrap().train).values().to_vec();
    let first = std::fs::read(&path).unwrap();
    for version in [2, 3] {
        let head = [&b"\x93NUMPY"[..], &[version, 0], &118_u32.to_le_bytes(), &first[10..]].concat();
        std::fs::write(&path, &head).unwrap();
        assert_eq!(signals(&Dataset::open(folder.path()).unwrap().train).values(), expected);
        std::fs::write(&path, &head[..head.len() - 2]).unwrap();
        assert!(refusal(folder.path()).contains("has 398 bytes of values, but 400"), "{}", refusal(folder.path()));
    }
}

#[test]
fn parts_without_signals_of_a_class_are_reported() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    npy(&path("x_train.npy"), "|u1", &[4, 3], &[1, 2, 3, 1, 2, 4, 1, 2, 5, 1, 2, 6]);
    npy(&path("y_train.npy"), "|u1", &[4], &[1, 1, 2, 2]);
    npy(&path("x_val.npy"), "|u1", &[1, 3], &[7, 7, 8]);
    npy(&path("y_val.npy"), "|u1", &[1], &[2]);
    let data = Dataset::open(folder.path()).unwrap();
    let warnings: Vec<_> = data.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        warnings,
        [
            "there is no test part, so x_val.npy is used as the test part; validation images are held out from the training \
             images",
            "the class 'class 0' has no training images",
            "2 classes have no test images (the first: 'class 0')",
        ]
    );
    let of_classes = data.class_warnings();
    assert!(of_classes[0].contains("1 class has no training images: 'class 0'"), "{of_classes:?}");
}

#[cfg(unix)]
#[test]
fn folders_and_pipes_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    part(folder.path(), "train", 4);
    let labels = folder.path().join("y_train.npy");
    std::fs::remove_file(&labels).unwrap();
    std::fs::create_dir(&labels).unwrap();
    assert!(refusal(folder.path()).ends_with("y_train.npy is not a regular file; replace or remove it"));
    std::fs::remove_dir(&labels).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(&labels).status().unwrap().success());
    assert!(refusal(folder.path()).ends_with("y_train.npy is not a regular file; replace or remove it"));
}

#[test]
fn one_part_is_split_and_shapes_may_have_fewer_or_more_axes() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let doubles: Vec<u8> = (0..40).flat_map(|i| f64::from(i).to_be_bytes()).collect();
    npy(&path("X_train.npy"), ">f8", &[10, 4], &doubles);
    npy(&path("y_train.npy"), "|u1", &[10, 1], &[0, 0, 0, 0, 0, 2, 2, 2, 2, 2]);
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.train.len(), data.test.len(), data.image_shape()), (8, 2, [1, 1, 4]));
    assert_eq!(data.classes(), ["class 0", "class 1", "class 2"]);
    let whole = OpenOptions { whole: true, ..OpenOptions::default() };
    assert_eq!(Dataset::open_with(folder.path(), &whole).unwrap().test.len(), 10);
    npy(&path("X_train.npy"), "<i2", &[10, 2, 1, 1], &[1, 0, 254, 255].repeat(10));
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.image_shape(), signals(&data.train).signal(0).unwrap()), ([2, 1, 1], &[1.0, -2.0][..]));
    // Signals keep their length.
    let resized =
        |size| Dataset::open_with(folder.path(), &OpenOptions { resize: Some(size), ..OpenOptions::default() });
    assert!(resized((1, 1)).is_ok());
    let error = resized((1, 2)).unwrap_err().to_string();
    assert!(error.starts_with("signals of 2x1x1 cannot be resized to 1x2"), "{error}");
}

#[test]
fn unusable_arrays_are_refused_with_their_name() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let refused = |expected: &str| {
        let error = refusal(folder.path());
        assert!(error.contains(expected), "{error}");
    };
    std::fs::write(path("y_train.npy"), "").unwrap();
    refused("x_train.npy does not exist; the signals of a part are in x_train.npy, their labels in y_train.npy");
    part(folder.path(), "train", 4);
    let good = std::fs::read(path("x_train.npy")).unwrap();
    let with = |name: &str, change: &dyn Fn(&Path), expected: &str| {
        part(folder.path(), "train", 4);
        change(&path(name));
        refused(expected);
    };
    with(
        "x_train.npy",
        &|path| std::fs::write(path, &good[..good.len() - 1]).unwrap(),
        "has 159 bytes of values, but 160 according to its header; it seems cut off or damaged, so save it again",
    );
    with(
        "x_train.npy",
        &|path| std::fs::write(path, [&good[..], &[0; 2]].concat()).unwrap(),
        "has 162 bytes of values",
    );
    with(
        "x_train.npy",
        &|path| std::fs::write(path, b"words").unwrap(),
        "is not a NumPy array; save one with numpy.save",
    );
    with("x_train.npy", &|path| std::fs::write(path, &good[..30]).unwrap(), "is not a NumPy array");
    with("x_train.npy", &|path| npy(path, "<c8", &[4, 2], &[0; 64]), "has elements of another type");
    with("x_train.npy", &|path| npy(path, "<f4", &[4, 2, 2, 1], &[0; 64]), "has the shape [4, 2, 2, 1]; signals are");
    with("x_train.npy", &|path| npy(path, "<f2", &[4, 2], &[0; 16]), "convert them with array.astype(\"float32\")");
    with("x_train.npy", &|path| npy(path, "<f4", &[0, 2], &[]), "has the shape [0, 2], so it has no values");
    with("x_train.npy", &|path| npy(path, "<f4", &[4, 0], &[]), "has the shape [4, 0], so it has no values");
    with("x_train.npy", &|path| npy(path, "<f4", &[], &[0; 4]), "has the shape []; signals are");
    // Nothing is allocated for the values of these.
    let ten_nine = 1_000_000_000;
    with(
        "x_train.npy",
        &|path| npy(path, "<f4", &[ten_nine, ten_nine], &[]),
        "has 0 bytes of values, but 4000000000000000000 according to its header",
    );
    with(
        "x_train.npy",
        &|path| npy(path, "<f4", &[1 << 40, 1 << 40], &[]),
        "but more than 2^64 according to its header",
    );
    with("x_train.npy", &|path| npy(path, "<f4", &[0, 1 << 40, 1 << 40], &[]), "so it has no values");
    with("y_train.npy", &|path| npy(path, "<i8", &[1 << 60], &[]), "but 9223372036854775808 according to its header");
    with("x_train.npy", &|path| std::fs::write(path, long_header(u32::MAX)).unwrap(), "is not a NumPy array");
    with("x_train.npy", &|path| std::fs::write(path, long_header(60_000)).unwrap(), "is not a NumPy array");
    with("x_train.npy", &|path| std::fs::write(path, &good[..128]).unwrap(), "has 0 bytes of values, but 160");
    with("x_train.npy", &|path| std::fs::write(path, &good[..11]).unwrap(), "is not a NumPy array");
    let nan = [1.0_f32, f32::NAN].map(f32::to_le_bytes).concat();
    with("x_train.npy", &|path| npy(path, "<f4", &[2, 1], &nan), "has in signal 1 a value that is not finite");
    let infinite = [1.0_f64, 2.0, f64::NEG_INFINITY, 0.0].map(f64::to_be_bytes).concat();
    with("x_train.npy", &|path| npy(path, ">f8", &[4, 1], &infinite), "has in signal 2 a value that is not finite");
    let large = [1.0_f64, -1e300, 0.0, 0.0].map(f64::to_le_bytes).concat();
    with(
        "x_train.npy",
        &|path| npy(path, "<f8", &[4, 1], &large),
        "has in signal 1 the value -1e300, too large for float32",
    );
    with("y_train.npy", &|path| npy(path, "<i8", &[3], &[0; 24]), "there are 4 signals, which need one label each");
    with("y_train.npy", &|path| npy(path, "|u1", &[4, 2], &[0; 8]), "(array.argmax(1) of one-hot labels)");
    with(
        "y_train.npy",
        &|path| npy(path, "<U3", &[4], &[0; 48]),
        "numpy.unique(array, return_inverse=True)[1] numbers labels",
    );
    with("y_train.npy", &|path| npy(path, "<f4", &[4], &nan.repeat(2)), "has the label NaN for signal 1");
    with(
        "y_train.npy",
        &|path| npy(path, "<u4", &[4], &65_536_u32.to_le_bytes().repeat(4)),
        "has the label 65536 for signal 0",
    );
    with("y_train.npy", &|path| npy(path, "|i1", &[4], &[0, 1, 255, 0]), "has the label -1 for signal 2");
    let half = [0.0_f32, 1.0, 0.5, 0.0].map(f32::to_le_bytes).concat();
    with("y_train.npy", &|path| npy(path, "<f4", &[4], &half), "has the label 0.5 for signal 2");
    with(
        "y_train.npy",
        &|path| std::fs::remove_file(path).unwrap(),
        "y_train.npy does not exist; the signals of a part are in",
    );
    with("classes.txt", &|path| std::fs::write(path, "one\n").unwrap(), "has 1 names, but the largest label is 1");
    with("classes.txt", &|path| std::fs::write(path, "a\nb\na\n").unwrap(), "has the name 'a' twice");
    with("classes.txt", &|path| std::fs::write(path, b"a\nb\xff\n").unwrap(), "is not UTF-8; save it in this encoding");
    std::fs::remove_file(path("classes.txt")).unwrap();
    with("x_test.npy", &|path| npy(path, "<f4", &[1, 3], &[0; 12]), "y_test.npy does not exist");
    npy(&path("y_test.npy"), "|u1", &[1], &[0]);
    refused("x_test.npy has signals of 1x1x3, but those for training are 2x1x5");
    // Column-major order, as numpy.save writes a transposed array.
    let text = String::from_utf8_lossy(&good[..128]).replace("False", "True ");
    let head: Vec<u8> = good[..10].iter().copied().chain(text.bytes().skip(text.len() - 118)).collect();
    std::fs::remove_file(path("x_test.npy")).unwrap();
    std::fs::remove_file(path("y_test.npy")).unwrap();
    std::fs::write(path("x_train.npy"), [&head[..], &good[128..]].concat()).unwrap();
    refused("is in column-major order; save numpy.ascontiguousarray(array)");
    // Two files for the same signals, or for the same labels.
    #[cfg(target_os = "linux")]
    for letter in ["X", "Y"] {
        let [capital, small] = [letter.to_owned(), letter.to_lowercase()].map(|letter| format!("{letter}_train.npy"));
        part(folder.path(), "train", 10);
        std::fs::copy(path(&small), path(&capital)).unwrap();
        refused(&format!("{capital} exists beside {small}; rename or remove the one that is not meant"));
        // A link is the same file.
        std::fs::remove_file(path(&capital)).unwrap();
        std::os::unix::fs::symlink(path(&small), path(&capital)).unwrap();
        assert_eq!(Dataset::open(folder.path()).unwrap().image_shape(), [2, 1, 5]);
        std::fs::remove_file(path(&capital)).unwrap();
    }
    // A single array is no data set.
    let error = Dataset::open(path("x_train.npy")).unwrap_err().to_string();
    assert!(error.contains("give a folder with x_train.npy and y_train.npy"), "{error}");
    assert!(Signals::new(vec![0.0; 5], vec![0], Arc::from(["a".to_owned()]), [2, 3]).is_err());
    assert!(Signals::new(vec![0.0; 6], vec![1], Arc::from(["a".to_owned()]), [2, 3]).is_err());
}

/// All signals of an array for a network, or the error.
fn read(path: &Path, channels: usize, length: usize) -> Result<Vec<Vec<f32>>, String> {
    let reader = SignalReader::open(path, channels, length).map_err(|error| error.to_string())?;
    reader.map(|signal| signal.map_err(|error| error.to_string())).collect()
}

#[test]
fn signals_for_a_network_are_read_one_after_another() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("new.npy");
    let array = |shape: &[usize]| npy(&path, ">i2", shape, &(0..12_i16).flat_map(i16::to_be_bytes).collect::<Vec<_>>());
    let all: Vec<f32> = (0..12).map(|i| i as f32).collect();
    let chunks = |length: usize| Ok(all.chunks(length).map(<[f32]>::to_vec).collect::<Vec<_>>());
    for (shape, channels, length) in [
        (&[2, 2, 3][..], 2, 3),
        (&[2, 2, 1, 3], 2, 3),
        (&[3, 4], 3, 4),
        (&[3, 4], 1, 4),
        (&[3, 1, 4], 1, 4),
        (&[12], 1, 12),
        (&[1, 12], 1, 12),
    ] {
        array(shape);
        assert_eq!(read(&path, channels, length), chunks(channels * length), "{shape:?}");
    }
    let refused = |shape: &[usize], channels: usize, length: usize, expected: &str| {
        array(shape);
        let message = read(&path, channels, length).unwrap_err();
        assert!(
            message.contains(&format!("new.npy has the shape {shape:?}, but the network takes signals of {expected}"))
        );
    };
    refused(&[2, 3, 2], 3, 4, "3 x 4 (channels x length); give an array of n x 3 x 4, or 3 x 4 for one signal");
    refused(&[2, 2, 3], 3, 2, "3 x 2 (channels x length); bring them to this order with array.transpose(0, 2, 1)");
    refused(&[3, 4], 2, 4, "2 x 4 (channels x length); give an array of n x 2 x 4, or 2 x 4 for one signal");
    refused(&[3, 4], 1, 3, "1 x 3 (channels x length); give an array of n x 3, or n x 1 x 3");
    refused(&[12], 2, 6, "2 x 6 (channels x length)");
    npy(&path, "<f4", &[0, 3, 4], &[]);
    assert!(read(&path, 3, 4).unwrap_err().ends_with("has the shape [0, 3, 4], so it has no signals"));
    // An error of a signal does not end the others, an error of the file does.
    let values = [1.0, f64::NAN, 1e300, 4.0].map(f64::to_le_bytes).concat();
    npy(&path, "<f8", &[4, 1], &values);
    let mut reader = SignalReader::open(&path, 1, 1).unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), [1.0]);
    let mut error = || reader.next().unwrap().unwrap_err().to_string();
    assert!(error().ends_with(
        "new.npy has in signal 1 a value that is not finite (NaN or infinity); replace it or remove the signal"
    ));
    assert!(error().ends_with("new.npy has in signal 2 the value 1e300, too large for float32; scale the signals"));
    assert_eq!(reader.next().unwrap().unwrap(), [4.0]);
    assert!(reader.next().is_none());
    npy(&path, "<f8", &[2, 10_000], &[0; 160_000]);
    let mut reader = SignalReader::open(&path, 1, 10_000).unwrap();
    std::fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(100_000).unwrap();
    assert!(reader.next().unwrap().is_ok() && reader.next().unwrap().is_err() && reader.next().is_none());
}

/// Signals of one channel and six values around 100.
fn around_100(count: usize) -> Arc<Source> {
    let values = (0..count * 6).map(|i| 100.0 + (i % 6) as f32).collect();
    let labels = (0..count).map(|i| (i % 2) as u16).collect();
    let classes = ["a", "b"].map(String::from).into();
    Arc::new(Source::Signals(Signals::new(values, labels, classes, [1, 6]).unwrap()))
}

#[test]
fn signals_are_normalised_by_their_own_statistics() {
    let source = around_100(4);
    let normal = Normalization::of(&source).unwrap();
    assert_eq!(normal.mean, [102.5]);
    assert!((normal.deviation[0] - (35.0_f32 / 12.0).sqrt()).abs() < 1e-6, "{normal:?}");
    let loader = Loader::new(source, LoaderOptions::evaluate(4, normal.clone())).unwrap();
    let batch = loader.batch(0, 0).unwrap();
    let expected: Vec<f32> = (0..6).map(|i| (100.0 + i as f32 - 102.5) / normal.deviation[0]).collect();
    assert_eq!(batch.inputs(), expected.repeat(4));
    let constant = Signals::new(vec![3.0; 6], vec![0], Arc::from(["a".to_owned()]), [1, 6]).unwrap();
    let normal = Normalization::of(&Source::Signals(constant)).unwrap();
    assert_eq!((normal.mean, normal.deviation), (vec![3.0], vec![1.0]));
}

/// The augmentation of the recipes, a crop and a flip, only shifts signals along their length.
#[test]
fn augmentation_shifts_along_the_length_and_never_mirrors() {
    let source = around_100(300);
    let normal = Normalization::of(&source).unwrap();
    let values: Vec<f32> = (0..6).map(|i| (100.0 + i as f32 - 102.5) / normal.deviation[0]).collect();
    for padding in [Padding::Zero, Padding::Reflect] {
        let augment = Augment { crop: Some(Crop { pad: 2, padding }), flip: true, cutout: 0 };
        let options = LoaderOptions { augment, seed: 5, ..LoaderOptions::evaluate(300, normal.clone()) };
        let batch = Loader::new(Arc::clone(&source), options).unwrap().batch(0, 0).unwrap();
        let mut seen = std::collections::BTreeSet::new();
        for signal in batch.inputs().chunks(6) {
            let shifted = |shift: &i32| {
                let at = |i: i32| match i {
                    0..6 => values[i as usize],
                    // Outside, the mean, which is 0, or the mirrored signal.
                    _ if padding == Padding::Zero => 0.0,
                    i if i < 0 => values[(-i) as usize],
                    i => values[(10 - i) as usize],
                };
                (0..6).map(|i| at(i + shift)).collect::<Vec<_>>() == signal
            };
            seen.insert((-2..=2).find(shifted).expect("a shift"));
        }
        assert_eq!(seen.len(), 5);
    }
    let augment = Augment { cutout: 3, ..Augment::default() };
    let options = LoaderOptions { augment, ..LoaderOptions::evaluate(300, normal) };
    let batch = Loader::new(source, options).unwrap().batch(0, 0).unwrap();
    let holes: Vec<usize> =
        batch.inputs().chunks(6).map(|signal| signal.iter().filter(|x| **x == 0.0).count()).collect();
    assert_eq!((holes.iter().min(), holes.iter().max()), (Some(&2), Some(&3)), "clipped at the ends");
}
