//! Opening a package: reads its statements, within bounds, and checks only the container.

use crate::archive::Archive;
use crate::error::{Result, refuse};
use crate::io::Read;
use crate::keyring::Keyring;
use crate::policy::Policy;
use crate::preview::Preview;
use crate::signers::{self, SignatureReport};
use crate::statements::{Received, UnverifiedStatements, bounded};
use crate::verified::Verified;
use alloc::vec::Vec;
use pkg_format::container::{BLOCK_LEN, Member};
use pkg_format::cose::StatementKind;
use pkg_format::{Digest, Refusal, Rule};

/// A package that is not verified yet. Nothing that it hands out may be acted on.
pub struct Unverified<R> {
    received: Received,
    archive: Archive<R>,
}

/// Reads the statements of a package: at most 2 MiB of statements and 128 KiB of signatures,
/// whatever the input claims.
///
/// # Errors
///
/// CON-1 to CON-6, or what keeps the reader from reading.
///
/// ```
/// use pkg_format::Rule;
/// let Err(error) = pkg_verify::open(&b"no package"[..]) else { unreachable!() };
/// assert_eq!(error.rule(), Some(Rule::Con1));
/// ```
pub fn open<R: Read>(reader: R) -> Result<Unverified<R>> {
    let mut archive = Archive::new(reader);
    let Some(manifest) = archive.member(Member::Manifest)? else {
        return refuse(Rule::Con1, "the first member is not manifest.cbor");
    };
    let manifest_cose = archive.member(Member::ManifestSignatures)?;
    let delivery = archive.member(Member::Delivery)?;
    let delivery_cose = match delivery {
        Some(_) => archive.member(Member::DeliverySignatures)?,
        None => None,
    };
    // What is absent was missed by name: what is there instead must have its place here.
    archive.next_follows_statements()?;
    Ok(Unverified { received: Received { manifest, manifest_cose, delivery, delivery_cose }, archive })
}

impl<R: Read> Unverified<R> {
    /// Checks signatures, statements, separation and policy. The payload is still unread; each
    /// chunk of it is checked before it is handed out.
    ///
    /// # Errors
    ///
    /// The first rule that the package breaks: SIG for signatures, KEY-6 where the keyring is too old, CBR, MAN and
    /// the families of SPEC 7 for what the statements say, POL for what the policy does not allow.
    pub fn verify(self, keyring: &Keyring, policy: &Policy) -> Result<Verified<R>> {
        let statements = self.received.verify(keyring, policy)?;
        Verified::new(statements, self.archive)
    }

    /// Applies every check but signatures, to the end of the archive. It proves nothing about who
    /// made the package, so it hands out nothing.
    ///
    /// # Errors
    ///
    /// The first rule but those of signatures that the package breaks, or what keeps the reader from reading.
    pub fn check_form(self) -> Result<()> {
        Verified::new(self.received.unsigned()?, self.archive)?.finish().map(|_| ())
    }

    /// Reads the package without a keyring, to show or compare it. **It is not verified.** Every check but
    /// those of signatures is made: digests are compared with what the package itself says.
    ///
    /// # Errors
    ///
    /// The first rule but those of signatures that the statements break, and POL-1.
    pub fn danger_preview_unverified(self, policy: &Policy) -> Result<Preview<R>> {
        let statements = self.received.unsigned()?;
        bounded(statements.delivery(), policy)?;
        Ok(Preview::new(Verified::new(statements, self.archive)?, false))
    }

    /// How many bytes of the package were read: the place of the next header.
    pub fn position(&self) -> u64 {
        self.archive.position()
    }

    /// How many bytes of the package hold its statements and the block after them: what an entry of a repository gives as
    /// `front`. As many bytes can be opened and verified, but for the payload.
    pub fn front(&self) -> u64 {
        self.position().saturating_add(BLOCK_LEN)
    }

    /// What the package says of itself. **It is not verified**: for display only, and only marked as
    /// unverified.
    pub fn unverified_statements(&self) -> UnverifiedStatements {
        self.received.claims()
    }

    /// Whether each signature counts; without a keyring every key is unknown. For display only.
    ///
    /// # Errors
    ///
    /// SIG-5 to SIG-13, where a signature structure is not in its form.
    pub fn signatures(&self, keyring: Option<&Keyring>) -> Result<Vec<SignatureReport>, Refusal> {
        let manifest = (StatementKind::Manifest, Some(&self.received.manifest), &self.received.manifest_cose);
        let delivery =
            (StatementKind::Delivery, self.received.delivery.as_ref(), &self.received.delivery_cose);
        let mut all = Vec::new();
        for (kind, statement, cose) in [manifest, delivery] {
            if let Some(statement) = statement {
                all.extend(signers::report(keyring, kind, statement, cose.as_deref())?);
            }
        }
        // Whether a key may sign this depends on the manifest; one that cannot be read is refused anyway.
        if let (Some(keyring), Ok(manifest)) = (keyring, self.received.claims().manifest) {
            signers::entitled(&mut all, keyring, &manifest);
        }
        Ok(all)
    }

    /// The bytes of a statement's signature structure as received.
    pub fn received_signatures(&self, kind: StatementKind) -> Option<&[u8]> {
        match kind {
            StatementKind::Manifest => self.received.manifest_cose.as_deref(),
            StatementKind::Delivery => self.received.delivery_cose.as_deref(),
            StatementKind::Keyring | StatementKind::Head => None,
        }
    }

    /// Whether each statement has a signature structure: manifest, then delivery. A delivery that
    /// is not there counts as signed.
    pub fn is_signed(&self) -> (bool, bool) {
        let delivery = self.received.delivery.is_none() || self.received.delivery_cose.is_some();
        (self.received.manifest_cose.is_some(), delivery)
    }

    /// The digest of the manifest bytes as received.
    pub fn manifest_digest(&self) -> Digest {
        Digest::of(&self.received.manifest)
    }

    /// The bytes of a statement as received, for showing them in another tool.
    pub fn received(&self, kind: StatementKind) -> Option<&[u8]> {
        match kind {
            StatementKind::Manifest => Some(&self.received.manifest),
            StatementKind::Delivery => self.received.delivery.as_deref(),
            StatementKind::Keyring | StatementKind::Head => None,
        }
    }
}
