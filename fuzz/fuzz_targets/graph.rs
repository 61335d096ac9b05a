//! Graphs as JSON: parsed or refused, stable in a round trip, and accepted or refused by every space and drawing.
#![no_main]

use graphpnas::graph::Graph;
use graphpnas::report::{Diagram, dot, svg, terminal};
use graphpnas::space;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let Ok(graph) = Graph::from_json(text) else { return };
    let written = graph.to_json().expect("a text");
    assert_eq!(Graph::from_json(&written).expect("readable"), graph);
    for name in space::names() {
        let space = space::open(name).expect("a known name");
        let valid = space.validate(&graph).is_ok();
        assert_eq!(space.canonical(&graph).is_ok(), valid, "{name}");
        assert_eq!(space.decode(&graph).is_ok(), valid, "{name}");
        if let Ok(diagram) = Diagram::new(&*space, &graph) {
            let _ = (svg(&diagram), dot(&diagram), terminal(&diagram));
        }
    }
});
