//! The text form of randomly wired stages: the predecessors of every node as a bit set in hexadecimal digits.

use super::Dialect;
use crate::graph::{Graph, hash};
use crate::space::file::part::{Carrier, Part, Wiring};
use crate::space::nasbench101::is_hash;
use crate::space::text::Cursor;
use crate::space::{ArchError, ArchText, Recognition};

pub(super) static DIALECT: Dialect = Dialect {
    name: "randwire",
    space: "randwire",
    parts: "parts with edges = \"free\", a fixed number of nodes and one operation, without inputs",
    fits: |definition| definition.parts.iter().all(is_stage),
    write: |_, graphs| graphs.iter().map(write_stage).collect::<Vec<_>>().join("|"),
    read,
    recognises,
    index: None,
    // The numbering of a stage's nodes affects only the order of sums. Very rarely, different stages have equal hashes
    // and are considered the same.
    key: Some(|_, graphs| {
        let key = |stage: &Graph| hash::hex(&hash::isomorphism_hash(stage, i32::from));
        graphs.iter().map(key).collect::<Vec<_>>().join("-")
    }),
};

fn is_stage(part: &Part) -> bool {
    (part.carrier, part.wiring, part.inputs) == (Carrier::Node, Wiring::Free, 0)
        && part.limits().node_labels == 0
        && part.min_nodes == part.max_nodes
}

fn write_stage(stage: &Graph) -> String {
    let bits = |to| stage.predecessors(to).fold(0u64, |bits, from| bits | 1 << from);
    (1..stage.nodes()).map(|to| format!("{:x}", bits(to))).collect::<Vec<_>>().join(",")
}

fn read(parts: &[Part], cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let mut stages = Vec::with_capacity(parts.len());
    for part in parts {
        if !stages.is_empty() {
            cursor.expect("|")?;
        }
        stages.push(read_stage(part.max_nodes, cursor)?);
    }
    Ok(stages)
}

fn read_stage(nodes: usize, cursor: &mut Cursor<'_>) -> Result<Graph, ArchError> {
    let mut stage = Graph::empty(nodes);
    for to in 1..nodes {
        if to > 1 {
            cursor.expect(",")?;
        }
        let predecessors = cursor.bits(to)?;
        (0..to).filter(|from| predecessors >> from & 1 == 1).for_each(|from| stage.put(from, to, 0));
    }
    Ok(stage)
}

fn recognises(text: &ArchText<'_>) -> Recognition {
    let free = !text.is_bracketed() && text.cursor.peek() != Some('|');
    let damaged = text.rest().contains(',') && text.rest().contains('|');
    Recognition::new(free && text.has_number_before(',') && !is_hash(text.word), free && damaged)
}
