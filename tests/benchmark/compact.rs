//! The compact table is lossless and detects every change.

use super::{common, message, sheet};
use graphpnas::evaluate::{BuiltIn, Table, TableFormat, verify, write};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

fn converted(csv: &Path, space: &str) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.table");
    write(&path, &sheet(csv, space).unwrap()).unwrap();
    (folder, path)
}

#[test]
fn conversion_is_lossless() {
    let tables = [("nasbench201", common::nasbench201_csv().into()), ("nasbench101", common::nasbench101_csv())];
    for (space, csv) in tables {
        let csv: PathBuf = csv;
        let (folder, path) = converted(&csv, space);
        assert_eq!(TableFormat::of(&path).unwrap(), TableFormat::Compact);
        let original = sheet(&csv, space).unwrap();
        assert_eq!(sheet(&path, space).unwrap(), original);
        assert_eq!(verify(&path).unwrap(), original);
        let files: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(files.len(), 1, "no temporary file remains");
    }
}

#[test]
fn lookups_equal_those_of_the_csv_file() {
    let csv = common::nasbench201_csv();
    let (_folder, path) = converted(csv, "nasbench201");
    for dataset in ["cifar10", "cifar100", "imagenet16"] {
        let compact = Table::open(&path, "nasbench201", dataset).unwrap();
        let original = Table::open(csv, "nasbench201", dataset).unwrap();
        assert_eq!(compact.optimum(), original.optimum());
        for row in common::rows(csv) {
            assert_eq!(compact.get(&row[1]), original.get(&row[1]), "{}", row[1]);
        }
        assert_eq!(compact.get("|none~0|"), None);
    }
}

/// Values that need long encodings, combined with short ones.
#[test]
fn extreme_values_are_lossless() {
    let folder = tempfile::tempdir().unwrap();
    let (csv, path) = (folder.path().join("t.csv"), folder.path().join("t.table"));
    let text = std::fs::read_to_string(common::fixture("nasbench101_2000.csv")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let accuracies = ["0.1", "0.30000000000000004", "1", "0", "5e-324", "0.123456789012345678"];
    let times = ["-0.0", "1e300", "0.1", "281474976710655", "9007199254740993", "1.7976931348623157e308"];
    for (a, b) in (0..6).flat_map(|a| (0..6).map(move |b| (a, b))) {
        let row = |line: &str, accuracy: &str, time: &str| {
            let mut fields: Vec<&str> = line.split(',').collect();
            (fields[4], fields[8]) = (accuracy, time);
            fields.join(",")
        };
        let rows = [row(lines[1], accuracies[a], times[b]), row(lines[2], accuracies[b], times[a])];
        std::fs::write(&csv, format!("{}\n{}\n", lines[0], rows.join("\n"))).unwrap();
        let original = sheet(&csv, "nasbench101").unwrap();
        write(&path, &original).unwrap();
        let back = verify(&path).unwrap();
        for (one, other) in original.columns().iter().zip(back.columns()) {
            let bits = |values: &[f64]| values.iter().map(|value| value.to_bits()).collect::<Vec<_>>();
            assert_eq!(bits(&one.values), bits(&other.values), "{} of {rows:?}", one.name);
        }
    }
}

/// The built-in table has no stored keys and fixed-point columns.
#[test]
fn a_flipped_bit_in_a_fixed_point_table_is_detected() {
    let complete = BuiltIn::of("nasbench201").unwrap().bytes();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.table");
    let header = u32::from_le_bytes(complete[12..16].try_into().unwrap()) as usize;
    for byte in (0..header).chain((header..complete.len()).step_by(9_973)) {
        let mut bytes = complete.to_vec();
        bytes[byte] ^= 1 << (byte % 8);
        std::fs::write(&path, bytes).unwrap();
        message(verify(&path));
    }
}

/// A table of three rows, small enough to test damage at every byte.
fn small() -> (TempDir, PathBuf, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("three.csv");
    let text = std::fs::read_to_string(common::fixture("nasbench101_2000.csv")).unwrap();
    std::fs::write(&csv, text.lines().take(4).collect::<Vec<_>>().join("\n") + "\n").unwrap();
    let path = folder.path().join("t.table");
    write(&path, &sheet(&csv, "nasbench101").unwrap()).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    (folder, path, bytes)
}

#[test]
fn any_flipped_bit_is_detected() {
    let (_folder, path, complete) = small();
    let original = Table::open(&path, "nasbench101", "cifar10").unwrap();
    let hashes: Vec<String> =
        common::rows(&common::fixture("nasbench101_2000.csv")).into_iter().take(3).map(|row| row[0].clone()).collect();
    for bit in 0..complete.len() * 8 {
        let mut bytes = complete.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        std::fs::write(&path, bytes).unwrap();
        message(verify(&path));
        // A search reads two columns; if it accepts the table, these are unchanged.
        if let Ok(table) = Table::open(&path, "nasbench101", "cifar10") {
            assert!(hashes.iter().all(|hash| table.get(hash) == original.get(hash)), "bit {bit}");
        }
    }
}

#[test]
fn any_other_length_is_detected() {
    let (_folder, path, complete) = small();
    for length in 0..complete.len() {
        std::fs::write(&path, &complete[..length]).unwrap();
        message(verify(&path));
        message(sheet(&path, "nasbench101"));
    }
    std::fs::write(&path, [&complete[..], b"x"].concat()).unwrap();
    assert!(message(verify(&path)).contains("t.table: the length of the file differs from that in its header"));
}

#[test]
fn the_wrong_table_is_refused() {
    let (_folder, path) = converted(common::nasbench201_csv(), "nasbench201");
    let text = Table::open(&path, "nasbench101", "cifar10").unwrap_err().to_string();
    assert!(text.contains("the table is for nasbench201, not for nasbench101"), "{text}");
    assert!(message(sheet(&path, "enas")).contains("there are no tables for the space 'enas'"));
    let missing = path.with_file_name("missing").join("t.table");
    let text = write(&missing, &verify(&path).unwrap()).unwrap_err().to_string();
    assert!(text.contains("cannot write the table"), "{text}");
}

/// The errors of `data info` and `data verify` name the format of the file.
#[test]
fn files_other_than_compact_tables_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let csv = std::fs::read(common::fixture("nasbench101_2000.csv")).unwrap();
    let long = "a line of text\n".repeat(1000);
    let cases: [(&str, &[u8], &str); 6] = [
        ("file.txt", b"hello", "this is a text file, not a table or a data set"),
        ("long.txt", long.as_bytes(), "this is a text file, not a table or a data set"),
        ("empty", b"", "this is an empty file, not a table or a data set"),
        ("bench.csv", &csv, "this is a benchmark's CSV file, not a compact table"),
        ("photo.png", b"\x89PNG\r\n\x1a\n", "this is a single image"),
        ("cut.table", b"GPNTABLE\x02", "the file ends within its header"),
    ];
    for (name, bytes, expected) in cases {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        for command in ["info", "verify"] {
            let output = common::graphpnas(&["data", command, path.to_str().unwrap()]);
            let text = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(1), "{text}");
            assert!(text.contains(expected) && text.contains(name) && text.trim_end().lines().count() == 1, "{text}");
            let damaged = text.contains("damaged");
            assert_eq!(damaged, name == "cut.table", "{text}");
            assert!(name != "file.txt" || text.contains("give a compact table"), "{text}");
        }
    }
    let output = common::graphpnas(&["data", "info", folder.path().to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("this is a folder, not a compact table"), "{text}");
}
