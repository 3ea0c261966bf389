//! Whatever comes from a package is text: it can neither mark up a page nor move a reader's eye.

use pkg_format::text::is_forbidden;

/// For a terminal or a text file: one line.
pub(super) fn line(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' => out.push(' '),
            c if is_forbidden(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// For HTML, in text and in quoted attributes.
pub(super) fn html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// For Markdown, also inside a table.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in line(text).chars() {
        if r"\`*_{}[]<>#|~!&".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_gets_out_of_its_place() {
        let hostile = "<script>\"'&\u{202e}\n| a *b* [c](d)";
        assert_eq!(html(hostile), "&lt;script&gt;&quot;&#39;&amp;\\u{202e} | a *b* [c](d)");
        assert_eq!(markdown(hostile), r#"\<script\>"'\&\\u\{202e\} \| a \*b\* \[c\](d)"#);
        assert_eq!(line(hostile), "<script>\"'&\\u{202e} | a *b* [c](d)");
    }
}
