//! Conversion of the generator's weights between two flat vectors (kernels) and named tensors (files).
//!
//! Names and shapes match the state dict of the reference implementation: `decoder_input.0`,
//! `decoder.msg_func.L.{0,2}`, `decoder.att_head.L.{0,2}`, `decoder.update_func.L`,
//! `output_{theta,alpha,psi,phi}.{0,2,4}`; matrices are output-major.

use super::dimensions::Dimensions;
use crate::kernel::heads::Head;
use crate::kernel::message_passing::TableSizes;
use rand::{Rng, RngExt};

/// The weights as two flat vectors.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorWeights {
    /// Message passing and input layer, in the layout of [`crate::kernel::message_passing::Dims::offsets`].
    pub propagation: Vec<f32>,
    /// Output heads, in the layout of [`crate::kernel::heads::HeadDims`].
    pub heads: Vec<f32>,
}

/// The flat vector that contains a named tensor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bank {
    Propagation,
    Heads,
}

/// A named tensor and its location in a flat vector.
#[derive(Debug, Clone)]
pub struct TensorLayout {
    /// Name in the reference state dict.
    pub name: String,
    /// Shape in the reference state dict: `[outputs, inputs]` or `[outputs]`.
    pub shape: Vec<usize>,
    bank: Bank,
    /// Offset of the tensor; element (output, input) is at `start + input * row + output`.
    start: usize,
    row: usize,
    /// Groups of inputs (state and edge input) as (offset, number of inputs).
    pieces: Vec<(usize, usize)>,
    /// Weights are initialised uniformly from -bound to bound.
    bound: f32,
}

impl TensorLayout {
    fn matrix(name: String, bank: Bank, outputs: usize, row: usize, pieces: &[(usize, usize)], fan_in: usize) -> Self {
        let inputs = pieces.iter().map(|(_, inputs)| inputs).sum();
        let shape = vec![outputs, inputs];
        Self { name, shape, bank, start: 0, row, pieces: pieces.to_vec(), bound: bound(fan_in) }
    }

    fn bias(name: String, bank: Bank, outputs: usize, start: usize, fan_in: usize) -> Self {
        Self { name, shape: vec![outputs], bank, start, row: 0, pieces: vec![(0, 1)], bound: bound(fan_in) }
    }

    /// Offset of every element in the flat vector, in file order.
    fn offsets(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.shape[0]).flat_map(move |output| {
            self.pieces.iter().flat_map(move |(first, inputs)| {
                (0..*inputs).map(move |input| self.start + first + input * self.row + output)
            })
        })
    }
}

fn bound(fan_in: usize) -> f32 {
    1.0 / (fan_in as f32).sqrt()
}

/// Returns the layout of every named tensor of a generator, in the order of the reference implementation.
#[must_use]
pub fn tensor_layouts(shape: &Dimensions) -> Vec<TensorLayout> {
    let mut list = Vec::new();
    let dims = shape.dims(TableSizes::of_graphs(1, 1));
    let (nodes, embedding) = (shape.limits.max_nodes, dims.embedding());
    let mut linear = |name: &str, bank, outputs, row, pieces: &[(usize, usize)], bias| {
        let fan_in = pieces.iter().map(|(_, inputs)| inputs).sum();
        list.push(TensorLayout::matrix(format!("{name}.weight"), bank, outputs, row, pieces, fan_in));
        list.push(TensorLayout::bias(format!("{name}.bias"), bank, outputs, bias, fan_in));
    };
    let input = dims.input_layer();
    linear("decoder_input.0", Bank::Propagation, embedding, embedding, &[(input, nodes)], input + nodes * embedding);
    for layer in 0..shape.layers {
        layer_tensors(shape, layer, &mut linear);
    }
    for head in Head::ALL {
        head_tensors(shape, head, &mut linear);
    }
    for layer in 0..shape.layers {
        list.extend(gru_tensors(shape, layer));
    }
    list
}

/// Adds a linear layer. Arguments: name, bank, outputs, row length, pieces (offset, inputs) and offset of the bias.
type Linear<'a> = dyn FnMut(&str, Bank, usize, usize, &[(usize, usize)], usize) + 'a;

fn layer_tensors(shape: &Dimensions, layer: usize, linear: &mut Linear<'_>) {
    let dims = shape.dims(TableSizes::of_graphs(1, 1));
    let (h, a, wide, at) = (shape.hidden, shape.attention, dims.wide(), dims.offsets());
    let base = layer * at.len;
    let bank = Bank::Propagation;
    let first = |from: usize| [(base + at.state + from, h), (base + at.edge + from, h)];
    linear(&format!("decoder.msg_func.{layer}.0"), bank, h, wide, &first(0), base + at.bias);
    let second = [(base + at.message, h)];
    linear(&format!("decoder.msg_func.{layer}.2"), bank, h, h, &second, base + at.message_bias);
    linear(&format!("decoder.att_head.{layer}.0"), bank, a, wide, &first(h), base + at.bias + h);
    let second = [(base + at.attention, a)];
    linear(&format!("decoder.att_head.{layer}.2"), bank, h, h, &second, base + at.attention_bias);
}

fn gru_tensors(shape: &Dimensions, layer: usize) -> [TensorLayout; 4] {
    let (h, at) = (shape.hidden, shape.dims(TableSizes::of_graphs(1, 1)).offsets());
    let base = layer * at.len;
    let name = |field: &str| format!("decoder.update_func.{layer}.{field}");
    let bank = Bank::Propagation;
    [
        TensorLayout::matrix(name("weight_ih"), bank, 3 * h, 3 * h, &[(base + at.input, h)], h),
        TensorLayout::matrix(name("weight_hh"), bank, 3 * h, 3 * h, &[(base + at.recurrent, h)], h),
        TensorLayout::bias(name("bias_ih"), bank, 3 * h, base + at.input_bias, h),
        TensorLayout::bias(name("bias_hh"), bank, 3 * h, base + at.recurrent_bias, h),
    ]
}

fn head_tensors(shape: &Dimensions, head: Head, linear: &mut Linear<'_>) {
    let dims = shape.head_dims(TableSizes::of_graphs(1, 1));
    let (h, out, padded) = (shape.hidden, dims.outputs(head), dims.padded(head));
    if out == 0 {
        return;
    }
    let name = match head {
        Head::Theta => "output_theta",
        Head::Alpha => "output_alpha",
        Head::Psi => "output_psi",
        Head::Phi => "output_phi",
    };
    let base = dims.head_at(head);
    for (layer, (at, outputs, row)) in
        [(0, h, h), ((h + 1) * h, h, h), (2 * (h + 1) * h, out, padded)].into_iter().enumerate()
    {
        let name = format!("{name}.{}", 2 * layer);
        linear(&name, Bank::Heads, outputs, row, &[(base + at, h)], base + at + h * row);
    }
}

impl GeneratorWeights {
    /// Creates zero weights.
    #[must_use]
    pub fn zeros(shape: &Dimensions) -> Self {
        Self { propagation: vec![0.0; shape.propagation_len()], heads: vec![0.0; shape.heads_len()] }
    }

    /// Creates weights that are uniform from -1/sqrt(fan in) to 1/sqrt(fan in), in the GRU from -1/sqrt(H) to
    /// 1/sqrt(H) (docs/method.md section 2).
    pub fn random(shape: &Dimensions, rng: &mut dyn Rng) -> Self {
        let mut weights = Self::zeros(shape);
        for tensor in tensor_layouts(shape) {
            let bank = weights.bank_mut(&tensor);
            for offset in tensor.offsets() {
                bank[offset] = rng.random_range(-tensor.bound..tensor.bound);
            }
        }
        weights
    }

    /// Returns the elements of a named tensor in file order.
    #[must_use]
    pub fn get(&self, tensor: &TensorLayout) -> Vec<f32> {
        let bank = match tensor.bank {
            Bank::Propagation => &self.propagation,
            Bank::Heads => &self.heads,
        };
        tensor.offsets().map(|offset| bank[offset]).collect()
    }

    /// Sets the elements of a named tensor; if `values` is shorter, the remaining elements do not change.
    pub fn set(&mut self, tensor: &TensorLayout, values: &[f32]) {
        let bank = self.bank_mut(tensor);
        for (offset, value) in tensor.offsets().zip(values) {
            bank[offset] = *value;
        }
    }

    fn bank_mut(&mut self, tensor: &TensorLayout) -> &mut [f32] {
        match tensor.bank {
            Bank::Propagation => &mut self.propagation,
            Bank::Heads => &mut self.heads,
        }
    }
}
