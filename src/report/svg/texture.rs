//! The appearance of operations: hue and texture show the kind, shade and border the window size.
//!
//! Hues alone are not enough for colour-blind readers.

use crate::space::diagram::{Vertex, VertexKind};

/// Textures by style class, each a path in a tile of 6 x 6 pixels.
const TEXTURES: [(&str, &str); 4] = [
    ("separable", "M-1 1L1 -1M0 6L6 0M5 7L7 5"),
    ("dilated", "M1.5 1.5h0.01M4.5 4.5h0.01"),
    ("average", "M0 1.5H6M0 4.5H6"),
    ("maximum", "M1.5 0V6M4.5 0V6"),
];

/// Defines the tiles to which the style sheet refers, included once per page or file.
pub(in crate::report) fn textures() -> String {
    let tile = |(name, path): (&str, &str)| {
        format!(
            "<pattern id=\"texture-{name}\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\">\
             <path d=\"{path}\"/></pattern>"
        )
    };
    format!("<defs>{}</defs>\n", TEXTURES.map(tile).concat())
}

/// Whether boxes of this kind have a texture.
pub(in crate::report) fn is_textured(kind: VertexKind) -> bool {
    TEXTURES.iter().any(|(name, _)| *name == family(kind))
}

/// Returns the style classes of an operation: its kind and its window size, if any.
pub(in crate::report) fn class(vertex: &Vertex) -> String {
    match vertex.window {
        Some(window) => format!("{} w{window}", family(vertex.kind)),
        None => family(vertex.kind).to_owned(),
    }
}

/// The style class of a kind.
fn family(kind: VertexKind) -> &'static str {
    match kind {
        VertexKind::Node => "node",
        VertexKind::End => "end",
        VertexKind::Convolution | VertexKind::Pointwise => "convolution",
        VertexKind::Separable => "separable",
        VertexKind::Dilated => "dilated",
        VertexKind::AveragePool => "average",
        VertexKind::MaxPool => "maximum",
        VertexKind::Skip => "skip",
    }
}
