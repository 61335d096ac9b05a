//! Networks as ONNX files: operator set 17, weights inside, any batch size.
//!
//! Values have the names of the nodes that compute them, weights those of PyTorch; what one node needs beyond has a name
//! with a slash, which no node has. Dropout and drop path are not there, since the network is meant for inference. The file's
//! `metadata_props` say how to feed it. Where the interface says so, the graph begins with the normalisation of bytes and
//! ends in softmax.

mod message;
mod node;
mod preprocess;

use super::about::About;
use super::error::ReportError;
use super::tensors::Tensors;
use crate::network::{Network, Shape};
pub use message::*;
use prost::Message;

/// The version of ONNX's operators that the files use.
pub const OPSET: i64 = 17;
/// The version of the format that came with them.
const IR_VERSION: i64 = 8;
/// The largest message that protocol buffers can hold.
const MAX_BYTES: usize = (1 << 31) - 1;

/// The content of an ONNX file.
///
/// The input is `[batch, C, H, W]`, the output `[batch, classes]`; `about` says which numbers these are.
///
/// # Errors
/// Weights of another network, or more than two gigabytes of them.
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
    let value = |number: usize, name: &str, numbers: DataType| ValueInfoProto {
        name: name.to_owned(),
        r#type: Some(batch_of(network.nodes[number].shape, numbers)),
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
        metadata_props: about.texts().into_iter().map(|(key, value)| StringStringEntryProto { key, value }).collect(),
    })
}

/// The type of a batch of images or vectors.
fn batch_of(shape: Shape, numbers: DataType) -> TypeProto {
    let axes = match shape {
        Shape::Image(axes) => axes.to_vec(),
        Shape::Vector(len) => vec![len],
    };
    let lengths =
        [Length::Named("batch".to_owned())].into_iter().chain(axes.into_iter().map(|n| Length::Fixed(n as i64)));
    let shape = TensorShapeProto { dim: lengths.map(|length| Dimension { value: Some(length) }).collect() };
    TypeProto { tensor_type: Some(TensorTypeProto { elem_type: numbers.into(), shape: Some(shape) }) }
}
