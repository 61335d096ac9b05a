//! Configuration files: refused with a location, or resolved to a configuration that survives both TOML forms.
#![no_main]

use graphpnas::search::Layers;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const BASE: &str = "nasbench201-cifar10";

fuzz_target!(|text: &str| {
    let path = Path::new("c.toml");
    let mut layers = Layers::preset(BASE).expect("a preset");
    // An invalid file may be a valid assignment.
    let _ = Layers::preset(BASE).expect("a preset").assign(text);
    if let Err(error) = layers.file(path, text) {
        assert!(!error.to_string().is_empty());
        return;
    }
    let Ok(config) = layers.finish() else { return };
    for written in [config.to_toml(), config.to_explained_toml()] {
        let mut again = Layers::preset(BASE).expect("a preset");
        again.file(path, &written.expect("a text")).expect("readable");
        assert_eq!(again.finish().expect("resolvable"), config);
    }
});
