//! Unattributed changes: changed files in the images that no fix of a security release mentions (SPEC 7.9).
//!
//! The images are compared with those in the full package of `previous`, or else with those of each base.

use crate::base::Base;
use crate::error::{Error, Result};
use crate::image_file::{digest, private_copy};
use crate::input::Input;
use crate::options::PackageOptions;
use crate::release::prior::{Archive, Prior};
use crate::separation::{Separation, UnattributedChanges};
use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_contents::{Change, Entry, Image, Inside, Kind, Limits, Listing, ReadAt, list, outside};
use pkg_format::manifest::{Fix, Manifest, Release, Security};
use pkg_format::touches::{Pattern, covers_everything};
use pkg_format::{Digest, Id, Refusal, Rule};
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
    archive: &Archive<'_>,
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
            return Err(refusal(&found, security).into());
        }
        if !found.is_empty() {
            (separation.tell)(&found);
        }
    }
    Ok(looked)
}

/// Refuses images that were changed after they were compared.
pub(crate) fn packed(looked: &Looked, files: &[Input], found: &[(u64, Digest)]) -> Result<()> {
    for ((looked, path), (_, packed)) in looked.iter().zip(files).zip(found) {
        if looked.is_some_and(|looked| looked != *packed) {
            return Err(changes(path));
        }
    }
    Ok(())
}

fn refusal(found: &UnattributedChanges, security: &Security) -> Refusal {
    let first = found.files.first().map_or("", String::as_str);
    let why = match (found.unexplained.first(), found.files.len(), found.told) {
        (Some((image, why)), ..) => format!(
            "the image {image} differs from {}, and the difference cannot be explained: {why}; if a fix needs it, write touches = [\"{image}:**\"]",
            found.base
        ),
        (None, n, false) => {
            format!(
                "{n} files differ from {}, and no fix says what it touches; the first is {first}",
                found.base
            )
        }
        (None, n, true) => {
            format!(
                "no fix touches {n} of {} files that differ from {}; the first is {first}",
                found.changed, found.base
            )
        }
    };
    let latest = security.fixes.iter().map(|f| f.level).max();
    let at = security.fixes.iter().position(|f| Some(f.level) == latest).unwrap_or(0);
    Refusal::new(Rule::Sep18, why).at_index(at).within("fixes")
}

/// The patterns of the fixes that are newer than the base.
fn patterns<'r>(release: &'r Release, security: &'r Security, base: &Base) -> Vec<Pattern<'r>> {
    let components: Vec<_> = release.images.iter().map(|i| i.component.as_str()).collect();
    let since = |f: &&Fix| f.level > base.security_level();
    let touches = security.fixes.iter().filter(since).flat_map(|f| &f.touches);
    touches.map(|t| Pattern::new(t.as_str(), &components)).collect()
}

fn compare(
    release: &Release,
    security: &Security,
    base: &Base,
    files: &[Input],
    looked: &mut Looked,
    archive: &Archive<'_>,
    options: &PackageOptions<'_>,
) -> Result<UnattributedChanges> {
    let patterns = patterns(release, security, base);
    let names = |component: &Id| patterns.iter().any(|p| p.names(component.as_str()));
    let mut found = UnattributedChanges {
        base: base.version.clone(),
        changed: 0,
        files: Vec::new(),
        told: !patterns.is_empty(),
        unexplained: Vec::new(),
        everything: Vec::new(),
    };
    let mut differ: Vec<(&Id, &Input, FileBase)> = Vec::new();
    for ((image, path), looked) in release.images.iter().zip(files).zip(looked) {
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
                    return Err(changes(path));
                }
            }
            None if base.is_whole() => {
                one_sided(&mut found, '+', &image.component, names(&image.component));
            }
            None if names(&image.component) => {}
            None => {
                let why = "there is no earlier image to compare it with".to_owned();
                found.unexplained.push((image.component.to_string(), why));
            }
        }
    }
    for gone in base.gone(release) {
        one_sided(&mut found, '-', gone, names(gone));
    }
    let wanted = |c: &Id| differ.iter().any(|(component, ..)| *component == c);
    for old in base.images(&wanted, archive, options)? {
        let Some(at) = differ.iter().position(|(c, ..)| **c == old.component) else { continue };
        let (component, path, new) = differ.swap_remove(at);
        let (old, new) = (listed(old.bytes, path, options)?, listed(new, path, options)?);
        match Inside::compare(&old, &new) {
            Inside::Unexplained(_) if names(component) => found.changed += 1,
            Inside::Unexplained(why) => found.unexplained.push((component.to_string(), why)),
            Inside::Files(changes) => {
                found.changed += changes.len();
                let covers = |c: &Change| {
                    patterns
                        .iter()
                        .any(|p| p.covers_change(component.as_str(), c.path(), c.kind().must_be_named()))
                };
                let files = outside(&changes, &covers).into_iter();
                found.files.extend(files.map(|c| format!("{} {component}: {}", c.sign(), c.path())));
                if covers_all(&patterns, component.as_str(), &new, changes.len()) {
                    found.everything.push(component.to_string());
                }
            }
        }
    }
    Ok(found)
}

/// Whether the patterns cover every file of an image, not only those that changed.
fn covers_all(patterns: &[Pattern<'_>], component: &str, new: &Listing, changed: usize) -> bool {
    let covered = |e: &Entry| patterns.iter().any(|p| p.covers(component, &e.path));
    let mut files = new.entries.iter().filter(|e| e.kind == Kind::File);
    covers_everything(patterns, component)
        || (files.clone().count() > changed.saturating_add(1) && files.all(covered))
}

fn changes(path: &Path) -> Error {
    Error::file("read", path, std::io::Error::other("it changed while it was read"))
}

/// An image that was added or removed counts as one file.
fn one_sided(found: &mut UnattributedChanges, sign: char, component: &Id, covered: bool) {
    found.changed += 1;
    if !covered {
        found.files.push(format!("{sign} {component}: the whole image"));
    }
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
    let limits = Limits::of(size);
    let to = pkg_contents::Options { limits, scratch: options.out, interrupted: options.interrupted };
    list(&Image::new(Bytes(image), size), &to).map_err(|e| match e {
        pkg_contents::Error::Read(e) => Error::file("read", path, e),
        pkg_contents::Error::Scratch(e) => Error::file("write a file in", options.out, e),
        _ => Error::Interrupted,
    })
}
