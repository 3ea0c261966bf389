//! A package for looking at: its images may be read whether or not anybody vouches for it.

use crate::error::{Result, refuse};
use crate::io::Read;
use crate::open::Unverified;
use crate::policy::Policy;
use crate::statements::Statements;
use crate::verified::{EmbeddedEvidence, Payload, Verified};
use alloc::{format, vec::Vec};
use pkg_format::cose::StatementKind;
use pkg_format::{Delivery, Digest, Manifest, Rule};

/// A package whose images are read in order to show them, to compare them, and for nothing else: no
/// function that installs takes it.
///
/// Made of a [`Verified`] package, or by [`Unverified::danger_show`] of one that nobody vouches for;
/// then everything it hands out is to be marked so.
pub struct Preview<R> {
    package: Verified<R>,
    vouched: bool,
}

impl<R: Read> From<Verified<R>> for Preview<R> {
    fn from(package: Verified<R>) -> Self {
        Preview { package, vouched: true }
    }
}

impl<R: Read> Unverified<R> {
    /// Lets the package be looked at although **nobody vouches for it**. Every check but signatures is
    /// made, as far as it is read: digests are compared with what the package itself claims.
    pub fn danger_preview(self, policy: &Policy) -> Result<Preview<R>> {
        let claims = self.claims_unverified();
        let digest = self.manifest_digest();
        let delivery = claims.delivery.transpose()?;
        if let Some(needed) =
            delivery.as_ref().map(Delivery::decode_memory).filter(|n| *n > policy.decode_memory)
        {
            return refuse(Rule::Pol1, format!("{needed} bytes to decode, {} allowed", policy.decode_memory));
        }
        let delivery_digest = self.received(StatementKind::Delivery).map(Digest::of);
        let statements = Statements {
            manifest: claims.manifest?,
            delivery,
            digest,
            delivery_digest,
            signers: Vec::new(),
            others: Vec::new(),
        };
        Ok(Preview { package: Verified::new(statements, self.into_archive())?, vouched: false })
    }
}

impl<R: Read> Preview<R> {
    /// Whether a keyring vouched for it.
    pub fn is_vouched(&self) -> bool {
        self.vouched
    }

    /// What is released and why.
    pub fn manifest(&self) -> &Manifest {
        self.package.manifest()
    }

    /// How the bytes travel.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.package.delivery()
    }

    /// The digest of the manifest.
    pub fn manifest_digest(&self) -> Digest {
        self.package.manifest_digest()
    }

    /// The next payload: see [`Verified::next_payload`].
    pub fn next_payload(&mut self) -> Result<Option<Payload<'_, R>>> {
        self.package.next_payload()
    }

    /// The next document: see [`Verified::next_evidence`].
    pub fn next_evidence(&mut self) -> Result<Option<EmbeddedEvidence>> {
        self.package.next_evidence()
    }

    /// Reads and checks everything that is left, to the end of the archive.
    pub fn finish(self) -> Result<()> {
        self.package.finish().map(|_| ())
    }
}
