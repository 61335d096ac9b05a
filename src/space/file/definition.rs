//! A space file as read: operations, parts, choices and layers.

use super::block::{Block, check_name};
use super::dialect::Dialect;
use super::error::Fault;
use super::instance::{Content, Instance, LAYER_KEYS, Layer};
use super::kind::{EXTERNAL, Kind};
use super::op_reader::Catalogue;
use super::part::{MAX_NODES, Part};
use super::tree::{Fields, Tree, Value, suggestion};
use crate::network::{Size, Task};
use std::collections::HashSet;

/// The largest numbers of parts, choices, options of a choice, and layers.
const MAX_PARTS: usize = 16;
const MAX_CHOICES: usize = MAX_NODES;
const MAX_OPTIONS: usize = 250;
const MAX_LAYERS: usize = 256;
/// The usual shape of signals.
const SIGNAL: [usize; 3] = [1, 1, 128];
/// The largest number of cells that is tried.
const MAX_MIN_CELLS: usize = 32;

/// Which architectures count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Same {
    Text,
    Graph,
    Pruned,
}

/// A searched value.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Choice {
    pub(super) name: String,
    pub(super) options: Vec<Value>,
}

impl Choice {
    /// The text of an option: its value if all options are numbers or words, else its place.
    pub(super) fn text(&self, option: usize) -> String {
        let word = |value: &Value| match &value.tree {
            Tree::Integer(number) => Some(number.to_string()),
            Tree::Text(text) if check_name(value, text).is_ok() => Some(text.clone()),
            _ => None,
        };
        let words: Option<Vec<_>> = self.options.iter().map(word).collect();
        let distinct = |words: &Vec<String>| words.iter().collect::<HashSet<_>>().len() == words.len();
        words.filter(distinct).map_or_else(|| option.to_string(), |words| words[option].clone())
    }
}

/// A definition of a space.
#[derive(Debug, Clone)]
pub(super) struct Definition {
    pub(super) name: String,
    /// The text form of architectures; `None` for the general one.
    pub(super) dialect: Option<&'static Dialect>,
    pub(super) same: Same,
    /// Whether inputs are signals (`axes = 1`): images of height 1, with windows of one row.
    pub(super) signals: bool,
    pub(super) bn_momentum: f32,
    pub(super) settings: Vec<(String, usize)>,
    /// The images and classes of networks that are built without data.
    pub(super) task: Task,
    pub(super) choices: Vec<Choice>,
    pub(super) ops: Catalogue,
    /// The parts in the order of their first use.
    pub(super) parts: Vec<Part>,
    pub(super) layers: Vec<Value>,
    /// The parts of the shared model that is trained alternately with a generator, if a part has the key `shared`.
    shared: Option<Vec<Part>>,
}

const KEYS: [&str; 13] = [
    "format",
    "name",
    "text",
    "same",
    "axes",
    "bn_momentum",
    "settings",
    "input",
    "classes",
    "choice",
    "op",
    "part",
    "layer",
];

impl Definition {
    /// Reads a definition.
    pub(super) fn read(text: &str) -> Result<Self, Fault> {
        let root = Value::parse(text)?;
        let fields = root.fields(&KEYS)?;
        let format = fields.required("format")?;
        if !matches!(format.tree, Tree::Integer(1)) {
            return Err(format.expected("1"));
        }
        let name = fields.required("name")?;
        check_name(name, name.text()?)?;
        let signals = fields.read("axes", 2, |value| value.integer(1, 2))? == 1;
        let dialect = fields.read("text", None, Dialect::read_name)?;
        let same = fields.read("same", 2, |value| value.word(&["text", "graph", "pruned"]))?;
        let mut definition = Self {
            name: name.text()?.to_owned(),
            dialect,
            same: [Same::Text, Same::Graph, Same::Pruned][same],
            signals,
            bn_momentum: fields.read("bn_momentum", 0.1, |value| value.rate())?,
            settings: fields.read("settings", Vec::new(), settings)?,
            task: Task {
                input: input(fields, signals)?,
                classes: fields.read("classes", Task::CIFAR10.classes, |value| value.integer(2, 1 << 16))?,
            },
            choices: fields.read("choice", Vec::new(), choices)?,
            ops: fields.read("op", Catalogue::default(), |value| Catalogue::new(value.table()?))?,
            parts: Vec::new(),
            layers: fields.required("layer")?.list("a list of tables, [[layer]]")?.to_vec(),
            shared: None,
        };
        for (name, _) in &definition.settings {
            if let Some(choice) = definition.choices.iter().find(|choice| choice.name == *name) {
                return Err(choice.options[0].fault(format!("`{name}` is also a setting; rename one")));
            }
        }
        let parts = fields.read("part", Vec::new(), |value| Ok(value.table()?.to_vec()))?;
        definition.read_parts(&parts)?;
        definition.check(&root)?;
        if let Some(shared) = definition.alternating() {
            shared.check(&root)?;
        }
        if let Some(dialect) = dialect {
            dialect.check(&definition, fields.get("text").unwrap_or(&root))?;
        }
        Ok(definition)
    }

    /// Reads the parts that layers use.
    fn read_parts(&mut self, all: &[(String, Value)]) -> Result<(), Fault> {
        let mut used: Vec<(String, Value)> = Vec::new();
        for layer in &self.layers {
            let fields = layer.fields(&LAYER_KEYS)?;
            let own = fields.get("part");
            let reduced = match fields.get("reduce") {
                Some(value) => value.fields(&["at", "part", "channels"])?.get("part"),
                None => None,
            };
            for value in own.into_iter().chain(reduced) {
                let name = value.text()?;
                if !used.iter().any(|(known, _)| known == name) {
                    used.push((name.to_owned(), value.clone()));
                }
            }
        }
        if used.len() > MAX_PARTS {
            return Err(used[MAX_PARTS].1.fault(format!("at most {MAX_PARTS} parts are allowed")));
        }
        let mut shared = Vec::new();
        for (name, place) in &used {
            let (_, value) = all.iter().find(|(known, _)| known == name).ok_or_else(|| {
                let hint = suggestion(name, all.iter().map(|(known, _)| known.as_str()));
                place.fault(format!("no part `{name}` in [part]{hint}"))
            })?;
            let expand = |value: &Value| -> Result<Vec<(String, bool)>, Fault> {
                let options = vec![0; self.choices.len()];
                let found = self.instance(&options, None).ops(value)?;
                Ok(found.into_iter().map(|op| (op.name, matches!(op.block.kind, Kind::Zero(_)))).collect())
            };
            let part = Part::read(name, value, all, &expand)?;
            if part.nasbench101 && self.same != Same::Pruned {
                return Err(value.fault("a part with a `rule` needs same = \"pruned\""));
            }
            shared.push(Part::read_shared(name, value, all, &expand)?);
            self.parts.push(part);
        }
        if shared.iter().any(Option::is_some) {
            let parts = shared.into_iter().zip(&self.parts);
            self.shared = Some(parts.map(|(shared, part)| shared.unwrap_or_else(|| part.clone())).collect());
        }
        if let Some((name, value)) = all.iter().find(|(name, _)| {
            let is_template = |(_, value): &(String, Value)| {
                value.table().is_ok_and(|entries| {
                    entries.iter().any(|(key, like)| key == "like" && like.text().is_ok_and(|like| like == name))
                })
            };
            !used.iter().any(|(known, _)| known == name) && !all.iter().any(is_template)
        }) {
            return Err(value.fault(format!("no layer uses the part `{name}`")));
        }
        Ok(())
    }

    /// Reads all operations and layers for every option, so that faults are found before a search.
    fn check(&self, root: &Value) -> Result<(), Fault> {
        if self.parts.is_empty() && self.choices.is_empty() {
            return Err(root.fault("the space has nothing to choose: a layer needs a `part`, or `choice` needs values"));
        }
        if self.layers.is_empty() || self.layers.len() > MAX_LAYERS {
            return Err(root.fault(format!("1 to {MAX_LAYERS} layers are allowed")));
        }
        let mut options = vec![0; self.choices.len()];
        self.check_instance(&self.instance(&options, None), &|_| true)?;
        for (index, choice) in self.choices.iter().enumerate() {
            for option in 1..choice.options.len() {
                options[index] = option;
                // Only what refers to the choice can be wrong now.
                self.check_instance(&self.instance(&options, None), &|value| value.mentions(&choice.name))?;
            }
            options[index] = 0;
        }
        Ok(())
    }

    fn check_instance(&self, instance: &Instance<'_>, concerns: &dyn Fn(&Value) -> bool) -> Result<(), Fault> {
        for (name, value) in self.ops.products().iter().filter(|(_, value)| concerns(value)) {
            let named = Value { tree: Tree::Text(name.clone()), ..value.clone() };
            instance.ops(&named)?;
        }
        if !self.layers.iter().chain(self.parts.iter().flat_map(part_values)).any(concerns) {
            return Ok(());
        }
        for part in &self.parts {
            part.prepare
                .iter()
                .chain(part.halving.as_ref().map(|halving| &halving.op))
                .try_for_each(|value| instance.op(value).map(|_| ()))?;
            part.channels
                .iter()
                .chain(part.halving.iter().filter_map(|halving| halving.channels.as_ref()))
                .try_for_each(|value| instance.width(value).map(|_| ()))?;
        }
        let layers = instance.layers()?;
        self.check_rules(instance, &layers)?;
        let is_head = |layer: &Layer| match &layer.content {
            Content::Op(op) => matches!(op.block.kind, Kind::Head(_)),
            Content::Part(_) => false,
        };
        let last = &self.layers[self.layers.len() - 1];
        match layers.iter().position(is_head) {
            Some(head) if head + 1 == layers.len() && layers[head].repeat == 1 => {
                let unused = last.table()?.iter().find(|(key, _)| key != "op" && key != "repeat");
                unused.map_or(Ok(()), |(_, value)| Err(value.fault("has no effect on the head; remove it")))
            }
            _ => Err(last.fault("the network must end with one layer of the kind head: op = { kind = \"head\" }")),
        }
    }

    /// Parts of NAS-Bench-101 keep the image size, and their operations the width.
    fn check_rules(&self, instance: &Instance<'_>, layers: &[Layer]) -> Result<(), Fault> {
        for part in self.parts.iter().filter(|part| part.nasbench101) {
            let blocks = instance.part_ops(part)?;
            let fixes_shape = |block: &Block| block.channels.is_some() || block.stride.is_some();
            if let Some(index) = blocks.iter().position(fixes_shape) {
                return Err(
                    part.op_places[index].fault("has a width or stride of its own, which the part's `rule` sets")
                );
            }
        }
        let has_rule = |part: usize| self.parts[part].nasbench101;
        for (layer, value) in layers.iter().zip(&self.layers) {
            let own = matches!(layer.content, Content::Part(part) if has_rule(part)) && !layer.stride.is_one();
            if own || layer.reduction.as_ref().is_some_and(|reduction| has_rule(reduction.part)) {
                return Err(
                    value.fault("a part with a `rule` has stride 1; put an operation with the stride before it")
                );
            }
        }
        Ok(())
    }

    /// Returns the smallest number of cells with which every part and every reduction occurs in the network; 1 if there
    /// is none up to [`MAX_MIN_CELLS`].
    pub(super) fn min_cells(&self) -> usize {
        let options = vec![0; self.choices.len()];
        let complete = |cells: &usize| {
            let size = Size { cells: *cells, ..self.size() };
            let Ok(layers) = self.instance(&options, Some(size)).layers() else { return false };
            let occurs = |part: usize| layers.iter().any(|layer| layer.has_part(part));
            (0..self.parts.len()).all(occurs) && layers.iter().all(Layer::has_all_reductions)
        };
        (1..=MAX_MIN_CELLS).find(complete).unwrap_or(1)
    }

    /// Returns the names of the choices that no operation, part or layer uses.
    pub(super) fn unused_choices(&self) -> Vec<&str> {
        let ops = self.ops.products().iter().map(|(_, value)| value);
        let parts = self.parts.iter().chain(self.shared.iter().flatten());
        let all: Vec<&Value> = ops.chain(&self.layers).chain(parts.flat_map(part_values)).collect();
        let is_used = |choice: &&Choice| all.iter().any(|value| value.mentions(&choice.name));
        self.choices.iter().filter(|choice| !is_used(choice)).map(|choice| choice.name.as_str()).collect()
    }

    /// Returns the definition of the shared model that is trained alternately with a generator.
    pub(super) fn alternating(&self) -> Option<Self> {
        let parts = self.shared.clone()?;
        Some(Self { parts, shared: None, ..self.clone() })
    }

    /// Returns the values for an architecture.
    pub(super) fn instance<'a>(&'a self, options: &'a [usize], size: Option<Size>) -> Instance<'a> {
        Instance { definition: self, options, size }
    }

    /// Returns the settings `channels` and `cells`; 1 for one that the file does not have.
    pub(super) fn size(&self) -> Size {
        let setting =
            |name: &str| self.settings.iter().find(|(known, _)| known == name).map_or(1, |(_, number)| *number);
        Size { channels: setting("channels"), cells: setting("cells") }
    }

    /// Whether an operation, or one inside it, sets its own width or stride.
    pub(super) fn changes_shape(&self) -> bool {
        self.ops.products().iter().any(|(_, value)| value.has_key("channels") || value.has_key("stride"))
    }

    /// Whether an operation, or one inside it, belongs to another program.
    pub(super) fn is_external(&self) -> bool {
        let ops = self.ops.products().iter().map(|(_, value)| value);
        ops.chain(&self.layers).any(|value| value.has_text("kind", EXTERNAL))
    }

    /// Whether the setting `cells` exists, that is, whether the depth can be set.
    pub(super) fn has_cells(&self) -> bool {
        self.settings.iter().any(|(name, _)| name == "cells")
    }
}

/// The values of a part that may refer to choices.
fn part_values(part: &Part) -> impl Iterator<Item = &Value> {
    let halving = part.halving.iter().flat_map(|halving| [Some(&halving.op), halving.channels.as_ref()]).flatten();
    part.prepare.iter().chain(&part.channels).chain(&part.op_places).chain(halving)
}

/// Reads the shape of the images of networks that are built without data.
fn input(fields: Fields<'_>, signals: bool) -> Result<[usize; 3], Fault> {
    let usual = if signals { SIGNAL } else { Task::CIFAR10.input };
    let shape = fields.read("input", usual, image)?;
    match fields.get("input").filter(|_| signals && shape[1] != 1) {
        Some(value) => Err(value.fault("must have height 1, such as [1, 1, 128], because axes = 1 stands for signals")),
        None => Ok(shape),
    }
}

/// Reads channels, height and width of an image.
fn image(value: &Value) -> Result<[usize; 3], Fault> {
    let axes = value.list("a list of channels, height and width, such as [3, 32, 32]")?;
    let [channels, height, width] = axes else {
        return Err(value.expected("a list of channels, height and width, such as [3, 32, 32]"));
    };
    Ok([channels.integer(1, 1 << 10)?, height.integer(1, 1 << 14)?, width.integer(1, 1 << 14)?])
}

fn settings(value: &Value) -> Result<Vec<(String, usize)>, Fault> {
    let read = |(name, value): &(String, Value)| {
        check_name(value, name)?;
        Ok((name.clone(), value.integer(1, 1 << 16)?))
    };
    value.table()?.iter().map(read).collect()
}

/// Reads the choices, sorted by name.
fn choices(value: &Value) -> Result<Vec<Choice>, Fault> {
    let mut choices = Vec::new();
    for (name, value) in value.table()? {
        check_name(value, name)?;
        let options = value.list("a list of options")?;
        if options.is_empty() || options.len() > MAX_OPTIONS {
            return Err(value.fault(format!("1 to {MAX_OPTIONS} options are allowed")));
        }
        if let Some(value) = options
            .iter()
            .enumerate()
            .find_map(|(index, value)| options[..index].iter().any(|other| other.tree_equals(value)).then_some(value))
        {
            return Err(value.fault("is listed twice"));
        }
        choices.push(Choice { name: name.clone(), options: options.to_vec() });
    }
    if choices.len() > MAX_CHOICES {
        return Err(value.fault(format!("at most {MAX_CHOICES} choices are allowed")));
    }
    choices.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(choices)
}
