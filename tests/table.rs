//! Reading of CSV tables: complete tables are read, damaged ones are refused.

use crate::common;
use graphpnas::evaluate::Table;

#[test]
fn csv_tables_are_read() {
    for (dataset, optimum) in [("cifar10", 84.892), ("imagenet16", 38.6667)] {
        let table = Table::open(common::nasbench201_csv(), "nasbench201", dataset).unwrap();
        assert_eq!((table.len(), table.optimum()), (15_625, optimum));
    }
    let table = Table::open(&common::fixture("nasbench101_2000.csv"), "nasbench101", "cifar10").unwrap();
    assert_eq!(table.len(), 2_000);
    let cell = table.get("00005c142e6f48ac74fdcf73e3439874").unwrap();
    assert!((cell.reward - 93.048_876_523_971_56).abs() < 1e-9);
    assert_eq!(cell.test, None);
}

#[test]
fn damaged_tables_are_refused() {
    let complete = std::fs::read_to_string(common::nasbench201_csv()).unwrap();
    let lines: Vec<&str> = complete.lines().collect();
    let head = |count: usize| lines[..count].join("\n") + "\n";
    let at = 1 + lines.iter().position(|line| line.contains("63.364")).unwrap();
    let at = |what: &str| format!("line {at}: '{what}' is not an accuracy");
    let cases = [
        (String::new(), "line 1: the file is empty".to_owned()),
        (head(1), "the table has no rows after the header".into()),
        (head(100), "line 100: the table ends after 99 of 15625 architectures".into()),
        (complete[..complete.len() - 2].to_owned(), "the last line has no line break".into()),
        (complete[..complete.len() - 30].to_owned(), "columns instead of 11".into()),
        (complete.replacen("63.364", "NaN", 1), at("NaN")),
        (complete.replacen("63.364", "", 1), at("")),
        (complete.replacen("63.364", "163.364", 1), at("163.364")),
        (complete.replacen("cifar10_valid_12", "cifar10_valid", 1), "line 1: the columns are not those".into()),
        (complete.clone() + lines[1] + "\n", "line 15627: |none~0|".into()),
        (complete.replacen("|avg_pool_3x3~0|+", "", 1), "is not a valid arch".into()),
    ];
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.csv");
    for (text, expected) in cases {
        std::fs::write(&path, text).unwrap();
        let message = Table::open(&path, "nasbench201", "cifar10").unwrap_err().to_string();
        assert!(message.contains(&expected) && message.contains("t.csv"), "{message}\nlacks\n{expected}");
        assert!(!message.contains('\n'), "{message}");
    }
}
