//! A log as it is in a repository: its newest head, its entries, and what their packages say.

use crate::error::{Error, Result};
use crate::files::{SMALL, read};
use crate::package;
use crate::store::FolderStore;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Digest, Id, Refusal};
use pkg_repository::{Error as FetchError, Log, Published, Transport, current, fetch};
use pkg_verify::{Keyring, Statements, VerifiedHead, verify_head, verify_head_of_any_log};
use std::collections::BTreeMap;

/// A log with the statements of its live entries.
pub struct Catalogue {
    pub(crate) head: VerifiedHead,
    /// The file of that head.
    pub(crate) file: Vec<u8>,
    pub(crate) log: Log,
    /// By the digest of the package: its statements, or why they cannot be had.
    statements: BTreeMap<Digest, Result<Statements, FetchError>>,
}

impl Catalogue {
    /// Reads the log that the newest head names. Packages may be missing: [`Catalogue::lost`] names them.
    ///
    /// # Errors
    ///
    /// There is no such log, a page of it is missing, or the keyring does not verify its head.
    pub fn read(transport: &mut dyn Transport, of: &LogName, keyring: &Keyring) -> Result<Catalogue> {
        let (head, file) = newest(transport, of, keyring, None)?;
        let log = fetch::log(transport, of, Log::new(), head.head().log)?;
        let mut catalogue = Catalogue { head, file, log, statements: BTreeMap::new() };
        catalogue.read_statements(transport, keyring);
        Ok(catalogue)
    }

    /// Reads what was published since.
    pub(crate) fn read_on(&mut self, transport: &mut dyn Transport, keyring: &Keyring) -> Result<()> {
        let of = self.head.head().of.clone();
        (self.head, self.file) = newest(transport, &of, keyring, Some((&self.head, &self.file)))?;
        let known = std::mem::take(&mut self.log);
        self.log = fetch::log(transport, &of, known, self.head.head().log)?;
        self.read_statements(transport, keyring);
        Ok(())
    }

    fn read_statements(&mut self, transport: &mut dyn Transport, keyring: &Keyring) {
        for entry in self.log.live() {
            if let Some(object) = entry.object
                && !self.statements.contains_key(&object.package)
            {
                let found = package::statements(transport, entry, keyring);
                self.statements.insert(object.package, found);
            }
        }
    }

    /// The newest head.
    pub fn head(&self) -> &VerifiedHead {
        &self.head
    }

    /// Every entry that was published.
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// How many bytes the live packages have.
    pub fn bytes(&self) -> u64 {
        let sizes = self.log.live().into_iter().filter_map(|entry| Some(entry.object?.size));
        sizes.fold(0, u64::saturating_add)
    }

    /// The live entries with their statements: what the keyring in force accepts.
    pub fn accepted(&self) -> Vec<(&Entry, &Statements)> {
        let statements = |entry: &Entry| self.statements.get(&entry.object?.package)?.as_ref().ok();
        self.log.live().into_iter().filter_map(|entry| Some((entry, statements(entry)?))).collect()
    }

    /// The live entries that the keyring in force refuses, and why: for instance because their signer was revoked since.
    /// No device needs them.
    pub fn refused(&self) -> Vec<(&Entry, &Refusal)> {
        let mut refused = Vec::new();
        for (entry, error) in self.unusable() {
            if let FetchError::Refused(refusal) = error
                && !is_of_repository(refusal)
            {
                refused.push((entry, refusal));
            }
        }
        refused
    }

    /// The live entries whose packages are missing, or are not what the entry says.
    pub fn lost(&self) -> Vec<(&Entry, &FetchError)> {
        let is_lost = |(_, error): &(&Entry, &FetchError)| !matches!(error, FetchError::Refused(refusal) if !is_of_repository(refusal));
        self.unusable().filter(is_lost).collect()
    }

    fn unusable(&self) -> impl Iterator<Item = (&Entry, &FetchError)> {
        let error = |entry: &Entry| self.statements.get(&entry.object?.package)?.as_ref().err();
        self.log.live().into_iter().filter_map(move |entry| Some((entry, error(entry)?)))
    }

    /// Refuses a log of which a package is lost: what devices need cannot be told then.
    pub(crate) fn is_whole(&self) -> Result<()> {
        match self.lost().first() {
            None => Ok(()),
            Some((entry, error)) => {
                let path = entry.object.map_or_else(String::new, |o| paths::package(&o.package));
                Err(Error::Lost { path, why: error.to_string() })
            }
        }
    }

    /// What devices need of the accepted entries and of more packages.
    pub(crate) fn current_with<'a>(&'a self, more: &'a [(Entry, &'a Statements)]) -> Vec<Entry> {
        let replaced = |entry: &Entry| more.iter().any(|(new, _)| new.manifest == entry.manifest);
        let old = self.accepted().into_iter().filter(|(entry, _)| !replaced(entry));
        let all = old.chain(more.iter().map(|(entry, statements)| (entry, *statements)));
        let all: Vec<_> = all.map(|(entry, s)| Published { entry, manifest: s.manifest() }).collect();
        current(&all)
    }
}

/// Whether a refusal is about the files of the repository, not about who signed a package.
fn is_of_repository(refusal: &Refusal) -> bool {
    refusal.rule.id().starts_with("REP")
}

/// The newest head of a log, from the copy in `head` or from what is known, and from there by its number.
fn newest(
    transport: &mut dyn Transport,
    of: &LogName,
    keyring: &Keyring,
    known: Option<(&VerifiedHead, &[u8])>,
) -> Result<(VerifiedHead, Vec<u8>)> {
    let mut found = known.map(|(head, file)| (head.clone(), file.to_vec()));
    let path = paths::head(of);
    if found.is_none()
        && let Some(file) = read(transport, &path, SMALL)?
    {
        let head = verify_head(&file, keyring, of).map_err(|e| Error::verify(&path, e))?;
        found = Some((head, file));
    }
    loop {
        let next = found.as_ref().map_or(0, |(head, _)| head.head().version).saturating_add(1);
        let path = paths::head_version(of, next);
        let Some(file) = read(transport, &path, SMALL)? else { break };
        let head = verify_head(&file, keyring, of).map_err(|e| Error::verify(&path, e))?;
        found = Some((head, file));
    }
    found.ok_or_else(|| Error::NoLog(label(of)))
}

/// A log by its name, for messages.
pub(crate) fn label(of: &LogName) -> String {
    format!("{}/{} {}", of.vendor, of.name, of.channel)
}

/// The full name of the log of a product and channel, as its own head says it.
///
/// # Errors
///
/// There is no such log, or the keyring does not verify its head.
pub fn find(
    transport: &mut dyn Transport,
    (vendor, name, channel): (&Id, &Id, Channel),
    keyring: &Keyring,
) -> Result<LogName> {
    // The id of the repository is in no path.
    let of = LogName { repository: vendor.clone(), vendor: vendor.clone(), name: name.clone(), channel };
    let mut path = paths::head(&of);
    let mut file = read(transport, &path, SMALL)?;
    if file.is_none() {
        path = paths::head_version(&of, 1);
        file = read(transport, &path, SMALL)?;
    }
    let file = file.ok_or_else(|| Error::NoLog(label(&of)))?;
    let head = verify_head_of_any_log(&file, keyring).map_err(|e| Error::verify(&path, e))?;
    let of = LogName { repository: head.head().of.repository.clone(), ..of };
    head.is_of(&of).map_err(|refusal| Error::refused(path, refusal))?;
    Ok(of)
}

/// The products and channels that a repository in a folder has logs of, sorted.
///
/// # Errors
///
/// The folder cannot be read.
pub fn logs(store: &FolderStore) -> Result<Vec<(Id, Id, Channel)>> {
    let products = store.root().join("products");
    let unread = |error| Error::Read { path: products.clone(), error };
    let names = |path: &std::path::Path| -> Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in std::fs::read_dir(path).map_err(unread)? {
            names.extend(entry.map_err(unread)?.file_name().into_string());
        }
        names.sort();
        Ok(names)
    };
    let mut found = Vec::new();
    for vendor in names(&products)? {
        for name in names(&products.join(&vendor))? {
            for channel in [Channel::Stable, Channel::Testing] {
                let log = products.join(&vendor).join(&name).join(channel.as_str());
                if let (Ok(vendor), Ok(name), true) = (Id::new(&vendor), Id::new(&name), log.is_dir()) {
                    found.push((vendor, name, channel));
                }
            }
        }
    }
    Ok(found)
}
