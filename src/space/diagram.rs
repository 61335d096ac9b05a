//! The content of a drawing of an architecture: nodes and arrows with the space's names.

/// The kind of a vertex; drawings give each kind a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum VertexKind {
    /// A node without an operation of its own, such as a sum.
    Node,
    /// An input or output.
    End,
    /// A convolution with a kernel larger than 1x1.
    Convolution,
    /// A 1x1 convolution.
    Pointwise,
    /// A depthwise-separable convolution.
    Separable,
    /// A dilated convolution.
    Dilated,
    /// An average pooling.
    AveragePool,
    /// A max pooling.
    MaxPool,
    /// The identity.
    Skip,
}

/// A node, or the operation on an arrow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vertex {
    /// Its text.
    pub text: String,
    /// Its kind.
    pub kind: VertexKind,
    /// The kernel or window size in pixels, if the name contains it: 3 for `sep_conv_3x3`.
    pub window: Option<u32>,
}

impl Vertex {
    /// A vertex without a kernel size.
    pub fn new(text: impl Into<String>, kind: VertexKind) -> Self {
        Self { text: text.into(), kind, window: None }
    }

    /// An operation; its kind and kernel size are inferred from the name.
    #[must_use]
    pub fn operation(name: Option<&str>) -> Self {
        let text = name.unwrap_or("unknown");
        let known = [
            ("sep", VertexKind::Separable),
            ("dil", VertexKind::Dilated),
            ("conv1x1", VertexKind::Pointwise),
            ("conv_1x1", VertexKind::Pointwise),
            ("conv", VertexKind::Convolution),
            ("avg", VertexKind::AveragePool),
            ("max", VertexKind::MaxPool),
            ("skip", VertexKind::Skip),
        ];
        let kind = known.iter().find(|(part, _)| text.contains(part)).map_or(VertexKind::Node, |(_, kind)| *kind);
        Self { text: text.to_owned(), kind, window: text.chars().find_map(|c| c.to_digit(10)) }
    }
}

/// An edge from one node to a later one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arrow {
    /// The node it starts at.
    pub from: usize,
    /// The node it ends at, a later one.
    pub to: usize,
    /// The operation on the edge, if there is one.
    pub operation: Option<Vertex>,
    /// Whether it is a skip connection, which is drawn dashed.
    pub skips: bool,
}

impl Arrow {
    /// An arrow without an operation.
    #[must_use]
    pub fn plain(from: usize, to: usize) -> Self {
        Self { from, to, operation: None, skips: false }
    }
}

/// One graph of a drawing: a cell, a stage or a complete network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Panel {
    /// Its title.
    pub caption: String,
    /// Its nodes in topological order.
    pub nodes: Vec<Vertex>,
    /// Its arrows.
    pub arrows: Vec<Arrow>,
}
