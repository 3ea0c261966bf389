//! Packages that were released before: verified, never just believed.

use crate::error::{Error, Result};
use pkg_format::manifest::{Manifest, Product, Release};
use pkg_format::{Digest, Id};
use pkg_verify::{Keyring, Policy};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A manifest that was signed before.
#[derive(Debug, Clone)]
pub(crate) struct Prior {
    pub(crate) manifest: Manifest,
    pub(crate) digest: Digest,
    /// Where it was read from.
    pub(crate) path: PathBuf,
}

/// Reads and verifies packages that a description names.
pub(crate) struct Archive<'a> {
    /// The folder of the description; paths are relative to it.
    pub(crate) dir: &'a Path,
    /// Who is trusted to have signed them.
    pub(crate) keyring: Option<&'a Keyring>,
}

impl Archive<'_> {
    /// The path that a description means.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.join(name)
    }

    /// Reads one package. Only its statements: no payload is looked at.
    pub(crate) fn read(&self, name: &str) -> Result<Prior> {
        self.open(&self.path(name))
    }

    fn open(&self, path: &Path) -> Result<Prior> {
        let Some(keyring) = self.keyring else {
            let why =
                format!("{} cannot be verified: this build has neither keyring nor key", path.display());
            return Err(Error::Missing(why));
        };
        let file = File::open(path).map_err(|e| Error::file("read", path, e))?;
        let verified =
            pkg_verify::open(BufReader::new(file)).and_then(|p| p.verify(keyring, &Policy::default()));
        let package = |error| match error {
            pkg_verify::Error::Io(error) => Error::file("read", path, error),
            error => Error::Package { what: "earlier package", path: path.into(), error },
        };
        let verified = verified.map_err(package)?;
        Ok(Prior {
            manifest: verified.manifest().clone(),
            digest: verified.manifest_digest(),
            path: path.into(),
        })
    }

    /// Reads every package of a folder, in the order of the names.
    pub(crate) fn read_all(&self, name: &str) -> Result<Vec<Prior>> {
        let dir = self.path(name);
        let entries = std::fs::read_dir(&dir).map_err(|e| Error::file("read", &dir, e))?;
        let mut paths = Vec::new();
        for entry in entries {
            let path = entry.map_err(|e| Error::file("read", &dir, e))?.path();
            if path.extension().is_some_and(|e| e == "pkg") {
                paths.push(path);
            }
        }
        paths.sort();
        paths.iter().map(|path| self.open(path)).collect()
    }
}

impl Prior {
    /// The release, if this is one of the same product.
    pub(crate) fn release_of(&self, vendor: &str, name: &str) -> Option<&Release> {
        let product = self.product();
        let same = product.vendor.as_str() == vendor && product.name.as_str() == name;
        self.manifest.release().filter(|_| same)
    }

    pub(crate) fn product(&self) -> &Product {
        &self.manifest.common().product
    }

    pub(crate) fn sequence(&self) -> u64 {
        self.manifest.common().sequence
    }

    /// The digest of the state that it leads into; for words, that of the manifest.
    pub(crate) fn state(&self) -> Digest {
        self.manifest.release().map_or(self.digest, |r| r.state(self.product()))
    }

    /// Whether it is a release on this line of this scope.
    pub(crate) fn on(&self, scope: &str, line: &str) -> bool {
        let is = |id: &Id, text: &str| id.as_str() == text;
        self.manifest.release().is_some_and(|r| is(&r.identity.scope, scope) && is(&r.identity.line, line))
    }
}
