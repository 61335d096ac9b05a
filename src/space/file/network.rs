//! The network of an architecture of a space file.

use super::block::{Block, Kind};
use super::build::{Wanted, add_block, add_head, side};
use super::definition::{Content, Definition, Layer};
use super::error::Fault;
use super::part::{Carrier, Join, Output, Part, Wiring};
use super::text::Architecture;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Filter, Network, NetworkError, Operation, Size, Task};
use std::collections::HashMap;

/// The largest number of operations of a network.
const MAX_NETWORK: usize = 50_000;

/// A network that cannot be built, with the layer.
#[derive(Debug)]
pub(super) enum LayerError {
    /// The operation or layer is invalid.
    Fault(Fault),
    /// The line of the layer and the error.
    Network(usize, NetworkError),
}

impl From<NetworkError> for LayerError {
    fn from(error: NetworkError) -> Self {
        Self::Network(0, error)
    }
}

impl LayerError {
    fn in_line(self, line: usize) -> Self {
        match self {
            Self::Network(0, error) => Self::Network(line, error),
            other => other,
        }
    }
}

impl From<Fault> for LayerError {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

/// Builds the network of an architecture; without one, the network that sums every operation at every position.
pub(super) fn build(
    mut builder: Builder,
    definition: &Definition,
    architecture: Option<&Architecture>,
    task: Task,
    size: Size,
    drop_path: f32,
) -> Result<Network, LayerError> {
    size.check()?;
    builder.momentum = definition.bn_momentum;
    let none = vec![0; definition.choices.len()];
    let options = architecture.map_or(&none, |architecture| &architecture.options);
    let instance = definition.instance(options, Some(size));
    let layers = instance.layers()?;
    let blocks = definition.parts.iter().map(|part| instance.part_ops(part)).collect::<Result<Vec<_>, _>>()?;
    let mut walk = Walk {
        builder: &mut builder,
        instance: &instance,
        definition,
        architecture,
        blocks,
        drop_path,
        outputs: [Builder::INPUT; 2],
        width: task.input[0],
        instances: HashMap::new(),
        stage: None,
        last_part: None,
    };
    let shorter_side = task.input[1].min(task.input[2]);
    let mut output = Builder::INPUT;
    for layer in &layers {
        if let Content::Op(op) = &layer.content
            && let Kind::Head { dropout, hidden, act } = op.block.kind
        {
            walk.end_stage();
            output = add_head(walk.builder, walk.outputs[1], task.classes, dropout, (hidden, act))?;
            break;
        }
        walk.layer(layer, shorter_side).map_err(|error| error.in_line(layer.line))?;
    }
    Ok(builder.finish(output)?)
}

/// The construction of a network, layer by layer.
struct Walk<'a> {
    builder: &'a mut Builder,
    instance: &'a super::definition::Instance<'a>,
    definition: &'a Definition,
    architecture: Option<&'a Architecture>,
    /// The operations of every part.
    blocks: Vec<Vec<Block>>,
    drop_path: f32,
    /// The last two outputs.
    outputs: [usize; 2],
    width: usize,
    /// The number of instances of every name with `#`.
    instances: HashMap<String, usize>,
    /// The input of the current stage of constant image size.
    stage: Option<usize>,
    /// The output of the last part.
    last_part: Option<usize>,
}

impl Walk<'_> {
    fn layer(&mut self, layer: &Layer, shorter_side: usize) -> Result<(), LayerError> {
        let halves = layer.reduction.as_ref().map_or_else(Vec::new, |reduction| {
            let at = reduction.at.iter().map(|(p, q)| layer.repeat * p / q);
            at.filter(|index| (1..layer.repeat).contains(index)).collect()
        });
        for index in 0..layer.repeat {
            let mut stride = if index == 0 { layer.stride.of(shorter_side) } else { 1 };
            let mut part = match &layer.content {
                Content::Part(part) => Some(*part),
                Content::Op(_) => None,
            };
            if let (0, Some(width)) = (index, layer.channels) {
                self.width = width.of(self.width);
            }
            if let (true, Some(reduction)) = (halves.contains(&index), &layer.reduction) {
                (stride, part) = (2, Some(reduction.part));
                self.width = reduction.channels.map_or(self.width, |width| width.of(self.width));
            }
            let number = self.instances.entry(layer.name.clone()).or_default();
            let name = layer.name.replace('#', &number.to_string());
            *number += 1;
            let before = self.outputs[1];
            let wanted = Wanted { channels: self.width, stride };
            let output = match (part, &layer.content) {
                (Some(part), _) => self.part(part, &name, wanted)?,
                (None, Content::Op(op)) => {
                    if let Some(width) = op.block.channels {
                        self.width = width.of(self.width);
                    } else if layer.channels.is_none() {
                        // Without a width of its own an operation keeps the channels that it gets.
                        self.width = self.builder.channels(before);
                    }
                    let wanted = Wanted { channels: self.width, stride };
                    add_block(self.builder, &name, before, &Block { channels: None, ..op.block.clone() }, wanted)?
                }
                (None, Content::Part(_)) => before,
            };
            // Before the first part with two inputs and after any other layer, both inputs are the last output.
            let two_inputs = part.is_some_and(|part| self.definition.parts[part].inputs == 2);
            self.outputs = [if two_inputs { before } else { output }, output];
            self.last_part = part.map(|_| output).or(self.last_part);
            // Chains and skips mark their own stages.
            let is_linear =
                part.is_some_and(|part| matches!(self.definition.parts[part].wiring, Wiring::Chain | Wiring::Skips));
            if !is_linear {
                self.mark_stage(before, output);
            }
            self.check_size()?;
        }
        Ok(())
    }

    fn check_size(&self) -> Result<(), NetworkError> {
        match self.builder.len() <= MAX_NETWORK {
            true => Ok(()),
            false => Err(NetworkError::TooManyNodes(MAX_NETWORK)),
        }
    }

    /// Starts a stage at every change of the image size.
    fn mark_stage(&mut self, before: usize, after: usize) {
        match self.stage {
            None => self.stage = Some(after),
            Some(input) if side(self.builder, before) != side(self.builder, after) => {
                self.builder.stage(input, before);
                self.stage = Some(after);
            }
            Some(_) => {}
        }
    }

    fn end_stage(&mut self) {
        if let Some(input) = self.stage {
            // Layers after the last part, such as a final normalisation, belong to the head.
            let output = self.last_part.filter(|output| *output >= input).unwrap_or(self.outputs[1]);
            self.builder.stage(input, output);
        }
    }

    /// Adds an instance of a part.
    fn part(&mut self, number: usize, name: &str, wanted: Wanted) -> Result<usize, LayerError> {
        let part = &self.definition.parts[number];
        let graph = self.architecture.map(|architecture| &architecture.parts[number]);
        let blocks = std::mem::take(&mut self.blocks[number]);
        let cell = Cell { part, graph, blocks: &blocks, name, wanted };
        let output = match part.wiring {
            Wiring::Chain => self.chain(&cell),
            Wiring::Skips => self.skips(&cell),
            Wiring::Free | Wiring::All => self.free(&cell),
        };
        self.blocks[number] = blocks;
        output
    }

    fn chain(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let mut x = self.outputs[1];
        let present = cell.graph.map_or(cell.part.max_nodes, |graph| cell.part.present(graph));
        for node in 0..present {
            let mut stride = cell.part.stride.get(node).copied().unwrap_or(1);
            if node == 0 {
                stride *= cell.wanted.stride;
            }
            if let Some(value) = cell.part.channels.get(node) {
                self.width = self.instance.width(value)?.of(self.width);
            }
            let wanted = Wanted { channels: self.width, stride };
            let before = x;
            x = cell.operation(self.builder, &format!("{}.{node}", cell.name), x, cell.node_labels(node), wanted)?;
            if let [label] = cell.node_labels(node).as_slice()
                && let Some(block) = cell.block(*label)
                && let Some(width) = block.channels
            {
                self.width = width.of(self.width);
            }
            self.mark_stage(before, x);
            self.check_size()?;
        }
        Ok(x)
    }

    fn skips(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let Cell { part, wanted, .. } = *cell;
        let depth = part.max_nodes;
        let mut outputs = vec![self.outputs[1]];
        let halves: Vec<usize> =
            part.halving.iter().flat_map(|halving| halving.at.iter().map(|(p, q)| depth * p / q)).collect();
        for node in 0..depth {
            let before = outputs[node];
            if node > 0
                && halves.contains(&node)
                && let Some(halving) = &part.halving
            {
                if let Some(value) = &halving.channels {
                    self.width = self.instance.width(value)?.of(self.width);
                }
                let block = self.instance.op(&halving.op)?.block;
                for (index, output) in outputs.iter_mut().enumerate() {
                    let name = format!("{}.{}.reductions.{index}", cell.name, node - 1);
                    *output =
                        add_block(self.builder, &name, *output, &block, Wanted { channels: self.width, stride: 2 })?;
                }
                self.mark_stage(before, outputs[node]);
            }
            let name = format!("{}.{node}", cell.name);
            let stride = if node == 0 { wanted.stride } else { 1 };
            let own = Wanted { channels: self.width, stride };
            let result = cell.operation(self.builder, &name, outputs[node], cell.node_labels(node), own)?;
            if node == 0 && cell.has_skips_from_input() {
                outputs[0] = self.fitted(&format!("{}.input", cell.name), outputs[0], result, wanted.stride)?;
            }
            let skips: Vec<usize> = cell.sources(node).into_iter().map(|from| outputs[from]).collect();
            outputs.push(self.joined_skips(part.join, &name, result, &skips, node)?);
            if node == 0 {
                self.mark_stage(before, outputs[1]);
            }
            self.check_size()?;
        }
        Ok(outputs[depth])
    }

    /// Joins a node's result with its skips.
    fn joined_skips(
        &mut self,
        join: Join,
        name: &str,
        result: usize,
        skips: &[usize],
        node: usize,
    ) -> Result<usize, LayerError> {
        let terms: Vec<usize> = [result].into_iter().chain(skips.iter().copied()).collect();
        let channels = self.builder.channels(result);
        Ok(match join {
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

    /// Adds a part with nodes and edges: operations on either of them.
    fn free(&mut self, cell: &Cell<'_>) -> Result<usize, LayerError> {
        let part = cell.part;
        let nodes = cell.graph.map_or(part.max_nodes, Graph::nodes);
        let live = match cell.graph {
            Some(graph) if self.definition.same == super::definition::Same::Pruned => part.live(graph),
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
                    true => {
                        self.builder.add(format!("{name}.drop"), Operation::DropPath { rate: self.drop_path }, &[y])?
                    }
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
                self.builder.add(name, Operation::Zero(shape), &[])?
            }
            (_, [only]) => *only,
            (Join::Mean, _) => self.builder.add(name, Operation::Mean, terms)?,
            (Join::WeightedSum, _) => self.builder.add(name, Operation::WeightedSum, terms)?,
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

/// An instance of a part under construction.
struct Cell<'a> {
    part: &'a Part,
    /// `None` for an instance with every operation and edge.
    graph: Option<&'a Graph>,
    blocks: &'a [Block],
    name: &'a str,
    wanted: Wanted,
}

impl Cell<'_> {
    fn block(&self, label: u8) -> Option<&Block> {
        self.part.op_of(label).map(|index| &self.blocks[index])
    }

    fn node_labels(&self, node: usize) -> Vec<u8> {
        match self.graph {
            Some(graph) => vec![graph.node_label(node)],
            None => self.part.options[node - self.part.inputs].clone(),
        }
    }

    fn edge_labels(&self, from: usize, to: usize) -> Vec<u8> {
        match self.graph {
            Some(graph) => graph.edge_label(from, to).into_iter().collect(),
            None => (1..=to_u8(self.part.ops.len())).collect(),
        }
    }

    /// The nodes that a node reads.
    fn sources(&self, node: usize) -> Vec<usize> {
        match self.graph {
            Some(graph) if self.part.chooses_edges() => graph.predecessors(node).collect(),
            _ => (0..node).collect(),
        }
    }

    fn has_skips_from_input(&self) -> bool {
        (1..self.part.max_nodes).any(|node| self.sources(node).contains(&0))
    }

    /// Adds the operation of a node, or the sum of several.
    fn operation(
        &self,
        builder: &mut Builder,
        name: &str,
        x: usize,
        labels: Vec<u8>,
        wanted: Wanted,
    ) -> Result<usize, NetworkError> {
        let mut results = Vec::new();
        for label in labels {
            // Nodes of a part with one operation have label 0.
            let index = self.part.op_of(label).unwrap_or(0);
            let name = builder.choice(name, &self.part.ops[index]);
            results.push(add_block(builder, &name, x, &self.blocks[index], wanted)?);
        }
        builder.sum(&format!("{name}.choices"), &results)
    }
}
