//! Pickles: read as data or refused, and walked to their ends.
#![no_main]

use graphpnas::pickle::Pickle;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    let Ok(pickle) = Pickle::parse(bytes) else { return };
    let root = pickle.root();
    let _ = (root.get("x"), root.as_f64(), root.as_str(), root.as_i64());
    // What contains itself is walked no deeper than its first floor.
    for value in root.items().chain(root.entries().flat_map(|(key, value)| [key, value])) {
        let _ = (value.node(), value.items().len(), value.entries().count());
    }
});
