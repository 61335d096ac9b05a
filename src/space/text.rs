//! A cursor over an architecture text that reports the position of an error and the expected text.
//!
//! Texts are copied from papers, source code and logs, so the cursor ignores white space, line breaks, comments, an
//! assigned name, quotes, and a trailing separator around an architecture.

use super::ArchError;

/// The maximum length of a text in bytes. The longest canonical text has about 1,500.
const MAX_BYTES: usize = 1 << 16;

/// Pairs of quotes that may surround a text, longest first.
const QUOTES: [(&str, &str); 7] = [
    ("\"\"\"", "\"\"\""),
    ("'''", "'''"),
    ("\"", "\""),
    ("'", "'"),
    ("`", "`"),
    ("\u{201c}", "\u{201d}"),
    ("\u{2018}", "\u{2019}"),
];

#[derive(Clone)]
pub(super) struct Cursor<'a> {
    text: &'a str,
    at: usize,
    /// The closing quote of the text; empty if the text is not quoted.
    quote: &'static str,
    /// The name that the text is assigned to; empty if there is none.
    name: &'a str,
}

impl<'a> Cursor<'a> {
    /// Returns a cursor at the first character of the architecture.
    ///
    /// # Errors
    /// A text longer than 64 KiB.
    pub(super) fn open(text: &'a str) -> Result<Cursor<'a>, ArchError> {
        Self::open_with(text, &[], MAX_BYTES)
    }

    /// As [`Cursor::open`], for texts of up to `most` bytes; the names in `fields` are part of the architecture.
    pub(super) fn open_with(text: &'a str, fields: &[&str], most: usize) -> Result<Cursor<'a>, ArchError> {
        if text.len() > most {
            let at = text.floor_char_boundary(most);
            let (expected, found) = (format!("at most {most} bytes of text"), format!("{} bytes", text.len()));
            return Err(ArchError::at(text, at, expected, found));
        }
        let mut cursor = Cursor { text, at: 0, quote: "", name: "" };
        cursor.space();
        cursor.step_over_name(fields);
        if let Some((open, close)) = QUOTES.into_iter().find(|(open, _)| cursor.rest().starts_with(open)) {
            cursor.at += open.len();
            cursor.quote = close;
            cursor.space();
            if cursor.name.is_empty() {
                cursor.step_over_name(fields);
            }
        }
        Ok(cursor)
    }

    /// Requires that only the closing quote, separators and comments follow.
    pub(super) fn close(&mut self) -> Result<(), ArchError> {
        self.separators();
        if !self.quote.is_empty() {
            self.expect(self.quote)?;
            self.quote = "";
            self.separators();
        }
        if self.rest().is_empty() { Ok(()) } else { Err(self.expected_here("the end of the text")) }
    }

    fn separators(&mut self) {
        while self.skip(";") || self.skip(",") {}
        self.space();
    }

    /// Steps over a name that the text is assigned to: `NAME =`, `NAME:` or `"NAME":`.
    fn step_over_name(&mut self, fields: &[&str]) {
        let rest = self.rest();
        let quoted = rest.starts_with(['"', '\'']);
        let name = if quoted { &rest[1..] } else { rest };
        let length = name.find(|c: char| !is_name(c) && c != '.').unwrap_or(name.len());
        if fields.contains(&&name[..length]) {
            return;
        }
        let behind = &name[length..];
        let behind = if quoted { behind.strip_prefix(&rest[..1]) } else { Some(behind) };
        let Some(behind) = behind.map(str::trim_start).filter(|_| length > 0 && !name.starts_with(is_digit)) else {
            return;
        };
        if behind.starts_with([':', '=']) && !behind.starts_with("==") {
            self.at = self.text.len() - behind.len() + 1;
            self.name = &name[..length];
            self.space();
        }
    }

    /// Returns the name before the text and `=` or `:`; empty if there is none.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// Returns the byte offset of the cursor, from 0.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// Returns the next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over white space, line breaks and comments (`#` to the end of the line); returns whether there were any.
    pub(super) fn space(&mut self) -> bool {
        let before = self.at;
        loop {
            let rest = self.rest();
            let comment = |rest: &str| rest.starts_with('#').then(|| rest.find('\n').unwrap_or(rest.len()));
            let continued = ["\\\n", "\\\r\n"].into_iter().find(|mark| rest.starts_with(mark)).map(str::len);
            let length = rest.len() - rest.trim_start().len();
            match comment(rest).or(continued).unwrap_or(length) {
                0 => return self.at > before,
                length => self.at += length,
            }
        }
    }

    /// Steps over `literal` and the space before it; returns whether it was there.
    pub(super) fn skip(&mut self, literal: &str) -> bool {
        let before = self.at;
        self.space();
        let there = self.rest().starts_with(literal);
        self.at = if there { self.at + literal.len() } else { before };
        there
    }

    /// Steps over `literal`, which is required, and the space before it.
    pub(super) fn expect(&mut self, literal: &str) -> Result<(), ArchError> {
        if self.skip(literal) {
            return Ok(());
        }
        self.space();
        Err(self.expected_here(&format!("`{literal}`")))
    }

    /// Steps over the longest run of accepted characters and returns it.
    pub(super) fn run(&mut self, accepts: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c: char| !accepts(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Steps over the next character.
    pub(super) fn step(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Steps over one of `words` and the space before it; returns its index in `words`.
    pub(super) fn word(&mut self, words: &[&str]) -> Result<usize, ArchError> {
        self.space();
        let start = self.at;
        let word = self.run(|c| is_name(c) || c == '-');
        words.iter().position(|&known| known == word).ok_or_else(|| self.expected_at(start, &one_of(words)))
    }

    /// Steps over a decimal number below `below`, without leading zeros, and the space before it.
    pub(super) fn number(&mut self, below: usize) -> Result<usize, ArchError> {
        self.space();
        let start = self.at;
        let digits = self.run(is_digit);
        let value = decimal(digits).filter(|&value| value < below);
        value.ok_or_else(|| self.wrong(start, format!("a number below {below}"), digits))
    }

    /// Steps over a bit set of `count` (at most 63) bits in hexadecimal digits, without leading zeros, and the space
    /// before it.
    pub(super) fn bits(&mut self, count: usize) -> Result<u64, ArchError> {
        self.space();
        let start = self.at;
        let digits = self.run(|c| c.is_ascii_hexdigit());
        let plain = digits.len() == 1 || !digits.starts_with('0');
        let value = u64::from_str_radix(digits, 16).ok().filter(|&value| plain && value >> count == 0);
        value.ok_or_else(|| self.wrong(start, format!("up to {count} bits in hexadecimal digits"), digits))
    }

    /// Returns the error that `expected` was expected at the cursor.
    pub(super) fn expected_here(&self, expected: &str) -> ArchError {
        self.expected_at(self.at, expected)
    }

    /// Returns the error that `expected` was expected at a byte offset of the text.
    pub(super) fn expected_at(&self, at: usize, expected: &str) -> ArchError {
        let rest = self.text.get(at..).unwrap_or("");
        let length = rest.find(|c: char| !is_name(c) && c != '-').unwrap_or(rest.len());
        self.wrong(at, expected.to_owned(), &rest[..length])
    }

    /// Returns the error that `found` was found at a byte offset; if `found` is empty, the character there is reported.
    fn wrong(&self, at: usize, expected: String, found: &str) -> ArchError {
        const SHOWN: usize = 40;
        let rest = self.text.get(at..).unwrap_or("");
        let next = rest.chars().next();
        let found = match next {
            None => "the end of the text".to_owned(),
            Some(next) if found.is_empty() => format!("`{}`", next.escape_debug()),
            Some(_) if found.chars().count() > SHOWN => {
                format!("`{}...`", found.chars().take(SHOWN).collect::<String>())
            }
            Some(_) => format!("`{found}`"),
        };
        ArchError::at(self.text, at, expected, found)
    }

    /// Returns the error that `found` items were found at a byte offset where another number was expected.
    pub(super) fn wrong_count(&self, at: usize, expected: String, found: usize) -> ArchError {
        ArchError::at(self.text, at, expected, found.to_string())
    }
}

/// Returns `one of a, b, c`.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// Parses a decimal number without sign and leading zeros.
pub(super) fn decimal(digits: &str) -> Option<usize> {
    let plain = digits.len() == 1 || !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Returns whether the character may be part of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}
