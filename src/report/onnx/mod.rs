//! Networks as ONNX files: operator set 17, weights inside, any batch size.
//!
//! Values have the names of the nodes that compute them, weights the names of PyTorch. Names of intermediate values
//! contain a slash, which node names do not. Dropout and drop path are omitted, since the file is for inference.
//! `metadata_props` describe input and output. If the interface asks for it, the graph starts with the normalisation of
//! bytes and ends with softmax.

mod preprocess;

use super::about::About;
use super::error::ReportError;
use super::tensors::Tensors;
use crate::network::operation::OnnxValues;
use crate::network::{Builder, Network, Node, Shape};
use crate::onnx::{
    DataType, Dimension, GraphProto, Length, ModelProto, NodeWriter, OperatorSetIdProto, StringStringEntryProto,
    TensorShapeProto, TensorTypeProto, TypeProto, ValueInfoProto,
};
use prost::Message;

/// The version of the ONNX operator set in the files.
pub const OPSET: i64 = 17;
/// The version of the file format that belongs to the operator set.
const IR_VERSION: i64 = 8;
/// The maximum size of a protobuf message in bytes.
const MAX_BYTES: usize = (1 << 31) - 1;

/// Returns the content of an ONNX file.
///
/// The input is `[batch, channels, height, width]`, the output `[batch, classes]`; `about` describes their values.
///
/// # Errors
/// The tensors do not match the network, or the file would be larger than 2 GiB.
pub fn onnx(network: &Network, tensors: &Tensors, about: &About<'_>) -> Result<Vec<u8>, ReportError> {
    let model = model(network, tensors, about)?;
    let len = model.encoded_len();
    if len > MAX_BYTES { Err(ReportError::TooLarge(len)) } else { Ok(model.encode_to_vec()) }
}

fn model(network: &Network, tensors: &Tensors, about: &About<'_>) -> Result<ModelProto, ReportError> {
    tensors.check(network)?;
    let interface = about.interface;
    let mut graph = GraphProto { name: "network".to_owned(), ..GraphProto::default() };
    let output = operators(&mut graph, network, tensors, about)?;
    let bytes = interface.normalization_in_graph && !interface.takes_signals();
    let input_type = if bytes { DataType::Uint8 } else { DataType::Float };
    let value = |number: usize, name: &str, elements: DataType| ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(batch_of(network.nodes[number].shape, elements)),
    };
    graph.input = vec![value(Builder::INPUT, &network.nodes[Builder::INPUT].name, input_type)];
    graph.output = vec![value(network.output, &output, DataType::Float)];
    Ok(ModelProto {
        ir_version: IR_VERSION,
        opset_import: vec![OperatorSetIdProto { domain: Some(String::new()), version: OPSET }],
        producer_name: env!("CARGO_PKG_NAME").to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        doc_string: about.title(),
        graph: Some(graph),
        metadata_props: about
            .metadata()
            .into_iter()
            .map(|(key, value)| StringStringEntryProto { key, value })
            .collect(),
    })
}

/// Adds the operators of all nodes that the output depends on, and returns the name of the output.
fn operators(
    graph: &mut GraphProto,
    network: &Network,
    tensors: &Tensors,
    about: &About<'_>,
) -> Result<String, ReportError> {
    let images = preprocess::normalize(graph, network, about.interface)?;
    // The name of every node's result. A node that does nothing in inference has that of its input.
    let mut results: Vec<String> = Vec::with_capacity(network.nodes.len());
    for (node, live) in network.nodes.iter().zip(network.live()) {
        let result = if live { operator(graph, network, tensors, node, &results, &images)? } else { String::new() };
        results.push(result);
    }
    Ok(preprocess::softmax(graph, results.swap_remove(network.output), about.interface))
}

/// Adds the weights and operators of a node, and returns the name of its result.
fn operator(
    graph: &mut GraphProto,
    network: &Network,
    tensors: &Tensors,
    node: &Node,
    results: &[String],
    images: &str,
) -> Result<String, ReportError> {
    let mut writer = NodeWriter::new(graph, &node.name);
    let mut weights = Vec::new();
    for weight in network.weights(node) {
        let values = &tensors.get(&format!("{}.{}", node.name, weight.suffix))?.values;
        weights.push(writer.weight(weight.suffix, &weight.shape, values));
    }
    let inputs = node.inputs.iter().map(|input| results[*input].clone()).collect();
    Ok(node.operation.onnx(&mut writer, OnnxValues { inputs, weights, images, output: node.shape }))
}

/// Returns the type of a batch of images or vectors.
fn batch_of(shape: Shape, elements: DataType) -> TypeProto {
    let axes = shape.axes();
    let lengths =
        [Length::Named("batch".to_owned())].into_iter().chain(axes.into_iter().map(|n| Length::Fixed(n as i64)));
    let shape = TensorShapeProto { dim: lengths.map(|length| Dimension { value: Some(length) }).collect() };
    TypeProto { tensor_type: Some(TensorTypeProto { elem_type: elements.into(), shape: Some(shape) }) }
}
