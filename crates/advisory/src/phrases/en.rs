//! English.

use super::Phrases;
use crate::score::Word;
use pkg_format::manifest::{ActionCode, Corrective, Restart, SeparationKind, VexJustification};

pub(super) const PHRASES: Phrases = Phrases {
    lang: "en",
    own_name: "English",
    advisories_of: "Security advisories of {}",
    for_programs: "For programs",
    to_do: "What to do first",
    impact: "What it means for you",
    vulnerabilities: "Vulnerabilities",
    automatic: "Automatic updates",
    changes: "What changes",
    else_changes: "What else changes",
    details: "Details",
    withdrawn: "What is withdrawn",
    facts: "About this document",
    contact: "Contact",
    product: "Product",
    hardware: "Hardware",
    version: "Version",
    applies_to: "Installs on",
    issued: "Issued",
    support: "Security updates until",
    signed_by: "Signed by",
    document: "Document",
    manifest: "Manifest (SHA-256)",
    deadline: "Do it by",
    reason: "Why",
    severity: "Severity",
    affected: "Affected",
    fixed: "Fixed in",
    mitigated: "Mitigated in",
    not_affected: "Not affected",
    investigated: "Under investigation",
    also_known: "Also known as",
    opt_out: "How to switch them off",
    security_update: "Security update",
    feature_update: "Feature update",
    notice: "Security notice",
    withdrawal: "Withdrawal",
    unverified: "UNVERIFIED: no signature was checked. Anybody may have written what follows.",
    fell_back: "There is no text in the language {}; this is {}.",
    made_from: "Made from a statement that the maker signed.",
    installs_itself: "This update installs itself within {} of the notice, unless you put it off (for {} at most) or have switched automatic updates off.",
    not_automatic: "This update does not install itself.",
    only_if_wanted: "A feature update installs itself only if you have switched that on.",
    exploited: "Attackers already use this vulnerability.",
    exploited_since: "Attackers already use this vulnerability, since {} or before.",
    known_since: "Known to the maker since {}.",
    delayed: "More is told by {}.",
    severity_later: "not told yet",
    only_mitigated: "The update lowers the risk; the vulnerability is still there.",
    reopened: "The fix was taken back; the vulnerability is open again.",
    left_open: "This release leaves the vulnerability open.",
    not_alone: "This fix cannot be had without the feature update.",
    no_remedy: "This document names no remedy for this version.",
    score_added: "The CVSS 3.1 vector was added when this document was made; it is not part of the signed manifest.",
    replaces: "Replaces the manifest {}.",
    first_edition: "First edition.",
    revised: "Published again with other content.",
    state: "the version with the state digest {}…",
    before: "every version of line {} before {}",
    below_level: "every version of line {} with a security level below {}",
    feature_level: "feature level {}",
    empty_device: "a device on which nothing is installed",
    every_release: "every release, also those still to come",
    every_release_of: "every release of line {}, also those still to come",
    releases_from: "every release of line {} from number {} on, also those still to come",
    releases_below: "every release of line {} before number {}",
    releases_between: "the releases of line {} from number {} to {}",
    workaround: "Workaround",
    mitigation: "Lowers the risk",
    vendor_fix: "Fix by the maker",
    vendor_fix_in: "Fix by the maker: {}",
    none_available: "Nothing helps yet",
    no_fix_planned: "No fix is planned",
    fix_planned: "Fix planned for {}",
    days: "{} days",
    hours: "{} h",
    minutes: "{} min",
    seconds: "{} s",
    action,
    restart,
    word,
    separation,
    justification,
    corrective,
};

fn action(code: ActionCode) -> &'static str {
    match code {
        ActionCode::None => "Nothing to do",
        ActionCode::Install => "Install the update",
        ActionCode::InstallAndRestart => "Install the update and restart",
        ActionCode::Configure => "Change a setting",
        ActionCode::DisableFeature => "Switch a feature off",
        ActionCode::RotateCredentials => "Change passwords, keys or tokens",
        ActionCode::Isolate => "Take the product off the network",
        ActionCode::Replace => "Replace the product",
        ActionCode::StopUse => "Stop using the product",
        ActionCode::Contact => "Ask the maker",
    }
}

fn restart(restart: Restart) -> &'static str {
    match restart {
        Restart::None => "Nothing restarts.",
        Restart::Component => "The updated component restarts.",
        Restart::Service => "A service restarts.",
        Restart::Device => "The device restarts.",
        Restart::System => "The whole system restarts.",
    }
}

fn word(word: Word) -> &'static str {
    match word {
        Word::None => "none",
        Word::Low => "low",
        Word::Medium => "medium",
        Word::High => "high",
        Word::Critical => "critical",
    }
}

fn separation(kind: SeparationKind) -> &'static str {
    match kind {
        SeparationKind::Pure => "Nothing that you would notice: this update fixes and does nothing else.",
        SeparationKind::ChangeIsFix => "Functionality is taken away, because that is the fix.",
        SeparationKind::Inseparable => "The fix cannot be had without a change of functionality.",
    }
}

fn justification(word: VexJustification) -> &'static str {
    match word {
        VexJustification::ComponentNotPresent => "the vulnerable component is not in it",
        VexJustification::VulnerableCodeNotPresent => "the vulnerable code is not in it",
        VexJustification::VulnerableCodeNotInExecutePath => "the vulnerable code is never run",
        VexJustification::VulnerableCodeCannotBeControlledByAdversary => {
            "no attacker can reach the vulnerable code"
        }
        VexJustification::InlineMitigationsAlreadyExist => "something else in it prevents the attack",
    }
}

fn corrective(corrective: Corrective) -> &'static str {
    match corrective {
        Corrective::Withdraw => "It is no longer offered.",
        Corrective::Recall => "The product is called back.",
        Corrective::StopUse => "The product should no longer be used.",
    }
}
