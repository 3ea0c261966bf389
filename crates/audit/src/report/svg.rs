//! The release graph as a drawing inside the page. Shapes, lines and words carry the meaning; colour only helps.

use super::drawn::{edge_class, issued, kind, name, node_class};
use super::escape::html as esc;
use crate::picture::{Edge, EdgeKind, Node, Picture};
use crate::time::date;
use pkg_format::manifest::SeparationKind;
use std::collections::BTreeMap;
use std::fmt::Write as _;

const BOX: (usize, usize) = (140, 68);
const PITCH: (usize, usize) = (210, 126);
const LEFT: usize = 92;
const TOP: usize = 40;
/// The width after the newest release, where the date of the audit is.
const RIGHT: usize = 96;
/// At most so many characters of a version fit into a box.
const FITS: usize = 16;

/// How many columns fit side by side on paper.
const STRIP: usize = 4;
/// A drawing that would need more strips than this is shrunk on paper instead.
const STRIPS: usize = 6;

/// How wide the drawing is, with and without the date of the audit at its right.
fn width(picture: &Picture) -> (usize, usize) {
    let columns = picture.nodes.iter().map(|n| n.column + 1).max().unwrap_or(1);
    let end = LEFT + columns * PITCH.0 - (PITCH.0 - BOX.0) + 24;
    (end, end + RIGHT)
}

fn height(picture: &Picture) -> usize {
    TOP + picture.rows.len() * PITCH.1
}

/// The drawing for paper, cut into strips of a readable size; none if it is narrow, or too large for that.
pub(super) fn strips(picture: &Picture, id: &str) -> Option<String> {
    let ((_, width), height) = (width(picture), height(picture));
    let (strip, gap) = (STRIP * PITCH.0, (PITCH.0 - BOX.0) / 2);
    let count = (width - LEFT).div_ceil(strip);
    if !(2..=STRIPS).contains(&count) || height > 8 * PITCH.1 {
        return None;
    }
    let one = |n: usize| {
        format!(
            "<svg viewBox=\"0 0 {0} {height}\" width=\"{0}\" height=\"{height}\"><use href=\"#{id}-rows\"/>\
             <svg x=\"{LEFT}\" width=\"{strip}\" height=\"{height}\" viewBox=\"{1} 0 {strip} {height}\">\
             <use href=\"#{id}-all\"/></svg></svg>\n",
            LEFT + strip,
            LEFT + n * strip - gap
        )
    };
    Some(format!(
        "<div class=\"strips\" aria-hidden=\"true\">\n{}</div>\n",
        (0..count).map(one).collect::<String>()
    ))
}

/// The drawing of one scope.
pub(super) fn graph(picture: &Picture, id: &str) -> String {
    let ((end, width), height) = (width(picture), height(picture));
    let sum = |nodes: &mut dyn Iterator<Item = &Node>| nodes.map(|n| n.count).sum::<usize>();
    let failing = sum(&mut picture.nodes.iter().filter(|n| !n.failing.is_empty()));
    let mut out = format!(
        "<svg class=\"graph\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" viewBox=\"0 0 {width} {height}\" \
         width=\"{width}\" height=\"{height}\">\n<title id=\"{id}-t\">Release graph of {}</title>\n\
         <desc id=\"{id}-d\">{} releases on {} lines, {failing} of them failing; the table below lists every step.</desc>\n",
        esc(&picture.title),
        sum(&mut picture.nodes.iter()),
        picture.rows.len()
    );
    for (name, class) in [("sec", "a-sec"), ("fea", "a-fea"), ("apa", "a-apa")] {
        out.push_str(&format!(
            "<marker id=\"{id}-{name}\" class=\"{class}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"9\" \
             markerHeight=\"9\" markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path d=\"M0 0 10 5 0 10z\"/></marker>\n"
        ));
    }
    let mut names = String::new();
    let everywhere: String = (0..picture.hardware.len()).map(|h| format!(" h{h}")).collect();
    let _ = writeln!(out, "<g id=\"{id}-all\">");
    for (row, line) in picture.rows.iter().enumerate() {
        let y = TOP + row * PITCH.1 + BOX.1 / 2;
        let _ = writeln!(
            out,
            "<line class=\"row of l{row}{everywhere}\" x1=\"{LEFT}\" y1=\"{y}\" x2=\"{end}\" y2=\"{y}\"/>"
        );
        let _ = writeln!(
            names,
            "<text class=\"line of l{row}{everywhere}\" x=\"8\" y=\"{}\">line {}</text>",
            y + 5,
            esc(&cut(line, 9))
        );
    }
    out.push_str(&format!(
        "<line class=\"today\" x1=\"{end}\" y1=\"8\" x2=\"{end}\" y2=\"{height}\"/>\
         <text class=\"line\" x=\"{0}\" y=\"20\">{1}</text><text class=\"line\" x=\"{0}\" y=\"36\">this audit</text>\n",
        end + 8,
        date(picture.at)
    ));
    // Edges that pass over boxes of their own row go above them, each higher than the last.
    let mut lifts: BTreeMap<usize, usize> = BTreeMap::new();
    for edge in &picture.edges {
        out.push_str(&draw_edge(picture, edge, id, &mut lifts));
    }
    for node in &picture.nodes {
        out.push_str(&draw_node(node));
    }
    let _ = writeln!(out, "</g>\n<g id=\"{id}-rows\">\n{names}</g>\n</svg>");
    out
}

fn cut(text: &str, most: usize) -> String {
    match text.chars().count() > most {
        true => text.chars().take(most.saturating_sub(1)).chain(['…']).collect(),
        false => text.to_owned(),
    }
}

/// `2026-01`.
fn month(seconds: u64) -> String {
    date(seconds).chars().take(7).collect()
}

/// The upper left corner of a box.
fn place(node: &Node) -> (usize, usize) {
    (LEFT + node.column * PITCH.0, TOP + node.row * PITCH.1)
}

fn draw_node(node: &Node) -> String {
    let (x, y) = place(node);
    let mut class = format!("node {}", node_class(node));
    let mut notes: Vec<String> = Vec::new();
    if !node.failing.is_empty() {
        class.push_str(" failing");
        notes.push(format!("✗ {}", cut(&node.failing.join(" "), FITS)));
    }
    if node.withdrawn {
        class.push_str(" withdrawn");
        notes.push("withdrawn".into());
    }
    if node.declared {
        class.push_str(" declared");
        notes.push("declared".into());
    }
    if !node.supported {
        class.push_str(" unsupported");
        notes.push("support over".into());
    }
    let mut full =
        format!("{}, feature level {}, security level {}", name(node), node.levels.0, node.levels.1);
    let issued = issued(node);
    full.extend(issued.iter().map(|when| format!(", issued {when}")));
    if !node.failing.is_empty() {
        full.push_str(&format!(", fails {}", node.failing.join(", ")));
    }
    let (w, h) = BOX;
    let shape = match node.declared {
        // Square corners: not one of the signed.
        true => format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\"/>"),
        false => format!("<rect x=\"{x}\" y=\"{y}\" width=\"{w}\" height=\"{h}\" rx=\"10\"/>"),
    };
    let second = match node.failing.is_empty() {
        true => String::new(),
        // A second border: failing is seen in black and white too.
        false => format!(
            "<rect class=\"inner\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"7\"/>",
            x + 4,
            y + 4,
            w - 8,
            h - 8
        ),
    };
    let middle = x + w / 2;
    // Several releases look like a stack.
    let stack = match node.count {
        1 => String::new(),
        _ => format!(
            "<rect class=\"under\" x=\"{}\" y=\"{}\" width=\"{w}\" height=\"{h}\" rx=\"10\"/>",
            x + 5,
            y - 5
        ),
    };
    let (label, line) = match node.count {
        1 => (cut(&node.labels.0, FITS), format!("F{} · S{}", node.levels.0, node.levels.1)),
        n => {
            let (first, last) = (cut(&node.labels.0, FITS / 2 - 1), cut(&node.labels.1, FITS / 2 - 1));
            (format!("{first} … {last}"), format!("{n} releases"))
        }
    };
    let when = match node.issued {
        (0, _) | (_, 0) => String::new(),
        (first, last) if date(first) == date(last) => date(first),
        (first, last) => format!("{} – {}", month(first), month(last)),
    };
    let mut out = format!(
        "<g class=\"{class}\"><title>{}</title>{stack}{shape}{second}<text class=\"name\" x=\"{middle}\" y=\"{}\">{}</text>\
         <text class=\"levels\" x=\"{middle}\" y=\"{}\">{line}</text><text class=\"levels\" x=\"{middle}\" y=\"{}\">{when}</text>",
        esc(&full),
        y + 24,
        esc(&label),
        y + 41,
        y + 57
    );
    for (i, note) in notes.iter().enumerate() {
        out.push_str(&format!(
            "<text class=\"note\" x=\"{middle}\" y=\"{}\">{}</text>",
            y + h + 15 + i * 14,
            esc(note)
        ));
    }
    out.push_str("</g>\n");
    out
}

fn draw_edge(picture: &Picture, edge: &Edge, id: &str, lifts: &mut BTreeMap<usize, usize>) -> String {
    let (Some(from), Some(to)) = (picture.nodes.get(edge.from), picture.nodes.get(edge.to)) else {
        return String::new();
    };
    let ((fx, fy), (tx, ty)) = (place(from), place(to));
    let (class, marker) = match edge.kind {
        EdgeKind::Pure => ("edge sec", "sec"),
        EdgeKind::Exception(_) => ("edge sec exc", "sec"),
        EdgeKind::Feature => ("edge fea", "fea"),
        EdgeKind::NotCounted => ("edge apa", "apa"),
    };
    let mid = |y: usize| y + BOX.1 / 2;
    let next_to = from.row == to.row && to.column == from.column + 1;
    let (path, at) = if next_to {
        (format!("M{} {}H{}", fx + BOX.0, mid(fy), tx), ((fx + BOX.0 + tx) / 2, mid(fy)))
    } else if from.row == to.row {
        let lift = lifts.entry(from.row).or_default();
        let up = fy.saturating_sub(10 + (*lift % 3) * 8);
        *lift += 1;
        let (a, b) = (fx + BOX.0 * 3 / 4, tx + BOX.0 / 4);
        (format!("M{a} {fy}C{a} {up} {b} {up} {b} {ty}"), ((a + b) / 2, up + 4))
    } else {
        let down = ty > fy;
        let (start, end) = if down { (fy + BOX.1, ty) } else { (fy, ty + BOX.1) };
        let (a, b) = (fx + BOX.0 * 4 / 5, tx + BOX.0 / 5);
        let bend = (start + end) / 2;
        (format!("M{a} {start}C{a} {bend} {b} {bend} {b} {end}"), ((a + b) / 2, bend))
    };
    let mut out = String::new();
    let name = format!("{} → {}: {}", from.labels.1, to.labels.0, kind(edge.kind));
    let marked = format!("marker-end=\"url(#{id}-{marker})\"");
    let of = edge_class(picture, edge);
    out.push_str(&format!(
        "<g class=\"{class} {of}\"><title>{}</title><path {marked} d=\"{path}\"/>",
        esc(&name)
    ));
    if let EdgeKind::Exception(kind) = edge.kind {
        // A second line inside the first: an exception is seen in black and white too.
        out.push_str(&format!("<path class=\"core\" d=\"{path}\"/>"));
        let word = if kind == SeparationKind::ChangeIsFix { "change is fix" } else { "inseparable" };
        out.push_str(&format!(
            "<text class=\"tag\" x=\"{}\" y=\"{}\">{word}</text>",
            at.0,
            at.1.saturating_sub(7)
        ));
    }
    out.push_str("</g>\n");
    out
}

/// What the lines and boxes mean, drawn as they are in the graph.
pub(super) fn legend() -> String {
    let line = |class: &str, core: &str, words: &str| {
        format!(
            "<li><svg aria-hidden=\"true\" viewBox=\"0 0 44 14\" width=\"44\" height=\"14\"><g class=\"edge {class}\">\
             <path d=\"M2 7H42\"/>{core}</g></svg>{words}</li>"
        )
    };
    let state = |class: &str, more: &str, radius: usize, words: &str| {
        format!(
            "<li><svg aria-hidden=\"true\" viewBox=\"0 0 44 26\" width=\"44\" height=\"26\"><g class=\"node {class}\">\
             <rect x=\"2\" y=\"2\" width=\"40\" height=\"22\" rx=\"{radius}\"/>{more}</g></svg>{words}</li>"
        )
    };
    [
        "<ul class=\"legend\">".to_owned(),
        line("sec", "", "security step: solid"),
        line(
            "sec exc",
            "<path class=\"core\" d=\"M2 7H42\"/>",
            "security step with a recorded exception: double",
        ),
        line("fea", "", "feature step: dashed"),
        line("apa", "", "testing, paid or tailor-made: dotted, does not count"),
        state("", "", 6, "supported release"),
        state(
            "",
            "<rect class=\"front\" x=\"2\" y=\"5\" width=\"37\" height=\"19\" rx=\"5\"/>",
            6,
            "several releases in a row: stack",
        ),
        state(
            "failing",
            "<rect class=\"inner\" x=\"5\" y=\"5\" width=\"34\" height=\"16\" rx=\"4\"/>",
            6,
            "failing release: double border and ✗",
        ),
        state("unsupported", "", 6, "support over: dashed border"),
        state("declared", "", 0, "declared, not signed: square corners"),
        "</ul>\n".to_owned(),
    ]
    .concat()
}
