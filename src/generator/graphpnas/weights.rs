//! The generator's weights by name: the kernels keep them in two rows of numbers, files in matrices.
//!
//! Names and shapes are those of the original's state dict: `decoder_input.0`, `decoder.msg_func.L.{0,2}`,
//! `decoder.att_head.L.{0,2}`, `decoder.update_func.L`, `output_{theta,alpha,psi,phi}.{0,2,4}`, matrices output-major.

use super::dimensions::Dimensions;
use crate::kernel::heads::Head;
use crate::kernel::message_passing::TableSizes;
use rand::{Rng, RngExt};

/// Both rows of numbers.
#[derive(Debug, Clone, PartialEq)]
pub struct GeneratorWeights {
    /// Message passing and input layer, laid out as [`crate::kernel::message_passing::Dims::offsets`] says.
    pub propagation: Vec<f32>,
    /// Output heads, laid out as [`crate::kernel::heads::HeadDims`] says.
    pub heads: Vec<f32>,
}

/// Which row of numbers a named tensor lies in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Bank {
    Propagation,
    Heads,
}

/// A named tensor and where its numbers lie.
#[derive(Debug, Clone)]
pub struct Named {
    /// Its name in the original's state dict.
    pub name: String,
    /// Its shape there: outputs x inputs, or outputs.
    pub shape: Vec<usize>,
    part: Bank,
    /// First number; element (output, input) lies at `at + input * row + output`.
    at: usize,
    row: usize,
    /// Inputs come in pieces, each with its own first number: those on the state and those on the edge input.
    pieces: Vec<(usize, usize)>,
    /// Numbers are drawn from -bound to bound.
    bound: f32,
}

impl Named {
    fn matrix(name: String, part: Bank, outputs: usize, row: usize, pieces: &[(usize, usize)], fan_in: usize) -> Self {
        let inputs = pieces.iter().map(|(_, inputs)| inputs).sum();
        let shape = vec![outputs, inputs];
        Self { name, shape, part, at: 0, row, pieces: pieces.to_vec(), bound: bound(fan_in) }
    }

    fn bias(name: String, part: Bank, outputs: usize, at: usize, fan_in: usize) -> Self {
        Self { name, shape: vec![outputs], part, at, row: 0, pieces: vec![(0, 1)], bound: bound(fan_in) }
    }

    /// Where every number lies, in the order of the file.
    fn places(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.shape[0]).flat_map(move |output| {
            self.pieces.iter().flat_map(move |(first, inputs)| {
                (0..*inputs).map(move |input| self.at + first + input * self.row + output)
            })
        })
    }
}

fn bound(fan_in: usize) -> f32 {
    1.0 / (fan_in as f32).sqrt()
}

/// Every named tensor of a generator, in the order of the original.
#[must_use]
pub fn named(shape: &Dimensions) -> Vec<Named> {
    let mut list = Vec::new();
    let dims = shape.dims(TableSizes::of_graphs(1, 1));
    let (nodes, embedding) = (shape.limits.max_nodes, dims.embedding());
    let mut linear = |name: &str, part, outputs, row, pieces: &[(usize, usize)], bias| {
        let fan_in = pieces.iter().map(|(_, inputs)| inputs).sum();
        list.push(Named::matrix(format!("{name}.weight"), part, outputs, row, pieces, fan_in));
        list.push(Named::bias(format!("{name}.bias"), part, outputs, bias, fan_in));
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

/// Takes name, part, outputs, row length, pieces (first number, inputs) and the bias's first number.
type Linear<'a> = dyn FnMut(&str, Bank, usize, usize, &[(usize, usize)], usize) + 'a;

fn layer_tensors(shape: &Dimensions, layer: usize, linear: &mut Linear<'_>) {
    let dims = shape.dims(TableSizes::of_graphs(1, 1));
    let (h, a, wide, at) = (shape.hidden, shape.attention, dims.wide(), dims.offsets());
    let base = layer * at.len;
    let part = Bank::Propagation;
    let first = |from: usize| [(base + at.state + from, h), (base + at.edge + from, h)];
    linear(&format!("decoder.msg_func.{layer}.0"), part, h, wide, &first(0), base + at.bias);
    let second = [(base + at.message, h)];
    linear(&format!("decoder.msg_func.{layer}.2"), part, h, h, &second, base + at.message_bias);
    linear(&format!("decoder.att_head.{layer}.0"), part, a, wide, &first(h), base + at.bias + h);
    let second = [(base + at.attention, a)];
    linear(&format!("decoder.att_head.{layer}.2"), part, h, h, &second, base + at.attention_bias);
}

fn gru_tensors(shape: &Dimensions, layer: usize) -> [Named; 4] {
    let (h, at) = (shape.hidden, shape.dims(TableSizes::of_graphs(1, 1)).offsets());
    let base = layer * at.len;
    let name = |field: &str| format!("decoder.update_func.{layer}.{field}");
    let part = Bank::Propagation;
    [
        Named::matrix(name("weight_ih"), part, 3 * h, 3 * h, &[(base + at.input, h)], h),
        Named::matrix(name("weight_hh"), part, 3 * h, 3 * h, &[(base + at.recurrent, h)], h),
        Named::bias(name("bias_ih"), part, 3 * h, base + at.input_bias, h),
        Named::bias(name("bias_hh"), part, 3 * h, base + at.recurrent_bias, h),
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
    /// All zero.
    #[must_use]
    pub fn zeros(shape: &Dimensions) -> Self {
        Self { propagation: vec![0.0; shape.propagation_len()], heads: vec![0.0; shape.heads_len()] }
    }

    /// Uniform from -1/sqrt(fan in) to 1/sqrt(fan in), for the GRU from -1/sqrt(H) to 1/sqrt(H) (docs/method.md section 2).
    pub fn random(shape: &Dimensions, rng: &mut dyn Rng) -> Self {
        let mut weights = Self::zeros(shape);
        for tensor in named(shape) {
            let row = weights.row_mut(&tensor);
            for place in tensor.places() {
                row[place] = rng.random_range(-tensor.bound..tensor.bound);
            }
        }
        weights
    }

    /// A named tensor's numbers, in the order of the file.
    #[must_use]
    pub fn get(&self, tensor: &Named) -> Vec<f32> {
        let row = match tensor.part {
            Bank::Propagation => &self.propagation,
            Bank::Heads => &self.heads,
        };
        tensor.places().map(|place| row[place]).collect()
    }

    /// Sets a named tensor's numbers; those missing stay.
    pub fn set(&mut self, tensor: &Named, numbers: &[f32]) {
        let row = self.row_mut(tensor);
        for (place, number) in tensor.places().zip(numbers) {
            row[place] = *number;
        }
    }

    fn row_mut(&mut self, tensor: &Named) -> &mut [f32] {
        match tensor.part {
            Bank::Propagation => &mut self.propagation,
            Bank::Heads => &mut self.heads,
        }
    }
}
