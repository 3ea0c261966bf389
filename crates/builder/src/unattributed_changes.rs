//! Unattributed changes: changed files in the images that no fix of a security release mentions (SPEC 7.9).
//!
//! The images are compared with those in the full package of `previous`, or else with those of each base.

use crate::base::Base;
use crate::error::{Error, Result};
use crate::image_file::{digest, private_copy};
use crate::input::Input;
use crate::options::PackageOptions;
use crate::release::prior::{Prior, PriorPackages};
use crate::separation::Separation;
use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_contents::{Image, Inside, Limits, ListOptions, Listing, ReadAt, list};
use pkg_diff::{Attribution, UnattributedChanges, UnattributedFile};
use pkg_format::description::quoted;
use pkg_format::manifest::{Manifest, Release, Security};
use pkg_format::{Digest, Id, Refusal, Rule, Version};
use std::io;
use std::path::Path;

/// The digests of the images that were compared, in their order: the packed images must have them. `None` if an image
/// was compared with nothing.
pub(crate) type Looked = Vec<Option<Digest>>;

/// Compares the images of a security release with those before it.
pub(crate) fn check(
    manifest: &Manifest,
    previous: Option<&Prior>,
    bases: &[Base],
    files: &[Input],
    archive: &PriorPackages<'_>,
    separation: &Separation<'_>,
    options: &PackageOptions<'_>,
) -> Result<Looked> {
    let mut looked: Looked = files.iter().map(|_| None).collect();
    let Some((release, security)) = manifest.release().and_then(|r| Some((r, r.security()?))) else {
        return Ok(looked);
    };
    let product = &manifest.common().product;
    let before = previous.and_then(|prior| {
        let of = prior.release_of(product.vendor.as_str(), product.name.as_str())?;
        (of.identity.scope == release.identity.scope).then_some(prior)
    });
    let own = before.and_then(Base::before);
    let bases: Vec<&Base> = own.as_ref().map_or_else(|| bases.iter().collect(), |own| vec![own]);
    if separation.strict && bases.is_empty() {
        return Err(match before {
            Some(prior) => Error::NotFull { what: "previous release", path: prior.path.to_path_buf() },
            None => Error::NothingBefore,
        });
    }
    for base in bases {
        let found = compare(release, security, base, files, &mut looked, archive, options)?;
        if separation.strict && !(found.files.is_empty() && found.unexplained.is_empty()) {
            return Err(refusal(&base.version, &found, security).into());
        }
        if !found.is_empty() {
            (separation.tell)(&base.version, &found);
        }
    }
    Ok(looked)
}

/// Refuses images that were changed after they were compared.
pub(crate) fn packed(looked: &Looked, files: &[Input], found: &[(u64, Digest)]) -> Result<()> {
    for ((looked, path), (_, packed)) in looked.iter().zip(files).zip(found) {
        if looked.is_some_and(|looked| looked != *packed) {
            return Err(Error::changed(path));
        }
    }
    Ok(())
}

/// How many files a refusal names.
const FEW: usize = 5;

fn refusal(base: &Version, found: &UnattributedChanges, security: &Security) -> Refusal {
    let unexplained = found.unexplained.iter().map(|(image, why)| {
        format!("the image {image} differs from {base}, and the difference cannot be explained: {why}")
    });
    let n = found.files.len();
    let files = match (n, found.has_touches()) {
        (0, _) => None,
        (_, false) => Some(format!("{n} files differ from {base}, and no fix says what it touches")),
        (_, true) => Some(format!("no fix touches {n} of {} files that differ from {base}", found.changed)),
    };
    let what: Vec<_> = unexplained.chain(files).collect();
    let images = found.unexplained.iter().map(|(image, _)| format!("{image}:**"));
    let entries = images.chain(found.files.iter().take(FEW).map(UnattributedFile::touches));
    let entries: Vec<_> = entries.map(|entry| quoted(&entry)).collect();
    let more = if n > FEW { ", and so on" } else { "" };
    let why = format!(
        "{}; if a fix needs the change, add to its touches: {}{more}",
        what.join("; "),
        entries.join(", ")
    );
    let latest = security.fixes.iter().map(|f| f.level).max();
    let at = security.fixes.iter().position(|f| Some(f.level) == latest).unwrap_or(0);
    Refusal::new(Rule::Sep18, why).at_index(at).within("fixes")
}

fn compare(
    release: &Release,
    security: &Security,
    base: &Base,
    files: &[Input],
    looked: &mut Looked,
    archive: &PriorPackages<'_>,
    options: &PackageOptions<'_>,
) -> Result<UnattributedChanges> {
    let mut attribution = Attribution::new(release, security, base.security_level());
    let mut differ: Vec<(&Id, &Input, FileBase)> = Vec::new();
    for ((image, path), looked) in release.images.iter().zip(files).zip(looked) {
        let component = image.component.as_str();
        match base.digest(&image.component) {
            Some(before) => {
                let mut now = digest(&path.open_image()?, path, options.interrupted)?;
                if before != now {
                    // Others may write to the image, but not to our copy.
                    let copy = private_copy(&path.open_image()?, path, options)?;
                    now = copy.1;
                    differ.push((&image.component, path, copy.0));
                }
                // It must be the same image for every base.
                if looked.replace(now).is_some_and(|earlier| earlier != now) {
                    return Err(Error::changed(path));
                }
            }
            None if base.is_whole() => attribution.one_sided(component, '+'),
            None if attribution.names(component) => {}
            None => {
                let why = "there is no earlier image to compare it with".to_owned();
                attribution.unexplained(component, why);
            }
        }
    }
    for gone in base.gone(release) {
        attribution.one_sided(gone.as_str(), '-');
    }
    let wanted = |c: &Id| differ.iter().any(|(component, ..)| *component == c);
    for old in base.images(&wanted, archive, options)? {
        let Some(at) = differ.iter().position(|(c, ..)| **c == old.component) else { continue };
        let (component, path, new) = differ.swap_remove(at);
        let (old, new) = (listed(old.bytes, path, options)?, listed(new, path, options)?);
        attribution.compared(component.as_str(), &Inside::compare(&old, &new), Some(&new));
    }
    Ok(attribution.finish())
}

/// A base as a source for reading its contents.
struct Bytes(FileBase);

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.0.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        self.0.read_exact_at(offset, &mut buffer[..length])?;
        Ok(length)
    }
}

fn listed(image: FileBase, path: &Path, options: &PackageOptions<'_>) -> Result<Listing> {
    let size = image.size();
    let limits = Limits::for_stored(size);
    let to = ListOptions { limits, scratch: options.out, interrupted: options.interrupted };
    list(&Image::new(Bytes(image), size), &to).map_err(|e| match e {
        pkg_contents::Error::Read(e) => Error::file("read", path, e),
        pkg_contents::Error::Scratch(e) => Error::file("write a file in", options.out, e),
        _ => Error::Interrupted,
    })
}
