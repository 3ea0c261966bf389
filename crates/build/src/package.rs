//! Writing and rewriting package files: members in order, beside the name they will have, renamed
//! when all is well.

use crate::error::{Error, Result};
use crate::keys::{Signer, sign_statement};
use pkg_format::Digest;
use pkg_format::container::{BLOCK_LEN, Member};
use pkg_format::cose::{self, Signature, StatementKind};
use pkg_verify::{ReadAt, Unverified};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The largest buffer that is written at once.
const BUFFER: usize = 1 << 20;

/// The folder that a path is in.
pub(crate) fn folder(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// A file beside `path` that becomes it by [`keep`], and vanishes otherwise.
pub(crate) fn beside(path: &Path) -> Result<NamedTempFile> {
    let dir = folder(path);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".pkg-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(match std::fs::metadata(path) {
        Ok(there) => there.permissions(),
        // As any new file: the umask takes its part away.
        Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o666),
    });
    builder.tempfile_in(dir).map_err(|e| Error::file("create a file in", dir, e))
}

/// Gives the file its name, in place of whatever had it.
pub(crate) fn keep(file: NamedTempFile, path: &Path) -> Result<()> {
    file.persist(path).map(drop).map_err(|e| Error::file("write", path, e.error))
}

/// Writes one member through the `tar` crate, with the one header there is for it.
pub(crate) fn member(
    archive: &mut tar::Builder<impl Write>,
    member: Member,
    size: u64,
    bytes: impl Read,
) -> io::Result<()> {
    let block = member.header(size).ok_or_else(|| io::Error::other("a member of 8 GiB or more"))?;
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
    pub(crate) evidence: &'a [(u64, PathBuf)],
}

impl Members<'_> {
    pub(crate) fn write(&self, file: &mut impl Write) -> io::Result<()> {
        let mut archive = tar::Builder::new(io::BufWriter::with_capacity(BUFFER, file));
        self.manifest.write(&mut archive, MANIFEST)?;
        if let Some(delivery) = self.delivery {
            delivery.write(&mut archive, DELIVERY)?;
        }
        for (index, part) in self.payloads.iter().enumerate() {
            member(&mut archive, Member::Payload(index), part.size, *part)?;
        }
        for (place, (_, path)) in self.evidence.iter().enumerate() {
            let file = File::open(path)?;
            let size = file.metadata()?.len();
            member(&mut archive, Member::Evidence(place), size, file.take(size))?;
        }
        archive.into_inner()?.flush()
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
    let file = beside(path)?;
    let mut buffered = io::BufWriter::with_capacity(BUFFER, file);
    write(&mut buffered).map_err(|e| Error::file("write", path, e))?;
    let file = buffered.into_inner().map_err(|e| Error::file("write", path, e.into_error()))?;
    // It may replace the only copy: its bytes are safe before its name is.
    file.as_file().sync_all().map_err(|e| Error::file("write", path, e))?;
    keep(file, path)
}

/// A package that is to get another signature.
pub struct Signable {
    path: PathBuf,
    unverified: Unverified<BufReader<File>>,
}

impl Signable {
    /// Opens a package and applies every check but signatures: what gets signed is whole.
    pub fn open(path: &Path) -> Result<Signable> {
        let package = |error| match error {
            pkg_verify::Error::Io(error) => Error::file("read", path, error),
            error => Error::Package { what: "package", path: path.into(), error },
        };
        let open = || -> Result<_> {
            let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
            pkg_verify::open(BufReader::new(file)).map_err(package)
        };
        let (checked, unverified) = (open()?, open()?);
        let statements = |p: &Unverified<_>| {
            [StatementKind::Manifest, StatementKind::Delivery].map(|k| p.received(k).map(Digest::of))
        };
        if statements(&checked) != statements(&unverified) {
            return Err(Error::file("read", path, io::Error::other("the file changes while it is read")));
        }
        checked.check_form().map_err(package)?;
        Ok(Signable { path: path.into(), unverified })
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
        let read = |e| Error::file("read", &self.path, e);
        let mut rest = File::open(&self.path).map_err(read)?;
        let start = rest.seek(SeekFrom::Start(self.unverified.position())).map_err(read)?;
        let length = rest.metadata().map_err(read)?.len().saturating_sub(start).saturating_sub(2 * BLOCK_LEN);
        write_file(to, |out| {
            let mut archive = tar::Builder::new(out);
            for (members, sealed) in [(MANIFEST, &manifest), (DELIVERY, &delivery)] {
                if let Some(sealed) = sealed {
                    sealed.write(&mut archive, members)?;
                }
            }
            io::copy(&mut rest.take(length), archive.get_mut())?;
            archive.into_inner().map(drop)
        })
    }
}
