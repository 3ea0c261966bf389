//! The text of release descriptions, as far as those who write them and those who read them must agree on it.
//!
//! What only a person knows is written as a placeholder, `"<What it is>"`, until somebody replaces it. A builder names each
//! one that is left, so nobody signs it.

use crate::forbidden::is_forbidden;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// A text as TOML writes it, on one line.
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// A list of texts as TOML writes it.
pub fn quoted_list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| quoted(&i.to_string())).collect();
    format!("[{}]", items.join(", "))
}

/// The text of a placeholder that says what to write in its place.
pub fn placeholder(what: &str) -> String {
    format!("<{what}>")
}

/// What to say of a text that is still a placeholder.
pub fn not_filled_in(text: &str) -> Option<String> {
    let what = text.trim().strip_prefix('<')?.strip_suffix('>')?;
    let mut said = String::from("not filled in: ");
    for c in what.chars() {
        match is_forbidden(c) || c == '\n' {
            true => said.extend(c.escape_unicode()),
            false => said.push(c),
        }
    }
    Some(said)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_whole_text_in_angle_brackets_is_a_placeholder() {
        assert_eq!(not_filled_in(&placeholder("'Why?'")).as_deref(), Some("not filled in: 'Why?'"));
        assert_eq!(not_filled_in(" <a\u{1b}> ").as_deref(), Some("not filled in: a\\u{1b}"));
        for text in ["", "<", ">", "<a> b", "a <b>", "a"] {
            assert_eq!(not_filled_in(text), None, "{text}");
        }
    }

    #[test]
    fn quoted_texts_stay_on_their_line() {
        assert_eq!(quoted("a \"b\"\\\n\u{7}"), "\"a \\\"b\\\"\\\\\\n\\u0007\"");
        assert_eq!(quoted_list(["a", "b"]), "[\"a\", \"b\"]");
    }
}
