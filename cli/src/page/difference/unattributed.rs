//! What else changed: the first question of an auditor.

use super::super::format::count;
use super::super::layout::{Sheet, list, paint};
use super::super::prose::plain;
use super::{Report, sign};
use crate::colours::{ERROR, GOOD, WARNING};

/// How many files are listed where only the first few are.
const FEW: usize = 8;

/// What changed that no fix touches.
pub(super) fn write(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    let Some(found) = &report.difference.unattributed else { return };
    sheet.head("What else changed?");
    let files = |n| count(n, "changed file", "changed files");
    let images: Vec<_> = found.unexplained.iter().map(|(image, _)| image.clone()).collect();
    let open = !images.is_empty();
    if open {
        let which = list_of("image", "images", &images);
        sheet.item(&format!("{} {which}, and no fix names the whole image", paint(ERROR, "not explained:")));
    }
    match (found.changed, found.files.len()) {
        (0, _) if open => {}
        (0, _) => sheet.item(&format!("{} no file changed", paint(GOOD, "nothing:"))),
        (1, 0) if open => sheet.item(&format!("{}, which belongs to a fix", files(1))),
        (n, 0) if open => sheet.item(&format!("{}, which all belong to fixes", files(n))),
        (n, 0) => {
            let all = match n {
                1 => "the one changed file belongs to a fix".into(),
                _ => format!("all {} belong to fixes", files(n)),
            };
            let what = match found.everything.is_empty() {
                true => paint(GOOD, "nothing else:"),
                false => paint(WARNING, "as the fixes say:"),
            };
            sheet.item(&format!("{what} {all}"));
        }
        (n, _) if found.fixes == 0 => {
            sheet.item(&format!(
                "{} {}, and there is no new fix",
                paint(WARNING, "cannot be told:"),
                files(n)
            ));
        }
        (n, _) if found.without_touches.len() == found.fixes => {
            sheet.item(&format!(
                "{} {}, and no fix says what it touches",
                paint(WARNING, "cannot be told:"),
                files(n)
            ));
            sheet.under("list the files in each [[fix]]: touches = [\"usr/lib/libfoo.so*\"]");
        }
        (n, m) => sheet.item(&format!(
            "{} no fix touches {m} of {}",
            paint(ERROR, "more than the fixes:"),
            files(n)
        )),
    }
    let shown = if found.files.len() <= FEW + 1 { found.files.len() } else { FEW };
    for file in found.files.iter().take(shown) {
        let path = file.path.as_deref().map_or("(the whole image)".into(), plain);
        sheet.under(&format!("{} {}: {path}", sign(file.sign), file.component));
    }
    if found.files.len() > shown {
        sheet.under(&format!("… and {} more (--json shows all)", found.files.len() - shown));
    }
    if found.without_touches.len() < found.fixes && !found.without_touches.is_empty() {
        sheet.item(&format!("touches is missing in the {}", list_of("fix", "fixes", &found.without_touches)));
    }
    if !found.everything.is_empty() {
        let which = list(&found.everything);
        sheet.item(&format!("{} the fixes touch every file of {which}", paint(WARNING, "says nothing:")));
    }
    let components = report.difference.components.as_ref();
    let others = [
        (
            report.statements.changes.new.len(),
            "change listed besides the fixes",
            "changes listed besides the fixes",
        ),
        (components.map_or(0, Vec::len), "software component", "software components"),
    ];
    for (n, one, many) in others.into_iter().filter(|(n, ..)| *n > 0) {
        sheet.item(&format!("also {}", count(n, one, many)));
    }
}

fn list_of(one: &str, many: &str, names: &[String]) -> String {
    format!("{} {}", if names.len() == 1 { one } else { many }, list(names))
}
