//! The built-in table has all published values, and a search on it equals one on the benchmark's file.

use super::convert::{history, stdout};
use super::{common, make, sheet};
use crate::common::graphpnas;
use graphpnas::evaluate::{BuiltIn, Table, verify, write};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn built_in() -> &'static BuiltIn {
    BuiltIn::of("nasbench201").unwrap()
}

/// Rows of the published CSV file.
const PUBLISHED: [(&str, [f64; 9]); 2] = [
    (
        "|avg_pool_3x3~0|+|nor_conv_1x1~0|skip_connect~1|+|nor_conv_1x1~0|skip_connect~1|skip_connect~2|",
        [63.364, 69.55, 85.8633, 31.84, 31.26, 52.9133, 18.4667, 17.0, 26.6333],
    ),
    (
        "|nor_conv_3x3~0|+|nor_conv_3x3~0|avg_pool_3x3~1|+|skip_connect~0|nor_conv_3x3~1|skip_connect~2|",
        [82.834, 88.22, 93.66, 57.8, 58.26, 70.2933, 35.4333, 33.8, 44.0333],
    ),
];

#[test]
fn the_built_in_table_has_the_published_values() {
    let bytes = built_in().bytes();
    assert!(bytes.len() < 700_000, "{} bytes", bytes.len());
    let digest = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    assert_eq!(digest, "f3e420c061a0f1b6839b5bd0b01200740369d5e324ddc433f7c8bd85354bde4b", "the table has changed");
    let sheet = built_in().sheet().unwrap();
    assert_eq!((sheet.rows(), sheet.columns().len()), (15_625, 9));
    for (arch, values) in PUBLISHED {
        let row = (0..sheet.rows()).find(|row| sheet.key(*row).as_deref() == Some(arch)).unwrap();
        assert_eq!(sheet.columns().iter().map(|column| column.values[row]).collect::<Vec<_>>(), values);
    }
    for (dataset, [optimum, test]) in
        [("cifar10", [84.892, 94.3733]), ("cifar100", [61.32, 72.28]), ("imagenet16", [38.6667, 46.4778])]
    {
        let table = Table::built_in("nasbench201", dataset).unwrap().unwrap();
        assert_eq!((table.len(), table.optimum()), (15_625, optimum));
        // On CIFAR-100 two cells share the best reward.
        let mut rows = (0..sheet.rows()).filter_map(|row| table.get(&sheet.key(row)?));
        assert!(rows.any(|row| row.reward == optimum && row.test == Some(test)), "{dataset}");
    }
}

#[test]
fn the_built_in_table_equals_the_converted_csv_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("t.table");
    write(&path, &built_in().sheet().unwrap()).unwrap();
    assert!(std::fs::read(&path).unwrap() == built_in().bytes(), "writing the table again changes it");
    let text = std::fs::read_to_string(common::nasbench201_csv()).unwrap();
    assert_eq!(sheet(common::nasbench201_csv(), "nasbench201").unwrap(), built_in().sheet().unwrap());
    assert_eq!(text.lines().count(), 15_626);
    if let Some(csv) = common::extra("nasbench201.csv") {
        write(&path, &sheet(&csv, "nasbench201").unwrap()).unwrap();
        assert!(std::fs::read(&path).unwrap() == built_in().bytes(), "the CSV file has other values");
    }
}

#[test]
fn other_spaces_have_no_built_in_table() {
    assert!(Table::built_in("nasbench101", "cifar10").unwrap().is_none());
    let message = Table::built_in("nasbench201", "mnist").unwrap_err().to_string();
    assert!(message.contains("known are cifar10, cifar100, imagenet16"), "{message}");
}

/// The histories are equal to the byte.
#[test]
fn a_search_is_the_same_on_the_csv_file_and_on_the_built_in_table() {
    let mut files = vec![common::nasbench201_csv().to_owned()];
    files.extend(common::extra("nasbench201.csv"));
    for dataset in ["cifar10", "cifar100", "imagenet16"] {
        let more = ["--dataset", dataset, "--evaluations", "60"];
        let searched = history("nasbench201", None, &more);
        assert_eq!(searched.as_array().unwrap().len(), 60);
        for file in &files {
            assert_eq!(searched.to_string(), history("nasbench201", Some(file), &more).to_string(), "{dataset}");
        }
    }
}

#[test]
fn compare_uses_the_built_in_table() {
    let args = ["compare", "--generators", "random", "--seeds", "1..2", "--evaluations", "9", "--json"];
    let presets = ["--preset", "nasbench201-cifar10", "--preset", "nasbench201-cifar100"];
    let value: Value = serde_json::from_str(&stdout(&graphpnas(&[&args[..], &presets].concat()))).unwrap();
    let file = common::nasbench201_csv().to_str().unwrap();
    let other = graphpnas(&[&args[..], &presets, &["--table", file]].concat());
    let other: Value = serde_json::from_str(&stdout(&other)).unwrap();
    for arm in 0..2 {
        assert_eq!(value["arms"][arm]["curve"], other["arms"][arm]["curve"]);
        assert_eq!(value["arms"][arm]["curve"].as_array().unwrap().len(), 9);
    }
}

/// The default dataset of the table is CIFAR-10.
#[test]
fn a_run_on_the_built_in_table_is_resumed_without_a_path() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("run");
    let out = out.to_str().unwrap();
    let search = ["search", "nasbench201", "--generator", "random", "--seed", "3", "--json"];
    let started: Value =
        serde_json::from_str(&stdout(&graphpnas(&[&search[..], &["--evaluations", "9", "--out", out]].concat())))
            .unwrap();
    assert_eq!((&started["dataset"], &started["best"]["test"].is_number()), (&"cifar10".into(), &true));
    let resumed = stdout(&graphpnas(&["search", "--resume", out, "--evaluations", "12", "--json"]));
    let resumed: Value = serde_json::from_str(&resumed).unwrap();
    let uninterrupted: Value =
        serde_json::from_str(&stdout(&graphpnas(&[&search[..], &["--evaluations", "12"]].concat()))).unwrap();
    assert_eq!(resumed["history"], uninterrupted["history"]);
}

#[test]
fn data_info_describes_the_source_of_the_table() {
    let message = stdout(&graphpnas(&["data", "info", "nasbench201"]));
    for words in ["Dong and Y. Yang", "MIT licence", "two trainings", "15625 of 15625", "cifar10_valid_12"] {
        assert!(message.contains(words), "{message}\nlacks\n{words}");
    }
    let info: Value = serde_json::from_str(&stdout(&graphpnas(&["data", "info", "nasbench201", "--json"]))).unwrap();
    assert_eq!((&info["built_in"], &info["architectures"]), (&"nasbench201".into(), &15_625.into()));
    assert!(info["file"].is_null() && info["source"].as_str().unwrap().contains("MIT licence"));
    assert!(stdout(&graphpnas(&["data", "verify", "nasbench201"])).contains("is valid: 15625 architectures"));
    let list = stdout(&graphpnas(&["data", "list"]));
    assert!(list.contains("nasbench201") && list.contains("built in; see graphpnas data info nasbench201"), "{list}");
    let refused = graphpnas(&["data", "fetch", "nasbench201"]);
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("is built in and needs no download"));
}

#[test]
fn tables_of_version_1_are_read() {
    let (folder, original) = (tempfile::tempdir().unwrap(), built_in().sheet().unwrap());
    let path = folder.path().join("old.table");
    let columns: Vec<_> = original.columns().iter().map(|column| (column.name.as_str(), &column.values[..])).collect();
    std::fs::write(&path, make::first_version("nasbench201", 15_625, &columns)).unwrap();
    assert_eq!(verify(&path).unwrap(), original);
    let table = Table::open(&path, "nasbench201", "cifar100").unwrap();
    assert_eq!(
        table.get(PUBLISHED[0].0),
        Table::built_in("nasbench201", "cifar100").unwrap().unwrap().get(PUBLISHED[0].0)
    );
}
