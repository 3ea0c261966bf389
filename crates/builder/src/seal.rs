//! Sealing: what belongs into one package is signed, written and verified, the same way for full packages, deltas,
//! notices and withdrawals.

use crate::error::{Error, Result};
use crate::input::Input;
use crate::options::PackageOptions;
use crate::package::{self, Members, SignedStatement, StoredPayload};
use crate::self_check::SelfCheck;
use pkg_files::AtomicFile;
use pkg_format::Digest;
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Delivery, DeliveryKind};
use pkg_format::manifest::Manifest;
use std::path::Path;

/// What goes into one package.
pub(crate) struct Contents<'a> {
    pub(crate) manifest: &'a Manifest,
    /// The manifest as a statement, with its signatures.
    pub(crate) signed: &'a SignedStatement,
    pub(crate) kind: DeliveryKind,
    /// The payloads in the order of the manifest, and where their stored bytes are.
    pub(crate) payloads: Vec<StoredPayload<'a>>,
    /// Documents to embed, by their index in the manifest.
    pub(crate) evidence: &'a [(u64, Input)],
}

/// A package that passed its self-check and has no name yet.
pub(crate) struct Sealed {
    pub(crate) file: AtomicFile,
    /// Bytes of the file.
    pub(crate) size: u64,
}

impl Contents<'_> {
    /// Signs the delivery, writes the package beside `path`, and verifies what was written.
    pub(crate) fn seal(
        self,
        path: &Path,
        check: &SelfCheck<'_>,
        options: &PackageOptions<'_>,
    ) -> Result<Sealed> {
        let Contents { manifest, signed, kind, payloads, evidence } = self;
        let (payloads, parts): (Vec<_>, Vec<_>) = payloads.into_iter().unzip();
        let delivery = manifest.release().map(|_| Delivery {
            manifest: Digest::of(&signed.statement),
            kind,
            payloads,
            evidence: evidence.iter().map(|(index, _)| *index).collect(),
        });
        let delivery = delivery.map(|d| sign(&d, manifest, options)).transpose()?;
        let members = Members { manifest: signed, delivery: delivery.as_ref(), payloads: &parts, evidence };
        let mut file = package::beside(path)?;
        members.write(&mut file, path)?;
        check.check(file.file(), path, options)?;
        let size = file.file().metadata().map_err(|e| Error::file("read", path, e))?.len();
        Ok(Sealed { file, size })
    }
}

/// Signs a delivery, if a verifier accepts it.
fn sign(delivery: &Delivery, manifest: &Manifest, options: &PackageOptions<'_>) -> Result<SignedStatement> {
    let bytes = delivery.to_tree().to_bytes();
    Delivery::decode(&bytes, manifest, delivery.manifest)?;
    SignedStatement::by(options.delivery_signers, StatementKind::Delivery, bytes)
}
