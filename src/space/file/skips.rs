//! Adds chains with skip connections to a network.

use super::build::{Wanted, add_block};
use super::instance::positions;
use super::network::{Cell, LayerError, Walk};
use super::part::Join;
use crate::network::operation::{Activation, Conv2d};
use crate::network::{Filter, NetworkError};

impl Walk<'_> {
    pub(super) fn skips(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let Cell { part, wanted, .. } = *cell;
        let depth = part.max_nodes;
        let mut outputs = vec![self.outputs[1]];
        let halves = part.halving.as_ref().map_or_else(Vec::new, |halving| positions(&halving.at, depth));
        for node in 0..depth {
            let before = outputs[node];
            if let (true, Some(halving)) = (halves.contains(&node), &part.halving) {
                if let Some(value) = &halving.channels {
                    self.width = self.instance.width(value)?.of(self.width);
                }
                let block = self.instance.op(&halving.op)?.block;
                for (index, output) in outputs.iter_mut().enumerate() {
                    let name = format!("{}.{}.reductions.{index}", cell.name, node - 1);
                    *output =
                        add_block(self.builder, &name, *output, &block, Wanted { channels: self.width, stride: 2 })?;
                }
                self.mark_stage(before, outputs[node], outputs[node]);
            }
            let name = format!("{}.{node}", cell.name);
            let stride = if node == 0 { wanted.stride } else { 1 };
            let own = Wanted { channels: self.width, stride };
            let result = cell.operation(self.builder, &name, outputs[node], cell.node_labels(node), own)?;
            // Shared weights must not depend on the skips of an architecture.
            if node == 0 && (self.builder.shares() || cell.has_skips_from_input()) {
                outputs[0] = self.fitted(&format!("{}.input", cell.name), outputs[0], result, wanted.stride)?;
            }
            let skips: Vec<_> = cell.sources(node).into_iter().map(|from| (from, outputs[from])).collect();
            outputs.push(self.joined_skips(part.join, &name, result, &skips, node)?);
            if node == 0 {
                self.mark_stage(before, outputs[1], outputs[1]);
            }
            self.stage_counts = true;
            self.check_size()?;
        }
        Ok(outputs[depth])
    }

    /// Joins a node's result with its skips, pairs of the output's number and its node.
    fn joined_skips(
        &mut self,
        join: Join,
        name: &str,
        result: usize,
        skips: &[(usize, usize)],
        node: usize,
    ) -> Result<usize, LayerError> {
        let terms: Vec<usize> = [result].into_iter().chain(skips.iter().map(|(_, output)| *output)).collect();
        let channels = self.builder.channels(result);
        Ok(match join {
            Join::Concat1x1 if node > 0 && self.builder.shares() => self.summed_convolutions(name, result, skips)?,
            Join::Concat1x1 if node > 0 => {
                let x = self.builder.concat(&format!("{name}.skips.concat"), &terms)?;
                self.builder.relu_conv_bn(&format!("{name}.skips"), x, Filter::new(channels, 1))?
            }
            Join::Concat1x1 => result,
            Join::SumBn => {
                let x = self.builder.sum(&format!("{name}.skips.sum"), &terms)?;
                self.builder.batch_norm(&format!("{name}.skips.bn"), x)?
            }
            _ => self.builder.sum(&format!("{name}.skips.sum"), &terms)?,
        })
    }

    /// Joins like a 1x1 convolution of the concatenation, which is the sum of a 1x1 convolution of each term. With a
    /// convolution of its own for every term, the weights of a skip do not depend on the other skips.
    fn summed_convolutions(
        &mut self,
        name: &str,
        result: usize,
        skips: &[(usize, usize)],
    ) -> Result<usize, NetworkError> {
        let channels = self.builder.channels(result);
        let mut convolved = |name: String, x: usize| {
            let x = self.builder.add(format!("{name}.relu"), Activation::Relu, &[x])?;
            self.builder.add(format!("{name}.conv"), Conv2d::new(channels, 1, 1), &[x])
        };
        let mut terms = vec![convolved(format!("{name}.skips.result"), result)?];
        for (from, output) in skips {
            terms.push(convolved(format!("{name}.skips.from_{from}"), *output)?);
        }
        let x = self.builder.sum(&format!("{name}.skips.sum"), &terms)?;
        self.builder.batch_norm(&format!("{name}.skips.bn"), x)
    }

    /// Returns the input with the shape of another node, by 1x1 convolution with the stride and batch normalisation.
    fn fitted(&mut self, name: &str, x: usize, like: usize, stride: usize) -> Result<usize, LayerError> {
        match self.builder.shape(x) == self.builder.shape(like) {
            true => Ok(x),
            false => {
                let filter = Filter::new(self.builder.channels(like), 1).by(stride);
                Ok(self.builder.conv_bn(name, x, filter)?)
            }
        }
    }
}
