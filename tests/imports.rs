//! Layers: every module imports only from layers below its own.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The layers, lowest first; modules of one layer do not import from each other.
const LAYERS: &[&[&str]] = &[
    &["bounds", "convert", "parallel", "shown"],
    &["device", "disk", "formats", "graph", "onnx", "pickle", "statistics"],
    &["kernel"],
    &["tape"],
    &["data", "network", "nn"],
    &["space"],
    &["generator", "child"],
    &["train", "score"],
    &["evaluate"],
    &["search"],
    &["run"],
    &["report"],
    &["experiment"],
    &["cli"],
];

fn level(module: &str) -> usize {
    LAYERS
        .iter()
        .position(|layer| layer.contains(&module))
        .unwrap_or_else(|| panic!("src/{module} is in no layer: add it to LAYERS and to ARCHITECTURE.md"))
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files
}

/// Returns the modules that a source names after `crate::`, without those in comments.
fn imports(text: &str) -> Vec<String> {
    let code: String = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n");
    let name = |rest: &str| rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect::<String>();
    let mut names = Vec::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.push(name(rest)),
            Some(group) => names.extend(group.split('}').next().unwrap_or("").split(',').map(|part| name(part.trim()))),
        }
    }
    names
}

fn by_module() -> BTreeMap<String, Vec<PathBuf>> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut modules: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
    for path in sources(&root) {
        let first = path.strip_prefix(&root).unwrap().iter().next().unwrap().to_string_lossy().into_owned();
        modules.entry(first.trim_end_matches(".rs").to_owned()).or_default().push(path);
    }
    modules
}

#[test]
fn modules_import_only_from_lower_layers() {
    for (module, files) in by_module() {
        if module == "lib" || module == "main" {
            continue;
        }
        for path in files {
            for import in imports(&std::fs::read_to_string(&path).unwrap()) {
                let allowed = import == module || level(&import) < level(&module);
                assert!(allowed, "{} imports {import}, which is not below {module}", path.display());
            }
        }
    }
}

#[test]
fn only_the_command_line_prints_and_exits() {
    for (module, files) in by_module() {
        if module == "cli" || module == "main" {
            continue;
        }
        for path in files {
            let text = std::fs::read_to_string(&path).unwrap();
            let code: Vec<_> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            for word in ["println!", "eprintln!", "print!(", "process::exit"] {
                assert!(!code.iter().any(|line| line.contains(word)), "{} has {word}", path.display());
            }
        }
    }
}

/// File names can contain line breaks and terminal control characters, which `shown` escapes.
#[test]
fn paths_are_never_formatted_with_display() {
    for path in by_module().into_values().flatten() {
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(!text.contains(".display()"), "{} has display(); use shown() of crate::shown::Show", path.display());
    }
}

#[test]
fn only_device_and_kernel_use_wgpu() {
    for (module, files) in by_module() {
        for path in files.iter().filter(|_| module != "device" && module != "kernel") {
            assert!(!std::fs::read_to_string(path).unwrap().contains("wgpu::"), "{} names wgpu", path.display());
        }
    }
}

#[test]
fn imports_are_parsed() {
    assert_eq!(imports("use crate::graph::Graph; // crate::cli"), ["graph"]);
    assert_eq!(imports("use crate::{tape::Tape, nn};"), ["tape", "nn"]);
}
