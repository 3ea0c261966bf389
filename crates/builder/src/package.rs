//! Writing package files: members in order, into a file that gets its name when it is whole.

use crate::built::PackageOutcome;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::keys::{Signer, sign_statement};
use pkg_files::{AtomicFile, Durability, Rights};
use pkg_format::Digest;
use pkg_format::container::Member;
use pkg_format::cose::{self, Signature, StatementKind};
use pkg_format::delivery::Payload;
use pkg_verify::ReadAt;
use std::fs::File;
use std::io::{self, Read, Write};
use std::ops::Deref;
use std::path::Path;

/// The largest buffer that is written at once.
const BUFFER: usize = 1 << 20;

/// A file beside `path` that becomes it by [`keep`], and is removed otherwise.
pub(crate) fn beside(path: &Path) -> Result<AtomicFile> {
    AtomicFile::create(path, Rights::Usual).map_err(|e| Error::file("write", path, e))
}

/// Gives the file its name. It may replace the only copy, so its bytes are synced first.
pub(crate) fn keep(file: AtomicFile, path: &Path) -> Result<()> {
    file.commit(Durability::PowerCut).map_err(|e| Error::file("write", path, e))
}

/// Writes one member through the `tar` crate, with the one header there is for it.
pub(crate) fn member(
    archive: &mut tar::Builder<impl Write>,
    member: Member,
    size: u64,
    bytes: impl Read,
) -> io::Result<()> {
    let block = member.header(size).ok_or_else(|| io::Error::other("a member has 8 GiB or more"))?;
    let mut header = tar::Header::new_ustar();
    header.as_mut_bytes().copy_from_slice(&block);
    archive.append(&header, bytes)
}

/// A part of an open file, such as the stored bytes of one payload. It has a position of its own, so that others may
/// read the file at the same time.
#[derive(Clone, Copy)]
pub(crate) struct Part<F> {
    pub(crate) file: F,
    pub(crate) at: u64,
    pub(crate) size: u64,
}

impl<F> Part<F> {
    /// A file from its start to its end.
    pub(crate) fn whole(file: F) -> Self {
        Part { file, at: 0, size: u64::MAX }
    }
}

impl<F: Deref<Target = File>> Read for Part<F> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.size).map_or(buffer.len(), |left| left.min(buffer.len()));
        let n = self.file.read_at(self.at, buffer.get_mut(..room).unwrap_or_default())?;
        let read = u64::try_from(n).unwrap_or(u64::MAX);
        (self.at, self.size) = (self.at.saturating_add(read), self.size.saturating_sub(read));
        Ok(n)
    }
}

/// A payload, and where its stored bytes are.
pub(crate) type StoredPayload<'a> = (Payload, Part<&'a File>);

/// What goes into a package file: statements, payloads, evidence (index in the manifest and file).
pub(crate) struct Members<'a> {
    pub(crate) manifest: &'a SignedStatement,
    pub(crate) delivery: Option<&'a SignedStatement>,
    pub(crate) payloads: &'a [Part<&'a File>],
    pub(crate) evidence: &'a [(u64, Input)],
}

impl Members<'_> {
    pub(crate) fn write(&self, file: &mut impl Write, to: &Path) -> Result<()> {
        let failed = |e| Error::file("write", to, e);
        let mut archive = tar::Builder::new(io::BufWriter::with_capacity(BUFFER, file));
        self.manifest.write(&mut archive, MANIFEST).map_err(failed)?;
        if let Some(delivery) = self.delivery {
            delivery.write(&mut archive, DELIVERY).map_err(failed)?;
        }
        for (index, part) in self.payloads.iter().enumerate() {
            member(&mut archive, Member::Payload(index), part.size, *part).map_err(failed)?;
        }
        for (place, (_, input)) in self.evidence.iter().enumerate() {
            let file = input.open()?;
            let size = file.metadata().map_err(|e| Error::file("read", input.to_path_buf(), e))?.len();
            member(&mut archive, Member::Evidence(place), size, file.take(size)).map_err(failed)?;
        }
        archive.into_inner().and_then(|mut out| out.flush()).map_err(failed)
    }
}

/// A statement and its signatures, ready to be written.
pub(crate) struct SignedStatement {
    pub(crate) statement: Vec<u8>,
    pub(crate) signatures: Option<Vec<u8>>,
}

impl SignedStatement {
    /// Signs a statement with every signer. Without one it stays unsigned.
    pub(crate) fn by(
        signers: &[&dyn Signer],
        kind: StatementKind,
        statement: Vec<u8>,
    ) -> Result<SignedStatement> {
        let mut signatures = Vec::new();
        for signer in signers {
            let signature = sign_statement(*signer, kind, &statement)?;
            if !signatures.iter().any(|s: &Signature| s.key == signature.key) {
                signatures.push(signature);
            }
        }
        SignedStatement::with(kind, statement, &signatures)
    }

    /// A statement with these signatures; without any it stays unsigned. Too many signatures are refused here, and not
    /// only by devices.
    pub(crate) fn with(
        kind: StatementKind,
        statement: Vec<u8>,
        signatures: &[Signature],
    ) -> Result<SignedStatement> {
        let digest = Digest::of(&statement);
        let signatures = match signatures.is_empty() {
            true => None,
            false => {
                let bytes = cose::encode(kind, &digest, signatures);
                cose::decode(&bytes, kind, &digest)?;
                Some(bytes)
            }
        };
        Ok(SignedStatement { statement, signatures })
    }

    /// The outcome for a package with this manifest.
    pub(crate) fn outcome(&self) -> PackageOutcome {
        match self.signatures {
            Some(_) => PackageOutcome::Signed,
            None => PackageOutcome::Unsigned,
        }
    }

    pub(crate) fn write(
        &self,
        archive: &mut tar::Builder<impl Write>,
        (cbor, cose): (Member, Member),
    ) -> io::Result<()> {
        let len = |b: &[u8]| u64::try_from(b.len()).unwrap_or(u64::MAX);
        member(archive, cbor, len(&self.statement), self.statement.as_slice())?;
        match &self.signatures {
            Some(bytes) => member(archive, cose, len(bytes), bytes.as_slice()),
            None => Ok(()),
        }
    }
}

/// The members of a manifest and its signatures.
pub(crate) const MANIFEST: (Member, Member) = (Member::Manifest, Member::ManifestSignatures);

/// The members of a delivery and its signatures.
pub(crate) const DELIVERY: (Member, Member) = (Member::Delivery, Member::DeliverySignatures);

/// Writes a file with `write`, beside `path`, and renames it when all is well.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut buffered = io::BufWriter::with_capacity(BUFFER, beside(path)?);
    write(&mut buffered).map_err(|e| Error::file("write", path, e))?;
    let file = buffered.into_inner().map_err(|e| Error::file("write", path, e.into_error()))?;
    keep(file, path)
}
