//! Values as TOML writes them.

/// A text as TOML writes it, on one line.
pub(super) fn quoted(text: &str) -> String {
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
    out + "\""
}

/// A length of time with its unit, as a description has it.
pub(super) fn length(seconds: u64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("\"{}d\"", s / 86_400),
        s if s % 3_600 == 0 => format!("\"{}h\"", s / 3_600),
        s => format!("\"{s}s\""),
    }
}

/// A list of texts.
pub(super) fn quoted_list<T: ToString>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|i| quoted(&i.to_string())).collect();
    format!("[{}]", items.join(", "))
}
