//! Folders: what lies in them, and what of it is a package, a keyring or neither.

use super::gather::products;
use crate::set::{KeyringFile, PackageFile, Refused, Set};
use pkg_format::{Digest, KeyringStatement, Refusal, Rule, limits};
use pkg_verify::{Keyring, Policy, Statements, Testing, keyring_members};
use std::collections::BTreeSet;
use std::fs::File;
use std::io::{Read, Seek as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much of each package is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Every byte.
    Whole,
    /// The statements: an audit looks at nothing else.
    Statements,
}

/// A file or folder that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {error}", path.display())]
pub struct Error {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub error: std::io::Error,
}

/// What one file is.
enum Content {
    Package(Box<Statements>),
    /// Why, and the digest of its manifest if only its signatures are not trusted.
    RefusedPackage(Refusal, Option<Digest>),
    Keyring(KeyringFile),
    Other,
}

/// Reads files and folders, with all folders in them, and verifies every package. Files that are neither package nor
/// keyring are skipped, unless their name ends in `.pkg`: then they are refused packages. `jobs` threads verify;
/// `progress` is called with each file once it is read. `listed` has what was verified elsewhere, under its name.
///
/// # Errors
///
/// The first file or folder that cannot be read. A package that breaks a rule is no error: it is listed as refused.
pub fn folders(
    paths: &[PathBuf],
    keyring: &Keyring,
    extent: Extent,
    jobs: NonZeroUsize,
    progress: &(dyn Fn(&Path) + Sync),
    listed: Vec<(String, Statements)>,
) -> Result<Set, Error> {
    let files = files(paths)?;
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Content, Error>>>> =
        files.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = files.binary_search(path).unwrap_or_default();
            let found = read(path, keyring, extent);
            progress(path);
            *results[at].lock().unwrap_or_else(PoisonError::into_inner) = Some(found);
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..jobs.get().min(files.len()) {
            scope.spawn(work);
        }
        work();
    });
    let mut set = Set::default();
    let (mut accepted, mut refused) = (Vec::new(), Vec::new());
    let mut accept = |set: &mut Set, path, statements: Statements| {
        let manifest = statements.manifest_digest();
        let of_manifest = statements.manifest().kind().as_str();
        let kind = statements.delivery().map_or(of_manifest, |d| d.kind.as_str());
        set.packages.push(PackageFile { path, manifest, kind });
        accepted.push(statements);
    };
    for (path, result) in files.iter().zip(results) {
        let path = path.display().to_string();
        let Some(found) = result.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        match found? {
            Content::Package(statements) => accept(&mut set, path, *statements),
            Content::RefusedPackage(refusal, manifest) => {
                refused.push((Refused::new(path, &refusal), manifest))
            }
            Content::Keyring(file) => set.keyrings.push(KeyringFile { path, ..file }),
            Content::Other => {}
        }
    }
    for (path, statements) in listed {
        accept(&mut set, path, statements);
    }
    let trusted: BTreeSet<Digest> = set.packages.iter().map(|p| p.manifest).collect();
    for (package, manifest) in refused {
        match manifest.is_some_and(|manifest| trusted.contains(&manifest)) {
            true => set.signed_again.push(package.path),
            false => set.refused.push(package),
        }
    }
    set.products = products(accepted);
    if !set.keyrings.iter().any(|k| k.used) {
        let statement = keyring.statement();
        let says = Ok((statement.name.to_string(), statement.version, keyring.digest()));
        set.keyrings.push(KeyringFile { path: "--keyring".into(), says, used: true });
    }
    Ok(set)
}

/// Every file in these folders and in all folders in them, sorted.
///
/// # Errors
///
/// The first path that cannot be read.
pub fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Error> {
    let mut files = Vec::new();
    for path in paths {
        walk(path, &mut files)?;
    }
    files.sort();
    files.dedup();
    Ok(files)
}

fn walk(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Error> {
    let fail = |error| Error { path: path.to_owned(), error };
    // A link to a folder above it would never end: only links to files, and those that the caller gave, are followed.
    if std::fs::metadata(path).map_err(fail)?.is_dir() {
        for entry in std::fs::read_dir(path).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let linked = entry.file_type().map_err(fail)?.is_symlink();
            if linked && entry.path().is_dir() {
                continue;
            }
            walk(&entry.path(), files)?;
        }
    } else {
        files.push(path.to_owned());
    }
    Ok(())
}

fn read(path: &Path, keyring: &Keyring, extent: Extent) -> Result<Content, Error> {
    let fail = |error| Error { path: path.to_owned(), error };
    let called_package = path.extension().is_some_and(|e| e == "pkg");
    let mut file = match pkg_files::open_regular(path) {
        // A pipe or a device could block for ever. If its name is that of a package, it is a refused package.
        Err(e) if pkg_files::NotRegular::from_error(&e).is_some() => {
            let no = || Refusal::new(Rule::Con1, "it is no regular file");
            return Ok(if called_package { Content::RefusedPackage(no(), None) } else { Content::Other });
        }
        file => file.map_err(fail)?,
    };
    let mut head = Vec::new();
    (&mut file).take(16).read_to_end(&mut head).map_err(fail)?;
    if head.starts_with(b"keyring.cbor\0") {
        return read_keyring(head, file, keyring).map(Content::Keyring).map_err(fail);
    }
    if !head.starts_with(b"manifest.cbor\0") && !called_package {
        return Ok(Content::Other);
    }
    file.rewind().map_err(fail)?;
    match verify(&file, keyring, extent) {
        Ok(statements) => Ok(Content::Package(Box::new(statements))),
        Err(pkg_verify::Error::Refused(refusal)) => {
            let manifest = match refusal.rule {
                Rule::Sig2 => manifest(&mut file).map_err(fail)?,
                _ => None,
            };
            Ok(Content::RefusedPackage(refusal, manifest))
        }
        Err(pkg_verify::Error::Io(error)) => Err(fail(error.into())),
        Err(other) => Err(fail(std::io::Error::other(other.to_string()))),
    }
}

/// The digest of the manifest in a package, which may be anybody's.
fn manifest(file: &mut File) -> std::io::Result<Option<Digest>> {
    file.rewind()?;
    Ok(pkg_verify::open(&*file).ok().map(|package| package.manifest_digest()))
}

fn verify(file: &File, keyring: &Keyring, extent: Extent) -> pkg_verify::Result<Statements> {
    // No payload is decoded here, so there is no reason to bound the memory that decoding would take.
    let policy = Policy::default().with_decode_memory(u64::MAX).with_testing(Testing::Accept);
    match extent {
        Extent::Whole => {
            let complete = pkg_verify::verify_whole(file, keyring, &policy, NonZeroUsize::MIN, &|_| ())?;
            Ok(complete.into_statements())
        }
        Extent::Statements => {
            let unverified = pkg_verify::open(std::io::BufReader::new(file))?;
            Ok(unverified.verify(keyring, &policy)?.into_statements())
        }
    }
}

fn read_keyring(mut bytes: Vec<u8>, file: File, used: &Keyring) -> std::io::Result<KeyringFile> {
    file.take(limits::KEYRING_FILE.saturating_add(1)).read_to_end(&mut bytes)?;
    let says = keyring_members(&bytes)
        .and_then(|versions| {
            // The newest version comes first. `pkg keyring` checks how one version follows another.
            let newest = versions.first().map_or(&[][..], |v| &v.statement);
            let statement = KeyringStatement::decode(newest)?;
            Ok((statement.name.to_string(), statement.version, Digest::of(newest)))
        })
        .map_err(|e| e.to_string());
    let used = says.as_ref().is_ok_and(|(.., digest)| *digest == used.digest());
    Ok(KeyringFile { path: String::new(), says, used })
}
