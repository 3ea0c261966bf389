//! The main job: a description and images become signed packages that are checked before they are
//! kept.

use crate::base::{Base, distinct, within};
use crate::delta::{Full, Made, seal_delivery, write};
use crate::description::{Places, Table, read};
use crate::difference::Effort;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::judge::{Judge, own_keyring};
use crate::keys::Signer;
use crate::level::Level;
use crate::package::{Members, Part, Sealed};
use crate::payload::{self, Compressed, Packing};
use crate::release::checks;
use crate::release::draft::Draft;
use crate::release::prior::Archive;
use crate::replace::{Replace, keep, same_step_only};
use crate::secrets;
use crate::touched::{self, Separation};
use pkg_codec::FileBase;
use pkg_files::Roots;
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, Delivery, DeliveryKind, Payload};
use pkg_format::manifest::{Common, Manifest};
use pkg_format::{Digest, Refusal, Rule, Tree, Version};
use pkg_verify::Keyring;
use std::fs::File;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// A release description that was read.
pub struct Description {
    table: crate::description::Table,
    places: Places,
    roots: Roots,
    /// The keys it names, relative to its folder: release keys, and the delivery key.
    pub signing: (Vec<String>, Option<String>),
}

impl Description {
    /// Reads the text of a description that stands in the folder `dir`: what it names lies there.
    ///
    /// # Errors
    /// The text is no description, or there is no such folder.
    pub fn read(text: &str, dir: &Path) -> Result<Description> {
        let (mut table, places) = read::read(text)?;
        let mut signing = table.table("signing");
        let signing = (signing.texts("keys"), signing.text("delivery-key"));
        let roots = Roots::new(dir, &[]).map_err(|e| Error::file("read", dir, e))?;
        Ok(Description { table, places, roots, signing })
    }

    /// What it names may lie in these folders too.
    ///
    /// # Errors
    /// There is no such folder.
    pub fn with_input_roots(mut self, folders: &[PathBuf]) -> Result<Description> {
        let dir = self.roots.dir().to_path_buf();
        for folder in folders {
            folder.canonicalize().map_err(|e| Error::file("read", folder, e))?;
        }
        self.roots = Roots::new(&dir, folders).map_err(|e| Error::file("read", &dir, e))?;
        Ok(self)
    }

    /// The path of a key file that it names, if it lies in one of the folders.
    ///
    /// # Errors
    /// It lies elsewhere, or is not there.
    pub fn key_path(&self, name: &str) -> Result<PathBuf> {
        Input::described(&self.roots, name).map(|key| key.to_path_buf())
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
    /// Bytes of memory that making a delta may take.
    pub memory: u64,
    /// The most memory, bytes, that a device may need to decode a package: what POL-1 allows there.
    pub decode_memory: u64,
    /// Who is trusted: to have signed earlier packages, and to judge what is built.
    pub keyring: Option<&'a Keyring>,
    /// Keys that sign the manifest; none at all leaves the package unsigned.
    pub signers: &'a [&'a dyn Signer],
    /// Keys that sign the delivery; empty means those of the manifest.
    pub delivery_signers: &'a [&'a dyn Signer],
    /// What is done about files that no fix of a security release touches.
    pub separation: Separation<'a>,
    /// Whether a package of the same step that differs is replaced.
    pub replace: Replace,
    /// Set from outside to stop; nothing is left behind.
    pub interrupted: &'a AtomicBool,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a (dyn Fn(u64) + Sync),
    /// The time since the build began: what each package took is told, and goes into none.
    pub clock: &'a dyn Fn() -> Duration,
}

impl<'a> Options<'a> {
    /// The keys that sign the delivery.
    pub(crate) fn for_delivery(&self) -> &'a [&'a dyn Signer] {
        if self.delivery_signers.is_empty() { self.signers } else { self.delivery_signers }
    }

    /// How deltas are made.
    pub(crate) fn effort(&self) -> Effort<'a> {
        let Options { jobs, memory, interrupted, progress, .. } = *self;
        Effort { jobs, memory, interrupted, progress }
    }
}

/// What became of a package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was written, and is signed.
    Signed,
    /// It was written, and no device takes it until it is signed.
    Unsigned,
    /// It was not kept: it is a delta that is not smaller than the full package.
    NotSmaller,
    /// It was not kept: to decode it a device needs so many bytes, more than it allows (POL-1).
    NeedsMemory(u64),
}

/// A package that was made.
#[derive(Debug, Clone)]
pub struct Built {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// `full`, `delta`, `notice` or `withdrawal`.
    pub kind: &'static str,
    /// What a delta starts from.
    pub base: Option<Version>,
    /// Its size, bytes.
    pub size: u64,
    /// The size of the full package of the same release, bytes; 0 for words.
    pub full_size: u64,
    /// What became of it.
    pub outcome: Outcome,
    /// Its very bytes were there already.
    pub unchanged: bool,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// How long it took.
    pub took: Duration,
}

impl Description {
    /// How many bytes of images there are to read, for a progress bar: once for the full package and
    /// once for each delta. What cannot be read counts nothing.
    pub fn image_bytes(&self) -> u64 {
        let mut table = self.table.clone();
        let times = u64::try_from(table.tables("base").len()).unwrap_or(0).saturating_add(1);
        let files = table.tables("image").into_iter().filter_map(|mut i| i.text("file"));
        let sizes = files
            .filter_map(|f| self.roots.find(Path::new(&f)).ok()?.path().metadata().ok())
            .map(|m| m.len());
        sizes.sum::<u64>().saturating_mul(times)
    }

    /// Builds the packages of this description: all of them are kept, or none.
    pub fn build(&self, options: &Options<'_>) -> Result<Vec<Built>> {
        let own = own_keyring(options)?;
        let archive = Archive { roots: Some(&self.roots), keyring: options.keyring.or(own.as_ref()) };
        let mut table = self.table.clone();
        // In words a base has no place; it stays there, for the reader of manifests to say so.
        let is_release = table.peek("kind").is_none_or(|kind| kind == "release");
        let bases = if is_release { table.tables("base") } else { Vec::new() };
        let draft = Draft::new(table, &archive, options.issued)?;
        self.place(make(draft, bases, &archive, options))
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

/// Compresses, seals, writes and checks the packages of a draft.
fn make(
    mut draft: Draft,
    bases: Vec<Table>,
    archive: &Archive<'_>,
    options: &Options<'_>,
) -> Result<Vec<Built>> {
    let files: Vec<Input> = image_order(&mut draft)?;
    files.iter().try_for_each(Input::is_no_key)?;
    let mut spool =
        tempfile::tempfile_in(options.out).map_err(|e| Error::file("create a file in", options.out, e))?;
    // Words and bases are judged before the long work begins, with stand-ins for what it will find.
    let stand_in: Vec<_> = files.iter().map(|_| (1, Digest([0; 32]))).collect();
    let (manifest, _) = judge(&draft, &stand_in)?;
    checks::dates(&manifest)?;
    let bases = described(bases, archive, &manifest, options)?;
    let looked = touched::check(&manifest, draft.past.previous.as_ref(), &bases, &files, archive, options)?;
    let packing = Packing {
        level: options.level,
        jobs: options.jobs,
        interrupted: options.interrupted,
        progress: options.progress,
    };
    let compressed = payload::compress(&files, &mut spool, &packing)?;
    let found: Vec<_> = compressed.iter().map(|c| (c.size, c.sha256)).collect();
    touched::packed(&looked, &files, &found)?;
    let (manifest, bytes) = judge(&draft, &found)?;
    checks::follows(&manifest, &draft.past, &draft.given)?;
    checks::leads(&manifest, &draft.past, &draft.given)?;

    let evidence = evidence_that_travels(&manifest, &draft)?;
    let past = draft.past.previous.iter().chain(&draft.past.known).chain(&draft.past.same_security_as);
    let mut inputs: Vec<_> = past.map(|p| p.path.to_path_buf()).collect();
    inputs.extend(bases.iter().flat_map(Base::paths));
    let judge = Judge::of_build(options, &manifest)?;
    let sealed = Sealed::by(options.signers, StatementKind::Manifest, bytes)?;
    let payloads = stored(&manifest, compressed, &spool);
    let (built, file) = full(&manifest, &sealed, &payloads, &evidence, &inputs, &judge, options)?;
    let size = built.size;
    let mut made = vec![(built, file)];
    if !bases.is_empty() {
        let images = files.iter().map(open).collect::<Result<_>>()?;
        let full = Full { manifest: &manifest, sealed: &sealed, images, payloads, size };
        made.extend(full.deltas(&bases, archive, &judge, &inputs, options)?);
    }
    keep(made, options.replace)
}

/// Reads the bases of a description.
fn described(
    tables: Vec<Table>,
    archive: &Archive<'_>,
    manifest: &Manifest,
    options: &Options<'_>,
) -> Result<Vec<Base>> {
    let base = |(i, table)| {
        Base::described(table, archive, manifest, options).map_err(|e| within(e, &format!("base[{i}]")))
    };
    let bases = tables.into_iter().enumerate().map(base).collect::<Result<Vec<_>>>()?;
    distinct(&bases)?;
    Ok(bases)
}

fn open(image: &Input) -> Result<FileBase> {
    FileBase::new(image.open()?).map_err(|e| Error::file("read", image.to_path_buf(), e))
}

/// Makes the full package, or that of words.
fn full(
    manifest: &Manifest,
    sealed: &Sealed,
    payloads: &[(Payload, Part<'_>)],
    evidence: &[(u64, Input)],
    inputs: &[PathBuf],
    judge: &Judge<'_>,
    options: &Options<'_>,
) -> Result<Made> {
    let digest = Digest::of(&sealed.statement);
    let delivery = manifest.release().map(|_| Delivery {
        manifest: digest,
        kind: DeliveryKind::Full,
        payloads: payloads.iter().map(|(payload, _)| payload.clone()).collect(),
        evidence: evidence.iter().map(|(index, _)| *index).collect(),
    });
    let delivery = delivery.map(|d| seal_delivery(&d, manifest, options)).transpose()?;
    let (name, kind) = output_name(manifest.common(), manifest);
    let path = options.out.join(name);
    same_step_only(&path, manifest, inputs)?;
    let parts: Vec<_> = payloads.iter().map(|(_, part)| *part).collect();
    let members = Members { manifest: sealed, delivery: delivery.as_ref(), payloads: &parts, evidence };
    let file = write(&members, &path, judge, options)?;
    let size = file.file().metadata().map_err(|e| Error::file("read", &path, e))?.len();
    let outcome = if options.signers.is_empty() { Outcome::Unsigned } else { Outcome::Signed };
    let full_size = if manifest.release().is_some() { size } else { 0 };
    let took = (options.clock)();
    Ok((
        Built { path, kind, base: None, size, full_size, outcome, unchanged: false, manifest: digest, took },
        Some(file),
    ))
}

/// The payloads of the full package, and where their bytes stand in the spool.
fn stored<'s>(manifest: &Manifest, compressed: Vec<Compressed>, spool: &'s File) -> Vec<(Payload, Part<'s>)> {
    let images = manifest.release().map_or(&[][..], |r| &r.images);
    let mut at = 0u64;
    let mut payload = |(image, compressed): (&pkg_format::manifest::Image, Compressed)| {
        let payload = Payload {
            component: image.component.clone(),
            codec: Codec::Zstd,
            base: None,
            decode_memory: compressed.decode_memory,
            chunks: compressed.chunks,
        };
        let part = Part { file: spool, at, size: payload.stored_bytes() };
        at = at.saturating_add(part.size);
        (payload, part)
    };
    images.iter().zip(compressed).map(&mut payload).collect()
}

/// Sorts the images by component, as the manifest lists them, and gives their files.
fn image_order(draft: &mut Draft) -> Result<Vec<Input>> {
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
    if let Some((at, found)) = secrets::in_texts(&tree, "") {
        return Err(Error::PrivateKey { at, found });
    }
    checks::characters(&tree)?;
    let bytes = tree.to_bytes();
    let manifest = Manifest::decode(&bytes)?;
    checks::languages(&tree, &draft.languages)?;
    Ok((manifest, bytes))
}

/// The evidence that travels: index in the manifest, and file.
fn evidence_that_travels(manifest: &Manifest, draft: &Draft) -> Result<Vec<(u64, Input)>> {
    if manifest.release().is_none() {
        let entries = (0u64..).zip(&manifest.common().evidence);
        for (index, _) in entries.filter(|(_, e)| e.uri.is_none()) {
            if !draft.evidence.iter().any(|(i, _)| *i == index) {
                let why = "evidence of a notice or a withdrawal is embedded or has a uri: give file or uri";
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

/// `NAME-VERSION.full.pkg`, `NAME-ID.notice.pkg`, `NAME-ID.withdrawal.pkg`.
fn output_name(common: &Common, manifest: &Manifest) -> (String, &'static str) {
    let name = &common.product.name;
    match manifest.release() {
        Some(release) => (format!("{name}-{}.full.pkg", release.identity.version), "full"),
        None => (format!("{name}-{}.{}.pkg", common.id, manifest.kind()), manifest.kind().word()),
    }
}
