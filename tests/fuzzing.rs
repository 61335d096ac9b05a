//! Every fuzz target is in Cargo.toml and in the README, and has inputs; a file that Cargo.toml omits is never
//! compiled.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn fuzz(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz").join(path)
}

/// Returns the file names in a folder without their extension.
fn names(folder: &str, ending: &str) -> BTreeSet<String> {
    let entries = fs::read_dir(fuzz(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    entries.filter_map(|name| name.strip_suffix(ending).map(str::to_owned)).collect()
}

#[test]
fn every_target_is_built_and_described_and_has_inputs() {
    let targets = names("fuzz_targets", ".rs");
    assert!(targets.len() >= 7, "{targets:?}");
    let manifest: toml::Value = toml::from_str(&fs::read_to_string(fuzz("Cargo.toml")).unwrap()).unwrap();
    let built: BTreeSet<_> = manifest["bin"]
        .as_array()
        .unwrap()
        .iter()
        .map(|bin| {
            let name = bin["name"].as_str().unwrap().to_owned();
            assert_eq!(bin["path"].as_str(), Some(&*format!("fuzz_targets/{name}.rs")));
            name
        })
        .collect();
    assert_eq!(built, targets, "[[bin]] of fuzz/Cargo.toml and files of fuzz/fuzz_targets");
    let readme = fs::read_to_string(fuzz("README.md")).unwrap();
    for target in &targets {
        assert!(readme.contains(&format!("\n| {target} | ")), "fuzz/README.md has no row for {target}");
        let inputs = fs::read_dir(fuzz("corpus").join(target)).map_or(0, Iterator::count);
        assert!(inputs > 0, "fuzz/corpus/{target} has no input");
    }
}
