//! Writing and rewriting package files: members in order, beside the name they will have, renamed
//! when all is well.

use crate::error::{Error, Result};
use crate::input::Input;
use crate::keys::{Signer, sign_statement};
use pkg_files::{AtomicFile, Durability, Rights, open_regular, real_target};
use pkg_format::Digest;
use pkg_format::container::{BLOCK_LEN, Member};
use pkg_format::cose::{self, Signature, StatementKind};
use pkg_verify::{ReadAt, Unverified};
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The largest buffer that is written at once.
const BUFFER: usize = 1 << 20;

/// A file beside `path` that becomes it by [`keep`], and vanishes otherwise.
pub(crate) fn beside(path: &Path) -> Result<AtomicFile> {
    AtomicFile::create(path, Rights::Usual).map_err(|e| Error::file("write", path, e))
}

/// Gives the file its name. It may replace the only copy: its bytes are safe before its name is.
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

/// A stretch of a file that holds more: the stored bytes of one payload.
#[derive(Clone, Copy)]
pub(crate) struct Part<'a> {
    pub(crate) file: &'a File,
    pub(crate) at: u64,
    pub(crate) size: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.size).map_or(buffer.len(), |left| left.min(buffer.len()));
        let n = self.file.read_at(self.at, buffer.get_mut(..room).unwrap_or_default())?;
        let read = u64::try_from(n).unwrap_or(u64::MAX);
        (self.at, self.size) = (self.at.saturating_add(read), self.size.saturating_sub(read));
        Ok(n)
    }
}

/// What goes into a package file: statements, payloads, evidence (index in the manifest and file).
pub(crate) struct Members<'a> {
    pub(crate) manifest: &'a Sealed,
    pub(crate) delivery: Option<&'a Sealed>,
    pub(crate) payloads: &'a [Part<'a>],
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
pub(crate) struct Sealed {
    pub(crate) statement: Vec<u8>,
    pub(crate) signatures: Option<Vec<u8>>,
}

impl Sealed {
    /// Signs a statement with every signer. Without one it stays unsigned.
    pub(crate) fn by(signers: &[&dyn Signer], kind: StatementKind, statement: Vec<u8>) -> Result<Sealed> {
        let mut signatures = Vec::new();
        for signer in signers {
            let signature = sign_statement(*signer, kind, &statement)?;
            if !signatures.iter().any(|s: &Signature| s.key == signature.key) {
                signatures.push(signature);
            }
        }
        Sealed::with(kind, statement, &signatures)
    }

    /// A statement with these signatures; none leaves it unsigned. What is written can be read:
    /// too many signatures are refused here, not by the devices.
    pub(crate) fn with(kind: StatementKind, statement: Vec<u8>, signatures: &[Signature]) -> Result<Sealed> {
        let digest = Digest::of(&statement);
        let signatures = match signatures.is_empty() {
            true => None,
            false => {
                let bytes = cose::encode(kind, &digest, signatures);
                cose::decode(&bytes, kind, &digest)?;
                Some(bytes)
            }
        };
        Ok(Sealed { statement, signatures })
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

/// Where a manifest and its signatures stand.
const MANIFEST: (Member, Member) = (Member::Manifest, Member::ManifestSignatures);

/// Where a delivery and its signatures stand.
const DELIVERY: (Member, Member) = (Member::Delivery, Member::DeliverySignatures);

/// Writes a file with `write` beside `path` and gives it that name when all is well.
pub(crate) fn write_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let mut buffered = io::BufWriter::with_capacity(BUFFER, beside(path)?);
    write(&mut buffered).map_err(|e| Error::file("write", path, e))?;
    let file = buffered.into_inner().map_err(|e| Error::file("write", path, e.into_error()))?;
    keep(file, path)
}

/// Reads an open file from its start, whoever else reads it.
struct Forward {
    file: Arc<File>,
    at: u64,
}

impl Read for Forward {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.file.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        Ok(n)
    }
}

/// A package that is to get another signature.
pub struct Signable {
    path: PathBuf,
    /// Where a link leads: it is the package that gets the signature, and the link stays.
    real: PathBuf,
    file: Arc<File>,
    length: u64,
    unverified: Unverified<BufReader<Forward>>,
}

impl Signable {
    /// Opens a package and applies every check but signatures: what gets signed is whole.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn open(path: &Path) -> Result<Signable> {
        let package = |error| match error {
            pkg_verify::Error::Io(error) => Error::file("read", path, error),
            error => Error::Package { what: "package", path: path.into(), error },
        };
        let read = |e| Error::file("read", path, e);
        let real = real_target(path).map_err(read)?;
        // Opened once: what is checked is what is copied, whatever gets its name meanwhile.
        let file = open_regular(&real).map_err(read)?;
        let length = file.metadata().map_err(read)?.len();
        let file = Arc::new(file);
        let open = || {
            let reader = Forward { file: Arc::clone(&file), at: 0 };
            pkg_verify::open(BufReader::new(reader)).map_err(package)
        };
        let (checked, unverified) = (open()?, open()?);
        let statements = |p: &Unverified<_>| {
            [StatementKind::Manifest, StatementKind::Delivery].map(|k| p.received(k).map(Digest::of))
        };
        if statements(&checked) != statements(&unverified) {
            return Err(read(io::Error::other("the file changed while it was read")));
        }
        checked.check_form().map_err(package)?;
        Ok(Signable { path: path.into(), real, file, length, unverified })
    }

    /// The path it was opened from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The bytes of a statement.
    pub fn statement(&self, kind: StatementKind) -> Option<&[u8]> {
        self.unverified.received(kind)
    }

    /// Whether a statement has a signature.
    pub fn is_signed(&self, kind: StatementKind) -> bool {
        self.unverified.received_signatures(kind).is_some()
    }

    /// What the package says of itself.
    pub fn claims(&self) -> pkg_verify::Claims {
        self.unverified.claims_unverified()
    }

    /// Writes the package with one more signature to `to`, which may be where it came from.
    pub fn write_signed(&self, kind: StatementKind, signature: &Signature, to: &Path) -> Result<()> {
        let sealed = |kind: StatementKind, add: Option<&Signature>| -> Result<Option<Sealed>> {
            let Some(statement) = self.unverified.received(kind) else { return Ok(None) };
            let digest = Digest::of(statement);
            let mut all = match self.unverified.received_signatures(kind) {
                Some(bytes) => cose::decode(bytes, kind, &digest)?,
                None => Vec::new(),
            };
            if let Some(signature) = add {
                all.retain(|s| s.key != signature.key);
                all.push(signature.clone());
            }
            Sealed::with(kind, statement.to_vec(), &all).map(Some)
        };
        let add = |of: StatementKind| (of == kind).then_some(signature);
        let manifest = sealed(StatementKind::Manifest, add(StatementKind::Manifest))?;
        let delivery = sealed(StatementKind::Delivery, add(StatementKind::Delivery))?;
        // What follows is copied as it is, but for the end, which the archive writes itself.
        let at = self.unverified.position();
        let mut rest =
            Part { file: &self.file, at, size: self.length.saturating_sub(at).saturating_sub(2 * BLOCK_LEN) };
        // In place is where the package is, not where a link to it is.
        write_file(if to == self.path { &self.real } else { to }, |out| {
            let mut archive = tar::Builder::new(out);
            for (members, sealed) in [(MANIFEST, &manifest), (DELIVERY, &delivery)] {
                if let Some(sealed) = sealed {
                    sealed.write(&mut archive, members)?;
                }
            }
            io::copy(&mut rest, archive.get_mut())?;
            archive.into_inner().map(drop)
        })
    }
}
