//! Tables of the page. On a narrow screen each row becomes a card; the heads stand before the cells then.

use pkg_format::Digest;

/// At most so many digests are listed in one place; the JSON has more.
const DIGESTS: usize = 50;

/// Ends a table.
pub(super) const END: &str = "</tbody></table></div>\n";

/// A table that has been begun.
pub(super) struct Table<'a> {
    heads: &'a [&'a str],
}

impl<'a> Table<'a> {
    /// Begins a table; [`END`] ends it.
    pub(super) fn new(out: &mut String, caption: &str, heads: &'a [&'a str]) -> Table<'a> {
        out.push_str(&format!(
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{caption}\"><table>\n\
             <caption>{caption}</caption>\n<thead><tr>"
        ));
        for head in heads {
            out.push_str(&format!("<th scope=\"col\">{head}</th>"));
        }
        out.push_str("</tr></thead>\n<tbody>\n");
        Table { heads }
    }

    /// A row: its class, its head, and for each further cell its class and text, in HTML.
    pub(super) fn row(&self, out: &mut String, class: &str, head: &str, cells: &[(&str, String)]) {
        let attribute = |class: &str| match class {
            "" => String::new(),
            class => format!(" class=\"{class}\""),
        };
        out.push_str(&format!("<tr{}><th scope=\"row\">{head}</th>", attribute(class)));
        for ((class, text), name) in cells.iter().zip(self.heads.iter().skip(1)) {
            out.push_str(&format!("<td{} data-head=\"{name}\">{text}</td>", attribute(class)));
        }
        out.push_str("</tr>\n");
    }
}

/// Ends a section.
pub(super) fn section_end(out: &mut String) {
    out.push_str("</section>\n");
}

/// A status in a box.
pub(super) fn badge(word: &str) -> String {
    format!("<span class=\"badge {word}\">{}</span>", word.replace('-', " "))
}

/// Digests, folded.
pub(super) fn digests(list: &[Digest]) -> String {
    if list.is_empty() {
        return String::new();
    }
    let shown: String = list.iter().take(DIGESTS).map(|d| format!("<li><code>{d}</code></li>")).collect();
    let more = match list.len().saturating_sub(DIGESTS) {
        0 => String::new(),
        n => format!("<li>and {n} more, which the JSON lists</li>"),
    };
    let plural = if list.len() == 1 { "" } else { "s" };
    format!("<details><summary>{} digest{plural}</summary><ul>{shown}{more}</ul></details>", list.len())
}
