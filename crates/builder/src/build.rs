//! Building: a description and images become signed packages, which are verified before they are kept.

use crate::base::{Base, distinct, within};
use crate::built::{Built, Made};
use crate::delta::Full;
use crate::description::Table;
use crate::error::{Error, Result};
use crate::faults::{ImageFiles, Sound};
use crate::input::Input;
use crate::options::{BuildOptions, PackageOptions};
use crate::package::{Part, SignedStatement, StoredPayload};
use crate::payload::{self, Compressed};
use crate::release::draft::Draft;
use crate::release::prior::{Prior, PriorPackages, Unverified};
use crate::release::statement::{check, image_order};
use crate::release::{checks, planned, statuses, stranded};
use crate::release_description::{Description, output_name};
use crate::replace::{keep, same_step_only};
use crate::seal::Contents;
use crate::self_check::{SelfCheck, keyring_of_signers};
use crate::unattributed_changes;
use crate::warning::{Before, Warning};
use pkg_format::cose::StatementKind;
use pkg_format::delivery::{Codec, DeliveryKind, Payload};
use pkg_format::manifest::Manifest;
use pkg_format::{Digest, Refusal, Rule};
use std::fs::File;
use std::path::PathBuf;

impl Description {
    /// Builds the packages of this description. Either all of them are kept or none.
    ///
    /// # Errors
    /// The description has faults ([`Error::Several`], if there is more than one), a file cannot be read or written, a key
    /// does not sign, or a file would be replaced that must not be. Nothing is left behind.
    pub fn build(&self, options: &BuildOptions<'_>) -> Result<Vec<Built>> {
        let options = &options.resolved();
        let own = keyring_of_signers(&[options.signers, options.package.delivery_signers])?;
        let keyring = options.package.keyring.or(own.as_ref());
        let archive = self.archive(keyring, Unverified::Refuse);
        let Sound { draft, bases, before, .. } = self.sound(&archive, options.issued, ImageFiles::Needed)?;
        self.place(make(draft, bases, before, &archive, options))
    }
}

/// Compresses the images of a draft, and seals its packages.
fn make(
    mut draft: Draft,
    bases: Vec<Table>,
    before: Option<(Before, Digest)>,
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
    warn(&manifest, &draft, archive, build);
    (build.judge)(&manifest, Digest::of(&bytes))?;
    let own = Prior::unsigned(&manifest).state();
    if let Some((before, _)) = before.filter(|(_, state)| *state != own) {
        (build.warn)(&Warning::OtherImages(before));
    }

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
fn warn(manifest: &Manifest, draft: &Draft, archive: &PriorPackages<'_>, build: &BuildOptions<'_>) {
    let new = Prior::unsigned(manifest);
    let dir = archive.roots.map(|roots| roots.dir());
    let support = stranded::support(&new, &draft.past, &draft.given);
    let stranded = stranded::stranded(&new, &draft.past, &draft.given, dir);
    let planned = planned::past(manifest);
    support.iter().chain(&stranded).chain(&planned).for_each(|warning| (build.warn)(warning));
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
    let (name, kind) = output_name(manifest);
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
