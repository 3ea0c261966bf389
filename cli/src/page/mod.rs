//! The inspect page: what an auditor and a support engineer read. The verdict comes first, then
//! a summary, then section by section.

mod advice;
mod changes;
mod contents;
mod decision;
mod delivery;
pub(crate) mod difference;
mod fixes;
pub(crate) mod format;
mod layout;
mod prose;
mod release;
mod signatures;
mod summary;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use decision::render as decision;
pub(crate) use summary::{asked, corrective};

use crate::colours::{ERROR, GOOD, WARNING};
use crate::{hint, inputs};
use layout::Sheet;
use pkg_diff::ImageContents;
use pkg_format::lang::Lang;
use pkg_format::manifest::Body;
use pkg_format::{Delivery, Digest, Id, Manifest, Refusal};
use pkg_verify::{Keyring, SignatureReport};
use std::path::Path;

/// The verdict on the package.
pub(crate) enum Verdict {
    /// The statements are verified with a keyring; the payload was not read.
    Statements,
    /// The statements are verified with a keyring, and every byte matches them.
    Whole,
    /// There was no keyring, so nothing is verified.
    Unverified,
    /// It breaks a rule.
    Refused(Refusal),
}

/// What there is to show.
pub(crate) struct Page<'a> {
    pub(crate) path: &'a Path,
    pub(crate) size: u64,
    pub(crate) verdict: &'a Verdict,
    pub(crate) manifest: Option<&'a Manifest>,
    pub(crate) delivery: Option<&'a Delivery>,
    /// The digest of the manifest as received.
    pub(crate) digest: Option<Digest>,
    pub(crate) signatures: &'a [SignatureReport],
    /// Whether manifest and delivery have a signature structure, readable or not.
    pub(crate) is_signed: (bool, bool),
    pub(crate) keyring: Option<&'a Keyring>,
    pub(crate) lang: Option<&'a Lang>,
    /// What the images are, where that was asked for.
    pub(crate) contents: &'a [(Id, ImageContents)],
}

impl<'a> Page<'a> {
    /// The page of a file that is not a package.
    pub(crate) fn empty(path: &'a Path, size: u64, verdict: &'a Verdict) -> Self {
        Page {
            path,
            size,
            verdict,
            manifest: None,
            delivery: None,
            digest: None,
            signatures: &[],
            is_signed: (false, false),
            keyring: None,
            lang: None,
            contents: &[],
        }
    }
}

/// The page as text, no line wider than `width`; styles are embedded.
pub(crate) fn render(page: &Page<'_>, width: usize) -> String {
    let mark = match page.verdict {
        Verdict::Statements => (GOOD, "STATEMENTS VERIFIED"),
        Verdict::Whole => (GOOD, "VERIFIED"),
        Verdict::Unverified => (WARNING, "UNVERIFIED"),
        Verdict::Refused(_) => (ERROR, "REFUSED, UNVERIFIED"),
    };
    let mut sheet = Sheet::new(width, mark, page.lang, page.manifest);
    verdict(&mut sheet, page);
    let Some(manifest) = page.manifest else {
        summary::file(&mut sheet, page);
        if page.digest.is_some() {
            signatures::write(&mut sheet, page);
        }
        return sheet.done();
    };
    summary::write(&mut sheet, page, manifest);
    match manifest.body() {
        Body::Release(release) => {
            release::identity(&mut sheet, page, manifest, release);
            changes::separation(&mut sheet, release);
            fixes::write(&mut sheet, release);
            changes::write(&mut sheet, release);
            advice::open(&mut sheet, &release.open);
            advice::statuses(&mut sheet, &release.statuses);
        }
        Body::Notice(notice) => {
            release::words_identity(&mut sheet, page, manifest);
            advice::statuses(&mut sheet, &notice.statuses);
        }
        Body::Withdrawal(withdrawal) => {
            release::words_identity(&mut sheet, page, manifest);
            advice::withdrawal(&mut sheet, withdrawal);
        }
        Body::Acknowledgement(acknowledgement) => {
            release::words_identity(&mut sheet, page, manifest);
            advice::acknowledgement(&mut sheet, acknowledgement);
        }
    }
    advice::write(&mut sheet, manifest);
    if let Some(release) = manifest.release() {
        release::terms(&mut sheet, release);
        delivery::images(&mut sheet, release);
        contents::write(&mut sheet, page.contents);
        delivery::write(&mut sheet, page, release);
    }
    signatures::write(&mut sheet, page);
    delivery::evidence(&mut sheet, page, manifest);
    release::notes(&mut sheet, manifest);
    sheet.done()
}

fn verdict(sheet: &mut Sheet<'_>, page: &Page<'_>) {
    match page.verdict {
        Verdict::Statements => {
            sheet.verdict(GOOD, "STATEMENTS VERIFIED", "only the statements; the images were not read");
            sheet.field("to check all", "give --whole: it checks every byte, as pkg verify does");
        }
        Verdict::Whole => sheet.verdict(GOOD, "VERIFIED", "every byte checked"),
        Verdict::Unverified => {
            sheet.verdict(WARNING, "UNVERIFIED", "no keyring was given, so nothing below is confirmed");
            sheet.field("to check it", "give a keyring that you trust: --keyring FILE");
        }
        Verdict::Refused(refusal) => {
            let broken = format!("[{}] {}", refusal.rule.id(), refusal.rule.title());
            sheet.verdict(ERROR, "REFUSED", &broken);
            sheet.quote("found", &inputs::without_rule(refusal));
            sheet.field("what to do", &hint::refusal(refusal));
            if page.manifest.is_some() {
                sheet.item("nothing below is confirmed");
            }
        }
    }
    if page.manifest.is_some() {
        sheet.item("lines marked │ are quoted from the package");
    }
}
