//! One of the two packages: its statements and the SBOMs embedded in it.

use crate::error::Error;
use crate::statements::sbom::Sbom;
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::{Evidence, EvidenceKind};
use pkg_format::{Delivery, Digest, Manifest};
use pkg_install::PreviewBase;
use pkg_verify::Preview;
use std::io::Read;
use std::path::PathBuf;

/// A package that is to be compared.
pub struct Package<R> {
    /// What messages call it.
    pub path: PathBuf,
    /// The package, none of its payloads read.
    pub preview: Preview<R>,
    /// The images that its deltas start from.
    pub bases: Vec<PreviewBase>,
}

/// What is known of a package besides its images.
#[derive(Debug)]
pub struct Side {
    /// Its manifest.
    pub manifest: Manifest,
    /// Its delivery; a notice and a withdrawal have none.
    pub delivery: Option<Delivery>,
    /// The digest of the manifest as it was received.
    pub digest: Digest,
    /// Whether a keyring vouches for its statements.
    pub is_vouched: bool,
    /// The components in all embedded SBOMs that could be read; `None` if there is none.
    pub sbom: Option<Sbom>,
    /// For each SBOM that was not compared, why not.
    pub unread_sboms: Vec<String>,
    /// What of the SBOMs could not be checked, such as documents that they refer to and that are not in the package.
    pub unchecked_sboms: Vec<String>,
}

impl Side {
    /// What a package says before its payloads; its SBOMs follow them.
    pub(crate) fn new<R: Read>(package: &Package<R>) -> Side {
        let preview = &package.preview;
        Side {
            manifest: preview.manifest().clone(),
            delivery: preview.delivery().cloned(),
            digest: preview.manifest_digest(),
            is_vouched: preview.is_vouched(),
            sbom: None,
            unread_sboms: Vec::new(),
            unchecked_sboms: Vec::new(),
        }
    }

    /// Reads what follows the payloads of the package, up to its end.
    pub(crate) fn read_sboms<R: Read>(&mut self, package: Package<R>) -> Result<(), Error> {
        let Package { path, mut preview, .. } = package;
        let failed = |error| Error::Package { path: path.clone(), error };
        let is_sbom = |e: &&Evidence| e.kind == EvidenceKind::Sbom;
        let evidence = &self.manifest.common().evidence;
        let mut missing = evidence.iter().filter(is_sbom).count();
        while let Some(embedded) = preview.next_evidence().map_err(failed)? {
            let entry = usize::try_from(embedded.index).ok().and_then(|i| evidence.get(i));
            if entry.filter(is_sbom).is_none() {
                continue;
            }
            missing = missing.saturating_sub(1);
            let read = Sbom::read(&embedded.bytes).and_then(|sbom| match &mut self.sbom {
                Some(all) => all.join(sbom),
                none => {
                    *none = Some(sbom);
                    Ok(())
                }
            });
            self.unread_sboms.extend(read.err());
        }
        self.unread_sboms.extend(std::iter::repeat_n("it is not in the package".to_owned(), missing));
        self.unchecked_sboms = self.sbom.as_mut().map(Sbom::follow).unwrap_or_default();
        preview.finish().map_err(failed)
    }

    /// `full`, `delta`, `notice` or `withdrawal`.
    pub fn kind(&self) -> &'static str {
        match &self.delivery {
            Some(delivery) if delivery.kind == DeliveryKind::Delta => "delta",
            Some(_) => "full",
            None => self.manifest.kind().as_str(),
        }
    }

    /// The version of a release; the id of a notice or a withdrawal.
    pub fn name(&self) -> String {
        match self.manifest.release() {
            Some(release) => release.identity.version.to_string(),
            None => self.manifest.common().id.to_string(),
        }
    }
}
