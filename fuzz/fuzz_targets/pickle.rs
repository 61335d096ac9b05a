//! Pickles: parsed as data or refused, and traversed completely.
#![no_main]

use graphpnas::pickle::Pickle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pickle) = Pickle::parse(bytes) else { return };
    let root = pickle.root();
    let _ = (root.get("x"), root.as_f64(), root.as_str(), root.as_i64());
    // Values that contain themselves are traversed only one level deep.
    for value in root.items().chain(root.entries().flat_map(|(key, value)| [key, value])) {
        let _ = (value.node(), value.items().len(), value.entries().count());
    }
});
