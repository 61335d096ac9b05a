//! String literals and identifiers in Python source.

use std::collections::HashSet;

/// Python keywords, and names that `torch.nn.Module` or the generated module already use.
const RESERVED: &str = "False None True and as assert async await break class continue def del elif else except \
    finally for from global if import in is lambda nonlocal not or pass raise return try while with yield match case \
    type self add_module apply bfloat16 bool buffers children compile cpu cuda double dump_patches eval extra_repr \
    float forward half ipu load_state_dict modules mtia named_buffers named_children named_modules named_parameters \
    parameters register_backward_hook register_buffer register_forward_hook register_module register_parameter \
    requires_grad_ set_submodule get_submodule get_parameter get_buffer share_memory state_dict to to_empty train \
    training xpu zero_grad call_super_init T_destination x input_mean input_std";

/// Returns a string literal with quotes, backslashes and invisible characters escaped.
pub(super) fn quoted(text: &str) -> String {
    let mut literal = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => literal.extend(['\\', letter]),
            '\n' => literal.push_str("\\n"),
            letter if hidden(letter) && u32::from(letter) > 0xffff => {
                literal.push_str(&format!("\\U{:08x}", u32::from(letter)));
            }
            letter if hidden(letter) => literal.push_str(&format!("\\u{:04x}", u32::from(letter))),
            letter => literal.push(letter),
        }
    }
    literal + "\""
}

/// Whether this is a control character, or one that breaks lines or changes the text direction.
fn hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// Escapes a text for a docstring with triple double quotes.
pub(super) fn documented(text: &str) -> String {
    text.replace(hidden, " ").replace('\\', "\\\\").replace('"', "\\\"")
}

/// Maps texts to unique, similar identifiers.
#[derive(Debug)]
pub(super) struct Identifiers(HashSet<String>);

impl Default for Identifiers {
    fn default() -> Self {
        Self(RESERVED.split_whitespace().map(str::to_owned).collect())
    }
}

impl Identifiers {
    /// Returns a new identifier: `layers.0.in` becomes `layers_0_in`, `in` becomes `in_`, and `0` becomes `_0`.
    pub fn create(&mut self, text: &str) -> String {
        let mut name = text.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
        if name.starts_with(|letter: char| letter.is_ascii_digit()) || name.is_empty() {
            name.insert(0, '_');
        } else if text.starts_with('_') {
            // Such names have a meaning of their own in Python and torch.nn.Module.
            name.insert(0, 'n');
        }
        while !self.0.insert(name.clone()) {
            name.push('_');
        }
        name
    }
}

#[cfg(test)]
mod tests {
    use super::{Identifiers, documented, quoted};

    #[test]
    fn names_become_identifiers() {
        let mut names = Identifiers::default();
        let found: Vec<_> =
            ["layers.0.in", "in", "0", "a.b_c", "a_b.c", "train", "", "é"].map(|name| names.create(name)).into();
        assert_eq!(found, ["layers_0_in", "in_", "_0", "a_b_c", "a_b_c_", "train_", "_", "__"]);
    }

    #[test]
    fn texts_become_literals() {
        assert_eq!(quoted("a\"b\\c\n\u{1b}é\u{202e}猫"), r#""a\"b\\c\n\u001bé\u202e猫""#);
        assert_eq!(quoted("\u{e0001}"), r#""\U000e0001""#);
        assert_eq!(documented("say \"\"\"\\n\n"), r#"say \"\"\"\\n "#);
    }
}
