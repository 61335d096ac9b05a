//! The operations and layers of one architecture: the values of settings and choices are inserted.

use super::block::{Block, Op};
use super::definition::Definition;
use super::error::Fault;
use super::op_reader::OpReader;
use super::part::Part;
use super::read_part::fractions;
use super::tree::{Tree, Value, suggestion};
use super::width::Width;
use crate::network::Size;

/// The largest number of repetitions of a layer.
const MAX_REPEAT: usize = 1000;

pub(super) const LAYER_KEYS: [&str; 7] = ["as", "op", "part", "channels", "stride", "repeat", "reduce"];

/// What a layer consists of.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Content {
    /// A part, by its number.
    Part(usize),
    Op(Op),
}

/// The stride of a layer, possibly by the image's shorter side or the length of a signal.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StrideRule {
    /// Sides up to which a stride applies, ascending.
    by_side: Vec<(usize, usize)>,
    otherwise: usize,
}

impl StrideRule {
    /// Whether the stride is 1 for all sides.
    pub(super) fn is_one(&self) -> bool {
        self.otherwise == 1 && self.by_side.iter().all(|(_, stride)| *stride == 1)
    }

    pub(super) fn of(&self, side: usize) -> usize {
        self.by_side.iter().find(|(max, _)| side <= *max).map_or(self.otherwise, |(_, stride)| *stride)
    }
}

/// Returns the positions that are `fractions`, as numerator and denominator, of `length`, without the first position.
pub(super) fn positions(fractions: &[(usize, usize)], length: usize) -> Vec<usize> {
    fractions.iter().map(|(p, q)| length * p / q).filter(|index| (1..length).contains(index)).collect()
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

impl Layer {
    /// The repetitions that use another part.
    pub(super) fn reduced(&self) -> Vec<usize> {
        let Some(reduction) = &self.reduction else { return Vec::new() };
        positions(&reduction.at, self.repeat)
    }

    /// Whether the layer has repetitions enough for all its reductions.
    pub(super) fn has_all_reductions(&self) -> bool {
        self.reduction.as_ref().is_none_or(|reduction| self.reduced().len() == reduction.at.len())
    }

    /// Whether a part occurs in the layer.
    pub(super) fn has_part(&self, part: usize) -> bool {
        let reduced = self.reduced();
        let own = self.content == Content::Part(part) && (0..self.repeat).any(|index| !reduced.contains(&index));
        own || !reduced.is_empty() && self.reduction.as_ref().is_some_and(|reduction| reduction.part == part)
    }
}

/// The values of settings and choices for one architecture.
pub(super) struct Instance<'a> {
    pub(super) definition: &'a Definition,
    /// The option of every choice.
    pub(super) options: &'a [usize],
    /// Replaces the settings `channels` and `cells`.
    pub(super) size: Option<Size>,
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
    pub(super) fn ops(&self, value: &Value) -> Result<Vec<Op>, Fault> {
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
