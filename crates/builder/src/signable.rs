//! Adding a signature to a package.

use crate::error::{Error, Result};
use crate::package::{DELIVERY, MANIFEST, Part, SignedStatement, write_file};
use pkg_files::{open_regular, real_target};
use pkg_format::Digest;
use pkg_format::container::BLOCK_LEN;
use pkg_format::cose::{self, Signature, StatementKind};
use pkg_verify::Unverified;
use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A package to add a signature to.
pub struct Signable {
    path: PathBuf,
    /// Where a link leads: the package gets the signature, and the link stays.
    real: PathBuf,
    file: Arc<File>,
    length: u64,
    unverified: Unverified<BufReader<Part<Arc<File>>>>,
}

impl Signable {
    /// Opens a package and applies every check but signatures, so that only a whole package is signed.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn open(path: &Path) -> Result<Signable> {
        let package = |error| Error::package("package", path, error);
        let read = |e| Error::file("read", path, e);
        let real = real_target(path).map_err(read)?;
        // Opened once, so that what is checked is what is copied, even if another file gets its name.
        let file = open_regular(&real).map_err(read)?;
        let length = file.metadata().map_err(read)?.len();
        let file = Arc::new(file);
        let open = || pkg_verify::open(BufReader::new(Part::whole(Arc::clone(&file)))).map_err(package);
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

    /// What the package claims; not verified.
    pub fn claims(&self) -> pkg_verify::UnverifiedStatements {
        self.unverified.unverified_statements()
    }

    /// Writes the package with one more signature to `to`, which may be the path it was opened from.
    ///
    /// # Errors
    /// It cannot be read or written, or would have too many signatures.
    pub fn write_signed(&self, kind: StatementKind, signature: &Signature, to: &Path) -> Result<()> {
        let sealed = |kind: StatementKind, add: Option<&Signature>| -> Result<Option<SignedStatement>> {
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
            SignedStatement::with(kind, statement.to_vec(), &all).map(Some)
        };
        let add = |of: StatementKind| (of == kind).then_some(signature);
        let manifest = sealed(StatementKind::Manifest, add(StatementKind::Manifest))?;
        let delivery = sealed(StatementKind::Delivery, add(StatementKind::Delivery))?;
        // The rest is copied, except the end of the archive, which is written again.
        let at = self.unverified.position();
        let mut rest = Part {
            file: &*self.file,
            at,
            size: self.length.saturating_sub(at).saturating_sub(2 * BLOCK_LEN),
        };
        // To change it in place means to change the package, not a link to it.
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
