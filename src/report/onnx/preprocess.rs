//! ONNX operators for the normalisation before a network and the softmax after it.

use super::super::error::ReportError;
use super::message::{DataType, NodeProto, TensorProto};
use super::node::{Nodes, int};
use crate::network::{Builder, Shape};
use crate::train::Interface;

/// The name of the output of softmax; no node of a network has this name.
const PROBABILITIES: &str = "probabilities";

impl Nodes<'_> {
    /// If the interface asks for it, adds the normalisation of bytes, (x / 255 - mean) / std, or of signals,
    /// (x - mean) / std.
    pub(super) fn normalize(&mut self, interface: &Interface) -> Result<(), ReportError> {
        if !interface.normalization_in_graph {
            return Ok(());
        }
        let node = &self.network.nodes[Builder::INPUT];
        let (Shape::Image([channels, ..]) | Shape::Vector(channels)) = node.shape;
        let (mean, std) = (interface.mean.as_deref().unwrap_or_default(), interface.std.as_deref().unwrap_or_default());
        if [mean.len(), std.len()] != [channels; 2] {
            return Err(ReportError::Normalization { means: mean.len(), stds: std.len(), channels });
        }
        let mut x = node.name.clone();
        let mut steps = vec![("centered", "Sub", mean), ("normalized", "Div", std)];
        if !interface.takes_signals() {
            let to = vec![int("to", DataType::Float as i64)];
            x = self.intermediate(node, "float", "Cast", vec![x], to);
            steps.insert(0, ("scaled", "Div", [255.0_f32].as_slice()));
        }
        for (what, operator, values) in steps {
            let by = self.per_channel(&format!("{}/{what}_by", node.name), values);
            x = self.intermediate(node, what, operator, vec![x, by], Vec::new());
        }
        self.values[Builder::INPUT] = x;
        Ok(())
    }

    /// Adds values per channel to the constants, broadcast over images and pixels, and returns the name of the tensor.
    fn per_channel(&mut self, name: &str, values: &[f32]) -> String {
        let raw_data = values.iter().flat_map(|number| number.to_le_bytes()).collect();
        let dims = vec![1, values.len() as i64, 1, 1];
        self.constants.push(TensorProto { dims, data_type: DataType::Float.into(), name: name.to_owned(), raw_data });
        name.to_owned()
    }

    /// If the interface asks for it, converts logits to probabilities.
    pub(super) fn softmax(&mut self, interface: &Interface) {
        if interface.output != PROBABILITIES {
            return;
        }
        let input = vec![std::mem::replace(&mut self.output, PROBABILITIES.to_owned())];
        self.nodes.push(NodeProto {
            input,
            output: vec![PROBABILITIES.to_owned()],
            name: PROBABILITIES.to_owned(),
            op_type: "Softmax".to_owned(),
            attribute: vec![int("axis", 1)],
        });
    }
}
