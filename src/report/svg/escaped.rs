//! Outside text in HTML and SVG.

/// Text as it may stand in an element or an attribute in quotes.
///
/// Control characters, which neither HTML nor XML allows, and the characters that reverse the direction of what follows are
/// written as escapes such as `\u{1b}`; line breaks and tabs stay.
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

/// Marks of direction, and the code points that XML forbids.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_is_left_that_a_page_could_take_for_its_own() {
        assert_eq!(escaped("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
        assert_eq!(escaped("one\ntwo\tthree"), "one\ntwo\tthree");
        assert_eq!(escaped("\u{1b}[31m\0\r\u{202e}"), "\\u{1b}[31m\\u{0}\\u{d}\\u{202e}");
        assert_eq!(escaped("Käse 猫"), "Käse 猫");
    }
}
