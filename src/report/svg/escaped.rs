//! Escaping of text for HTML and SVG.

/// Escapes a text for use in an element or a quoted attribute.
///
/// Control characters, which neither HTML nor XML allows, and characters that change the text direction become escapes
/// such as `\u{1b}`. Line breaks and tabs stay.
pub(in crate::report) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' | '\t' => safe.push(c),
            c if c.is_control() || is_invisible(c) => safe.extend(c.escape_unicode()),
            c => safe.push(c),
        }
    }
    safe
}

/// Whether this is a directional mark or a code point that XML forbids.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn markup_and_control_characters_are_escaped() {
        assert_eq!(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
        assert_eq!(escaped("one\ntwo\tthree"), "one\ntwo\tthree");
        assert_eq!(escaped("\u{1b}[31m\0\r\u{202e}"), "\\u{1b}[31m\\u{0}\\u{d}\\u{202e}");
        assert_eq!(escaped("Käse 猫"), "Käse 猫");
    }
}
