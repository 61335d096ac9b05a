//! Adds the operators of a network's node to a file.

use super::message::{AttributeProto, AttributeType, DataType, GraphProto, NodeProto, TensorProto};
use crate::convert::to_i64;

/// Adds the operators and constants of one node of a network to the graph of a file.
///
/// The result of the node has its name. Names of intermediate values and constants are `NODE/WHAT`, which names of nodes
/// cannot be.
#[derive(Debug)]
pub struct NodeWriter<'a> {
    graph: &'a mut GraphProto,
    name: &'a str,
}

impl<'a> NodeWriter<'a> {
    /// Returns the writer for a node.
    pub fn new(graph: &'a mut GraphProto, name: &'a str) -> Self {
        Self { graph, name }
    }

    /// Adds the operator that computes the result of the node, and returns the name of the result.
    pub fn result(&mut self, operator: &str, inputs: Vec<String>, attributes: Vec<AttributeProto>) -> String {
        self.operator(operator, self.name.to_owned(), inputs, attributes)
    }

    /// Adds an operator that computes an intermediate value, and returns the name of that value.
    pub fn value(
        &mut self,
        what: &str,
        operator: &str,
        inputs: Vec<String>,
        attributes: Vec<AttributeProto>,
    ) -> String {
        self.operator(operator, self.inner(what), inputs, attributes)
    }

    /// Adds an operator that divides a value along its first axis into parts of length 1, and returns their names.
    pub fn split(&mut self, what: &str, input: String, parts: usize) -> Vec<String> {
        let output: Vec<_> = (0..parts).map(|index| self.inner(&format!("{what}_{index}"))).collect();
        self.graph.node.push(NodeProto {
            input: vec![input],
            output: output.clone(),
            name: self.inner("split"),
            op_type: "Split".to_owned(),
            attribute: vec![int("axis", 0)],
        });
        output
    }

    /// Adds a list of integers to the constants, and returns the name of the tensor.
    pub fn integers(&mut self, what: &str, values: &[i64]) -> String {
        let bytes = values.iter().flat_map(|number| number.to_le_bytes()).collect();
        self.constant(self.inner(what), DataType::Int64, &[values.len()], bytes)
    }

    /// Adds floats of a shape to the constants, and returns the name of the tensor.
    pub fn floats(&mut self, what: &str, shape: &[usize], values: &[f32]) -> String {
        self.constant(self.inner(what), DataType::Float, shape, bytes(values))
    }

    /// Adds a float without axes to the constants, and returns the name of the tensor.
    pub fn scalar(&mut self, what: &str, value: f32) -> String {
        self.floats(what, &[], &[value])
    }

    /// Adds a weight `NODE.suffix` to the constants, and returns the name of the tensor.
    pub fn weight(&mut self, suffix: &str, shape: &[usize], values: &[f32]) -> String {
        self.constant(format!("{}.{suffix}", self.name), DataType::Float, shape, bytes(values))
    }

    fn inner(&self, what: &str) -> String {
        format!("{}/{what}", self.name)
    }

    fn operator(&mut self, operator: &str, name: String, input: Vec<String>, attribute: Vec<AttributeProto>) -> String {
        let output = vec![name.clone()];
        let op_type = operator.to_owned();
        self.graph.node.push(NodeProto { input, output, name: name.clone(), op_type, attribute });
        name
    }

    fn constant(&mut self, name: String, elements: DataType, shape: &[usize], raw_data: Vec<u8>) -> String {
        let (dims, data_type) = (shape.iter().map(|axis| to_i64(*axis)).collect(), elements.into());
        self.graph.initializer.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }
}

fn bytes(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: kind.into(), ..AttributeProto::default() }
}

/// Returns an attribute with an integer.
#[must_use]
pub fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i: Some(i), ..attribute(name, AttributeType::Int) }
}

/// Returns an attribute with a float.
#[must_use]
pub fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { f: Some(f), ..attribute(name, AttributeType::Float) }
}

/// Returns an attribute with a list of integers.
#[must_use]
pub fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|number| to_i64(*number)).collect();
    AttributeProto { ints, ..attribute(name, AttributeType::Ints) }
}
