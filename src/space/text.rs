//! A cursor over an architecture text that reports where it stopped and what it expected there.
//!
//! Texts come out of papers, source code and logs, so what stands around an architecture is read over: white space, line
//! breaks, comments, a name that it is assigned to, quotes, and a separator behind it.

use super::ArchError;

/// The longest text that is read, in bytes. The longest canonical text has about 1,500.
const LONGEST: usize = 1 << 16;

/// Quotes that may surround a text: the opening and the closing one. Longer ones come first.
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
    /// What closes the quotes around the whole text; empty where there are none.
    quote: &'static str,
    /// The name that the text is assigned to; empty where there is none.
    name: &'a str,
}

impl<'a> Cursor<'a> {
    /// A cursor at the first character of the architecture itself.
    ///
    /// # Errors
    /// A text longer than 64 KiB.
    pub(super) fn open(text: &'a str) -> Result<Cursor<'a>, ArchError> {
        if text.len() > LONGEST {
            let at = text.floor_char_boundary(LONGEST);
            let (expected, found) = (format!("at most {LONGEST} bytes of text"), format!("{} bytes", text.len()));
            return Err(ArchError::at(text, at, expected, found));
        }
        let mut cursor = Cursor { text, at: 0, quote: "", name: "" };
        cursor.space();
        cursor.step_over_name();
        if let Some((open, close)) = QUOTES.into_iter().find(|(open, _)| cursor.rest().starts_with(open)) {
            cursor.at += open.len();
            cursor.quote = close;
            cursor.space();
            if cursor.name.is_empty() {
                cursor.step_over_name();
            }
        }
        Ok(cursor)
    }

    /// The text must end here, but for its closing quote, separators and comments.
    pub(super) fn close(&mut self) -> Result<(), ArchError> {
        self.separators();
        if !self.quote.is_empty() {
            self.expect(self.quote)?;
            self.separators();
        }
        if self.rest().is_empty() { Ok(()) } else { Err(self.missing("the end of the text")) }
    }

    fn separators(&mut self) {
        while self.skip(";") || self.skip(",") {}
        self.space();
    }

    /// Steps over a name that the text is assigned to: `NAME =`, `NAME:` or `"NAME":`.
    fn step_over_name(&mut self) {
        let rest = self.rest();
        let quoted = rest.starts_with(['"', '\'']);
        let name = if quoted { &rest[1..] } else { rest };
        let length = name.find(|c: char| !is_name(c) && c != '.').unwrap_or(name.len());
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

    /// The name that the text is assigned to, or that stands before it with a colon; empty where there is none.
    pub(super) fn name(&self) -> &'a str {
        self.name
    }

    /// The byte the cursor stands at, from 0.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next character.
    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    /// Steps over white space, line breaks and comments (`#` to the end of the line), and says whether there were any.
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

    /// Steps over `literal`, and space before it, and says whether it was there.
    pub(super) fn skip(&mut self, literal: &str) -> bool {
        let before = self.at;
        self.space();
        let there = self.rest().starts_with(literal);
        self.at = if there { self.at + literal.len() } else { before };
        there
    }

    /// Steps over `literal`, which must be there, and space before it.
    pub(super) fn expect(&mut self, literal: &str) -> Result<(), ArchError> {
        if self.skip(literal) {
            return Ok(());
        }
        self.space();
        Err(self.missing(&format!("`{literal}`")))
    }

    /// Steps over the longest run of characters of this kind.
    pub(super) fn run(&mut self, of: impl Fn(char) -> bool) -> &'a str {
        let rest = self.rest();
        let length = rest.find(|c: char| !of(c)).unwrap_or(rest.len());
        self.at += length;
        &rest[..length]
    }

    /// Steps over the next character.
    pub(super) fn step(&mut self) {
        self.at += self.peek().map_or(0, char::len_utf8);
    }

    /// Steps over one of `words`, and space before it, and returns its place among them.
    pub(super) fn word(&mut self, words: &[&str]) -> Result<usize, ArchError> {
        self.space();
        let start = self.at;
        let word = self.run(|c| is_name(c) || c == '-');
        words.iter().position(|&known| known == word).ok_or_else(|| self.refuse(start, &one_of(words)))
    }

    /// Steps over a decimal number below `below`, without leading zeros, and space before it.
    pub(super) fn number(&mut self, below: usize) -> Result<usize, ArchError> {
        self.space();
        let start = self.at;
        let digits = self.run(is_digit);
        let value = decimal(digits).filter(|&value| value < below);
        value.ok_or_else(|| self.wrong(start, format!("a number below {below}"), digits))
    }

    /// Steps over a set of bits below `count` (at most 32) in hexadecimal digits, without leading zeros, and space before it.
    pub(super) fn bits(&mut self, count: usize) -> Result<u32, ArchError> {
        self.space();
        let start = self.at;
        let digits = self.run(|c| c.is_ascii_hexdigit());
        let plain = digits.len() == 1 || !digits.starts_with('0');
        let value = u32::from_str_radix(digits, 16).ok().filter(|&value| plain && u64::from(value) >> count == 0);
        value.ok_or_else(|| self.wrong(start, format!("up to {count} bits in hexadecimal digits"), digits))
    }

    /// Something else should stand at the cursor.
    pub(super) fn missing(&self, expected: &str) -> ArchError {
        self.refuse(self.at, expected)
    }

    /// Something else should stand at a position of the text.
    pub(super) fn refuse(&self, at: usize, expected: &str) -> ArchError {
        let rest = self.text.get(at..).unwrap_or("");
        let length = rest.find(|c: char| !is_name(c) && c != '-').unwrap_or(rest.len());
        self.wrong(at, expected.to_owned(), &rest[..length])
    }

    /// `found` stands at a position where something else was expected; where it is empty, the character there is meant.
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

    /// The number `found` of things stands at a position where another number of them was expected.
    pub(super) fn miscounted(&self, at: usize, expected: String, found: usize) -> ArchError {
        ArchError::at(self.text, at, expected, found.to_string())
    }
}

/// `one of a, b, c`.
pub(super) fn one_of(words: &[&str]) -> String {
    format!("one of {}", words.join(", "))
}

/// A decimal number without sign and leading zeros.
pub(super) fn decimal(digits: &str) -> Option<usize> {
    let plain = digits.len() == 1 || !digits.starts_with('0');
    digits.parse().ok().filter(|_| plain && digits.bytes().all(|byte| byte.is_ascii_digit()))
}

/// A character of a name.
pub(super) fn is_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

pub(super) fn is_digit(c: char) -> bool {
    c.is_ascii_digit()
}
