//! The JSON text of a graph: `{"nodes":N,"node_labels":[..],"edges":[[from,to,label],..]}`.

use serde::{Deserialize, Serialize};

use super::{Graph, GraphError};

/// The largest number of nodes in a graph text, because the memory of a graph grows with its square.
pub const MAX_TEXT_NODES: usize = 1024;

/// The fields of the text before validation.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct GraphText {
    nodes: usize,
    node_labels: Vec<u8>,
    edges: Vec<(usize, usize, u8)>,
}

impl From<&Graph> for GraphText {
    fn from(graph: &Graph) -> GraphText {
        GraphText { nodes: graph.nodes(), node_labels: graph.node_labels().to_vec(), edges: graph.edges().collect() }
    }
}

impl TryFrom<GraphText> for Graph {
    type Error = GraphError;

    fn try_from(text: GraphText) -> Result<Graph, GraphError> {
        let (nodes, labels) = (text.nodes, text.node_labels.len());
        if nodes > MAX_TEXT_NODES {
            let max = MAX_TEXT_NODES;
            return Err(GraphError::TooManyNodes { nodes, max });
        }
        if nodes != labels {
            return Err(GraphError::LabelCount { nodes, labels });
        }
        let mut graph = Graph::empty(nodes);
        for (node, label) in text.node_labels.into_iter().enumerate() {
            graph.set_node_label(node, label)?;
        }
        for (from, to, label) in text.edges {
            if graph.has_edge(from, to) {
                return Err(GraphError::DuplicateEdge { from, to });
            }
            graph.set_edge(from, to, label)?;
        }
        Ok(graph)
    }
}

impl Serialize for Graph {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        GraphText::from(self).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Graph {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Graph, D::Error> {
        let text = GraphText::deserialize(deserializer)?;
        Graph::try_from(text).map_err(serde::de::Error::custom)
    }
}

fn json_error(error: &serde_json::Error) -> GraphError {
    GraphError::Json { line: error.line(), column: error.column(), reason: error.to_string() }
}

impl Graph {
    /// Converts the graph to one line of JSON, `{"nodes":N,"node_labels":[..],"edges":[[from,to,label],..]}`.
    ///
    /// # Errors
    /// [`GraphError::Json`] if the writer fails.
    pub fn to_json(&self) -> Result<String, GraphError> {
        serde_json::to_string(self).map_err(|error| json_error(&error))
    }

    /// Reads the text that [`Graph::to_json`] writes; edges may be in any order.
    ///
    /// # Errors
    /// [`GraphError::Json`] for a text of another form. The other variants for an invalid graph: a backward edge or
    /// loop, a node that does not exist, an edge listed twice, a wrong number of labels, or more than
    /// [`MAX_TEXT_NODES`] nodes.
    pub fn from_json(text: &str) -> Result<Graph, GraphError> {
        let text: GraphText = serde_json::from_str(text).map_err(|error| json_error(&error))?;
        Graph::try_from(text)
    }
}
