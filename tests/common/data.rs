//! Test data: fixtures in the repository, the built-in table as CSV, and larger data if available.

use super::print_uncaptured;
use graphpnas::evaluate::{BuiltIn, Sheet};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::{Once, OnceLock};

/// Returns the absolute path of a file or folder in `tests/fixtures`; tested programs run in other folders.
pub fn fixture(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures").join(name);
    assert!(path.exists(), "{} is missing; create it with scripts/make-fixtures.py", path.display());
    path
}

/// Returns the absolute path of a file or folder of the larger data; `None` if it is not available.
///
/// The data are in `data/` of the folder in `GRAPHPNAS_SHARED` or, without this variable, of `../shared`. One line of
/// output reports whether the tests with these data run. A folder in `GRAPHPNAS_SHARED` must contain them.
pub fn extra(name: &str) -> Option<PathBuf> {
    static REPORTED: Once = Once::new();
    let named = std::env::var_os("GRAPHPNAS_SHARED").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    let usual = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared");
    let folder = std::path::absolute(named.as_ref().unwrap_or(&usual).join("data")).unwrap();
    let path = folder.join(name);
    assert!(named.is_none() || path.exists(), "GRAPHPNAS_SHARED: {} does not exist", path.display());
    REPORTED.call_once(|| match folder.is_dir() {
        true => print_uncaptured(&format!("tests on larger data: run, with {}", folder.display())),
        false => print_uncaptured(
            "tests on larger data: not run; set GRAPHPNAS_SHARED to a folder with the data sets in data/",
        ),
    });
    path.exists().then_some(path)
}

/// Returns the benchmark's CSV file of NAS-Bench-201, written from the built-in table once per test program.
pub fn nasbench201_csv() -> &'static Path {
    static FILE: OnceLock<PathBuf> = OnceLock::new();
    FILE.get_or_init(|| {
        let sheet = BuiltIn::of("nasbench201").expect("a built-in table").sheet().unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let file = tempfile::NamedTempFile::new_in(folder).unwrap();
        std::fs::write(file.path(), csv_of(&sheet)).unwrap();
        // Other test programs may write the same file; each replaces it atomically.
        let path = folder.join("nasbench201.csv");
        file.persist(&path).unwrap();
        path
    })
}

/// Returns a CSV file of NAS-Bench-101: 30,001 cells from the larger data if available, else the fixture's 2,000.
pub fn nasbench101_csv() -> PathBuf {
    extra("nasbench101_30k.csv").unwrap_or_else(|| fixture("nasbench101_2000.csv"))
}

fn csv_of(sheet: &Sheet) -> String {
    let mut text = "index,arch".to_owned();
    sheet.columns().iter().for_each(|column| write!(text, ",{}", column.name).unwrap());
    text.push('\n');
    for row in 0..sheet.rows() {
        write!(text, "{row},{}", sheet.key(row).unwrap()).unwrap();
        sheet.columns().iter().for_each(|column| write!(text, ",{}", column.values[row]).unwrap());
        text.push('\n');
    }
    text
}

/// Reads a CSV file as rows of fields, without its header.
pub fn rows(path: &Path) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_path(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    reader.records().map(|row| row.expect("a CSV row").iter().map(String::from).collect()).collect()
}
