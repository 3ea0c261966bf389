//! Folders: what lies in them, and what of it is a package, a keyring or neither.

use super::Builder;
use crate::model::{KeyringFile, PackageFile, Refused, Set};
use pkg_format::{Digest, KeyringStatement, Refusal, Rule, limits};
use pkg_verify::{Keyring, Policy, Statements, Testing, keyring_members};
use std::fs::File;
use std::io::{Read, Seek as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much of each package is checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whole {
    /// Every byte.
    Yes,
    /// The statements: they are all that an audit looks at.
    StatementsOnly,
}

/// What cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read {}: {error}", path.display())]
pub struct Error {
    /// The file or folder.
    pub path: PathBuf,
    /// Why.
    #[source]
    pub error: std::io::Error,
}

/// What became of one file.
enum Read_ {
    Accepted(Box<Statements>),
    Refused(Refusal),
    Keyring(KeyringFile),
    Other,
}

/// Reads folders, and those in them, in the order of their names; a file may be given too. Every
/// package is verified. Files that are neither package nor keyring are passed over, unless they are
/// called `.pkg`: then they are refused.
pub fn folders(
    paths: &[PathBuf],
    keyring: &Keyring,
    whole: Whole,
    jobs: NonZeroUsize,
    progress: &(dyn Fn(&Path) + Sync),
) -> Result<(Builder, Set), Error> {
    let files = files(paths)?;
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<Result<Read_, Error>>>> = files.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        while let Some(path) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let at = files.binary_search(path).unwrap_or_default();
            let found = read(path, keyring, whole);
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
    let mut builder = Builder::default();
    let mut set = Set::default();
    for (path, result) in files.iter().zip(results) {
        let path = path.display().to_string();
        let Some(found) = result.into_inner().unwrap_or_else(PoisonError::into_inner) else { continue };
        match found? {
            Read_::Accepted(statements) => {
                builder.add(&statements);
                let manifest = statements.manifest_digest();
                let words = statements.manifest().kind().as_str();
                let kind = statements.delivery().map_or(words, |d| d.kind.as_str());
                set.packages.push(PackageFile { path, manifest, kind });
            }
            Read_::Refused(refusal) => {
                let why = match refusal.at.is_empty() {
                    true => refusal.why,
                    false => format!("{}: {}", refusal.at, refusal.why),
                };
                set.refused.push(Refused { path, rule: refusal.rule.id(), why });
            }
            Read_::Keyring(file) => set.keyrings.push(KeyringFile { path, ..file }),
            Read_::Other => {}
        }
    }
    if !set.keyrings.iter().any(|k| k.used) {
        let statement = keyring.statement();
        let says = Ok((statement.name.to_string(), statement.version, keyring.digest()));
        set.keyrings.push(KeyringFile { path: "--keyring".into(), says, used: true });
    }
    Ok((builder, set))
}

/// Every file of these folders and of those in them, sorted.
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
    // A link to a folder above would have no end: links are followed where they are given, and to files.
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

fn read(path: &Path, keyring: &Keyring, whole: Whole) -> Result<Read_, Error> {
    let fail = |error| Error { path: path.to_owned(), error };
    let called_package = path.extension().is_some_and(|e| e == "pkg");
    let mut file = match pkg_files::open_regular(path) {
        // A pipe or a device is not waited for. One that is called a package is refused as one.
        Err(e) if pkg_files::NotRegular::from_error(&e).is_some() => {
            let no = || Refusal::new(Rule::Con1, "it is no regular file");
            return Ok(if called_package { Read_::Refused(no()) } else { Read_::Other });
        }
        file => file.map_err(fail)?,
    };
    let mut head = Vec::new();
    (&mut file).take(16).read_to_end(&mut head).map_err(fail)?;
    if head.starts_with(b"keyring.cbor\0") {
        return read_keyring(head, file, keyring).map(Read_::Keyring).map_err(fail);
    }
    if !head.starts_with(b"manifest.cbor\0") && !called_package {
        return Ok(Read_::Other);
    }
    file.rewind().map_err(fail)?;
    match verify(&file, keyring, whole) {
        Ok(statements) => Ok(Read_::Accepted(Box::new(statements))),
        Err(pkg_verify::Error::Refused(refusal)) => Ok(Read_::Refused(refusal)),
        Err(pkg_verify::Error::Io(error)) => Err(fail(error.into())),
        Err(other) => Err(fail(std::io::Error::other(other.to_string()))),
    }
}

fn verify(file: &File, keyring: &Keyring, whole: Whole) -> pkg_verify::Result<Statements> {
    // Nothing is decoded here: how much memory that would take is for devices to bound.
    let policy = Policy::default().with_decode_memory(u64::MAX).with_testing(Testing::Accept);
    match whole {
        Whole::Yes => {
            let complete = pkg_verify::verify_whole(file, keyring, &policy, NonZeroUsize::MIN, &|_| ())?;
            Ok(complete.into_statements())
        }
        Whole::StatementsOnly => {
            let unverified = pkg_verify::open(std::io::BufReader::new(file))?;
            Ok(unverified.verify(keyring, &policy)?.into_statements())
        }
    }
}

fn read_keyring(mut bytes: Vec<u8>, file: File, used: &Keyring) -> std::io::Result<KeyringFile> {
    file.take(limits::KEYRING_FILE.saturating_add(1)).read_to_end(&mut bytes)?;
    let says = keyring_members(&bytes)
        .and_then(|versions| {
            // The newest comes first; how it came to be is for `pkg keyring` to judge.
            let newest = versions.first().map_or(&[][..], |v| &v.statement);
            let statement = KeyringStatement::decode(newest)?;
            Ok((statement.name.to_string(), statement.version, Digest::of(newest)))
        })
        .map_err(|e| e.to_string());
    let used = says.as_ref().is_ok_and(|(.., digest)| *digest == used.digest());
    Ok(KeyringFile { path: String::new(), says, used })
}
