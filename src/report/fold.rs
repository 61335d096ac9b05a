//! Folding of batch normalisation into the preceding convolution.
//!
//! In inference, batch normalisation computes y = (x - mean) s + b with s = weight / sqrt(var + epsilon). Folding
//! multiplies the filters of the convolution that computes x by s and adds the bias b - mean s.

use super::error::ReportError;
use super::tensors::{Array, Tensors};
use crate::network::operation::{BatchNorm, Conv2d};
use crate::network::{Builder, Network, Node, Operation};

/// Returns a network that computes the same logits in inference, with its weights.
///
/// Removes every batch normalisation whose input is a convolution with no other consumer; that convolution gets a bias.
/// Also removes nodes that the logits do not depend on.
///
/// # Errors
/// The tensors do not match the network.
pub fn fold(network: &Network, tensors: &Tensors) -> Result<(Network, Tensors), ReportError> {
    tensors.check(network)?;
    let (live, norms) = (network.live(), foldable(network));
    let mut folded = Tensors::default();
    let mut builder = Builder::new(network.input)?;
    // The new index of every node. A folded normalisation maps to its convolution.
    let mut indices = vec![Builder::INPUT; network.nodes.len()];
    for (number, node) in network.nodes.iter().enumerate().skip(1).filter(|(number, _)| live[*number]) {
        let inputs: Vec<_> = node.inputs.iter().map(|input| indices[*input]).collect();
        indices[number] = match (norms[number], node.operation) {
            (Some(Role::Norm), _) => inputs[0],
            (Some(Role::Convolution(norm)), Operation::Conv2d(conv)) => {
                scale(node, &network.nodes[norm], tensors, &mut folded)?;
                builder.add(node.name.as_str(), Conv2d { bias: true, ..conv }, &inputs)?
            }
            _ => {
                for weight in network.weights(node) {
                    let name = format!("{}.{}", node.name, weight.suffix);
                    folded.insert(name.as_str(), &weight.shape, tensors.get(&name)?.values.clone());
                }
                builder.add(node.name.as_str(), node.operation, &inputs)?
            }
        };
    }
    Ok((builder.finish(indices[network.output])?, folded))
}

/// The role of a node in a fold.
#[derive(Debug, Clone, Copy)]
enum Role {
    /// A convolution into which the normalisation with this index is folded.
    Convolution(usize),
    /// A folded normalisation.
    Norm,
}

/// Returns the role of every node, if it takes part in a fold.
fn foldable(network: &Network) -> Vec<Option<Role>> {
    let live = network.live();
    let live_nodes = || network.nodes.iter().enumerate().filter(|(number, _)| live[*number]);
    let mut consumers = vec![0; network.nodes.len()];
    live_nodes().flat_map(|(_, node)| &node.inputs).for_each(|input| consumers[*input] += 1);
    let mut roles = vec![None; network.nodes.len()];
    for (number, node) in live_nodes() {
        let (Operation::BatchNorm(_), &[from]) = (node.operation, node.inputs.as_slice()) else { continue };
        if consumers[from] == 1 && matches!(network.nodes[from].operation, Operation::Conv2d(_)) {
            (roles[from], roles[number]) = (Some(Role::Convolution(number)), Some(Role::Norm));
        }
    }
    roles
}

/// Adds the weights of a convolution with its normalisation folded in.
fn scale(conv: &Node, norm: &Node, tensors: &Tensors, folded: &mut Tensors) -> Result<(), ReportError> {
    let Operation::BatchNorm(BatchNorm { affine, epsilon, .. }) = norm.operation else { return Ok(()) };
    let norm_tensor = |suffix: &str| Ok::<_, ReportError>(&tensors.get(&format!("{}.{suffix}", norm.name))?.values);
    let (mean, var) = (norm_tensor("running_mean")?, norm_tensor("running_var")?);
    let mut scales: Vec<f32> = var.iter().map(|var| 1.0 / (var + epsilon).sqrt()).collect();
    let mut biases = vec![0.0; scales.len()];
    if affine {
        scales.iter_mut().zip(norm_tensor("weight")?).for_each(|(scale, weight)| *scale *= weight);
        biases.clone_from(norm_tensor("bias")?);
    }
    let before = match conv.operation {
        Operation::Conv2d(Conv2d { bias: true, .. }) => tensors.get(&format!("{}.bias", conv.name))?.values.clone(),
        _ => vec![0.0; scales.len()],
    };
    for (channel, bias) in biases.iter_mut().enumerate() {
        *bias += (before[channel] - mean[channel]) * scales[channel];
    }
    let name = format!("{}.weight", conv.name);
    let Array { shape, values } = tensors.get(&name)?;
    let filter = (values.len() / scales.len()).max(1);
    let scaled = values.chunks(filter).zip(&scales).flat_map(|(filter, scale)| filter.iter().map(move |x| x * scale));
    folded.insert(name, shape, scaled.collect());
    folded.insert(format!("{}.bias", conv.name), &[biases.len()], biases);
    Ok(())
}
