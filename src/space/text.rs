//! A cursor over an architecture text that reports where it stopped and what it expected there.

use super::ArchError;

pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Cursor<'a> {
        Cursor { text, at: 0 }
    }

    /// The byte the cursor stands at, from 0.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    pub(super) fn at_end(&self) -> bool {
        self.rest().is_empty()
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over `literal` and says whether it was there.
    pub(super) fn skip(&mut self, literal: &str) -> bool {
        let there = self.rest().starts_with(literal);
        if there {
            self.at += literal.len();
        }
        there
    }

    /// Steps over `literal`, which must be there.
    pub(super) fn expect(&mut self, literal: &str) -> Result<(), ArchError> {
        if self.skip(literal) {
            return Ok(());
        }
        let found = self.rest().chars().next();
        Err(self.error(format!("`{literal}`"), &found.map(String::from).unwrap_or_default()))
    }

    /// Steps over the word before the next `stop` (or the end) and returns its place in `words`.
    pub(super) fn word(&mut self, words: &[&str], stop: char) -> Result<usize, ArchError> {
        let rest = self.rest();
        let word = rest.split(stop).next().unwrap_or(rest);
        let Some(place) = words.iter().position(|&known| known == word) else {
            return Err(self.error(format!("one of {}", words.join(", ")), word));
        };
        self.at += word.len();
        Ok(place)
    }

    /// Steps over a decimal number below `below`, without leading zeros.
    pub(super) fn number(&mut self, below: usize) -> Result<usize, ArchError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        let value = digits.parse().ok().filter(|&value: &usize| value < below);
        match value {
            Some(value) if digits.len() == 1 || !digits.starts_with('0') => {
                self.at += end;
                Ok(value)
            }
            _ if digits.is_empty() => {
                let found = after.chars().next().map(String::from).unwrap_or_default();
                Err(self.error(format!("a number below {below}"), &found))
            }
            _ => Err(self.error(format!("a number below {below}"), digits)),
        }
    }

    /// Steps over a set of bits below `count` (at most 32) in lower-case hexadecimal digits, without leading zeros.
    pub(super) fn bits(&mut self, count: usize) -> Result<u32, ArchError> {
        let rest = self.rest();
        let end = rest.find(|c: char| !matches!(c, '0'..='9' | 'a'..='f')).unwrap_or(rest.len());
        let (digits, after) = rest.split_at(end);
        let value = u32::from_str_radix(digits, 16).ok().filter(|&value| u64::from(value) >> count == 0);
        match value {
            Some(value) if digits.len() == 1 || !digits.starts_with('0') => {
                self.at += end;
                Ok(value)
            }
            _ => {
                let expected = format!("up to {count} bits in hexadecimal digits");
                let found = after.chars().next().map(String::from).unwrap_or_default();
                Err(self.error(expected, if digits.is_empty() { &found } else { digits }))
            }
        }
    }

    /// The text must end here.
    pub(super) fn end(&self) -> Result<(), ArchError> {
        if self.at_end() {
            return Ok(());
        }
        Err(self.error("the end of the text".to_owned(), self.rest()))
    }

    fn error(&self, expected: String, found: &str) -> ArchError {
        error_at(self.at, expected, found, self.at_end())
    }
}

/// An error at a byte of the text; `at_end` says that the text ends there.
fn error_at(position: usize, expected: String, found: &str, at_end: bool) -> ArchError {
    const SHOWN: usize = 40;
    let found = if at_end {
        "the end of the text".to_owned()
    } else if found.chars().count() > SHOWN {
        format!("`{}...`", found.chars().take(SHOWN).collect::<String>())
    } else {
        format!("`{found}`")
    };
    ArchError { position, expected, found }
}
