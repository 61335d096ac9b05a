//! The network of an architecture of a space file.

use super::block::Block;
use super::build::{Wanted, add_block, side};
use super::definition::Definition;
use super::error::Fault;
use super::instance::{Content, Instance, Layer};
use super::kind::Kind;
use super::part::{Part, Wiring};
use super::text::Architecture;
use crate::convert::to_u8;
use crate::graph::Graph;
use crate::network::{Builder, Network, NetworkError, Size, Task};
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
    if definition.signals && task.input[1] != 1 {
        return Err(NetworkError::Signals(task.input).into());
    }
    (builder.momentum, builder.signals) = (definition.bn_momentum, definition.signals);
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
        stage_counts: definition.parts.is_empty(),
        last_part: None,
    };
    let [_, height, width] = task.input;
    let side = if definition.signals { width } else { height.min(width) };
    let mut output = Builder::INPUT;
    for layer in &layers {
        if let Content::Op(op) = &layer.content
            && let Kind::Head(head) = &op.block.kind
        {
            walk.end_stage();
            output = head.add_classifier(walk.builder, walk.outputs[1], task.classes)?;
            break;
        }
        walk.layer(layer, side).map_err(|error| error.in_line(layer.line))?;
    }
    Ok(builder.finish(output)?)
}

/// The construction of a network, layer by layer.
pub(super) struct Walk<'a> {
    pub(super) builder: &'a mut Builder,
    pub(super) instance: &'a Instance<'a>,
    pub(super) definition: &'a Definition,
    pub(super) architecture: Option<&'a Architecture>,
    /// The operations of every part.
    pub(super) blocks: Vec<Vec<Block>>,
    pub(super) drop_path: f32,
    /// The last two outputs.
    pub(super) outputs: [usize; 2],
    pub(super) width: usize,
    /// The number of instances of every name with `#`.
    pub(super) instances: HashMap<String, usize>,
    /// The input of the current stage of constant image size.
    pub(super) stage: Option<usize>,
    /// Whether the current stage has nodes of a part, or no layer has a part; a stem alone is no stage.
    pub(super) stage_counts: bool,
    /// The output of the last part.
    pub(super) last_part: Option<usize>,
}

impl Walk<'_> {
    fn layer(&mut self, layer: &Layer, side: usize) -> Result<(), LayerError> {
        let halves = layer.reduced();
        for index in 0..layer.repeat {
            let mut stride = if index == 0 { layer.stride.of(side) } else { 1 };
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
                // A part with a stride of its own is the start of a stage; a reducing part or operation comes before it.
                let starts = part.is_some() && !halves.contains(&index);
                self.mark_stage(before, output, if starts { before } else { output });
                self.stage_counts |= part.is_some();
            }
            self.check_size()?;
        }
        Ok(())
    }

    pub(super) fn check_size(&self) -> Result<(), NetworkError> {
        match self.builder.len() <= MAX_NETWORK {
            true => Ok(()),
            false => Err(NetworkError::TooManyNodes(MAX_NETWORK)),
        }
    }

    /// Starts a stage, with this input, at every change of the image size.
    pub(super) fn mark_stage(&mut self, before: usize, after: usize, input: usize) {
        match self.stage {
            None => self.stage = Some(after),
            Some(current) if side(self.builder, before) != side(self.builder, after) => {
                if self.stage_counts {
                    self.builder.stage(current, before);
                }
                self.stage = Some(input);
                self.stage_counts = self.definition.parts.is_empty();
            }
            Some(_) => {}
        }
    }

    fn end_stage(&mut self) {
        if let Some(input) = self.stage.filter(|_| self.stage_counts) {
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
            _ if part.nasbench101 => self.nasbench101(&cell),
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
            self.mark_stage(before, x, x);
            self.stage_counts = true;
            self.check_size()?;
        }
        Ok(x)
    }
}

/// An instance of a part under construction.
pub(super) struct Cell<'a> {
    pub(super) part: &'a Part,
    /// `None` for an instance with every operation and edge.
    pub(super) graph: Option<&'a Graph>,
    pub(super) blocks: &'a [Block],
    pub(super) name: &'a str,
    pub(super) wanted: Wanted,
}

impl Cell<'_> {
    pub(super) fn block(&self, label: u8) -> Option<&Block> {
        self.part.op_of(label).map(|index| &self.blocks[index])
    }

    pub(super) fn node_labels(&self, node: usize) -> Vec<u8> {
        match self.graph {
            Some(graph) => vec![graph.node_label(node)],
            None => self.part.options[node - self.part.inputs].clone(),
        }
    }

    pub(super) fn edge_labels(&self, from: usize, to: usize) -> Vec<u8> {
        match self.graph {
            Some(graph) => graph.edge_label(from, to).into_iter().collect(),
            None => (1..=to_u8(self.part.ops.len())).collect(),
        }
    }

    /// The nodes that a node reads.
    pub(super) fn sources(&self, node: usize) -> Vec<usize> {
        match self.graph {
            Some(graph) if self.part.chooses_edges() => graph.predecessors(node).collect(),
            _ => (0..node).collect(),
        }
    }

    pub(super) fn has_skips_from_input(&self) -> bool {
        (1..self.part.max_nodes).any(|node| self.sources(node).contains(&0))
    }

    /// Adds the operation of a node, or the sum of several.
    pub(super) fn operation(
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
