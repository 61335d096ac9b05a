//! The Python version of CIFAR gives the same data set as the binary version, for pickles of Python 2 and 3.

use super::make;
use graphpnas::data::{DataError, Dataset, OpenOptions};
use std::path::Path;

/// The Python version that wrote a pickle.
#[derive(Clone, Copy, PartialEq)]
enum Python {
    /// Strings are byte strings, as in the published files.
    Two,
    /// Read by Python 3 with `encoding='bytes'` and written again.
    Three,
}

impl Python {
    /// A string, or bytes.
    fn text(self, text: &[u8]) -> Vec<u8> {
        let (short, long) = if self == Self::Two { (b'U', b'T') } else { (b'C', b'B') };
        match u8::try_from(text.len()) {
            Ok(length) => [&[short, length], text].concat(),
            Err(_) => [&[long][..], &(text.len() as u32).to_le_bytes(), text].concat(),
        }
    }

    /// A numpy array of bytes.
    fn array(self, rows: usize, columns: usize, bytes: &[u8], fortran: bool) -> Vec<u8> {
        let module: &[u8] = if self == Self::Two { b"numpy.core.multiarray" } else { b"numpy._core.multiarray" };
        let size = |size: usize| [&b"M"[..], &(size as u16).to_le_bytes()].concat();
        let mut text =
            [b"c", module, b"\n_reconstruct\ncnumpy\nndarray\nK\x00\x85", &self.text(b"b"), b"\x87R(K\x01"].concat();
        text.extend([size(rows), size(columns)].concat());
        text.extend(b"\x86cnumpy\ndtype\nX\x02\0\0\0u1K\x00K\x01\x87R(K\x03X\x01\0\0\0|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb");
        text.push(if fortran { 0x88 } else { 0x89 });
        text.extend([&self.text(bytes), &b"tb"[..]].concat());
        text
    }

    fn dictionary(self, entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
        let mut text = b"\x80\x02}(".to_vec();
        for (key, value) in entries {
            text.extend(self.text(key.as_bytes()));
            text.extend(value);
        }
        text.extend(b"u.");
        text
    }

    fn names(self, names: &[&str]) -> Vec<u8> {
        [b"](".to_vec(), names.iter().flat_map(|name| self.text(name.as_bytes())).collect(), b"e".to_vec()].concat()
    }

    /// A batch made of binary records with one or two label bytes.
    fn batch(self, records: &[u8], label_bytes: usize) -> Vec<u8> {
        let records: Vec<_> = records.chunks(3072 + label_bytes).collect();
        let pixels: Vec<u8> = records.iter().flat_map(|record| &record[label_bytes..]).copied().collect();
        let labels = |at: usize| {
            [b"](".to_vec(), records.iter().flat_map(|record| [b'K', record[at]]).collect(), b"e".to_vec()].concat()
        };
        let keys: &[&str] = if label_bytes == 1 { &["labels"] } else { &["coarse_labels", "fine_labels"] };
        let mut entries = vec![("batch_label", self.text(b"testing batch 1 of 1"))];
        entries.extend(keys.iter().enumerate().map(|(at, key)| (*key, labels(at))));
        entries.push(("data", self.array(records.len(), 3072, &pixels, false)));
        self.dictionary(&entries)
    }
}

fn write(folder: &Path, name: &str, bytes: &[u8]) {
    std::fs::write(folder.join(name), bytes).unwrap();
}

const NAMES: [&str; 10] = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];

/// The folder of [`make::cifar10`] in the Python version.
fn ten(python: Python, folder: &Path) {
    let labels: Vec<u8> = (0..20).map(|index| index % 10).collect();
    write(folder, "data_batch_1", &python.batch(&make::records(&labels, 0), 1));
    write(folder, "data_batch_2", &python.batch(&make::records(&labels[..10], 100), 1));
    write(folder, "test_batch", &python.batch(&make::records(&labels[..10], 1000), 1));
    write(folder, "batches.meta", &python.dictionary(&[("label_names", python.names(&NAMES))]));
}

#[test]
fn cifar10_is_the_same_from_pickles_and_binary_files() {
    let binary = tempfile::tempdir().unwrap();
    make::cifar10(binary.path());
    write(binary.path(), "batches.meta.txt", NAMES.join("\n").as_bytes());
    let binary = Dataset::open(binary.path()).unwrap();
    for python in [Python::Two, Python::Three] {
        let folder = tempfile::tempdir().unwrap();
        ten(python, folder.path());
        let data = Dataset::open(folder.path()).unwrap();
        assert_eq!(data.classes(), NAMES);
        for (from_pickles, from_binary) in [(&data.train, &binary.train), (&data.test, &binary.test)] {
            assert_eq!(from_pickles.labels(), from_binary.labels());
            assert!(from_pickles.images().unwrap().pixels() == from_binary.images().unwrap().pixels());
        }
        assert_eq!((data.fingerprint(), &data.warnings), (binary.fingerprint(), &binary.warnings));
    }
}

#[test]
fn cifar100_has_fine_and_coarse_labels() {
    let folder = tempfile::tempdir().unwrap();
    let records = |count: u8| -> Vec<u8> {
        (0..count).flat_map(|i| [vec![i % 20, i * 9 % 100], vec![i; 3072]].concat()).collect()
    };
    let (fine, coarse): (Vec<_>, Vec<_>) = (
        (0..100).map(|number| format!("fine {number}")).collect(),
        (0..20).map(|number| format!("coarse {number}")).collect(),
    );
    let as_texts = |names: &[String]| names.iter().map(String::as_str).collect::<Vec<_>>().join("|");
    let (fine_text, coarse_text) = (as_texts(&fine), as_texts(&coarse));
    let names = |text: &str| Python::Two.names(&text.split('|').collect::<Vec<_>>());
    let meta = [("coarse_label_names", names(&coarse_text)), ("fine_label_names", names(&fine_text))];
    write(folder.path(), "train", &Python::Two.batch(&records(11), 2));
    write(folder.path(), "test", &Python::Two.batch(&records(5), 2));
    write(folder.path(), "meta", &Python::Two.dictionary(&meta));
    let data = Dataset::open(folder.path()).unwrap();
    assert_eq!((data.layout, data.classes()), ("cifar100", &fine[..]));
    assert_eq!((data.train.labels()[..3].to_vec(), data.test.len()), (vec![0, 9, 18], 5));
    let data = Dataset::open_with(folder.path(), &OpenOptions { coarse: true, ..OpenOptions::default() }).unwrap();
    assert_eq!((data.classes(), &data.train.labels()[..3]), (&coarse[..], &[0, 1, 2][..]));
}

#[test]
fn pickles_with_other_content_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    ten(Python::Two, folder.path());
    let records = make::records(&[1, 2], 0);
    let labels = |labels: &[u8]| {
        [b"](".to_vec(), labels.iter().flat_map(|label| [b'K', *label]).collect(), b"e".to_vec()].concat()
    };
    let pixels: Vec<u8> = records.chunks(3073).flat_map(|record| &record[1..]).copied().collect();
    let data = |rows, fortran| Python::Two.array(rows, pixels.len() / rows, &pixels, fortran);
    let entries = |label: Vec<u8>, data| Python::Two.dictionary(&[("labels", label), ("data", data)]);
    let cases = [
        (b"cos\nsystem\n(S'id'\ntR.".to_vec(), "it calls os.system"),
        (Python::Two.dictionary(&[("labels", labels(&[1, 2]))]), "it has no byte array 'data'"),
        (Python::Two.dictionary(&[("data", data(2, false))]), "it has no list 'labels'"),
        (entries(labels(&[1]), data(2, false)), "it has 2 images and 1 labels"),
        (entries(labels(&[1, 2, 3, 4]), data(4, false)), "'data' has the shape [4, 1536], not [images, 3072]"),
        (entries(labels(&[1, 2]), data(2, true)), "the numpy data does not match its type or shape"),
        (entries(labels(&[1, 10]), data(2, false)), "record 2 of"),
        (b"\x80\x02}".to_vec(), "the pickle is cut off"),
    ];
    for (bytes, expected) in cases {
        write(folder.path(), "data_batch_2", &bytes);
        let message = Dataset::open(folder.path()).unwrap_err().to_string();
        assert!(message.contains(expected) && message.contains("data_batch_2"), "{message}");
    }
    write(folder.path(), "data_batch_2", &Python::Two.batch(&records, 1));
    write(folder.path(), "batches.meta", &Python::Two.dictionary(&[("label_names", Python::Two.names(&["a"]))]));
    assert!(matches!(Dataset::open(folder.path()).unwrap_err(), DataError::Names { found: 1, expected: 10, .. }));
    std::fs::remove_file(folder.path().join("batches.meta")).unwrap();
    assert_eq!(Dataset::open(folder.path()).unwrap().classes()[3], "cat", "without a file of names the published ones");
}
