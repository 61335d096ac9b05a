//! The NATS-Bench folder gives the same table as the CSV file; incomplete folders are refused.

use super::make::{Pickle, nats};
use super::{common, message, sheet};
use rayon::prelude::*;
use std::io::Write;
use std::path::Path;

fn compressed(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn meta<'a>(archs: impl Iterator<Item = &'a str>) -> Vec<u8> {
    Pickle::build(|root| {
        root.dict(|root| {
            root.text("meta_archs");
            root.list(|list| archs.for_each(|arch| list.text(arch)));
        })
    })
}

fn file(folder: &Path, number: usize) -> std::path::PathBuf {
    folder.join(format!("{number:06}.pickle.pbz2"))
}

#[test]
fn the_folder_is_read_and_a_damaged_one_refused() {
    let rows = common::rows(common::nasbench201_csv());
    let folder = tempfile::tempdir().unwrap();
    let meta_file = folder.path().join("meta.pickle.pbz2");
    std::fs::write(&meta_file, compressed(&meta(rows.iter().map(|row| row[1].as_str())))).unwrap();
    rows.par_iter().enumerate().for_each(|(number, row)| {
        let accuracies: Vec<f64> = row[2..].iter().map(|field| field.parse().unwrap()).collect();
        let bytes = nats(&row[1], &accuracies);
        // Compression is slow, so only some files are compressed.
        let bytes = if number % 100 == 0 { compressed(&bytes) } else { bytes };
        std::fs::write(file(folder.path(), number), bytes).unwrap();
    });
    let found = sheet(folder.path(), "nasbench201").unwrap();
    let expected = sheet(common::nasbench201_csv(), "nasbench201").unwrap();
    assert_eq!(found.rows(), 15_625);
    for (found, expected) in found.columns().iter().zip(expected.columns()) {
        assert_eq!(found.name, expected.name);
        let near = |(one, other): (&f64, &f64)| (one - other).abs() < 1e-9;
        assert!(found.values.iter().zip(&expected.values).all(near), "{}", found.name);
    }
    check_damaged_folders(folder.path(), &rows);
}

fn check_damaged_folders(folder: &Path, rows: &[Vec<String>]) {
    let path = file(folder, 7);
    let complete = std::fs::read(&path).unwrap();
    let other = std::fs::read(file(folder, 8)).unwrap();
    let cases = [
        (other, "000007.pickle.pbz2: it has the architecture |"),
        (complete[..complete.len() / 2].to_vec(), "the pickle is cut off"),
        (b"cos\nsystem\n(S'touch ran'\ntR.".to_vec(), "it calls os.system, but this reader does not run code"),
        (Pickle::build(|root| root.dict(|_| {})), "it has no results after 12 epochs"),
        (b"BZh9 and then nothing".to_vec(), "000007.pickle.pbz2: "),
        (compressed(&complete)[..200].to_vec(), "000007.pickle.pbz2"),
    ];
    for (bytes, expected) in cases {
        std::fs::write(&path, bytes).unwrap();
        let text = message(sheet(folder, "nasbench201"));
        assert!(text.contains(expected), "{text}\nlacks\n{expected}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(message(sheet(folder, "nasbench201")).contains("cannot read the table"), "a missing file");
    std::fs::write(&path, complete).unwrap();
    let meta_file = folder.join("meta.pickle.pbz2");
    std::fs::write(&meta_file, meta(rows[..9].iter().map(|row| row[1].as_str()))).unwrap();
    assert!(message(sheet(folder, "nasbench201")).contains("9 of 15625 architectures"));
    assert!(message(sheet(folder, "nasbench101")).contains("for nasbench201"));
}

#[test]
fn releases_in_a_single_file_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("release");
    for head in [&b"BZh91AY&SY"[..], b"PK\x03\x04", b"\x80\x02\x8a\x0a"] {
        std::fs::write(&path, head).unwrap();
        assert!(message(sheet(&path, "nasbench201")).contains("is not supported; give the unpacked folder"));
    }
    std::fs::write(&path, b"PAR1").unwrap();
    assert!(
        message(sheet(&path, "nasbench201"))
            .contains("is a Parquet file, as used by Hugging Face data sets; save it as CSV")
    );
    std::fs::write(&path, [0; 40]).unwrap();
    assert!(message(sheet(&path, "nasbench101")).contains("a complete TFRecord file"));
}
