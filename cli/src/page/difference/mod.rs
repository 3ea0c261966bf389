//! The page of `pkg diff`: first the answer for the auditor, then section by section.

mod components;
mod file;
mod images;
mod packages;
mod statements;
mod unattributed;

use super::layout::{Sheet, paint};
use super::prose::plain;
use crate::colours::{ERROR, GOOD, WARNING};
use pkg_diff::statements::StatementDifference;
use pkg_diff::{PackageDifference, Side};
use pkg_verify::SignatureReport;
use std::path::PathBuf;

/// What there is to show.
pub(crate) struct Report<'a> {
    pub(crate) old: Package<'a>,
    pub(crate) new: Package<'a>,
    pub(crate) statements: &'a StatementDifference<'a>,
    pub(crate) difference: &'a PackageDifference,
    /// How many files of an image are listed.
    pub(crate) lines: usize,
}

/// One of the two packages.
pub(crate) struct Package<'a> {
    pub(crate) file: &'a PackageFile,
    pub(crate) side: &'a Side,
}

pub(crate) struct PackageFile {
    pub(crate) path: PathBuf,
    /// Its size in bytes.
    pub(crate) size: u64,
    /// Signatures, and the names that the keyring has for their keys.
    pub(crate) signatures: Vec<(SignatureReport, Option<String>)>,
}

/// The page as text, no line wider than `width`; styles are embedded.
pub(crate) fn render(report: &Report<'_>, width: usize) -> String {
    let vouched = report.old.side.is_vouched && report.new.side.is_vouched;
    let mark = if vouched { (GOOD, "VERIFIED") } else { (WARNING, "UNVERIFIED") };
    let mut sheet = Sheet::new(width, mark, None, None);
    match vouched {
        true => sheet.verdict(GOOD, "VERIFIED", "every byte of both packages"),
        false => {
            sheet.verdict(
                WARNING,
                "UNVERIFIED",
                "no keyring was given; to verify both packages, give --keyring FILE",
            );
        }
    }
    unexplained(&mut sheet, report);
    unattributed::write(&mut sheet, report);
    packages::write(&mut sheet, report);
    statements::fixes(&mut sheet, &report.statements.fixes);
    statements::changes(&mut sheet, &report.statements.changes);
    images::write(&mut sheet, report);
    components::write(&mut sheet, report);
    statements::fields(&mut sheet, &report.statements.fields);
    sheet.done()
}

/// Images whose difference cannot be explained. This comes before everything else.
fn unexplained(sheet: &mut Sheet<'_>, report: &Report<'_>) {
    for image in &report.difference.images {
        if let Some(why) = image.unexplained() {
            sheet.verdict(WARNING, "UNEXPLAINED", &format!("image {}: {}", image.component, plain(&why)));
        }
    }
}

/// `+`, `-` or `~` in its colour.
fn sign(sign: char) -> String {
    match sign {
        '+' => paint(GOOD, "+"),
        '-' => paint(ERROR, "-"),
        other => paint(WARNING, &other.to_string()),
    }
}
