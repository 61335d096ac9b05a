//! An architecture as a drawing.

use crate::graph::Graph;
use crate::space::diagram::Panel;
use crate::space::{InvalidGraph, Space};

/// A drawing's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The space's name.
    pub space: String,
    /// The architecture's text.
    pub arch: String,
    /// Graphs side by side.
    pub panels: Vec<Panel>,
}

impl Diagram {
    /// The drawing of an architecture ([`Space::diagram`]).
    ///
    /// # Errors
    /// A graph that is not of the space.
    pub fn new(space: &dyn Space, graph: &Graph) -> Result<Self, InvalidGraph> {
        let (arch, panels) = (space.decode(graph)?, space.diagram(graph)?);
        Ok(Self { space: space.name().to_owned(), arch, panels })
    }
}
