//! The images, and the files in them that differ.

use super::super::format::size;
use super::super::layout::Sheet;
use super::super::prose::plain;
use super::file::how;
use super::{Report, sign};
use pkg_contents::{Change, Inside};
use pkg_diff::{ImageDifference, ImageFinding, NotListed};
use pkg_format::delivery::Base;

pub(super) fn write(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    if report.difference.images.is_empty() {
        return;
    }
    sheet.head("Images");
    for image in &report.difference.images {
        let sizes = match (image.old, image.new) {
            (Some((old, _)), Some((new, _))) if old == new => size(new),
            (Some((old, _)), Some((new, _))) => format!("{} → {}", size(old), size(new)),
            (Some((one, _)), None) | (None, Some((one, _))) => size(one),
            (None, None) => String::new(),
        };
        let (mark, what) = match &image.found {
            ImageFinding::Same => ("=".to_owned(), "identical".to_owned()),
            ImageFinding::OneSided if image.old.is_none() => (sign('+'), "only in the new package".into()),
            ImageFinding::OneSided => (sign('-'), "only in the old package".into()),
            ImageFinding::Listed(format, Inside::Files(changes)) => {
                (sign('~'), format!("{format}, {}", counts(changes)))
            }
            ImageFinding::Listed(_, Inside::Unexplained(_)) | ImageFinding::NotListed(_) => {
                let why = image.unexplained().unwrap_or_default();
                (sign('~'), format!("unexplained: {}", plain(&why)))
            }
        };
        sheet.item(&format!("{mark} {}  {sizes}  {what}", image.component));
        files(sheet, image, report.lines);
    }
}

/// `3 files added, 1 changed`.
fn counts(changes: &[Change]) -> String {
    let words = ["added", "removed", "changed"]
        .map(|word| (changes.iter().filter(|c| c.as_str() == word).count(), word));
    let parts: Vec<_> = words.iter().filter(|(n, _)| *n > 0).map(|(n, word)| format!("{n} {word}")).collect();
    parts.join(", ")
}

fn files(sheet: &mut Sheet<'_>, image: &ImageDifference, lines: usize) {
    match &image.found {
        ImageFinding::Listed(_, Inside::Files(changes)) => {
            let shown = if changes.len() <= lines.saturating_add(1) { changes.len() } else { lines };
            let row = |c: &Change| vec![format!("{} {}", sign(c.sign()), plain(c.path())), how(c)];
            let rows: Vec<_> = changes.iter().take(shown).map(row).collect();
            for line in sheet.columns(&rows, &[]) {
                sheet.under(&line);
            }
            if changes.len() > shown {
                sheet.under(&format!("… and {} more (--lines N, or --json for all)", changes.len() - shown));
            }
        }
        ImageFinding::NotListed(why) => sheet.under(&help(why, &image.component)),
        _ => {}
    }
}

/// What makes it possible to look into an image; empty if nothing does.
fn help(why: &NotListed, component: &str) -> String {
    let base = |option: &str, base: &Base| {
        format!("give {option} {component}=FILE (sha256 {}), or the full package", base.sha256)
    };
    match why {
        NotListed::Disproportionate { .. } => {
            "give --keyring FILE: the sizes in verified packages are trusted".to_owned()
        }
        NotListed::OldNeedsBase(image) => base("--old-base", image),
        NotListed::NewNeedsBase(image) => base("--base", image),
        _ => String::new(),
    }
}
