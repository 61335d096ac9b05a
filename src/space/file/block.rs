//! The operations that a space file can define (`[op]`): kinds, arguments and lists of arguments.

use super::error::Fault;
use super::tree::{Tree, Value};
use super::width::Width;
use crate::network::Operation;

/// The largest kernel, dilation, number of repetitions and expansion.
const MAX_ARGUMENT: usize = 64;

/// The largest number of operations after all lists of arguments are expanded.
pub(super) const MAX_OPERATIONS: usize = 250;

/// The largest number of blocks inside each other or in a row.
const MAX_BLOCKS: usize = 200;

/// Names of nodes that are added to those of an operation.
const RESERVED: [&str; 7] = ["add", "relu", "sum", "skips", "choices", "drop", "width"];

/// The largest depth of operations inside each other.
const MAX_DEPTH: usize = 20;

/// The order of activation, convolution and normalisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Activation,
    Convolution,
    Normalisation,
}

/// The orders by name.
const ORDERS: [(&str, &[Step]); 7] = [
    ("conv-bn-act", &[Step::Convolution, Step::Normalisation, Step::Activation]),
    ("act-conv-bn", &[Step::Activation, Step::Convolution, Step::Normalisation]),
    ("bn-act-conv", &[Step::Normalisation, Step::Activation, Step::Convolution]),
    ("conv-bn", &[Step::Convolution, Step::Normalisation]),
    ("conv-act", &[Step::Convolution, Step::Activation]),
    ("act-conv", &[Step::Activation, Step::Convolution]),
    ("conv", &[Step::Convolution]),
];

/// What a skip becomes where stride or width change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// 1x1 convolution with the stride, and batch normalisation.
    ConvBn,
    /// ReLU and factorised reduction.
    ActFactorised,
    /// An error.
    Refuse,
}

/// A convolution and its neighbours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Convolution {
    pub(super) kernel: usize,
    pub(super) dilation: usize,
    pub(super) order: &'static [Step],
    /// The activation.
    pub(super) act: Operation,
}

/// The kinds of operations.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    /// An absent edge.
    Zero,
    Skip(Change),
    Conv {
        convolution: Convolution,
        groups: usize,
        bias: bool,
    },
    /// Depthwise and pointwise convolution, repeated.
    Sep {
        convolution: Convolution,
        times: usize,
    },
    Depthwise(Convolution),
    /// An inverted residual block (MobileNetV2).
    MbConv {
        kernel: usize,
        expand: usize,
        /// The ratio of the squeezed width to the block's input, if it has squeeze-and-excitation.
        se: Option<f32>,
        act: Operation,
    },
    Pool {
        max: bool,
        kernel: usize,
    },
    Norm {
        act: Option<Operation>,
    },
    Act(Operation),
    Factorised,
    /// The residual block of NAS-Bench-201.
    ResBlock,
    /// Blocks in a row, with the names of their weights.
    Seq(Vec<(String, Block)>),
    /// The sum of blocks that read the same input.
    Sum {
        terms: Vec<(String, Block)>,
        act: Option<Operation>,
    },
    /// Global average pooling and linear layers.
    Head {
        dropout: f32,
        hidden: usize,
        act: Operation,
    },
}

/// An operation with its own stride and width, if it has any.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Block {
    pub(super) kind: Kind,
    pub(super) stride: Option<usize>,
    pub(super) channels: Option<Width>,
}

/// A named operation of the file.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Op {
    pub(super) name: String,
    pub(super) block: Block,
}

/// A kind: its name and its arguments, those that may be lists first.
struct KindEntry {
    name: &'static str,
    /// The arguments that may be lists, in the order of the names of their products.
    product: &'static [&'static str],
    other: &'static [&'static str],
}

/// All kinds. A new kind adds an entry here, a variant of [`Kind`], its arguments in [`read_kind`], and its nodes in
/// `build.rs`.
const KINDS: [KindEntry; 14] = [
    KindEntry { name: "zero", product: &[], other: &[] },
    KindEntry { name: "skip", product: &[], other: &["change"] },
    KindEntry { name: "conv", product: &["kernel", "dilation", "groups"], other: &["bias", "order", "act"] },
    KindEntry { name: "sepconv", product: &["kernel", "dilation", "times"], other: &["order", "act"] },
    KindEntry { name: "dwconv", product: &["kernel", "dilation"], other: &["order", "act"] },
    KindEntry { name: "mbconv", product: &["kernel", "expand", "se"], other: &["act"] },
    KindEntry { name: "pool", product: &["of", "kernel"], other: &[] },
    KindEntry { name: "norm", product: &[], other: &["of", "act"] },
    KindEntry { name: "act", product: &[], other: &["act"] },
    KindEntry { name: "factorised", product: &[], other: &[] },
    KindEntry { name: "resblock", product: &[], other: &[] },
    KindEntry { name: "seq", product: &[], other: &["of"] },
    KindEntry { name: "sum", product: &[], other: &["of", "act"] },
    KindEntry { name: "head", product: &[], other: &["dropout", "hidden", "act"] },
];

/// Kinds of the format that have no kernels yet.
const NOT_BUILT: [&str; 4] = ["transformer", "position", "linear", "external"];
const ACTIVATIONS: [(&str, Operation); 5] = [
    ("relu", Operation::Relu),
    ("relu6", Operation::Relu6),
    ("silu", Operation::Silu),
    ("h-swish", Operation::HardSwish),
    ("gelu", Operation::Gelu),
];

/// The operations of `[op]` as written, and those already read.
pub(super) struct OpReader<'a> {
    entries: &'a [(String, Value)],
    widths: &'a dyn Fn(&Value) -> Result<Width, Fault>,
    /// Replaces `"{name}"`.
    resolve: &'a dyn Fn(&Value) -> Result<Value, Fault>,
}

impl<'a> OpReader<'a> {
    pub(super) fn new(
        entries: &'a [(String, Value)],
        widths: &'a dyn Fn(&Value) -> Result<Width, Fault>,
        resolve: &'a dyn Fn(&Value) -> Result<Value, Fault>,
    ) -> Self {
        Self { entries, widths, resolve }
    }

    /// Returns the operations of a name: one, or several if the entry has lists of arguments.
    pub(super) fn named(&self, name: &str, place: &Value) -> Result<Vec<Op>, Fault> {
        self.named_within(name, place, &mut Vec::new())
    }

    /// Returns the single operation of a name or table.
    pub(super) fn one(&self, value: &Value) -> Result<Op, Fault> {
        self.one_within(value, &mut Vec::new())
    }

    fn one_within(&self, value: &Value, within: &mut Vec<String>) -> Result<Op, Fault> {
        let value = &(self.resolve)(value)?;
        let mut found = match &value.tree {
            Tree::Text(name) => self.named_within(name, value, within)?,
            Tree::Table(_) => self.products("", value, within)?,
            _ => return Err(value.expected("the name of an operation or a table with its `kind`")),
        };
        match found.len() {
            1 => Ok(found.remove(0)),
            count => {
                Err(value
                    .fault(format!("stands for {count} operations; name one of them, such as `{}`", found[0].name)))
            }
        }
    }

    fn named_within(&self, name: &str, place: &Value, within: &mut Vec<String>) -> Result<Vec<Op>, Fault> {
        if within.iter().any(|outer| outer == name) {
            return Err(place.fault(format!("the operation `{name}` contains itself")));
        }
        if within.len() >= MAX_DEPTH {
            return Err(place.fault(format!("operations may be at most {MAX_DEPTH} deep inside each other")));
        }
        if let Some((_, value)) = self.entries.iter().find(|(known, _)| known == name) {
            within.push(name.to_owned());
            let found = self.products(name, value, within);
            within.pop();
            return found;
        }
        // `mb_3_6` is a product of `mb`.
        for (base, value) in self.entries {
            if !name.strip_prefix(base.as_str()).is_some_and(|rest| rest.starts_with('_')) || within.contains(base) {
                continue;
            }
            let value = (self.resolve)(value)?;
            let kind = kind_of(&value)?;
            if let Some((name, product)) = expanded(base, &value, kind)?.into_iter().find(|(known, _)| known == name) {
                within.push(base.clone());
                let block = self.block(kind, &product, within);
                within.pop();
                return Ok(vec![Op { name, block: block? }]);
            }
        }
        let known = self.entries.iter().map(|(known, _)| known.as_str());
        let hint = super::tree::suggestion(name, known.clone());
        let known: Vec<_> = known.collect();
        Err(place.fault(format!("no operation `{name}` in [op]{hint}; it has {}", list_or(&known, "none"))))
    }

    /// Expands the lists of arguments and reads every product.
    fn products(&self, name: &str, value: &Value, within: &mut Vec<String>) -> Result<Vec<Op>, Fault> {
        let value = (self.resolve)(value)?;
        let kind = kind_of(&value)?;
        let read = |(name, value): (String, Value)| Ok(Op { name, block: self.block(kind, &value, within)? });
        expanded(name, &value, kind)?.into_iter().map(read).collect()
    }

    fn block(&self, kind: &KindEntry, value: &Value, within: &mut Vec<String>) -> Result<Block, Fault> {
        let known: Vec<_> =
            ["kind", "stride", "channels"].into_iter().chain(kind.product.iter().chain(kind.other).copied()).collect();
        let fields = value.fields(&known)?;
        let stride = fields.get("stride").map(|value| (self.resolve)(value)?.integer(1, MAX_ARGUMENT)).transpose()?;
        let channels = fields.get("channels").map(|value| (self.widths)(value)).transpose()?;
        Ok(Block { kind: self.read_kind(kind.name, value, within)?, stride, channels })
    }

    fn read_kind(&self, kind: &str, value: &Value, within: &mut Vec<String>) -> Result<Kind, Fault> {
        let resolved = Value {
            tree: Tree::Table(
                (value.table()?.iter())
                    .map(|(key, value)| {
                        Ok((key.clone(), if key == "of" { value.clone() } else { (self.resolve)(value)? }))
                    })
                    .collect::<Result<_, Fault>>()?,
            ),
            ..value.clone()
        };
        let fields = resolved.fields(&resolved.table()?.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>())?;
        let argument = |key, default| fields.integer(key, default, MAX_ARGUMENT);
        let act = fields.get("act").map(activation).transpose()?;
        let act_or_relu = act.unwrap_or(Operation::Relu);
        let convolution = || -> Result<Convolution, Fault> {
            let names = ORDERS.map(|(name, _)| name);
            let order = ORDERS[fields.read("order", 0, |value| value.word(&names))?].1;
            let (kernel, dilation) = (argument("kernel", 3)?, argument("dilation", 1)?);
            if kernel % 2 == 0 && dilation > 1 {
                return Err(value.fault("an even kernel cannot be dilated; give an odd kernel or dilation = 1"));
            }
            Ok(Convolution { kernel, dilation, order, act: act_or_relu })
        };
        Ok(match kind {
            "zero" => Kind::Zero,
            "skip" => {
                let change = fields.read("change", 0, |value| value.word(&["conv-bn", "act-factorised", "error"]))?;
                Kind::Skip([Change::ConvBn, Change::ActFactorised, Change::Refuse][change])
            }
            "conv" => Kind::Conv {
                convolution: convolution()?,
                groups: fields.integer("groups", 1, 1 << 16)?,
                bias: fields.read("bias", false, Value::boolean)?,
            },
            "sepconv" => Kind::Sep { convolution: convolution()?, times: fields.integer("times", 1, 8)? },
            "dwconv" => Kind::Depthwise(convolution()?),
            "mbconv" => Kind::MbConv {
                kernel: odd(fields, "kernel")?,
                expand: argument("expand", 6)?,
                se: fields.read("se", None, |value| value.rate().map(|ratio| (ratio > 0.0).then_some(ratio)))?,
                act: act_or_relu,
            },
            "pool" => {
                let max = fields.read("of", 0, |value| value.word(&["max", "avg"]))? == 0;
                Kind::Pool { max, kernel: argument("kernel", 3)? }
            }
            "norm" => {
                if let Some(of) = fields.get("of")
                    && of.word(&["batch", "layer"])? == 1
                {
                    return Err(of.fault("layer normalisation is not built yet; use \"batch\""));
                }
                Kind::Norm { act }
            }
            "act" => Kind::Act(act_or_relu),
            "factorised" => Kind::Factorised,
            "resblock" => Kind::ResBlock,
            "seq" => Kind::Seq(self.inner(fields.required("of")?, within)?),
            "sum" => Kind::Sum { terms: self.inner(fields.required("of")?, within)?, act },
            "head" => Kind::Head {
                dropout: fields.read("dropout", 0.0, Value::rate)?,
                hidden: fields.read("hidden", 0, |value| value.integer(0, 1 << 16))?,
                act: act_or_relu,
            },
            _ => return Err(value.fault(format!("operations of the kind `{kind}` are not built yet"))),
        })
    }

    /// Reads the blocks of a sequence or sum; `last=c3` names the weights of the block `c3`.
    fn inner(&self, of: &Value, within: &mut Vec<String>) -> Result<Vec<(String, Block)>, Fault> {
        let of = (self.resolve)(of)?;
        let values = of.list("a list of operations")?;
        if values.is_empty() || values.len() > MAX_BLOCKS {
            return Err(of.fault(format!("must name 1 to {MAX_BLOCKS} operations")));
        }
        let mut blocks: Vec<(String, Block)> = Vec::new();
        for (index, value) in values.iter().enumerate() {
            let (name, op) = match &value.tree {
                Tree::Text(text) => match text.split_once('=') {
                    Some((name, op)) => {
                        check_name(value, name)?;
                        let value = Value { tree: Tree::Text(op.to_owned()), ..value.clone() };
                        (Some(name.to_owned()), self.one_within(&value, within)?)
                    }
                    None => (Some(text.replace(['{', '}', '.'], "_")), self.one_within(value, within)?),
                },
                _ => (None, self.one_within(value, within)?),
            };
            // Weights are named after the operations; `-` is not allowed in identifiers.
            let base = name.unwrap_or_else(|| index.to_string()).replace('-', "_");
            // Names that the nodes around an operation have.
            let base = if RESERVED.contains(&base.as_str()) { format!("op_{base}") } else { base };
            let taken = |name: &str| blocks.iter().any(|(known, _)| known == name);
            let numbered = (2..).map(|number| format!("{base}_{number}"));
            let name = [base.clone()].into_iter().chain(numbered).find(|name| !taken(name)).unwrap_or(base.clone());
            if matches!(op.block.kind, Kind::Zero | Kind::Head { .. }) {
                return Err(value.fault("operations of the kinds zero and head cannot be inside another operation"));
            }
            blocks.push((name, op.block));
        }
        let size: usize = blocks.iter().map(|(_, block)| block.size()).sum();
        match size <= MAX_BLOCKS {
            true => Ok(blocks),
            false => Err(of.fault(format!("has {size} operations inside; at most {MAX_BLOCKS} are allowed"))),
        }
    }
}

impl Block {
    /// The number of blocks, including those inside.
    fn size(&self) -> usize {
        let inner = match &self.kind {
            Kind::Seq(blocks) | Kind::Sum { terms: blocks, .. } => blocks.as_slice(),
            _ => &[],
        };
        1 + inner.iter().map(|(_, block)| block.size()).sum::<usize>()
    }
}

/// Checks the name of an operation, part, choice or weight: letters, digits, `_` and `-`.
pub(super) fn check_name(value: &Value, name: &str) -> Result<(), Fault> {
    let fits = !name.is_empty() && name.len() <= 40;
    match fits && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-') {
        true => Ok(()),
        false => Err(value.fault(format!("`{name}` is not a name: 1 to 40 letters, digits, `_` or `-` are allowed"))),
    }
}

/// Joins names for a message.
pub(super) fn list_or(names: &[&str], nothing: &str) -> String {
    if names.is_empty() { nothing.to_owned() } else { names.join(", ") }
}

/// Returns the names and tables of all products of the lists of arguments.
fn expanded(name: &str, value: &Value, kind: &KindEntry) -> Result<Vec<(String, Value)>, Fault> {
    let mut products: Vec<(String, Value)> = vec![(name.to_owned(), value.clone())];
    for argument in kind.product {
        let found = value.table()?.iter().find(|(key, _)| key == argument).map(|(_, value)| value);
        let Some(list @ Value { tree: Tree::List(options), .. }) = found else { continue };
        if options.is_empty() || products.len() * options.len() > MAX_OPERATIONS {
            return Err(list.fault(format!("lists stand for at least one and at most {MAX_OPERATIONS} operations")));
        }
        let texts = options.iter().map(|option| match &option.tree {
            Tree::Integer(number) => Ok(number.to_string()),
            // A fraction such as 0.25 becomes 0_25.
            Tree::Real(number) if number.is_finite() => Ok(number.to_string().replace('.', "_")),
            Tree::Text(text) if check_name(option, text).is_ok() => Ok(text.clone()),
            _ => Err(option.expected("a number or a word, because it becomes part of the operation's name")),
        });
        let texts = texts.collect::<Result<Vec<_>, Fault>>()?;
        let of = |(name, value): &(String, Value)| {
            let product =
                |(option, text): (&Value, &String)| (format!("{name}_{text}"), with_entry(value, argument, option));
            options.iter().zip(&texts).map(product).collect::<Vec<_>>()
        };
        products = products.iter().flat_map(of).collect();
    }
    Ok(products)
}

fn kind_of(value: &Value) -> Result<&'static KindEntry, Fault> {
    let Tree::Table(entries) = &value.tree else {
        return Err(value.expected("a table with the `kind` of the operation"));
    };
    let Some((_, kind)) = entries.iter().find(|(key, _)| key == "kind") else {
        let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
        return Err(value.fault(format!("`kind` is missing; it is one of {}", known.join(", "))));
    };
    if let Tree::Text(name) = &kind.tree
        && NOT_BUILT.contains(&name.as_str())
    {
        return Err(kind.fault(format!("operations of the kind `{name}` are not built yet")));
    }
    let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    Ok(&KINDS[kind.word(&known)?])
}

fn activation(value: &Value) -> Result<Operation, Fault> {
    let names = ACTIVATIONS.map(|(name, _)| name);
    Ok(ACTIVATIONS[value.word(&names)?].1)
}

fn odd(fields: super::tree::Fields<'_>, key: &str) -> Result<usize, Fault> {
    let kernel = fields.integer(key, 3, MAX_ARGUMENT)?;
    match (kernel % 2, fields.get(key)) {
        (0, Some(value)) => Err(value.expected("an odd number")),
        _ => Ok(kernel),
    }
}

fn with_entry(table: &Value, key: &str, value: &Value) -> Value {
    let mut table = table.clone();
    if let Tree::Table(entries) = &mut table.tree {
        for (name, old) in entries {
            if name == key {
                *old = value.clone();
            }
        }
    }
    table
}
