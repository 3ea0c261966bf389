//! The notes of a document: what people read.

use super::super::phrases::fill;
use super::super::view::View;
use pkg_format::manifest::{Automatic, Body, Corrective, Restart};
use serde_json::{Value, json};

/// One note.
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
    if let Some(text) = changes(view) {
        notes.push(note("details", phrases.changes, &text));
    }
    if let Some(release) = view.manifest().release() {
        let text = match &release.automatic {
            Automatic::Applicable { opt_out, .. } => format!("{}: {}", phrases.opt_out, view.text(opt_out)),
            Automatic::NotApplicable { text, .. } => format!("{} {}", phrases.not_automatic, view.text(text)),
        };
        notes.push(note("general", phrases.automatic, &text));
    }
    notes.into()
}

fn corrective(view: &View<'_>, corrective: Corrective) -> String {
    format!("{}: {}", view.names().list(&view.withdrawn()), (view.phrases.corrective)(corrective))
}

/// What changes beside the fixes.
fn changes(view: &View<'_>) -> Option<String> {
    let release = view.manifest().release()?;
    let mut lines: Vec<String> = Vec::new();
    if let Some(security) = release.security() {
        let kind = security.effective_kind(release.identity.security_level, 0);
        lines.push((view.phrases.separation)(kind).to_owned());
        lines.extend(security.separation.justification().map(|j| view.text(&j.rationale).to_owned()));
        lines.extend(security.inherited.iter().map(|i| view.text(&i.rationale).to_owned()));
    }
    lines.extend(release.changes().iter().filter(|c| c.user_visible).map(|c| view.text(&c.text).to_owned()));
    (!lines.is_empty()).then(|| lines.join("\n"))
}
