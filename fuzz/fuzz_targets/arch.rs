//! Architecture texts of every space: read or refused at a place in the text, and what was read is written and read the
//! same again.
#![no_main]

use graphpnas::space;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let _ = space::of_text(text);
    for name in space::NAMES {
        let space = space::by_name(name).expect("a known name");
        match space.encode(text) {
            Err(error) => assert!(text.is_char_boundary(error.position), "{name}: {error}"),
            Ok(graph) => {
                space.validate(&graph).expect("valid");
                let written = space.decode(&graph).expect("a text");
                let again = space.encode(&written).expect("readable");
                assert_eq!(space.decode(&again).expect("a text"), written, "{name}");
                let key = space.canonical(&graph).expect("a key");
                assert_eq!(space.canonical(&again).expect("a key"), key, "{name}");
            }
        }
    }
});
