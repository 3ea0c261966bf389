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

/// For HTML, in sentences: an id or a date is not broken at its hyphens.
pub(super) fn sentence(text: &str) -> String {
    let word = |word: &str| {
        let is_joined = word.contains('-') && word.chars().count() <= 24;
        if is_joined { format!("<span class=\"id\">{}</span>", html(word)) } else { html(word) }
    };
    line(text).split(' ').map(word).collect::<Vec<_>>().join(" ")
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
        assert_eq!(sentence("of <CVE-1>, now"), "of <span class=\"id\">&lt;CVE-1&gt;,</span> now");
        assert_eq!(markdown(hostile), r#"\<script\>"'\&\\u\{202e\} \| a \*b\* \[c\](d)"#);
        assert_eq!(line(hostile), "<script>\"'&\\u{202e} | a *b* [c](d)");
    }
}
