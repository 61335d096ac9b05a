//! Configuration files: refused with their place, or resolved to what reads back the same from both of its TOML forms.
#![no_main]

use graphpnas::search::Layers;
use libfuzzer_sys::fuzz_target;
use std::path::Path;

const BASE: &str = "nasbench201-cifar10";

fuzz_target!(|text: &str| {
    let path = Path::new("c.toml");
    let mut layers = Layers::preset(BASE).expect("a preset");
    // What is no file may be an assignment.
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
