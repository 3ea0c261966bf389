//! The way back after a release key was stolen (SPEC 5.5).
//!
//! Whoever steals a release key can drive the counters of a device up or move it to a line of its own. A keyring
//! that revokes the key disowns what it signed: counters come down to where the maker's lines stood, and the
//! device may take a release at or above that point. A device whose installed release still has enough good
//! signers is left alone, so a mirror that withholds a keyring gains nothing by handing it out later.

use crate::device::{DeviceState, Installed};
use pkg_format::delivery::{Delivery, DeliveryKind};
use pkg_format::keyring::LineHead;
use pkg_format::manifest::release::{Channel, Release};
use pkg_verify::{Keyring, Statements};

impl DeviceState {
    /// A keyring came into force: a release that a revocation took the signers from is disowned, where the keyring
    /// says how far the lines of its scope had come. To be called once for each newer keyring, and stored with it.
    pub fn follow(&mut self, keyring: &Keyring) {
        for scope in &mut self.scopes {
            let Some(installed) = &mut scope.installed else { continue };
            let Some(signed) = &installed.signed else { continue };
            // A key that was only taken off the list, or a higher threshold, says nothing against what was signed.
            let robbed = signed.keys.iter().any(|key| keyring.is_revoked(key));
            if !robbed || keyring.still_vouches(signed, (&self.vendor, &self.name), &scope.id) {
                continue;
            }
            let heads = keyring.statement().heads_of(&self.vendor, &self.name, &scope.id);
            let Some(highest) = heads.iter().map(|h| h.security_level).max() else { continue };
            // The line may be the thief's choice, and the device have come from another: no fix of any line is lost.
            installed.security_level = installed.security_level.min(highest);
            if let Some(head) = heads.iter().find(|h| h.line == installed.line) {
                installed.sequence = installed.sequence.min(head.sequence);
                installed.feature_level = installed.feature_level.min(head.feature_level);
            }
            installed.disowned = Some(heads);
        }
    }

    /// A verified package was seen: if it is the installed release, signed again by good keys, nothing about it
    /// is disowned any more. To be called for every verified package.
    pub fn seen(&mut self, package: &Statements) {
        let Some(release) = package.manifest().release() else { return };
        let scope = self.scopes.iter_mut().find(|s| s.id == release.identity.scope);
        if let Some(there) = scope.and_then(|s| s.installed.as_mut())
            && there.manifest == Some(package.manifest_digest())
        {
            // A mirror may show a copy from which signatures were taken away: what is known of signers only grows.
            let mut now = Installed::by(package, release);
            now.signed = there.signed.take().zip(now.signed).map(|(mut known, new)| {
                known.keys.extend(new.keys);
                known.keys.sort_unstable();
                known.keys.dedup();
                known
            });
            *there = now;
        }
    }
}

/// Whether a disowned device may take this release whatever it applies to: a stable and full one that also
/// installs on an empty device, at or above the head of its line, with no lower security level than the device has.
pub(crate) fn may_recover_by(
    installed: &Installed,
    release: &Release,
    sequence: u64,
    delivery: Option<&Delivery>,
) -> bool {
    let Some(heads) = &installed.disowned else { return false };
    let new = &release.identity;
    let reaches = |head: &LineHead| {
        sequence >= head.sequence
            && new.security_level >= head.security_level
            && new.feature_level >= head.feature_level
    };
    release.fresh
        && new.channel == Channel::Stable
        && delivery.is_none_or(|d| d.kind == DeliveryKind::Full)
        && new.security_level >= installed.security_level
        && heads.iter().find(|h| h.line == new.line).is_some_and(reaches)
}
