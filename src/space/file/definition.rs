//! A space file as read: operations, parts, choices and layers.

use super::block::{Block, Kind, Op, OpReader, check_name};
use super::error::Fault;
use super::part::{MAX_NODES, Part, fractions};
use super::tree::{Tree, Value, suggestion};
use super::width::Width;
use crate::network::Size;

/// The largest numbers of parts, choices, options of a choice, layers, and repetitions of a layer.
const MAX_PARTS: usize = 16;
const MAX_CHOICES: usize = MAX_NODES;
const MAX_OPTIONS: usize = 250;
const MAX_LAYERS: usize = 256;
const MAX_REPEAT: usize = 1000;

/// The text form of architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    General,
    Digits,
    NasBench201,
    Enas,
}

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
        words.map_or_else(|| option.to_string(), |words| words[option].clone())
    }
}

/// A definition of a space.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Definition {
    pub(super) name: String,
    pub(super) dialect: Dialect,
    pub(super) same: Same,
    pub(super) bn_momentum: f32,
    settings: Vec<(String, usize)>,
    pub(super) choices: Vec<Choice>,
    ops: Vec<(String, Value)>,
    /// The parts in the order of their first use.
    pub(super) parts: Vec<Part>,
    layers: Vec<Value>,
}

/// What a layer consists of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A part, by its number.
    Part(usize),
    Op(Op),
}

/// The stride of a layer, possibly by the image's shorter side.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StrideRule {
    /// Sides up to which a stride applies, ascending.
    by_side: Vec<(usize, usize)>,
    otherwise: usize,
}

impl StrideRule {
    pub(super) fn of(&self, side: usize) -> usize {
        self.by_side.iter().find(|(max, _)| side <= *max).map_or(self.otherwise, |(_, stride)| *stride)
    }
}

/// Repetitions of a layer that use another part and stride 2.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reduction {
    pub(super) at: Vec<(usize, usize)>,
    pub(super) part: usize,
    pub(super) channels: Option<Width>,
}

/// A layer of the network of one architecture.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layer {
    /// The name of its weights; `#` is the number of the instance.
    pub(super) name: String,
    pub(super) content: Content,
    pub(super) channels: Option<Width>,
    pub(super) stride: StrideRule,
    pub(super) repeat: usize,
    pub(super) reduction: Option<Reduction>,
    /// Its place in the file, for errors.
    pub(super) line: usize,
}

const KEYS: [&str; 11] =
    ["format", "name", "text", "same", "axes", "bn_momentum", "settings", "choice", "op", "part", "layer"];
const LAYER_KEYS: [&str; 7] = ["as", "op", "part", "channels", "stride", "repeat", "reduce"];

/// The values of settings and choices for one architecture.
pub(super) struct Instance<'a> {
    definition: &'a Definition,
    /// The option of every choice.
    options: &'a [usize],
    /// Replaces the settings `channels` and `cells`.
    size: Option<Size>,
}

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
        if let Some(axes) = fields.get("axes")
            && axes.integer(1, 2)? == 1
        {
            return Err(axes.fault("signals (axes = 1) are not built yet; use 2"));
        }
        let dialects = ["general", "digits", "nasbench201", "enas"];
        let dialect =
            fields.read("text", 0, |value| match value.text()? {
                text @ ("nasbench101" | "genotype" | "randwire") => Err(value
                    .fault(format!("the text form {text} is that of a built-in space and not built for files yet"))),
                _ => value.word(&dialects),
            })?;
        let same = fields.read("same", 2, |value| value.word(&["text", "graph", "pruned"]))?;
        let mut definition = Self {
            name: name.text()?.to_owned(),
            dialect: [Dialect::General, Dialect::Digits, Dialect::NasBench201, Dialect::Enas][dialect],
            same: [Same::Text, Same::Graph, Same::Pruned][same],
            bn_momentum: fields.read("bn_momentum", 0.1, |value| value.rate())?,
            settings: fields.read("settings", Vec::new(), settings)?,
            choices: fields.read("choice", Vec::new(), choices)?,
            ops: fields.read("op", Vec::new(), |value| Ok(value.table()?.to_vec()))?,
            parts: Vec::new(),
            layers: fields.required("layer")?.list("a list of tables, [[layer]]")?.to_vec(),
        };
        for (name, value) in &definition.ops {
            check_name(value, name)?;
        }
        for (name, _) in &definition.settings {
            if let Some(choice) = definition.choices.iter().find(|choice| choice.name == *name) {
                return Err(choice.options[0].fault(format!("`{name}` is also a setting; rename one")));
            }
        }
        let parts = fields.read("part", Vec::new(), |value| Ok(value.table()?.to_vec()))?;
        definition.read_parts(&parts)?;
        definition.check(&root)?;
        super::text::check_dialect(&definition, fields.get("text").unwrap_or(&root))?;
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
        for (name, place) in &used {
            let (_, value) = all.iter().find(|(known, _)| known == name).ok_or_else(|| {
                let hint = suggestion(name, all.iter().map(|(known, _)| known.as_str()));
                place.fault(format!("no part `{name}` in [part]{hint}"))
            })?;
            let expand = |value: &Value| -> Result<Vec<(String, bool)>, Fault> {
                let options = vec![0; self.choices.len()];
                let found = self.instance(&options, None).ops(value)?;
                Ok(found.into_iter().map(|op| (op.name, op.block.kind == Kind::Zero)).collect())
            };
            let part = Part::read(name, value, all, &expand)?;
            self.parts.push(part);
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
        self.check_instance(&self.instance(&options, None))?;
        for (index, choice) in self.choices.iter().enumerate() {
            for option in 1..choice.options.len() {
                options[index] = option;
                self.check_instance(&self.instance(&options, None))?;
            }
            options[index] = 0;
        }
        Ok(())
    }

    fn check_instance(&self, instance: &Instance<'_>) -> Result<(), Fault> {
        for (name, value) in &self.ops {
            let named = Value { tree: Tree::Text(name.clone()), ..value.clone() };
            instance.ops(&named)?;
        }
        for part in &self.parts {
            instance.part_ops(part)?;
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
        let is_head = |layer: &Layer| match &layer.content {
            Content::Op(op) => matches!(op.block.kind, Kind::Head { .. }),
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

    /// Returns the names of the choices that no operation, part or layer uses.
    pub(super) fn unused_choices(&self) -> Vec<&str> {
        let ops = self.ops.iter().map(|(_, value)| value);
        let parts = self.parts.iter().flat_map(|part| {
            let halving =
                part.halving.iter().flat_map(|halving| [Some(&halving.op), halving.channels.as_ref()]).flatten();
            part.prepare.iter().chain(&part.channels).chain(&part.op_places).chain(halving)
        });
        let all: Vec<&Value> = ops.chain(&self.layers).chain(parts).collect();
        let is_used = |choice: &&Choice| all.iter().any(|value| value.mentions(&choice.name));
        self.choices.iter().filter(|choice| !is_used(choice)).map(|choice| choice.name.as_str()).collect()
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

    /// Whether an operation sets its own width or stride.
    pub(super) fn changes_shape(&self) -> bool {
        let own = |(_, value): &(String, Value)| {
            value.table().is_ok_and(|entries| entries.iter().any(|(key, _)| key == "channels" || key == "stride"))
        };
        self.ops.iter().any(own)
    }

    /// Whether the setting `cells` exists, that is, whether the depth can be set.
    pub(super) fn has_cells(&self) -> bool {
        self.settings.iter().any(|(name, _)| name == "cells")
    }
}

impl Instance<'_> {
    /// Returns the value that `"{name}"` or `"{name.key}"` stands for; any other value is returned as it is.
    fn resolve(&self, value: &Value) -> Result<Value, Fault> {
        let Tree::Text(text) = &value.tree else { return Ok(value.clone()) };
        let Some(name) = text.strip_prefix('{').and_then(|text| text.strip_suffix('}')) else {
            return Ok(value.clone());
        };
        let tree = self.named(name, value)?;
        Ok(Value { tree, ..value.clone() })
    }

    /// The value of a setting or choice.
    fn named(&self, name: &str, place: &Value) -> Result<Tree, Fault> {
        let Definition { settings, choices, .. } = self.definition;
        if let Some((_, number)) = settings.iter().find(|(known, _)| known == name) {
            let replaced = match (name, self.size) {
                ("channels", Some(size)) => size.channels,
                ("cells", Some(size)) => size.cells,
                _ => *number,
            };
            return Ok(Tree::Integer(crate::convert::to_i64(replaced)));
        }
        let (base, key) = name.split_once('.').map_or((name, None), |(base, key)| (base, Some(key)));
        let Some(index) = choices.iter().position(|choice| choice.name == base) else {
            let known = settings.iter().map(|(name, _)| name.as_str());
            let known: Vec<_> = known.chain(choices.iter().map(|choice| choice.name.as_str())).collect();
            let hint = suggestion(name, known.iter().copied());
            let known = super::block::list_or(&known, "none");
            return Err(place.fault(format!("no setting or choice `{name}`{hint}; the file has {known}")));
        };
        let option = &choices[index].options[self.options[index]];
        match (key, &option.tree) {
            (None, Tree::Table(_)) => {
                Err(place.fault(format!("`{base}` ties several values; name one, such as {{{base}.KEY}}")))
            }
            (None, tree) => Ok(tree.clone()),
            (Some(key), Tree::Table(entries)) => match entries.iter().find(|(known, _)| known == key) {
                Some((_, value)) => Ok(value.tree.clone()),
                None => Err(place.fault(format!("an option of `{base}` has no `{key}`"))),
            },
            (Some(_), _) => {
                Err(place.fault(format!("the options of `{base}` are single values; write \"{{{base}}}\"")))
            }
        }
    }

    pub(super) fn width(&self, value: &Value) -> Result<Width, Fault> {
        let setting = |name: &str| {
            let number = match self.named(name, value) {
                Ok(Tree::Integer(number)) => usize::try_from(number).ok(),
                Ok(_) => None,
                Err(fault) => return Some(Err(fault)),
            };
            Some(number.ok_or_else(|| value.fault(format!("`{name}` is not a number of channels"))))
        };
        Width::read(value, &setting)
    }

    fn reader<T>(&self, read: impl FnOnce(&OpReader<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let widths = |value: &Value| self.width(value);
        let resolve = |value: &Value| self.resolve(value);
        read(&OpReader::new(&self.definition.ops, &widths, &resolve))
    }

    /// Returns the operations of a name, several if it has lists of arguments.
    fn ops(&self, value: &Value) -> Result<Vec<Op>, Fault> {
        let name = value.text()?;
        self.reader(|reader| reader.named(name, value))
    }

    /// Returns the operation of a name or table.
    pub(super) fn op(&self, value: &Value) -> Result<Op, Fault> {
        self.reader(|reader| reader.one(value))
    }

    /// Returns the operations of a part, in the order of its labels.
    pub(super) fn part_ops(&self, part: &Part) -> Result<Vec<Block>, Fault> {
        part.op_places.iter().map(|value| Ok(self.op(value)?.block)).collect()
    }

    /// Returns the layers.
    pub(super) fn layers(&self) -> Result<Vec<Layer>, Fault> {
        self.definition.layers.iter().map(|value| self.layer(value)).collect()
    }

    fn layer(&self, value: &Value) -> Result<Layer, Fault> {
        let fields = value.fields(&LAYER_KEYS)?;
        let part = |value: &Value| -> Result<usize, Fault> {
            let name = value.text()?;
            let found = self.definition.parts.iter().position(|part| part.name == name);
            found.ok_or_else(|| value.fault(format!("no part `{name}` in [part]")))
        };
        let content = match (fields.get("part"), fields.get("op")) {
            (Some(value), None) => Content::Part(part(value)?),
            (None, Some(value)) => Content::Op(self.op(value)?),
            _ => return Err(value.fault("a layer has either `op` or `part`")),
        };
        let width = |value: &Value| self.width(value);
        let reduction = fields.get("reduce").map(|value| {
            let fields = value.fields(&["at", "part", "channels"])?;
            let channels = fields.get("channels").map(width).transpose()?;
            Ok(Reduction { at: fractions(fields.required("at")?)?, part: part(fields.required("part")?)?, channels })
        });
        if let (Some(value), Content::Op(_)) = (fields.get("reduce"), &content) {
            return Err(value.fault("needs a layer with a `part`"));
        }
        let name = fields.read("as", "layers.#".to_owned(), name_of_weights)?;
        Ok(Layer {
            name,
            content,
            channels: fields.get("channels").map(width).transpose()?,
            stride: fields
                .read("stride", StrideRule { by_side: Vec::new(), otherwise: 1 }, |value| self.stride(value))?,
            repeat: fields.read("repeat", 1, |value| self.resolve(value)?.integer(0, MAX_REPEAT))?,
            reduction: reduction.transpose()?,
            line: value.line,
        })
    }

    fn stride(&self, value: &Value) -> Result<StrideRule, Fault> {
        let value = &self.resolve(value)?;
        let Tree::Table(entries) = &value.tree else {
            return Ok(StrideRule { by_side: Vec::new(), otherwise: value.integer(1, 16)? });
        };
        let mut rule = StrideRule { by_side: Vec::new(), otherwise: 0 };
        for (key, value) in entries {
            let stride = value.integer(1, 16)?;
            match key.parse() {
                Ok(side) => rule.by_side.push((side, stride)),
                Err(_) if key == "more" => rule.otherwise = stride,
                Err(_) => return Err(value.fault("must be the side of an image in pixels, or `more`")),
            }
        }
        rule.by_side.sort_unstable();
        if rule.otherwise == 0 {
            return Err(value.fault("needs `more`, the stride for larger images"));
        }
        Ok(rule)
    }
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

fn name_of_weights(value: &Value) -> Result<String, Fault> {
    let name = value.text()?;
    let part = |part: &str| {
        !part.is_empty()
            && !part.starts_with('_')
            && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'#')
    };
    let fits = name.len() <= 60 && name.split('.').all(part) && name.matches('#').count() <= 1;
    let reserved = ["input", "pool", "dropout", "fc", "hidden"];
    match fits && !reserved.contains(&name) {
        true => Ok(name.to_owned()),
        false => Err(value.fault(format!(
            "\"{name}\" cannot name weights: dotted words of letters, digits and inner `_` with at most one `#` for the number are \
             allowed, except {}",
            reserved.join(", ")
        ))),
    }
}
