//! The page of `pkg decide`: what to do, why, and the text for the user.

use super::format::{duration, time};
use super::layout::{Sheet, paint};
use crate::colours::{ERROR, GOOD, WARNING};
use crate::out::shown;
use anstyle::Style;
use pkg_decide::{Decision, Reason, UpToDate, Verdict};
use pkg_format::manifest::{Corrective, Manifest};
use std::path::Path;

/// The page: the decision first, then the text of the package for its user.
pub(crate) fn render(decision: &Decision, about: Option<(&Path, &Manifest)>, width: usize) -> String {
    let style = style(decision.verdict);
    let mut sheet = Sheet::new(width, (style, ""), None, about.map(|(_, manifest)| manifest));
    let what = about.map_or_else(|| sentence(decision.reason).to_owned(), |(_, manifest)| what(manifest));
    sheet.verdict(style, decision.verdict.as_str(), &what);
    if about.is_some() {
        sheet.field("why", &format!("{} ({})", sentence(decision.reason), decision.reason));
    }
    if let Some(corrective) = decision.corrective {
        sheet.field("withdrawn", &paint(ERROR, installed(corrective)));
    }
    if let Some(left) = decision.left {
        let until = decision.until.map_or_else(String::new, |until| format!(", {}", time(until)));
        // Only a postponement ends at a known time.
        let word = if decision.reason == Reason::Postponed { "until" } else { "deadline" };
        sheet.field(word, &format!("in {}{until}", duration(left)));
    }
    sheet.field(
        "security",
        &match decision.up_to_date_security {
            UpToDate::Yes => paint(GOOD, "up to date with the packages that are offered"),
            UpToDate::No => paint(WARNING, "an update is missing"),
            UpToDate::Unknown => "unknown from the packages that are offered".into(),
        },
    );
    if decision.support_ended {
        sheet.field("support", "has ended: there may be no more security updates");
    }
    if let Some((path, _)) = about {
        sheet.field("package", &shown(path));
    }
    if let Some(manifest) = decision.manifest {
        sheet.field("manifest", &manifest.to_string());
    }
    if let Some(notice) = &decision.notice {
        sheet.quote("title", &notice.title);
        sheet.quote("text", &notice.text);
        if !notice.action.is_empty() {
            sheet.quote("to do", &notice.action);
        }
    }
    sheet.done()
}

fn style(verdict: Verdict) -> Style {
    match verdict {
        Verdict::Install | Verdict::Nothing => GOOD,
        Verdict::Refuse => ERROR,
        _ => WARNING,
    }
}

/// `cam 1.0.1, a security update`.
fn what(manifest: &Manifest) -> String {
    let name = &manifest.common().product.name;
    match manifest.release() {
        Some(r) => format!("{name} {}, a {} update", r.identity.version, r.class()),
        None => format!("{name} {}, a {}", manifest.common().id, manifest.kind()),
    }
}

/// What the maker does about the installed release.
fn installed(corrective: Corrective) -> &'static str {
    match corrective {
        Corrective::Withdraw => "the maker withdrew the installed release (withdraw)",
        Corrective::Recall => "the maker recalls what is installed (recall)",
        Corrective::StopUse => "the maker says: stop using what is installed (stop-use)",
    }
}

/// The reason in a sentence.
fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Automatic => "automatic updates are on",
        Reason::Approved => "the user approved this manifest",
        Reason::NotNotified => "the user has not been told about it yet",
        Reason::OptedOut => "the user opted out of automatic security updates",
        Reason::AutoNotApplicable => "its maker says that it must not be installed automatically",
        Reason::AutoNotChosen => {
            "on this kind of device nothing is installed automatically unless the user wants it"
        }
        Reason::ApprovalRequired => "the user wants to approve installations",
        Reason::FeatureNotChosen => "it is a feature update, and the user did not ask for those",
        Reason::Costs => "it is not free, or it needs something that is not free",
        Reason::Testing => "a release for testing is never installed automatically",
        Reason::Declined => "the user declined it",
        Reason::Postponed => "the user postponed it",
        Reason::Busy => "the device is busy",
        Reason::Overdue => "the device is busy, and the update is overdue",
        Reason::Affected => "it is about the installed release",
        Reason::WithdrawnInstalled => "the installed release was withdrawn",
        Reason::Recalled => "the installed release, or the product, was recalled",
        Reason::StopUse => "the installed release, or the product, must not be used any longer",
        Reason::Refused => "no package that is offered may be used on this device",
        Reason::UpToDate => "it is installed",
        Reason::AlreadyShown => "the user has been told",
        Reason::Superseded => "a newer notice replaced it",
        Reason::NotConcerned => "it is not about the installed release",
        Reason::NothingOffered => "there is no package for this device",
    }
}
