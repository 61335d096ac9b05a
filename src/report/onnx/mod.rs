//! Networks as ONNX files: operator set 17, weights inside, any batch size.
//!
//! Values have the names of the nodes that compute them, weights the names of PyTorch. Names of intermediate values
//! contain a slash, which node names do not. Dropout and drop path are omitted, since the file is for inference.
//! `metadata_props` describe input and output. If the interface asks for it, the graph starts with the normalisation of
//! bytes and ends with softmax.

mod message;
mod node;
mod preprocess;
mod transformer;

use super::about::About;
use super::error::ReportError;
use super::tensors::Tensors;
use crate::network::{Network, Shape};
pub use message::*;
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
    let nodes = node::nodes(network, tensors, interface)?;
    let input_type = if interface.normalization_in_graph { DataType::Uint8 } else { DataType::Float };
    let value = |number: usize, name: &str, elements: DataType| ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(batch_of(network.nodes[number].shape, elements)),
    };
    let graph = GraphProto {
        name: "network".to_owned(),
        input: vec![value(0, &network.nodes[0].name, input_type)],
        output: vec![value(network.output, &nodes.output, DataType::Float)],
        node: nodes.nodes,
        initializer: nodes.constants,
    };
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

/// Returns the type of a batch of images or vectors.
fn batch_of(shape: Shape, elements: DataType) -> TypeProto {
    let axes = match shape {
        Shape::Image(axes) => axes.to_vec(),
        Shape::Vector(len) => vec![len],
    };
    let lengths =
        [Length::Named("batch".to_owned())].into_iter().chain(axes.into_iter().map(|n| Length::Fixed(n as i64)));
    let shape = TensorShapeProto { dim: lengths.map(|length| Dimension { value: Some(length) }).collect() };
    TypeProto { tensor_type: Some(TensorTypeProto { elem_type: elements.into(), shape: Some(shape) }) }
}
