//! The release graphs of the page, each with filters that need no script, and as a table.

use super::drawn::{issued, kind, name, node_class};
use super::escape::html as esc;
use super::svg;
use super::table::{END, Table, section_end};
use crate::audit::Audit;
use crate::picture::Picture;
use std::fmt::Write as _;

pub(super) fn graphs(out: &mut String, audit: &Audit) {
    out.push_str(
        "<p>Each row is a line of development. Time runs to the right and ends at the date of the audit. Releases that \
         follow each other and have nothing special share one box. A step that several releases of a line can take is \
         drawn from the newest of them.</p>\n",
    );
    out.push_str(&svg::legend());
    for (i, picture) in audit.pictures.iter().enumerate() {
        figure(out, picture, &format!("g{i}"));
    }
    section_end(out);
}

fn figure(out: &mut String, picture: &Picture, id: &str) {
    let left_out = match picture.left_out {
        0 => String::new(),
        n => format!(
            ". It shows what matters most: failing, withdrawn and supported releases, those where lines begin, end or \
             cross, and the newest of the rest; {} not shown",
            if n == 1 { "1 more is".into() } else { format!("{n} more are") }
        ),
    };
    let title = esc(&picture.title);
    let strips = svg::strips(picture, id);
    let class = if strips.is_some() { " class=\"has-strips\"" } else { "" };
    let _ = writeln!(out, "<figure id=\"{id}\"{class}>\n<figcaption>{title}{left_out}.</figcaption>");
    filter(out, id, "Hardware", "h", &picture.hardware);
    filter(out, id, "Line", "l", &picture.rows);
    // Where it scrolls, it opens at its right end: at the date of the audit.
    let _ = write!(
        out,
        "<div class=\"scroll newest\" tabindex=\"0\" role=\"region\" aria-label=\"Release graph of {title}\">\n{}</div>\n",
        svg::graph(picture, id)
    );
    out.extend(strips);
    steps(out, picture);
    out.push_str("</figure>\n");
}

/// Radio buttons of which each hides what is not for one hardware id or line.
fn filter(out: &mut String, id: &str, name: &str, class: &str, choices: &[String]) {
    if choices.len() < 2 {
        return;
    }
    let mut hide = String::new();
    let option = |value: &str, text: &str, checked: &str| {
        format!(
            "<label><input type=\"radio\" name=\"{id}-{class}\" id=\"{id}-{class}{value}\"{checked}> {}</label>\n",
            esc(text)
        )
    };
    let mut options = option("-all", "all", " checked");
    for (i, choice) in choices.iter().enumerate() {
        options.push_str(&option(&i.to_string(), choice, ""));
        let _ =
            writeln!(hide, "#{id}:has(#{id}-{class}{i}:checked) .of:not(.{class}{i}) {{ display: none; }}");
    }
    let _ = write!(
        out,
        "<style>\n{hide}</style>\n<fieldset class=\"filter\"><legend>{name}</legend>\n{options}</fieldset>\n"
    );
}

/// The drawing as a table.
fn steps(out: &mut String, picture: &Picture) {
    out.push_str("<details><summary>Every drawn release and step as a table</summary>\n");
    let heads = ["releases", "line", "levels", "issued", "status", "steps into them"];
    let table = Table::new(out, "Releases, in the order of their issue", &heads);
    for (i, node) in picture.nodes.iter().enumerate() {
        let mut status = Vec::new();
        if !node.failing.is_empty() {
            status.push(format!("fails {}", node.failing.join(", ")));
        }
        for (is, word) in [
            (node.withdrawn, "withdrawn"),
            (node.declared, "declared, not signed"),
            (!node.supported, "support over"),
            (node.supported && node.failing.is_empty() && !node.withdrawn, "supported"),
        ] {
            if is {
                status.push(word.into());
            }
        }
        let into = picture.edges.iter().filter(|e| e.to == i);
        let into: Vec<_> = into
            .filter_map(|e| Some(format!("{} ({})", picture.nodes.get(e.from)?.labels.1, kind(e.kind))))
            .collect();
        let cells = [
            ("", esc(picture.rows.get(node.row).map_or("", |r| r))),
            ("", format!("F{} S{}", node.levels.0, node.levels.1)),
            ("", issued(node).unwrap_or_else(|| "–".into())),
            ("", esc(&status.join("; "))),
            ("", if into.is_empty() { "–".into() } else { esc(&into.join("; ")) }),
        ];
        table.row(out, &node_class(node), &esc(&name(node)), &cells);
    }
    out.push_str(END);
    out.push_str("</details>\n");
}
