//! Delta packages: one for each base, beside the full package of a release.

use crate::base::{Base, BaseImage, distinct};
use crate::built::{Built, Made, PackageOutcome};
use crate::difference::Difference;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::options::PackageOptions;
use crate::package::{Part, SignedStatement, StoredPayload};
use crate::release::prior::PriorPackages;
use crate::replace::{keep, same_step_only};
use crate::seal::Contents;
use crate::self_check::{SelfCheck, keyring_of_signers};
use crate::unpack;
use pkg_codec::FileBase;
use pkg_format::container::{BLOCK_LEN, member_len};
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, DeliveryKind, Payload};
use pkg_format::manifest::{Manifest, Release};
use pkg_format::{Digest, Id};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A release and its full package, for which deltas are made.
pub(crate) struct Full<'a> {
    pub(crate) manifest: &'a Manifest,
    /// The manifest as a statement, with its signatures.
    pub(crate) signed: &'a SignedStatement,
    /// The finished images, in the order of the manifest.
    pub(crate) images: Vec<FileBase>,
    /// How they are stored in the full package, and where.
    pub(crate) payloads: Vec<StoredPayload<'a>>,
    /// The size of the full package.
    pub(crate) size: u64,
}

impl Full<'_> {
    /// Makes the delta package from each base.
    pub(crate) fn deltas(
        &self,
        bases: &[Base],
        archive: &PriorPackages<'_>,
        check: &SelfCheck<'_>,
        inputs: &[PathBuf],
        options: &PackageOptions<'_>,
    ) -> Result<Vec<Made>> {
        let Some(release) = self.manifest.release() else { return Ok(Vec::new()) };
        bases
            .iter()
            .map(|base| {
                let path = options.out.join(name(self.manifest, release, base, bases));
                same_step_only(&path, self.manifest, inputs)?;
                self.delta(release, base, path, archive, check, options)
            })
            .collect()
    }

    fn delta(
        &self,
        release: &Release,
        base: &Base,
        path: PathBuf,
        archive: &PriorPackages<'_>,
        check: &SelfCheck<'_>,
        options: &PackageOptions<'_>,
    ) -> Result<Made> {
        let began = (options.clock)();
        let wanted = |c: &Id| release.images.iter().any(|i| i.component == *c);
        let from = base.images(&wanted, archive, options)?;
        let spool = tempfile::tempfile_in(options.out)
            .map_err(|e| Error::file("create a file in", options.out, e))?;
        let (payloads, too_much) = self.payloads(release, &from, &spool, options)?;
        let built = |size, outcome| Built {
            path: path.clone(),
            kind: "delta",
            base: Some(base.version.clone()),
            size,
            full_size: self.size,
            outcome,
            unchanged: false,
            manifest: Digest::of(&self.signed.statement),
            took: (options.clock)().saturating_sub(began),
        };
        if payloads.iter().all(|(payload, _)| payload.base.is_none()) {
            let size = payloads.iter().map(|(_, part)| part.size).sum();
            let outcome = too_much.map_or(PackageOutcome::NotSmaller, PackageOutcome::NeedsMemory);
            return Ok((built(size, outcome), None));
        }
        let (manifest, signed) = (self.manifest, self.signed);
        let contents = Contents { manifest, signed, kind: DeliveryKind::Delta, payloads, evidence: &[] };
        let sealed = contents.seal(&path, check, options)?;
        if sealed.size >= self.size {
            return Ok((built(sealed.size, PackageOutcome::NotSmaller), None));
        }
        Ok((built(sealed.size, signed.outcome()), Some(sealed.file)))
    }

    /// The payloads of the delta package: of each image the delta, or what the full package has if no delta is smaller.
    /// Also the most memory that a delta would need which devices would not decode.
    fn payloads<'s>(
        &'s self,
        release: &Release,
        bases: &[BaseImage],
        spool: &'s File,
        options: &PackageOptions<'_>,
    ) -> Result<(Vec<StoredPayload<'s>>, Option<u64>)> {
        let (mut payloads, mut too_much) = (Vec::new(), None);
        for ((image, bytes), full) in release.images.iter().zip(&self.images).zip(&self.payloads) {
            let from = bases.iter().find(|b| b.component == image.component && b.stated.size > 0);
            // An empty image has no delta, on either side.
            let Some(from) = from.filter(|_| image.size > 0) else {
                if from.is_none() {
                    (options.progress)(image.size);
                }
                payloads.push(full.clone());
                continue;
            };
            let made = Difference::make(&from.bytes, bytes, image.sha256, spool, &options.encode())?;
            let is_smaller = made.stored.size < full.1.size;
            let is_affordable = made.decode_memory <= options.decode_memory;
            if is_smaller && !is_affordable {
                too_much = too_much.max(Some(made.decode_memory));
            }
            payloads.push(match is_smaller && is_affordable {
                false => full.clone(),
                true => {
                    let payload = Payload {
                        component: image.component.clone(),
                        codec: Codec::Delta1,
                        base: Some(from.stated.clone()),
                        decode_memory: made.decode_memory,
                        chunks: made.chunks,
                    };
                    (payload, made.stored)
                }
            });
        }
        Ok((payloads, too_much))
    }
}

/// `NAME-VERSION.from-BASE.pkg`; if two bases have the same version, with the first digits of their state.
fn name(manifest: &Manifest, release: &Release, base: &Base, all: &[Base]) -> String {
    let (name, version) = (&manifest.common().product.name, &release.identity.version);
    let shared = all.iter().filter(|b| b.version == base.version).count() > 1;
    let state: String = match shared {
        true => format!("-{}", base.state).chars().take(9).collect(),
        false => String::new(),
    };
    format!("{name}-{version}.from-{}{state}.pkg", base.version)
}

/// Makes delta packages from `bases` for a release that was signed before. Its manifest and signatures stay as they
/// are, so `options` needs keys that sign deliveries and no others.
///
/// All packages are verified by `options.keyring`. Without one, their manifests must be signed by one of the
/// delivery signers.
///
/// # Errors
/// A package is refused, is not a full package, cannot be read, or a file would be replaced that must not be. Nothing
/// is left behind.
pub fn delta(package: &Path, bases: &[PathBuf], options: &PackageOptions<'_>) -> Result<Vec<Built>> {
    let own = keyring_of_signers(&[options.delivery_signers])?;
    let Some(keyring) = options.keyring.or(own.as_ref()) else {
        return Err(Error::Missing("nothing is trusted: neither a keyring nor a key was given".into()));
    };
    let archive = PriorPackages { keyring: Some(keyring), ..PriorPackages::none() };
    let read = |e| Error::file("read", package, e);
    let file = Input::given(package).open()?;
    let size = file.metadata().map_err(read)?.len();
    let what = "package";
    let unverified = pkg_verify::open(std::io::BufReader::new(&file));
    let unverified = unverified.map_err(|e| Error::package(what, package, e))?;
    let signed = SignedStatement {
        statement: unverified.received(StatementKind::Manifest).unwrap_or_default().to_vec(),
        signatures: unverified.received_signatures(StatementKind::Manifest).map(<[u8]>::to_vec),
    };
    let at = unverified.position();
    let verified = archive.judged(unverified, package, what)?;
    let (manifest, delivery) = (verified.manifest().clone(), verified.delivery().cloned());
    let payloads = match delivery.filter(|d| d.kind == DeliveryKind::Full) {
        Some(delivery) => parts(&file, at, delivery.payloads),
        None => return Err(Error::NotFull { what, path: package.into() }),
    };
    // An unsuitable base is reported before the long work begins.
    let described = bases
        .iter()
        .map(|b| Base::package(archive.open(Input::given(b))?, &manifest).map_err(|e| about(e, b)));
    let described = described.collect::<Result<Vec<_>>>()?;
    distinct(&described)?;
    let images = unpack::images(verified, (what, package), &|_| true, options)?;
    let images = images.into_iter().map(|(_, file)| file).collect();
    let full = Full { manifest: &manifest, signed: &signed, images, payloads, size };
    let inputs: Vec<_> = bases.iter().cloned().chain([package.to_path_buf()]).collect();
    keep(full.deltas(&described, &archive, &SelfCheck::Given(keyring), &inputs, options)?, options.replace)
}

/// Says which of several packages a refusal is about.
fn about(error: Error, path: &Path) -> Error {
    match error {
        Error::Refused { refusal, .. } => {
            Error::Package { what: "base", path: path.into(), error: refusal.into() }
        }
        other => other,
    }
}

/// Where the payloads of a package are in its file; the header of the first one is at `at`.
fn parts(file: &File, mut at: u64, payloads: Vec<Payload>) -> Vec<StoredPayload<'_>> {
    let part = |payload: Payload| {
        let size = payload.stored_bytes();
        let part = Part { file, at: at.saturating_add(BLOCK_LEN), size };
        at = at.saturating_add(member_len(size).unwrap_or(u64::MAX));
        (payload, part)
    };
    payloads.into_iter().map(part).collect()
}
