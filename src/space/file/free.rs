//! Parts whose nodes are joined by edges: operations on nodes or on edges.

use super::build::{Wanted, add_block, side};
use super::definition::Same;
use super::network::{Cell, LayerError, Walk};
use super::part::{Carrier, Join, Output};
use crate::graph::Graph;
use crate::network::Filter;
use crate::network::operation::{DropPath, Mean, WeightedSum, Zero};

impl Walk<'_> {
    /// Adds a part with nodes and edges: operations on either of them.
    pub(super) fn free(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let part = cell.part;
        let nodes = cell.graph.map_or(part.max_nodes, Graph::nodes);
        let live = match cell.graph {
            Some(graph) if self.definition.same == Same::Pruned => part.live(graph),
            _ => vec![true; nodes],
        };
        let mut values: Vec<Option<usize>> = self.inputs(cell)?.into_iter().map(Some).collect();
        let mut shaped = Shaped {
            input: self.outputs[1],
            stride: cell.wanted.stride,
            channels: cell.wanted.channels,
            projected: vec![None; part.inputs],
        };
        let last = nodes - usize::from(part.output == Output::End);
        for node in part.inputs..last {
            if !live[node] {
                values.push(None);
                continue;
            }
            let sources: Vec<usize> = cell.sources(node).into_iter().filter(|from| live[*from]).collect();
            let value = match part.carrier {
                Carrier::Node => self.node(cell, node, &sources, &values, &mut shaped)?,
                Carrier::Edge => self.edges(cell, node, &sources, &values, &shaped)?,
            };
            values.push(Some(value));
            self.check_size()?;
        }
        let outputs: Vec<usize> = match part.output {
            Output::Last => vec![last - 1],
            Output::End => cell.sources(last).into_iter().filter(|from| live[*from]).collect(),
            Output::Inner => (part.inputs..last).filter(|node| live[*node]).collect(),
            Output::Leaves => (part.inputs..last)
                .filter(|node| live[*node] && !(node + 1..last).any(|to| live[to] && cell.sources(to).contains(node)))
                .collect(),
        };
        let terms = self.terms(cell, &outputs, &values, &mut shaped)?;
        self.join(part.output_join, &format!("{}.output", cell.name), &terms, &shaped)
    }

    /// The prepared inputs of a part.
    fn inputs(&mut self, cell: &Cell<'_>) -> Result<Vec<usize>, LayerError> {
        let part = cell.part;
        let given = match part.inputs {
            0 => return Ok(Vec::new()),
            1 => vec![self.outputs[1]],
            _ => self.outputs.to_vec(),
        };
        let block = match &part.prepare {
            Some(value) => Some(self.instance.op(value)?.block),
            None => None,
        };
        if block.is_none() && part.inputs == 1 {
            return Ok(given);
        }
        let smallest = given.iter().map(|x| side(self.builder, *x)).min().unwrap_or_default();
        let mut prepared = Vec::new();
        for (index, x) in given.into_iter().enumerate() {
            let name = format!("{}.preprocess{index}", cell.name);
            let channels = cell.wanted.channels;
            prepared.push(match &block {
                _ if side(self.builder, x) != smallest => self.builder.relu_factorised_reduction(&name, x, channels)?,
                Some(block) => add_block(self.builder, &name, x, block, Wanted { channels, stride: 1 })?,
                None => self.builder.relu_conv_bn(&name, x, Filter::new(channels, 1))?,
            });
        }
        Ok(prepared)
    }

    /// Adds the operation of a node.
    fn node(
        &mut self,
        cell: &Cell<'_>,
        node: usize,
        sources: &[usize],
        values: &[Option<usize>],
        shaped: &mut Shaped,
    ) -> Result<usize, LayerError> {
        let part = cell.part;
        let name = format!("{}.nodes.{node}", cell.name);
        let only_inputs = sources.iter().all(|from| *from < part.inputs);
        let (x, stride) = match sources {
            [] if part.inputs == 0 => (shaped.input, shaped.stride),
            _ if only_inputs && !sources.is_empty() => {
                let terms: Vec<usize> = sources.iter().filter_map(|from| values[*from]).collect();
                (self.join(part.join, &format!("{name}.sum"), &terms, shaped)?, shaped.stride)
            }
            _ => {
                let terms = self.terms(cell, sources, values, shaped)?;
                (self.join(part.join, &format!("{name}.sum"), &terms, shaped)?, 1)
            }
        };
        let wanted = Wanted { channels: shaped.channels, stride };
        Ok(cell.operation(self.builder, &name, x, cell.node_labels(node), wanted)?)
    }

    /// Adds the operations of the edges into a node, and joins them.
    fn edges(
        &mut self,
        cell: &Cell<'_>,
        node: usize,
        sources: &[usize],
        values: &[Option<usize>],
        shaped: &Shaped,
    ) -> Result<usize, LayerError> {
        let part = cell.part;
        let mut terms = Vec::new();
        for &from in sources {
            let Some(x) = values[from] else { continue };
            let stride = if from < part.inputs { shaped.stride } else { 1 };
            let wanted = Wanted { channels: shaped.channels, stride };
            for label in cell.edge_labels(from, node) {
                let Some(block) = cell.block(label) else { continue };
                let op = &part.ops[part.op_of(label).unwrap_or(0)];
                let name = self.builder.choice(&format!("{}.ops.{from}_{node}", cell.name), op);
                let y = add_block(self.builder, &name, x, block, wanted)?;
                terms.push(match part.drop_path && self.drop_path > 0.0 && y != x {
                    true => self.builder.add(format!("{name}.drop"), DropPath { rate: self.drop_path }, &[y])?,
                    false => y,
                });
            }
        }
        self.join(part.join, &format!("{}.nodes.{node}", cell.name), &terms, shaped)
    }

    /// The values of nodes. An input among them that does not fit the part's shape is projected once.
    fn terms(
        &mut self,
        cell: &Cell<'_>,
        nodes: &[usize],
        values: &[Option<usize>],
        shaped: &mut Shaped,
    ) -> Result<Vec<usize>, LayerError> {
        let mut terms = Vec::new();
        for &node in nodes {
            let Some(x) = values[node] else { continue };
            let fits = shaped.stride == 1 && self.builder.channels(x) == shaped.channels;
            if node >= cell.part.inputs || fits {
                terms.push(x);
                continue;
            }
            if shaped.projected[node].is_none() {
                let filter = Filter::new(shaped.channels, 1).by(shaped.stride);
                shaped.projected[node] =
                    Some(self.builder.conv_bn(&format!("{}.input{node}", cell.name), x, filter)?);
            }
            terms.extend(shaped.projected[node]);
        }
        Ok(terms)
    }

    /// Joins terms; without any, the result is zeros of the part's shape.
    fn join(&mut self, join: Join, name: &str, terms: &[usize], shaped: &Shaped) -> Result<usize, LayerError> {
        Ok(match (join, terms) {
            (_, []) => {
                let [height, width] = side(self.builder, shaped.input).map(|side| side.div_ceil(shaped.stride));
                let shape = crate::network::Shape::Image([shaped.channels, height, width]);
                self.builder.add(name, Zero(shape), &[])?
            }
            (_, [only]) => *only,
            (Join::Mean, _) => self.builder.add(name, Mean, terms)?,
            (Join::WeightedSum, _) => self.builder.add(name, WeightedSum, terms)?,
            (Join::Concat, _) => self.builder.concat(name, terms)?,
            _ => self.builder.sum(name, terms)?,
        })
    }
}

/// The shape that the nodes of a part make of its input.
struct Shaped {
    input: usize,
    stride: usize,
    channels: usize,
    /// The projections of inputs that do not fit.
    projected: Vec<Option<usize>>,
}
