//! Building: a description and images become signed packages, which are verified before they are kept.

use crate::base::{Base, distinct, within};
use crate::built::{Built, Made};
use crate::delta::Full;
use crate::description::{Places, Table, read_with_includes};
use crate::error::{Error, Result};
use crate::input::Input;
use crate::options::{BuildOptions, PackageOptions};
use crate::package::{Part, SignedStatement, StoredPayload};
use crate::payload::{self, Compressed};
use crate::release::draft::Draft;
use crate::release::prior::{Prior, PriorPackages};
use crate::release::{checks, own_state, statuses, stranded};
use crate::replace::{keep, same_step_only};
use crate::seal::Contents;
use crate::secrets;
use crate::self_check::{SelfCheck, keyring_of_signers};
use crate::unattributed_changes;
use pkg_files::Roots;
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, DeliveryKind, Payload};
use pkg_format::manifest::{Common, Manifest};
use pkg_format::{Digest, Refusal, Rule, Tree};
use std::fs::File;
use std::path::{Path, PathBuf};

/// A release description that was read.
pub struct Description {
    table: crate::description::Table,
    places: Places,
    roots: Roots,
    /// The key files it names, relative to its folder: the release keys, and the delivery key.
    pub signing: (Vec<String>, Option<String>),
}

impl Description {
    /// Reads the text of a description that is in the folder `dir`. The files it names, such as those it includes, must
    /// be there too, or in one of `input_roots`.
    ///
    /// # Errors
    /// The text or an included file is not a description, or there is no such folder or file.
    pub fn read(text: &str, dir: &Path, input_roots: &[PathBuf]) -> Result<Description> {
        for folder in input_roots {
            folder.canonicalize().map_err(|e| Error::file("read", folder, e))?;
        }
        let roots = Roots::new(dir, input_roots).map_err(|e| Error::file("read", dir, e))?;
        let (mut table, places) = read_with_includes(text, &roots)?;
        let mut signing = table.table("signing");
        let signing = (signing.texts("keys"), signing.text("delivery-key"));
        Ok(Description { table, places, roots, signing })
    }

    /// The path of a key file that it names, if it lies in one of the folders.
    ///
    /// # Errors
    /// It lies elsewhere, or is not there.
    pub fn key_path(&self, name: &str) -> Result<PathBuf> {
        Input::described(&self.roots, name).map(|key| key.to_path_buf())
    }
}

impl Description {
    /// How many bytes of images a build reads, for a progress bar: once for the full package and once for each delta.
    /// A file that cannot be read counts as 0.
    pub fn image_bytes(&self) -> u64 {
        let mut table = self.table.clone();
        let times = u64::try_from(table.tables("base").len()).unwrap_or(0).saturating_add(1);
        let files = table.tables("image").into_iter().filter_map(|mut i| i.text("file"));
        let sizes = files
            .filter_map(|f| self.roots.find(Path::new(&f)).ok()?.path().metadata().ok())
            .map(|m| m.len());
        sizes.sum::<u64>().saturating_mul(times)
    }

    /// Builds the packages of this description. Either all of them are kept or none.
    ///
    /// # Errors
    /// The description breaks a rule, a file cannot be read or written, a key does not sign, or a file would be replaced
    /// that must not be. Nothing is left behind.
    pub fn build(&self, options: &BuildOptions<'_>) -> Result<Vec<Built>> {
        let options = &options.resolved();
        let own = keyring_of_signers(&[options.signers, options.package.delivery_signers])?;
        let keyring = options.package.keyring.or(own.as_ref());
        let archive = PriorPackages { roots: Some(&self.roots), keyring };
        let mut table = self.table.clone();
        // A notice has no bases. They stay in the table, so that the reader of manifests refuses them.
        let is_release = table.peek("kind").is_none_or(|kind| kind == "release");
        let bases = if is_release { table.tables("base") } else { Vec::new() };
        let draft = Draft::new(table, &archive, options.issued)?;
        self.place(make(draft, bases, &archive, options))
    }

    /// Adds to a refusal where in the description its field is.
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

/// Compresses the images of a draft, and seals its packages.
fn make(
    mut draft: Draft,
    bases: Vec<Table>,
    archive: &PriorPackages<'_>,
    build: &BuildOptions<'_>,
) -> Result<Vec<Built>> {
    let options = &build.package;
    let files: Vec<Input> = image_order(&mut draft)?;
    files.iter().try_for_each(Input::is_no_key)?;
    let mut spool =
        tempfile::tempfile_in(options.out).map_err(|e| Error::file("create a file in", options.out, e))?;
    // Texts and bases are checked before the long work begins, with stand-ins for sizes and digests.
    let stand_in: Vec<_> = files.iter().map(|_| (1, Digest([0; 32]))).collect();
    let (manifest, _) = check(&draft, &stand_in)?;
    statuses::complete(&mut draft.tree, &manifest, &draft.past, &draft.given);
    let (manifest, _) = check(&draft, &stand_in)?;
    let bases = described(bases, archive, &manifest, options)?;
    let looked = unattributed_changes::check(
        &manifest,
        draft.past.previous.as_ref(),
        &bases,
        &files,
        archive,
        &build.separation,
        options,
    )?;
    let compressed = payload::compress(&files, &mut spool, build)?;
    let found: Vec<_> = compressed.iter().map(|c| (c.size, c.sha256)).collect();
    unattributed_changes::packed(&looked, &files, &found)?;
    let (manifest, bytes) = check(&draft, &found)?;
    checks::follows(&manifest, &draft.past, &draft.given)?;
    checks::leads(&manifest, &draft.past, &draft.given)?;
    statuses::check(&manifest, &draft.past, &draft.given)?;
    warn(&manifest, &draft, build);
    (build.judge)(&manifest, Digest::of(&bytes))?;

    let evidence = embedded_evidence(&manifest, &draft)?;
    let mut inputs: Vec<_> = draft.past.all().map(|p| p.path.to_path_buf()).collect();
    inputs.extend(bases.iter().flat_map(Base::paths));
    let check = SelfCheck::new(build, &manifest)?;
    let signed = &SignedStatement::by(build.signers, StatementKind::Manifest, bytes)?;
    let manifest = &manifest;
    let payloads = stored(manifest, compressed, &spool);
    let kind = DeliveryKind::Full;
    let contents = Contents { manifest, signed, kind, payloads: payloads.clone(), evidence: &evidence };
    let (built, file) = full(contents, &inputs, &check, options)?;
    let size = built.size;
    let mut made = vec![(built, file)];
    if !bases.is_empty() {
        let images = files.iter().map(Input::open_image).collect::<Result<_>>()?;
        let full = Full { manifest, signed, images, payloads, size };
        made.extend(full.deltas(&bases, archive, &check, &inputs, options)?);
    }
    keep(made, options.replace)
}

/// Tells the caller what is not refused.
fn warn(manifest: &Manifest, draft: &Draft, build: &BuildOptions<'_>) {
    let new = Prior::unsigned(manifest);
    if let Some(warning) = stranded::stranded(&new, &draft.past, &draft.given) {
        (build.warn)(&warning);
    }
}

/// Reads the bases of a description.
fn described(
    tables: Vec<Table>,
    archive: &PriorPackages<'_>,
    manifest: &Manifest,
    options: &PackageOptions<'_>,
) -> Result<Vec<Base>> {
    let base = |(i, table)| {
        Base::described(table, archive, manifest, options).map_err(|e| within(e, &format!("base[{i}]")))
    };
    let bases = tables.into_iter().enumerate().map(base).collect::<Result<Vec<_>>>()?;
    distinct(&bases)?;
    Ok(bases)
}

/// Makes the full package of a release, or the package of a notice or a withdrawal.
fn full(
    contents: Contents<'_>,
    inputs: &[PathBuf],
    check: &SelfCheck<'_>,
    options: &PackageOptions<'_>,
) -> Result<Made> {
    let (manifest, signed) = (contents.manifest, contents.signed);
    let (name, kind) = output_name(manifest.common(), manifest);
    let path = options.out.join(name);
    same_step_only(&path, manifest, inputs)?;
    let sealed = contents.seal(&path, check, options)?;
    let built = Built {
        path,
        kind,
        base: None,
        size: sealed.size,
        full_size: manifest.release().map_or(0, |_| sealed.size),
        outcome: signed.outcome(),
        unchanged: false,
        manifest: Digest::of(&signed.statement),
        took: (options.clock)(),
    };
    Ok((built, Some(sealed.file)))
}

/// The payloads of the full package, and where their bytes are in the spool.
fn stored<'s>(manifest: &Manifest, compressed: Vec<Compressed>, spool: &'s File) -> Vec<StoredPayload<'s>> {
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

/// Sorts the images by component, as the manifest lists them, and returns their files.
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

/// Completes the draft with the sizes and digests of the images, and checks it as any verifier would, and for what only
/// a builder can see.
fn check(draft: &Draft, found: &[(u64, Digest)]) -> Result<(Manifest, Vec<u8>)> {
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
    own_state::fill(&mut tree);
    own_state::refuse(&tree)?;
    if let Some((at, found)) = secrets::in_texts(&tree, "") {
        return Err(Error::PrivateKey { at, found });
    }
    checks::characters(&tree)?;
    let bytes = tree.to_bytes();
    let manifest = Manifest::decode(&bytes)?;
    checks::languages(&tree, &draft.languages)?;
    Ok((manifest, bytes))
}

/// The evidence that is embedded: its index in the manifest, and its file.
fn embedded_evidence(manifest: &Manifest, draft: &Draft) -> Result<Vec<(u64, Input)>> {
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
    let payload_free = manifest.release().is_none();
    Ok(draft.evidence.iter().filter(|(i, _)| !(payload_free && with_uri(i))).cloned().collect())
}

/// `NAME-VERSION.full.pkg` for a release, `NAME-ID.KIND.pkg` for all else.
fn output_name(common: &Common, manifest: &Manifest) -> (String, &'static str) {
    let name = &common.product.name;
    match manifest.release() {
        Some(release) => (format!("{name}-{}.full.pkg", release.identity.version), "full"),
        None => (format!("{name}-{}.{}.pkg", common.id, manifest.kind()), manifest.kind().as_str()),
    }
}
