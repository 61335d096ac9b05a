//! The space of a file for searches.

use super::definition::{Choice, Same};
use super::part::{Carrier, Join, Part, Wiring};
use super::{FileSpace, canonical, drawing, network, text};
use crate::graph::Graph;
use crate::network::{Builder, Network, Size, Task};
use crate::space::diagram::Panel;
use crate::space::{
    ArchError, ArchText, BuildError, Explorer, ExplorerError, InvalidGraph, Limits, PartDescription, Recognition,
    RowMask, Space,
};
use rand::Rng;
use rand::seq::IndexedRandom;
use std::sync::Arc;

impl Space for FileSpace {
    fn name(&self) -> &str {
        &self.definition.name
    }

    fn reference(&self) -> &str {
        self.built_in.map_or(&self.text, |built_in| built_in.name)
    }

    fn digest(&self) -> Option<String> {
        Some(self.digest())
    }

    fn definition(&self) -> Option<&str> {
        Some(&self.text)
    }

    /// The largest limits of all parts; [`Space::part_limits`] has those of each.
    fn limits(&self) -> Limits {
        let largest = |of: fn(Limits) -> usize| self.all_limits().map(of).max().unwrap_or(0);
        let first = self.part_limits(0);
        let one = self.parts_are_alike();
        Limits {
            max_nodes: largest(|limits| limits.max_nodes),
            min_nodes: self.all_limits().map(|limits| limits.min_nodes).min().unwrap_or(0),
            node_labels: largest(|limits| limits.node_labels),
            edge_labels: largest(|limits| limits.edge_labels),
            in_degree: largest(|limits| limits.in_degree),
            input_label: first.input_label.filter(|_| one),
            output_label: first.output_label.filter(|_| one),
        }
    }

    fn parts(&self) -> usize {
        usize::from(!self.definition.choices.is_empty()) + self.definition.parts.len()
    }

    fn part_limits(&self, part: usize) -> Limits {
        let limits = self.part_at(part).map_or_else(|| self.choice_limits(), Part::limits);
        // Without masks, graphs with more edges are drawn.
        let in_degree = if self.draws_with_masks() { limits.in_degree } else { limits.max_nodes - 1 };
        Limits { in_degree, ..limits }
    }

    fn parts_are_alike(&self) -> bool {
        let parts = &self.definition.parts;
        self.definition.choices.is_empty() && parts.iter().all(|part| part.is_like(&parts[0]))
    }

    fn describe_part(&self, part: usize) -> PartDescription {
        let name = self.part_name(part);
        let Some(part) = self.part_at(part) else {
            let choices = &self.definition.choices;
            let texts =
                |choice: &Choice| (0..choice.options.len()).map(|option| choice.text(option)).collect::<Vec<_>>();
            let operations =
                choices.iter().map(|choice| format!("{} = {}", choice.name, texts(choice).join(" or "))).collect();
            return PartDescription { name, min_nodes: choices.len(), max_nodes: choices.len(), operations };
        };
        let operations = part.zero.iter().chain(&part.ops).cloned().collect();
        PartDescription { name, min_nodes: part.min_nodes, max_nodes: part.max_nodes, operations }
    }

    fn part_name(&self, part: usize) -> String {
        self.part_at(part).map_or_else(|| "choices".to_owned(), |part| part.name.clone())
    }

    fn split(&self, graph: &Graph) -> Vec<Graph> {
        let Ok(architecture) = self.architecture(graph) else { return graph.split(self.parts()) };
        let choices = graph.range(0, architecture.options.len());
        let has_choices = !self.definition.choices.is_empty();
        has_choices.then_some(choices).into_iter().chain(architecture.parts).collect()
    }

    fn row_mask(&self, part: usize, prefix: &Graph) -> Option<RowMask> {
        if !self.draws_with_masks() {
            return None;
        }
        let node = prefix.nodes();
        match self.part_at(part) {
            Some(part) => {
                let mut mask = part.row_mask(prefix);
                if self.repairs {
                    part.restrict(prefix, self.prunes(), &mut mask);
                }
                Some(mask)
            }
            None => {
                let options = self.definition.choices.get(node).map_or(1, |choice| choice.options.len());
                let labels = (0..crate::convert::to_u8(options)).collect();
                Some(RowMask { labels, edges: vec![vec![None]; node], degree: [0, 0] })
            }
        }
    }

    fn has_edges(&self, part: usize) -> bool {
        self.part_at(part).is_some_and(Part::chooses_edges)
    }

    fn node_name(&self, part: usize, node: usize) -> String {
        let choice = if self.part_at(part).is_none() { self.definition.choices.get(node) } else { None };
        choice.map_or_else(|| node.to_string(), |choice| choice.name.clone())
    }

    fn node_label(&self, part: usize, label: u8) -> Option<&str> {
        let part = self.part_at(part)?;
        match part.op_of(label) {
            Some(index) => Some(part.ops[index].as_str()),
            None if Some(label) == part.end_label() => Some("output"),
            None => Some(if part.inputs > 0 { "input" } else { "absent" }),
        }
    }

    fn edge_label(&self, part: usize, label: u8) -> Option<&str> {
        let part = self.part_at(part)?;
        match label {
            0 => part.zero.as_deref().or(Some("none")),
            _ => part.op_of(label).map(|index| part.ops[index].as_str()),
        }
    }

    /// Recognises the texts of the published space of its form.
    fn recognises(&self, text: &ArchText<'_>) -> Recognition {
        self.published_form().map_or(Recognition::No, |form| (form.recognises)(text))
    }

    fn encode(&self, arch: &str) -> Result<Graph, ArchError> {
        let architecture = text::read(&self.definition, arch)?;
        let graph = self.joined(&architecture);
        let graph = if self.rejects_dangling { self.pruned(&graph) } else { graph };
        self.validate(&graph).map_err(|error| {
            ArchError::at(arch, 0, "a valid architecture".to_owned(), format!("an invalid one ({error})"))
        })?;
        Ok(graph)
    }

    fn decode(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        Ok(text::write(&self.definition, &self.valid(graph)?))
    }

    fn validate(&self, graph: &Graph) -> Result<(), InvalidGraph> {
        self.valid(graph).map(|_| ())
    }

    fn canonical(&self, graph: &Graph) -> Result<String, InvalidGraph> {
        let architecture = self.valid(graph)?;
        if self.definition.same == Same::Text {
            return Ok(text::write(&self.definition, &architecture));
        }
        if let Some(key) = self.definition.dialect.and_then(|dialect| dialect.key) {
            return Ok(key(&self.definition.parts, &architecture.parts));
        }
        let key = |(part, graph): (&Part, &Graph)| match part.has_fixed_numbering() {
            true => text::write_part(part, graph),
            false => canonical::key(part, graph, self.prunes()),
        };
        let options = architecture.options.iter().map(ToString::to_string);
        let parts = self.definition.parts.iter().zip(&architecture.parts).map(key);
        Ok(options.chain(parts).collect::<Vec<_>>().join("|"))
    }

    fn index(&self, graph: &Graph) -> Option<usize> {
        self.published_form().and_then(|form| form.index).and_then(|index| index(graph))
    }

    fn size(&self) -> f64 {
        self.size.number
    }

    fn log2_size(&self) -> f64 {
        self.size.log2
    }

    fn size_is_bound(&self) -> bool {
        !self.size.exact
    }

    fn check_explorer(&self, explorer: &Explorer) -> Result<(), ExplorerError> {
        let unfit =
            |reason: String| Err(ExplorerError::Unfit { explorer: *explorer, space: self.name().to_owned(), reason });
        for part in &self.definition.parts {
            let chooses = part.chooses_edges();
            if *explorer != Explorer::Uniform && !chooses {
                return unfit(format!("the part {} has no edges to choose; use uniform", part.name));
            }
            if let Err(reason) = explorer.fits(part.limits()) {
                return unfit(reason);
            }
            // With one in-degree all graphs have the same number of edges, whatever the probability of an edge.
            let fits_degrees = match explorer {
                Explorer::Uniform => true,
                Explorer::ErdosRenyi { .. } | Explorer::AnyDensity { .. } => {
                    part.in_degree.is_none_or(|[min, max]| min == max)
                }
                _ => part.in_degree.is_none(),
            };
            if !fits_degrees {
                return unfit(format!("the in-degrees of the part {} are bounded; use uniform", part.name));
            }
        }
        Ok(())
    }

    fn explore(&self, explorer: &Explorer, rng: &mut dyn Rng) -> Graph {
        let explorer = if self.check_explorer(explorer).is_ok() { *explorer } else { Explorer::Uniform };
        // A distribution without valid graphs is replaced by the uniform one.
        let drawn = self.valid_draw(&explorer, rng).or_else(|| self.valid_draw(&Explorer::Uniform, rng));
        drawn.unwrap_or_else(|| self.witness.clone())
    }

    fn neighbours(&self, graph: &Graph) -> Vec<Graph> {
        let Ok(architecture) = self.architecture(graph) else { return Vec::new() };
        self.changes(&architecture).into_iter().map(|change| self.changed(&architecture, change)).collect()
    }

    fn mutate(&self, graph: &Graph, rng: &mut dyn Rng) -> Graph {
        let Ok(architecture) = self.architecture(graph) else { return graph.clone() };
        let change = self.changes(&architecture).choose(rng).cloned();
        change.map_or_else(|| graph.clone(), |change| self.changed(&architecture, change))
    }

    fn neighbour_count(&self, graph: &Graph) -> usize {
        self.architecture(graph).map_or(0, |architecture| self.changes(&architecture).len())
    }

    fn neighbours_at(&self, graph: &Graph, places: &[usize]) -> Vec<Graph> {
        let Ok(architecture) = self.architecture(graph) else { return Vec::new() };
        let changes = self.changes(&architecture);
        let change = |place: &usize| Some(self.changed(&architecture, changes.get(*place)?.clone()));
        places.iter().filter_map(change).collect()
    }

    fn published_task(&self) -> Task {
        self.definition.task
    }

    fn published_size(&self) -> Size {
        self.definition.size()
    }

    fn searched_size(&self) -> Option<Size> {
        let is_small = self.built_in.is_some_and(|built_in| built_in.small);
        (!is_small).then(|| self.published_size())
    }

    fn min_cells(&self) -> usize {
        self.min_cells
    }

    fn graph_determines_depth(&self) -> bool {
        !self.definition.has_cells()
    }

    fn build_network(
        &self,
        builder: Builder,
        graph: &Graph,
        task: Task,
        size: Size,
        drop_path: f32,
    ) -> Result<Network, BuildError> {
        let architecture = self.valid(graph)?;
        network::build(builder, &self.definition, Some(&architecture), task, size, drop_path)
            .map_err(|error| self.built(error))
    }

    /// Whether every position has the same shape whatever was chosen before it.
    fn shares_weights(&self) -> bool {
        let keeps_width = |part: &Part| {
            part.nasbench101
                || !part.may_be_shorter()
                    && !matches!(part.join, Join::Concat | Join::WeightedSum)
                    && self.has_fixed_outputs(part)
                    && (part.carrier == Carrier::Edge || matches!(part.wiring, Wiring::Chain | Wiring::Skips))
        };
        let changes_shape = self.definition.changes_shape();
        self.has_networks()
            && self.definition.choices.is_empty()
            && !changes_shape
            && self.definition.parts.iter().all(keeps_width)
    }

    fn shared_network(&self, task: Task, size: Size) -> Result<Network, BuildError> {
        if !self.shares_weights() {
            return Err(BuildError::NoSharedWeights(self.name().to_owned()));
        }
        network::build(Builder::new(task.input)?.sharing(), &self.definition, None, task, size, 0.0)
            .map_err(|error| self.built(error))
    }

    fn alternating(&self) -> Option<Arc<dyn Space>> {
        let definition = self.definition.alternating()?;
        Some(Arc::new(Self { definition, ..self.clone() }))
    }

    fn diagram(&self, graph: &Graph) -> Result<Vec<Panel>, InvalidGraph> {
        Ok(drawing::panels(&self.definition, &self.valid(graph)?))
    }
}
