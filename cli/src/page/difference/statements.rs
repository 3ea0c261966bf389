//! What the manifests say differently: fixes, changes, other fields.

use super::super::format;
use super::super::layout::{Sheet, fold, list};
use super::super::prose::plain;
use super::sign;
use pkg_diff::statements::{Entries, Field};
use pkg_format::Tree;
use pkg_format::manifest::{Change, Fix};

/// Fields that are in the table of both packages, or that follow from it.
const ABOVE: [&str; 8] = [
    "class",
    "id",
    "issued",
    "release.feature-level",
    "release.line",
    "release.security-level",
    "release.version",
    "separation.kind",
];

/// The longest value of a field that is shown whole, in characters: two of them and a name fit on a line.
const VALUE: usize = 28;

pub(super) fn fixes(sheet: &mut Sheet<'_>, fixes: &Entries<'_, Fix>) {
    let row = |sign_: char, fix: &Fix| {
        let touches: Vec<_> = fix.touches.iter().map(|t| plain(t.as_str())).collect();
        let touches = if touches.is_empty() { String::new() } else { format!("touches {}", list(&touches)) };
        vec![
            sign(sign_),
            fix.id.to_string(),
            fix.status.to_string(),
            format::severity(fix.severity()).0,
            format!("level {}", fix.level),
            touches,
        ]
    };
    entries(sheet, "Fixes", fixes, &row, &|f| f.id.to_string());
}

pub(super) fn changes(sheet: &mut Sheet<'_>, changes: &Entries<'_, Change>) {
    let row = |sign_: char, change: &Change| {
        let seen = if change.user_visible { "users notice" } else { "users do not notice" };
        let needed = format::needed_for(&change.necessary_for);
        vec![sign(sign_), change.id.to_string(), change.effect.to_string(), seen.into(), needed]
    };
    entries(sheet, "Changes", changes, &row, &|c| c.id.to_string());
}

fn entries<T: PartialEq>(
    sheet: &mut Sheet<'_>,
    title: &str,
    of: &Entries<'_, T>,
    row: &dyn Fn(char, &T) -> Vec<String>,
    name: &dyn Fn(&T) -> String,
) {
    if of.new.is_empty() && of.carried.is_empty() && of.gone.is_empty() {
        return;
    }
    sheet.head(&format!(
        "{title} ({} new, {} in both, {} only in the old)",
        of.new.len(),
        of.carried.len(),
        of.gone.len()
    ));
    let altered = of.carried.iter().filter(|(old, new)| old != new);
    let rows = of.new.iter().map(|e| row('+', e)).chain(of.gone.iter().map(|e| row('-', e)));
    let rows: Vec<_> = rows.chain(altered.map(|(_, new)| row('~', new))).collect();
    let (shown, folded) = fold(&rows);
    for line in sheet.columns(shown, &[]) {
        sheet.item(&line);
    }
    sheet.folded(folded);
    let same: Vec<_> = of.carried.iter().filter(|(old, new)| old == new).map(|(_, new)| name(new)).collect();
    if !same.is_empty() {
        sheet.item(&format!("= {}", list(&same)));
    }
}

pub(super) fn fields(sheet: &mut Sheet<'_>, fields: &[Field]) {
    let fields: Vec<_> = fields.iter().filter(|f| !ABOVE.contains(&f.path.as_str())).collect();
    if fields.is_empty() {
        return;
    }
    sheet.head(&format!("Other fields ({})", fields.len()));
    let (advisory, others): (Vec<&Field>, Vec<&Field>) =
        fields.iter().partition(|f| f.path.starts_with("advisory."));
    if !advisory.is_empty() {
        let texts: Vec<_> = advisory.iter().map(|f| plain(f.path.trim_start_matches("advisory."))).collect();
        sheet.item(&format!("{} advisory  {}", sign('~'), list(&texts)));
    }
    for field in others {
        let (mark, what) = match (&field.old, &field.new) {
            (None, Some(new)) => ('+', value(new)),
            (Some(old), None) => ('-', value(old)),
            (Some(old), Some(new)) => ('~', format!("{} → {}", value(old), value(new))),
            (None, None) => continue,
        };
        sheet.item(&format!("{} {}  {what}", sign(mark), plain(&field.path)));
    }
}

/// A value on one line, cut where it is long.
fn value(tree: &Tree) -> String {
    let text = match tree {
        Tree::Text(text) => format!("“{}”", plain(text)),
        Tree::Bytes(bytes) => bytes.iter().take(4).map(|b| format!("{b:02x}")).collect::<String>() + "…",
        Tree::List(list) => format!("[{}]", list.iter().map(value).collect::<Vec<_>>().join(", ")),
        other => crate::json::tree(other).to_string(),
    };
    match text.char_indices().nth(VALUE) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text,
    }
}
