//! Every kernel family has its four files.

use std::collections::BTreeSet;
use std::path::Path;

fn stems(folder: &str, extension: &str, excluded: &[&str]) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
    let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.unwrap().path());
    let named = paths.filter(|path| path.extension().is_some_and(|found| found == extension));
    let stems = named.map(|path| path.file_stem().unwrap().to_string_lossy().into_owned());
    stems.filter(|stem| !excluded.contains(&stem.as_str())).collect()
}

#[test]
fn every_family_has_a_shader_twin_test_and_benchmark() {
    let shaders = stems("shaders", "wgsl", &[]);
    let registered: BTreeSet<_> = graphpnas::kernel::registry().iter().map(|kernel| kernel.stem().to_owned()).collect();
    let twins = stems("src/kernel", "rs", &["mod", "call", "gemm", "lanes", "operands", "program", "shader", "small"]);
    let tests = stems("tests/kernel", "rs", &["mod", "files", "parity", "shaders"]);
    let benches = stems("benches/kernel", "rs", &["main", "common"]);
    assert_eq!(registered, shaders, "registry and shaders/");
    assert_eq!(registered, twins, "registry and src/kernel/");
    assert_eq!(registered, tests, "registry and tests/kernel/");
    assert_eq!(registered, benches, "registry and benches/kernel/");
}
