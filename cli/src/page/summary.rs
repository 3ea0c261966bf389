//! The summary: what the package is for, what the user should do, what changes, who signed it and what it
//! installs on.

use super::format::size;
use super::format::{self, count, time};
use super::layout::{Sheet, list, paint};
use super::prose::plain;
use super::{Page, Verdict, fixes, signatures};
use crate::colours::{BOLD, ERROR};
use pkg_format::Manifest;
use pkg_format::delivery::DeliveryKind;
use pkg_format::lang::Lang;
use pkg_format::manifest::release::{Channel, Class};
use pkg_format::manifest::{Action, Advisory, Body, Corrective, Effect, Release, Update, WithdrawalScope};

/// The file only, if nothing in it can be read.
pub(super) fn file(sheet: &mut Sheet<'_>, page: &Page<'_>) {
    sheet.head("File");
    file_field(sheet, page);
    if let Some(digest) = page.digest {
        sheet.field("manifest", &digest.to_string());
        sheet.field("", "it breaks a rule; --json shows what can be read of it");
    }
}

fn file_field(sheet: &mut Sheet<'_>, page: &Page<'_>) {
    sheet.quote("file", &plain(&page.path.display().to_string()));
    sheet.field("size", &size(page.size));
}

pub(super) fn write(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest) {
    let product = &manifest.common().product;
    sheet.head("In short");
    match manifest.body() {
        Body::Release(release) => release_gist(sheet, page, manifest, release),
        Body::Notice(notice) => {
            let ids: Vec<_> = notice.statuses.iter().map(|s| &s.id).collect();
            let what = format!("{} for {} {}", paint(BOLD, "notice"), product.vendor, product.name);
            sheet.field("this is", &format!("a {what}; nothing to install"));
            sheet.field("what for", &format!("to inform about {}", list(&distinct(ids))));
        }
        Body::Withdrawal(withdrawal) => {
            let what = format!("{} for {} {}", paint(BOLD, "withdrawal"), product.vendor, product.name);
            sheet.field("this is", &format!("a {what}; nothing to install"));
            let back = scope(withdrawal.scope, &format::states(&withdrawal.withdraws));
            let does = corrective(withdrawal.corrective);
            sheet.field("what for", &format!("to withdraw {back}: the maker {does}"));
        }
        Body::Acknowledgement(it) => {
            let what = format!("{} of {} {}", paint(BOLD, "acknowledgement"), product.vendor, product.name);
            sheet.field("this is", &format!("an {what}; for those who audit, not for devices"));
            let rules: Vec<_> = it.acknowledges.iter().map(|a| a.rule).collect();
            sheet.field("what for", &format!("to answer for {}", list(&distinct(rules))));
        }
    }
    let (advisory, action) = manifest.advice();
    if let Some(advisory) = advisory {
        sheet.maybe("language", missing(sheet.lang(), advisory), |text| text);
    }
    if let Some((_, text)) = advisory.and_then(|a| a.best(sheet.lang())) {
        sheet.quote("title", text.title.as_str());
    }
    match action {
        Some(action) => sheet.field("to do", &asked(action)),
        None => sheet.field("to do", "nothing"),
    }
    if let Some(release) = manifest.release() {
        sheet.field("changes", &changed(release));
    }
    sheet.field("signed by", &signatures::gist(page));
    let hardware = list(&product.hardware);
    match manifest.release() {
        Some(release) => {
            let from = format::applies(&release.applies_to, release.fresh, &release.identity);
            sheet.field("installs on", &format!("hardware {hardware}: {from}"));
        }
        None => sheet.field("concerns", &format!("hardware {hardware}")),
    }
    file_field(sheet, page);
}

/// Says so if there is no text in the language that was asked for.
pub(super) fn missing(wanted: Option<&Lang>, advisory: &Advisory) -> Option<String> {
    let (found, _) = advisory.best(wanted)?;
    let wanted = wanted.filter(|w| w.primary() != found.primary())?;
    Some(format!("there is no text in {wanted}; this is {found}"))
}

fn distinct<T: Ord>(mut entries: Vec<T>) -> Vec<T> {
    entries.sort();
    entries.dedup();
    entries
}

fn release_gist(sheet: &mut Sheet<'_>, page: &Page<'_>, manifest: &Manifest, release: &Release) {
    let product = &manifest.common().product;
    let class = match release.class() {
        Class::Security => "security update",
        Class::Feature => "feature update",
    };
    let name = format!("{} {} {}", product.vendor, product.name, release.identity.version);
    let mut what = format!("{name}, a {}", paint(BOLD, class));
    what.push_str(match page.delivery.map(|d| d.kind) {
        Some(DeliveryKind::Full) => ", full package",
        Some(DeliveryKind::Delta) => ", delta package",
        None => "",
    });
    sheet.field("this is", &what);
    if release.identity.channel == Channel::Testing {
        let judged = if matches!(page.verdict, Verdict::Statements | Verdict::Whole) {
            ""
        } else {
            ", as the package says"
        };
        sheet.field("", &format!("{}{judged}: not for users", paint(ERROR, "FOR TESTING")));
    }
    match &release.update {
        Update::Security(security) => sheet.field("what for", &fixes::gist(&security.fixes)),
        Update::Feature(feature) if feature.also_fixes.is_empty() => {
            sheet.field("what for", "new functions; no fixes");
        }
        Update::Feature(feature) => {
            let fixes = count(feature.also_fixes.len(), "fix is included", "fixes are included");
            sheet.field("what for", &format!("new functions; {fixes}"));
        }
    }
}

/// What changes besides the fixes, in a few words.
fn changed(release: &Release) -> String {
    let effects = release.changes().iter().map(|c| c.effect);
    match release.security() {
        Some(security) => {
            let kind = security.separation.kind();
            match effects.clone().any(|e| e != Effect::Corrected) {
                false => format::separation(kind).into(),
                true => format!("{} ({kind})", format::effects(effects)),
            }
        }
        None if release.changes().is_empty() => "not stated".into(),
        None => format::effects(effects),
    }
}

/// What the user is asked to do, in a few words.
pub(crate) fn asked(action: &Action) -> String {
    let mut text = format!("{}; {}", format::action(action.code), format::restart(action.restart));
    if let Some(deadline) = action.deadline {
        text.push_str(&format!("; by {}", time(deadline)));
    }
    text
}

pub(super) fn scope(scope: WithdrawalScope, states: &str) -> String {
    match scope {
        WithdrawalScope::Release => format!("the release of {states}"),
        WithdrawalScope::Product => format!("the product in {states}"),
    }
}

pub(crate) fn corrective(corrective: Corrective) -> &'static str {
    match corrective {
        Corrective::Withdraw => "no longer offers it",
        Corrective::Recall => "recalls the product",
        Corrective::StopUse => "asks users to stop using the product",
    }
}
