//! What else changed: files of the images that no fix of a security release touches (SPEC 7.9).
//!
//! It takes the images before: those of the full package of `previous`, else those of each base.

use crate::base::Base;
use crate::build::Options;
use crate::difference::digest;
use crate::error::{Error, Result};
use crate::input::Input;
use crate::release::prior::{Archive, Prior};
use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_contents::touches::{Pattern, outside};
use pkg_contents::{Image, Inside, Limits, ReadAt, list};
use pkg_format::manifest::{AppliesTo, Fix, Manifest, Release, Security};
use pkg_format::{Id, Refusal, Rule, Version};
use std::io;

/// What is done about files that no fix touches.
#[derive(Clone, Copy)]
pub struct Separation<'a> {
    /// Refuse the release (SEP-18).
    pub strict: bool,
    /// Called with what was found, where there is something.
    pub tell: &'a dyn Fn(&Untouched),
}

impl Default for Separation<'_> {
    /// Nothing is refused and nobody told.
    fn default() -> Self {
        Separation { strict: false, tell: &|_| () }
    }
}

/// Files that changed and that no fix touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untouched {
    /// The version that the images were compared with.
    pub base: Version,
    /// How many files changed in all.
    pub changed: usize,
    /// Those that no fix touches: `~ rootfs: usr/bin/tool`; `+` added, `-` removed, `~` changed.
    pub files: Vec<String>,
    /// Whether any of the fixes says what it touches.
    pub told: bool,
    /// Components whose images could not be compared file by file, and that no fix touches as a whole.
    pub unseen: Vec<String>,
}

/// Compares the images of a security release with those before it.
pub(crate) fn check(
    manifest: &Manifest,
    previous: Option<&Prior>,
    bases: &[Base],
    files: &[Input],
    archive: &Archive<'_>,
    options: &Options<'_>,
) -> Result<()> {
    let Some((release, security)) = manifest.release().and_then(|r| Some((r, r.security()?))) else {
        return Ok(());
    };
    let product = &manifest.common().product;
    let before = previous.and_then(|prior| {
        let of = prior.release_of(product.vendor.as_str(), product.name.as_str())?;
        (of.identity.scope == release.identity.scope).then_some(prior)
    });
    let own = before.and_then(Base::before);
    let bases: Vec<&Base> = own.as_ref().map_or_else(|| bases.iter().collect(), |own| vec![own]);
    let first = matches!(&release.applies_to, AppliesTo::States(states) if states.is_empty());
    if options.separation.strict && bases.is_empty() && !first {
        return Err(match before {
            Some(prior) => Error::NotFull { what: "previous release", path: prior.path.to_path_buf() },
            None => Error::NothingBefore,
        });
    }
    for base in bases {
        let found = compare(release, security, base, files, archive, options)?;
        if options.separation.strict && !(found.files.is_empty() && found.unseen.is_empty()) {
            return Err(refusal(&found, security).into());
        }
        if !found.files.is_empty() {
            (options.separation.tell)(&found);
        }
    }
    Ok(())
}

fn refusal(found: &Untouched, security: &Security) -> Refusal {
    let first = found.files.iter().chain(&found.unseen).next().map_or("", String::as_str);
    let why = match (found.files.len(), found.told) {
        (0, _) => format!(
            "what changed in {first} since {} is not known: touches = [\"{first}:**\"] says that a fix touches all of it",
            found.base
        ),
        (n, false) => {
            format!("{n} files differ from {} and no fix says what it touches, first {first}", found.base)
        }
        (n, true) => {
            format!(
                "{n} of {} files that differ from {} are touched by no fix, first {first}",
                found.changed, found.base
            )
        }
    };
    let latest = security.fixes.iter().map(|f| f.level).max();
    let at = security.fixes.iter().position(|f| Some(f.level) == latest).unwrap_or(0);
    Refusal::new(Rule::Sep18, why).at_index(at).within("fixes")
}

/// The patterns of the fixes that came in after the base.
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
    archive: &Archive<'_>,
    options: &Options<'_>,
) -> Result<Untouched> {
    let patterns = patterns(release, security, base);
    let covers = |component: &Id| patterns.iter().any(|p| p.covers(component.as_str(), ""));
    let mut found = Untouched {
        base: base.version.clone(),
        changed: 0,
        files: Vec::new(),
        told: !patterns.is_empty(),
        unseen: Vec::new(),
    };
    let mut differ: Vec<(&Id, &Input)> = Vec::new();
    for (image, path) in release.images.iter().zip(files) {
        match base.digest(&image.component) {
            Some(before) if before == digest(&open(path)?, path, options.interrupted)? => {}
            Some(_) => differ.push((&image.component, path)),
            None if base.is_whole() => {
                one_sided(&mut found, '+', &image.component, covers(&image.component));
            }
            None if covers(&image.component) => {}
            None => found.unseen.push(image.component.to_string()),
        }
    }
    for gone in base.gone(release) {
        one_sided(&mut found, '-', gone, covers(gone));
    }
    for old in base.images(&|c| differ.iter().any(|(component, _)| *component == c), archive, options)? {
        let Some((component, path)) = differ.iter().find(|(c, _)| **c == old.component) else { continue };
        match inside(old.bytes, path, options)? {
            Inside::Bytes(_) if covers(component) => found.changed += 1,
            Inside::Bytes(_) => found.unseen.push(component.to_string()),
            Inside::Files(changes) => {
                found.changed += changes.len();
                let files = outside(&changes, component.as_str(), &patterns).into_iter();
                found.files.extend(files.map(|c| format!("{} {component}: {}", c.sign(), c.path())));
            }
        }
    }
    Ok(found)
}

/// An image that came or went as a whole counts as one file.
fn one_sided(found: &mut Untouched, sign: char, component: &Id, covered: bool) {
    found.changed += 1;
    if !covered {
        found.files.push(format!("{sign} {component}: the whole image"));
    }
}

fn open(path: &Input) -> Result<FileBase> {
    FileBase::new(path.open()?).map_err(|e| Error::file("read", path.to_path_buf(), e))
}

/// A file that the codec knows as bytes, for those who look into it.
struct Bytes(FileBase);

impl ReadAt for Bytes {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let left = usize::try_from(self.0.size().saturating_sub(offset)).unwrap_or(usize::MAX);
        let length = left.min(buffer.len());
        self.0.read_exact_at(offset, &mut buffer[..length])?;
        Ok(length)
    }
}

fn inside(old: FileBase, new: &Input, options: &Options<'_>) -> Result<Inside> {
    let to_list = |image: FileBase| {
        let size = image.size();
        let limits = Limits::default();
        let to = pkg_contents::Options { limits, scratch: options.out, interrupted: options.interrupted };
        list(&Image::new(Bytes(image), size), &to).map_err(|e| match e {
            pkg_contents::Error::Read(e) => Error::file("read", new.to_path_buf(), e),
            pkg_contents::Error::Scratch(e) => Error::file("write a file in", options.out, e),
            _ => Error::Interrupted,
        })
    };
    Ok(Inside::compare(&to_list(old)?, &to_list(open(new)?)?))
}
