//! The text form of NAS-Bench-Macro: a digit for every node of a chain, the place of its operation.

use super::{Dialect, only};
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::space::file::part::{Part, Wiring};
use crate::space::text::{Cursor, is_digit};
use crate::space::{ArchError, Recognition};

pub(super) static DIALECT: Dialect = Dialect {
    name: "digits",
    space: "nasbench-macro",
    parts: "exactly one part: a chain of a fixed number of nodes with at most 10 operations each",
    fits: |definition| {
        only(definition).is_some_and(|part| {
            let few = part.options.iter().all(|options| options.len() <= 10);
            part.wiring == Wiring::Chain && !part.may_be_shorter() && few
        })
    },
    write,
    read,
    recognises: |_| Recognition::No,
    index: None,
    key: None,
};

fn write(parts: &[Part], graphs: &[Graph]) -> String {
    let digit = |(node, label): (usize, &u8)| {
        let place = parts[0].options[node].iter().position(|option| option == label).unwrap_or(0);
        char::from(b'0' + to_u8(place))
    };
    graphs[0].node_labels().iter().enumerate().map(digit).collect()
}

fn read(parts: &[Part], cursor: &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError> {
    let part = &parts[0];
    let mut graph = Graph::empty(part.max_nodes);
    for node in 0..part.max_nodes {
        cursor.space();
        let options = &part.options[node];
        let digit = cursor.peek().filter(|c| is_digit(*c)).and_then(|c| c.to_digit(10));
        let label = digit.and_then(|digit| options.get(digit as usize));
        let expected = || format!("a digit from 0 to {} for node {node}", options.len() - 1);
        graph.label(node, *label.ok_or_else(|| cursor.expected_here(&expected()))?);
        cursor.step();
    }
    Ok(vec![graph])
}
