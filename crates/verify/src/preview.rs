//! A package that is only shown or compared: its payload can be read even if it is not signed.

use crate::error::Result;
use crate::io::Read;
use crate::verified::{EmbeddedEvidence, Payload, Verified};
use pkg_format::{Delivery, Digest, Manifest};

/// A package whose payload is read to show or compare it. No function that installs takes one.
///
/// Made of a [`Verified`] package, or by [`Unverified::danger_preview_unverified`](crate::Unverified::danger_preview_unverified) of one that nobody vouches for;
/// then whatever it hands out must be marked as unverified.
pub struct Preview<R> {
    package: Verified<R>,
    vouched: bool,
}

impl<R: Read> From<Verified<R>> for Preview<R> {
    fn from(package: Verified<R>) -> Self {
        Preview::new(package, true)
    }
}

impl<R: Read> Preview<R> {
    pub(crate) fn new(package: Verified<R>, vouched: bool) -> Self {
        Preview { package, vouched }
    }

    /// Whether a keyring vouched for it.
    pub fn is_vouched(&self) -> bool {
        self.vouched
    }

    /// What is released and why.
    pub fn manifest(&self) -> &Manifest {
        self.package.manifest()
    }

    /// How the payload is stored.
    pub fn delivery(&self) -> Option<&Delivery> {
        self.package.delivery()
    }

    /// The digest of the manifest.
    pub fn manifest_digest(&self) -> Digest {
        self.package.manifest_digest()
    }

    /// The next payload: see [`Verified::next_payload`].
    ///
    /// # Errors
    ///
    /// Like there.
    pub fn next_payload(&mut self) -> Result<Option<Payload<'_, R>>> {
        self.package.next_payload()
    }

    /// The next document: see [`Verified::next_evidence`].
    ///
    /// # Errors
    ///
    /// Like there.
    pub fn next_evidence(&mut self) -> Result<Option<EmbeddedEvidence>> {
        self.package.next_evidence()
    }

    /// Reads and checks everything that is left, to the end of the archive.
    ///
    /// # Errors
    ///
    /// Those of [`Verified::finish`].
    pub fn finish(self) -> Result<()> {
        self.package.finish().map(|_| ())
    }
}
