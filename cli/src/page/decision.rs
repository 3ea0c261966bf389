//! A decision for people: what to do, why, and what the user is told.

use super::format::{duration, time};
use super::layout::{Sheet, paint};
use crate::colours::{ERROR, GOOD, WARNING};
use crate::out::shown;
use anstyle::Style;
use pkg_decide::{Decision, Reason, UpToDate, Verdict};
use pkg_format::manifest::Manifest;
use std::path::Path;

/// The page: the decision first, then what the package says to its user, in its own words.
pub(crate) fn render(decision: &Decision, about: Option<(&Path, &Manifest)>, width: usize) -> String {
    let style = style(decision.verdict);
    let mut sheet = Sheet::new(width, (style, ""), None, about.map(|(_, manifest)| manifest));
    let what = about.map_or_else(|| sentence(decision.reason).to_owned(), |(_, manifest)| what(manifest));
    sheet.verdict(style, decision.verdict.as_str(), &what);
    if about.is_some() {
        sheet.field("why", &format!("{} ({})", sentence(decision.reason), decision.reason));
    }
    if let Some(left) = decision.left {
        let until = decision.until.map_or_else(String::new, |until| format!(", {}", time(until)));
        // Busy ends when it ends; only being put off ends by itself.
        let word = if decision.reason == Reason::Postponed { "until" } else { "deadline" };
        sheet.field(word, &format!("in {}{until}", duration(left)));
    }
    sheet.field(
        "security",
        &match decision.up_to_date_security {
            UpToDate::Yes => paint(GOOD, "up to date, by what is offered"),
            UpToDate::No => paint(WARNING, "an update is missing"),
            UpToDate::Unknown => "unknown by what is offered".into(),
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

/// The reason in a sentence.
fn sentence(reason: Reason) -> &'static str {
    match reason {
        Reason::Automatic => "it installs itself, and nobody chose otherwise",
        Reason::Approved => "the user approved this very manifest",
        Reason::NotNotified => "the user was not told of it yet",
        Reason::OptedOut => "the user opted out of automatic security updates",
        Reason::AutoNotApplicable => "its maker says that it does not install itself",
        Reason::AutoNotChosen => "on such a device nothing installs itself unless the user wants that",
        Reason::ApprovalRequired => "the user wants to approve what is installed",
        Reason::FeatureNotChosen => "a feature update, and the user did not ask for those",
        Reason::Costs => "a feature update that costs",
        Reason::Testing => "a release for testing never installs itself",
        Reason::Declined => "the user said no to it",
        Reason::Postponed => "the user put it off",
        Reason::Busy => "the device is busy",
        Reason::Overdue => "the device is busy, and it should be installed by now",
        Reason::Affected => "it names what is installed",
        Reason::WithdrawnInstalled => "what is installed was taken back",
        Reason::Refused => "nothing that is offered may be used here",
        Reason::UpToDate => "it is installed",
        Reason::AlreadyShown => "the user was told",
        Reason::Superseded => "newer words took its place",
        Reason::NotConcerned => "what is installed is not named",
        Reason::NothingOffered => "nothing is offered",
    }
}
