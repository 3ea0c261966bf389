//! The software components that differ, by the SBOMs.

use super::super::layout::Sheet;
use super::super::prose::plain;
use super::{Report, sign};
use pkg_diff::statements::sbom::Component;
use std::collections::BTreeSet;

pub(super) fn write(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    let sides = [("old", report.old.side), ("new", report.new.side)];
    let unread: Vec<_> =
        sides.iter().flat_map(|(word, side)| side.unread_sboms.iter().map(move |why| (word, why))).collect();
    let unchecked: Vec<_> = sides
        .iter()
        .flat_map(|(word, side)| side.unchecked_sboms.iter().map(move |why| (word, why)))
        .collect();
    let found = report.difference.components.as_deref();
    let one_sided = report.old.side.sbom.is_some() != report.new.side.sbom.is_some();
    if found.is_none() && unread.is_empty() && !one_sided {
        return;
    }
    match found {
        Some(found) => sheet.head(&format!("Software components that differ ({})", found.len())),
        None => sheet.head("Software components: not compared"),
    }
    // What could not be compared comes before what was found.
    for (word, why) in unread {
        sheet.item(&format!("! a bill of materials of the {word} package was not compared: {}", plain(why)));
    }
    for (word, why) in unchecked {
        sheet.item(&format!("! not checked in the bills of the {word} package: {}", plain(why)));
    }
    for (word, _) in sides.iter().filter(|(_, s)| one_sided && s.sbom.is_none()) {
        sheet.item(&format!("! the {word} package has no readable bill of materials"));
    }
    let Some(components) = found else { return };
    let versions = |set: &BTreeSet<String>| plain(&set.iter().cloned().collect::<Vec<_>>().join(" "));
    let row = |c: &Component| {
        let (mark, what) = match (c.old.is_empty(), c.new.is_empty()) {
            (true, _) => ('+', versions(&c.new)),
            (_, true) => ('-', versions(&c.old)),
            _ => ('~', format!("{} → {}", versions(&c.old), versions(&c.new))),
        };
        vec![format!("{} {}", sign(mark), plain(&c.name)), what]
    };
    let rows: Vec<_> = components.iter().take(report.lines).map(row).collect();
    for line in sheet.columns(&rows, &[]) {
        sheet.item(&line);
    }
    sheet.folded(components.len().saturating_sub(report.lines));
}
