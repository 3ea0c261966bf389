//! How a release and a step are called, in the drawing and in its table.

use crate::phrase::count;
use crate::picture::{Edge, EdgeKind, Node, Picture};
use crate::time::date;
use pkg_format::manifest::SeparationKind;

/// The classes by which a node is filtered.
pub(super) fn node_class(node: &Node) -> String {
    let hardware: String = node.hardware.iter().map(|h| format!(" h{h}")).collect();
    format!("of l{}{hardware}", node.row)
}

/// The classes by which a step is filtered: a step between two lines goes with neither.
pub(super) fn edge_class(picture: &Picture, edge: &Edge) -> String {
    let row = |node: usize| picture.nodes.get(node).map(|n| n.row);
    let line = match (row(edge.from), row(edge.to)) {
        (Some(a), Some(b)) if a == b => format!(" l{a}"),
        _ => String::new(),
    };
    let hardware: String = edge.hardware.iter().map(|h| format!(" h{h}")).collect();
    format!("of{line}{hardware}")
}

/// `1.0.3`, `1.0.3 to 1.0.24, 22 releases`.
pub(super) fn name(node: &Node) -> String {
    match node.count {
        1 => node.labels.0.clone(),
        n => format!("{} to {}, {}", node.labels.0, node.labels.1, count(n, "release", "releases")),
    }
}

/// `2026-01-05`, `2026-01-05 to 2026-03-01`.
pub(super) fn issued(node: &Node) -> Option<String> {
    match node.issued {
        (0, _) | (_, 0) => None,
        (first, last) if date(first) == date(last) => Some(date(first)),
        (first, last) => Some(format!("{} to {}", date(first), date(last))),
    }
}

/// The name of a kind of edge in the drawing and in the table.
pub(super) fn kind(kind: EdgeKind) -> &'static str {
    match kind {
        EdgeKind::Pure => "security",
        EdgeKind::Exception(SeparationKind::ChangeIsFix) => "security, the change is the fix",
        EdgeKind::Exception(_) => "security, inseparable",
        EdgeKind::Feature => "feature",
        EdgeKind::NotCounted => "does not count",
    }
}
