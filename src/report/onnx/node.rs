//! Conversion of operations to ONNX operators.

use super::super::error::ReportError;
use super::super::tensors::Tensors;
use super::message::{AttributeProto, AttributeType, DataType, NodeProto, TensorProto};
use crate::network::{Network, Node, Operation};
use crate::train::Interface;

/// The channel axis, and the axes of rows and columns.
const CHANNELS: i64 = 1;
const PIXELS: [i64; 2] = [2, 3];

/// The nodes of a file.
pub(super) struct Nodes<'a> {
    pub(super) network: &'a Network,
    tensors: &'a Tensors,
    pub(super) nodes: Vec<NodeProto>,
    pub(super) constants: Vec<TensorProto>,
    /// The name of every node's result. A node that does nothing in inference has that of its input.
    pub(super) values: Vec<String>,
    /// The name of the network's result.
    pub(super) output: String,
}

/// Converts all nodes that the output depends on.
pub(super) fn nodes<'a>(
    network: &'a Network,
    tensors: &'a Tensors,
    interface: &Interface,
) -> Result<Nodes<'a>, ReportError> {
    let values = network.nodes.iter().map(|node| node.name.clone()).collect();
    let mut nodes = Nodes { network, tensors, nodes: Vec::new(), constants: Vec::new(), values, output: String::new() };
    nodes.normalize(interface)?;
    let live = network.live();
    for (number, node) in network.nodes.iter().enumerate().filter(|(number, _)| live[*number]) {
        nodes.add(number, node)?;
    }
    nodes.output = nodes.values[network.output].clone();
    nodes.softmax(interface);
    Ok(nodes)
}

impl Nodes<'_> {
    fn add(&mut self, number: usize, node: &Node) -> Result<(), ReportError> {
        let mut inputs: Vec<String> = node.inputs.iter().map(|input| self.values[*input].clone()).collect();
        let weights = self.weights(node)?;
        match node.operation {
            Operation::Input => {}
            Operation::Dropout { .. } | Operation::DropPath { .. } => self.values[number] = inputs.swap_remove(0),
            Operation::Zero(_) => self.zeros(node),
            Operation::BatchNorm { .. } => self.batch_norm(node, inputs, weights),
            Operation::GlobalAveragePool => self.global_average_pool(node, inputs),
            Operation::WeightedSum => self.weighted_sum(node, &inputs, weights),
            Operation::Shift => self.shift(node, inputs),
            Operation::Relu6 => {
                inputs.push(self.scalar(node, "min", 0.0));
                inputs.push(self.scalar(node, "max", 6.0));
                self.push(node, "Clip", inputs, Vec::new());
            }
            Operation::Silu => {
                let sigmoid = self.intermediate(node, "sigmoid", "Sigmoid", inputs.clone(), Vec::new());
                inputs.push(sigmoid);
                self.push(node, "Mul", inputs, Vec::new());
            }
            Operation::Gelu => self.gelu(node, inputs),
            Operation::LayerNorm { epsilon } => self.layer_norm(node, inputs, weights, epsilon),
            Operation::Attention { heads } => self.attention(node, &inputs, heads),
            Operation::ScaleChannels => {
                let axes = self.integers(node, "axes", &PIXELS);
                let factors = vec![inputs.swap_remove(1), axes];
                inputs.push(self.intermediate(node, "factors", "Unsqueeze", factors, Vec::new()));
                self.push(node, "Mul", inputs, Vec::new());
            }
            Operation::Narrow { from, len } => {
                let bounds = [("from", from as i64), ("to", (from + len) as i64), ("axis", CHANNELS)];
                inputs.extend(bounds.map(|(what, bound)| self.integers(node, what, &[bound])));
                self.push(node, "Slice", inputs, Vec::new());
            }
            _ => {
                let (operator, attributes) = single_operator(&node.operation);
                inputs.extend(weights);
                self.push(node, operator, inputs, attributes);
            }
        }
        Ok(())
    }

    /// Adds the operator that computes the result of a node.
    pub(super) fn push(&mut self, node: &Node, op_type: &str, input: Vec<String>, attribute: Vec<AttributeProto>) {
        let (name, op_type) = (node.name.clone(), op_type.to_owned());
        self.nodes.push(NodeProto { input, output: vec![name.clone()], name, op_type, attribute });
    }

    /// Adds an operator that computes an intermediate value of a node, and returns the name of that value.
    pub(super) fn intermediate(
        &mut self,
        node: &Node,
        what: &str,
        op_type: &str,
        input: Vec<String>,
        with: Vec<AttributeProto>,
    ) -> String {
        let name = format!("{}/{what}", node.name);
        let output = vec![name.clone()];
        self.nodes.push(NodeProto { input, output, name: name.clone(), op_type: op_type.to_owned(), attribute: with });
        name
    }

    /// Adds the weights of a node to the constants, and returns their names.
    fn weights(&mut self, node: &Node) -> Result<Vec<String>, ReportError> {
        let mut names = Vec::new();
        for weight in self.network.weights(node) {
            let name = format!("{}.{}", node.name, weight.suffix);
            let raw_data = self.tensors.get(&name)?.bytes();
            let dims = weight.shape.iter().map(|axis| *axis as i64).collect();
            let data_type = DataType::Float.into();
            self.constants.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
            names.push(name);
        }
        Ok(names)
    }

    /// Adds integers to the constants, and returns the name of the tensor.
    pub(super) fn integers(&mut self, node: &Node, what: &str, values: &[i64]) -> String {
        let name = format!("{}/{what}", node.name);
        let raw_data = values.iter().flat_map(|number| number.to_le_bytes()).collect();
        let (dims, data_type) = (vec![values.len() as i64], DataType::Int64.into());
        self.constants.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    /// Adds the same value for every channel to the constants, and returns the name of the tensor.
    fn filled(&mut self, node: &Node, what: &str, number: f32, channels: usize) -> String {
        let name = format!("{}/{what}", node.name);
        let raw_data = std::iter::repeat_n(number.to_le_bytes(), channels).flatten().collect();
        let (dims, data_type) = (vec![channels as i64], DataType::Float.into());
        self.constants.push(TensorProto { dims, data_type, name: name.clone(), raw_data });
        name
    }

    /// Adds a number to the constants, and returns the name of the tensor.
    pub(super) fn scalar(&mut self, node: &Node, what: &str, number: f32) -> String {
        let name = format!("{}/{what}", node.name);
        let (raw_data, data_type) = (number.to_le_bytes().to_vec(), DataType::Float.into());
        self.constants.push(TensorProto { dims: Vec::new(), data_type, name: name.clone(), raw_data });
        name
    }

    /// Multiplies x by (1 + erf(x / sqrt(2))) / 2.
    fn gelu(&mut self, node: &Node, mut inputs: Vec<String>) {
        let root = self.scalar(node, "root", std::f32::consts::FRAC_1_SQRT_2);
        let scaled = self.intermediate(node, "scaled", "Mul", vec![inputs[0].clone(), root], Vec::new());
        let erf = self.intermediate(node, "erf", "Erf", vec![scaled], Vec::new());
        let one = self.scalar(node, "one", 1.0);
        let sum = self.intermediate(node, "sum", "Add", vec![erf, one], Vec::new());
        let half = self.scalar(node, "half", 0.5);
        inputs.push(self.intermediate(node, "normal", "Mul", vec![sum, half], Vec::new()));
        self.push(node, "Mul", inputs, Vec::new());
    }

    /// ONNX requires a scale and a shift also for a normalisation without trainable ones.
    fn batch_norm(&mut self, node: &Node, mut inputs: Vec<String>, weights: Vec<String>) {
        let Operation::BatchNorm { affine, epsilon, .. } = node.operation else { return };
        if !affine {
            let channels = self.network.weights(node).first().map_or(0, |mean| mean.len());
            inputs.push(self.filled(node, "scale", 1.0, channels));
            inputs.push(self.filled(node, "shift", 0.0, channels));
        }
        inputs.extend(weights);
        self.push(node, "BatchNormalization", inputs, vec![float("epsilon", epsilon)]);
    }

    fn global_average_pool(&mut self, node: &Node, inputs: Vec<String>) {
        let means = self.intermediate(node, "means", "GlobalAveragePool", inputs, Vec::new());
        self.push(node, "Flatten", vec![means], vec![int("axis", 1)]);
    }

    /// Multiplies each input by the sigmoid of its weight, and adds the products.
    fn weighted_sum(&mut self, node: &Node, inputs: &[String], weights: Vec<String>) {
        let sigmoids = self.intermediate(node, "sigmoids", "Sigmoid", weights, Vec::new());
        let each: Vec<_> = (0..inputs.len()).map(|index| format!("{}/sigmoid_{index}", node.name)).collect();
        self.nodes.push(NodeProto {
            input: vec![sigmoids],
            output: each.clone(),
            name: format!("{}/split", node.name),
            op_type: "Split".to_owned(),
            attribute: vec![int("axis", 0)],
        });
        let mut terms = Vec::new();
        for (index, (input, sigmoid)) in inputs.iter().zip(each).enumerate() {
            terms.push(self.intermediate(
                node,
                &format!("term_{index}"),
                "Mul",
                vec![input.clone(), sigmoid],
                Vec::new(),
            ));
        }
        self.push(node, "Sum", terms, Vec::new());
    }

    /// Appends a row and a column of zeros, and removes the first row and column.
    fn shift(&mut self, node: &Node, mut inputs: Vec<String>) {
        inputs.push(self.integers(node, "pads", &[0, 0, 0, 0, 0, 0, 1, 1]));
        let mut cut = vec![self.intermediate(node, "padded", "Pad", inputs, Vec::new())];
        cut.push(self.integers(node, "from", &[1, 1]));
        cut.push(self.integers(node, "to", &[i64::MAX, i64::MAX]));
        cut.push(self.integers(node, "axes", &PIXELS));
        self.push(node, "Slice", cut, Vec::new());
    }

    /// Creates zeros with the batch size of the input.
    fn zeros(&mut self, node: &Node) {
        let batch = vec![int("start", 0), int("end", 1)];
        let batch = self.intermediate(node, "batch", "Shape", vec![self.values[0].clone()], batch);
        let axes: Vec<_> = node.shape.batched(1).iter().skip(1).map(|axis| *axis as i64).collect();
        let axes = self.integers(node, "axes", &axes);
        let shape = self.intermediate(node, "shape", "Concat", vec![batch, axes], vec![int("axis", 0)]);
        self.push(node, "ConstantOfShape", vec![shape], Vec::new());
    }
}

/// Returns operator and attributes of an operation that is a single ONNX operator.
fn single_operator(operation: &Operation) -> (&'static str, Vec<AttributeProto>) {
    match *operation {
        Operation::Conv2d { kernel, stride, padding, dilation, groups, .. } => {
            let mut attributes = window(kernel, stride, padding);
            attributes.extend([ints("dilations", &[dilation; 2]), int("group", groups as i64)]);
            ("Conv", attributes)
        }
        Operation::MaxPool { size, stride, padding } => ("MaxPool", window(size, stride, padding)),
        Operation::AvgPool { size, stride, padding, count_padding } => {
            let mut attributes = window(size, stride, padding);
            attributes.push(int("count_include_pad", count_padding.into()));
            ("AveragePool", attributes)
        }
        Operation::Linear { .. } => ("Gemm", vec![int("transB", 1)]),
        Operation::Sum => ("Sum", Vec::new()),
        // The weight has no batch axis, so it is added to every image.
        Operation::PositionEmbedding => ("Add", Vec::new()),
        Operation::Mean => ("Mean", Vec::new()),
        Operation::Concat => ("Concat", vec![int("axis", CHANNELS)]),
        Operation::Relu => ("Relu", Vec::new()),
        Operation::Sigmoid => ("Sigmoid", Vec::new()),
        Operation::HardSwish => ("HardSwish", Vec::new()),
        // These are handled by the caller.
        Operation::Input
        | Operation::Dropout { .. }
        | Operation::DropPath { .. }
        | Operation::Zero(_)
        | Operation::BatchNorm { .. }
        | Operation::GlobalAveragePool
        | Operation::WeightedSum
        | Operation::Shift
        | Operation::Narrow { .. }
        | Operation::Relu6
        | Operation::Silu
        | Operation::Gelu
        | Operation::LayerNorm { .. }
        | Operation::Attention { .. }
        | Operation::ScaleChannels => ("Identity", Vec::new()),
    }
}

fn window(size: usize, stride: usize, padding: usize) -> Vec<AttributeProto> {
    vec![ints("kernel_shape", &[size; 2]), ints("strides", &[stride; 2]), ints("pads", &[padding; 4])]
}

fn attribute(name: &str, kind: AttributeType) -> AttributeProto {
    AttributeProto { name: name.to_owned(), r#type: kind.into(), ..AttributeProto::default() }
}

pub(super) fn int(name: &str, i: i64) -> AttributeProto {
    AttributeProto { i: Some(i), ..attribute(name, AttributeType::Int) }
}

pub(super) fn float(name: &str, f: f32) -> AttributeProto {
    AttributeProto { f: Some(f), ..attribute(name, AttributeType::Float) }
}

pub(super) fn ints(name: &str, values: &[usize]) -> AttributeProto {
    let ints = values.iter().map(|number| *number as i64).collect();
    AttributeProto { ints, ..attribute(name, AttributeType::Ints) }
}
