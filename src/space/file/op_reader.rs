//! Reads the operations of a space file: products of lists of arguments, references, and blocks inside others.

use super::block::{Block, MAX_ARGUMENT, MAX_BLOCKS, MAX_OPERATIONS, NamedBlocks, Op, check_name, list_or};
use super::error::Fault;
use super::kind::{KINDS, Kind, KindEntry, KindReader, is_activation_node};
use super::tree::{Tree, Value};
use super::width::Width;
use std::collections::HashMap;

/// The largest depth of operations inside each other.
const MAX_DEPTH: usize = 20;

/// The largest number of operations of a file.
const MAX_PRODUCTS: usize = 2_000;

/// Names of nodes that are added to those of an operation, as those of activations are.
const RESERVED: [&str; 6] = ["add", "sum", "skips", "choices", "drop", "width"];

/// The operations of `[op]`, with all products of lists of arguments.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Catalogue {
    products: Vec<(String, Value)>,
    /// The products of every name: all of an entry with lists, or a single one.
    by_name: HashMap<String, Vec<usize>>,
}

impl Catalogue {
    /// Expands the entries of `[op]`; every name must stand for one thing.
    pub(super) fn new(entries: &[(String, Value)]) -> Result<Self, Fault> {
        let mut catalogue = Self::default();
        for (name, value) in entries {
            check_name(value, name)?;
            // A reference to a choice is resolved when it is read.
            let products = match &value.tree {
                Tree::Text(_) => vec![(name.clone(), value.clone())],
                _ => expanded(name, value, kind_of(value)?)?,
            };
            let first = catalogue.products.len();
            let own: Vec<usize> = (first..first + products.len()).collect();
            let names = products.iter().map(|(name, _)| name.clone()).zip(own.iter().map(|index| vec![*index]));
            let base = (own.len() > 1 || products[0].0 != *name).then(|| (name.clone(), own.clone()));
            for (name, indices) in names.chain(base).collect::<Vec<_>>() {
                if catalogue.by_name.insert(name.clone(), indices).is_some() {
                    return Err(value.fault(format!("`{name}` would name two operations; rename one")));
                }
            }
            catalogue.products.extend(products);
            if catalogue.products.len() > MAX_PRODUCTS {
                return Err(value.fault(format!("[op] may stand for at most {MAX_PRODUCTS} operations")));
            }
        }
        Ok(catalogue)
    }

    /// All operations by name.
    pub(super) fn products(&self) -> &[(String, Value)] {
        &self.products
    }
}

/// Reads operations for one combination of options.
pub(super) struct OpReader<'a> {
    catalogue: &'a Catalogue,
    widths: &'a dyn Fn(&Value) -> Result<Width, Fault>,
    /// Replaces `"{name}"`.
    resolve: &'a dyn Fn(&Value) -> Result<Value, Fault>,
}

impl<'a> OpReader<'a> {
    pub(super) fn new(
        catalogue: &'a Catalogue,
        widths: &'a dyn Fn(&Value) -> Result<Width, Fault>,
        resolve: &'a dyn Fn(&Value) -> Result<Value, Fault>,
    ) -> Self {
        Self { catalogue, widths, resolve }
    }

    /// Returns the operations of a name: one, or several if the entry has lists of arguments.
    pub(super) fn named(&self, name: &str, place: &Value) -> Result<Vec<Op>, Fault> {
        self.named_within(name, place, &mut Vec::new())
    }

    /// Returns the single operation of a name or table.
    pub(super) fn one(&self, value: &Value) -> Result<Op, Fault> {
        self.one_within(value, &mut Vec::new())
    }

    fn one_within(&self, value: &Value, within: &mut Vec<usize>) -> Result<Op, Fault> {
        let value = &(self.resolve)(value)?;
        let mut found = match &value.tree {
            Tree::Text(name) => self.named_within(name, value, within)?,
            Tree::Table(_) => {
                let products = expanded("", value, kind_of(value)?)?;
                let read = |(name, value): &(String, Value)| self.single(name, value, within);
                products.iter().map(read).collect::<Result<_, Fault>>()?
            }
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

    fn named_within(&self, name: &str, place: &Value, within: &mut Vec<usize>) -> Result<Vec<Op>, Fault> {
        let Some(indices) = self.catalogue.by_name.get(name) else {
            let names: Vec<_> = self.catalogue.products.iter().map(|(name, _)| name.as_str()).collect();
            let hint = super::tree::suggestion(name, names.iter().copied());
            return Err(place.fault(format!("no operation `{name}` in [op]{hint}; it has {}", list_or(&names, "none"))));
        };
        let mut found = Vec::new();
        for &index in indices {
            if within.contains(&index) {
                return Err(place.fault(format!("the operation `{name}` contains itself")));
            }
            if within.len() >= MAX_DEPTH {
                return Err(place.fault(format!("operations may be at most {MAX_DEPTH} deep inside each other")));
            }
            let (name, value) = &self.catalogue.products[index];
            within.push(index);
            let op = self.single(name, value, within);
            within.pop();
            found.push(op?);
        }
        Ok(found)
    }

    /// Reads a table that stands for one operation.
    fn single(&self, name: &str, value: &Value, within: &mut Vec<usize>) -> Result<Op, Fault> {
        let value = (self.resolve)(value)?;
        // An entry may be another operation's name, such as the value of a choice.
        let block = match &value.tree {
            Tree::Text(_) => self.one_within(&value, within)?.block,
            _ => self.block(kind_of(&value)?, &value, within)?,
        };
        Ok(Op { name: name.to_owned(), block })
    }

    fn block(&self, kind: &KindEntry, value: &Value, within: &mut Vec<usize>) -> Result<Block, Fault> {
        let known: Vec<_> =
            ["kind", "stride", "channels"].into_iter().chain(kind.product.iter().chain(kind.other).copied()).collect();
        let fields = value.fields(&known)?;
        let stride = fields.get("stride").map(|value| (self.resolve)(value)?.integer(1, MAX_ARGUMENT)).transpose()?;
        let channels = fields.get("channels").map(|value| (self.widths)(value)).transpose()?;
        Ok(Block { kind: self.read_kind(kind, value, within)?, stride, channels })
    }

    fn read_kind(&self, kind: &KindEntry, value: &Value, within: &mut Vec<usize>) -> Result<Kind, Fault> {
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
        let blocks = &mut |of: &Value| self.inner(of, within);
        (kind.read)(&mut KindReader { value: &resolved, fields, blocks })
    }

    /// Reads the blocks of a sequence or sum; `last=c3` names the weights of the block `c3`.
    fn inner(&self, of: &Value, within: &mut Vec<usize>) -> Result<NamedBlocks, Fault> {
        let of = (self.resolve)(of)?;
        let values = of.list("a list of operations")?;
        if values.is_empty() || values.len() > MAX_BLOCKS {
            return Err(of.fault(format!("must name 1 to {MAX_BLOCKS} operations")));
        }
        let mut blocks: NamedBlocks = Vec::new();
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
            let is_reserved = RESERVED.contains(&base.as_str()) || is_activation_node(&base);
            let base = if is_reserved { format!("op_{base}") } else { base };
            let taken = |name: &str| blocks.iter().any(|(known, _)| known == name);
            let numbered = (2..).map(|number| format!("{base}_{number}"));
            let name = [base.clone()].into_iter().chain(numbered).find(|name| !taken(name)).unwrap_or(base.clone());
            if matches!(op.block.kind, Kind::Zero(_) | Kind::Head(_)) {
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
    let known: Vec<_> = KINDS.iter().map(|kind| kind.name).collect();
    Ok(&KINDS[kind.word(&known)?])
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
