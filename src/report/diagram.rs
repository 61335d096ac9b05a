//! The drawing of an architecture.

use crate::graph::Graph;
use crate::space::diagram::Panel;
use crate::space::{InvalidGraph, Space};

/// The content of a drawing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagram {
    /// The space's name.
    pub space: String,
    /// The architecture's text.
    pub arch: String,
    /// The graphs, drawn side by side.
    pub panels: Vec<Panel>,
}

impl Diagram {
    /// Returns the drawing of an architecture ([`Space::diagram`]).
    ///
    /// # Errors
    /// An invalid graph.
    pub fn new(space: &dyn Space, graph: &Graph) -> Result<Self, InvalidGraph> {
        let (arch, panels) = (space.decode(graph)?, space.diagram(graph)?);
        Ok(Self { space: space.name().to_owned(), arch, panels })
    }
}
