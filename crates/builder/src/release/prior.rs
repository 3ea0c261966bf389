//! Packages that were released before. They are always verified.

use crate::error::{Error, Result};
use crate::input::{Input, file_name};
use pkg_decide::{DeviceState, Installed, Scope};
use pkg_files::Roots;
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::{Manifest, Product, Release};
use pkg_format::{Digest, Id};
use pkg_verify::{Keyring, Policy, Verified};
use std::io::{BufReader, Read};
use std::path::Path;

/// A manifest that was signed before.
#[derive(Debug, Clone)]
pub(crate) struct Prior {
    pub(crate) manifest: Manifest,
    pub(crate) digest: Digest,
    /// Where it was read from.
    pub(crate) path: Input,
    /// Whether its images are all in it: it is a full package of a release.
    pub(crate) is_full: bool,
}

/// Reads and verifies packages that a description names.
pub(crate) struct PriorPackages<'a> {
    /// Where files that a description names may lie; without a description none is named.
    pub(crate) roots: Option<&'a Roots>,
    /// Another folder with earlier packages, by their file names.
    pub(crate) elsewhere: Option<&'a Roots>,
    /// Who is trusted to have signed them.
    pub(crate) keyring: Option<&'a Keyring>,
    /// What happens without a keyring.
    pub(crate) unverified: Unverified,
}

/// Whether packages are read although no keyring is given to check their signatures.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unverified {
    /// They are refused.
    Refuse,
    /// What they say is taken for true, to look for faults; nothing is built from it.
    Believe,
}

impl PriorPackages<'_> {
    /// No packages at all.
    pub(crate) fn none() -> PriorPackages<'static> {
        PriorPackages { roots: None, elsewhere: None, keyring: None, unverified: Unverified::Refuse }
    }

    /// The file that a description names.
    pub(crate) fn input(&self, name: &str) -> Result<Input> {
        match self.roots {
            Some(roots) => Input::described(roots, name),
            None => Ok(Input::given(Path::new(name))),
        }
    }

    /// Reads the statements of one package, and no payload.
    pub(crate) fn read(&self, name: &str) -> Result<Prior> {
        if self.keyring.is_none() && self.unverified == Unverified::Refuse {
            self.trusted(Path::new(name))?;
        }
        self.open(self.package(name)?)
    }

    /// The package that a description names: where it says, or else the one of that file name elsewhere.
    pub(crate) fn package(&self, name: &str) -> Result<Input> {
        let found = self.input(name);
        match (&found, self.elsewhere, file_name(name)) {
            (Err(_), Some(elsewhere), Some(file)) => Input::described(elsewhere, &file).or(found),
            _ => found,
        }
    }

    /// Like [`PriorPackages::read`], for a file that was found already.
    pub(crate) fn open(&self, path: Input) -> Result<Prior> {
        if self.keyring.is_none() && self.unverified == Unverified::Believe {
            return believed(path);
        }
        self.trusted(&path)?;
        let verified = self.verify(BufReader::new(path.open()?), &path, EARLIER)?;
        Ok(Prior {
            manifest: verified.manifest().clone(),
            digest: verified.manifest_digest(),
            path,
            is_full: verified.delivery().is_some_and(|d| d.kind == DeliveryKind::Full),
        })
    }

    /// Verifies the statements of a package; its payload is still unread.
    pub(crate) fn verify<R: Read>(&self, package: R, path: &Path, what: &'static str) -> Result<Verified<R>> {
        let opened = pkg_verify::open(package).map_err(|e| Error::package(what, path, e))?;
        self.judged(opened, path, what)
    }

    /// Like [`PriorPackages::verify`], for a package that was opened already.
    pub(crate) fn judged<R: Read>(
        &self,
        package: pkg_verify::Unverified<R>,
        path: &Path,
        what: &'static str,
    ) -> Result<Verified<R>> {
        package.verify(self.trusted(path)?, &Policy::default()).map_err(|e| Error::package(what, path, e))
    }

    fn trusted(&self, path: &Path) -> Result<&Keyring> {
        self.keyring.ok_or_else(|| {
            let why = "cannot be verified: neither a keyring nor a key was given";
            Error::Missing(format!("{} {why}", path.display()))
        })
    }

    /// Every package of the folder that is named, and of the one elsewhere.
    pub(crate) fn known(&self, name: Option<&str>) -> Result<Vec<Prior>> {
        // In a fresh checkout, the folder of a person may be missing.
        let is_missing = |name: &&str| {
            self.elsewhere.is_some() && self.roots.is_some_and(|roots| !roots.dir().join(name).exists())
        };
        let folder = name.filter(|name| !is_missing(name));
        let mut all = folder.map_or_else(|| Ok(Vec::new()), |name| self.read_all(name))?;
        if let Some(elsewhere) = self.elsewhere {
            let archive = PriorPackages { roots: Some(elsewhere), elsewhere: None, ..*self };
            let listed = archive.read_all(".")?;
            all.extend(
                listed.into_iter().filter(|l| !all.iter().any(|a| a.digest == l.digest)).collect::<Vec<_>>(),
            );
        }
        Ok(all)
    }

    /// Reads every package of a folder, in the order of the names.
    pub(crate) fn read_all(&self, name: &str) -> Result<Vec<Prior>> {
        let dir = self.input(name)?;
        let read = |e| Error::file("read", dir.to_path_buf(), e);
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&*dir).map_err(read)? {
            let file = Path::new(name).join(entry.map_err(read)?.file_name());
            if file.extension().is_some_and(|e| e == "pkg") {
                names.push(file.into_os_string().into_string().map_err(|_| {
                    read(std::io::Error::new(std::io::ErrorKind::InvalidData, "a name in it is not UTF-8"))
                })?);
            }
        }
        names.sort();
        names.iter().map(|name| self.read(name)).collect()
    }
}

/// Reads the statements of a package without checking its signatures.
fn believed(path: Input) -> Result<Prior> {
    let failed = |e| Error::package(EARLIER, &path, e);
    let opened = pkg_verify::open(BufReader::new(path.open()?)).map_err(failed)?;
    let preview = opened.danger_preview_unverified(&Policy::default()).map_err(failed)?;
    Ok(Prior {
        manifest: preview.manifest().clone(),
        digest: preview.manifest_digest(),
        is_full: preview.delivery().is_some_and(|d| d.kind == DeliveryKind::Full),
        path,
    })
}

/// What earlier packages are called in messages.
const EARLIER: &str = "earlier package";

impl Prior {
    /// A release that is being built, as if it had been signed.
    pub(crate) fn unsigned(manifest: &Manifest) -> Prior {
        Prior {
            manifest: manifest.clone(),
            digest: Digest::of(&manifest.to_tree().to_bytes()),
            path: Input::given(Path::new("")),
            is_full: true,
        }
    }

    /// A device that runs this release and also declares the components of `next`, since this cannot know whether
    /// devices have a new component. `None` for a notice or a withdrawal.
    pub(crate) fn device(&self, next: &Manifest) -> Option<DeviceState> {
        let (common, release) = (self.manifest.common(), self.manifest.release()?);
        let installed = Installed {
            line: release.identity.line.clone(),
            sequence: common.sequence,
            feature_level: release.identity.feature_level,
            security_level: release.identity.security_level,
            manifest: Some(self.digest),
            images: release.images.iter().map(|i| (i.component.clone(), i.sha256)).collect(),
            signed: None,
            disowned: None,
        };
        let mut scope = Scope::running(release.identity.scope.clone(), installed);
        let new = next.release().map_or(&[][..], |r| &r.images);
        scope.components.extend(new.iter().map(|i| i.component.clone()));
        Some(DeviceState {
            vendor: common.product.vendor.clone(),
            name: common.product.name.clone(),
            hardware: common.product.hardware.clone(),
            scopes: vec![scope],
        })
    }

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

    /// The digest of the state that it leads to; of a notice or a withdrawal, the digest of the manifest.
    pub(crate) fn state(&self) -> Digest {
        self.manifest.release().map_or(self.digest, |r| r.state(self.product()))
    }

    /// Whether it is a release on this line of this scope.
    pub(crate) fn on(&self, scope: &str, line: &str) -> bool {
        let is = |id: &Id, text: &str| id.as_str() == text;
        self.manifest.release().is_some_and(|r| is(&r.identity.scope, scope) && is(&r.identity.line, line))
    }
}
