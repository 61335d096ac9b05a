//! Parser of literals in Python, JSON and NumPy notation: numbers, strings, lists, calls and dictionaries.
//!
//! Nothing is evaluated: a call is parsed into its name and its arguments.

use super::ArchError;
use super::text::{Cursor, decimal, is_digit, is_name};

/// The maximum nesting depth of brackets.
const MAX_DEPTH: usize = 16;

/// Characters that open or close a quoted string: straight quotes and their typographic forms.
const QUOTES: [&[char]; 2] = [&['"', '\u{201c}', '\u{201d}'], &['\'', '\u{2018}', '\u{2019}']];

/// A value and its position.
pub(super) struct Value<'a> {
    /// The byte offset of its text; after the quote if it is quoted.
    pub(super) at: usize,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    /// A number as written.
    Number(&'a str),
    /// A name or a quoted string.
    Word(&'a str),
    /// `[...]` or `(...)`.
    List(Vec<Value<'a>>),
    /// `name(...)` or, with an empty name, `{...}`.
    Fields(Fields<'a>),
}

/// The arguments of a call, or the entries of a dictionary.
pub(super) struct Fields<'a> {
    /// The name of the called function, without its module.
    pub(super) name: &'a str,
    /// The positional values, in order.
    pub(super) values: Vec<Value<'a>>,
    /// The named values: name, byte offset of the name, value.
    pub(super) named: Vec<(&'a str, usize, Value<'a>)>,
    /// The byte offset of the closing bracket.
    pub(super) end: usize,
}

impl<'a> Fields<'a> {
    /// Returns the value of the first entry that has one of these names.
    pub(super) fn get(&self, names: &[&str]) -> Option<&Value<'a>> {
        self.named.iter().find(|(name, ..)| names.contains(name)).map(|(.., value)| value)
    }
}

impl<'a> Value<'a> {
    /// Returns the values of a list.
    pub(super) fn list(&self) -> Option<&[Value<'a>]> {
        match &self.kind {
            Kind::List(values) => Some(values),
            _ => None,
        }
    }

    pub(super) fn word(&self) -> Option<&'a str> {
        match self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }

    /// Returns the value of a non-negative integer; `1.` and `1.0` are 1.
    pub(super) fn integer(&self) -> Option<usize> {
        let Kind::Number(text) = self.kind else { return None };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        decimal(whole).filter(|_| fraction.bytes().all(|digit| digit == b'0'))
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number(_))
    }
}

impl<'a> Cursor<'a> {
    /// Parses a value, and the space before it.
    pub(super) fn value(&mut self) -> Result<Value<'a>, ArchError> {
        self.value_in(0)
    }

    /// Parses a value inside `depth` brackets.
    fn value_in(&mut self, depth: usize) -> Result<Value<'a>, ArchError> {
        self.space();
        let at = self.position();
        let kind = match self.peek() {
            Some('[' | '(' | '{') if depth == MAX_DEPTH => {
                return Err(self.expected_here(&format!("at most {MAX_DEPTH} brackets inside each other")));
            }
            Some('[') => Kind::List(self.items("[", "]", depth)?),
            Some('(') => Kind::List(self.items("(", ")", depth)?),
            Some('{') => Kind::Fields(self.fields("", "{", "}", depth)?),
            Some(quote) if QUOTES.iter().any(|alike| alike.contains(&quote)) => return self.quoted(quote),
            Some(c) if is_digit(c) || matches!(c, '-' | '+' | '.') => {
                Kind::Number(self.run(|c| is_name(c) || matches!(c, '-' | '+' | '.')))
            }
            Some(c) if is_name(c) => self.named(depth)?,
            _ => return Err(self.expected_here("a number, a text in quotes or a list")),
        };
        Ok(Value { at, kind })
    }

    /// Parses a name or a call.
    fn named(&mut self, depth: usize) -> Result<Kind<'a>, ArchError> {
        let path = self.run(|c| is_name(c) || c == '.');
        let name = path.rsplit('.').next().unwrap_or(path);
        if self.peek() != Some('(') {
            return Ok(Kind::Word(path));
        }
        if depth == MAX_DEPTH {
            return Err(self.expected_here(&format!("at most {MAX_DEPTH} brackets inside each other")));
        }
        Ok(Kind::Fields(self.fields(name, "(", ")", depth)?))
    }

    /// Parses a quoted string, which contains no line break, bracket or quote.
    fn quoted(&mut self, quote: char) -> Result<Value<'a>, ArchError> {
        let closes = |c: char| QUOTES.iter().any(|alike| alike.contains(&quote) && alike.contains(&c));
        self.step();
        let at = self.position();
        let word = self.run(|c| matches!(c, ' '..='~') && !"()[]{}\"'".contains(c));
        if !self.peek().is_some_and(closes) {
            return Err(self.expected_here(&format!("`{quote}`, which ends a text")));
        }
        self.step();
        Ok(Value { at, kind: Kind::Word(word) })
    }

    /// Parses the values of a list. NumPy writes no commas between numbers and rows.
    fn items(&mut self, open: &str, close: &str, depth: usize) -> Result<Vec<Value<'a>>, ArchError> {
        self.expect(open)?;
        let mut values = Vec::new();
        while !self.skip(close) {
            values.push(self.value_in(depth + 1)?);
            self.next_item(close, |c| is_digit(c) || c == '[')?;
        }
        Ok(values)
    }

    /// Parses the arguments of a call, with `=` after a name, or the entries of a dictionary, with `:`.
    fn fields(&mut self, name: &'a str, open: &str, close: &str, depth: usize) -> Result<Fields<'a>, ArchError> {
        self.expect(open)?;
        let mark = if open == "{" { ":" } else { "=" };
        let (mut values, mut named) = (Vec::new(), Vec::<(&str, usize, Value<'_>)>::new());
        loop {
            self.space();
            let end = self.position();
            if self.skip(close) {
                return Ok(Fields { name, values, named, end });
            }
            let first = self.value_in(depth + 1)?;
            match first.word() {
                Some(name) if self.skip(mark) => {
                    if named.iter().any(|(known, ..)| *known == name) {
                        return Err(self.expected_at(first.at, &format!("`{name}` only once")));
                    }
                    named.push((name, first.at, self.value_in(depth + 1)?));
                }
                _ if open == "{" => {
                    self.space();
                    return Err(self.expected_here("`:` after a name"));
                }
                _ => values.push(first),
            }
            self.next_item(close, |_| false)?;
        }
    }

    /// Steps over the comma after an item. It is optional before `close`, and after a space before a `start` character.
    fn next_item(&mut self, close: &str, start: impl Fn(char) -> bool) -> Result<(), ArchError> {
        let spaced = self.space();
        if self.skip(",") || self.rest().starts_with(close) || spaced && self.peek().is_some_and(start) {
            return Ok(());
        }
        Err(self.expected_here(&format!("`,` or `{close}`")))
    }
}
