//! Notices and withdrawals: whether they concern this device, and their text in the user's language.

use crate::candidates::Step;
use crate::choices::{Choices, TOLD};
use crate::device::Device;
use crate::here::Here;
use crate::verdict::Reason;
use alloc::borrow::ToOwned;
use alloc::string::{String, ToString};
use alloc::{format, vec::Vec};
use pkg_format::lang::Lang;
use pkg_format::manifest::{Body, Change, Effect, Kind};
use pkg_format::{Localized, Manifest};
use pkg_verify::Statements;

/// What the user is told, in the best language there is for them. Never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct NoticeText {
    /// One line.
    pub title: String,
    /// What it is about; for an update that changes functions, what changes.
    pub text: String,
    /// What to do; empty where the maker asks for nothing.
    pub action: String,
    /// The language of the title.
    pub lang: Option<Lang>,
}

/// What is to be shown of the notices and withdrawals that are offered.
pub(super) struct Spoken<'a> {
    /// What to show next, withdrawals first, then the oldest; or why nothing is.
    pub(super) next: Result<(usize, &'a Statements), Option<Reason>>,
    /// Whether more of them concern the device than it can remember as shown.
    pub(super) crowded: bool,
}

/// Chooses what is to be shown.
pub(super) fn unshown<'a>(
    words: &[(usize, &'a Statements)],
    here: &Here<'_>,
    choices: &Choices,
) -> Spoken<'a> {
    let judged: Vec<_> = words.iter().map(|(i, s)| (*i, *s, silence(s, words, here, choices))).collect();
    let concern = |silent: &Option<Reason>| matches!(silent, None | Some(Reason::AlreadyShown));
    let crowded = judged.iter().filter(|(_, _, silent)| concern(silent)).count() >= TOLD;
    let spoken = judged.iter().filter(|(_, _, silent)| silent.is_none());
    let rank = |s: &Statements| {
        (s.manifest().kind() == Kind::Notice, s.manifest().common().sequence, s.manifest_digest())
    };
    // What is forgotten comes again, but only after all others had their turn.
    let told = |manifest| words.iter().find(|(_, s)| s.manifest_digest() == manifest).map(|(_, s)| rank(s));
    let last = choices.notified.iter().rev().filter(|_| crowded).find_map(|n| told(n.manifest));
    let turn = |s: &Statements| (last.is_some_and(|last| rank(s) <= last), rank(s));
    let next = spoken.map(|(index, package, _)| (*index, *package)).min_by_key(|(_, package)| turn(package));
    // Of several reasons the one that says most, whatever the order of what is offered.
    let most = [Reason::AlreadyShown, Reason::Superseded, Reason::NotConcerned];
    let why = || most.into_iter().find(|r| judged.iter().any(|(_, _, silent)| *silent == Some(*r)));
    Spoken { next: next.ok_or_else(why), crowded }
}

/// Why something is not shown. No setting is among the reasons.
fn silence(
    package: &Statements,
    words: &[(usize, &Statements)],
    here: &Here<'_>,
    choices: &Choices,
) -> Option<Reason> {
    let (manifest, digest) = (&package.manifest(), package.manifest_digest());
    if !here.concerns(manifest) {
        return Some(Reason::NotConcerned);
    }
    let sequence = manifest.common().sequence;
    if choices.told(&digest).is_some() {
        return Some(Reason::AlreadyShown);
    }
    let newer = |other: &Manifest| {
        other.kind() == manifest.kind()
            && other.common().sequence > sequence
            && other.common().supersedes.contains(&digest)
    };
    let remembered = choices
        .superseded
        .iter()
        .any(|s| (s.kind, s.manifest) == (manifest.kind(), digest) && s.number > sequence);
    let replaced = remembered || words.iter().any(|(_, other)| newer(other.manifest()));
    replaced.then_some(Reason::Superseded)
}

impl Choices {
    /// Whether a notice or a withdrawal concerns this device and was not told yet. A notice that names releases by
    /// their numbers does not concern a device whose installed release says that it closed what the notice is about:
    /// that can be told where a package of it is among `at_hand`.
    pub fn is_news(&self, device: &Device, package: &Statements, at_hand: &[&Statements]) -> bool {
        Here::among(&device.state, &device.policy, at_hand).concerns(package.manifest())
            && self.told(&package.manifest_digest()).is_none()
    }
}

/// What a notice or a withdrawal says to this device.
pub(super) fn of_words(manifest: &Manifest, here: &Here<'_>, lang: Option<&Lang>) -> NoticeText {
    let mut parts = Vec::new();
    match manifest.body() {
        Body::Notice(n) => {
            let issued = manifest.common().issued;
            let helping = n.remediations.iter().filter(|r| here.is_helped(issued, r));
            parts.extend(helping.map(|r| best(&r.text, lang)));
        }
        Body::Withdrawal(w) => parts.push(best(&w.reason, lang)),
        Body::Release(_) | Body::Acknowledgement(_) => {}
    }
    compose(manifest, parts, lang)
}

/// What a step says: its advisory, and what it changes beside fixes.
pub(super) fn of_step(step: &Step<'_>, lang: Option<&Lang>) -> NoticeText {
    let from = step.from.map_or(0, |f| match step.release.security() {
        Some(_) => f.security_level,
        None => f.feature_level,
    });
    let changes = step.release.changes().iter();
    let shown = changes.filter(|c| c.level > from && c.effect != Effect::Corrected);
    compose(step.package.manifest(), shown.map(|c| change(c, lang)).collect(), lang)
}

fn change(change: &Change, lang: Option<&Lang>) -> String {
    format!("- {}: {}", change.effect, best(&change.text, lang))
}

fn best(text: &Localized, lang: Option<&Lang>) -> String {
    text.best(lang).map(|(_, text)| text.as_str().to_owned()).unwrap_or_default()
}

/// Title, summary and impact of the advisory, then these parts; names where a feature update has no
/// advisory.
fn compose(manifest: &Manifest, parts: Vec<String>, lang: Option<&Lang>) -> NoticeText {
    let (advisory, action) = manifest.advice();
    let advisory = advisory.and_then(|a| a.best(lang));
    let name = || match manifest.release() {
        Some(release) => format!("{} {}", manifest.common().product.name, release.identity.version),
        None => manifest.common().id.to_string(),
    };
    let said = advisory.map(|(_, a)| [a.summary.as_str().to_owned(), a.impact.as_str().to_owned()]);
    let mut text: Vec<_> = said.into_iter().flatten().chain(parts).collect();
    if text.is_empty() {
        text.push(name());
    }
    let action = action.map(|a| match best(&a.text, lang) {
        text if text.is_empty() => a.code.to_string(),
        text => text,
    });
    NoticeText {
        title: advisory.map_or_else(name, |(_, a)| a.title.as_str().to_owned()),
        text: text.join("\n\n"),
        action: action.unwrap_or_default(),
        lang: advisory.map(|(found, _)| found.clone()),
    }
}
