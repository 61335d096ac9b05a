//! Batch normalisation folded into the convolution before it.
//!
//! In inference a normalisation is y = (x - mean) s + b with s = weight / sqrt(var + epsilon), which the filters of the
//! convolution that computes x can do themselves: they are multiplied by s, and b - mean s is added.

use super::error::ReportError;
use super::tensors::{Array, Tensors};
use crate::network::{Builder, Network, Node, Operation};

/// A network that computes the same logits in inference, with its weights.
///
/// Every normalisation whose input is a convolution with no other reader is gone, and the convolution has a bias. What
/// the logits do not depend on is left out.
///
/// # Errors
/// Weights of another network.
pub fn fold(network: &Network, tensors: &Tensors) -> Result<(Network, Tensors), ReportError> {
    tensors.check(network)?;
    let (live, norms) = (network.live(), foldable(network));
    let mut folded = Tensors::default();
    let mut builder = Builder::new(network.input)?;
    // The new number of every node; that of a folded normalisation is its convolution's.
    let mut numbers = vec![Builder::INPUT; network.nodes.len()];
    for (number, node) in network.nodes.iter().enumerate().skip(1).filter(|(number, _)| live[*number]) {
        let inputs: Vec<_> = node.inputs.iter().map(|input| numbers[*input]).collect();
        numbers[number] = match (norms[number], node.operation) {
            (Some(Role::Norm), _) => inputs[0],
            (Some(Role::Convolution(norm)), Operation::Conv2d { .. }) => {
                scale(node, &network.nodes[norm], tensors, &mut folded)?;
                builder.add(node.name.as_str(), with_bias(node.operation), &inputs)?
            }
            _ => {
                for weight in network.weights(node) {
                    let name = format!("{}.{}", node.name, weight.suffix);
                    folded.insert(name.as_str(), &weight.shape, tensors.get(&name)?.numbers.clone());
                }
                builder.add(node.name.as_str(), node.operation, &inputs)?
            }
        };
    }
    Ok((builder.finish(numbers[network.output])?, folded))
}

/// What a node is when it takes part in a fold.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// A convolution that does the work of this normalisation.
    Convolution(usize),
    /// A normalisation whose work is done.
    Norm,
}

fn foldable(network: &Network) -> Vec<Option<Role>> {
    let live = network.live();
    let alive = || network.nodes.iter().enumerate().filter(|(number, _)| live[*number]);
    let mut readers = vec![0; network.nodes.len()];
    alive().flat_map(|(_, node)| &node.inputs).for_each(|input| readers[*input] += 1);
    let mut roles = vec![None; network.nodes.len()];
    for (number, node) in alive() {
        let (Operation::BatchNorm { .. }, &[from]) = (node.operation, node.inputs.as_slice()) else { continue };
        if readers[from] == 1 && matches!(network.nodes[from].operation, Operation::Conv2d { .. }) {
            (roles[from], roles[number]) = (Some(Role::Convolution(number)), Some(Role::Norm));
        }
    }
    roles
}

fn with_bias(operation: Operation) -> Operation {
    match operation {
        Operation::Conv2d { filters, kernel, stride, padding, dilation, groups, .. } => {
            Operation::Conv2d { filters, kernel, stride, padding, dilation, groups, bias: true }
        }
        other => other,
    }
}

/// Adds the weights of a convolution that normalises too.
fn scale(conv: &Node, norm: &Node, tensors: &Tensors, folded: &mut Tensors) -> Result<(), ReportError> {
    let Operation::BatchNorm { affine, epsilon, .. } = norm.operation else { return Ok(()) };
    let of_norm = |suffix: &str| Ok::<_, ReportError>(&tensors.get(&format!("{}.{suffix}", norm.name))?.numbers);
    let (mean, var) = (of_norm("running_mean")?, of_norm("running_var")?);
    let mut scales: Vec<f32> = var.iter().map(|var| 1.0 / (var + epsilon).sqrt()).collect();
    let mut biases = vec![0.0; scales.len()];
    if affine {
        scales.iter_mut().zip(of_norm("weight")?).for_each(|(scale, weight)| *scale *= weight);
        biases.clone_from(of_norm("bias")?);
    }
    let before = match conv.operation {
        Operation::Conv2d { bias: true, .. } => tensors.get(&format!("{}.bias", conv.name))?.numbers.clone(),
        _ => vec![0.0; scales.len()],
    };
    for (place, bias) in biases.iter_mut().enumerate() {
        *bias += (before[place] - mean[place]) * scales[place];
    }
    let name = format!("{}.weight", conv.name);
    let Array { shape, numbers } = tensors.get(&name)?;
    let filter = (numbers.len() / scales.len()).max(1);
    let scaled = numbers.chunks(filter).zip(&scales).flat_map(|(filter, scale)| filter.iter().map(move |x| x * scale));
    folded.insert(name, shape, scaled.collect());
    folded.insert(format!("{}.bias", conv.name), &[biases.len()], biases);
    Ok(())
}
