//! Published text forms of architectures. Each is an entry of [`DIALECTS`].

mod digits;
mod enas;
mod genotype;
mod nasbench101;
mod nasbench201;
mod order;
mod randwire;

pub(in crate::space) use nasbench201::is_index;
pub use order::{cell_of_number, index_of, number_of_cell};

use super::definition::Definition;
use super::error::Fault;
use super::part::Part;
use super::tree::Value;
use crate::graph::Graph;
use crate::space::text::Cursor;
use crate::space::{ArchError, ArchText, Recognition};

/// Writes a text of the graphs of all parts.
type Write = fn(&[Part], &[Graph]) -> String;

/// A text form other than the general one.
pub(in crate::space) struct Dialect {
    /// The value of the key `text`.
    pub(super) name: &'static str,
    /// The built-in space whose texts are recognised.
    pub(super) space: &'static str,
    /// The parts that the form can describe, for errors.
    parts: &'static str,
    fits: fn(&Definition) -> bool,
    pub(super) write: Write,
    pub(super) read: fn(&[Part], &mut Cursor<'_>) -> Result<Vec<Graph>, ArchError>,
    /// Whether a text has the form of an architecture of the published space.
    pub(super) recognises: fn(&ArchText<'_>) -> Recognition,
    /// The index of an architecture in the benchmark of the published space.
    pub(super) index: Option<fn(&Graph) -> Option<usize>>,
    /// The key of an architecture, if isomorphic graphs are the same; `None` for the general key.
    pub(super) key: Option<Write>,
}

/// All text forms but the general one.
const DIALECTS: [&Dialect; 6] = [
    &digits::DIALECT,
    &nasbench101::DIALECT,
    &nasbench201::DIALECT,
    &enas::DIALECT,
    &genotype::DIALECT,
    &randwire::DIALECT,
];

impl Dialect {
    /// Returns the text form of a definition.
    pub(super) fn read_name(value: &Value) -> Result<Option<&'static Self>, Fault> {
        let names: Vec<_> = ["general"].into_iter().chain(DIALECTS.iter().map(|dialect| dialect.name)).collect();
        Ok(value.word(&names)?.checked_sub(1).map(|index| DIALECTS[index]))
    }

    /// Checks that the text form suits the parts.
    pub(super) fn check(&self, definition: &Definition, place: &Value) -> Result<(), Fault> {
        match definition.choices.is_empty() && (self.fits)(definition) {
            true => Ok(()),
            false => {
                Err(place
                    .fault(format!("the text form {} needs a space without choices and {}", self.name, self.parts)))
            }
        }
    }
}

impl std::fmt::Debug for Dialect {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

/// Returns the only part of a definition.
fn only(definition: &Definition) -> Option<&Part> {
    match definition.parts.as_slice() {
        [part] => Some(part),
        _ => None,
    }
}
