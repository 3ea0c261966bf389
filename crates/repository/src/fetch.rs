//! Fetching what entries name: statements of a package, the package, and pages of the log.

use crate::log::Log;
use crate::pages::Reading;
use crate::transport::{self, Error, Range, Transport};
use alloc::{format, vec::Vec};
use core::cmp::Ordering;
use pkg_format::repository::{Entry, LogName, Object, TreeHead, paths};
use pkg_format::{Digest, Refusal, Rule, limits};
use pkg_sha256::Hasher;
use pkg_verify::{Keyring, Policy, Statements, io, open};

/// Where the package of an entry is.
fn object(entry: &Entry) -> Result<Object, Error> {
    let removed = || Refusal::new(Rule::Rep8, "the package was removed from the repository");
    entry.object.ok_or_else(|| removed().into())
}

/// So many bytes from the start.
fn first(length: u64) -> Range {
    Range { first: 0, length: Some(length) }
}

/// Fetches the front of a package and verifies its statements: what `decide` needs, before any payload is fetched.
///
/// # Errors
///
/// Those of [`front`] and [`verify_front`].
pub fn statements(
    transport: &mut dyn Transport,
    entry: &Entry,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<Statements, Error> {
    verify_front(&front(transport, entry)?, entry, keyring, policy)
}

/// Fetches the front of a package. A client may keep it: [`verify_front`] finds out what was spoilt.
///
/// # Errors
///
/// REP-9 where the file has another size; [`Error::Missing`] where the package is withheld.
pub fn front(transport: &mut dyn Transport, entry: &Entry) -> Result<Vec<u8>, Error> {
    let object = object(entry)?;
    let path = paths::package(&object.package);
    let mut body = transport::part(transport, &path, first(object.front), Some(object.size))?.body;
    let front = transport::up_to(&mut *body, &path, object.front)?;
    match u64::try_from(front.len()) == Ok(object.front) {
        true => Ok(front),
        false => {
            let why = format!("{} bytes, expected {}", front.len(), object.front);
            Err(Refusal::new(Rule::Rep9, why).into())
        }
    }
}

/// Verifies the statements in the front of a package.
///
/// # Errors
///
/// Those of verifying a package; REP-8 where the package is not the one that the entry describes.
pub fn verify_front(
    front: &[u8],
    entry: &Entry,
    keyring: &Keyring,
    policy: &Policy,
) -> Result<Statements, Error> {
    let object = object(entry)?;
    let path = paths::package(&object.package);
    let unverified = open(front).map_err(|error| Error::of(&path, error))?;
    let found = unverified.front();
    let statements =
        unverified.verify(keyring, policy).map_err(|error| Error::of(&path, error))?.into_statements();
    let described = Entry::new(statements.manifest(), statements.manifest_digest(), entry.object);
    if described != *entry || found != object.front {
        let why = format!(
            "manifest {}, the entry describes {}",
            described.manifest.short(),
            entry.manifest.short()
        );
        return Err(Refusal::new(Rule::Rep8, why).into());
    }
    Ok(statements)
}

/// Fetches a whole package and passes its bytes on as they come. What was passed on is to be discarded where this
/// fails, and it is verified as any package is.
///
/// # Errors
///
/// REP-9 where it is not the file that the entry names; [`Error::Missing`] where it is withheld; the error of `sink`.
pub fn package(
    transport: &mut dyn Transport,
    entry: &Entry,
    mut sink: impl FnMut(&[u8]) -> Result<(), io::Error>,
) -> Result<(), Error> {
    const PIECE: usize = 64 << 10;
    let object = object(entry)?;
    let path = paths::package(&object.package);
    let mut body = transport::part(transport, &path, first(object.size), Some(object.size))?.body;
    let (mut hasher, mut read, mut piece) = (Hasher::new(), 0u64, alloc::vec![0u8; PIECE]);
    loop {
        let n = body.read(&mut piece).map_err(|cause| Error::unread(&path, cause))?;
        let Some(new) = piece.get(..n) else {
            return Err(Error::unread(&path, io::Error::new("more bytes than were asked for")));
        };
        read = read.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
        if n == 0 || read > object.size {
            break;
        }
        hasher.update(new);
        sink(new).map_err(|cause| Error::unread(&path, cause))?;
    }
    let found = Digest(hasher.finish());
    match read == object.size && found == object.package {
        true => Ok(()),
        false => {
            let why = match read.cmp(&object.size) {
                Ordering::Greater => format!("at least {read} bytes, expected {}", object.size),
                Ordering::Less => format!("{read} bytes, expected {}", object.size),
                Ordering::Equal => format!("digest {}, expected {}", found.short(), object.package.short()),
            };
            Err(Refusal::new(Rule::Rep9, why).into())
        }
    }
}

/// Reads the log that a head names. `known` is what was read of it before; it may be empty.
///
/// # Errors
///
/// REP-5 and REP-6 where the pages are not that log, or not one that grew from `known`; [`Error::Missing`] where a page
/// is withheld. A refusal names the page.
pub fn log(transport: &mut dyn Transport, of: &LogName, known: Log, named: TreeHead) -> Result<Log, Error> {
    let mut reading = Reading::new(known, named)?;
    while let Some(next) = reading.next() {
        let path = paths::page(of, &next);
        let page: Vec<u8> = transport::file(transport, &path, limits::STATEMENT)?;
        reading.take(&page).map_err(|refusal| refusal.within(&path))?;
    }
    Ok(reading.finish(|page| paths::page(of, page))?)
}
