//! One of the two packages: its statements, its signatures and its documents.

use crate::commands::apply::failure;
use crate::interrupt::Interruptible;
use crate::out::{Failure, Outcome};
use pkg_diff::statements::sbom::Sbom;
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::EvidenceKind;
use pkg_format::{Delivery, Digest, Manifest};
use pkg_verify::{Keyring, Policy, Preview, SignatureReport};
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// A package that is being read.
pub(super) type Package = Preview<Interruptible<BufReader<File>>>;

/// What is known of a package without its images.
pub(crate) struct Side {
    pub(crate) path: PathBuf,
    pub(crate) size: u64,
    pub(crate) manifest: Manifest,
    pub(crate) delivery: Option<Delivery>,
    pub(crate) digest: Digest,
    pub(crate) vouched: bool,
    /// Signatures, and the names that the keyring has for their keys.
    pub(crate) signatures: Vec<(SignatureReport, Option<String>)>,
    /// The content of the embedded bills of materials that can be read.
    pub(crate) sbom: Option<Sbom>,
    /// For each other bill of materials, why it was not compared.
    pub(crate) unread_sboms: Vec<String>,
}

impl Side {
    /// Opens a package, and verifies its statements if there is a keyring.
    pub(super) fn open(path: &Path, keyring: Option<&Keyring>) -> Outcome<(Side, Package)> {
        let cannot = |e: std::io::Error| Failure::file("read", path, &e);
        let file = File::open(path).map_err(cannot)?;
        let size = file.metadata().map_err(cannot)?.len();
        let refused = |e| failure(e, path);
        let unverified = pkg_verify::open(Interruptible(BufReader::new(file))).map_err(refused)?;
        let reports = unverified.signatures(keyring).map_err(|r| refused(r.into()))?;
        let policy = Policy::default();
        let package = match keyring {
            Some(keyring) => unverified.verify(keyring, &policy).map(Preview::from),
            None => unverified.danger_preview_unverified(&policy),
        };
        let package = package.map_err(refused)?;
        let named = |report: SignatureReport| {
            let keys = keyring.map_or(&[][..], |k| &k.statement().keys);
            let key = keys.iter().find(|k| k.id() == report.key);
            (report, key.map(|k| k.label.as_str().to_owned()))
        };
        let side = Side {
            path: path.into(),
            size,
            manifest: package.manifest().clone(),
            delivery: package.delivery().cloned(),
            digest: package.manifest_digest(),
            vouched: package.is_vouched(),
            signatures: reports.into_iter().map(named).collect(),
            sbom: None,
            unread_sboms: Vec::new(),
        };
        Ok((side, package))
    }

    /// Reads the rest of the package after its payloads: the documents and the end.
    pub(super) fn read_rest(&mut self, mut package: Package) -> Outcome<()> {
        let is_sbom = |e: &pkg_format::manifest::Evidence| e.kind == EvidenceKind::Sbom;
        let mut away = self.manifest.common().evidence.iter().filter(|e| is_sbom(e)).count();
        while let Some(evidence) = package.next_evidence().map_err(|e| failure(e, &self.path))? {
            let index = usize::try_from(evidence.index).ok();
            let entry = index.and_then(|i| self.manifest.common().evidence.get(i));
            if entry.is_some_and(is_sbom) {
                away = away.saturating_sub(1);
                let read = Sbom::read(&evidence.bytes).and_then(|sbom| match &mut self.sbom {
                    Some(all) => all.join(sbom),
                    none => {
                        *none = Some(sbom);
                        Ok(())
                    }
                });
                self.unread_sboms.extend(read.err());
            }
        }
        self.unread_sboms.extend(std::iter::repeat_n("it is not in the package".to_owned(), away));
        package.finish().map_err(|e| failure(e, &self.path))
    }

    /// `full`, `delta`, or what it is without images.
    pub(crate) fn kind(&self) -> &'static str {
        match &self.delivery {
            Some(delivery) if delivery.kind == DeliveryKind::Delta => "delta",
            Some(_) => "full",
            None => self.manifest.kind().as_str(),
        }
    }

    /// The version of a release, or the id of a notice or a withdrawal.
    pub(crate) fn name(&self) -> String {
        match self.manifest.release() {
            Some(release) => release.identity.version.to_string(),
            None => self.manifest.common().id.to_string(),
        }
    }
}
