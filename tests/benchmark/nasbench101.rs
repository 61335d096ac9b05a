//! The records of NAS-Bench-101: the first published one, means over repeats, and invalid records.

use super::make::{self, Training, framed, trainings};
use super::{common, message, sheet};
use graphpnas::evaluate::{Sheet, Table, TableError};
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The first record of `nasbench_full.tfrecord`.
const PUBLISHED: &str = concat!(
    r#"["00005c142e6f48ac74fdcf73e3439874", 4, "0100110001000000010010000010000001000000010000000", "#,
    r#""input,conv3x3-bn-relu,maxpool3x3,conv3x3-bn-relu,conv3x3-bn-relu,conv1x1-bn-relu,output", "#,
    r#""Ci0JAAAAAAAAAAARAAAAAAAAAAAZAAAAoKqquT8hAAAAYJAGuT8pAAAAAGmQuT8KLQkAAAAAAAAA\n"#,
    r#"QBEAAADAdJNGQBkAAABgkAa6PyEAAAAg3/K6PykAAACAy7e6PwotCQAAAAAAABBAEQAAACDbeVZA\n"#,
    r#"GQAAAEAaZNY/IQAAAGBVVdY/KQAAAODybdY/EIqYigQZAABAhznbeUA=\n"]"#
);

fn write(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("n.tfrecord");
    std::fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn opened(bytes: &[u8]) -> Result<Sheet, TableError> {
    let (folder, path) = write(bytes);
    let result = sheet(&path, "nasbench101");
    drop(folder);
    result
}

fn column<'a>(sheet: &'a Sheet, name: &str) -> &'a [f64] {
    &sheet.columns().iter().find(|column| column.name == name).unwrap_or_else(|| panic!("no {name}")).values
}

#[test]
fn the_published_record_is_read() {
    let record = framed(PUBLISHED.as_bytes());
    assert_eq!(record[8..12], [0x98, 0x25, 0xed, 0x9b], "the checksum of the length as published");
    assert_eq!(record[record.len() - 4..], [0x68, 0x16, 0x69, 0x03], "the checksum of the data as published");
    let sheet = opened(&record.repeat(3)).unwrap();
    assert_eq!(column(&sheet, "val4"), [0.3489583432674408]);
    assert_eq!(column(&sheet, "test4"), [0.3504607379436493]);
    assert_eq!(column(&sheet, "train_time"), [89.90399932861328]);
    assert_eq!(column(&sheet, "params"), [8_555_530.0]);
}

#[test]
fn repeats_are_averaged() {
    let rows = common::rows(&common::fixture("nasbench101_2000.csv"));
    let mut all = trainings(&rows[..5], &[108]);
    for (training, (shift, seconds)) in all.iter_mut().zip([(-0.25, 10.0), (0.0, 20.0), (-0.5, 60.0)].repeat(5)) {
        training.validation += shift;
        training.test = 0.5 + shift / 2.0;
        training.seconds = seconds;
    }
    let sheet = opened(&make::file(&all)).unwrap();
    let names: Vec<&str> = sheet.columns().iter().map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["val108", "test108", "train_time", "params"]);
    for (row, (found, test)) in rows.iter().zip(column(&sheet, "val108").iter().zip(column(&sheet, "test108"))) {
        assert!((found - (row[7].parse::<f64>().unwrap() - 0.25)).abs() < 1e-12 && (test - 0.375).abs() < 1e-12);
    }
    assert_eq!(column(&sheet, "train_time"), [30.0; 5]);
}

#[test]
fn the_full_file_has_columns_for_all_numbers_of_epochs() {
    let rows = common::rows(&common::fixture("nasbench101_2000.csv"));
    let mut all = trainings(&rows[..20], &[4, 12, 36, 108]);
    all.reverse();
    let sheet = opened(&make::file(&all)).unwrap();
    for (index, name) in ["val4", "val12", "val36", "val108", "train_time", "params"].into_iter().enumerate() {
        let expected: Vec<f64> = rows[..20].iter().map(|row| row[4 + index].parse().unwrap()).collect();
        assert_eq!(column(&sheet, name), expected, "{name}");
    }
    let (_folder, path) = write(&make::file(&all));
    let table = Table::open(&path, "nasbench101", "cifar10").unwrap();
    let first = table.get(&rows[0][0]).unwrap();
    assert_eq!(first.reward, rows[0][7].parse::<f64>().unwrap() * 100.0);
    assert_eq!(first.test, Some(first.reward / 2.0));
}

/// Swaps the vertices 1 and 2 of a cell, which are not connected.
#[test]
fn isomorphic_records_are_one_cell() {
    let hash = "0".repeat(32);
    let cell = |operations: &str| Training {
        hash: hash.clone(),
        epochs: 108,
        adjacency: "0110000100010000".into(),
        operations: format!("input,{operations},output"),
        seconds: 1.0,
        validation: 0.5,
        test: 0.5,
        parameters: 9,
    };
    let (one, other) = (cell("conv3x3-bn-relu,maxpool3x3"), cell("maxpool3x3,conv3x3-bn-relu"));
    let text = message(opened(&one.record()));
    let found = text.split("hash is ").nth(1).unwrap().split(',').next().unwrap();
    let named = |training: &Training| Training { hash: found.into(), ..training.clone() }.record();
    let sheet = opened(&[named(&one), named(&other), named(&one)].concat()).unwrap();
    assert_eq!(sheet.rows(), 1);
}

#[test]
fn errors_of_invalid_records_name_their_position() {
    let rows = common::rows(&common::fixture("nasbench101_2000.csv"));
    let good = trainings(&rows[..1], &[108]);
    let (first, length) = (good[0].record(), good[0].record().len());
    let changed = |change: fn(&mut Training)| {
        let mut training = good[0].clone();
        change(&mut training);
        training.record()
    };
    let cases = [
        (changed(|t| t.hash.replace_range(..1, "f")), "the cell's hash is 00005c14"),
        (changed(|t| t.hash.truncate(31)), "is not the hash"),
        (changed(|t| t.epochs = 100), "the number of epochs is 100, not"),
        (changed(|t| t.adjacency.truncate(48)), "is not an adjacency matrix of 7 vertices"),
        (changed(|t| t.adjacency.replace_range(7..8, "1")), "not an upper triangular"),
        (changed(|t| t.adjacency.replace_range(1..2, "2")), "not an upper triangular"),
        (
            changed(|t| t.operations = t.operations.replace("maxpool3x3", "maxpool5x5")),
            "is not a valid list of operations",
        ),
        (changed(|t| t.operations = t.operations.replace("output", "input")), "the cell is not in the search space"),
        (changed(|t| t.validation = 1.5), "an accuracy is not in 0 to 1"),
        (changed(|t| t.test = f64::NAN), "a value is not a finite number"),
        (changed(|t| t.parameters = 1 << 40), "too many parameters"),
        (changed(|t| t.parameters += 1), "in a previous record"),
        (framed(b"{}"), "the record is not an array"),
        (framed(&good[0].json_with(b"\x0a\xff\x01")), "the metrics are cut off within a field"),
        (framed(&good[0].json_with(&good[0].metrics()[47..])), "2 evaluations, not 3"),
        (framed(&good[0].json_with(&good[0].metrics()[..141])), "the number of parameters is missing"),
        (framed(&good[0].json_with(&[0x0b])), "unknown wire type"),
        (framed(&good[0].json_with(&[0xff; 30])), "more than 64 bits"),
    ];
    for (bad, expected) in cases {
        let text = message(opened(&[first.clone(), bad].concat()));
        assert!(text.contains(expected), "{text}\nlacks\n{expected}");
        assert!(text.contains(&format!("n.tfrecord, record 2 at byte {length}: ")), "{text}");
    }
    let text = message(opened(&make::file(&good[..2])));
    assert!(text.contains("2 training runs of 108 epochs, not 3"), "{text}");
    let text = message(opened(&first.repeat(4)));
    assert!(text.contains("record 4") && text.contains("more than 3 training runs"), "{text}");
    let mixed = [make::file(&good), make::file(&trainings(&rows[1..2], &[4]))].concat();
    assert!(message(opened(&mixed)).contains("0 training runs of"), "numbers of epochs differ between cells");
}

#[test]
fn damaged_files_are_refused() {
    let rows = common::rows(&common::fixture("nasbench101_2000.csv"));
    let complete = make::file(&trainings(&rows[..2], &[108]));
    for index in 0..complete.len() {
        let mut bytes = complete.clone();
        bytes[index] ^= 1 << (index % 8);
        assert!(opened(&bytes).is_err(), "byte {index}");
    }
    let first = make::file(&trainings(&rows[..1], &[108])).len();
    for length in 0..complete.len() {
        // A file that is cut off between two cells is a valid partial table.
        assert_eq!(opened(&complete[..length]).is_ok(), length == first, "{length} bytes");
    }
    assert!(message(sheet(Path::new("nowhere.tfrecord"), "nasbench101")).contains("cannot read"));
    let (_folder, path) = write(&complete);
    assert!(message(sheet(&path, "nasbench201")).contains("for nasbench101, not for nasbench201"));
}
