//! Which entries a device should look at: what it has not heard, and the releases that may lead on from here.

use alloc::vec::Vec;
use core::cmp::Reverse;
use pkg_decide::{DeviceState, Installed};
use pkg_format::Digest;
use pkg_format::manifest::Kind;
use pkg_format::manifest::release::Class;
use pkg_format::repository::{Entry, ListedRelease};

/// The entries whose statements a device needs for its decision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice<'a> {
    /// Notices and withdrawals that were not heard yet. All of them are heard, whatever is installed.
    pub unheard: Vec<&'a Entry>,
    /// Releases that may lead on from what is installed, the best first, as `decide` prefers them. An entry does not
    /// say from which states a release leads: if the best does not fit, the next one may.
    pub steps: Vec<&'a Entry>,
    /// The releases that are installed: by them a device knows that it is up to date.
    pub installed: Vec<&'a Entry>,
}

/// Chooses among entries: those that a head lists as current, or the live ones of a log where none of those fits.
/// `is_heard` tells whether the device knows the statement with this manifest digest.
pub fn choose<'a>(
    entries: impl IntoIterator<Item = &'a Entry>,
    device: &DeviceState,
    is_heard: impl Fn(&Digest) -> bool,
) -> Choice<'a> {
    let mut choice = Choice { unheard: Vec::new(), steps: Vec::new(), installed: Vec::new() };
    for entry in entries.into_iter().filter(|e| e.object.is_some()) {
        match (entry.kind(), entry.release()) {
            (Kind::Notice | Kind::Withdrawal, _) if !is_heard(&entry.manifest) => choice.unheard.push(entry),
            (Kind::Release, Some(release)) => {
                let Some(scope) = device.scope(&release.scope) else { continue };
                match &scope.installed {
                    Some(installed) if is_installed(entry, release, installed) => {
                        choice.installed.push(entry)
                    }
                    Some(installed) if !may_follow(entry, release, installed) => {}
                    _ => choice.steps.push(entry),
                }
            }
            _ => {}
        }
    }
    choice.unheard.sort_by_key(|e| (e.kind() != Kind::Withdrawal, e.sequence, e.manifest));
    choice.steps.sort_by_key(|e| {
        let levels = e
            .release()
            .map(|r| (r.class != Class::Security, Reverse(r.security_level), Reverse(r.feature_level)));
        (levels, Reverse(e.sequence), e.manifest)
    });
    choice
}

fn is_installed(entry: &Entry, release: &ListedRelease, installed: &Installed) -> bool {
    release.line == installed.line && entry.sequence == installed.sequence
}

/// Whether the counters let it follow, as far as an entry tells (SPEC 9.2).
fn may_follow(entry: &Entry, release: &ListedRelease, installed: &Installed) -> bool {
    // Where the signers of what is installed were revoked, the way back may lead to lower counters.
    if installed.disowned.is_some() {
        return true;
    }
    let keeps = release.security_level >= installed.security_level;
    let gains = match release.class {
        Class::Security => release.security_level > installed.security_level,
        Class::Feature => release.feature_level > installed.feature_level,
    };
    let same_line = release.line == installed.line;
    let ahead = if same_line {
        entry.sequence > installed.sequence
    } else {
        release.feature_level >= installed.feature_level
    };
    keeps && gains && ahead
}
