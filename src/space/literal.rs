//! Values as Python, JSON and NumPy write them: numbers, texts, lists, and calls or dictionaries with named values.
//!
//! Nothing is computed and nothing is called; a call is its name and what stands in its brackets.

use super::ArchError;
use super::text::{Cursor, decimal, is_digit, is_name};

/// How many brackets may stand inside each other.
const DEEPEST: usize = 16;

/// Quotes that a text may begin with and end with: straight ones, and what word processors and papers make of them.
const QUOTES: [&[char]; 2] = [&['"', '\u{201c}', '\u{201d}'], &['\'', '\u{2018}', '\u{2019}']];

/// A value and where it stands.
pub(super) struct Value<'a> {
    /// The byte its text starts at; behind the quote, where it is quoted.
    pub(super) at: usize,
    pub(super) kind: Kind<'a>,
}

pub(super) enum Kind<'a> {
    /// A number, as it is written.
    Number(&'a str),
    /// A name or a quoted text.
    Word(&'a str),
    /// `[...]` or `(...)`.
    List(Vec<Value<'a>>),
    /// `name(...)` or, with an empty name, `{...}`.
    Fields(Fields<'a>),
}

/// What stands between the brackets of a call or a dictionary.
pub(super) struct Fields<'a> {
    /// What is called, without the module it is of.
    pub(super) name: &'a str,
    /// The values without a name, in order.
    pub(super) values: Vec<Value<'a>>,
    /// The values with a name, and where that stands.
    pub(super) named: Vec<(&'a str, usize, Value<'a>)>,
    /// Where the closing bracket stands.
    pub(super) end: usize,
}

impl<'a> Fields<'a> {
    /// The value under one of several names.
    pub(super) fn get(&self, names: &[&str]) -> Option<&Value<'a>> {
        self.named.iter().find(|(name, ..)| names.contains(name)).map(|(.., value)| value)
    }
}

impl<'a> Value<'a> {
    /// The values of a list.
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

    /// The value of a number that is whole and not negative; `1.` and `1.0` are 1.
    pub(super) fn whole(&self) -> Option<usize> {
        let Kind::Number(text) = self.kind else { return None };
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        decimal(whole).filter(|_| fraction.bytes().all(|digit| digit == b'0'))
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self.kind, Kind::Number(_))
    }
}

impl<'a> Cursor<'a> {
    /// Steps over a value, and space before it.
    pub(super) fn value(&mut self) -> Result<Value<'a>, ArchError> {
        self.value_in(0)
    }

    /// Steps over a value inside `depth` brackets.
    fn value_in(&mut self, depth: usize) -> Result<Value<'a>, ArchError> {
        self.space();
        let at = self.position();
        let kind = match self.peek() {
            Some('[' | '(' | '{') if depth == DEEPEST => {
                return Err(self.missing(&format!("at most {DEEPEST} brackets inside each other")));
            }
            Some('[') => Kind::List(self.items("[", "]", depth)?),
            Some('(') => Kind::List(self.items("(", ")", depth)?),
            Some('{') => Kind::Fields(self.fields("", "{", "}", depth)?),
            Some(quote) if QUOTES.iter().any(|alike| alike.contains(&quote)) => return self.quoted(quote),
            Some(c) if is_digit(c) || matches!(c, '-' | '+' | '.') => {
                Kind::Number(self.run(|c| is_name(c) || matches!(c, '-' | '+' | '.')))
            }
            Some(c) if is_name(c) => self.named(depth)?,
            _ => return Err(self.missing("a number, a text in quotes or a list")),
        };
        Ok(Value { at, kind })
    }

    /// A name, or the call of one.
    fn named(&mut self, depth: usize) -> Result<Kind<'a>, ArchError> {
        let path = self.run(|c| is_name(c) || c == '.');
        let name = path.rsplit('.').next().unwrap_or(path);
        if self.peek() != Some('(') {
            return Ok(Kind::Word(path));
        }
        if depth == DEEPEST {
            return Err(self.missing(&format!("at most {DEEPEST} brackets inside each other")));
        }
        Ok(Kind::Fields(self.fields(name, "(", ")", depth)?))
    }

    /// A text in quotes, which has no line break, bracket or quote in it.
    fn quoted(&mut self, quote: char) -> Result<Value<'a>, ArchError> {
        let closes = |c: char| QUOTES.iter().any(|alike| alike.contains(&quote) && alike.contains(&c));
        self.step();
        let at = self.position();
        let word = self.run(|c| matches!(c, ' '..='~') && !"()[]{}\"'".contains(c));
        if !self.peek().is_some_and(closes) {
            return Err(self.missing(&format!("`{quote}`, which ends a text")));
        }
        self.step();
        Ok(Value { at, kind: Kind::Word(word) })
    }

    /// The values of a list. NumPy writes no commas between numbers and rows.
    fn items(&mut self, open: &str, close: &str, depth: usize) -> Result<Vec<Value<'a>>, ArchError> {
        self.expect(open)?;
        let mut values = Vec::new();
        while !self.skip(close) {
            values.push(self.value_in(depth + 1)?);
            self.next_item(close, |c| is_digit(c) || c == '[')?;
        }
        Ok(values)
    }

    /// What stands between the brackets of a call, where names have `=`, or of a dictionary, where they have `:`.
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
                        return Err(self.refuse(first.at, &format!("`{name}` only once")));
                    }
                    named.push((name, first.at, self.value_in(depth + 1)?));
                }
                _ if open == "{" => {
                    self.space();
                    return Err(self.missing("`:` after a name"));
                }
                _ => values.push(first),
            }
            self.next_item(close, |_| false)?;
        }
    }

    /// Steps over the comma before the next item, which only the last one and those that `start` says may do without.
    fn next_item(&mut self, close: &str, start: impl Fn(char) -> bool) -> Result<(), ArchError> {
        let spaced = self.space();
        if self.skip(",") || self.rest().starts_with(close) || spaced && self.peek().is_some_and(start) {
            return Ok(());
        }
        Err(self.missing(&format!("`,` or `{close}`")))
    }
}
