//! The values of a space file with their lines.

use super::error::Fault;
use crate::shown::nearest;
use std::fmt;
use toml::de::{DeTable, DeValue};

/// The longest definition in bytes.
pub(super) const MAX_BYTES: usize = 1 << 18;

/// A value with its key and line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Value {
    /// The dotted key, such as `op.c3.kernel`.
    pub(super) key: String,
    /// The line, from 1.
    pub(super) line: usize,
    pub(super) tree: Tree,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    Text(String),
    Integer(i64),
    Real(f64),
    Boolean(bool),
    List(Vec<Value>),
    /// The entries in the order of the file.
    Table(Vec<(String, Value)>),
}

impl fmt::Display for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => write!(f, "\"{text}\""),
            Self::Integer(number) => write!(f, "{number}"),
            Self::Real(number) => write!(f, "{number}"),
            Self::Boolean(flag) => write!(f, "{flag}"),
            Self::List(_) => f.write_str("a list"),
            Self::Table(_) => f.write_str("a table"),
        }
    }
}

impl Value {
    /// Parses a definition.
    pub(super) fn parse(text: &str) -> Result<Self, Fault> {
        let fault = |line, what| Fault { line, key: String::new(), what };
        if text.len() > MAX_BYTES {
            return Err(fault(1, format!("the file has {} bytes; at most {MAX_BYTES} are allowed", text.len())));
        }
        let breaks: Vec<usize> = text.match_indices('\n').map(|(at, _)| at).collect();
        let line = |at: usize| 1 + breaks.partition_point(|end| *end < at);
        let table = DeTable::parse(text).map_err(|error| {
            let what = error.message().split_whitespace().collect::<Vec<_>>().join(" ");
            fault(line(error.span().map_or(0, |span| span.start)), format!("invalid TOML: {what}"))
        })?;
        let tree = Tree::Table(entries(table.get_ref(), "", &line)?);
        Ok(Self { key: String::new(), line: 1, tree })
    }

    /// Returns a fault at this value.
    pub(super) fn fault(&self, what: impl Into<String>) -> Fault {
        Fault { line: self.line, key: self.key.clone(), what: what.into() }
    }

    /// The fault that another type or value was expected.
    pub(super) fn expected(&self, what: &str) -> Fault {
        self.fault(format!("must be {what}, not {}", self.tree))
    }

    /// Whether the value, or one inside it, refers to `{name}` or `{name.key}`.
    pub(super) fn mentions(&self, name: &str) -> bool {
        match &self.tree {
            Tree::Text(text) => text
                .split('{')
                .skip(1)
                .filter_map(|rest| rest.split('}').next())
                .any(|found| found == name || found.split('.').next() == Some(name)),
            Tree::List(values) => values.iter().any(|value| value.mentions(name)),
            Tree::Table(entries) => entries.iter().any(|(_, value)| value.mentions(name)),
            _ => false,
        }
    }

    /// Whether the table, or one inside it, has a key.
    pub(super) fn has_key(&self, key: &str) -> bool {
        match &self.tree {
            Tree::List(values) => values.iter().any(|value| value.has_key(key)),
            Tree::Table(entries) => entries.iter().any(|(own, value)| own == key || value.has_key(key)),
            _ => false,
        }
    }

    /// Whether the table, or one inside it, has a key with this text.
    pub(super) fn has_text(&self, key: &str, text: &str) -> bool {
        match &self.tree {
            Tree::List(values) => values.iter().any(|value| value.has_text(key, text)),
            Tree::Table(entries) => entries.iter().any(|(own, value)| {
                own == key && matches!(&value.tree, Tree::Text(found) if found == text) || value.has_text(key, text)
            }),
            _ => false,
        }
    }

    /// Whether two values are equal, wherever they are.
    pub(super) fn tree_equals(&self, other: &Self) -> bool {
        match (&self.tree, &other.tree) {
            (Tree::List(own), Tree::List(other)) => {
                own.len() == other.len() && own.iter().zip(other).all(|(own, other)| own.tree_equals(other))
            }
            (Tree::Table(own), Tree::Table(other)) => {
                let found = |key: &str| other.iter().find(|(known, _)| known == key).map(|(_, value)| value);
                own.len() == other.len()
                    && own.iter().all(|(key, value)| found(key).is_some_and(|other| value.tree_equals(other)))
            }
            (own, other) => own == other,
        }
    }

    pub(super) fn text(&self) -> Result<&str, Fault> {
        match &self.tree {
            Tree::Text(text) => Ok(text),
            _ => Err(self.expected("a text in quotes")),
        }
    }

    /// Returns the index of the text in `words`.
    pub(super) fn word(&self, words: &[&str]) -> Result<usize, Fault> {
        let known = || format!("one of {}", words.join(", "));
        let Tree::Text(text) = &self.tree else { return Err(self.expected(&known())) };
        words.iter().position(|word| word == text).ok_or_else(|| {
            let hint = suggestion(text, words.iter().copied());
            self.fault(format!("must be {}, not \"{text}\"{hint}", known()))
        })
    }

    pub(super) fn integer(&self, min: usize, max: usize) -> Result<usize, Fault> {
        let number = if let Tree::Integer(number) = self.tree { usize::try_from(number).ok() } else { None };
        let number = number.filter(|number| (min..=max).contains(number));
        number.ok_or_else(|| self.expected(&format!("an integer from {min} to {max}")))
    }

    /// A number in the half-open range 0..1.
    pub(super) fn rate(&self) -> Result<f32, Fault> {
        let number = match self.tree {
            Tree::Real(number) => Some(number),
            Tree::Integer(0) => Some(0.0),
            _ => None,
        };
        let number = number.filter(|number| (0.0..1.0).contains(number));
        number.map(crate::convert::to_f32).ok_or_else(|| self.expected("a number from 0 to below 1"))
    }

    pub(super) fn boolean(&self) -> Result<bool, Fault> {
        match self.tree {
            Tree::Boolean(flag) => Ok(flag),
            _ => Err(self.expected("true or false")),
        }
    }

    pub(super) fn list(&self, what: &str) -> Result<&[Value], Fault> {
        match &self.tree {
            Tree::List(values) => Ok(values),
            _ => Err(self.expected(what)),
        }
    }

    pub(super) fn table(&self) -> Result<&[(String, Value)], Fault> {
        match &self.tree {
            Tree::Table(entries) => Ok(entries),
            _ => Err(self.expected("a table")),
        }
    }

    /// Returns the fields of a table, which may have only the known keys.
    pub(super) fn fields(&self, known: &[&str]) -> Result<Fields<'_>, Fault> {
        let entries = self.table()?;
        match entries.iter().find(|(key, _)| !known.contains(&key.as_str())) {
            None => Ok(Fields { table: self, entries }),
            Some((key, value)) => {
                let hint = suggestion(key, known.iter().copied());
                Err(value.fault(format!("unknown key{hint}; known keys: {}", known.join(", "))))
            }
        }
    }
}

/// The fields of a table.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    table: &'a Value,
    entries: &'a [(String, Value)],
}

impl<'a> Fields<'a> {
    pub(super) fn get(self, key: &str) -> Option<&'a Value> {
        self.entries.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    pub(super) fn required(self, key: &str) -> Result<&'a Value, Fault> {
        self.get(key).ok_or_else(|| self.table.fault(format!("`{key}` is missing")))
    }

    /// Reads a field, or returns the default.
    pub(super) fn read<T>(
        self,
        key: &str,
        default: T,
        read: impl FnOnce(&'a Value) -> Result<T, Fault>,
    ) -> Result<T, Fault> {
        self.get(key).map_or(Ok(default), read)
    }

    pub(super) fn integer(self, key: &str, default: usize, max: usize) -> Result<usize, Fault> {
        self.read(key, default, |value| value.integer(1, max))
    }
}

/// Returns `; did you mean X?`, or nothing if no name is similar.
pub(super) fn suggestion<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(name, known.map(str::to_owned)).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}

fn entries(table: &DeTable<'_>, prefix: &str, line: &impl Fn(usize) -> usize) -> Result<Vec<(String, Value)>, Fault> {
    let mut entries: Vec<_> = table
        .iter()
        .map(|(name, value)| {
            let key =
                if prefix.is_empty() { name.get_ref().to_string() } else { format!("{prefix}.{}", name.get_ref()) };
            let at = name.span().start;
            Ok((at, (name.get_ref().to_string(), converted(value.get_ref(), key, line(at), line)?)))
        })
        .collect::<Result<_, Fault>>()?;
    // TOML tables have no order; that of the file is used.
    entries.sort_by_key(|(at, _)| *at);
    Ok(entries.into_iter().map(|(_, entry)| entry).collect())
}

fn converted(value: &DeValue<'_>, key: String, at: usize, line: &impl Fn(usize) -> usize) -> Result<Value, Fault> {
    let tree = match value {
        DeValue::String(text) => Tree::Text(text.to_string()),
        DeValue::Boolean(flag) => Tree::Boolean(*flag),
        DeValue::Integer(number) => match i64::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Tree::Integer(number),
            Err(_) => return Err(Fault { line: at, key, what: "the integer is out of range".to_owned() }),
        },
        DeValue::Float(number) => match number.as_str().parse() {
            Ok(number) => Tree::Real(number),
            Err(_) => return Err(Fault { line: at, key, what: "the number is invalid".to_owned() }),
        },
        DeValue::Datetime(_) => {
            return Err(Fault { line: at, key, what: "must not be a date or time".to_owned() });
        }
        DeValue::Array(values) => Tree::List(
            (values.iter().enumerate())
                .map(|(index, value)| {
                    converted(value.get_ref(), format!("{key}[{index}]"), line(value.span().start), line)
                })
                .collect::<Result<_, _>>()?,
        ),
        DeValue::Table(table) => Tree::Table(entries(table, &key, line)?),
    };
    Ok(Value { key, line: at, tree })
}
