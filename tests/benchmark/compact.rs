//! The compact table: it returns every number as it was, and notices every change.

use super::{common, message, sheet};
use graphpnas::evaluate::{Kind, Table, verify, write};
use std::path::PathBuf;
use tempfile::TempDir;

fn converted(name: &str, space: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.table");
    write(&path, &sheet(&common::shared(name), space).unwrap()).unwrap();
    (folder, path)
}

#[test]
fn every_number_comes_back() {
    for (name, space) in [("nasbench201.csv", "nasbench201"), ("nasbench101_30k.csv", "nasbench101")] {
        let (folder, path) = converted(name, space);
        assert_eq!(Kind::of(&path).unwrap(), Kind::Compact);
        let original = sheet(&common::shared(name), space).unwrap();
        assert_eq!(sheet(&path, space).unwrap(), original);
        assert_eq!(verify(&path).unwrap(), original);
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "no temporary file stays");
    }
}

#[test]
fn tables_say_the_same_as_the_original() {
    let (_folder, path) = converted("nasbench201.csv", "nasbench201");
    for dataset in ["cifar10", "cifar100", "imagenet16"] {
        let compact = Table::open(&path, "nasbench201", dataset).unwrap();
        let original = Table::open(&common::shared("nasbench201.csv"), "nasbench201", dataset).unwrap();
        assert_eq!(compact.optimum(), original.optimum());
        for row in common::rows("nasbench201.csv") {
            assert_eq!(compact.get(&row[1]), original.get(&row[1]), "{}", row[1]);
        }
        assert_eq!(compact.get("|none~0|"), None);
    }
}

/// A table of three rows, small enough to damage everywhere.
fn small() -> (TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("three.csv");
    let text = std::fs::read_to_string(common::shared("nasbench101_30k.csv")).unwrap();
    std::fs::write(&csv, text.lines().take(4).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let path = folder.path().join("t.table");
    write(&path, &sheet(&csv, "nasbench101").unwrap()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

#[test]
fn any_flipped_bit_is_noticed() {
    let (_folder, path, whole) = small();
    let original = Table::open(&path, "nasbench101", "cifar10").unwrap();
    let hashes: Vec<String> =
        common::rows("nasbench101_30k.csv").into_iter().take(3).map(|row| row[0].clone()).collect();
    for bit in 0..whole.len() * 8 {
        let mut bytes = whole.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, bytes).unwrap();
        message(verify(&path));
        // A search reads two columns; if it accepts the table, these are as they were.
        if let Ok(table) = Table::open(&path, "nasbench101", "cifar10") {
            assert!(hashes.iter().all(|hash| table.get(hash) == original.get(hash)), "bit {bit}");
        }
    }
}

#[test]
fn any_other_length_is_noticed() {
    let (_folder, path, whole) = small();
    for length in 0..whole.len() {
        std::fs::write(&path, &whole[..length]).unwrap();
        message(verify(&path));
        message(sheet(&path, "nasbench101"));
    }
    std::fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    assert!(message(verify(&path)).contains("t.table: the length of the file is not what its header says"));
}

#[test]
fn the_wrong_table_is_refused() {
    let (_folder, path) = converted("nasbench201.csv", "nasbench201");
    let told = Table::open(&path, "nasbench101", "cifar10").unwrap_err().to_string();
    assert!(told.contains("the table is one of nasbench201, not of nasbench101"), "{told}");
    assert!(message(sheet(&path, "enas")).contains("no table format is known for the space 'enas'"));
    let nowhere = path.with_file_name("nowhere").join("t.table");
    let told = write(&nowhere, &verify(&path).unwrap()).unwrap_err().to_string();
    assert!(told.contains("cannot write the table"), "{told}");
}
