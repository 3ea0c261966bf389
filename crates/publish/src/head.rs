//! Writing heads: the next version, signed and verified, and the copy that devices ask for.

use crate::catalogue::Catalogue;
use crate::error::{Error, Result};
use crate::files::{SMALL, create, create_new, exists, read};
use crate::options::Options;
use crate::store::{Created, Store};
use pkg_builder::repository::{head_file, keyring_versions};
use pkg_format::repository::{Entry, Head, LogName, Page, TreeHead, paths};
use pkg_format::{KeyringStatement, limits};
use pkg_repository::{Log, Transport};
use pkg_verify::{Keyring, VerifiedHead, keyring_members, verify_head};
use std::ops::ControlFlow;
use std::path::Path;

/// A head that is signed and that the keyring verifies, not written yet.
pub(crate) struct Signed {
    pub(crate) verified: VerifiedHead,
    pub(crate) file: Vec<u8>,
}

impl Signed {
    pub(crate) fn new(head: &Head, options: &Options<'_>) -> Result<Signed> {
        let file = head_file(head, options.signers)?;
        // What no device would believe is not published.
        let verified = verify_head(&file, options.keyring, &head.of);
        let verified = verified.map_err(|e| Error::verify("the new head", e))?;
        Ok(Signed { verified, file })
    }

    /// Creates `heads/N`: this decides. `There` means that somebody else was first.
    pub(crate) fn create(&self, store: &mut dyn Store) -> Result<Created> {
        let head = self.verified.head();
        let path = paths::head_version(&head.of, head.version);
        match create_new(store, &path, &self.file)? {
            // A store may have done it although it reported an error the first time.
            Created::There if read(store, &path, SMALL)?.as_ref() == Some(&self.file) => Ok(Created::New),
            created => Ok(created),
        }
    }
}

/// The head that follows another one.
pub(crate) fn next(before: &Catalogue, log: TreeHead, current: Vec<Entry>, options: &Options<'_>) -> Head {
    let old = before.head.head();
    Head {
        of: old.of.clone(),
        version: old.version.saturating_add(1),
        issued: options.issued.max(old.issued),
        max_age: options.max_age.unwrap_or(old.max_age),
        keyring: old.keyring.max(options.keyring.version()),
        log,
        current,
    }
}

/// Pages for new entries, and the log with them.
pub(crate) fn pages(log: &Log, entries: &[Entry]) -> Result<(Vec<Page>, Log)> {
    let (mut log, mut pages) = (log.clone(), Vec::new());
    for entries in entries.chunks(limits::PAGE) {
        let before = log.head();
        let page = Page { after: (before.size > 0).then_some(before), entries: entries.to_vec() };
        log.append(&page).map_err(|refusal| Error::refused("the log", refusal))?;
        pages.push(page);
    }
    Ok((pages, log))
}

/// Writes the pages that were made from this log.
pub(crate) fn write_pages(store: &mut dyn Store, of: &LogName, log: &Log, pages: &[Page]) -> Result<()> {
    let mut log = log.clone();
    for page in pages {
        log.append(page).map_err(|refusal| Error::refused("the log", refusal))?;
        create(store, &paths::page(of, &log.head()), &page.to_tree().to_bytes())?;
    }
    Ok(())
}

/// Writes the versions of a keyring that are not there. One that is there with other signatures stays.
pub(crate) fn write_keyrings(store: &mut dyn Store, keyring_file: &[u8]) -> Result<()> {
    for (version, file) in keyring_versions(keyring_file, Path::new("the keyring"))? {
        let path = paths::keyring(version);
        match create(store, &path, &file) {
            Err(Error::Different { .. }) if same_statement(store, &path, &file)? => {}
            created => drop(created?),
        }
    }
    Ok(())
}

/// What would keep a head from being published, as far as it can be told without signing or writing.
pub(crate) fn could_be_published(store: &mut dyn Store, of: &LogName, options: &Options<'_>) -> Result<()> {
    let keys: Vec<_> = options.signers.iter().map(|signer| signer.public_key().id()).collect();
    let able = options.keyring.may_sign_head(&keys, of);
    able.map_err(|refusal| Error::refused("the new head", refusal))?;
    for (version, file) in keyring_versions(options.keyring_file, Path::new("the keyring"))? {
        let path = paths::keyring(version);
        if let Some(there) = read(store, &path, SMALL)?
            && there != file
            && !same_statement(store, &path, &file)?
        {
            return Err(Error::Different { path });
        }
    }
    Ok(())
}

fn same_statement(store: &mut dyn Store, path: &str, file: &[u8]) -> Result<bool> {
    let statement = |bytes: &[u8]| {
        let version = keyring_members(bytes).ok()?.into_iter().next()?;
        KeyringStatement::decode(&version.statement).ok()
    };
    let there = read(store, path, SMALL)?.unwrap_or_default();
    Ok(statement(&there).is_some() && statement(&there) == statement(file))
}

/// Brings the copy in `head` up to the newest `heads/N`. `at_least` is a version that is known to be there.
///
/// Two processes may do it at once, and the one with the older head may write last. So each looks again after it wrote.
pub(crate) fn bring_up(store: &mut dyn Store, of: &LogName, keyring: &Keyring, at_least: u64) -> Result<u64> {
    let (copy, mut version) = (paths::head(of), at_least);
    loop {
        let newest = newest_file(store, of, keyring, &mut version)?;
        let there = read(store, &copy, SMALL)?;
        let is_newer =
            |file: &[u8]| verify_head(file, keyring, of).is_ok_and(|there| there.head().version > version);
        if there.as_ref() == Some(&newest) {
            return Ok(version);
        }
        if there.as_deref().is_some_and(is_newer) {
            version = version.saturating_add(1);
            continue;
        }
        store.replace(&copy, &newest).map_err(|error| Error::Write { path: copy.clone(), error })?;
    }
}

/// The newest `heads/N` from a version on that is there. One that no key in force signed is no head.
fn newest_file(store: &mut dyn Store, of: &LogName, keyring: &Keyring, version: &mut u64) -> Result<Vec<u8>> {
    let mut newest = crate::files::read_there(store, &paths::head_version(of, *version), SMALL)?;
    while let Some(next) = read(store, &paths::head_version(of, version.saturating_add(1)), SMALL)? {
        if verify_head(&next, keyring, of).is_err() {
            break;
        }
        (*version, newest) = (version.saturating_add(1), next);
    }
    Ok(newest)
}

/// Every head from the first to the newest, each with its file, or none where it is missing. `visit` says whether to go
/// on. Numbers that were left out when a log was recovered ([`crate::Recovery`]) are passed over: they follow a head
/// that no key in force signed.
pub(crate) fn each(
    transport: &mut dyn Transport,
    of: &LogName,
    keyring: &Keyring,
    newest: u64,
    mut visit: impl FnMut(&mut dyn Transport, u64, Option<Vec<u8>>) -> Result<ControlFlow<()>>,
) -> Result<()> {
    let (mut version, mut is_ours) = (1u64, true);
    while version <= newest {
        let file = read(transport, &paths::head_version(of, version), SMALL)?;
        match &file {
            None if !is_ours => {
                (version, is_ours) = (oldest_of_run(transport, of, newest)?, true);
                continue;
            }
            None => {}
            Some(file) => is_ours = verify_head(file, keyring, of).is_ok(),
        }
        if visit(transport, version, file)?.is_break() {
            return Ok(());
        }
        version = version.saturating_add(1);
    }
    Ok(())
}

/// The first of the heads that lead to this one without a gap.
fn oldest_of_run(transport: &mut dyn Transport, of: &LogName, newest: u64) -> Result<u64> {
    let mut oldest = newest;
    while let before @ 1.. = oldest.saturating_sub(1)
        && exists(transport, &paths::head_version(of, before))?.is_some()
    {
        oldest = before;
    }
    Ok(oldest)
}
