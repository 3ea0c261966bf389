//! The notes of a document: what people read.

use super::super::phrases::fill;
use super::super::view::View;
use pkg_format::manifest::{Automatic, Body, Corrective, Restart};
use serde_json::{Value, json};

pub(super) fn note(category: &str, title: &str, text: &str) -> Value {
    json!({"category": category, "title": title, "text": text})
}

/// The notes of the whole document: what the advisory says, in the order in which a person needs it.
pub(super) fn of_document(view: &View<'_>) -> Value {
    let phrases = view.phrases;
    let mut notes = Vec::new();
    if view.source.signers.is_none() {
        notes.push(note("general", phrases.signed_by, phrases.unverified));
    }
    if let Some(asked) = view.fell_back_from {
        notes.push(note("other", phrases.document, &fill(phrases.fell_back, &[asked.as_str(), view.lang])));
    }
    let advisory = view.advisory();
    let summary = advisory.map_or_else(|| view.title(), |a| a.summary.as_str().to_owned());
    notes.push(note("summary", &view.title(), &summary));
    if let Some(action) = view.action() {
        let mut text = format!("{}. {}", (phrases.action)(action.code), view.text(&action.text));
        if action.restart != Restart::None {
            text.push_str(&format!(" {}", (phrases.restart)(action.restart)));
        }
        if let Some(deadline) = action.deadline {
            text.push_str(&format!(" {}: {}.", phrases.deadline, super::super::when::date(deadline)));
        }
        notes.push(note("general", phrases.to_do, &text));
    }
    if let Body::Withdrawal(withdrawal) = view.manifest().body() {
        let what = corrective(view, withdrawal.corrective);
        notes.push(note("general", phrases.withdrawn, &format!("{what} {}", view.text(&withdrawal.reason))));
    }
    if let Some(advisory) = advisory {
        notes.push(note("general", phrases.impact, advisory.impact.as_str()));
        notes.push(note("details", phrases.details, advisory.details.as_str()));
    }
    if let Some((title, text)) = changes(view) {
        notes.push(note("details", title, &text));
    }
    if let Some(release) = view.manifest().release() {
        let text = match &release.automatic {
            None => phrases.only_if_wanted.to_owned(),
            Some(Automatic::Applicable { .. }) if release.security().is_none() => {
                phrases.only_if_wanted.to_owned()
            }
            Some(Automatic::Applicable { opt_out, .. }) => {
                format!("{}: {}", phrases.opt_out, view.text(opt_out))
            }
            Some(Automatic::NotApplicable { text, .. }) => {
                format!("{} {}", phrases.not_automatic, view.text(text))
            }
        };
        notes.push(note("general", phrases.automatic, &text));
    }
    notes.into()
}

fn corrective(view: &View<'_>, corrective: Corrective) -> String {
    format!("{}: {}", view.names.list(&view.withdrawn()), (view.phrases.corrective)(corrective))
}

/// What a user notices, and why it could not be kept apart from the fix.
fn changes(view: &View<'_>) -> Option<(&'static str, String)> {
    let release = view.manifest().release()?;
    let visible = release.changes().iter().filter(|c| c.user_visible).map(|c| &c.text);
    let mut lines: Vec<_> = visible.map(|text| view.text(text)).collect();
    let Some(security) = release.security() else {
        return (!lines.is_empty()).then(|| (view.phrases.changes, lines.join("\n")));
    };
    let kind = security.effective_kind(release.identity.security_level, 0);
    lines.insert(0, (view.phrases.separation)(kind));
    let own = security.separation.justification().map(|j| &j.rationale);
    let why = own.into_iter().chain(security.inherited.iter().map(|i| &i.rationale));
    lines.extend(why.map(|text| view.text(text)));
    Some((view.phrases.else_changes, lines.join("\n")))
}
