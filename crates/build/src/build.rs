//! The main job: a description and images become a signed package that is checked before it is
//! kept.

use crate::description::{Places, read};
use crate::error::{Error, Result};
use crate::keys::Signer;
use crate::level::Level;
use crate::package::{self, Sealed};
use crate::payload::{self, Compressed, Effort};
use crate::release::checks;
use crate::release::draft::Draft;
use crate::release::prior::Archive;
use pkg_format::container::Member;
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, Delivery, DeliveryKind, Payload};
use pkg_format::keyring::{Role, TrustedKey};
use pkg_format::manifest::{Common, Manifest};
use pkg_format::{Digest, Id, KeyringStatement, Label, Refusal, Rule, Tree};
use pkg_verify::{ExampleKeys, Keyring, Policy};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// A release description that was read.
pub struct Description {
    table: crate::description::Table,
    places: Places,
    dir: PathBuf,
    /// The keys it names, relative to its folder: release keys, and the delivery key.
    pub signing: (Vec<String>, Option<String>),
}

impl Description {
    /// Reads the text of a description that stands in the folder `dir`.
    pub fn read(text: &str, dir: &Path) -> Result<Description> {
        let (mut table, places) = read::read(text)?;
        let mut signing = table.table("signing");
        let signing = (signing.texts("keys"), signing.text("delivery-key"));
        Ok(Description { table, places, dir: dir.into(), signing })
    }

    /// The folder that paths are relative to.
    pub fn dir(&self) -> &Path {
        &self.dir
    }
}

/// How a build is done. Everything a build depends on is in here or in the description.
pub struct Options<'a> {
    /// The folder that packages are written to; it exists.
    pub out: &'a Path,
    /// Worker threads.
    pub jobs: NonZeroUsize,
    /// How hard to compress.
    pub level: Level,
    /// The date of issue, unix seconds.
    pub issued: u64,
    /// Who is trusted: to have signed earlier packages, and to judge what is built.
    pub keyring: Option<&'a Keyring>,
    /// Keys that sign the manifest; none at all leaves the package unsigned.
    pub signers: &'a [&'a dyn Signer],
    /// Keys that sign the delivery; empty means those of the manifest.
    pub delivery_signers: &'a [&'a dyn Signer],
    /// Set from outside to stop; nothing is left behind.
    pub interrupted: &'a AtomicBool,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl<'a> Options<'a> {
    /// The keys that sign the delivery.
    fn for_delivery(&self) -> &'a [&'a dyn Signer] {
        if self.delivery_signers.is_empty() { self.signers } else { self.delivery_signers }
    }
}

/// A package that was written.
#[derive(Debug, Clone)]
pub struct Built {
    /// Where it is.
    pub path: PathBuf,
    /// `full`, `notice` or `withdrawal`.
    pub kind: &'static str,
    /// Its size, bytes.
    pub size: u64,
    /// Its images' size, bytes.
    pub image_bytes: u64,
    /// Whether it is signed.
    pub signed: bool,
    /// The digest of its manifest.
    pub manifest: Digest,
}

impl Description {
    /// How many bytes of images there are to read, for a progress bar; what cannot be read counts
    /// nothing.
    pub fn image_bytes(&self) -> u64 {
        let mut table = self.table.clone();
        let files = table.tables("image").into_iter().filter_map(|mut i| i.text("file"));
        files.filter_map(|f| std::fs::metadata(self.dir.join(f)).ok()).map(|m| m.len()).sum()
    }

    /// Builds the packages of this description.
    pub fn build(&self, options: &Options<'_>) -> Result<Vec<Built>> {
        if self.table.has("base") {
            return Err(Error::Unsupported("building delta packages ([[base]])"));
        }
        let own = own_keyring(options)?;
        let archive = Archive { dir: &self.dir, keyring: options.keyring.or(own.as_ref()) };
        let draft = Draft::new(self.table.clone(), &archive, options.issued)?;
        let built = self.place(write(draft, options))?;
        Ok(vec![built])
    }

    /// Points a refusal at the line that a person wrote.
    fn place<T>(&self, result: Result<T>) -> Result<T> {
        result.map_err(|e| match e {
            Error::Refused { refusal, place: None } => {
                let place = self.places.of(&refusal.at);
                Error::Refused { refusal, place }
            }
            other => other,
        })
    }
}

/// A keyring of exactly the signing keys, all roles: it judges earlier packages where no keyring
/// was given.
fn own_keyring(options: &Options<'_>) -> Result<Option<Keyring>> {
    let all: Vec<_> =
        options.signers.iter().chain(options.delivery_signers).map(|s| (*s, Role::ALL.to_vec())).collect();
    keyring_of(&all)
}

/// A keyring of the given keys in the given roles; none without keys.
fn keyring_of(keys: &[(&dyn Signer, Vec<Role>)]) -> Result<Option<Keyring>> {
    let mut trusted: Vec<TrustedKey> = Vec::new();
    for (signer, roles) in keys {
        let key = *signer.public_key().as_bytes();
        match trusted.iter_mut().find(|t| t.key == key) {
            Some(known) => known.roles.extend(roles.iter().copied()),
            None => trusted.push(TrustedKey {
                key,
                alg: pkg_format::cose::Algorithm::Ed25519,
                label: Label::new("signing key")?,
                roles: roles.clone(),
                products: Vec::new(),
                channels: Vec::new(),
            }),
        }
    }
    if trusted.is_empty() {
        return Ok(None);
    }
    let statement = KeyringStatement {
        name: Id::new("build")?,
        // No keyring-min can ask for more: the keys vouch for themselves here.
        version: u64::MAX,
        roots: Vec::new(),
        root_threshold: 1,
        keys: trusted,
        thresholds: Vec::new(),
        revoked: Vec::new(),
        resets: Vec::new(),
    };
    // The caller signs with these keys; it warns if they are examples.
    match Keyring::vouched_by_caller(statement, ExampleKeys::DangerAccept) {
        Ok(keyring) => Ok(Some(keyring)),
        Err(pkg_verify::Error::Refused(refusal)) => Err(refusal.into()),
        Err(pkg_verify::Error::Io(error)) => Err(Error::file("read", "a keyring", error)),
        Err(error) => Err(Error::Missing(error.to_string())),
    }
}

/// Compresses, seals, writes and checks the package of a draft.
fn write(mut draft: Draft, options: &Options<'_>) -> Result<Built> {
    let files: Vec<PathBuf> = image_order(&mut draft)?;
    let mut spool =
        tempfile::tempfile_in(options.out).map_err(|e| Error::file("create a file in", options.out, e))?;
    // The words are judged before the long work begins, with stand-ins for what it will find.
    let stand_in: Vec<_> = files.iter().map(|_| (1, Digest([0; 32]))).collect();
    judge(&draft, &stand_in)?;
    let effort = Effort {
        level: options.level,
        jobs: options.jobs,
        interrupted: options.interrupted,
        progress: options.progress,
    };
    let compressed = payload::compress(&files, &mut spool, &effort)?;
    let found: Vec<_> = compressed.iter().map(|c| (c.size, c.sha256)).collect();
    let (manifest, bytes) = judge(&draft, &found)?;
    checks::follows(&manifest, &draft.past, &draft.given)?;

    let digest = Digest::of(&bytes);
    let evidence = evidence_that_travels(&manifest, &draft)?;
    let delivery = manifest.release().is_some().then(|| delivery(&manifest, digest, &compressed, &evidence));
    let sealed_manifest = Sealed::by(options.signers, StatementKind::Manifest, bytes)?;
    let sealed_delivery = delivery
        .map(|d| {
            let bytes = d.to_tree().to_bytes();
            Delivery::decode(&bytes, &manifest, digest)?;
            Sealed::by(options.for_delivery(), StatementKind::Delivery, bytes)
        })
        .transpose()?;

    let (name, kind) = output_name(manifest.common(), &manifest);
    let path = options.out.join(name);
    replaces_itself_only(&path, &manifest, &draft)?;
    let mut file = package::beside(&path)?;
    spool.seek(SeekFrom::Start(0)).map_err(|e| Error::file("read", options.out, e))?;
    let payloads: Vec<u64> =
        compressed.iter().map(|c| c.chunks.iter().map(|c| c.stored_bytes).sum()).collect();
    write_members(&mut file, &sealed_manifest, sealed_delivery.as_ref(), &payloads, &mut spool, &evidence)
        .map_err(|e| Error::file("write", &path, e))?;
    drop(spool);
    check(file.as_file(), &path, &manifest, options)?;
    let size = file.as_file().metadata().map_err(|e| Error::file("read", &path, e))?.len();
    package::keep(file, &path)?;
    Ok(Built {
        path,
        kind,
        size,
        image_bytes: found.iter().map(|(size, _)| size).sum(),
        signed: !options.signers.is_empty(),
        manifest: digest,
    })
}

/// Sorts the images by component, as the manifest lists them, and gives their files.
fn image_order(draft: &mut Draft) -> Result<Vec<PathBuf>> {
    let missing =
        |i: usize, key: &str| Refusal::new(Rule::Man1, "missing").within(key).at_index(i).within("images");
    let mut files = Vec::new();
    for (i, (component, file)) in draft.images.iter().enumerate() {
        let component = component.clone().ok_or_else(|| missing(i, "component"))?;
        files.push((component, file.clone().ok_or_else(|| missing(i, "file"))?));
    }
    files.sort_by(|a, b| a.0.cmp(&b.0));
    if let Tree::Map(map) = &mut draft.tree
        && let Some((_, Tree::List(images))) = map.iter_mut().find(|(k, _)| k == "images")
    {
        let component = |t: &Tree| match t.get("component") {
            Some(Tree::Text(text)) => text.clone(),
            _ => String::new(),
        };
        images.sort_by_key(component);
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

/// Completes the draft with what was found in the images, and judges it as any verifier would,
/// and by what only a builder can see.
fn judge(draft: &Draft, found: &[(u64, Digest)]) -> Result<(Manifest, Vec<u8>)> {
    let mut tree = draft.tree.clone();
    if let Tree::Map(map) = &mut tree
        && let Some((_, Tree::List(images))) = map.iter_mut().find(|(k, _)| k == "images")
    {
        for (image, (size, sha256)) in images.iter_mut().zip(found) {
            if let Tree::Map(fields) = image {
                fields.push(("size".into(), Tree::Uint(*size)));
                fields.push(("sha256".into(), Tree::Bytes(sha256.0.to_vec())));
            }
        }
    }
    checks::characters(&tree)?;
    let bytes = tree.to_bytes();
    let manifest = Manifest::decode(&bytes)?;
    checks::languages(&tree, &draft.languages)?;
    Ok((manifest, bytes))
}

/// The evidence that travels: index in the manifest, and file.
fn evidence_that_travels(manifest: &Manifest, draft: &Draft) -> Result<Vec<(u64, PathBuf)>> {
    if manifest.release().is_none() {
        let entries = (0u64..).zip(&manifest.common().evidence);
        for (index, _) in entries.filter(|(_, e)| e.uri.is_none()) {
            if !draft.evidence.iter().any(|(i, _)| *i == index) {
                let why = "evidence of a notice or withdrawal travels, or has a uri: give file or uri";
                let at = format!("evidence[{index}].file");
                return Err(Refusal { rule: Rule::Man1, at, why: why.into() }.into());
            }
        }
    }
    let with_uri = |index: &u64| {
        let entry = usize::try_from(*index).ok().and_then(|i| manifest.common().evidence.get(i));
        entry.is_some_and(|e| e.uri.is_some())
    };
    let words = manifest.release().is_none();
    Ok(draft.evidence.iter().filter(|(i, _)| !(words && with_uri(i))).cloned().collect())
}

fn delivery(
    manifest: &Manifest,
    digest: Digest,
    compressed: &[Compressed],
    evidence: &[(u64, PathBuf)],
) -> Delivery {
    let images = manifest.release().map_or(&[][..], |r| &r.images);
    Delivery {
        manifest: digest,
        kind: DeliveryKind::Full,
        payloads: images
            .iter()
            .zip(compressed)
            .map(|(image, compressed)| Payload {
                component: image.component.clone(),
                codec: Codec::Zstd,
                base: None,
                decode_memory: compressed.decode_memory,
                chunks: compressed.chunks.clone(),
            })
            .collect(),
        evidence: evidence.iter().map(|(index, _)| *index).collect(),
    }
}

/// `NAME-VERSION.full.pkg`, `NAME-ID.notice.pkg`, `NAME-ID.withdrawal.pkg`.
fn output_name(common: &Common, manifest: &Manifest) -> (String, &'static str) {
    let name = &common.product.name;
    match manifest.release() {
        Some(release) => (format!("{name}-{}.full.pkg", release.identity.version), "full"),
        None => (format!("{name}-{}.{}.pkg", common.id, manifest.kind()), manifest.kind().word()),
    }
}

/// Building again replaces what was built before; it must not replace another step, let alone one
/// that this build starts from.
fn replaces_itself_only(path: &Path, manifest: &Manifest, draft: &Draft) -> Result<()> {
    let Ok(there) = path.canonicalize() else { return Ok(()) };
    let replace = |what| Err(Error::WouldReplace { path: path.into(), what });
    let past = &draft.past;
    let inputs = past.previous.iter().chain(&past.known).chain(&past.same_security_as);
    if inputs.filter_map(|p| p.path.canonicalize().ok()).any(|p| p == there) {
        return replace("a package that this build starts from");
    }
    let file = File::open(&there).map_err(|e| Error::file("read", path, e))?;
    let Ok(package) = pkg_verify::open(file) else { return Ok(()) };
    let Ok(other) = package.claims_unverified().manifest else { return Ok(()) };
    let step = |m: &Manifest| {
        let release = m.release().map(|r| (r.class(), r.identity.scope.clone(), r.identity.line.clone()));
        (m.kind(), m.common().product.vendor.clone(), m.common().sequence, release)
    };
    if step(&other) != step(manifest) { replace("the package of another step") } else { Ok(()) }
}

fn write_members(
    file: &mut impl Write,
    manifest: &Sealed,
    delivery: Option<&Sealed>,
    payloads: &[u64],
    spool: &mut File,
    evidence: &[(u64, PathBuf)],
) -> std::io::Result<()> {
    let mut archive = tar::Builder::new(std::io::BufWriter::with_capacity(1 << 20, file));
    manifest.write(&mut archive, StatementKind::Manifest)?;
    if let Some(delivery) = delivery {
        delivery.write(&mut archive, StatementKind::Delivery)?;
    }
    for (index, size) in payloads.iter().enumerate() {
        package::member(&mut archive, Member::Payload(index), *size, Read::by_ref(spool).take(*size))?;
    }
    for (place, (_, path)) in evidence.iter().enumerate() {
        let file = File::open(path)?;
        let size = file.metadata()?.len();
        package::member(&mut archive, Member::Evidence(place), size, file.take(size))?;
    }
    archive.into_inner()?.flush()
}

/// Holds what was written to the verifier library. A keyring that was given judges it; else the
/// signing keys in the roles that they used; an unsigned package gets every check but signatures.
fn check(file: &File, path: &Path, manifest: &Manifest, options: &Options<'_>) -> Result<()> {
    let refused = |error| match error {
        pkg_verify::Error::Io(error) => Error::file("read", path, error),
        error => Error::Package { what: "the package that was built,", path: path.into(), error },
    };
    let policy = Policy::default();
    if options.signers.is_empty() {
        let mut file = file.try_clone().map_err(|e| Error::file("read", path, e))?;
        file.seek(SeekFrom::Start(0)).map_err(|e| Error::file("read", path, e))?;
        return pkg_verify::open(file).and_then(pkg_verify::Unverified::check_form).map_err(refused);
    }
    let mut keys: Vec<_> = options.signers.iter().map(|s| (*s, vec![manifest.role()])).collect();
    keys.extend(options.for_delivery().iter().map(|s| (*s, vec![Role::Delivery])));
    let own = keyring_of(&keys)?;
    let Some(keyring) = options.keyring.or(own.as_ref()) else {
        return Err(Error::Missing("there is no keyring to judge the package by".into()));
    };
    pkg_verify::verify_whole(file, keyring, &policy, options.jobs, &|_| ()).map(drop).map_err(refused)
}
