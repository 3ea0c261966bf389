//! Delta packages: one for each base, beside the full package of a release.

use crate::base::{Base, distinct};
use crate::build::{Built, Options, Outcome};
use crate::difference::Difference;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::judge::{Judge, own_keyring};
use crate::package::{self, Members, Part, Sealed};
use crate::release::prior::Archive;
use crate::replace::{keep, same_step_only};
use crate::unpack::Unpacking;
use pkg_codec::FileBase;
use pkg_files::AtomicFile;
use pkg_format::container::{BLOCK_LEN, member_len};
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, Delivery, DeliveryKind, Payload};
use pkg_format::manifest::{Manifest, Release};
use pkg_format::{Digest, Id};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A release whose full package there is: what deltas are made for.
pub(crate) struct Full<'a> {
    pub(crate) manifest: &'a Manifest,
    /// Its statement, with the signatures that it has.
    pub(crate) sealed: &'a Sealed,
    /// The finished images, in the order of the manifest.
    pub(crate) images: Vec<FileBase>,
    /// How they are stored in the full package, and where.
    pub(crate) payloads: Vec<(Payload, Part<'a>)>,
    /// The size of the full package.
    pub(crate) size: u64,
}

/// A package that was made, and the file that becomes it: none where it is not worth keeping.
pub(crate) type Made = (Built, Option<AtomicFile>);

impl Full<'_> {
    /// Makes the delta package from each base.
    pub(crate) fn deltas(
        &self,
        bases: &[Base],
        archive: &Archive<'_>,
        judge: &Judge<'_>,
        inputs: &[PathBuf],
        options: &Options<'_>,
    ) -> Result<Vec<Made>> {
        let Some(release) = self.manifest.release() else { return Ok(Vec::new()) };
        bases
            .iter()
            .map(|base| {
                let path = options.out.join(name(self.manifest, release, base, bases));
                same_step_only(&path, self.manifest, inputs)?;
                self.delta(release, base, path, archive, judge, options)
            })
            .collect()
    }

    fn delta(
        &self,
        release: &Release,
        base: &Base,
        path: PathBuf,
        archive: &Archive<'_>,
        judge: &Judge<'_>,
        options: &Options<'_>,
    ) -> Result<Made> {
        let began = (options.clock)();
        let wanted = |c: &Id| release.images.iter().any(|i| i.component == *c);
        let images = base.images(&wanted, archive, options)?;
        let spool = tempfile::tempfile_in(options.out)
            .map_err(|e| Error::file("create a file in", options.out, e))?;
        let (mut payloads, mut parts) = (Vec::new(), Vec::new());
        // What devices would not decode, though it is smaller.
        let mut too_much = None;
        for ((image, bytes), (full, stored)) in release.images.iter().zip(&self.images).zip(&self.payloads) {
            // What is empty on either side is no delta.
            let from = images.iter().find(|b| b.component == image.component && b.stated.size > 0);
            let made = from.filter(|_| image.size > 0).map(|from| {
                let made = Difference::make(&from.bytes, bytes, image.sha256, &spool, &options.effort());
                made.map(|made| (from, made))
            });
            match made.transpose()? {
                Some((_, made))
                    if made.stored.size < stored.size && made.decode_memory > options.decode_memory =>
                {
                    too_much = too_much.max(Some(made.decode_memory));
                    payloads.push(full.clone());
                    parts.push(*stored);
                }
                Some((from, made)) if made.stored.size < stored.size => {
                    payloads.push(Payload {
                        component: image.component.clone(),
                        codec: Codec::Delta1,
                        base: Some(from.stated.clone()),
                        decode_memory: made.decode_memory,
                        chunks: made.chunks,
                    });
                    parts.push(made.stored);
                }
                // No base, or none that helps: as the full package has it.
                _ => {
                    if from.is_none() {
                        (options.progress)(image.size);
                    }
                    payloads.push(full.clone());
                    parts.push(*stored);
                }
            }
        }
        let built = |size, outcome, took| Built {
            path: path.clone(),
            kind: "delta",
            base: Some(base.version.clone()),
            size,
            full_size: self.size,
            outcome,
            unchanged: false,
            manifest: Digest::of(&self.sealed.statement),
            took,
        };
        if payloads.iter().all(|p| p.base.is_none()) {
            let size = parts.iter().map(|p| p.size).sum();
            let outcome = too_much.map_or(Outcome::NotSmaller, Outcome::NeedsMemory);
            return Ok((built(size, outcome, (options.clock)().saturating_sub(began)), None));
        }
        let delivery = Delivery {
            manifest: Digest::of(&self.sealed.statement),
            kind: DeliveryKind::Delta,
            payloads,
            evidence: Vec::new(),
        };
        let delivery = seal_delivery(&delivery, self.manifest, options)?;
        let members =
            Members { manifest: self.sealed, delivery: Some(&delivery), payloads: &parts, evidence: &[] };
        let file = write(&members, &path, judge, options)?;
        let size = file.file().metadata().map_err(|e| Error::file("read", &path, e))?.len();
        let took = (options.clock)().saturating_sub(began);
        if size >= self.size {
            return Ok((built(size, Outcome::NotSmaller, took), None));
        }
        let signed = self.sealed.signatures.is_some();
        let outcome = if signed { Outcome::Signed } else { Outcome::Unsigned };
        Ok((built(size, outcome, took), Some(file)))
    }
}

/// Judges a delivery as a verifier would, and signs it.
pub(crate) fn seal_delivery(
    delivery: &Delivery,
    manifest: &Manifest,
    options: &Options<'_>,
) -> Result<Sealed> {
    let bytes = delivery.to_tree().to_bytes();
    Delivery::decode(&bytes, manifest, delivery.manifest)?;
    Sealed::by(options.for_delivery(), StatementKind::Delivery, bytes)
}

/// Writes a package beside its place, and holds it to the verifier.
pub(crate) fn write(
    members: &Members<'_>,
    path: &Path,
    judge: &Judge<'_>,
    options: &Options<'_>,
) -> Result<AtomicFile> {
    let mut file = package::beside(path)?;
    members.write(&mut file, path)?;
    judge.check(file.file(), path, options)?;
    Ok(file)
}

/// `NAME-VERSION.from-BASE.pkg`; where two bases share a version, with the begin of their state.
fn name(manifest: &Manifest, release: &Release, base: &Base, all: &[Base]) -> String {
    let (name, version) = (&manifest.common().product.name, &release.identity.version);
    let shared = all.iter().filter(|b| b.version == base.version).count() > 1;
    let state: String = match shared {
        true => format!("-{}", base.state).chars().take(9).collect(),
        false => String::new(),
    };
    format!("{name}-{version}.from-{}{state}.pkg", base.version)
}

/// Makes deltas for a release that was signed before: its manifest and signatures stay as they are,
/// so this takes a key for deliveries and nothing else.
///
/// All packages are verified by `options.keyring`; without one their manifests must be signed by a
/// key that this signs with.
pub fn delta(package: &Path, bases: &[PathBuf], options: &Options<'_>) -> Result<Vec<Built>> {
    let own = own_keyring(options)?;
    let Some(keyring) = options.keyring.or(own.as_ref()) else {
        return Err(Error::Missing("nothing is trusted: neither a keyring nor a key was given".into()));
    };
    let archive = Archive { roots: None, keyring: Some(keyring) };
    let read = |e| Error::file("read", package, e);
    let file = Input::given(package).open()?;
    let size = file.metadata().map_err(read)?.len();
    let what = "package";
    let unverified = pkg_verify::open(std::io::BufReader::new(&file)).map_err(|e| match e {
        pkg_verify::Error::Io(error) => read(error),
        error => Error::Package { what, path: package.into(), error },
    })?;
    let sealed = Sealed {
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
    // What is wrong with a base is said before the long work begins.
    let described = bases
        .iter()
        .map(|b| Base::package(archive.open(Input::given(b))?, &manifest).map_err(|e| about(e, b)));
    let described = described.collect::<Result<Vec<_>>>()?;
    distinct(&described)?;
    let unpacking = Unpacking {
        path: package,
        what,
        folder: options.out,
        jobs: options.jobs,
        interrupted: options.interrupted,
    };
    let images = unpacking.images(verified, &|_| true)?.into_iter().map(|(_, file)| file).collect();
    let full = Full { manifest: &manifest, sealed: &sealed, images, payloads, size };
    let inputs: Vec<_> = bases.iter().cloned().chain([package.to_path_buf()]).collect();
    keep(full.deltas(&described, &archive, &Judge::Given(keyring), &inputs, options)?, options.replace)
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

/// Where each payload of a package stands in its file, whose first payload's header is at `at`.
fn parts(file: &File, mut at: u64, payloads: Vec<Payload>) -> Vec<(Payload, Part<'_>)> {
    let part = |payload: Payload| {
        let size = payload.stored_bytes();
        let part = Part { file, at: at.saturating_add(BLOCK_LEN), size };
        at = at.saturating_add(member_len(size).unwrap_or(u64::MAX));
        (payload, part)
    };
    payloads.into_iter().map(part).collect()
}
