//! ONNX operators for the normalisation before a network and the softmax after it.

use super::super::error::ReportError;
use crate::network::{Builder, Network};
use crate::onnx::{DataType, GraphProto, NodeWriter, int};
use crate::train::Interface;

/// The name of the output of softmax; no node of a network has this name.
const PROBABILITIES: &str = "probabilities";

/// If the interface asks for it, adds the normalisation of bytes, (x / 255 - mean) / std, or of signals,
/// (x - mean) / std. Returns the name of the network's input.
pub(super) fn normalize(
    graph: &mut GraphProto,
    network: &Network,
    interface: &Interface,
) -> Result<String, ReportError> {
    let node = &network.nodes[Builder::INPUT];
    let mut x = node.name.clone();
    if !interface.normalization_in_graph {
        return Ok(x);
    }
    let channels = node.shape.channels();
    let (mean, std) = (interface.mean.as_deref().unwrap_or_default(), interface.std.as_deref().unwrap_or_default());
    if [mean.len(), std.len()] != [channels; 2] {
        return Err(ReportError::Normalization { means: mean.len(), stds: std.len(), channels });
    }
    let mut writer = NodeWriter::new(graph, &node.name);
    let mut steps = vec![("centered", "Sub", mean), ("normalized", "Div", std)];
    if !interface.takes_signals() {
        x = writer.value("float", "Cast", vec![x], vec![int("to", DataType::Float as i64)]);
        steps.insert(0, ("scaled", "Div", [255.0_f32].as_slice()));
    }
    for (what, operator, values) in steps {
        // One value per channel, for all images and pixels.
        let by = writer.floats(&format!("{what}_by"), &[1, values.len(), 1, 1], values);
        x = writer.value(what, operator, vec![x, by], Vec::new());
    }
    Ok(x)
}

/// If the interface asks for it, converts logits to probabilities. Returns the name of the output.
pub(super) fn softmax(graph: &mut GraphProto, logits: String, interface: &Interface) -> String {
    if interface.output != PROBABILITIES {
        return logits;
    }
    NodeWriter::new(graph, PROBABILITIES).result("Softmax", vec![logits], vec![int("axis", 1)])
}
