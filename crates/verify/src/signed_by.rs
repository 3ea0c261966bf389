//! Who signed a release, kept so that a later revocation can be held against it.

use crate::count::Count;
use crate::keyring::Keyring;
use crate::statements::{Statements, asked};
use alloc::vec::Vec;
use pkg_format::Id;
use pkg_format::cose::KeyId;
use pkg_format::keyring::{Asked, Place};
use pkg_format::manifest::release::Channel;

/// Who signed an installed release, and as what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedBy {
    /// The threshold that it had to meet.
    pub asked: Asked,
    /// The channel it came on.
    pub channel: Channel,
    /// The keys that signed its manifest, sorted.
    pub keys: Vec<KeyId>,
}

impl Statements {
    /// Who signed the manifest of a release, and as what; a notice or a withdrawal has no channel, so none.
    pub fn signed_by(&self) -> Option<SignedBy> {
        let release = self.manifest.release()?;
        Some(SignedBy {
            asked: asked(&self.manifest),
            channel: release.identity.channel,
            keys: self.manifest_signers(),
        })
    }
}

impl Keyring {
    /// Whether these signers would still meet the threshold that they met once.
    pub fn still_vouches(&self, signed: &SignedBy, product: (&Id, &Id), scope: &Id) -> bool {
        let place = Place { channel: signed.channel, scope: Some(scope) };
        let mut count = Count::default();
        let good = signed.keys.iter().filter(|id| !self.is_revoked(id));
        for (_, key) in good.filter_map(|id| self.key(id)) {
            if key.may_sign(signed.asked.role(), Some(product), Some(place)) {
                count.add(key.alg);
            }
        }
        let besides = self.statement().post_quantum_threshold(signed.asked);
        count.short_of(self.threshold(signed.asked), besides).is_none()
    }
}
