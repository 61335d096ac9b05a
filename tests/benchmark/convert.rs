//! The commands `graphpnas data convert`, `verify` and `info`, and searches on converted tables.

use super::{common, make};
use crate::common::graphpnas;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Output;

pub fn stdout(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// The history of a search on a table; without one, on the built-in table.
pub fn history(space: &str, table: Option<&Path>, more: &[&str]) -> Value {
    let args = ["search", space, "--generator", "evolution", "--seed", "5", "--json"];
    let table = table.map(|table| ["--table", table.to_str().unwrap()]);
    let output = graphpnas(&[&args[..], table.as_ref().map_or(&[], |table| &table[..]), more].concat());
    let mut value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    value["history"].take()
}

#[test]
fn a_search_is_the_same_on_the_csv_and_on_the_compact_table() {
    let folder = tempfile::tempdir().unwrap();
    let tables = [("nasbench201", common::nasbench201_csv().into()), ("nasbench101", common::nasbench101_csv())];
    for (space, csv) in tables {
        let (csv, table): (PathBuf, PathBuf) = (csv, folder.path().join(space));
        let (input, out) = (csv.to_str().unwrap(), table.to_str().unwrap());
        stdout(&graphpnas(&["data", "convert", input, "--space", space, "--out", out]));
        let searched = history(space, Some(&table), &["--evaluations", "60"]);
        assert_eq!(searched.as_array().unwrap().len(), 60);
        assert_eq!(searched, history(space, Some(&csv), &["--evaluations", "60"]), "{space}");
    }
}

#[test]
fn a_search_runs_on_the_release_and_reports_test_accuracy() {
    let folder = tempfile::tempdir().unwrap();
    let (release, table) = (folder.path().join("n.tfrecord"), folder.path().join("n.table"));
    let rows = common::rows(&common::fixture("nasbench101_2000.csv"));
    std::fs::write(&release, make::file(&make::trainings(&rows, &[108]))).unwrap();
    let args =
        ["data", "convert", release.to_str().unwrap(), "--space", "nasbench101", "--out", table.to_str().unwrap()];
    let output = graphpnas(&[&args[..], &["--json"]].concat());
    let value: Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&value["kind"], &value["table"]["architectures"]), (&"TFRecord".into(), &2_000.into()));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("note: the table is incomplete"));
    assert_eq!(value["table"]["bytes"], std::fs::metadata(&table).unwrap().len());

    for preset in ["nasbench101-150", "nasbench101-300"] {
        let more = ["--preset", preset, "--evaluations", "12"];
        let searched = history("nasbench101", Some(&table), &more);
        assert_eq!(searched, history("nasbench101", Some(&release), &more));
        let csv = history("nasbench101", Some(&common::fixture("nasbench101_2000.csv")), &more);
        for (found, expected) in searched.as_array().unwrap().iter().zip(csv.as_array().unwrap()) {
            assert_eq!((&found["arch"], &found["reward"]), (&expected["arch"], &expected["reward"]));
            let half = expected["reward"].as_f64().unwrap() / 2.0;
            assert!((found["test"].as_f64().unwrap() - half).abs() < 1e-9 && expected["test"].is_null());
        }
    }
}

#[test]
fn tables_are_verified_and_described() {
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("t");
    let (csv, out) = (common::nasbench201_csv(), table.to_str().unwrap());
    let args = ["data", "convert", csv.to_str().unwrap(), "--space", "nasbench201", "--out", out];
    assert!(stdout(&graphpnas(&args)).contains("15625 of 15625 architectures of nasbench201"));
    assert!(
        stdout(&graphpnas(&["data", "verify", out]))
            .contains("is valid: 15625 architectures of nasbench201, 9 columns")
    );
    assert!(stdout(&graphpnas(&["data", "info", out])).contains("cifar10_valid_12"));
    let info: Value = serde_json::from_str(&stdout(&graphpnas(&["data", "info", out, "--json"]))).unwrap();
    assert_eq!((&info["columns"][0]["name"], &info["columns"][0]["max"]), (&"cifar10_valid_12".into(), &84.892.into()));

    let mut bytes = std::fs::read(&table).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&table, bytes).unwrap();
    let output = graphpnas(&["data", "verify", out]);
    let message = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains("the checksum of the column imagenet16_test_200 is wrong"), "{message}");
}

#[test]
fn a_failed_conversion_leaves_no_files() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("t");
    let csv = common::nasbench201_csv();
    let convert = |space: &str, out: &Path| {
        graphpnas(&["data", "convert", csv.to_str().unwrap(), "--space", space, "--out", out.to_str().unwrap()])
    };
    assert_eq!(convert("nasbench101", &out).status.code(), Some(1));
    assert_eq!(convert("darts", &out).status.code(), Some(1));
    assert_eq!(convert("dartz", &out).status.code(), Some(2));
    assert_eq!(convert("nasbench201", &folder.path().join("no/t")).status.code(), Some(1));
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}
