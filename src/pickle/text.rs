//! Parses the numbers and strings of protocol 0, one per line.

use super::Node;
use super::error::Fault;

/// `I`: an integer, or a boolean as `00` or `01`.
pub(super) fn int(line: &str) -> Result<Node, Fault> {
    match line {
        "00" => Ok(Node::Bool(false)),
        "01" => Ok(Node::Bool(true)),
        _ => long(line),
    }
}

/// `L`: an integer with an optional suffix `L`; opaque if it does not fit 64 bits.
pub(super) fn long(line: &str) -> Result<Node, Fault> {
    let line = line.strip_suffix('L').unwrap_or(line);
    let digits = line.strip_prefix('-').unwrap_or(line);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Literal);
    }
    Ok(line.parse().map_or(Node::Opaque, Node::Int))
}

/// An integer as little-endian bytes in two's complement; opaque if it has more than 64 bits.
pub(super) fn long_bytes(bytes: &[u8]) -> Node {
    if bytes.len() > 8 {
        return Node::Opaque;
    }
    let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
    let mut padded = [if negative { 0xff } else { 0 }; 8];
    padded[..bytes.len()].copy_from_slice(bytes);
    Node::Int(i64::from_le_bytes(padded))
}

/// `F`: a float as Python prints it.
pub(super) fn float(line: &str) -> Result<Node, Fault> {
    line.parse().map(Node::Float).map_err(|_| Fault::Literal)
}

/// A string of Python 2: a string if it is valid UTF-8, else bytes.
pub(super) fn old_string(bytes: Vec<u8>) -> Node {
    match String::from_utf8(bytes) {
        Ok(text) => Node::Str(text.into()),
        Err(error) => Node::Bytes(error.into_bytes().into()),
    }
}

/// `S`: a string of Python 2 in quotes, with escapes.
pub(super) fn quoted(line: &str) -> Result<Node, Fault> {
    let quote = line.chars().next().filter(|quote| matches!(quote, '\'' | '"')).ok_or(Fault::Literal)?;
    let inner = line.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote)).ok_or(Fault::Literal)?;
    let (mut bytes, mut rest) = (Vec::new(), inner.bytes());
    while let Some(byte) = rest.next() {
        if byte != b'\\' {
            bytes.push(byte);
            continue;
        }
        bytes.push(match rest.next().ok_or(Fault::Literal)? {
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'x' => u8::try_from(hexadecimal(&mut rest, 2)?).map_err(|_| Fault::Literal)?,
            same @ (b'\\' | b'\'' | b'"') => same,
            _ => return Err(Fault::Literal),
        });
    }
    Ok(old_string(bytes))
}

/// `V`: a Latin-1 string whose only escapes are `\u` with four and `\U` with eight digits.
pub(super) fn raw_unicode(line: &[u8]) -> Result<Node, Fault> {
    let line: String = line.iter().map(|byte| char::from(*byte)).collect();
    let (mut text, mut rest) = (String::new(), &line[..]);
    while let Some((before, after)) = rest.split_once('\\') {
        text.push_str(before);
        let digits = match after.bytes().next() {
            Some(b'u') => 4,
            Some(b'U') => 8,
            _ => {
                text.push('\\');
                rest = after;
                continue;
            }
        };
        let mut bytes = after.bytes().skip(1);
        text.push(char::from_u32(hexadecimal(&mut bytes, digits)?).ok_or(Fault::Literal)?);
        rest = after.get(1 + digits..).ok_or(Fault::Literal)?;
    }
    text.push_str(rest);
    Ok(Node::Str(text.into()))
}

fn hexadecimal(bytes: &mut impl Iterator<Item = u8>, digits: usize) -> Result<u32, Fault> {
    (0..digits).try_fold(0u32, |value, _| {
        let digit = bytes.next().and_then(|byte| char::from(byte).to_digit(16)).ok_or(Fault::Literal)?;
        Ok(value << 4 | digit)
    })
}
