//! Mirrors: whole copies of a log with its packages, files first, head last.

use crate::catalogue::Catalogue;
use crate::delta;
use crate::error::{Error, Result};
use crate::files::{SMALL, create, exists, read_there, replace};
use crate::head::{bring_up, each};
use crate::keyrings::{self, Found};
use crate::store::{Content, Created, Store};
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Digest, Refusal, Rule, limits};
use pkg_repository::{Error as FetchError, Transport, fetch, may_need_newer_keys};
use pkg_verify::{Keyring, verify_head};
use std::fs::File;
use std::io::Write as _;
use std::ops::ControlFlow;

/// What a mirror got.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mirrored {
    /// The version of the newest head.
    pub version: u64,
    /// How many packages were copied, and how many bytes.
    pub packages: u64,
    /// Bytes of packages that were copied.
    pub bytes: u64,
    /// How many packages were there already.
    pub there: u64,
}

/// Copies a log and everything that it names. What is there already is not copied again, so the same call resumes
/// after an interruption; but a delta that the keyring refuses by now is replaced. The keyring verifies the head;
/// packages are copied as their digests name them, whoever signed them.
///
/// # Errors
///
/// A file is missing, is not the one that was named, or cannot be written. The head of the copy is as it was then.
pub fn mirror(
    from: &mut dyn Transport,
    to: &mut dyn Store,
    of: &LogName,
    keyring: &Keyring,
    progress: &dyn Fn(u64),
) -> Result<Mirrored> {
    let catalogue = Catalogue::read(from, of, keyring)?;
    let version = catalogue.head().head().version;
    let mut mirrored = Mirrored { version, ..Mirrored::default() };
    keyrings::each(from, catalogue.head().head().keyring, keyring, |path, found| match found {
        Found::Missing => Ok(()),
        Found::Sound(file) => create(to, path, &file).map(drop),
        Found::Wrong(refusal) => Err(Error::refused(path, refusal)),
    })?;
    copy(from, to, (&catalogue, keyring), &mut mirrored, progress)?;
    each(from, of, keyring, version, |_, number, file| {
        let path = paths::head_version(of, number);
        let file = file.ok_or_else(|| FetchError::Missing(path.clone()))?;
        head(to, &path, &file, |file| verify_head(file, keyring, of).map(drop))?;
        Ok(ControlFlow::Continue(()))
    })?;
    bring_up(to, of, keyring, version)?;
    Ok(mirrored)
}

/// Copies packages, deltas and pages of a log.
pub(crate) fn copy(
    from: &mut dyn Transport,
    to: &mut dyn Store,
    (catalogue, keyring): (&Catalogue, &Keyring),
    mirrored: &mut Mirrored,
    progress: &dyn Fn(u64),
) -> Result<()> {
    for entry in catalogue.log().live() {
        package(from, to, entry, mirrored, progress)?;
    }
    for (target, base) in delta::possible(catalogue) {
        copy_delta(from, to, (catalogue, keyring), (&target, &base), mirrored)?;
    }
    pages(from, to, catalogue)
}

fn package(
    from: &mut dyn Transport,
    to: &mut dyn Store,
    entry: &Entry,
    mirrored: &mut Mirrored,
    progress: &dyn Fn(u64),
) -> Result<()> {
    let Some(object) = entry.object else { return Ok(()) };
    let path = paths::package(&object.package);
    match exists(to, &path)? {
        Some(size) if size.is_none_or(|size| size == object.size) => {
            mirrored.there = mirrored.there.saturating_add(1);
            progress(object.size);
            return Ok(());
        }
        Some(_) => {
            let why = format!("its size is not {}", object.size);
            return Err(Error::refused(path, Refusal::new(Rule::Rep9, why)));
        }
        None => {}
    }
    let mut copy = delta::temporary()?;
    fetch::package(from, entry, |bytes| {
        progress(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(copy.write_all(bytes)?)
    })?;
    put(to, &path, &copy, object.package, mirrored)
}

fn put(to: &mut dyn Store, path: &str, copy: &File, digest: Digest, mirrored: &mut Mirrored) -> Result<()> {
    let content = Content::File(copy, digest);
    let size = content.size().map_err(|error| Error::write(to, path, error))?;
    match to.create(path, &content).map_err(|error| Error::write(to, path, error))? {
        Created::There => mirrored.there = mirrored.there.saturating_add(1),
        Created::New => {
            mirrored.packages = mirrored.packages.saturating_add(1);
            mirrored.bytes = mirrored.bytes.saturating_add(size);
        }
    }
    Ok(())
}

/// Copies a delta, if there is one. Devices verify it; nothing names its digest. One that is there stays, unless the
/// keyring refuses it and not the one that would replace it: its signer was removed, and it was signed again.
fn copy_delta(
    from: &mut dyn Transport,
    to: &mut dyn Store,
    by: (&Catalogue, &Keyring),
    pair: (&Digest, &Digest),
    mirrored: &mut Mirrored,
) -> Result<()> {
    let path = paths::delta(pair.0, pair.1);
    if exists(from, &path)?.is_none() {
        return Ok(());
    }
    let is_there = exists(to, &path)?.is_some();
    if is_there && (delta::is_sound(to, by, pair)? || !delta::is_sound(from, by, pair)?) {
        return Ok(());
    }
    let Some((copy, digest)) = delta::fetch(from, pair)? else { return Ok(()) };
    if !is_there {
        return put(to, &path, &copy, digest, mirrored);
    }
    let content = Content::File(&copy, digest);
    replace(to, &path, &content)?;
    mirrored.packages = mirrored.packages.saturating_add(1);
    mirrored.bytes = mirrored.bytes.saturating_add(content.size().unwrap_or(0));
    Ok(())
}

/// Copies every page, from the newest back to the first.
fn pages(from: &mut dyn Transport, to: &mut dyn Store, catalogue: &Catalogue) -> Result<()> {
    let (of, named) = (&catalogue.head().head().of, catalogue.head().head().log);
    let mut reading = pkg_repository::Reading::new(pkg_repository::Log::new(), named)
        .map_err(|e| Error::refused("the log", e))?;
    while let Some(next) = reading.next() {
        let path = paths::page(of, &next);
        let file = read_there(from, &path, limits::STATEMENT)?;
        reading.take(&file).map_err(|e| Error::refused(&path, e))?;
        create(to, &path, &file)?;
    }
    Ok(())
}

/// Copies the head of one version. Another head of that version is a fork, and is not touched; neither is a file that is
/// no head at all. One that no key in force signed, such as that of a thief, is no head to copy: the mirror may have
/// another one in its place.
fn head(
    to: &mut dyn Store,
    path: &str,
    file: &[u8],
    verify: impl Fn(&[u8]) -> pkg_verify::Result<()>,
) -> Result<()> {
    match create(to, path, file) {
        Err(Error::Different { .. }) if verify(file).is_ok() => {
            let there = read_there(to, path, SMALL)?;
            match verify(&there) {
                Err(pkg_verify::Error::Refused(damage)) if !may_need_newer_keys(damage.rule) => {
                    let why = format!("the mirror has a damaged file there: {}", damage.why);
                    Err(Error::refused(path, Refusal { why, ..damage }))
                }
                _ => {
                    let why = "the mirror has another head of this version";
                    Err(Error::refused(path, Refusal::new(Rule::Rep4, why)))
                }
            }
        }
        Err(Error::Different { .. }) => Ok(()),
        created => created.map(drop),
    }
}
